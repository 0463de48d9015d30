//! Keeps sessions private, which WASI has no calls for. A restored file gets the mode, the owner,
//! the access list and the user attributes of the file that it replaces, before it takes that
//! file's name. Until then, nobody else can read it.

mod attributes;

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::thread;

pub use attributes::Attributes;
use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, fstat, fstatat, umask};
use nix::unistd::{Gid, Uid, UnlinkatFlags, fchown, fsync, unlinkat};
use session_recovery::session::{Role, SessionId};

use crate::kept::{Kept, Names};

/// Does in the session directory what WASI cannot do.
#[derive(Debug)]
pub struct Permissions {
    directory: OwnedFd,
    kept: Kept,
}

/// A file's permissions and user attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Access {
    mode: Mode,
    user: Uid,
    group: Gid,
    attributes: Attributes,
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

    /// Gives a staging file the permissions of the live file that it is about to replace or copy.
    /// If there is no live file, it gets only what both the backup and the newest kept file allow,
    /// because its bytes come from one of them.
    pub fn pass_on(&self, staging: &str, to: &str) -> io::Result<()> {
        let (Role::Staging, Role::Live(stem) | Role::Kept(stem, _)) =
            (Role::of(staging), Role::of(to))
        else {
            return Ok(());
        };
        // An ID is a single name, so nothing outside the directory is touched.
        let Ok(id) = SessionId::new(stem) else {
            return Ok(());
        };
        let Some(access) = self.access_of(&id)? else {
            return Ok(());
        };
        let staging = match openat(&self.directory, staging, TO_READ, Mode::empty()) {
            // Another run took it for a leftover. The rename will fail.
            Err(Errno::ENOENT) => return Ok(()),
            opened => File::from(opened?),
        };
        let stat = fstat(&staging)?;
        if stat.st_nlink == 0 {
            // Another run has just taken it. The rename will fail.
            return Ok(());
        }
        // Somebody may have linked another file there, to gain access to it.
        if !is_regular(&stat) || stat.st_nlink > 1 {
            return Err(Errno::EPERM.into());
        }
        access.give_to(&staging)
    }

    fn access_of(&self, id: &SessionId) -> io::Result<Option<Access>> {
        if let Some(live) = self.access(&id.live_name())? {
            return Ok(Some(live));
        }
        let backup = self.access(&id.backup_name())?;
        let kept = match self.kept.newest(id, &self.directory)? {
            Some(name) => self.access(&name)?,
            None => None,
        };
        Ok(match (backup, kept) {
            (Some(backup), Some(kept)) => Some(backup.narrowed_by(&kept)),
            (backup, kept) => backup.or(kept),
        })
    }

    fn access(&self, name: &str) -> io::Result<Option<Access>> {
        match fstatat(&self.directory, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) if is_regular(&stat) => {}
            Ok(_) | Err(Errno::ENOENT) => return Ok(None),
            Err(errno) => return Err(errno.into()),
        }
        match openat(&self.directory, name, TO_READ, Mode::empty()) {
            Err(Errno::ENOENT) => Ok(None),
            opened => Access::of(&opened?.into()).map(Some),
        }
    }
}

/// Only regular files, and never wait for one.
const TO_READ: OFlag = OFlag::O_RDONLY
    .union(OFlag::O_NOFOLLOW)
    .union(OFlag::O_NONBLOCK)
    .union(OFlag::O_CLOEXEC);
const OTHERS: Mode = Mode::S_IRWXG.union(Mode::S_IRWXO);

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
    fn of(file: &File) -> io::Result<Self> {
        let stat = fstat(file)?;
        Ok(Self {
            mode: mode_of(&stat),
            user: Uid::from_raw(stat.st_uid),
            group: Gid::from_raw(stat.st_gid),
            attributes: Attributes::of(file)?,
        })
    }

    /// What both allow. Two different lists are not merged: then only the owner may read the file.
    fn narrowed_by(mut self, other: &Self) -> Self {
        self.mode &= other.mode;
        if self.attributes.list != other.attributes.list {
            self.mode &= Mode::S_IRWXU;
            self.attributes.list = None;
        }
        self
    }

    /// Gives these permissions to a file that nobody else can read yet, and makes that durable.
    fn give_to(&self, file: &File) -> io::Result<()> {
        // A user attribute needs the right to write, which the mode may take away.
        self.attributes.give_users_to(file)?;
        let stat = fstat(file)?;
        if (stat.st_uid, stat.st_gid) != (self.user.as_raw(), self.group.as_raw()) {
            fchown(file, Some(self.user), Some(self.group))?;
        }
        // With a list, its group bits are the mask: set first, they would be the group's.
        if !self.attributes.give_list_to(file)? {
            fchmod(file, self.mode)?;
        }
        let given = Self::of(file)?;
        if given.mode != self.mode || given.attributes.list != self.attributes.list {
            return Err(Errno::EPERM.into());
        }
        Ok(fsync(file)?)
    }
}

