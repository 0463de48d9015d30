//! Who may read a session, which WASI cannot say: a restored file gets the mode
//! and owner of the file it replaces before it takes that file's name, and
//! nobody else can read it earlier.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::thread;

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, fstat, fstatat, umask};
use nix::unistd::{Gid, Uid, fchown, fsync};
use session_recovery::session::{Role, SessionId};

use crate::kept::{Kept, Names};

/// The session directory, for what WASI cannot do in it.
#[derive(Debug)]
pub struct Permissions {
    directory: OwnedFd,
    kept: Kept,
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Access {
    mode: Mode,
    user: Uid,
    group: Gid,
}

impl Permissions {
    pub fn in_directory(path: &Path) -> Result<Self, Errno> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let directory = open(path, flags, Mode::empty())?;
        let kept = Kept::default();
        Ok(Self { directory, kept })
    }

    pub const fn directory(&self) -> &OwnedFd {
        &self.directory
    }

    /// Gives a staging file the mode and owner of the live file whose name it
    /// is about to take, or whose copy it is about to be. Where there is no live
    /// file it may be read by whom both the backup and the newest kept file may,
    /// as its bytes are those of one of them.
    pub fn pass_on(&self, staging: &str, to: &str) -> Result<(), Errno> {
        let (Role::Staging, Role::Live(stem) | Role::Kept(stem, _)) =
            (Role::of(staging), Role::of(to))
        else {
            return Ok(());
        };
        // An id is a single name, so nothing outside the directory is touched.
        let Ok(id) = SessionId::new(stem) else {
            return Ok(());
        };
        let Some(access) = self.access_of(&id)? else {
            return Ok(());
        };
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let staging = match openat(&self.directory, staging, flags, Mode::empty()) {
            // Another run took it for a leftover: the rename will tell.
            Err(Errno::ENOENT) => return Ok(()),
            opened => opened?,
        };
        let stat = fstat(&staging)?;
        if stat.st_nlink == 0 {
            // Another run has just taken it: the rename will tell.
            return Ok(());
        }
        // Somebody may have put another file's second name there, to be given that file.
        if !is_regular(&stat) || stat.st_nlink > 1 {
            return Err(Errno::EPERM);
        }
        let owned = Access::of(&stat);
        if (owned.user, owned.group) != (access.user, access.group) {
            fchown(&staging, Some(access.user), Some(access.group))?;
        }
        fchmod(&staging, access.mode)?;
        fsync(&staging)
    }

    fn access_of(&self, id: &SessionId) -> Result<Option<Access>, Errno> {
        if let Some(live) = self.access(&id.live_name())? {
            return Ok(Some(live));
        }
        let backup = self.access(&id.backup_name())?;
        let kept = match self.kept.newest(id, &self.directory)? {
            Some(name) => self.access(&name)?,
            None => None,
        };
        Ok(match (backup, kept) {
            (Some(backup), Some(kept)) => Some(Access {
                mode: backup.mode & kept.mode,
                ..backup
            }),
            (backup, kept) => backup.or(kept),
        })
    }

    fn access(&self, name: &str) -> Result<Option<Access>, Errno> {
        match fstatat(&self.directory, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) if is_regular(&stat) => Ok(Some(Access::of(&stat))),
            Ok(_) | Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(errno),
        }
    }
}

impl Names for OwnedFd {
    fn list(&self) -> Result<Vec<String>, Errno> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let mut directory = Dir::openat(self, ".", flags, Mode::empty())?;
        let mut names = Vec::new();
        for entry in directory.iter() {
            let entry = entry?;
            names.extend(entry.file_name().to_str().ok().map(str::to_owned));
        }
        Ok(names)
    }

    fn is_there(&self, name: &str) -> Result<bool, Errno> {
        match fstatat(self, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::ENOENT | Errno::ENAMETOOLONG) => Ok(false),
            Err(errno) => Err(errno),
        }
    }
}

impl Access {
    fn of(stat: &FileStat) -> Self {
        Self {
            mode: Mode::from_bits_truncate(stat.st_mode)
                & (Mode::S_IRWXU | Mode::S_IRWXG | Mode::S_IRWXO),
            user: Uid::from_raw(stat.st_uid),
            group: Gid::from_raw(stat.st_gid),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    const STAGING: &str = ".session-recovery-0123456789abcdef0123456789abcdef.staging";

    /// A directory with a staging file and a live file of other modes.
    fn directory() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for (name, mode) in [(STAGING, 0o600), ("a.json", 0o640), ("victim", 0o400)] {
            let path = directory.path().join(name);
            fs::write(&path, name).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
        directory
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn a_kept_copy_gets_the_mode_of_what_it_is_a_copy_of() {
        for to in ["a.json", "a.json.replaced.1"] {
            let directory = directory();
            let permissions = Permissions::in_directory(directory.path()).unwrap();
            permissions.pass_on(STAGING, to).unwrap();
            assert_eq!(mode(&directory.path().join(STAGING)), 0o640, "{to}");
        }
    }

    #[test]
    fn what_has_another_name_or_is_no_file_is_given_nothing() {
        let directory = directory();
        let [staging, victim] = [STAGING, "victim"].map(|name| directory.path().join(name));
        let permissions = Permissions::in_directory(directory.path()).unwrap();
        fs::remove_file(&staging).unwrap();
        fs::hard_link(&victim, &staging).unwrap();
        assert_eq!(permissions.pass_on(STAGING, "a.json"), Err(Errno::EPERM));
        fs::remove_file(&staging).unwrap();
        std::os::unix::fs::symlink("victim", &staging).unwrap();
        assert_eq!(permissions.pass_on(STAGING, "a.json"), Err(Errno::ELOOP));
        fs::remove_file(&staging).unwrap();
        fs::create_dir(&staging).unwrap();
        assert_eq!(permissions.pass_on(STAGING, "a.json"), Err(Errno::EPERM));
        assert_eq!(mode(&victim), 0o400);
    }
}
