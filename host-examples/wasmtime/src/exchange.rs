//! Replaces a live file by exchanging names, which WASI has no call for: so a save
//! that was renamed into place after the component's last look comes out, is seen,
//! and goes back. For that moment it has a staging file's name, which no other run in
//! such a host removes meanwhile.

use std::os::fd::{AsFd, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, Flock, FlockArg, OFlag, openat};
use nix::sys::stat::{FileStat, Mode, fstatat};
use nix::unistd::{UnlinkatFlags, unlinkat};

/// Which file it is, as long as it is open or has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    number: u64,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// The staging file has the live file's name.
    Done,
    /// The live file is not the judged one, and has its name still.
    Changed,
    /// The system or the file system knows no such exchange: nothing was done.
    Unsupported,
}

/// So long the directory's lock is waited for.
const PATIENCE: Duration = Duration::from_secs(1);
/// And so long between two tries.
const PAUSE: Duration = Duration::from_micros(50);

/// Takes the directory's lock, which is held for some system calls at a time: no other
/// run in such a host exchanges names, or removes a staging file, meanwhile. Whoever
/// holds it for longer than [`PATIENCE`] is not waited for; nor is anybody where the file
/// system has no locks.
pub fn hold(directory: &impl AsFd) -> Option<Flock<OwnedFd>> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let mut opened = openat(directory, ".", flags, Mode::empty()).ok();
    let started = Instant::now();
    while let Some(directory) = opened.take() {
        match Flock::lock(directory, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Some(lock),
            Err((directory, Errno::EWOULDBLOCK)) if started.elapsed() < PATIENCE => {
                opened = Some(directory);
                thread::sleep(PAUSE);
            }
            Err(_) => {}
        }
    }
    None
}

/// So many saves during one restore are put back one after the other.
const MOST_SAVES: u32 = 100;

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

/// Gives a staging file the name of a live file, if that is still the judged one,
/// or if there was none and is none.
pub fn replace(
    directory: &impl AsFd,
    staging: &str,
    live: &str,
    judged: Option<Identity>,
) -> Result<Replaced, Errno> {
    let Some(judged) = judged else {
        return match rename::noreplace(directory, staging, live) {
            Err(Errno::EEXIST) => Ok(Replaced::Changed),
            renamed => done_or_unsupported(renamed),
        };
    };
    let _held = hold(directory);
    let ours = identity(directory, staging)?;
    let exchanged = done_or_unsupported(rename::exchange(directory, staging, live))?;
    if exchanged == Replaced::Unsupported {
        return Ok(exchanged);
    }
    let out = match identity(directory, staging) {
        // Another run began, and took what came out for a staging file.
        Err(Errno::ENOENT) => return Ok(Replaced::Done),
        out => out?,
    };
    if out != judged {
        put_back(directory, staging, live, out, ours)?;
        return Ok(Replaced::Changed);
    }
    match unlinkat(directory, staging, UnlinkatFlags::NoRemoveDir) {
        Ok(()) | Err(Errno::ENOENT) => Ok(Replaced::Done),
        Err(errno) => {
            put_back(directory, staging, live, out, ours)?;
            Err(errno)
        }
    }
}

/// Exchanges again, until what comes out is what went in before: otherwise there
/// has been one more save in the meantime, which is to have the name.
fn put_back(
    directory: &impl AsFd,
    staging: &str,
    live: &str,
    mut out: Identity,
    mut went_in: Identity,
) -> Result<(), Errno> {
    for _ in 0..MOST_SAVES {
        rename::exchange(directory, staging, live)?;
        let came_out = identity(directory, staging)?;
        if came_out == went_in {
            return Ok(());
        }
        (went_in, out) = (out, came_out);
    }
    Err(Errno::EBUSY)
}

