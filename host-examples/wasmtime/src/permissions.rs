//! Who may read a session, which WASI cannot say: a restored file gets the mode
//! and owner of the file it replaced, and nobody else can read it before.

use std::collections::HashMap;
use std::fs;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::thread;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, fstat, fstatat, umask};
use nix::unistd::{Gid, Uid, fchown};
use session_recovery::answer::{Error, ErrorCode, Outcome};
use session_recovery::session::{Role, SessionId};

/// Who may read a file.
#[derive(Clone, Copy, Debug)]
struct Access {
    mode: Mode,
    user: Uid,
    group: Gid,
}

/// Who may read which session, from before a restore.
#[derive(Debug, Default)]
pub struct Permissions {
    directory: Option<OwnedFd>,
    of: HashMap<String, Access>,
}

impl Permissions {
    pub fn of_session(directory: &Path, session_id: &str) -> Self {
        Self::of_sessions(directory, SessionId::new(session_id).into_iter())
    }

    /// Of every session that has a backup, as no other is restored.
    pub fn of_all_sessions(directory: &Path) -> Self {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let ids = names.filter_map(|name| match Role::of(&name) {
            Role::Backup(stem) => SessionId::new(stem).ok(),
            _ => None,
        });
        Self::of_sessions(directory, ids)
    }

    fn of_sessions(directory: &Path, ids: impl Iterator<Item = SessionId>) -> Self {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let Ok(directory) = open(directory, flags, Mode::empty()) else {
            return Self::default();
        };
        let access = |id: &SessionId| {
            access(&directory, &id.live_name()).or_else(|| access(&directory, &id.backup_name()))
        };
        let of = ids
            .filter_map(|id| Some((id.to_string(), access(&id)?)))
            .collect();
        Self {
            directory: Some(directory),
            of,
        }
    }

    /// Gives a restored session what its file had, and adds an error to the
    /// outcome where that fails.
    pub fn give_back(&self, outcome: &mut Outcome) {
        let id = &outcome.status.session_id;
        let (Some(directory), Some(access), true) =
            (&self.directory, self.of.get(id), outcome.is_restored())
        else {
            return;
        };
        if let Err(errno) = give(directory, &format!("{id}.json"), *access) {
            outcome.errors.push(Error::new(
                ErrorCode::Io,
                format!(
                    "{id}.json is restored, but cannot be given the permissions and the owner it had: {}. \
                     Remedy: set them by hand.",
                    errno.desc()
                ),
            ));
        }
    }
}

fn access(directory: &OwnedFd, name: &str) -> Option<Access> {
    let stat = fstatat(directory, name, AtFlags::AT_SYMLINK_NOFOLLOW).ok()?;
    is_regular(&stat).then(|| Access {
        mode: Mode::from_bits_truncate(stat.st_mode)
            & (Mode::S_IRWXU | Mode::S_IRWXG | Mode::S_IRWXO),
        user: Uid::from_raw(stat.st_uid),
        group: Gid::from_raw(stat.st_gid),
    })
}

/// Works on the opened file, so that nothing else can take its name meanwhile.
fn give(directory: &OwnedFd, name: &str, access: Access) -> Result<(), Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let file = openat(directory, name, flags, Mode::empty())?;
    let stat = fstat(&file)?;
    if !is_regular(&stat) {
        return Err(Errno::EINVAL);
    }
    let owner = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
    if owner != (access.user, access.group) {
        fchown(&file, Some(access.user), Some(access.group))?;
    }
    fchmod(&file, access.mode)
}

const fn is_regular(stat: &FileStat) -> bool {
    stat.st_mode & SFlag::S_IFMT.bits() == SFlag::S_IFREG.bits()
}

/// Does the work in a thread with a umask of its own, under which the files it
/// makes are the user's alone. Where there is no such thread, the process's
/// umask stands.
#[cfg(target_os = "linux")]
pub fn privately<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    use nix::sched::{CloneFlags, unshare};

    thread::scope(|scope| {
        let worker = scope.spawn(|| {
            if unshare(CloneFlags::CLONE_FS).is_ok() {
                umask(Mode::S_IRWXG | Mode::S_IRWXO);
            }
            work()
        });
        worker
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[cfg(not(target_os = "linux"))]
pub fn privately<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    work()
}
