//! Every call of a restore fails once, and other programs act between any two:
//! the live file is the old one or the new one, whole, and nothing is left
//! behind.

use session_recovery::answer::{Action, ErrorCode, Outcome};
use session_recovery::directory::simulated::{Call, Simulated};
use session_recovery::directory::{Fault, Kind};
use session_recovery::session::{Role, SessionId};
use session_recovery::{recover, sweep};

const OLD: &[u8] = br#"{"messages": []}"#;
const NEW: &[u8] = br#"{"messages": [1, "two", {"three": 3}]}"#;
const NEWER: &[u8] = br#"{"messages": [1, 2, 3, 4, 5]}"#;
const LEFTOVER: &str = ".session-recovery-ffffffffffffffffffffffffffffffff.staging";

fn damaged() -> Simulated {
    let directory = Simulated::default();
    directory.put("a.json", OLD);
    directory.put("a.json.bak", NEW);
    directory
}

fn recover(directory: &Simulated) -> Outcome {
    let id = SessionId::new("a").expect("a is an id");
    recover::recover(directory, &id).unwrap_or_else(|error| panic!("{error}"))
}

fn staging_files(directory: &Simulated) -> Vec<String> {
    let names = directory.contents().into_keys();
    names
        .filter(|name| Role::of(name) == Role::Staging)
        .collect()
}

/// The calls of a restore that nothing disturbs.
fn calls_of_a_restore() -> Vec<Call> {
    let directory = damaged();
    assert_eq!(recover(&directory).action, Action::Restored);
    directory.calls()
}

fn faults() -> [Fault; 8] {
    [
        Fault::Io("the host says `io`".to_owned()),
        Fault::NoSpace,
        Fault::Denied,
        Fault::NotFound,
        Fault::Exists,
        Fault::IsDirectory,
        Fault::IsLink,
        Fault::BadName,
    ]
}

#[test]
fn a_failure_at_any_call_leaves_the_old_file_or_the_new_one_and_no_staging_file() {
    for number in 0..calls_of_a_restore().len() {
        for fault in faults() {
            let directory = damaged();
            directory.fail(number, fault.clone());
            let id = SessionId::new("a").expect("a is an id");
            let answer = recover::recover(&directory, &id);
            let at = format!(
                "call {number}, {:?}, {fault:?}: {answer:?}",
                directory.calls()[number]
            );

            let live = directory.bytes("a.json").expect("there is a live file");
            assert_eq!(directory.bytes("a.json.bak").as_deref(), Some(NEW), "{at}");
            assert_eq!(staging_files(&directory), [""; 0], "{at}");
            match answer.map(|outcome| (outcome.action, outcome.errors)) {
                Ok((Action::Restored, errors)) => assert!(live == NEW && errors.is_empty(), "{at}"),
                Ok((Action::RestoredUnconfirmed, errors)) => {
                    assert!(live == NEW && errors.len() == 1, "{at}");
                }
                Ok((Action::Failed, errors)) => assert!(live == OLD && errors.len() == 1, "{at}"),
                // A file that could not be read is left alone.
                Ok((Action::Nothing, _)) | Err(_) => assert_eq!(live, OLD, "{at}"),
                Ok((Action::WouldRestore, _)) => panic!("{at}"),
            }

            assert_eq!(
                recover(&directory).status.backup.messages(),
                Some(3),
                "{at}"
            );
            assert_eq!(directory.bytes("a.json").as_deref(), Some(NEW), "{at}");
        }
    }
}

#[test]
fn a_failed_read_is_a_failure_and_not_a_corrupt_file() {
    let calls = calls_of_a_restore();
    let first_read = calls.iter().position(|call| *call == Call::Read);
    let directory = damaged();
    directory.fail(
        first_read.expect("a restore reads"),
        Fault::Io("io".to_owned()),
    );
    let outcome = recover(&directory);
    assert_eq!(outcome.action, Action::Failed);
    assert_eq!(outcome.errors[0].code, ErrorCode::Io);
    assert_eq!(directory.bytes("a.json").as_deref(), Some(OLD));
}