/// Creates a file for writing that only its owner may read, whatever the directory's defaults are.
pub fn create(directory: &impl AsFd, name: &str) -> io::Result<File> {
    let flags =
        OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let file = File::from(openat(
        directory,
        name,
        flags,
        Mode::S_IRUSR | Mode::S_IWUSR,
    )?);
    if let Err(error) = make_private(&file) {
        let _ = unlinkat(directory, name, UnlinkatFlags::NoRemoveDir);
        return Err(error);
    }
    Ok(file)
}

fn make_private(file: &File) -> io::Result<()> {
    let own = Attributes::default();
    own.give_list_to(file)?;
    if mode_of(&fstat(file)?).intersects(OTHERS) {
        fchmod(file, Mode::S_IRUSR | Mode::S_IWUSR)?;
        if mode_of(&fstat(file)?).intersects(OTHERS) {
            return Err(Errno::EPERM.into());
        }
    }
    Ok(())
}

fn mode_of(stat: &FileStat) -> Mode {
    Mode::from_bits_truncate(stat.st_mode) & Mode::S_IRWXU.union(OTHERS)
}

const fn is_regular(stat: &FileStat) -> bool {
    stat.st_mode & SFlag::S_IFMT.bits() == SFlag::S_IFREG.bits()
}

/// Does the work in a thread with its own umask, so that only the user may read new files. If there
/// is no such thread, the process's umask applies. Fails, with nothing done, if no thread can be
/// started.
#[cfg(target_os = "linux")]
pub fn privately<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    use nix::sched::{CloneFlags, unshare};

    thread::scope(|scope| {
        let worker = thread::Builder::new().spawn_scoped(scope, || {
            if unshare(CloneFlags::CLONE_FS).is_ok() {
                umask(Mode::S_IRWXG | Mode::S_IRWXO);
            }
            work()
        })?;
        let done = worker.join();
        Ok(done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

#[cfg(not(target_os = "linux"))]
pub fn privately<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    Ok(work())
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

    fn refused(permissions: &Permissions) -> Option<i32> {
        let refused = permissions.pass_on(STAGING, "a.json");
        refused.unwrap_err().raw_os_error()
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
    fn only_files_with_our_names_get_permissions() {
        let directory = directory();
        let [staging, victim] = [STAGING, "victim"].map(|name| directory.path().join(name));
        let permissions = Permissions::in_directory(directory.path()).unwrap();
        fs::remove_file(&staging).unwrap();
        fs::hard_link(&victim, &staging).unwrap();
        assert_eq!(refused(&permissions), Some(Errno::EPERM as i32));
        fs::remove_file(&staging).unwrap();
        std::os::unix::fs::symlink("victim", &staging).unwrap();
        assert_eq!(refused(&permissions), Some(Errno::ELOOP as i32));
        fs::remove_file(&staging).unwrap();
        fs::create_dir(&staging).unwrap();
        assert_eq!(refused(&permissions), Some(Errno::EPERM as i32));
        assert_eq!(mode(&victim), 0o400);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn only_the_owner_may_read_a_new_file_whatever_the_directorys_defaults() {
        let directory = tempfile::tempdir().unwrap();
        let default = ["-m", "d:u::rwx,d:g::rwx,d:o::rwx,d:u:1234:rwx,d:m::rwx"];
        let mut command = std::process::Command::new("setfacl");
        let is_set = command.args(default).arg(directory.path()).status();
        if !is_set.is_ok_and(|status| status.success()) {
            println!("skipped: there are no access lists");
        }
        let opened = File::open(directory.path()).unwrap();
        let file = create(&opened, "new").unwrap();
        assert_eq!(mode(&directory.path().join("new")), 0o600);
        assert_eq!(Attributes::of(&file).unwrap(), Attributes::default());
        // Neither is it when its mode is set: no list comes to light.
        fchmod(&file, Mode::from_bits_truncate(0o640)).unwrap();
        assert_eq!(Attributes::of(&file).unwrap(), Attributes::default());
        let taken = create(&opened, "new").unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
    }
}
