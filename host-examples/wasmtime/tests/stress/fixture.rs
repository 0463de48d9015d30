//! Directories to restore in, and what must hold in each at any time: the live
//! files are the old or the new ones, whole, and what was there is still there
//! under some name.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use session_recovery::answer::{Error, ErrorCode};
use session_recovery::session::{LOG, Role, log_claim_name};
use session_recovery_host::Options;
use tempfile::TempDir;

use crate::guest::{Call, Code, Director, GUEST, Operation, Step};

/// A staging file that an earlier run left.
const LEFTOVER: &str = ".session-recovery-ffffffffffffffffffffffffffffffff.staging";

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A directory, what is done in it, and what comes of it.
#[derive(Clone)]
pub struct Fixture {
    pub name: &'static str,
    pub operation: Operation,
    /// Whether the file system knows no second names.
    pub without_links: bool,
    pub before: Files,
    /// The live files that an undisturbed run puts in place.
    pub after: Files,
}

/// A session whose messages tell where they come from.
pub fn session(origin: &str, messages: usize) -> Vec<u8> {
    let messages: Vec<_> = (0..messages)
        .map(|number| format!("\"{origin} {number}\""))
        .collect();
    format!("{{\"messages\": [{}]}}", messages.join(", ")).into_bytes()
}

/// Every kind of restore, on file systems with and without second names.
pub fn fixtures() -> Vec<Fixture> {
    let plain = Options::default();
    let merge = Options {
        merge: true,
        ignore_guards: false,
        force: false,
        ..plain
    };
    let salvage = Options {
        salvage: true,
        ..plain
    };
    let mut cut = session("live", 400);
    cut.truncate(cut.len() - 5);
    let damaged = [("a.json", cut), ("a.json.bak", session("backup", 2))];
    let pair = [
        ("a.json", session("live", 2)),
        ("a.json.bak", session("backup", 400)),
    ];
    let kept = [
        (LEFTOVER, b"half a sess".to_vec()),
        ("a.json.replaced.1", session("live", 2)),
        ("a.json.replaced.4", session("earlier", 3)),
    ];
    let several = ["b", "c", "d"].map(|id| {
        let live = (format!("{id}.json"), session(id, 1));
        [live, (format!("{id}.json.bak"), session(id, 90))]
    });
    let restored = [
        ("a.json", session("backup", 400)),
        ("a.json.bak", session("backup", 400)),
        ("a.json.replaced.2", session("live", 2)),
    ];
    let recover = Operation::Recover(plain);
    let kinds = [
        ("recover", recover, files(&pair)),
        (
            "recover with leftovers",
            recover,
            files(&pair).into_iter().chain(files(&kept)).collect(),
        ),
        (
            "recover with merge",
            Operation::Recover(merge),
            files(&pair),
        ),
        (
            "recover with salvage",
            Operation::Recover(salvage),
            files(&damaged),
        ),
        (
            "recover-all",
            Operation::RecoverAll(plain),
            several.into_iter().flatten().chain(files(&kept)).collect(),
        ),
        ("undo", Operation::Undo, files(&restored)),
    ];
    let fixtures = kinds.into_iter().flat_map(|(name, operation, before)| {
        [false, true].map(|without_links| Fixture::of(name, operation, without_links, &before))
    });
    fixtures.collect()
}

fn files(files: &[(&str, Vec<u8>)]) -> Files {
    let files = files.iter();
    files
        .map(|(name, bytes)| ((*name).to_owned(), bytes.clone()))
        .collect()
}

impl Fixture {
    fn of(name: &'static str, operation: Operation, without_links: bool, before: &Files) -> Self {
        let mut fixture = Self {
            name,
            operation,
            without_links,
            before: before.clone(),
            after: Files::new(),
        };
        let directory = fixture.make();
        let run = GUEST.direct(
            directory.path(),
            operation,
            fixture.director(|_, _| Step::Go),
        );
        let answer = run.answer.unwrap().unwrap();
        assert!(answer.restored() > 0, "{name}: {answer:?}");
        let after = contents(directory.path());
        fixture.after = after
            .into_iter()
            .filter(|(name, _)| matches!(Role::of(name), Role::Live(_)))
            .collect();
        fixture.assert_finished(directory.path(), name);
        fixture
    }

    /// The words that make a program do it.
    pub fn words(&self) -> &[&str] {
        match self.operation {
            Operation::Recover(options) if options.merge => &["recover", "a", "--merge"],
            Operation::Recover(options) if options.salvage => &["recover", "a", "--salvage"],
            Operation::Recover(_) => &["recover", "a"],
            Operation::RecoverAll(_) | Operation::RecoverSome => &["recover-all"],
            Operation::Undo => &["undo", "a"],
            Operation::Sessions => &["list"],
        }
    }

    /// The directory, on a file system that is fast to sync where there is one.
    pub fn make(&self) -> TempDir {
        let directory = scratch();
        self.make_in(directory.path());
        directory
    }

    pub fn make_in(&self, directory: &Path) {
        for (name, bytes) in &self.before {
            fs::write(directory.join(name), bytes).unwrap();
        }
    }

