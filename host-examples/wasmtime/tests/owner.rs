//! Files of another user or group: not replaced, unless the caller accepts another owner. The
//! program runs as an unprivileged user, to whom the directory belongs.

#![cfg(target_os = "linux")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A user and a group without names, and those that the files belong to.
const ME: u32 = 54_321;
const OWNER: u32 = 54_322;
const OTHERS: u32 = 54_323;

const LIVE: &str = r#"{"messages": [1]}"#;
const BACKUP: &str = r#"{"messages": [1, 2, 3]}"#;

/// A directory of the user's own, and a program that the user can run.
struct Layout {
    place: TempDir,
}

impl Layout {
    /// Absent, with a printed reason, if the tests cannot become another user.
    fn new() -> Option<Self> {
        if !nix::unistd::geteuid().is_root() {
            println!("skipped: only root may become another user");
            return None;
        }
        let place = tempfile::tempdir().unwrap();
        fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
        let program = env!("CARGO_BIN_EXE_session-recovery-host");
        // Its own place may be one where only root may read.
        fs::copy(program, place.path().join("program")).unwrap();
        for name in ["sessions", "home"] {
            let path = place.path().join(name);
            fs::create_dir(&path).unwrap();
            chown(path, Some(ME), Some(ME)).unwrap();
        }
        Some(Self { place })
    }

    fn sessions(&self) -> PathBuf {
        self.place.path().join("sessions")
    }

    /// Makes a session that is to be restored.
    fn put(&self, id: &str, user: u32, group: u32, mode: u32) {
        for (name, bytes) in [(live(id), LIVE), (format!("{id}.json.bak"), BACKUP)] {
            let path = self.sessions().join(name);
            fs::write(&path, bytes).unwrap();
            chown(&path, Some(user), Some(group)).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        }
    }

    fn run(&self, words: &str) -> Value {
        self.run_in("--clear-groups", words)
    }

    /// Runs the program as the user, and gives its answer.
    fn run_in(&self, groups: &str, words: &str) -> Value {
        let done = self.command(groups, &format!("--json {words}"));
        let said = String::from_utf8(done.stderr).unwrap();
        serde_json::from_slice(&done.stdout).expect(&said)
    }

    /// What the program says on standard error.
    fn errors(&self, words: &str) -> String {
        String::from_utf8(self.command("--clear-groups", words).stderr).unwrap()
    }

    fn command(&self, groups: &str, words: &str) -> Output {
        let ids = [format!("--reuid={ME}"), format!("--regid={ME}")];
        Command::new("setpriv")
            .args(ids)
            .arg(groups)
            .arg(self.place.path().join("program"))
            .arg("--sessions")
            .arg(self.sessions())
            .args(words.split(' '))
            .env("HOME", self.place.path().join("home"))
            .output()
            .unwrap()
    }

    fn bytes(&self, name: &str) -> String {
        fs::read_to_string(self.sessions().join(name)).unwrap()
    }

