//! Replaces a live file by exchanging two names, for which WASI has no call. If the application
//! saves after the component's last look, its file comes out of the exchange. The host sees it
//! there and puts it back.

mod protocol;
mod system;

use std::os::fd::{AsFd, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg, OFlag, openat};
use nix::sys::stat::Mode;
pub use protocol::Replaced;
use protocol::{Exchange, Fault, Names};
use session_recovery::session::{Role, SessionId, staging_file_id};
pub use system::Identity;
use system::System;

/// How long to wait for the directory's lock.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long to wait between two tries.
const PAUSE: Duration = Duration::from_micros(50);

/// Takes the directory's lock, which a run holds for a few system calls. While it is held, no other
/// run in such a host exchanges names or removes such files. The run goes on without the lock after
/// [`PATIENCE`], or if the file system has no locks.
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

/// Takes the lock to remove or rename a file that another run may need for an exchange.
pub fn hold_for(directory: &impl AsFd, name: &str) -> Option<Flock<OwnedFd>> {
    let is_needed = matches!(Role::of(name), Role::Staging | Role::Exchange);
    is_needed.then(|| hold(directory))?
}

/// Gives a staging file the name of a session's live file, if that is still the judged file, or if
/// there is still none. Both files must stay open.
pub fn replace(
    directory: &impl AsFd,
    staging: &str,
    id: &SessionId,
    judged: Option<Identity>,
) -> Result<Replaced, Errno> {
    let names = System(directory.as_fd());
    let live = &id.live_name();
    let replaced = if let Some(judged) = judged {
        let _held = hold(directory);
        let file_id = staging_file_id(staging).unwrap_or_default();
        let name = &|number| id.exchange_name(file_id, number);
        let names = &names;
        Exchange {
            names,
            staging,
            live,
            name,
        }
        .replace(judged)
    } else {
        names.rename(staging, live).map(|()| Replaced::Done)
    };
    match replaced {
        Err(Fault::Exists) => Ok(Replaced::Changed),
        Err(Fault::Unsupported) => Ok(Replaced::Unsupported),
        Err(Fault::NotFound) => Err(Errno::ENOENT),
        Err(Fault::Other(errno)) => Err(errno),
        Ok(replaced) => Ok(replaced),
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

    const STAGING: &str = ".session-recovery-0123456789abcdef0123456789abcdef.staging";

    fn id() -> SessionId {
        SessionId::new("a").unwrap()
    }

    fn identity(directory: &File, name: &str) -> Identity {
        System(directory.as_fd()).which(name).unwrap()
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
        let mut names: Vec<_> = entries
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_judged_file_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let opened = open(path, &[(STAGING, "new"), ("a.json", "old")]);
        let judged = identity(&opened, "a.json");
        let replaced = replace(&opened, STAGING, &id(), Some(judged));
        assert_eq!(replaced, Ok(Replaced::Done));
        assert_eq!(read(path, "a.json").as_deref(), Some("new"));
        assert_eq!(names(path), ["a.json"]);
    }

    #[test]
    fn a_save_that_was_renamed_into_place_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let opened = open(
            path,
            &[(STAGING, "new"), ("a.json", "old"), ("tmp", "saved")],
        );
        let judged = identity(&opened, "a.json");
        let _judged = File::open(path.join("a.json")).unwrap();
        fs::rename(path.join("tmp"), path.join("a.json")).unwrap();
        let replaced = replace(&opened, STAGING, &id(), Some(judged));
        assert_eq!(replaced, Ok(Replaced::Changed));
        assert_eq!(read(path, "a.json").as_deref(), Some("saved"));
        assert_eq!(read(path, STAGING).as_deref(), Some("new"));
        assert_eq!(names(path), [STAGING, "a.json"]);
    }

    #[test]
    fn a_name_that_an_exchange_left_is_not_given_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let left = id().exchange_name(staging_file_id(STAGING).unwrap(), 0);
        let opened = open(
            path,
            &[(STAGING, "new"), ("a.json", "old"), (&left, "saved")],
        );
        let judged = identity(&opened, "a.json");
        let replaced = replace(&opened, STAGING, &id(), Some(judged));
        assert_eq!(replaced, Ok(Replaced::Done));
        assert_eq!(read(path, &left).as_deref(), Some("saved"));
        assert_eq!(names(path).len(), 2);
    }

    #[test]
    fn an_open_file_gets_one_more_name_unless_it_has_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let opened = open(path, &[("one", "saved")]);
        let system = System(opened.as_fd());
        let file = system.open("one").unwrap();
        system.name(&file, "other").unwrap();
        assert_eq!(system.name(&file, "other"), Err(Fault::Exists));
        fs::rename(path.join("other"), path.join("third")).unwrap();
        assert_eq!(read(path, "third").as_deref(), Some("saved"));
        fs::remove_file(path.join("one")).unwrap();
        fs::remove_file(path.join("third")).unwrap();
        assert_eq!(system.name(&file, "again"), Err(Fault::NotFound));
    }

    #[test]
    fn a_new_file_stays_if_there_was_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let opened = open(path, &[(STAGING, "new"), ("a.json", "saved")]);
        let replaced = replace(&opened, STAGING, &id(), None);
        assert_eq!(replaced, Ok(Replaced::Changed));
        assert_eq!(read(path, "a.json").as_deref(), Some("saved"));
        fs::remove_file(path.join("a.json")).unwrap();
        let replaced = replace(&opened, STAGING, &id(), None);
        assert_eq!(replaced, Ok(Replaced::Done));
        assert_eq!(read(path, "a.json").as_deref(), Some("new"));
    }
}
