//! Every call of a restore fails once, and other programs act between any two:
//! the live file is the old one or the new one, whole, and nothing is left
//! behind.

use session_recovery::answer::{Action, Error, ErrorCode, FileState, Outcome};
use session_recovery::count::count;
use session_recovery::directory::{FsError, Kind};
use session_recovery::recover::Options;
use session_recovery::session::{Role, SessionId};
use session_recovery::{recover, sweep};
use session_recovery_testing::{Call, InMemoryDirectory};

const OLD: &[u8] = br#"{"messages": []}"#;
const NEW: &[u8] = br#"{"messages": [1, "two", {"three": 3}]}"#;
const NEWER: &[u8] = br#"{"messages": [1, 2, 3, 4, 5]}"#;
/// What only the live file holds, and what comes of merging it.
const OWN: &[u8] = br#"{"messages": [4, 1]}"#;
const MERGED: &[u8] = br#"{"messages": [1, "two", {"three": 3},4]}"#;
const MERGE: Options = Options {
    merge: true,
    ..Options::NONE
};
const DRY_RUN: Options = Options {
    dry_run: true,
    ..Options::NONE
};
const SALVAGE: Options = Options {
    dry_run: false,
    salvage: true,
    ..DRY_RUN
};
const SALVAGE_AND_MERGE: Options = Options {
    salvage: true,
    ..MERGE
};
/// A damaged file, what is left of it, and that with a message of the live file.
const CUT: &[u8] = br#"{"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}, {"role": "user", "content": "c"}, ?? one "#;
const SALVAGED: &[u8] = br#"{"session_id": "a","messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]}"#;
/// One of which two messages are left.
const CUT_LATER: &[u8] =
    br#"{"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}, {"ro"#;
const SALVAGED_AND_MERGED: &[u8] = br#"{"session_id": "a","messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"},4]}"#;
const LEFTOVER: &str = ".session-recovery-ffffffffffffffffffffffffffffffff.staging";

fn damaged() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", OLD);
    directory.put("a.json.bak", NEW);
    directory
}

fn id() -> SessionId {
    SessionId::new("a").expect("a is an id")
}

