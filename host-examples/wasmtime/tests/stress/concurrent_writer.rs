//! Another program acts between any two calls of a restore: of what it saved,
//! nothing is lost but what the interface says.

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::time::Instant;

use session_recovery_host::Action;

use crate::figures::report;
use crate::fixture::{Fixture, contents, fixtures, session};
use crate::guest::{Call, GUEST, Operation, Run, Step};

/// A save by renaming a new file into place is lost in one place alone: after
/// the last look, right before the rename.
pub fn a_save_by_renaming_is_lost_only_after_the_last_look() {
    let started = Instant::now();
    let (mut runs, mut lost) = (0, 0);
    for saved in saves() {
        for fixture in fixtures_of_one() {
            let save = saved.clone();
            for disturbed in disturb(&fixture, move |live| save_by_renaming(live, &save)) {
                runs += 1;
                let is_lost = !disturbed.holds(&saved);
                lost += usize::from(is_lost);
                assert_eq!(
                    is_lost,
                    disturbed.is_after_the_last_look(),
                    "{}",
                    disturbed.at
                );
                disturbed.assert_whole(&fixture, &saved);
            }
        }
    }
    report(
        "a save by renaming between any two calls",
        &format!("{runs} runs, {lost} lost, each in the documented window"),
        started,
    );
}

/// A save into the file itself goes to what is kept, where that is the file's
/// second name. Where it is a copy, made now or before, the save is lost after
/// the file was read for the last time.
pub fn a_save_into_the_file_is_lost_only_after_the_last_look_and_with_a_copy() {
    let started = Instant::now();
    let (mut runs, mut lost, mut wrongly) = (0, 0, Vec::new());
    for saved in saves() {
        for fixture in fixtures_of_one() {
            let save = saved.clone();
            for disturbed in disturb(&fixture, move |live| fs::write(live, &save).unwrap()) {
                runs += 1;
                disturbed.assert_whole(&fixture, &saved);
                if disturbed.holds(&saved) {
                    continue;
                }
                lost += 1;
                if !keeps_a_copy(&fixture) || !disturbed.is_after_the_last_read {
                    wrongly.push(disturbed.at);
                }
            }
        }
    }
    report(
        "a save into the file between any two calls",
        &format!("{runs} runs, {lost} lost, {} violations", wrongly.len()),
        started,
    );
    assert!(wrongly.is_empty(), "{}", wrongly.join("\n"));
}

/// A whole restore in between: one of the two restores, the other finds nothing
/// to do or backs off.
pub fn a_restore_within_a_restore_ends_as_one_and_loses_nothing() {
    let started = Instant::now();
    let mut runs = 0;
    for fixture in fixtures_of_one() {
        let operation = fixture.operation;
        if operation == Operation::Undo {
            continue;
        }
        let (sender, inner) = mpsc::channel();
        let restore = move |live: &Path| {
            let run = GUEST.run(live.parent().unwrap(), operation);
            sender.send(action(&run)).unwrap();
        };
        for disturbed in disturb(&fixture, restore) {
            runs += 1;
            let actions = [inner.recv().unwrap(), action(&disturbed.run)];
            let restored = actions.iter().filter(|action| **action == Action::Restored);
            assert_eq!(restored.count(), 1, "{}", disturbed.at);
            fixture.assert_finished(disturbed.directory.path(), &disturbed.at);
        }
    }
    report(
        "a restore between any two calls of another",
        &format!("{runs} runs, 0 violations"),
        started,
    );
}

/// Whether what is kept of the live file is a file of its own.
fn keeps_a_copy(fixture: &Fixture) -> bool {
    let mut others = fixture.before.iter().filter(|(name, _)| *name != "a.json");
    fixture.without_links || others.any(|(_, bytes)| *bytes == fixture.before["a.json"])
}

