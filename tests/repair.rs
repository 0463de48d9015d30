//! A plan does what it says and nothing else: what changed since is refused, what no
//! plan holds is refused, and whatever fails, nothing is lost.

use std::collections::BTreeMap;

use session_recovery::answer::{
    AuditReport, Category, Change, ChangeKind, Error, ErrorCode, FindingKind, RepairResult,
};
use session_recovery::audit::audit;
use session_recovery::audit::plan::make_plan;
use session_recovery::audit::repair::repair;
use session_recovery::directory::{FsError, Kind};
use session_recovery_testing::{Call, InMemoryDirectory};

const EMPTY: &[u8] = br#"{"messages": []}"#;
const FULL: &[u8] = br#"{"messages": [1, "two", {"three": 3}]}"#;
const INDEX: &[u8] = br#"[{"session_id": "gone"}]"#;
const LEFTOVER: &str = ".session-recovery-ffffffffffffffffffffffffffffffff.staging";

type Files = BTreeMap<String, Option<Vec<u8>>>;

/// A directory with something of each kind that can be repaired.
fn damaged() -> InMemoryDirectory {
    let directory = InMemoryDirectory::default();
    directory.put("a.json", EMPTY);
    directory.put("a.json.bak", FULL);
    directory.put("orphan.json.bak", FULL);
    directory.put("_index.json", INDEX);
    directory.put(LEFTOVER, *b"half");
    directory
}

const CUT: &[u8] =
    br#"{"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}, {"role"#;

/// The same with damaged files that hold more than a restore brings back: alone, beside a backup,
/// in a backup, and in a kept file.
fn damaged_and_cut() -> InMemoryDirectory {
    let directory = damaged();
    for name in ["b.json", "c.json", "d.json.bak", "e.json.replaced.1"] {
        directory.put(name, CUT);
    }
    directory.put("c.json.bak", EMPTY);
    directory.put("e.json", EMPTY);
    directory
}

fn planned(directory: &InMemoryDirectory) -> Vec<Change> {
    planned_with(directory, false)
}

fn planned_with(directory: &InMemoryDirectory, salvage: bool) -> Vec<Change> {
    let plan = make_plan(directory, None, salvage).unwrap_or_else(|error| panic!("{error}"));
    plan.changes
}

fn repaired(directory: &InMemoryDirectory, changes: Vec<Change>) -> Vec<RepairResult> {
    repair(directory, None, changes).unwrap_or_else(|error| panic!("{error}"))
}

fn audited(directory: &InMemoryDirectory) -> AuditReport {
    audit(directory, None).unwrap_or_else(|error| panic!("{error}"))
}

fn repairable(report: &AuditReport) -> Vec<FindingKind> {
    let findings = report.findings.iter();
    let findings = findings.filter(|finding| finding.category == Category::Repairable);
    findings.map(|finding| finding.kind).collect()
}

fn codes(errors: &[Error]) -> Vec<ErrorCode> {
    errors.iter().map(|error| error.code).collect()
}

fn assert_nothing_is_lost(before: &Files, after: &Files, at: &str) {
    for (name, bytes) in before.iter().filter(|(name, _)| *name != LEFTOVER) {
        let is_held = after.values().any(|held| held == bytes);
        assert!(is_held, "{at}: what {name} held is lost");
    }
}

#[test]
fn what_is_planned_is_done_and_then_nothing_is_left_to_repair() {
    let directory = damaged();
    let changes = planned(&directory);
    let kinds: Vec<_> = changes.iter().map(|change| change.kind).collect();
    let restore = ChangeKind::Restore;
    let (remove, aside) = (ChangeKind::RemoveLeftover, ChangeKind::SetIndexAside);
    assert_eq!(kinds, [remove, restore, restore, aside]);
    let results = repaired(&directory, changes.clone());
    assert!(results.iter().all(|result| result.done), "{results:?}");
    assert!(
        results.iter().map(|result| &result.change).eq(&changes),
        "the answers are in the order of the changes"
    );
    assert_eq!(repairable(&audited(&directory)), []);
    assert_eq!(planned(&directory), []);
}