fn recover(directory: &InMemoryDirectory) -> Outcome {
    recover::recover(directory, &id(), Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn staging_files(directory: &InMemoryDirectory) -> Vec<String> {
    with_role(directory, Role::Staging)
}

fn claims(directory: &InMemoryDirectory) -> Vec<String> {
    with_role(directory, Role::Claim)
}

fn with_role(directory: &InMemoryDirectory, role: Role) -> Vec<String> {
    let names = directory.contents().into_keys();
    names.filter(|name| Role::of(name) == role).collect()
}

fn holds_somewhere(directory: &InMemoryDirectory, bytes: &[u8]) -> bool {
    let mut contents = directory.contents().into_values();
    contents.any(|content| content.as_deref() == Some(bytes))
}

/// The calls of a restore that nothing disturbs.
fn calls_of_a_restore() -> Vec<Call> {
    let directory = damaged();
    assert_eq!(recover(&directory).action, Action::Restored);
    directory.calls()
}

fn faults() -> [FsError; 8] {
    [
        FsError::Io("the host says `io`".to_owned()),
        FsError::NoSpace,
        FsError::Denied,
        FsError::NotFound,
        FsError::Exists,
        FsError::IsDirectory,
        FsError::IsLink,
        FsError::BadName,
    ]
}

#[test]
fn a_failure_at_any_call_leaves_the_old_file_or_the_new_one_and_no_staging_file() {
    for number in 0..calls_of_a_restore().len() {
        for fault in faults() {
            let directory = damaged();
            directory.fail(number, fault.clone());
            let answer = recover::recover(&directory, &id(), Options::default());
            let at = format!(
                "call {number}, {:?}, {fault:?}: {answer:?}",
                directory.calls()[number]
            );

            let live = directory.bytes("a.json").expect("there is a live file");
            assert_eq!(directory.bytes("a.json.bak").as_deref(), Some(NEW), "{at}");
            assert_eq!(staging_files(&directory), [""; 0], "{at}");
            assert!(holds_somewhere(&directory, OLD), "{at}");
            match answer.map(|outcome| (outcome.action, outcome.errors)) {
                Ok((Action::Restored, errors)) => {
                    assert_eq!(live, NEW, "{at}");
                    // A host that says there is no claim is believed.
                    if fault != FsError::NotFound {
                        assert_named(&claims(&directory), &errors, &at);
                    }
                }
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

/// There is an error for each of these files, and no other.
fn assert_named(names: &[String], errors: &[Error], at: &str) {
    assert_eq!(names.len(), errors.len(), "{at}");
    for (name, error) in names.iter().zip(errors) {
        assert!(error.message.contains(name), "{at}");
    }
}

/// A session of which both files hold messages that the other has not.
fn to_merge() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", OWN);
    directory.put("a.json.bak", NEW);
    directory
}

fn merge(directory: &InMemoryDirectory) -> Result<Outcome, Error> {
    recover::recover(directory, &id(), MERGE)
}

/// A session that was restored.
fn to_undo() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", NEW);
    directory.put("a.json.bak", NEW);
    directory.put("a.json.replaced.1", OLD);
    directory.put("a.json.replaced.2", NEW);
    directory
}

fn undo(directory: &InMemoryDirectory) -> Result<Outcome, Error> {
    recover::undo(directory, &id(), Options::default())
}

/// A directory in which something is to be done, what that is, and the live file
/// after it.
type Deed = (Before, Act, &'static [u8]);
type Before = fn() -> InMemoryDirectory;
type Act = fn(&InMemoryDirectory) -> Result<Outcome, Error>;

/// The names of the files that may be put in place: of each kind of source one.
const SOURCES: [&str; 7] = [
    "a.json.bak",
    "a.json.replaced.3",
    "a.tmp.1.2",
    "a.json.bak.tmp.1.2",
    "a.json.recover.tmp",
    "a.sync-conflict-20260101-120000-ABCDEFG.json",
    "a copy.json",
];

fn with_source(live: &[u8], name: &str, source: &[u8]) -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", live);
    directory.put(name, source);
    directory
}

fn to_take<const SOURCE: usize>() -> InMemoryDirectory {
    with_source(OWN, SOURCES[SOURCE], NEW)
}

fn take<const SOURCE: usize>(directory: &InMemoryDirectory) -> Result<Outcome, Error> {
    recover::recover_from(directory, &id(), SOURCES[SOURCE], Options::default())
}

fn merge_with_a_temporary_file(directory: &InMemoryDirectory) -> Result<Outcome, Error> {
    recover::recover_from(directory, &id(), SOURCES[2], MERGE)
}

fn to_salvage_a_copy() -> InMemoryDirectory {
    with_source(OLD, SOURCES[6], CUT)
}

fn to_take_the_best() -> InMemoryDirectory {
    with_source(OLD, SOURCES[2], NEW)
}

fn take_the_best(directory: &InMemoryDirectory) -> Result<Outcome, Error> {
    let best = Options {
        best: true,
        ..Options::default()
    };
    let mut summary = sweep::recover_all(directory, None, best)?;
    match summary.sessions.pop() {
        Some(outcome) => Ok(outcome),
        None => take::<2>(directory),
    }
}

const DEEDS: [Deed; 17] = [
    (to_merge, merge, MERGED),
    (to_undo, undo, OLD),
    (to_salvage, salvage, SALVAGED),
    (to_salvage_beside_a_backup, salvage, SALVAGED),
    (to_salvage_from_a_backup, salvage, SALVAGED),
    (to_salvage_from_a_kept_file, salvage, SALVAGED),
    (to_salvage_and_merge, salvage_and_merge, SALVAGED_AND_MERGED),
    (to_take::<0>, take::<0>, NEW),
    (to_take::<1>, take::<1>, NEW),
    (to_take::<2>, take::<2>, NEW),
    (to_take::<3>, take::<3>, NEW),
    (to_take::<4>, take::<4>, NEW),
    (to_take::<5>, take::<5>, NEW),
    (to_take::<6>, take::<6>, NEW),
    (to_take::<2>, merge_with_a_temporary_file, MERGED),
    (to_salvage_a_copy, take::<6>, SALVAGED),
    (to_take_the_best, take_the_best, NEW),
];

/// Those of [`DEEDS`] that put a source in place which somebody chose, or the best one.
fn choices() -> impl Iterator<Item = Deed> {
    DEEDS.into_iter().skip(7)
}

/// The file that such a deed puts in place.
fn source_in(directory: &InMemoryDirectory) -> String {
    let names = directory.contents().into_keys();
    let mut names = names.filter(|name| SOURCES.contains(&&**name));
    names.next().expect("there is a source")
}

/// Its bytes, and which file it is: it would be another one if it had been written anew.
fn state_of(directory: &InMemoryDirectory, name: &str) -> (Option<Vec<u8>>, Option<u128>) {
    (directory.bytes(name), directory.bearer(name))
}

#[test]
fn no_fault_at_any_call_touches_a_source() {
    for (before, act, _) in choices() {
        let undisturbed = before();
        let source = source_in(&undisturbed);
        let state = state_of(&undisturbed, &source);
        act(&undisturbed).expect("the directory can be listed");
        assert_eq!(state_of(&undisturbed, &source), state);
        for number in 0..undisturbed.calls().len() {
            for fault in faults() {
                let directory = before();
                directory.fail(number, fault.clone());
                let answer = act(&directory);
                let found = state_of(&directory, &source);
                assert_eq!(found, state, "call {number}, {fault:?}: {answer:?}");
            }
        }
    }
}

#[test]
fn a_source_that_changes_between_the_look_and_the_restore_is_not_put_in_place() {
    type Change = fn(&InMemoryDirectory, &str);
    let changes: [Change; 4] = [
        |directory, source| directory.put(source, NEWER),
        |directory, source| directory.rewrite(source, NEWER),
        // As long, and with as many messages.
        |directory, source| directory.put(source, directory.bytes(source).unwrap_or_default()),
        |directory, source| directory.take(source),
    ];
    // A sweep, the last one, tries again.
    for (before, act, new) in choices().take(9) {
        for (kind, change) in changes.into_iter().enumerate() {
            let mut refused = 0;
            for number in 0.. {
                let directory = before();
                let old = directory.bytes("a.json");
                let source = source_in(&directory);
                directory.before(number, move |directory| change(directory, &source));
                let answer = act(&directory);
                if number == directory.calls().len() {
                    break;
                }
                let at = format!("change {kind} before call {number}: {answer:?}");
                let live = directory.bytes("a.json");
                let Ok(outcome) = answer else {
                    panic!("{at}");
                };
                assert!(
                    holds_somewhere(&directory, &old.clone().unwrap_or_default()),
                    "{at}"
                );
                assert_eq!(staging_files(&directory), [""; 0], "{at}");
                if outcome.is_restored() {
                    let text = String::from_utf8(live.unwrap_or_default()).unwrap_or_default();
                    let is_newer = text.contains("[1, 2, 3, 4, 5");
                    assert!(text.as_bytes() == new || is_newer, "{at}: {text}");
                    continue;
                }
                assert_eq!(live, old, "{at}");
                for error in &outcome.errors {
                    // What is written into it while it is judged may make it look damaged.
                    let is_told = match error.code {
                        ErrorCode::Changed
                        | ErrorCode::NoSuchSource
                        | ErrorCode::SeveralSources => true,
                        ErrorCode::Other | ErrorCode::Io => kind == 1,
                        _ => false,
                    };
                    assert!(is_told, "{at}");
                    refused += u32::from(error.code == ErrorCode::Changed);
                }
            }
            assert!(refused > 0, "change {kind} was never noticed");
        }
    }
}

#[test]
fn a_host_that_says_late_where_a_file_ends_changes_nothing() {
    for (place, (before, act, new)) in DEEDS.into_iter().enumerate() {
        let directory = before();
        directory.end_late();
        let outcome = act(&directory).expect("the directory can be listed");
        assert_eq!(outcome.action, Action::Restored, "{place}: {outcome:?}");
        assert_eq!(directory.bytes("a.json").as_deref(), Some(new), "{place}");
        if place > 6 {
            // A second time there is nothing to do.
            let outcome = act(&directory).expect("the directory can be listed");
            assert_eq!(outcome.action, Action::Nothing, "{place}: {outcome:?}");
        }
    }
}

#[test]
fn a_dry_run_of_a_choice_makes_no_call_that_changes_anything() {
    let best = Options {
        best: true,
        ..DRY_RUN
    };
    for source in SOURCES {
        let directory = with_source(OLD, source, NEW);
        directory.put(LEFTOVER, b"half");
        let outcome = recover::recover_from(&directory, &id(), source, DRY_RUN);
        let outcome = outcome.expect("the directory can be listed");
        assert_eq!(outcome.action, Action::WouldRestore);
        sweep::recover_all(&directory, None, best).expect("the directory can be listed");
        let harmless = [Call::Entries, Call::Open, Call::Read];
        let calls = directory.calls();
        assert!(
            calls.iter().all(|call| harmless.contains(call)),
            "{calls:?}"
        );
    }
}

/// A session that is damaged.
fn to_salvage() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", CUT);
    directory
}

fn to_salvage_without_links() -> InMemoryDirectory {
    let directory = to_salvage();
    directory.refuse_links(FsError::Denied);
    directory
}

fn to_salvage_beside_a_backup() -> InMemoryDirectory {
    let directory = to_salvage();
    directory.put("a.json.bak", OLD);
    directory
}

fn to_salvage_from_a_backup() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", OLD);
    directory.put("a.json.bak", CUT);
    directory
}

fn to_salvage_from_a_kept_file() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", OLD);
    directory.put("a.json.replaced.1", CUT);
    directory
}

fn to_salvage_and_merge() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", *br#"{"messages": [4]}"#);
    directory.put("a.json.bak", CUT_LATER);
    directory
}

