//! The Rust host's limits end a call in the middle of a restore: the error says
//! which, the directory is whole, and the next call finishes the job.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use session_recovery_host::{Action, HostError, Limits, Operations, Options, Plugin};

use crate::figures::report;
use crate::fixture::{contents, leftovers, scratch};

/// Every other message of the live file is in the backup, so that a merge has to
/// remember many places, while its staging file is there.
fn interleaved(directory: &Path, messages: usize) -> [Vec<u8>; 2] {
    let numbered = |step: usize, most: usize| {
        let messages = (0..most).step_by(step).map(|number| number.to_string());
        format!(
            "{{\"messages\": [{}]}}",
            messages.collect::<Vec<_>>().join(",")
        )
        .into_bytes()
    };
    let (live, backup) = (numbered(1, messages), numbered(2, messages * 3));
    fs::write(directory.join("a.json"), &live).unwrap();
    fs::write(directory.join("a.json.bak"), &backup).unwrap();
    [live, backup]
}

const MERGE: Options = Options {
    merge: true,
    ..Options::NONE
};

pub fn a_call_that_runs_out_of_memory_anywhere_leaves_a_whole_directory() {
    let limits = |step: usize| Limits {
        memory: (1 << 20) + step * (128 << 10),
        ..Limits::default()
    };
    let is_out = |error: &HostError| matches!(error, HostError::OutOfMemory(_));
    let [ended, with_staging] = run_out("out of memory", 40_000, limits, is_out);
    assert!(
        with_staging > 0,
        "none of {ended} ends in the middle of a restore"
    );
}

pub fn a_call_that_runs_out_of_time_anywhere_leaves_a_whole_directory() {
    let limits = |step: usize| Limits {
        time: Duration::from_millis(50) * u32::try_from(step).unwrap(),
        ..Limits::default()
    };
    let is_out = |error: &HostError| matches!(error, HostError::OutOfTime(_));
    run_out("out of time", 60_000, limits, is_out);
}

/// Merges with wider and wider limits until they suffice; gives how many calls
/// were ended, and how many of them in the middle of a restore.
fn run_out(
    what: &str,
    messages: usize,
    limits: impl Fn(usize) -> Limits,
    is_out: impl Fn(&HostError) -> bool,
) -> [usize; 2] {
    let started = Instant::now();
    let (mut ended, mut with_staging) = (0, 0);
    loop {
        let directory = scratch();
        let before = interleaved(directory.path(), messages);
        let plugin = Plugin::new(limits(ended)).unwrap();
        match plugin.open(directory.path()).recover("a", MERGE) {
            Ok(outcome) => {
                assert_eq!(outcome.action, Action::Restored);
                break;
            }
            Err(error) => assert!(is_out(&error), "{error}"),
        }
        ended += 1;
        with_staging += usize::from(!leftovers(directory.path()).is_empty());
        assert_whole(directory.path(), &before);
        finish(directory.path());
    }
    report(
        what,
        &format!(
            "{ended} calls ended, {with_staging} of them in the middle of a restore, 0 violations"
        ),
        started,
    );
    [ended, with_staging]
}

/// What was there is there, and the live file is the old or a restored one.
fn assert_whole(directory: &Path, before: &[Vec<u8>; 2]) {
    let now = contents(directory);
    let [live, backup] = before;
    assert!(now.values().any(|held| held == live));
    assert!(now["a.json.bak"] == *backup);
    let is_restored = now["a.json"].starts_with(&backup[..backup.len() - 2]);
    assert!(now["a.json"] == *live || is_restored);
}

fn finish(directory: &Path) {
    let plugin = Plugin::new(Limits::default()).unwrap();
    let outcome = plugin.open(directory).recover("a", Options::default());
    assert_eq!(outcome.unwrap().errors, []);
    assert_eq!(leftovers(directory), [""; 0]);
    let now = contents(directory);
    assert!(now["a.json"] == now["a.json.bak"]);
}