    /// Whether nothing special is about it: no leftovers, and links.
    pub fn is_plain(&self) -> bool {
        !self.without_links && self.name != "recover with leftovers"
    }

    /// A director that refuses links where the fixture has none.
    pub fn director(
        &self,
        mut direct: impl FnMut(usize, &Call) -> Step + Send + 'static,
    ) -> Director {
        let without_links = self.without_links;
        Box::new(move |number, call| match direct(number, call) {
            Step::Go if without_links && call.is("link-at") => Step::Fail(Code::Unsupported),
            step => step,
        })
    }

    /// What is done, and where.
    pub fn title(&self) -> String {
        let links = if self.without_links { ", no links" } else { "" };
        format!("{}{links}", self.name)
    }

    /// What must hold at any time.
    pub fn assert_whole(&self, directory: &Path, at: &str) {
        let now = contents(directory);
        for (name, new) in &self.after {
            let live = now.get(name);
            let is_old = live == self.before.get(name);
            assert!(is_old || live == Some(new), "{at}: {name} is torn");
        }
        for (name, bytes) in &self.before {
            match Role::of(name) {
                Role::Staging => {}
                Role::Backup(_) => assert_eq!(now.get(name), Some(bytes), "{at}: {name}"),
                _ => assert!(
                    now.values().any(|held| held == bytes),
                    "{at}: what {name} held is lost"
                ),
            }
        }
    }

    /// What must hold when a run has finished the job.
    pub fn assert_finished(&self, directory: &Path, at: &str) {
        self.assert_whole(directory, at);
        assert!(self.is_done(directory), "{at}: not restored");
        assert_eq!(leftovers(directory), [""; 0], "{at}");
    }

    /// Whether all live files are the new ones.
    pub fn is_done(&self, directory: &Path) -> bool {
        let now = contents(directory);
        let mut after = self.after.iter();
        after.all(|(name, new)| now.get(name) == Some(new))
    }

    /// Whether any live file is the new one.
    pub fn is_any_done(&self, directory: &Path) -> bool {
        let now = contents(directory);
        let mut after = self.after.iter();
        after.any(|(name, new)| now.get(name) == Some(new))
    }

    /// Runs once more, and what was interrupted must be finished. A second undo
    /// would take the first one back.
    pub fn finish(&self, directory: &Path, at: &str) {
        if self.operation == Operation::Undo && self.is_done(directory) {
            sweep_leftovers(directory);
        } else {
            let may_be_kept = self.is_made_anew() && is_exchange_left(directory);
            let director = self.director(|_, _| Step::Go);
            let run = GUEST.direct(directory, self.operation, director);
            let answer = run.answer.unwrap().unwrap();
            let is_kept = |error: &Error| may_be_kept && error.code == ErrorCode::Changed;
            assert!(answer.errors().all(is_kept), "{at}: {answer:?}");
        }
        self.assert_finished(directory, at);
    }

    /// Whether what is put in place stands in no other file. If a run is killed right before it
    /// exchanges names, the next one keeps it: it cannot know whose it is.
    const fn is_made_anew(&self) -> bool {
        matches!(self.operation, Operation::Recover(options) if options.merge || options.salvage)
    }
}

impl Fixture {
    /// The staging files and claims that a run left; not those that it came upon.
    pub fn litter(&self, directory: &Path) -> Vec<String> {
        let mut left = leftovers(directory);
        // The history's claim goes with the next restore.
        left.retain(|name| !self.before.contains_key(name) && *name != log_claim_name());
        left
    }
}

/// An empty directory, in memory where the system has such a place.
pub fn scratch() -> TempDir {
    let in_memory = Path::new("/dev/shm");
    tempfile::tempdir_in(in_memory)
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

/// The regular files of a directory that others may be at work in.
pub fn contents(directory: &Path) -> Files {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    let names = entries.map(|entry| entry.file_name());
    let is_file = |name: &OsStr| {
        let metadata = fs::symlink_metadata(directory.join(name));
        metadata.is_ok_and(|metadata| metadata.is_file())
    };
    // Programs write down what they do, each in a run of its own.
    let names = names.filter(|name| name != LOG);
    let files = names.filter(|name| is_file(name)).filter_map(|name| {
        let bytes = fs::read(directory.join(&name)).ok()?;
        Some((String::from_utf8_lossy(name.as_bytes()).into_owned(), bytes))
    });
    files.collect()
}

fn is_exchange_left(directory: &Path) -> bool {
    let left = leftovers(directory);
    left.iter().any(|name| Role::of(name) == Role::Exchange)
}

/// What one run leaves the next sweep removes, or restore.
pub fn sweep_leftovers(directory: &Path) {
    let nobody = Operation::RecoverSome;
    GUEST.run(directory, nobody).answer.unwrap().unwrap();
    assert_eq!(leftovers(directory), [""; 0]);
}

/// The staging files, claims and exchanged files in a directory.
pub fn leftovers(directory: &Path) -> Vec<String> {
    let names = contents(directory).into_keys();
    names
        .filter(|name| {
            let role = Role::of(name);
            matches!(role, Role::Staging | Role::Claim | Role::Exchange)
        })
        .collect()
}
