//! Files and directories too large for any memory: each gets its answer in the
//! same few MiB. In `cargo test` they are smaller.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use tempfile::TempDir;

use crate::figures::{report, scaled};
use crate::fixture::{scratch, session};
use crate::worker::{MEASURED, Task, Worker};

/// What is enough for a file of any size, in KiB.
const ENOUGH: u64 = 2 << 10;
const MIB: usize = 1 << 20;

pub fn a_file_of_any_size_is_judged_and_restored_in_the_same_memory() {
    let size = scaled(64, 4 << 10);
    large(&format!("a session of {size} MiB"), 1, |file| {
        let message = format!("\"{}\",", "m".repeat(1021));
        file.write_all(b"{\"messages\": [").unwrap();
        for _ in 0..size * (MIB >> 10) {
            file.write_all(message.as_bytes()).unwrap();
        }
        file.write_all(b"0]}").unwrap();
    });
}

pub fn a_string_of_any_length_is_judged_and_restored_in_the_same_memory() {
    let size = scaled(64, 1 << 10);
    large(&format!("a string of {size} MiB"), 1, |file| {
        file.write_all(b"{\"messages\": [\"").unwrap();
        let part = vec![b's'; MIB];
        for _ in 0..size {
            file.write_all(&part).unwrap();
        }
        file.write_all(b"\"]}").unwrap();
    });
}

pub fn ten_million_brackets_are_judged_in_the_same_memory() {
    large("10,000,000 brackets", 0, |file| {
        file.write_all(&b"[".repeat(10_000_000)).unwrap();
    });
}

pub fn a_hole_of_4_gibibytes_is_judged_in_the_same_memory() {
    large("a hole of 4 GiB", 0, |file| {
        file.get_ref().set_len(4 << 30).unwrap();
    });
}

/// Sweeps a directory with one backup, and measures that.
fn large(what: &str, restored: usize, write: impl FnOnce(&mut BufWriter<File>)) {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.json"), b"").unwrap();
    let file = File::create(directory.path().join("a.json.bak")).unwrap();
    let mut file = BufWriter::with_capacity(MIB, file);
    write(&mut file);
    file.flush().unwrap();
    let measured = measure(what, Task::RecoverAll, directory.path());
    assert_eq!(measured.number, restored as u64, "{what}");
    assert!(measured.guest <= ENOUGH, "{what}: {} KiB", measured.guest);
}

/// A sweep remembers only the sessions that have a backup.
pub fn a_directory_of_any_number_of_sessions_is_swept_in_the_same_memory() {
    let files = scaled(20_000, 1_000_000);
    let directory = crowded(files, &["json"], b"");
    let what = format!("{files} sessions without backups");
    let swept = measure(&what, Task::RecoverAll, directory.path());
    assert_eq!(swept.number, 1);
    assert!(swept.guest <= ENOUGH, "{} KiB", swept.guest);
    let what = format!("{what}, listed");
    let listed = measure(&what, Task::List, directory.path());
    assert_eq!(listed.number, files as u64 + 1);
}

/// Of those that have one, each costs a few hundred bytes, and of the damaged ones
/// about a thousand more, for the answer.
pub fn a_directory_of_any_number_of_backups_is_answered_for() {
    for (kind, sessions, bytes) in [
        ("whole", scaled(10_000, 500_000), session("fine", 1)),
        ("damaged", scaled(10_000, 100_000), Vec::new()),
    ] {
        let directory = crowded(sessions, &["json", "json.bak"], &bytes);
        let what = format!("{sessions} {kind} sessions with backups");
        let swept = measure(&what, Task::RecoverAll, directory.path());
        assert_eq!(swept.number, 1);
        let what = format!("{what}, listed");
        let listed = measure(&what, Task::List, directory.path());
        assert_eq!(listed.number, sessions as u64 + 1);
    }
}

/// File systems give a file so many names at least.
const NAMES_OF_A_FILE: usize = 10_000;

/// A directory of so many sessions with the same bytes, and one more that is to
/// be restored. To be made in no time, they are few files of many names.
fn crowded(sessions: usize, endings: &[&str], bytes: &[u8]) -> TempDir {
    let directory = scratch();
    let path = |name: &str| directory.path().join(name);
    for number in 0..sessions {
        if number % NAMES_OF_A_FILE == 0 {
            let _ = fs::remove_file(path("original"));
            fs::write(path("original"), bytes).unwrap();
        }
        for ending in endings {
            let name = format!("session-{number:012}.{ending}");
            fs::hard_link(path("original"), path(&name)).unwrap();
        }
    }
    fs::write(path("a.json"), b"").unwrap();
    fs::write(path("a.json.bak"), session("backup", 9)).unwrap();
    directory
}

/// What a call needed.
struct Measured {
    /// How many sessions were restored, or listed.
    number: u64,
    /// The guest's memory, in KiB.
    guest: u64,
}

/// Runs a call in a process of its own, and prints what it needed.
fn measure(what: &str, task: Task, directory: &Path) -> Measured {
    let started = Instant::now();
    let mut worker = Worker::start(MEASURED);
    worker.order(task, directory);
    let told = worker.answer_whenever().what;
    let mut numbers = told.split(' ').map(|number| number.parse().unwrap());
    let mut number = || -> u64 { numbers.next().unwrap() };
    let (done, guest, host) = (number(), number(), number());
    report(
        what,
        &format!("guest {guest} KiB, process {} MiB at most", host >> 10),
        started,
    );
    Measured {
        number: done,
        guest,
    }
}