fn salvage(directory: &InMemoryDirectory) -> Result<Outcome, Error> {
    recover::recover(directory, &id(), SALVAGE)
}

fn salvage_and_merge(directory: &InMemoryDirectory) -> Result<Outcome, Error> {
    recover::recover(directory, &id(), SALVAGE_AND_MERGE)
}

#[test]
fn whatever_fails_a_salvage_is_made_or_says_why_not() {
    for (before, act, new) in &DEEDS[2..] {
        let undisturbed = before();
        act(&undisturbed).expect("the directory can be listed");
        for number in 0..undisturbed.calls().len() {
            let directory = before();
            directory.fail(number, FsError::Io("io".to_owned()));
            let Ok(outcome) = act(&directory) else {
                continue;
            };
            let at = format!(
                "call {number}, {:?}: {outcome:?}",
                directory.calls()[number]
            );
            let is_new = directory.bytes("a.json").as_deref() == Some(*new);
            assert_eq!(outcome.is_restored(), is_new, "{at}");
            let is_undecided = [&outcome.status.live, &outcome.status.backup]
                .iter()
                .any(|file| matches!(file.state, FileState::Undecided(_)));
            let is_told = !outcome.errors.is_empty() || is_undecided;
            assert!(is_new || is_told, "{at}");
        }
    }
}

