//! What the history survives: a crash at any point, a failure of any call, and
//! another run at any moment. It never harms a restore.

use std::collections::BTreeSet;

use session_recovery::answer::{Action, Deed, Error, Event, Outcome};
use session_recovery::directory::{Directory, FsError};
use session_recovery::history::Run;
use session_recovery::operations::{Operations, Sessions};
use session_recovery::recover::Options;
use session_recovery::session::Role;
use session_recovery_testing::{Call, CrashSim, InMemoryDirectory};

const LOG: &str = ".session-recovery-log.jsonl";
const OLDER: &str = r#"{"deed":"restored","time":1,"run":"older","session":"z"}"#;
const SHORT: &str = r#"{"messages": [1]}"#;
const LONG: &str = r#"{"messages": [1, 2, 3]}"#;

fn by_run<D>(directory: D) -> Sessions<D> {
    Sessions {
        directory,
        run: Some(Run::new("run", 7)),
    }
}

fn recover<D: Directory>(directory: D) -> Result<Outcome, Error> {
    by_run(directory).recover("a", Options::default())
}

fn undo<D: Directory>(directory: D) -> Result<Outcome, Error> {
    by_run(directory).undo("a", Options::default())
}

fn history<D: Directory>(directory: D) -> Vec<Event> {
    Sessions::new(directory).history().expect("it can be read")
}

/// A session that is to be restored, and a history.
fn shrunken() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", SHORT);
    directory.put("a.json.bak", LONG);
    directory.put(LOG, format!("{OLDER}\n"));
    directory
}

/// The same, without a history.
fn first() -> InMemoryDirectory {
    let directory = shrunken();
    directory.take(LOG);
    directory
}

/// The same, with a line that has no end.
fn torn() -> InMemoryDirectory {
    let directory = shrunken();
    directory.put(LOG, format!("{OLDER}\n{{\"deed\":\"rest"));
    directory
}

/// A session that was put where no file was.
fn placed() -> InMemoryDirectory {
    let directory = shrunken();
    directory.take("a.json");
    recover(directory.clone()).expect("it exists");
    let again = InMemoryDirectory::default();
    for (name, bytes) in directory.contents() {
        again.put(&name, bytes.expect("they are files"));
    }
    again
}

fn placed_without_links() -> InMemoryDirectory {
    let directory = placed();
    directory.refuse_links(FsError::Denied);
    directory
}