#[test]
fn with_the_option_what_is_left_of_damaged_files_comes_back_too() {
    let directory = damaged_and_cut();
    let before = directory.contents();
    let changes = planned_with(&directory, true);
    let planned = changes.iter();
    let planned = planned.filter(|change| change.kind == ChangeKind::Salvage);
    let sources: Vec<_> = planned.map(|change| change.source.as_str()).collect();
    assert_eq!(
        sources,
        ["b.json", "c.json", "d.json.bak", "e.json.replaced.1"]
    );
    let ids = changes
        .iter()
        .filter_map(|change| change.session_id.as_ref());
    assert_eq!(ids.count(), 6, "{changes:?}");
    let results = repaired(&directory, changes);
    assert!(results.iter().all(|result| result.done), "{results:?}");
    assert_nothing_is_lost(&before, &directory.contents(), "at the end");
    for id in ["b", "c", "d", "e"] {
        let salvaged = format!(
            r#"{{"session_id": "{id}","messages": [{{"role": "user", "content": "a"}}, {{"role": "user", "content": "b"}}]}}"#
        );
        let live = directory.bytes(&format!("{id}.json"));
        assert_eq!(live, Some(salvaged.into_bytes()), "{id}");
    }
    assert_eq!(repairable(&audited(&directory)), []);
    assert_eq!(planned_with(&directory, true), []);
}