#[test]
fn a_failure_at_any_call_of_a_merge_an_undo_or_a_salvage_leaves_the_old_file_or_the_new_one() {
    for (before, act, new) in DEEDS {
        let undisturbed = before();
        let old = undisturbed.bytes("a.json").expect("there is a live file");
        act(&undisturbed).expect("the directory can be listed");
        for number in 0..undisturbed.calls().len() {
            for fault in faults() {
                let directory = before();
                directory.fail(number, fault.clone());
                let answer = act(&directory);
                let at = format!("call {number}, {fault:?}: {answer:?}");

                let live = directory.bytes("a.json").expect("there is a live file");
                let is_restored = answer.is_ok_and(|outcome| outcome.is_restored());
                assert_eq!(live, if is_restored { new } else { &old }, "{at}");
                assert_eq!(staging_files(&directory), [""; 0], "{at}");
                for content in before().contents().into_values().flatten() {
                    assert!(holds_somewhere(&directory, &content), "{at}");
                }
                if !is_restored {
                    act(&directory).expect("the directory can be listed");
                    assert_eq!(directory.bytes("a.json").as_deref(), Some(new), "{at}");
                }
            }
        }
    }
}

#[test]
fn what_the_application_saves_during_a_merge_an_undo_or_a_salvage_stays_or_is_kept() {
    for (before, act, _) in DEEDS {
        let undisturbed = before();
        act(&undisturbed).expect("the directory can be listed");
        let calls = undisturbed.calls();
        let rename = calls.iter().rposition(|call| *call == Call::Rename);
        for number in 0..rename.expect("the live file is replaced") {
            let directory = before();
            directory.before(number, |directory| directory.put("a.json", NEWER));
            let answer = act(&directory);
            let at = format!("call {number}: {answer:?}");
            assert!(holds_somewhere(&directory, NEWER), "{at}");
            assert_eq!(staging_files(&directory), [""; 0], "{at}");
        }
    }
}

