//! What the library adds to a sweep, an audit and a repair: which sessions there
//! are, and whose a file that is put in place is.

#[path = "../../../tests/runner/mod.rs"]
mod runner;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use runner::{session, tree_on_disk};
use session_recovery_host::{
    Action, ChangeKind, ErrorCode, FindingKind, Guard, HostError, Limits, Operations, Options,
    Plugin,
};
use tempfile::TempDir;

fn plugin() -> Plugin {
    Plugin::new(Limits::default()).expect("the plugin compiles")
}

fn orphans(ids: &[&str]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for id in ids {
        let backup = directory.path().join(format!("{id}.json.bak"));
        fs::write(&backup, session(3)).unwrap();
        fs::set_permissions(&backup, fs::Permissions::from_mode(0o640)).unwrap();
    }
    directory
}

fn mode(directory: &Path, name: &str) -> u32 {
    let metadata = fs::metadata(directory.join(name)).unwrap();
    metadata.permissions().mode() & 0o777
}

#[test]
fn a_session_that_is_put_back_is_for_whom_its_backup_is() {
    let directory = orphans(&["a", "b"]);
    let plugin = plugin();
    let sessions = plugin.open(directory.path());
    let summary = sessions.recover_some(&["a".to_owned()], Options::default());
    assert_eq!(summary.unwrap().restored, 1);
    assert_eq!(mode(directory.path(), "a.json"), 0o640);
    let plan = sessions.plan(None, false).unwrap().changes;
    assert!(sessions.repair(plan).unwrap()[0].done);
    assert_eq!(mode(directory.path(), "b.json"), 0o640);
}

#[test]
fn sessions_that_are_not_known_stay_away() {
    let directory = orphans(&["known", "unknown"]);
    let known = vec!["known".to_owned()];
    let plugin = plugin();
    let sessions = plugin.open(directory.path());
    let report = sessions.audit(Some(known.clone())).unwrap();
    let kinds: Vec<_> = report.findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(
        kinds,
        [FindingKind::OrphanBackup, FindingKind::UnknownOrphan]
    );
    assert_eq!(
        sessions
            .plan(Some(known.clone()), false)
            .unwrap()
            .changes
            .len(),
        1
    );

    let summary = sessions.recover_known(known, Options::default()).unwrap();
    let told = summary.sessions.iter();
    let told: Vec<_> = told
        .map(|outcome| (outcome.action, outcome.status.guard))
        .collect();
    let unknown = (Action::Nothing, Some(Guard::Unknown));
    assert_eq!(told, [(Action::Restored, None), unknown]);
    assert!(!directory.path().join("unknown.json").exists());
}

#[test]
fn an_audit_and_a_plan_need_a_read_only_grant_and_a_repair_keeps_to_the_plan() {
    let directory = orphans(&["a", "b"]);
    let plugin = plugin();
    let sessions = plugin.open(directory.path());
    let before = tree_on_disk(directory.path());
    sessions.audit(None).unwrap();
    let plan = sessions.plan(None, false).unwrap().changes;
    assert_eq!(tree_on_disk(directory.path()), before);
    let kinds: Vec<_> = plan.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ChangeKind::Restore; 2]);

    fs::write(directory.path().join("a.json.bak"), session(4)).unwrap();
    let results = sessions.repair(plan).unwrap();
    assert_eq!(results[0].errors[0].code, ErrorCode::Changed);
    assert!(!results[0].done && results[1].done);
    assert!(!directory.path().join("a.json").exists());
}

#[test]
fn a_directory_that_need_not_exist_gives_no_findings_and_no_changes() {
    let directory = tempfile::tempdir().unwrap();
    let plugin = plugin();
    let missing = directory.path().join("none");
    let refused = plugin.open(&missing).audit(None);
    assert!(matches!(refused, Err(HostError::NoDirectory(_))));
    let sessions = plugin.open(missing).missing_ok();
    assert_eq!(sessions.audit(None).unwrap().findings, []);
    assert_eq!(sessions.plan(None, false).unwrap().changes, []);
    let summary = sessions
        .recover_known(Vec::new(), Options::default())
        .unwrap();
    assert_eq!(summary.scanned, 0);
}
