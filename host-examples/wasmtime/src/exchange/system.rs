//! Makes the system calls that an exchange of names needs. Only Linux can exchange two names, or
//! rename a file without replacing another one.

use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat};
use nix::sys::stat::{FileStat, Mode, fstatat};
use nix::unistd::{UnlinkatFlags, fsync, linkat, unlinkat};

use super::protocol::{Fault, Names};

/// Which file it is, as long as it is open or has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    number: u64,
}

impl Identity {
    #[allow(
        clippy::useless_conversion,
        reason = "the types differ between systems"
    )]
    pub fn of(stat: &FileStat) -> Self {
        Self {
            device: stat.st_dev.into(),
            number: stat.st_ino.into(),
        }
    }
}

/// The names of a directory, by the system's calls.
#[derive(Clone, Copy)]
pub struct System<'a>(pub BorrowedFd<'a>);

impl Names for System<'_> {
    type Identity = Identity;
    type File = OwnedFd;
    type Error = Errno;

    fn which(&self, name: &str) -> Result<Identity, Fault<Errno>> {
        let stat = fstatat(self.0, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
        Ok(Identity::of(&stat))
    }

    fn open(&self, name: &str) -> Result<OwnedFd, Fault<Errno>> {
        let flags = O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        Ok(openat(self.0, name, flags, Mode::empty())?)
    }

    fn exchange(&self, one: &str, other: &str) -> Result<(), Fault<Errno>> {
        Ok(rename::exchange(&self.0, one, other)?)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), Fault<Errno>> {
        Ok(rename::noreplace(&self.0, from, to)?)
    }

    fn name(&self, file: &OwnedFd, name: &str) -> Result<(), Fault<Errno>> {
        let open = format!("/proc/self/fd/{}", file.as_raw_fd());
        Ok(linkat(
            AT_FDCWD,
            open.as_str(),
            self.0,
            name,
            AtFlags::AT_SYMLINK_FOLLOW,
        )?)
    }

    fn remove(&self, name: &str) -> Result<(), Fault<Errno>> {
        Ok(unlinkat(self.0, name, UnlinkatFlags::NoRemoveDir)?)
    }

    fn sync(&self) -> Result<(), Fault<Errno>> {
        Ok(fsync(self.0)?)
    }
}

impl From<Errno> for Fault<Errno> {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::ENOENT => Self::NotFound,
            Errno::EEXIST => Self::Exists,
            Errno::EINVAL | Errno::ENOSYS | Errno::EOPNOTSUPP => Self::Unsupported,
            errno => Self::Other(errno),
        }
    }
}

/// Opens a file even without permission to read it.
#[cfg(target_os = "linux")]
const O_PATH: OFlag = OFlag::O_PATH;
#[cfg(not(target_os = "linux"))]
const O_PATH: OFlag = OFlag::O_RDONLY;

#[cfg(target_os = "linux")]
mod rename {
    use std::os::fd::AsFd;

    use nix::errno::Errno;
    use rustix::fs::{RenameFlags, renameat_with};

    pub fn exchange(directory: &impl AsFd, one: &str, other: &str) -> Result<(), Errno> {
        rename(directory, one, other, RenameFlags::EXCHANGE)
    }

    pub fn noreplace(directory: &impl AsFd, from: &str, to: &str) -> Result<(), Errno> {
        rename(directory, from, to, RenameFlags::NOREPLACE)
    }

    fn rename(
        directory: &impl AsFd,
        from: &str,
        to: &str,
        flags: RenameFlags,
    ) -> Result<(), Errno> {
        renameat_with(directory, from, directory, to, flags)
            .map_err(|error| Errno::from_raw(error.raw_os_error()))
    }
}

#[cfg(not(target_os = "linux"))]
mod rename {
    use std::os::fd::AsFd;

    use nix::errno::Errno;

    pub fn exchange(_: &impl AsFd, _: &str, _: &str) -> Result<(), Errno> {
        Err(Errno::ENOSYS)
    }

    pub fn noreplace(_: &impl AsFd, _: &str, _: &str) -> Result<(), Errno> {
        Err(Errno::ENOSYS)
    }
}