    /// The owner, the group and the mode of a session's live file.
    fn access(&self, id: &str) -> (u32, u32, u32) {
        let found = fs::metadata(self.sessions().join(live(id))).unwrap();
        (found.uid(), found.gid(), found.mode() & 0o7777)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.sessions()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

fn live(id: &str) -> String {
    format!("{id}.json")
}

fn remedy(answer: &Value) -> &str {
    answer["errors"][0]["remedy"].as_str().unwrap()
}

#[test]
fn another_users_session_is_refused_with_the_command_that_would_restore_it() {
    let Some(layout) = Layout::new() else { return };
    layout.put("a", OWNER, OWNER, 0o644);
    let kept = layout.sessions().join("a.json.replaced.1");
    fs::write(kept, r#"{"messages": [1, 2]}"#).unwrap();
    let before = layout.names();
    for words in [
        "recover a",
        "recover a --dry-run",
        "undo a",
        "undo a --dry-run",
    ] {
        let answer = layout.run(words);
        assert_eq!(answer["action"], "failed", "{words}");
        assert_eq!(answer["errors"][0]["code"], "no_permission", "{words}");
        let remedy = remedy(&answer);
        assert!(remedy.contains(&format!("sudo -u '#{OWNER}' ")), "{remedy}");
        assert!(remedy.contains("--accept-owner"), "{remedy}");
    }
    for words in ["recover-all", "recover-all --dry-run"] {
        assert_eq!(layout.run(words)["sessions"][0]["action"], "failed");
    }
    assert_eq!(layout.names(), before, "no kept file is left behind");
    assert_eq!(layout.bytes("a.json"), LIVE);
}

#[test]
fn an_audit_calls_nothing_repairable_that_a_repair_refuses() {
    let Some(layout) = Layout::new() else { return };
    layout.put("a", OWNER, OWNER, 0o644);
    layout.put("b", ME, ME, 0o644);
    fs::write(layout.sessions().join("_index.json"), "[]").unwrap();
    let category = |words: &str, name: &str| {
        let audit = layout.run(words);
        let items = audit["items"].as_array().unwrap().clone();
        let found = items.into_iter().find(|item| item["name"] == name).unwrap();
        (found["category"].clone(), found["remedy"].clone())
    };
    let (refused, remedy) = category("audit", "a.json");
    assert_eq!(refused, "unsafe_to_repair");
    assert!(remedy.as_str().unwrap().contains("sudo -u"), "{remedy}");
    assert_eq!(category("audit", "b.json").0, "repairable");
    assert_eq!(category("audit --accept-owner", "a.json").0, "repairable");

    let plan = layout.run("plan");
    let kinds = plan["changes"].as_array().unwrap().iter();
    let kinds: Vec<_> = kinds.map(|change| &change["kind"]).collect();
    assert_eq!(kinds, ["restore", "set_index_aside"]);
    let withheld = plan["withheld"][0].as_str().unwrap();
    assert!(
        withheld.starts_with("a.json cannot be restored: "),
        "{withheld}"
    );
    let repaired = layout.run("repair");
    assert_eq!(
        (&repaired["repaired"], &repaired["failed"]),
        (&2.into(), &0.into())
    );
    assert_eq!(repaired["withheld"], plan["withheld"]);
}

#[test]
fn a_plan_without_its_restores_leaves_the_index_that_they_would_have_changed() {
    let Some(layout) = Layout::new() else { return };
    layout.put("a", OWNER, OWNER, 0o644);
    let row = r#"[{"session_id": "a", "title": "x", "message_count": 1}]"#;
    fs::write(layout.sessions().join("_index.json"), row).unwrap();
    let changes = |words: &str| layout.run(words)["changes"].as_array().unwrap().len();
    assert_eq!(changes("plan"), 0);
    assert_eq!(changes("plan --accept-owner"), 2);
}

#[test]
fn another_users_session_then_belongs_to_this_one() {
    for words in ["recover a", "recover a --merge", "recover-all", "repair"] {
        let Some(layout) = Layout::new() else { return };
        layout.put("a", OWNER, OWNER, 0o644);
        layout.run(&format!("{words} --accept-owner"));
        assert_eq!(layout.bytes("a.json"), BACKUP, "{words}");
        assert_eq!(layout.access("a"), (ME, ME, 0o644), "{words}");
        assert_eq!(layout.bytes("a.json.replaced.1"), LIVE, "{words}");
        layout.run("undo a --accept-owner");
        assert_eq!(layout.bytes("a.json"), LIVE, "{words}");
        assert_eq!(layout.access("a"), (ME, ME, 0o644), "{words}");
    }
}

#[test]
fn a_group_that_can_be_kept_is_kept() {
    let Some(layout) = Layout::new() else { return };
    layout.put("a", OWNER, OTHERS, 0o640);
    layout.run_in(&format!("--groups={OTHERS}"), "recover a --accept-owner");
    assert_eq!(layout.access("a"), (ME, OTHERS, 0o640));
}

#[test]
fn a_group_that_cannot_be_kept_costs_what_only_its_members_could_read() {
    let Some(layout) = Layout::new() else { return };
    for (id, mode) in [("a", 0o640), ("b", 0o644), ("c", 0o604), ("d", 0o664)] {
        layout.put(id, ME, OTHERS, mode);
    }
    let refused = layout.run("recover a");
    assert!(remedy(&refused).contains("sudo -u root "), "{refused}");
    layout.run("recover-all --accept-owner");
    for (id, mode) in [("a", 0o600), ("b", 0o644), ("c", 0o600), ("d", 0o644)] {
        assert_eq!(layout.access(id), (ME, ME, mode), "{id}");
    }
}

#[test]
fn a_directory_gives_its_own_group() {
    let Some(layout) = Layout::new() else { return };
    chown(layout.sessions(), Some(ME), Some(OTHERS)).unwrap();
    fs::set_permissions(layout.sessions(), Permissions::from_mode(0o2755)).unwrap();
    layout.put("a", OWNER, OTHERS, 0o664);
    layout.put("b", OWNER, OWNER, 0o664);
    layout.put("c", ME, OTHERS, 0o640);
    let done = layout.run("recover-all");
    let actions = done["sessions"].as_array().unwrap().iter();
    let actions: Vec<_> = actions.map(|session| &session["action"]).collect();
    assert_eq!(actions, ["failed", "failed", "restored"]);
    layout.run("recover-all --accept-owner");
    assert_eq!(layout.access("a"), (ME, OTHERS, 0o664));
    assert_eq!(layout.access("b"), (ME, OTHERS, 0o644));
    assert_eq!(layout.access("c"), (ME, OTHERS, 0o640));
}

#[test]
fn whoever_takes_a_file_over_can_read_and_write_it() {
    for words in ["recover a", "recover a --merge", "recover-all", "repair"] {
        for (before, after) in [
            (0o044, 0o600),
            (0o004, 0o600),
            (0o604, 0o600),
            (0o444, 0o644),
        ] {
            let Some(layout) = Layout::new() else { return };
            layout.put("a", OWNER, OWNER, before);
            layout.run(&format!("{words} --accept-owner"));
            let what = format!("{words}, {before:o}");
            assert_eq!(layout.bytes("a.json"), BACKUP, "{what}");
            assert_eq!(layout.access("a"), (ME, ME, after), "{what}");
            assert_eq!(layout.run("undo a")["action"], "restored", "{what}");
            assert_eq!(layout.bytes("a.json"), LIVE, "{what}");
        }
    }
}

/// What every way to ask says about a session that is due but cannot be replaced.
fn require_that_all_refuse(layout: &Layout, code: &str, why: &str) {
    let before = layout.names();
    for accept in ["", " --accept-owner"] {
        for words in [
            "recover a",
            "recover a --dry-run",
            "undo a",
            "undo a --dry-run",
        ] {
            let answer = layout.run(&format!("{words}{accept}"));
            assert_eq!(answer["action"], "failed", "{words}{accept}: {answer}");
            assert_eq!(answer["errors"][0]["code"], code, "{words}{accept}");
        }
        for words in ["recover-all", "recover-all --dry-run"] {
            let session = &layout.run(&format!("{words}{accept}"))["sessions"][0];
            assert_eq!(session["action"], "failed", "{words}{accept}");
            assert_eq!(session["errors"][0]["code"], code, "{words}{accept}");
        }
        let audit = layout.run(&format!("audit{accept}"));
        assert_eq!(audit["summary"]["repairable"], 0, "{audit}");
        for (words, made) in [("plan", "changes"), ("repair", "items")] {
            let answer = layout.run(&format!("{words}{accept}"));
            assert_eq!(answer[made], Value::Array(Vec::new()), "{answer}");
            let withheld = answer["withheld"].as_array().unwrap();
            assert_eq!(withheld.len(), 1, "{answer}");
            assert!(withheld[0].as_str().unwrap().contains(why), "{answer}");
        }
    }
    assert_eq!(layout.names(), before);
    assert_eq!(layout.bytes("a.json"), LIVE);
}

#[test]
fn nothing_is_promised_where_only_a_files_owner_may_replace_it() {
    let Some(layout) = Layout::new() else { return };
    chown(layout.sessions(), Some(OTHERS), Some(OTHERS)).unwrap();
    fs::set_permissions(layout.sessions(), Permissions::from_mode(0o1777)).unwrap();
    layout.put("a", OWNER, OWNER, 0o644);
    let kept = layout.sessions().join("a.json.replaced.1");
    fs::write(kept, r#"{"messages": [1, 2]}"#).unwrap();
    require_that_all_refuse(&layout, "no_permission", "sticky");
    let refused = layout.run("recover a");
    assert!(
        remedy(&refused).contains(&format!("sudo -u '#{OWNER}' ")),
        "{refused}"
    );
    assert!(!remedy(&refused).contains("--accept-owner"), "{refused}");
}

#[test]
fn the_sticky_bit_does_not_matter_where_nothing_is_replaced_or_by_its_owner() {
    let Some(layout) = Layout::new() else { return };
    fs::set_permissions(layout.sessions(), Permissions::from_mode(0o1777)).unwrap();
    layout.put("mine", OWNER, OWNER, 0o644);
    assert_eq!(
        layout.run("recover mine --accept-owner")["action"],
        "restored"
    );
    chown(layout.sessions(), Some(OTHERS), Some(OTHERS)).unwrap();
    layout.put("a", OWNER, OWNER, 0o644);
    fs::remove_file(layout.sessions().join("a.json")).unwrap();
    layout.put("b", ME, ME, 0o644);
    for id in ["a", "b"] {
        let words = format!("recover {id} --accept-owner");
        assert_eq!(layout.run(&words)["action"], "restored", "{id}");
    }
}

#[test]
fn an_index_of_somebody_else_in_a_sticky_directory_stays() {
    let Some(layout) = Layout::new() else { return };
    layout.put("a", ME, ME, 0o644);
    fs::write(layout.sessions().join("_index.json"), "[]").unwrap();
    chown(layout.sessions(), Some(OTHERS), Some(OTHERS)).unwrap();
    fs::set_permissions(layout.sessions(), Permissions::from_mode(0o1777)).unwrap();
    let audit = layout.run("audit");
    assert_eq!(audit["summary"]["repairable"], 1, "{audit}");
    let repaired = layout.run("repair");
    assert_eq!(
        (&repaired["repaired"], &repaired["failed"]),
        (&1.into(), &0.into())
    );
    let withheld = repaired["withheld"][0].as_str().unwrap();
    assert!(
        withheld.starts_with("_index.json cannot be replaced: "),
        "{withheld}"
    );
    assert_eq!(layout.bytes("a.json"), BACKUP);
}

#[test]
fn nothing_is_promised_where_nothing_can_be_created() {
    let Some(layout) = Layout::new() else { return };
    layout.put("a", ME, ME, 0o644);
    layout.put("b", ME, ME, 0o644);
    let kept = layout.sessions().join("a.json.replaced.1");
    fs::write(kept, r#"{"messages": [1, 2]}"#).unwrap();
    fs::write(layout.sessions().join("_index.json"), "[]").unwrap();
    fs::set_permissions(layout.sessions(), Permissions::from_mode(0o555)).unwrap();
    require_that_all_refuse(&layout, "read_only", "The session directory is read-only: ");
    let said = layout.errors("recover-all --dry-run");
    assert_eq!(said.matches("read-only").count(), 1, "{said}");
}
