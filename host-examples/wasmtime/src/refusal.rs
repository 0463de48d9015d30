//! Says why a session is not to be restored by this user, before the component begins. Otherwise a
//! restore fails at its last step, and an audit promises a repair that is then refused.

use std::fs;

use nix::unistd::{Gid, Uid, User, getegid, geteuid, getgroups};
use session_recovery::answer::{Error, ErrorCode};

use crate::bindings as wit;

/// The capability to give a file to any owner and any group: a bit of the mask in `/proc`.
const CAP_CHOWN: u64 = 1;

const WHY: &str = "its files belong to another user or group, and that cannot be kept";

/// Why a session is not to be restored by this user, and what to do next.
pub struct Refusal {
    session_id: String,
    remedy: String,
}

impl Refusal {
    /// Refuses to change the owner or the group of a session.
    pub fn of(session_id: &str, user: Uid) -> Self {
        let owner = if user == geteuid() {
            "root".to_owned()
        } else {
            name_of(user)
        };
        Self {
            session_id: session_id.to_owned(),
            remedy: format!(
                "Run the same command as a user who can keep it (`sudo -u {owner} …`). Or add \
                 --accept-owner (`accept_owner()`): the restored file then belongs to you."
            ),
        }
    }

    /// The refusal as the error of a restore.
    pub fn error(&self) -> Error {
        let message = format!("{}.json was not replaced: {WHY}.", self.session_id);
        Error::new(ErrorCode::NoPermission, message).remedied_by(&self.remedy)
    }

    /// The refusal before anybody has asked for a restore.
    pub fn in_advance(&self) -> String {
        let Self { session_id, remedy } = self;
        format!("{session_id}.json cannot be restored: {WHY}. {remedy}")
    }
}

impl From<Refusal> for wit::Error {
    fn from(refusal: Refusal) -> Self {
        let Error {
            message, remedy, ..
        } = refusal.error();
        Self {
            code: wit::ErrorCode::NoPermission,
            message,
            remedy,
        }
    }
}

/// Whether this process is in a group, so that it may give its files to it.
pub fn is_in(group: Gid) -> bool {
    group == getegid() || getgroups().is_ok_and(|groups| groups.contains(&group))
}

/// Whether this process has `CAP_CHOWN`, which root in a container may lack.
pub fn may_give_files_away() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let held = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|held| u64::from_str_radix(held.trim(), 16).ok());
    held.map_or_else(|| geteuid().is_root(), |held| held & CAP_CHOWN == CAP_CHOWN)
}

/// The name of a user, or what `sudo` takes for one without a name.
fn name_of(user: Uid) -> String {
    match User::from_uid(user) {
        Ok(Some(user)) => user.name,
        _ => format!("'#{user}'"),
    }
}
