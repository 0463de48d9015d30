//! An enemy swaps the names that a restore is about, between files, links to
//! somebody else's file, and FIFOs: that file is neither read into the directory
//! nor changed, and nobody waits for a FIFO for ever.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use session_recovery::session::Role;
use tempfile::TempDir;

use crate::figures::{Bound, report};
use crate::fixture::{scratch, session};
use crate::programs::programs;
use crate::worker::{LIBRARY, Task, Worker};

const SHORT: usize = 1;
/// So many messages take long enough to copy for an enemy to act meanwhile.
const LONG: usize = 4_000;

/// What bears a name for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bearer {
    Session(usize),
    Link,
    HardLink,
    Fifo,
}

const NAMES: [Bearer; 4] = [
    Bearer::Session(SHORT),
    Bearer::Link,
    Bearer::Fifo,
    Bearer::Session(LONG),
];
/// wasmtime itself waits for a FIFO that comes after the listing.
const NAMES_WITHOUT_FIFO: [Bearer; 3] = [NAMES[0], NAMES[1], NAMES[3]];
const STAGING: [Bearer; 2] = [Bearer::Link, Bearer::Fifo];
const TASKS: [Task; 4] = [Task::Recover, Task::Merge, Task::RecoverAll, Task::Undo];

pub fn swapped_links_and_fifos_are_never_followed_nor_waited_for() {
    for (what, names) in [("all names", &NAMES[..]), ("staging files", &[])] {
        let battlefield = Battlefield::new();
        let mut worker = Worker::start(LIBRARY);
        let bound = Bound::of_one_in(2, 150, 20_000);
        let figures = battlefield.fight(names, &STAGING, &bound, |number| {
            worker.order(TASKS[number % TASKS.len()], &battlefield.sessions);
            assert!(worker.answer_soon().is_some(), "call {number} hangs");
        });
        report(
            &format!("{what} swapped under the Rust library"),
            &format!("{figures}, the victim unread and untouched, no hang"),
            battlefield.started,
        );
    }
}

pub fn swapped_links_are_never_followed_by_any_program() {
    let programs = programs();
    for (what, names) in [
        ("all names", &NAMES_WITHOUT_FIFO[..]),
        ("staging files", &[]),
    ] {
        let battlefield = Battlefield::new();
        let bound = Bound::of_one_in(2, 40, 1_000);
        let figures = battlefield.fight(names, &STAGING, &bound, |number| {
            let mut command = programs[number % programs.len()].on(&battlefield.sessions);
            let words = [&["recover", "a"][..], &["recover-all"], &["undo", "a"]];
            command.args(words[number / programs.len() % words.len()]);
            command.output().unwrap();
        });
        report(
            &format!("{what} swapped under the programs"),
            &format!("{figures}, the victim unread and untouched"),
            battlefield.started,
        );
    }
}

/// What is a file of the directory by its own right can be read there; but mode
/// and owner are for the restored file alone.
pub fn a_hard_link_in_the_staging_files_place_gives_nothing_away() {
    let battlefield = Battlefield::new();
    let mut worker = Worker::start(LIBRARY);
    let bound = Bound::of_one_in(1, 150, 20_000);
    let figures = battlefield.fight(&[], &[Bearer::HardLink], &bound, |_| {
        worker.order(Task::Recover, &battlefield.sessions);
        assert!(worker.answer_soon().is_some(), "a call hangs");
    });
    report(
        "staging files swapped for hard links",
        &format!("{figures}, the victim's bytes, mode and owner as they were"),
        battlefield.started,
    );
}

/// A session directory, and somebody else's file outside.
struct Battlefield {
    _outer: TempDir,
    sessions: PathBuf,
    victim: PathBuf,
    short: PathBuf,
    long: PathBuf,
    started: Instant,
}

/// A victim's bytes are a session that would be restored from.
const SECRET: &str = "the victim's secret";

impl Battlefield {
    fn new() -> Self {
        let outer = scratch();
        let sessions = outer.path().join("sessions");
        let victim = outer.path().join("victim.json");
        fs::create_dir(&sessions).unwrap();
        fs::write(&victim, session(SECRET, 50)).unwrap();
        let [short, long] = [SHORT, LONG].map(|messages| {
            let prepared = outer.path().join(format!("{messages}.json"));
            fs::write(&prepared, session("own", messages)).unwrap();
            fs::set_permissions(&prepared, Permissions::from_mode(0o666)).unwrap();
            prepared
        });
        fs::set_permissions(&victim, Permissions::from_mode(0o600)).unwrap();
        Self {
            _outer: outer,
            sessions,
            victim,
            short,
            long,
            started: Instant::now(),
        }
    }