/// What is done in a directory, and what the live file holds before and after.
struct Scenario {
    before: fn() -> InMemoryDirectory,
    act: fn(CrashSim) -> Result<Outcome, Error>,
    act_in_memory: fn(InMemoryDirectory) -> Result<Outcome, Error>,
    live: [Option<&'static str>; 2],
}

const RESTORED: [Option<&str>; 2] = [Some(SHORT), Some(LONG)];
const TAKEN: [Option<&str>; 2] = [Some(LONG), None];

fn scenarios() -> [Scenario; 5] {
    let restore = |before| Scenario {
        before,
        act: recover,
        act_in_memory: recover,
        live: RESTORED,
    };
    let undo = |before| Scenario {
        before,
        act: undo,
        act_in_memory: undo,
        live: TAKEN,
    };
    [
        restore(shrunken),
        restore(first),
        restore(torn),
        undo(placed),
        undo(placed_without_links),
    ]
}

fn bytes_of(directory: &InMemoryDirectory, name: &str) -> Option<String> {
    let bytes = directory.bytes(name)?;
    Some(String::from_utf8(bytes).expect("it is UTF-8"))
}

/// Whether a lasting name has these bytes.
fn is_held(directory: &InMemoryDirectory, bytes: &str) -> bool {
    let contents = directory.contents();
    let mut lasting = contents.iter().filter(|(name, _)| {
        matches!(
            Role::of(name),
            Role::Live(_) | Role::Kept(..) | Role::Exchange
        )
    });
    lasting.any(|(_, held)| held.as_deref() == Some(bytes.as_bytes()))
}

fn leftovers(directory: &InMemoryDirectory) -> Vec<String> {
    let names = directory.contents().into_keys();
    let is_leftover =
        |name: &String| matches!(Role::of(name), Role::Staging | Role::Claim | Role::Exchange);
    names.filter(is_leftover).collect()
}

/// Whether the history says what it said before.
fn assert_older(directory: &InMemoryDirectory, before: &InMemoryDirectory, at: &str) {
    let older = history(before.clone()).into_iter();
    // The kept files may be others now.
    let older = older.filter(|event| event.run.is_some());
    let now = history(directory.clone());
    for event in older {
        let is_there = now.iter().any(|other| {
            let can_undo = other.can_undo;
            *other
                == Event {
                    can_undo,
                    ..event.clone()
                }
        });
        assert!(is_there, "{event:?} is gone: {at}");
    }
}

#[test]
fn whatever_a_crash_leaves_the_live_file_is_whole_and_the_history_is_read_and_added_to() {
    for (number, scenario) in scenarios().iter().enumerate() {
        let before = (scenario.before)();
        let directory = CrashSim::over((scenario.before)());
        let outcome = (scenario.act)(directory.clone()).expect("it exists");
        assert_eq!((outcome.action, outcome.errors), (Action::Restored, vec![]));
        let states: BTreeSet<_> = directory.trace().crashes().flatten().collect();
        assert!(states.len() > 20, "{}", states.len());
        for state in states {
            let at = format!("{number}, {state:?}");
            let directory = state.directory();
            let live = bytes_of(&directory, "a.json");
            assert!(scenario.live.contains(&live.as_deref()), "{at}");
            let old = scenario.live[0].expect("there was one");
            assert!(is_held(&directory, old), "{old} is lost: {at}");
            assert_older(&directory, &before, &at);

            let events = history(directory.clone()).len();
            directory.put("b.json.bak", LONG);
            let summary = by_run(directory.clone()).recover_all(Options::default());
            assert!(summary.is_ok(), "{at}");
            assert!(is_held(&directory, old), "{old} is lost later: {at}");
            assert_eq!(leftovers(&directory), [""; 0], "{at}");
            assert!(history(directory.clone()).len() > events, "{at}");
            assert_older(&directory, &before, &at);
        }
    }
}

fn faults() -> [FsError; 6] {
    [
        FsError::Io("io".to_owned()),
        FsError::NoSpace,
        FsError::Denied,
        FsError::NotFound,
        FsError::Exists,
        FsError::IsLink,
    ]
}

#[test]
fn whatever_fails_a_deed_is_in_the_history_or_the_outcome_says_that_it_is_not() {
    for scenario in scenarios() {
        let before = (scenario.before)();
        let undisturbed = (scenario.before)();
        undisturbed.before(usize::MAX, |_| {});
        let act = scenario.act_in_memory;
        act(undisturbed.clone()).expect("it exists");
        for number in 0..undisturbed.calls().len() {
            for fault in faults() {
                let directory = (scenario.before)();
                directory.fail(number, fault.clone());
                let answer = act(directory.clone());
                let at = format!(
                    "call {number}, {:?}, {fault:?}: {answer:?}, {:?}",
                    directory.calls()[number],
                    directory.contents()
                );
                let live = bytes_of(&directory, "a.json");
                let done = answer.as_ref().is_ok_and(Outcome::is_restored);
                assert_eq!(live.as_deref(), scenario.live[usize::from(done)], "{at}");
                let old = scenario.live[0].expect("there was one");
                assert!(is_held(&directory, old), "{at}");
                assert_older(&directory, &before, &at);

                let logged = |directory: &InMemoryDirectory| {
                    let events = history(directory.clone());
                    events.iter().filter(|event| event.run.is_some()).count()
                };
                let is_logged = logged(&directory) > logged(&before);
                assert!(!is_logged || done, "{at}");
                let Ok(outcome) = answer else { continue };
                if done {
                    assert!(is_logged || !outcome.errors.is_empty(), "{at}");
                }
                // A host that says there is no file is believed.
                let is_clean = leftovers(&directory).is_empty();
                let is_told = !outcome.errors.is_empty();
                assert!(is_clean || is_told || fault == FsError::NotFound, "{at}");
            }
        }
    }
}

#[test]
fn short_reads_and_writes_change_nothing() {
    for length in [1, 7] {
        let directory = torn();
        directory.shorten(length, length);
        let outcome = recover(directory.clone()).expect("it exists");
        assert_eq!(outcome.errors, []);
        let events = history(directory);
        let runs: Vec<_> = events.iter().map(|event| event.run.as_deref()).collect();
        assert_eq!(runs, [Some("run"), Some("older")]);
    }
}

#[test]
fn a_host_that_never_ends_a_file_does_not_hang_the_history() {
    let directory = shrunken();
    directory.shorten(0, 100);
    let sessions = by_run(directory);
    let failure = sessions.history().expect_err("nothing is read");
    assert!(failure.message.contains(LOG), "{failure:?}");
}

/// Two runs restore a session each. The second one does it before one call of the first.
#[test]
fn two_runs_at_once_lose_at_most_one_line_and_no_restore() {
    let directory = || {
        let directory = shrunken();
        directory.put("b.json", SHORT);
        directory.put("b.json.bak", LONG);
        directory
    };
    let undisturbed = directory();
    undisturbed.before(usize::MAX, |_| {});
    recover(undisturbed.clone()).expect("it exists");
    let calls = undisturbed.calls();
    let writes = calls.iter().rposition(|call| *call == Call::Write);
    let mut lost = Vec::new();
    for number in 0..calls.len() {
        let directory = directory();
        directory.before(number, |directory| {
            let other = Sessions {
                directory: directory.clone(),
                run: Some(Run::new("other", 7)),
            };
            let outcome = other.recover("b", Options::default());
            assert!(outcome.is_ok_and(|outcome| outcome.errors.is_empty()));
        });
        let outcome = recover(directory.clone()).expect("it exists");
        let at = format!("call {number}: {outcome:?}, {:?}", directory.contents());
        if outcome.is_restored() {
            assert_eq!(
                bytes_of(&directory, "a.json").as_deref(),
                Some(LONG),
                "{at}"
            );
        }
        assert_eq!(
            bytes_of(&directory, "b.json").as_deref(),
            Some(LONG),
            "{at}"
        );
        assert_eq!(leftovers(&directory), [""; 0], "{at}");
        let events = history(directory.clone());
        let is_logged = |session: &str| {
            let mut events = events.iter();
            events.any(|event| {
                event.session_id == session && event.deed == Deed::Restored && event.run.is_some()
            })
        };
        assert_eq!(is_logged("a"), outcome.is_restored(), "{at}");
        assert!(is_logged("z"), "{at}");
        if !is_logged("b") {
            lost.push(number);
        }
    }
    // Only after the first run has found the end, which it does under its claim.
    let write = writes.expect("the line is written");
    assert!(
        lost.iter()
            .all(|number| write - 3 < *number && *number <= write),
        "{lost:?} of {calls:?}"
    );
}