#[test]
fn a_live_file_that_is_rewritten_during_a_merge_is_never_merged_halfway() {
    for number in 0.. {
        let directory = to_merge();
        directory.before(number, |directory| {
            directory.rewrite("a.json", br#"{"messages": [8, 7]}"#);
        });
        merge(&directory).expect("the directory can be listed");
        if number == directory.calls().len() {
            break;
        }
        let live = directory.bytes("a.json").expect("there is a live file");
        let whole: [&[u8]; 3] = [
            MERGED,
            br#"{"messages": [8, 7]}"#,
            br#"{"messages": [1, "two", {"three": 3},8, 7]}"#,
        ];
        assert!(whole.contains(&&*live), "call {number}: {live:?}");
    }
}

#[test]
fn a_failed_read_is_a_failure_and_not_a_corrupt_file() {
    let calls = calls_of_a_restore();
    let first_read = calls.iter().position(|call| *call == Call::Read);
    let directory = damaged();
    directory.fail(
        first_read.expect("a restore reads"),
        FsError::Io("io".to_owned()),
    );
    let outcome = recover(&directory);
    assert_eq!(outcome.action, Action::Failed);
    assert_eq!(outcome.errors[0].code, ErrorCode::Io);
    assert_eq!(directory.bytes("a.json").as_deref(), Some(OLD));
}

#[test]
fn errors_name_the_file_their_kind_and_the_remedy() {
    for (call, fault, code) in [
        (Call::Create, FsError::Denied, ErrorCode::ReadOnly),
        (Call::Write, FsError::NoSpace, ErrorCode::NoSpace),
        (Call::SyncFile, FsError::Io("io".to_owned()), ErrorCode::Io),
        (Call::Read, FsError::Denied, ErrorCode::NoPermission),
        (
            Call::SyncDirectory,
            FsError::Io("io".to_owned()),
            ErrorCode::Io,
        ),
    ] {
        let number = calls_of_a_restore().iter().position(|made| *made == call);
        let directory = damaged();
        directory.fail(number.expect("a restore makes the call"), fault);
        let outcome = recover(&directory);
        let error = &outcome.errors[0];
        assert_eq!(error.code, code, "{call:?}");
        let is_of_all = call == Call::Create;
        let named = if is_of_all { "directory" } else { "a.json" };
        assert!(error.message.contains(named), "{error}");
        assert!(error.remedy.is_some(), "{error}");
    }
}

#[test]
fn a_denied_last_step_is_not_reported_as_a_read_only_grant() {
    let calls = calls_of_a_restore();
    let rename = calls.iter().rposition(|call| *call == Call::Rename);
    let directory = damaged();
    directory.fail(rename.expect("a restore renames"), FsError::Denied);
    let outcome = recover(&directory);
    let error = &outcome.errors[0];
    assert_eq!(error.code, ErrorCode::NoPermission, "{error}");
    assert!(error.in_full().contains("who owns the files"), "{error}");
}

#[test]
fn a_failed_sync_of_the_directory_is_an_outcome_of_its_own() {
    let calls = calls_of_a_restore();
    let directory = damaged();
    directory.fail(calls.len() - 1, FsError::Io("io".to_owned()));
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
    directory.fail(sync, FsError::NoSpace);
    directory.fail(sync + 1, FsError::Io("io".to_owned()));
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
fn what_is_replaced_is_kept_durably_before_it_is_replaced() {
    let calls = calls_of_a_restore();
    let link = calls.iter().position(|call| *call == Call::Link);
    let rename = calls.iter().rposition(|call| *call == Call::Rename);
    let between = &calls[link.expect("a restore links")..rename.expect("a restore renames")];
    assert!(between.contains(&Call::SyncDirectory));
}

/// A damaged session on a file system without second names.
fn damaged_without_links() -> InMemoryDirectory {
    let directory = damaged();
    directory.refuse_links(FsError::Denied);
    directory
}

#[test]
fn without_hard_links_a_copy_is_kept() {
    for fault in [
        FsError::Denied,
        FsError::Io("the host says `unsupported`".to_owned()),
    ] {
        let directory = damaged();
        directory.refuse_links(fault);
        let outcome = recover(&directory);
        assert_eq!(outcome.action, Action::Restored);
        assert_eq!(outcome.kept.as_deref(), Some("a.json.replaced.1"));
        assert_eq!(directory.bytes("a.json.replaced.1").as_deref(), Some(OLD));
        let calls = directory.calls();
        let syncs = calls.iter().filter(|call| **call == Call::SyncFile);
        assert_eq!(syncs.count(), 2, "the copy is synced too");
    }
}

#[test]
fn what_was_kept_before_becomes_the_newest_on_every_file_system() {
    for directory in [damaged(), damaged_without_links()] {
        directory.put("a.json.replaced.1", OLD);
        directory.put("a.json.replaced.4", NEWER);
        assert_eq!(
            recover(&directory).kept.as_deref(),
            Some("a.json.replaced.5")
        );
        assert_eq!(directory.bytes("a.json.replaced.5").as_deref(), Some(OLD));
        assert_eq!(directory.bytes("a.json.replaced.1"), None);
        assert_eq!(directory.bytes("a.json.replaced.4").as_deref(), Some(NEWER));
    }
}

#[test]
fn what_the_newest_kept_file_holds_is_not_looked_for_in_the_others() {
    for listed_first in ["a.json.replaced.1", "a.json.replaced.2"] {
        let directory = damaged();
        directory.put("a.json.replaced.1", OLD);
        directory.put("a.json.replaced.2", OLD);
        directory.list_first(listed_first);
        assert_eq!(
            recover(&directory).kept.as_deref(),
            Some("a.json.replaced.2")
        );
        assert_eq!(directory.bytes("a.json.replaced.1").as_deref(), Some(OLD));
    }
}

#[test]
fn without_a_higher_number_nothing_is_replaced() {
    for directory in [damaged(), damaged_without_links()] {
        directory.put("a.json.replaced.4294967295", NEWER);
        let before = directory.contents();
        let outcome = recover(&directory);
        assert_eq!(outcome.action, Action::Failed, "{outcome:?}");
        let error = &outcome.errors[0].message;
        assert!(error.contains("a.json.replaced.4294967295"), "{error}");
        assert_eq!(directory.contents(), before);
    }
}

#[test]
fn no_failure_of_the_copy_loses_what_it_copies() {
    let directory = damaged_without_links();
    recover(&directory);
    for number in 0..directory.calls().len() {
        for fault in faults() {
            let directory = damaged_without_links();
            directory.fail(number, fault.clone());
            let answer = recover::recover(&directory, &id(), Options::default());
            let at = format!("call {number}, {fault:?}: {answer:?}");
            assert!(holds_somewhere(&directory, OLD), "{at}");
            assert_eq!(staging_files(&directory), [""; 0], "{at}");
            recover(&directory);
            assert!(holds_somewhere(&directory, OLD), "{at}");
            assert_eq!(directory.bytes("a.json").as_deref(), Some(NEW), "{at}");
        }
    }
}

#[test]
fn what_the_application_saved_before_the_last_look_is_never_lost() {
    disturb(
        |directory| directory.put("a.json", NEWER),
        |disturbed, at| {
            let is_lost = !holds_somewhere(&disturbed.directory, NEWER);
            assert_eq!(is_lost, disturbed.left == 0, "{at}");
        },
    );
}

#[test]
fn what_is_written_into_the_live_file_before_its_last_byte_is_read_again_is_never_lost() {
    // As long as the old file, and with as many messages. What is damaged changes behind the fault.
    const EDITED: &[u8] = br#"{ "messages":[]}"#;
    const EDITED_BEHIND: &[u8] =
        br#"{"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}, {"role": "user", "content": "c"}, ?? two "#;
    let kept_before = || {
        let directory = damaged();
        directory.put("a.json.replaced.1", OLD);
        directory
    };
    let damaged_and_kept_before = || {
        let directory = to_salvage();
        directory.put("a.json.replaced.1", CUT);
        directory
    };
    let recovers: Act = |directory| Ok(recover(directory));
    for (before, act, edited) in [
        (damaged as Before, recovers, EDITED),
        (damaged_without_links, recovers, EDITED),
        (kept_before, recovers, EDITED),
        (to_salvage, salvage, EDITED_BEHIND),
        (to_salvage_without_links, salvage, EDITED_BEHIND),
        (to_salvage_beside_a_backup, salvage, EDITED_BEHIND),
        (damaged_and_kept_before, salvage, EDITED_BEHIND),
    ] {
        let undisturbed = before();
        act(&undisturbed).expect("the directory can be listed");
        let calls = undisturbed.calls();
        let last_read = calls.iter().rposition(|call| *call == Call::Read);
        for number in 0..=last_read.expect("the live file is read") {
            let directory = before();
            directory.before(number, move |directory| directory.rewrite("a.json", edited));
            let outcome = act(&directory);
            let at = format!("call {number}: {outcome:?}");
            assert!(holds_somewhere(&directory, edited), "{at}");
        }
    }
}

#[test]
fn what_was_kept_before_is_never_lost_to_what_is_written_into_the_live_file_meanwhile() {
    let before = || {
        let directory = damaged_without_links();
        directory.put("a.json.replaced.1", OLD);
        directory.put("a.json.replaced.2", NEWER);
        directory
    };
    let undisturbed = before();
    recover(&undisturbed);
    for number in 0..undisturbed.calls().len() {
        let directory = before();
        directory.before(number, |directory| {
            directory.rewrite("a.json", br#"{"messages":[0]}"#);
        });
        let outcome = recover(&directory);
        assert!(
            holds_somewhere(&directory, OLD),
            "call {number}: {outcome:?}"
        );
    }
}

#[test]
fn another_run_that_cleans_up_during_a_merge_costs_an_attempt_and_no_more() {
    let undisturbed = to_merge();
    merge(&undisturbed).expect("the directory can be listed");
    for number in 0..undisturbed.calls().len() {
        let directory = to_merge();
        directory.before(number, |directory| {
            for name in staging_files(directory) {
                directory.take(&name);
            }
        });
        let outcome = merge(&directory).expect("the directory can be listed");
        assert_eq!(
            outcome.action,
            Action::Restored,
            "call {number}: {outcome:?}"
        );
        assert_eq!(directory.bytes("a.json").as_deref(), Some(MERGED));
    }
}

#[test]
fn no_staging_file_is_left_without_a_word() {
    for before in [damaged, damaged_without_links] {
        let undisturbed = before();
        recover(&undisturbed);
        for number in 0..undisturbed.calls().len() {
            let directory = before();
            // Whatever comes after a failure is in vain as well.
            for later in number..number + 9 {
                directory.fail(later, FsError::Io("io".to_owned()));
            }
            let Ok(outcome) = recover::recover(&directory, &id(), Options::default()) else {
                continue;
            };
            for name in staging_files(&directory) {
                let is_named = |error: &Error| error.message.contains(&name);
                assert!(outcome.errors.iter().any(is_named), "call {number}: {name}");
            }
        }
    }
}

#[test]
fn of_two_recoveries_at_once_neither_takes_away_what_the_other_kept() {
    disturb(
        |directory| {
            recover(directory);
        },
        |disturbed, at| assert!(holds_somewhere(&disturbed.directory, OLD), "{at}"),
    );
}

/// `A.json` beside `a.json.bak`, where that is one session.
fn damaged_in_other_letters() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.ignore_case();
    directory.put("A.json", OLD);
    directory.put("a.json.bak", NEW);
    directory
}

#[test]
fn if_names_ignore_case_recover_does_what_a_sweep_does() {
    for restore in [
        (|directory| vec![recover(directory)]) as fn(&InMemoryDirectory) -> Vec<Outcome>,
        |directory| {
            sweep::recover_all(directory, None, Options::default())
                .expect("the directory can be listed")
                .sessions
        },
    ] {
        let directory = damaged_in_other_letters();
        let [outcome] = &restore(&directory)[..] else {
            panic!("there is one session");
        };
        assert_eq!(outcome.action, Action::Restored, "{:?}", outcome.errors);
        assert_eq!(directory.bytes("A.json").as_deref(), Some(NEW));
        assert_eq!(directory.bytes("a.json.replaced.1").as_deref(), Some(OLD));
        assert_eq!(directory.contents().len(), 3);
        let undone = undo(&directory).expect("the directory can be listed");
        assert_eq!(undone.action, Action::Restored, "{:?}", undone.errors);
        assert_eq!(directory.bytes("A.json").as_deref(), Some(OLD));
    }
}

#[test]
fn a_dry_run_makes_no_call_that_changes_anything() {
    let directory = damaged();
    directory.put(LEFTOVER, b"half");
    let outcome =
        recover::recover(&directory, &id(), DRY_RUN).expect("the directory can be listed");
    assert_eq!(outcome.action, Action::WouldRestore);
    sweep::recover_all(&directory, None, DRY_RUN).expect("the directory can be listed");
    let harmless = [Call::Entries, Call::Open, Call::Read];
    assert!(directory.calls().iter().all(|call| harmless.contains(call)));
}

#[test]
fn short_reads_and_writes_change_nothing_about_the_answer() {
    for (reads, writes) in [(1, 1), (2, 3), (7, 2), (1, 50), (50, 1)] {
        let directory = damaged();
        directory.shorten(reads, writes);
        assert_eq!(recover(&directory).action, Action::Restored);
        assert_eq!(directory.bytes("a.json").as_deref(), Some(NEW));
    }
}

#[test]
fn files_that_begin_alike_are_judged_as_each_is_by_itself() {
    let backup = NEW.to_vec();
    let changed = |at: usize, byte: u8| {
        let mut live = backup.clone();
        live[at] = byte;
        live
    };
    let places = 0..backup.len();
    let lives = places.flat_map(|at| {
        [changed(at, b'"'), changed(at, b'1'), changed(at, 0xff)]
            .into_iter()
            .chain([backup[..at].to_vec(), [&backup, &b"  "[..at % 3]].concat()])
    });
    for live in lives {
        for reads in [1, 3, 16, usize::MAX] {
            let directory = InMemoryDirectory::default();
            directory.put("a.json", live.clone());
            directory.put("a.json.bak", backup.clone());
            directory.shorten(reads, usize::MAX);
            let outcome = recover::recover(&directory, &id(), DRY_RUN);
            let status = outcome.expect("the directory can be listed").status;
            for (file, bytes) in [(status.live, &live), (status.backup, &backup)] {
                let at = format!("{}, {reads}", live.escape_ascii());
                assert_eq!(file.state, count(bytes).into(), "{at}");
                let is_whole = file.bytes == Some(bytes.len() as u64);
                assert!(is_whole || file.messages().is_none(), "{at}");
            }
        }
    }
}

#[test]
fn a_host_that_is_stuck_is_a_failure_and_not_a_hang() {
    for (reads, writes) in [(0, 50), (50, 0)] {
        let directory = damaged();
        directory.shorten(reads, writes);
        let outcome = recover(&directory);
        assert_eq!(outcome.action, Action::Failed);
        assert_eq!(outcome.errors[0].code, ErrorCode::Io);
        assert_eq!(directory.bytes("a.json").as_deref(), Some(OLD));
        assert_eq!(staging_files(&directory), [""; 0]);
    }
}

/// A restore during which another program acted.
struct Disturbed {
    directory: InMemoryDirectory,
    outcome: Outcome,
    /// Before which call.
    call: Call,
    /// How many calls were left to the rename that puts the backup in place.
    /// What happens right before it is beyond what WASI can see.
    left: isize,
}

impl Disturbed {
    fn live(&self) -> Option<Vec<u8>> {
        self.directory.bytes("a.json")
    }
}

/// Lets another program act before each call of a restore in turn, and checks
/// what came of it.
fn disturb(act: impl Fn(&InMemoryDirectory) + Copy + 'static, check: impl Fn(&Disturbed, &str)) {
    disturb_from(damaged, act, check);
}

/// Does what [`disturb`] does, beginning with another directory.
fn disturb_from(
    before: impl Fn() -> InMemoryDirectory,
    act: impl Fn(&InMemoryDirectory) + Copy + 'static,
    check: impl Fn(&Disturbed, &str),
) {
    let undisturbed = before();
    recover(&undisturbed);
    let calls = undisturbed.calls();
    let rename = calls.iter().rposition(|call| *call == Call::Rename);
    let rename = rename.expect("a restore renames");
    for (number, call) in calls.iter().enumerate() {
        let directory = before();
        directory.before(number, act);
        let outcome = recover(&directory);
        let at = format!("before call {number}, {call:?}: {outcome:?}");
        assert_eq!(staging_files(&directory), [""; 0], "{at}");
        let left = rename.cast_signed() - number.cast_signed();
        check(
            &Disturbed {
                directory,
                outcome,
                call: *call,
                left,
            },
            &at,
        );
    }
}

#[test]
fn a_session_that_the_application_saves_meanwhile_stays() {
    disturb(
        |directory| directory.put("a.json", NEWER),
        |disturbed, at| {
            let stays = disturbed.live().as_deref() == Some(NEWER);
            assert_eq!(stays, disturbed.left != 0, "{at}");
        },
    );
}

#[test]
fn what_the_application_saves_meanwhile_is_not_kept_as_what_was_replaced() {
    disturb(
        |directory| directory.put("a.json", NEWER),
        |disturbed, at| {
            let kept = disturbed
                .directory
                .contents()
                .into_iter()
                .filter(|(name, bytes)| {
                    matches!(Role::of(name), Role::Kept(..)) && bytes.as_deref() == Some(NEWER)
                });
            // Between its last look and the link that keeps it is beyond what WASI can see.
            let is_kept = kept.count() > 0;
            assert_eq!(is_kept, disturbed.call == Call::Link, "{at}");
        },
    );
}

#[test]
fn a_session_that_is_rewritten_in_place_meanwhile_stays() {
    disturb(
        |directory| directory.rewrite("a.json", NEWER),
        |disturbed, at| {
            // The file is read three calls before the rename, its name is looked at last.
            let stays = disturbed.live().as_deref() == Some(NEWER);
            assert_eq!(stays, !(0..3).contains(&disturbed.left), "{at}");
        },
    );
}

#[test]
fn a_session_that_the_application_creates_meanwhile_stays() {
    let without_live = || {
        let directory = damaged();
        directory.take("a.json");
        directory
    };
    disturb_from(
        without_live,
        |directory| directory.put("a.json", NEWER),
        |disturbed, at| assert_eq!(disturbed.live().as_deref(), Some(NEWER), "{at}"),
    );
}

#[test]
fn a_session_that_is_deleted_meanwhile_is_not_put_back() {
    disturb(
        |directory| directory.take("a.json"),
        |disturbed, at| {
            let (live, outcome) = (disturbed.live(), &disturbed.outcome);
            if outcome.action == Action::Failed {
                assert_eq!(live, None, "{at}");
                assert_eq!(outcome.errors[0].code, ErrorCode::Changed, "{at}");
            } else {
                assert_eq!(outcome.action, Action::Restored, "{at}");
                assert_eq!(live.is_some(), disturbed.left >= 0, "{at}");
            }
            assert!(
                disturbed.left != 1 || outcome.action == Action::Failed,
                "{at}"
            );
        },
    );
}

#[test]
fn a_backup_that_changes_meanwhile_is_restored_whole_or_not_at_all() {
    disturb(
        |directory| directory.put("a.json.bak", NEWER),
        |disturbed, at| {
            let live = disturbed.live().expect("there is a live file");
            match disturbed.outcome.action {
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
        |disturbed, at| {
            let live = disturbed.live().expect("there is a live file");
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
        |disturbed, at| {
            assert_eq!(disturbed.outcome.action, Action::Restored, "{at}");
            assert_eq!(disturbed.live().as_deref(), Some(NEW), "{at}");
        },
    );
}

#[test]
fn a_whole_other_recovery_meanwhile_ends_in_one_restored_file_and_no_failure() {
    disturb(
        |directory| {
            let other = recover(directory).action;
            assert!(matches!(other, Action::Restored | Action::Nothing));
        },
        |disturbed, at| {
            assert_eq!(disturbed.live().as_deref(), Some(NEW), "{at}");
            let action = disturbed.outcome.action;
            assert!(matches!(action, Action::Restored | Action::Nothing), "{at}");
        },
    );
}

#[test]
fn the_copied_bytes_are_those_that_were_judged() {
    let same_length_damaged = br#"{"messages": [1, "two", {"three": 3}]]"#;
    let same_count_longer = br#"{"messages": [1, "two", {"three": 3333}]}"#;
    assert_eq!(same_length_damaged.len(), NEW.len());
    let calls = calls_of_a_restore();
    let created = calls.iter().position(|call| *call == Call::Create);
    let staged = created.expect("a restore creates a staging file");
    let opened = calls[staged..].iter().position(|call| *call == Call::Open);
    let copying = staged + opened.expect("a restore opens the backup again");
    for other in [&same_length_damaged[..], same_count_longer] {
        let directory = damaged();
        let other = other.to_vec();
        directory.before(copying, move |directory| {
            directory.rewrite("a.json.bak", &other);
        });
        let outcome = recover(&directory);
        assert!(!outcome.is_restored(), "{outcome:?}");
        assert_eq!(directory.bytes("a.json").as_deref(), Some(OLD));
        assert_eq!(staging_files(&directory), [""; 0]);
    }
}

#[test]
fn a_file_that_another_run_puts_in_the_staging_file_s_place_is_not_used() {
    let first_rename = calls_of_a_restore()
        .iter()
        .position(|call| *call == Call::Rename);
    let directory = damaged();
    directory.before(first_rename.expect("a restore renames"), |directory| {
        for name in staging_files(directory) {
            directory.take(&name);
            directory.put(&name, b"somebody else's half");
        }
    });
    assert_eq!(recover(&directory).action, Action::Restored);
    assert_eq!(directory.bytes("a.json").as_deref(), Some(NEW));
    assert_eq!(staging_files(&directory), [""; 0]);
}

/// A damaged session beside a leftover, and the number of the call that
/// removes it.
fn with_leftover() -> (InMemoryDirectory, usize) {
    let directory = || {
        let directory = damaged();
        directory.put(LEFTOVER, b"half");
        directory
    };
    let undisturbed = directory();
    recover(&undisturbed);
    let calls = undisturbed.calls();
    let removal = calls.iter().position(|call| *call == Call::Remove);
    (directory(), removal.expect("the leftover is removed"))
}

#[test]
fn a_leftover_that_cannot_be_removed_is_reported_and_hinders_nothing() {
    let (directory, removal) = with_leftover();
    directory.fail(removal, FsError::Denied);
    let outcome = recover(&directory);
    assert_eq!(outcome.action, Action::Restored);
    assert_eq!(outcome.errors.len(), 1);
    assert!(outcome.errors[0].message.contains(LEFTOVER));
    assert_eq!(staging_files(&directory), [LEFTOVER]);
}

#[test]
fn a_leftover_that_another_run_removes_meanwhile_is_no_failure() {
    let (directory, removal) = with_leftover();
    let act = |directory: &InMemoryDirectory| directory.take(LEFTOVER);
    directory.before(removal, act);
    let outcome = recover(&directory);
    assert_eq!((outcome.action, outcome.errors), (Action::Restored, vec![]));
}

#[test]
fn a_listing_that_stumbles_reports_each_stumble() {
    let directory = damaged();
    directory.put_unnameable();
    directory.put_unnameable();
    directory.put_other("b.json", Kind::Special);
    let summary = sweep::recover_all(&directory, None, Options::default())
        .expect("the directory can be listed");
    assert_eq!((summary.scanned, summary.restored), (2, 1));
    assert_eq!(summary.oddities.len(), 3);
}

#[test]
fn one_session_that_fails_does_not_end_a_sweep() {
    let calls = {
        let directory = three_damaged();
        sweep::recover_all(&directory, None, Options::default())
            .expect("the directory can be listed");
        directory.calls()
    };
    for (number, call) in calls.iter().enumerate().skip(1) {
        let directory = three_damaged();
        directory.fail(number, FsError::Io("io".to_owned()));
        let summary = sweep::recover_all(&directory, None, Options::default());
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

fn three_damaged() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    for id in ["a", "b", "c"] {
        directory.put(&format!("{id}.json"), OLD);
        directory.put(&format!("{id}.json.bak"), NEW);
    }
    directory
}