    /// Makes calls while names are swapped; gives how often. Where it is the
    /// staging files' names alone, a restore is due each time.
    fn fight(
        &self,
        names: &[Bearer],
        staging: &[Bearer],
        bound: &Bound,
        mut call: impl FnMut(usize),
    ) -> String {
        let (is_over, swaps) = (AtomicBool::new(false), Default::default());
        let before = self.state_of_victim();
        let mut done = 0;
        thread::scope(|scope| {
            scope.spawn(|| self.swap(names, staging, &is_over, &swaps));
            let over = Over(&is_over);
            while bound.goes_on(done) {
                if names.is_empty() {
                    self.renew();
                }
                call(done);
                done += 1;
                assert!(self.state_of_victim() == before, "the victim is changed");
                if !staging.contains(&Bearer::HardLink) {
                    self.assert_unread();
                }
            }
            drop(over);
        });
        let [swaps, of_staging] = swaps.map(AtomicUsize::into_inner);
        format!("{done} calls, {swaps} swaps and {of_staging} of staging files")
    }

    fn swap(
        &self,
        names: &[Bearer],
        staging: &[Bearer],
        is_over: &AtomicBool,
        [swaps, staging_swaps]: &[AtomicUsize; 2],
    ) {
        for number in 0.. {
            if is_over.load(Ordering::Relaxed) {
                return;
            }
            if let Some(bearer) = names.get(number % names.len().max(1)) {
                self.put(*bearer, "a.json");
                self.put(names[number / 3 % names.len()], "a.json.bak");
                swaps.fetch_add(2, Ordering::Relaxed);
            }
            for name in self.staging() {
                self.put(staging[number % staging.len()], &name);
                staging_swaps.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Makes a restore due, in an else empty directory.
    fn renew(&self) {
        for entry in fs::read_dir(&self.sessions).unwrap() {
            let _ = fs::remove_file(entry.unwrap().path());
        }
        fs::copy(&self.short, self.sessions.join("a.json")).unwrap();
        fs::copy(&self.long, self.sessions.join("a.json.bak")).unwrap();
    }

    /// Puts something in a name's place, in one step.
    fn put(&self, bearer: Bearer, name: &str) {
        let new = self.sessions.with_file_name("swapped");
        match bearer {
            Bearer::Session(messages) => {
                let prepared = if messages == LONG {
                    &self.long
                } else {
                    &self.short
                };
                fs::hard_link(prepared, &new).unwrap();
            }
            Bearer::Link => symlink(&self.victim, &new).unwrap(),
            Bearer::HardLink => fs::hard_link(&self.victim, &new).unwrap(),
            Bearer::Fifo => mkfifo(&new, Mode::S_IRWXU).unwrap(),
        }
        fs::rename(&new, self.sessions.join(name)).unwrap();
        // Two names of one file are left by a rename as they are.
        let _ = fs::remove_file(new);
    }

    /// The staging files that are what they seem to be.
    fn staging(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.sessions).unwrap();
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let is_file = |name: &String| {
            let metadata = fs::symlink_metadata(self.sessions.join(name));
            metadata.is_ok_and(|metadata| metadata.is_file() && metadata.nlink() == 1)
        };
        names
            .filter(|name| Role::of(name) == Role::Staging && is_file(name))
            .collect()
    }

    fn state_of_victim(&self) -> (Vec<u8>, u32, u32, i64) {
        let metadata = fs::metadata(&self.victim).unwrap();
        let bytes = fs::read(&self.victim).unwrap();
        (
            bytes,
            metadata.mode(),
            metadata.uid(),
            metadata.mtime_nsec(),
        )
    }

    fn assert_unread(&self) {
        for (name, bytes) in contents_of_files(&self.sessions) {
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains(SECRET), "{name} holds what the victim does");
        }
    }
}

/// What the regular files hold, while names are swapped: a link is not followed,
/// and a FIFO not waited for.
fn contents_of_files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(directory).unwrap().filter_map(Result::ok);
    let files = entries.filter_map(|entry| {
        let mut options = OpenOptions::new();
        let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        let mut file = options
            .read(true)
            .custom_flags(flags.bits())
            .open(entry.path())
            .ok()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        Some((entry.file_name().to_string_lossy().into_owned(), bytes))
    });
    files.collect()
}

/// Ends the enemy's work, also where a check fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