fn done_or_unsupported(renamed: Result<(), Errno>) -> Result<Replaced, Errno> {
    match renamed {
        Ok(()) => Ok(Replaced::Done),
        Err(Errno::EINVAL | Errno::ENOSYS | Errno::EOPNOTSUPP) => Ok(Replaced::Unsupported),
        Err(errno) => Err(errno),
    }
}

fn identity(directory: &impl AsFd, name: &str) -> Result<Identity, Errno> {
    let stat = fstatat(directory, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
    Ok(Identity::of(&stat))
}

#[cfg(target_os = "linux")]
mod rename {
    use std::os::fd::AsFd;

    use nix::errno::Errno;
    use nix::fcntl::{RenameFlags, renameat2};

    pub fn exchange(directory: &impl AsFd, one: &str, other: &str) -> Result<(), Errno> {
        renameat2(
            directory,
            one,
            directory,
            other,
            RenameFlags::RENAME_EXCHANGE,
        )
    }

    pub fn noreplace(directory: &impl AsFd, from: &str, to: &str) -> Result<(), Errno> {
        renameat2(
            directory,
            from,
            directory,
            to,
            RenameFlags::RENAME_NOREPLACE,
        )
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs::{self, File};
    use std::path::Path;

    #[test]
    fn a_lock_that_is_never_given_back_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let opened = open(directory.path(), &[]);
        let held = hold(&opened);
        assert!(held.is_some());
        assert!(hold(&opened).is_none());
        drop(held);
        assert!(hold(&opened).is_some());
    }

    fn open(directory: &Path, files: &[(&str, &str)]) -> File {
        for (name, text) in files {
            fs::write(directory.join(name), text).unwrap();
        }
        File::open(directory).unwrap()
    }

    fn read(directory: &Path, name: &str) -> Option<String> {
        fs::read_to_string(directory.join(name)).ok()
    }

    #[test]
    fn the_judged_file_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let opened = open(path, &[("staging", "new"), ("live", "old")]);
        let judged = identity(&opened, "live").unwrap();
        let replaced = replace(&opened, "staging", "live", Some(judged));
        assert_eq!(replaced, Ok(Replaced::Done));
        assert_eq!(read(path, "live").as_deref(), Some("new"));
        assert_eq!(read(path, "staging"), None);
    }

    #[test]
    fn a_save_that_was_renamed_into_place_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let opened = open(
            path,
            &[("staging", "new"), ("live", "old"), ("tmp", "saved")],
        );
        let judged = identity(&opened, "live").unwrap();
        fs::rename(path.join("tmp"), path.join("live")).unwrap();
        let replaced = replace(&opened, "staging", "live", Some(judged));
        assert_eq!(replaced, Ok(Replaced::Changed));
        assert_eq!(read(path, "live").as_deref(), Some("saved"));
        assert_eq!(read(path, "staging").as_deref(), Some("new"));
    }

    #[test]
    fn of_two_saves_the_later_one_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        // The first one came out, and then there was another one over what went in.
        let opened = open(
            path,
            &[("staging", "first"), ("live", "second"), ("ours", "")],
        );
        let [first, ours] = ["staging", "ours"].map(|name| identity(&opened, name).unwrap());
        put_back(&opened, "staging", "live", first, ours).unwrap();
        assert_eq!(read(path, "live").as_deref(), Some("second"));
        assert_eq!(read(path, "staging").as_deref(), Some("first"));
    }

    #[test]
    fn where_there_was_no_file_a_new_one_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let opened = open(path, &[("staging", "new"), ("live", "saved")]);
        let replaced = replace(&opened, "staging", "live", None);
        assert_eq!(replaced, Ok(Replaced::Changed));
        assert_eq!(read(path, "live").as_deref(), Some("saved"));
        fs::remove_file(path.join("live")).unwrap();
        let replaced = replace(&opened, "staging", "live", None);
        assert_eq!(replaced, Ok(Replaced::Done));
        assert_eq!(read(path, "live").as_deref(), Some("new"));
    }
}