#[test]
fn a_damaged_file_that_changed_since_the_plan_is_not_salvaged() {
    for name in [
        "c.json",
        "c.json.bak",
        "d.json",
        "d.json.bak",
        "e.json.replaced.1",
    ] {
        let directory = damaged_and_cut();
        let changes = planned_with(&directory, true);
        // As many messages as before, behind the fault too.
        directory.put(name, br#"{"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}, {"ro:e"#);
        let before = directory.contents();
        let results = repaired(&directory, changes);
        let refused: Vec<_> = results.iter().filter(|result| !result.done).collect();
        let [refused] = &refused[..] else {
            panic!("{name}: {refused:?}");
        };
        assert_eq!(codes(&refused.errors), [ErrorCode::Changed], "{name}");
        let id = name.split('.').next();
        assert_eq!(refused.change.session_id.as_deref(), id);
        assert_nothing_is_lost(&before, &directory.contents(), name);
    }
}

#[test]
fn an_audit_and_a_plan_change_nothing() {
    let directory = damaged();
    let before = directory.contents();
    audited(&directory);
    planned(&directory);
    assert_eq!(directory.contents(), before);
}

#[test]
fn what_changed_since_the_plan_is_refused_and_the_rest_is_done() {
    let touched = [
        (LEFTOVER, 0),
        ("a.json", 1),
        ("a.json.bak", 1),
        ("orphan.json", 2),
        ("orphan.json.bak", 2),
        ("_index.json", 3),
    ];
    for (name, number) in touched {
        let directory = damaged();
        let changes = planned(&directory);
        directory.put(name, br#"{"messages":[7]}"#);
        let before = directory.contents();
        let results = repaired(&directory, changes);
        for (other, result) in results.iter().enumerate() {
            assert_eq!(result.done, other != number, "{name}: {result:?}");
        }
        assert_eq!(codes(&results[number].errors), [ErrorCode::Changed]);
        let source = &results[number].change.source;
        let after = directory.contents();
        assert_eq!(after.get(source), before.get(source), "{name}");
        assert_nothing_is_lost(&before, &after, name);
    }
}

#[test]
fn what_no_plan_holds_is_refused() {
    let honest = planned(&damaged());
    let [remove, restore, _, aside] = honest.try_into().expect("four changes");
    let forged = [
        Change {
            session_id: None,
            ..restore.clone()
        },
        Change {
            session_id: Some("../a".to_owned()),
            ..restore.clone()
        },
        Change {
            session_id: Some("nobody".to_owned()),
            ..restore.clone()
        },
        Change {
            bytes: restore.bytes + 1,
            ..restore.clone()
        },
        Change {
            bytes: remove.bytes + 1,
            ..remove.clone()
        },
        Change {
            bytes: aside.bytes + 1,
            ..aside.clone()
        },
        Change {
            source: "orphan.json.bak".to_owned(),
            ..restore.clone()
        },
        Change {
            target: Some("b.json".to_owned()),
            ..restore
        },
        Change {
            source: "a.json".to_owned(),
            ..remove.clone()
        },
        Change {
            source: "../x".to_owned(),
            ..remove.clone()
        },
        Change {
            target: Some("a.json".to_owned()),
            ..remove
        },
        Change {
            source: "a.json".to_owned(),
            ..aside
        },
    ];
    for change in forged.into_iter().chain(forged_salvages()) {
        let directory = damaged_and_cut();
        let before = directory.contents();
        let results = repaired(&directory, vec![change]);
        assert!(
            !results[0].done && !results[0].errors.is_empty(),
            "{results:?}"
        );
        assert_eq!(directory.contents(), before, "{results:?}");
    }
}

/// Salvages that no plan holds.
fn forged_salvages() -> Vec<Change> {
    let honest = planned_with(&damaged_and_cut(), true);
    let mut salvages = honest.into_iter();
    let salvage = salvages
        .find(|change| change.kind == ChangeKind::Salvage)
        .expect("a salvage is planned");
    vec![
        Change {
            bytes: salvage.bytes + 1,
            ..salvage.clone()
        },
        Change {
            source: "c.json".to_owned(),
            ..salvage.clone()
        },
        Change {
            source: "../b.json".to_owned(),
            ..salvage.clone()
        },
        Change {
            target: Some("c.json".to_owned()),
            ..salvage.clone()
        },
        Change {
            target: None,
            ..salvage.clone()
        },
        Change {
            session_id: Some("c".to_owned()),
            ..salvage.clone()
        },
        Change {
            session_id: None,
            ..salvage.clone()
        },
        Change {
            kind: ChangeKind::Restore,
            ..salvage.clone()
        },
        Change {
            kind: ChangeKind::RemoveLeftover,
            ..salvage
        },
    ]
}

#[test]
fn a_backup_that_cannot_be_read_is_for_somebody_to_look_at_and_not_to_remove() {
    let alone = || {
        let directory = InMemoryDirectory::default();
        directory.put("a.json.bak", FULL);
        directory
    };
    let undisturbed = alone();
    audited(&undisturbed);
    for fault in [FsError::Denied, FsError::Io("it broke".to_owned())] {
        for (number, call) in undisturbed.calls().iter().enumerate() {
            if !matches!(call, Call::Open | Call::Read) {
                continue;
            }
            let directory = alone();
            directory.fail(number, fault.clone());
            let findings = audited(&directory).findings;
            let [finding] = &findings[..] else {
                panic!("{findings:?}");
            };
            assert_ne!(finding.category, Category::Repairable, "{finding:?}");
            assert!(!finding.remedy.contains("remove"), "{finding:?}");
            assert!(finding.remedy.contains("permissions"), "{finding:?}");
        }
    }
}

#[test]
fn a_long_text_is_recognised_however_it_is_spelled() {
    let text = "é".repeat(200_000);
    let escaped = r"\u00e9".repeat(200_000);
    let journal = format!(r#"{{"event": "submitted", "turn_id": "t", "content": "{escaped}"}}"#);
    for (written, is_pending) in [(text, false), ("é".repeat(1000), true)] {
        let directory = InMemoryDirectory::default();
        let message = format!(r#"{{"role": "user", "content": "{written}"}}"#);
        directory.put("a.json", format!(r#"{{"messages": [{message}]}}"#));
        directory.put_other("_turn_journal", Kind::Directory);
        directory.put("_turn_journal/a.jsonl", journal.clone());
        let findings = audited(&directory).findings;
        assert_eq!(!findings.is_empty(), is_pending, "{findings:?}");
    }
}

#[test]
fn a_session_that_a_guard_protects_by_now_is_refused() {
    let directory = damaged();
    let changes = planned(&directory);
    directory.put(
        "_deleted_webui_sessions.json",
        br#"{"version": 1, "ids": ["orphan"]}"#,
    );
    let results = repaired(&directory, changes);
    assert_eq!(codes(&results[2].errors), [ErrorCode::Changed]);
    assert_eq!(directory.bytes("orphan.json"), None);
}

#[test]
fn sessions_that_the_host_does_not_know_are_not_planned() {
    let directory = damaged();
    let known = Some(vec!["a".to_owned()]);
    let changes = make_plan(&directory, known.clone(), false).expect("the directory can be listed");
    let ids: Vec<_> = changes
        .changes
        .iter()
        .filter_map(|change| change.session_id.as_deref())
        .collect();
    assert_eq!(ids, ["a"]);
    let report = audit(&directory, known).expect("the directory can be listed");
    let kinds: Vec<_> = report.findings.iter().map(|finding| finding.kind).collect();
    assert!(kinds.contains(&FindingKind::UnknownOrphan), "{kinds:?}");
}

#[test]
fn a_failure_at_any_call_loses_nothing_and_is_reported() {
    a_failure_at_any_call_loses_nothing(damaged, false);
}

#[test]
fn a_failure_at_any_call_of_a_salvage_loses_nothing_and_is_reported() {
    a_failure_at_any_call_loses_nothing(damaged_and_cut, true);
}

fn a_failure_at_any_call_loses_nothing(damaged: fn() -> InMemoryDirectory, salvage: bool) {
    let faults = [
        FsError::Io("the host says `io`".to_owned()),
        FsError::NoSpace,
        FsError::Denied,
        FsError::NotFound,
        FsError::Exists,
    ];
    let undisturbed = damaged();
    let changes = planned_with(&undisturbed, salvage);
    undisturbed.fail(usize::MAX, FsError::NotFound);
    repaired(&undisturbed, changes);
    let calls = undisturbed.calls().len();
    for number in 0..calls {
        for fault in &faults {
            let directory = damaged();
            let changes = planned_with(&directory, salvage);
            let before = directory.contents();
            directory.fail(number, fault.clone());
            let answer = repair(&directory, None, changes);
            let at = format!("call {number}, {fault:?}: {answer:?}");
            assert_nothing_is_lost(&before, &directory.contents(), &at);
            for result in answer.unwrap_or_default() {
                assert!(result.done || !result.errors.is_empty(), "{at}");
            }
            let again = planned_with(&directory, salvage);
            let results = repaired(&directory, again);
            assert!(
                results.iter().all(|result| result.done),
                "{at}\n{results:?}"
            );
            assert_eq!(repairable(&audited(&directory)), [], "{at}");
        }
    }
}

#[test]
fn a_failure_at_any_call_of_an_audit_changes_nothing() {
    let undisturbed = damaged();
    undisturbed.fail(usize::MAX, FsError::NotFound);
    audited(&undisturbed);
    for number in 0..undisturbed.calls().len() {
        let directory = damaged();
        let before = directory.contents();
        directory.fail(number, FsError::Io("the host says `io`".to_owned()));
        let _ = audit(&directory, None);
        assert_eq!(directory.contents(), before, "call {number}");
    }
}

#[test]
fn an_index_is_renamed_without_hard_links() {
    let directory = damaged();
    directory.refuse_links(FsError::Denied);
    directory.put("_index.json.replaced.1", *b"older");
    directory.put_other("_index.json.replaced.2", Kind::Directory);
    let changes = planned(&directory);
    let results = repaired(&directory, changes);
    assert!(results.iter().all(|result| result.done), "{results:?}");
    assert_eq!(
        directory.bytes("_index.json.replaced.3").as_deref(),
        Some(INDEX)
    );
    assert_eq!(directory.bytes("_index.json"), None);
    assert_eq!(directory.bytes("orphan.json").as_deref(), Some(FULL));
}

#[test]
fn what_the_application_does_meanwhile_is_not_lost() {
    let undisturbed = damaged();
    let changes = planned(&undisturbed);
    undisturbed.fail(usize::MAX, FsError::NotFound);
    repaired(&undisturbed, changes);
    for number in 0..undisturbed.calls().len() {
        let directory = damaged();
        let changes = planned(&directory);
        directory.before(number, |directory| {
            directory.put("orphan.json", br#"{"messages": ["written meanwhile"]}"#);
        });
        let results = repaired(&directory, changes);
        let held = directory.contents();
        let meanwhile = Some(br#"{"messages": ["written meanwhile"]}"#.to_vec());
        let is_held = held.values().any(|bytes| *bytes == meanwhile);
        assert!(is_held, "before call {number}: {results:?}");
    }
}