#[test]
fn errors_name_the_file_their_kind_and_the_remedy() {
    for (call, fault, code) in [
        (Call::Create, Fault::Denied, ErrorCode::ReadOnly),
        (Call::Write, Fault::NoSpace, ErrorCode::NoSpace),
        (Call::SyncFile, Fault::Io("io".to_owned()), ErrorCode::Io),
        (Call::Read, Fault::Denied, ErrorCode::NoPermission),
        (
            Call::SyncDirectory,
            Fault::Io("io".to_owned()),
            ErrorCode::Io,
        ),
    ] {
        let number = calls_of_a_restore().iter().position(|made| *made == call);
        let directory = damaged();
        directory.fail(number.expect("a restore makes the call"), fault);
        let outcome = recover(&directory);
        let error = &outcome.errors[0];
        assert_eq!(error.code, code, "{call:?}");
        assert!(error.message.contains('a'), "{error}");
        assert!(error.message.contains("Remedy: "), "{error}");
    }
}

#[test]
fn a_failed_sync_of_the_directory_is_an_outcome_of_its_own() {
    let calls = calls_of_a_restore();
    let directory = damaged();
    directory.fail(calls.len() - 1, Fault::Io("io".to_owned()));
    let outcome = recover(&directory);
    assert_eq!(directory.calls().last(), Some(&Call::SyncDirectory));
    assert_eq!(outcome.action, Action::RestoredUnconfirmed);
    assert_eq!(directory.bytes("a.json").as_deref(), Some(NEW));
}

#[test]
fn a_staging_file_that_cannot_be_removed_is_named() {
    let calls = calls_of_a_restore();
    let sync = calls.iter().position(|call| *call == Call::SyncFile);
    let sync = sync.expect("a restore syncs");
    let directory = damaged();
    directory.fail(sync, Fault::NoSpace);
    directory.fail(sync + 1, Fault::Io("io".to_owned()));
    let outcome = recover(&directory);
    assert_eq!(outcome.action, Action::Failed);
    let codes: Vec<_> = outcome.errors.iter().map(|error| error.code).collect();
    assert_eq!(codes, [ErrorCode::NoSpace, ErrorCode::Io]);
    let left = staging_files(&directory);
    assert!(outcome.errors[1].message.contains(&left[0]));
    assert_eq!(directory.bytes("a.json").as_deref(), Some(OLD));
}

#[test]
fn the_file_is_synced_before_the_rename_and_the_directory_after() {
    let calls = calls_of_a_restore();
    let last = |call| {
        calls
            .iter()
            .rposition(|made| *made == call)
            .expect("a restore makes the call")
    };
    assert!(last(Call::Write) < last(Call::SyncFile));
    assert!(last(Call::SyncFile) < last(Call::Rename));
    assert!(last(Call::Rename) < last(Call::SyncDirectory));
}

#[test]
fn a_dry_run_makes_no_call_that_changes_anything() {
    let directory = damaged();
    directory.put(LEFTOVER, b"half");
    let id = SessionId::new("a").expect("a is an id");
    let outcome = recover::preview(&directory, &id).expect("the directory can be listed");
    assert_eq!(outcome.action, Action::WouldRestore);
    sweep::preview_all(&directory, &mut |_, _| {}).expect("the directory can be listed");
    let harmless = [Call::Entries, Call::Open, Call::Read];
    assert!(directory.calls().iter().all(|call| harmless.contains(call)));
}

#[test]
fn short_reads_and_writes_change_nothing_about_the_answer() {
    for length in [1, 2, 3, 7] {
        let directory = damaged();
        directory.shorten(length);
        assert_eq!(recover(&directory).action, Action::Restored);
        assert_eq!(directory.bytes("a.json").as_deref(), Some(NEW));
    }
}

/// Lets another program act before each call of a restore in turn, and checks
/// what came of it.
fn disturb(act: impl Fn(&Simulated) + Copy + 'static, check: impl Fn(&Simulated, &Outcome, &str)) {
    for number in 0..calls_of_a_restore().len() {
        let directory = damaged();
        directory.before(number, act);
        let outcome = recover(&directory);
        let at = format!(
            "before call {number}, {:?}: {outcome:?}",
            directory.calls()[number]
        );
        assert_eq!(staging_files(&directory), [""; 0], "{at}");
        check(&directory, &outcome, &at);
    }
}

/// Whether so few calls were left before the backup was in place. What happens
/// in between is beyond what WASI can see.
fn is_within_last_calls(at: &str, few: usize) -> bool {
    let calls = calls_of_a_restore();
    let rename = calls.iter().rposition(|call| *call == Call::Rename);
    let rename = rename.expect("a restore renames");
    (rename + 1 - few..=rename).any(|number| at.starts_with(&format!("before call {number},")))
}

