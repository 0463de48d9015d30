//! Says why a file is not to be replaced by this user, before the component begins. Otherwise a
//! restore fails at its last step, and an audit promises a repair that is then refused.

use nix::unistd::{Uid, User, geteuid};
use session_recovery::answer::{Error, ErrorCode};
use session_recovery::directory::FsError;

use crate::bindings as wit;

/// Why a file is not to be replaced by this user, and what to do next.
pub struct Refusal {
    /// The refusal as the error of a restore.
    pub error: Error,
    /// The refusal before anybody has asked for a restore.
    pub in_advance: String,
}

impl Refusal {
    /// Refuses everything: nothing can be created in the directory.
    pub fn read_only() -> Self {
        let error = FsError::Denied.while_creating();
        Self {
            in_advance: error.in_full(),
            error,
        }
    }

    /// Refuses to replace what only its owner may.
    pub fn sticky(name: &str, owner: Uid) -> Self {
        const WHY: &str = "the directory has the sticky bit, so only the owner of the file or of \
                           the directory may replace it";
        let owner = name_of(owner);
        let remedy =
            format!("Run the same command as that user (`sudo -u {owner} …`), or as root.");
        Self::of(name, ["replaced", WHY], &remedy)
    }

    /// Refuses to change the owner or the group of a session.
    pub fn foreign(name: &str, user: Uid) -> Self {
        const WHY: &str = "its files belong to another user or group, and that cannot be kept";
        let owner = if user == geteuid() {
            "root".to_owned()
        } else {
            name_of(user)
        };
        let remedy = format!(
            "Run the same command as a user who can keep it (`sudo -u {owner} …`). Or add \
             --accept-owner (`accept_owner()`): the restored file then belongs to you."
        );
        Self::of(name, ["restored", WHY], &remedy)
    }

    fn of(name: &str, [done, why]: [&str; 2], remedy: &str) -> Self {
        let message = format!("{name} was not replaced: {why}.");
        Self {
            error: Error::new(ErrorCode::NoPermission, message).remedied_by(remedy),
            in_advance: format!("{name} cannot be {done}: {why}. {remedy}"),
        }
    }
}

impl From<Refusal> for wit::Error {
    fn from(Refusal { error, .. }: Refusal) -> Self {
        Self {
            code: if error.code == ErrorCode::ReadOnly {
                wit::ErrorCode::ReadOnly
            } else {
                wit::ErrorCode::NoPermission
            },
            message: error.message,
            remedy: error.remedy,
        }
    }
}

/// The name of a user, or what `sudo` takes for one without a name.
fn name_of(user: Uid) -> String {
    match User::from_uid(user) {
        Ok(Some(user)) => user.name,
        _ => format!("'#{user}'"),
    }
}