/// Shorter than the live file, as long and with as many messages, and longer than
/// the backup.
fn saves() -> [Vec<u8>; 3] {
    [
        session("saved", 1),
        session("edit", 2),
        session("saved", 900),
    ]
}

/// The fixtures with one session.
fn fixtures_of_one() -> impl Iterator<Item = Fixture> {
    let of_one = |fixture: &Fixture| !matches!(fixture.operation, Operation::RecoverAll(_));
    fixtures().into_iter().filter(of_one)
}

pub fn save_by_renaming(live: &Path, bytes: &[u8]) {
    let new = live.with_extension("json.tmp.1");
    fs::write(&new, bytes).unwrap();
    fs::rename(new, live).unwrap();
}

fn action(run: &Run) -> Action {
    let answer = run.answer.as_ref().unwrap().as_ref().unwrap();
    answer.outcomes[0].action
}

/// Which call tells that the live file ends, right before it is replaced.
fn last_read(calls: &[Call]) -> Option<usize> {
    let replaced = calls.iter().rposition(is_replacement)?;
    calls[..replaced].iter().rposition(|call| call.is("read"))
}

fn is_replacement(call: &Call) -> bool {
    call.is("rename-at") && call.names[1] == "a.json"
}

/// A run during which another program acted.
struct Disturbed {
    directory: tempfile::TempDir,
    /// Where that was, for people.
    at: String,
    run: Run,
    /// The call before which the other program acted.
    before: Call,
    /// Whether the live file's bytes had been read for the last time.
    is_after_the_last_read: bool,
}

/// Lets another program act before each call in turn.
fn disturb(
    fixture: &Fixture,
    act: impl Fn(&Path) + Clone + Send + 'static,
) -> impl Iterator<Item = Disturbed> {
    let whole = GUEST.direct(
        fixture.make().path(),
        fixture.operation,
        fixture.director(|_, _| Step::Go),
    );
    let calls = whole.calls.into_iter().enumerate();
    calls.map(move |(at, before)| {
        let directory = fixture.make();
        let live = directory.path().join("a.json");
        let act = act.clone();
        let director = fixture.director(move |number, _| {
            if number == at {
                act(&live);
            }
            Step::Go
        });
        let run = GUEST.direct(directory.path(), fixture.operation, director);
        let action = action(&run);
        let last_read = last_read(&run.calls);
        Disturbed {
            directory,
            // The last two reads tell that the copy and the live file end.
            is_after_the_last_read: last_read.is_some_and(|last| at + 1 >= last),
            at: format!(
                "{}, before call {at}, {} {}: {action:?}",
                fixture.title(),
                before.function,
                before.names.join(" ")
            ),
            run,
            before,
        }
    })
}

impl Disturbed {
    fn holds(&self, bytes: &[u8]) -> bool {
        let contents = contents(self.directory.path());
        contents.values().any(|held| held == bytes)
    }

    /// Whether the other program acted right before the restored file took the
    /// live file's name.
    fn is_after_the_last_look(&self) -> bool {
        is_replacement(&self.before)
    }

    /// The live file is one that was there, the saved one or the restored one, and
    /// the backup is what it was.
    fn assert_whole(&self, fixture: &Fixture, saved: &[u8]) {
        let at = &self.at;
        let now = contents(self.directory.path());
        let (live, backup) = (&now["a.json"], &now["a.json.bak"]);
        let mut known = fixture.before.values().chain(fixture.after.values());
        let is_known = known.any(|held| held == live);
        assert!(is_known || live == saved || is_merged(live, backup), "{at}");
        assert_eq!(backup, &fixture.before["a.json.bak"], "{at}");
        assert_eq!(fixture.litter(self.directory.path()), [""; 0], "{at}");
    }
}

/// Whether a file is the backup with more messages.
fn is_merged(live: &[u8], backup: &[u8]) -> bool {
    live.starts_with(backup.strip_suffix(b"]}").unwrap()) && live.ends_with(b"]}")
}