#[test]
fn a_session_that_the_application_saves_meanwhile_stays() {
    disturb(
        |directory| directory.put("a.json", NEWER),
        |directory, outcome, at| {
            let live = directory.bytes("a.json").expect("there is a live file");
            if is_within_last_calls(at, 1) {
                assert_eq!(outcome.action, Action::Restored, "{at}");
            } else {
                assert_eq!(live, NEWER, "{at}");
            }
        },
    );
}

#[test]
fn a_session_that_is_rewritten_in_place_meanwhile_stays() {
    disturb(
        |directory| directory.rewrite("a.json", NEWER),
        |directory, outcome, at| {
            let live = directory.bytes("a.json").expect("there is a live file");
            if is_within_last_calls(at, 3) {
                assert_eq!(outcome.action, Action::Restored, "{at}");
            } else {
                assert_eq!(live, NEWER, "{at}");
            }
        },
    );
}

#[test]
fn a_backup_that_changes_meanwhile_is_restored_whole_or_not_at_all() {
    disturb(
        |directory| directory.put("a.json.bak", NEWER),
        |directory, outcome, at| {
            let live = directory.bytes("a.json").expect("there is a live file");
            match outcome.action {
                Action::Restored => assert!(live == NEW || live == NEWER, "{at}"),
                Action::Failed => assert_eq!(live, OLD, "{at}"),
                _ => panic!("{at}"),
            }
        },
    );
}

#[test]
fn a_backup_that_is_damaged_meanwhile_is_never_put_in_place() {
    disturb(
        |directory| directory.rewrite("a.json.bak", &NEW[..NEW.len() - 1]),
        |directory, _, at| {
            let live = directory.bytes("a.json").expect("there is a live file");
            assert!(live == OLD || live == NEW, "{at}");
        },
    );
}

#[test]
fn another_run_that_cleans_up_meanwhile_costs_an_attempt_and_no_more() {
    disturb(
        |directory| {
            for name in staging_files(directory) {
                directory.take(&name);
            }
        },
        |directory, outcome, at| {
            assert_eq!(outcome.action, Action::Restored, "{at}");
            assert_eq!(directory.bytes("a.json").as_deref(), Some(NEW), "{at}");
        },
    );
}

#[test]
fn a_whole_other_recovery_meanwhile_ends_in_one_restored_file() {
    disturb(
        |directory| {
            let other = recover(directory).action;
            assert!(matches!(other, Action::Restored | Action::Nothing));
        },
        |directory, outcome, at| {
            assert_eq!(directory.bytes("a.json").as_deref(), Some(NEW), "{at}");
            let ends_well = matches!(outcome.action, Action::Restored | Action::Nothing);
            let backs_off = outcome
                .errors
                .iter()
                .all(|error| error.code == ErrorCode::Changed);
            assert!(ends_well || backs_off, "{at}");
        },
    );
}

#[test]
fn a_listing_that_stumbles_reports_each_stumble() {
    let directory = damaged();
    directory.put_unnameable();
    directory.put_unnameable();
    directory.put_other("b.json", Kind::Special);
    let summary =
        sweep::recover_all(&directory, &mut |_, _| {}).expect("the directory can be listed");
    assert_eq!((summary.scanned, summary.restored), (2, 1));
    assert_eq!(summary.oddities.len(), 3);
}

#[test]
fn one_session_that_fails_does_not_end_a_sweep() {
    let calls = {
        let directory = three_damaged();
        sweep::recover_all(&directory, &mut |_, _| {}).expect("the directory can be listed");
        directory.calls()
    };
    for (number, call) in calls.iter().enumerate().skip(1) {
        let directory = three_damaged();
        directory.fail(number, Fault::Io("io".to_owned()));
        let summary = sweep::recover_all(&directory, &mut |_, _| {});
        let summary = summary.expect("the directory can be listed");
        let failed = summary.sessions.iter();
        let failed = failed
            .filter(|outcome| outcome.action == Action::Failed)
            .count();
        assert_eq!(summary.scanned, 3, "call {number}, {call:?}");
        assert_eq!(
            summary.restored as usize + failed,
            3,
            "call {number}, {call:?}"
        );
        assert!(summary.restored >= 2, "call {number}, {call:?}");
    }
}

fn three_damaged() -> Simulated {
    let directory = Simulated::default();
    for id in ["a", "b", "c"] {
        directory.put(&format!("{id}.json"), OLD);
        directory.put(&format!("{id}.json.bak"), NEW);
    }
    directory
}
