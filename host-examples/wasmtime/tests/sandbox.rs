//! What the host promises beyond the component: grants, limits, permissions.

#[path = "../../../tests/runner/mod.rs"]
mod runner;

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use runner::{session, tree_on_disk};
use session_recovery::session::LOG;
use session_recovery_host::{
    Action, Error, ErrorCode, HostError, Limits, Operations, Options, Plugin, Summary, Verdict,
};

fn wiped(directory: &Path, id: &str) {
    fs::write(directory.join(format!("{id}.json")), session(0)).unwrap();
    fs::write(directory.join(format!("{id}.json.bak")), session(9)).unwrap();
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_restored_file_has_the_mode_of_the_file_it_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let plugin = Plugin::new(Limits::default()).unwrap();
    for mode_before in [0o600, 0o640, 0o644, 0o664] {
        wiped(directory.path(), "a");
        let live = directory.path().join("a.json");
        set_mode(&live, mode_before);
        let outcome = plugin
            .open(directory.path())
            .recover("a", Options::default())
            .unwrap();
        assert_eq!(outcome.action, Action::Restored);
        assert_eq!(outcome.errors, []);
        assert_eq!(mode(&live), mode_before);
    }
}

#[test]
fn every_file_that_a_sweep_restores_has_its_mode() {
    let directory = tempfile::tempdir().unwrap();
    for (id, mode) in [("private", 0o600), ("shared", 0o664)] {
        wiped(directory.path(), id);
        set_mode(&directory.path().join(format!("{id}.json")), mode);
    }
    let plugin = Plugin::new(Limits::default()).unwrap();
    assert_eq!(
        plugin
            .open(directory.path())
            .recover_all(Options::default())
            .unwrap()
            .restored,
        2
    );
    assert_eq!(mode(&directory.path().join("private.json")), 0o600);
    assert_eq!(mode(&directory.path().join("shared.json")), 0o664);
}

#[test]
fn a_file_put_in_place_has_the_mode_of_its_backup() {
    let directory = tempfile::tempdir().unwrap();
    let backup = directory.path().join("a.json.bak");
    fs::write(&backup, session(9)).unwrap();
    set_mode(&backup, 0o600);
    let plugin = Plugin::new(Limits::default()).unwrap();
    plugin
        .open(directory.path())
        .recover("a", Options::default())
        .unwrap();
    assert_eq!(mode(&directory.path().join("a.json")), 0o600);
}

#[test]
fn a_file_put_back_in_place_of_nothing_has_the_mode_it_was_kept_with() {
    let directory = tempfile::tempdir().unwrap();
    for (number, kept_mode) in [(9, 0o644), (10, 0o640)] {
        let kept = directory.path().join(format!("a.json.replaced.{number}"));
        fs::write(&kept, session(number)).unwrap();
        set_mode(&kept, kept_mode);
    }
    let plugin = Plugin::new(Limits::default()).unwrap();
    let outcome = plugin
        .open(directory.path())
        .undo("a", Options::default())
        .unwrap();
    assert_eq!(outcome.source.as_deref(), Some("a.json.replaced.10"));
    assert_eq!(mode(&directory.path().join("a.json")), 0o640);
}

#[test]
fn a_source_put_in_place_of_nothing_is_for_no_more_eyes_than_it_was() {
    let plugin = Plugin::new(Limits::default()).unwrap();
    for (name, backup_mode) in [("a.tmp.1.2", None), ("a.json.bak.1", Some(0o644))] {
        for options in [None, Some(true)] {
            let directory = tempfile::tempdir().unwrap();
            let path = |name: &str| directory.path().join(name);
            fs::write(path(name), session(9)).unwrap();
            set_mode(&path(name), 0o600);
            if let Some(mode) = backup_mode {
                fs::write(path("a.json.bak"), session(1)).unwrap();
                set_mode(&path("a.json.bak"), mode);
            }
            let sessions = plugin.open(directory.path());
            if let Some(best) = options {
                let options = Options {
                    best,
                    ..Options::default()
                };
                assert_eq!(sessions.recover_all(options).unwrap().restored, 1);
            } else {
                let outcome = sessions.recover_from("a", name, Options::default());
                assert_eq!(outcome.unwrap().action, Action::Restored);
            }
            assert_eq!(mode(&path("a.json")), 0o600, "{name}");
        }
    }
}

#[test]
fn a_file_put_back_in_place_of_nothing_is_for_no_more_eyes_than_its_backup() {
    let directory = tempfile::tempdir().unwrap();
    for (name, file_mode) in [
        ("a.json.bak", 0o604),
        ("a.json.replaced.1", 0o640),
        ("a.json.replaced.9999999999", 0o666),
    ] {
        fs::write(directory.path().join(name), session(2)).unwrap();
        set_mode(&directory.path().join(name), file_mode);
    }
    let plugin = Plugin::new(Limits::default()).unwrap();
    plugin
        .open(directory.path())
        .undo("a", Options::default())
        .unwrap();
    assert_eq!(mode(&directory.path().join("a.json")), 0o600);
}

#[test]
fn the_program_keeps_a_private_session_private() {
    let directory = tempfile::tempdir().unwrap();
    wiped(directory.path(), "a");
    let live = directory.path().join("a.json");
    set_mode(&live, 0o600);
    let status = Command::new(env!("CARGO_BIN_EXE_session-recovery-host"))
        .arg("--sessions")
        .arg(directory.path())
        .arg("recover-all")
        .output()
        .unwrap()
        .status;
    assert!(status.success());
    assert_eq!(mode(&live), 0o600);
    assert_eq!(fs::read(&live).unwrap(), session(9));
}

/// A session that is the user's alone, and was restored before.
fn private_in(directory: &Path) {
    for (name, messages) in [("a.json", 2), ("a.json.bak", 9), ("a.json.replaced.1", 1)] {
        fs::write(directory.join(name), session(messages)).unwrap();
        set_mode(&directory.join(name), 0o600);
    }
}

fn assert_all_private(directory: &Path, after: &str) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{after}: {}", path.display());
    }
}

#[test]
fn nothing_is_readable_by_more_people_after_a_restore_a_merge_or_an_undo() {
    let plugin = Plugin::new(Limits::default()).unwrap();
    for options in [
        Options::default(),
        Options {
            merge: true,
            ignore_guards: false,
            force: false,
            ..Options::default()
        },
        Options {
            discard: true,
            ..Options::default()
        },
    ] {
        let directory = tempfile::tempdir().unwrap();
        private_in(directory.path());
        let sessions = plugin.open(directory.path());
        let restored = sessions.recover("a", options).unwrap();
        assert_eq!(restored.action, Action::Restored);
        assert_all_private(directory.path(), "recover");
        let undone = sessions.undo("a", Options::default()).unwrap();
        assert_eq!(undone.action, Action::Restored);
        assert_all_private(directory.path(), "undo");
    }
}

#[test]
fn nothing_that_the_program_leaves_is_for_more_eyes_than_before() {
    let directory = tempfile::tempdir().unwrap();
    private_in(directory.path());
    for words in [
        &["recover", "a", "--merge"][..],
        &["undo", "a"],
        &["recover-all"],
    ] {
        let status = Command::new(env!("CARGO_BIN_EXE_session-recovery-host"))
            .arg("--sessions")
            .arg(directory.path())
            .args(words)
            .output()
            .unwrap()
            .status;
        assert!(status.success(), "{words:?}");
        assert_all_private(directory.path(), &words.join(" "));
    }
}

#[test]
fn an_option_that_does_not_apply_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    wiped(directory.path(), "a");
    let before = tree_on_disk(directory.path());
    let output = Command::new(env!("CARGO_BIN_EXE_session-recovery-host"))
        .arg("--sessions")
        .arg(directory.path())
        .args(["repair", "--merge"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    let complaint = "--merge applies only to recover and recover-all";
    assert!(said.contains(complaint), "{said}");
    assert_eq!(tree_on_disk(directory.path()), before);
}

#[test]
fn the_texts_of_a_turn_journal_take_the_memory_of_one() {
    let directory = tempfile::tempdir().unwrap();
    let journals = directory.path().join("_turn_journal");
    fs::create_dir(&journals).unwrap();
    let text = "t".repeat(1_000_000);
    let turn = |number: u32| {
        format!(r#"{{"event": "submitted", "turn_id": "{number}", "content": "{text}"}}"#)
    };
    let turns: Vec<_> = (0..40).map(turn).collect();
    fs::write(journals.join("a.jsonl"), turns.join("\n")).unwrap();
    let limits = Limits {
        memory: 16 << 20,
        ..Limits::default()
    };
    let sessions = Plugin::new(limits).unwrap();
    let report = sessions.open(directory.path()).audit(None).unwrap();
    assert_eq!(report.findings.len(), turns.len());
}

#[test]
fn a_call_that_computes_for_too_long_is_ended() {
    let directory = tempfile::tempdir().unwrap();
    wiped(directory.path(), "a");
    let before = tree_on_disk(directory.path());
    let limits = Limits {
        time: Duration::ZERO,
        ..Limits::default()
    };
    let answer = Plugin::new(limits)
        .unwrap()
        .open(directory.path())
        .recover("a", Options::default());
    assert!(matches!(answer, Err(HostError::OutOfTime(_))), "{answer:?}");
    assert_eq!(tree_on_disk(directory.path()), before);
}

#[test]
fn a_call_that_needs_too_much_memory_is_ended() {
    let directory = tempfile::tempdir().unwrap();
    wiped(directory.path(), "a");
    let limits = Limits {
        memory: 1 << 20,
        ..Limits::default()
    };
    let answer = Plugin::new(limits)
        .unwrap()
        .open(directory.path())
        .inspect("a");
    assert!(
        matches!(answer, Err(HostError::OutOfMemory(_))),
        "{answer:?}"
    );
}

#[test]
fn two_mebibytes_are_enough_to_judge_and_restore_whatever_the_size() {
    let directory = tempfile::tempdir().unwrap();
    let long_string = format!("\"{}\"", "prose – ".repeat(3_000_000));
    let deep = format!("{}{}", "[".repeat(900_000), "]".repeat(900_000));
    let many = "{\"role\": \"user\"},".repeat(400_000);
    for (id, messages) in [
        ("long", &long_string),
        ("deep", &deep),
        ("many", &(many + "1")),
    ] {
        let session = format!("{{\"messages\": [{messages}, 2]}}");
        fs::write(directory.path().join(format!("{id}.json.bak")), session).unwrap();
        fs::write(directory.path().join(format!("{id}.json")), "").unwrap();
    }
    let limits = Limits {
        memory: 2 << 20,
        ..Limits::default()
    };
    let plugin = Plugin::new(limits).unwrap();
    assert_eq!(
        plugin
            .open(directory.path())
            .recover_all(Options::default())
            .unwrap()
            .restored,
        3
    );
}

#[test]
fn a_directory_that_does_not_exist_is_an_error_unless_it_need_not() {
    let directory = tempfile::tempdir().unwrap();
    let plugin = Plugin::new(Limits::default()).unwrap();
    let missing = directory.path().join("missing");
    let sessions = plugin.open(&missing);
    for refused in [
        sessions.recover_all(Options::default()).map(drop),
        sessions.sessions(false).map(drop),
        sessions.inspect("a").map(drop),
    ] {
        assert!(matches!(refused, Err(HostError::NoDirectory(_))));
    }
    fs::write(directory.path().join("file"), "").unwrap();
    let refused = plugin.open(directory.path().join("file")).sessions(false);
    assert!(matches!(refused, Err(HostError::NotADirectory(_))));
    let sessions = plugin.open(missing).missing_ok();
    assert_eq!(
        sessions.recover_all(Options::default()).unwrap(),
        Summary::default()
    );
    assert_eq!(sessions.sessions(false).unwrap(), []);
    assert!(matches!(
        sessions.inspect("a"),
        Err(HostError::NoDirectory(_))
    ));
}

#[test]
fn a_hostile_id_reaches_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let inner = directory.path().join("sessions");
    fs::create_dir(&inner).unwrap();
    wiped(directory.path(), "victim");
    let before = tree_on_disk(directory.path());
    let plugin = Plugin::new(Limits::default()).unwrap();
    for id in [
        "../victim",
        "..",
        "",
        "a/../../victim",
        "/etc/passwd",
        "victim\0",
        "_index",
    ] {
        match plugin.open(&inner).recover(id, Options::default()) {
            Err(HostError::Refused(error)) => {
                assert_eq!(error.code, ErrorCode::InvalidSessionId, "{id:?}");
            }
            other => panic!("{id:?}: {other:?}"),
        }
    }
    assert_eq!(tree_on_disk(directory.path()), before);
}

#[test]
fn the_rest_of_the_disk_is_as_it_was_after_a_sweep() {
    let directory = tempfile::tempdir().unwrap();
    let inner = directory.path().join("sessions");
    fs::create_dir(&inner).unwrap();
    wiped(directory.path(), "outside");
    wiped(&inner, "inside");
    std::os::unix::fs::symlink("../outside.json", inner.join("link.json")).unwrap();
    fs::write(inner.join("link.json.bak"), session(20)).unwrap();
    let outside = || {
        let mut tree = tree_on_disk(directory.path());
        tree.retain(|name, _| !name.starts_with(b"sessions/"));
        tree
    };
    let before = outside();
    let plugin = Plugin::new(Limits::default()).unwrap();
    let summary = plugin.open(&inner).recover_all(Options::default()).unwrap();
    assert_eq!(summary.restored, 1);
    assert_eq!(outside(), before);
}

#[test]
fn a_sweep_in_parts_answers_as_one_in_one_call() {
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for directory in [&whole, &parts] {
        for number in 0..250 {
            wiped(directory.path(), &format!("session-{number}"));
        }
        fs::write(directory.path().join("orphan.json.bak"), session(1)).unwrap();
        fs::create_dir(directory.path().join("odd.json")).unwrap();
        fs::create_dir(directory.path().join("odder.json.bak")).unwrap();
        let not_utf8 = OsStr::from_bytes(b"\xff.json");
        fs::write(directory.path().join(not_utf8), "").unwrap();
    }
    let plugin = Plugin::new(Limits::default()).unwrap();
    let mut told = Vec::new();
    let progress = &mut |done, total| {
        told.push((done, total));
        ControlFlow::Continue(())
    };
    let in_parts = plugin
        .open(parts.path())
        .sweep(Options::default(), progress);
    assert_eq!(
        in_parts.unwrap(),
        plugin
            .open(whole.path())
            .recover_all(Options::default())
            .unwrap()
    );
    // Each has a run of its own.
    for directory in [&whole, &parts] {
        fs::remove_file(directory.path().join(LOG)).unwrap();
    }
    assert_eq!(tree_on_disk(parts.path()), tree_on_disk(whole.path()));
    assert_eq!((told[0], *told.last().unwrap()), ((0, 251), (251, 251)));
    assert!(told.len() > 10);
}

#[test]
fn a_sweep_that_is_stopped_reports_what_it_did() {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..39 {
        for (ending, messages) in [("json", 0), ("json.bak", 1)] {
            let name = format!("session-{number}.{ending}");
            fs::write(directory.path().join(name), session(messages)).unwrap();
        }
    }
    // A list that tells nothing is an oddity of each part that asks for it.
    fs::write(directory.path().join("zz.json.bak"), session(1)).unwrap();
    fs::write(directory.path().join("_deleted_webui_sessions.json"), "{").unwrap();
    let plugin = Plugin::new(Limits::default()).unwrap();
    let sessions = plugin.open(directory.path());
    let in_parts = |stop_after| {
        let progress = &mut |done, _| {
            if done < stop_after {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        sessions.sweep(Options::default(), progress)
    };
    let stopped = in_parts(12).unwrap();
    assert_eq!((stopped.restored, stopped.left), (16, 24));
    let rest = in_parts(100).unwrap();
    assert_eq!((rest.restored, rest.left, rest.oddities.len()), (23, 0, 1));
}

#[test]
fn a_closed_stream_does_not_crash() {
    for words in [&["--help"][..], &["no-command"], &["list"]] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_session-recovery-host"));
        let (reads, writes) = std::io::pipe().unwrap();
        drop(reads);
        program.args(["--sessions", "/nowhere"]).args(words);
        program.stdout(writes.try_clone().unwrap()).stderr(writes);
        let code = program.status().unwrap().code();
        assert!(matches!(code, Some(1 | 2)), "{words:?}: {code:?}");
    }
}

#[test]
fn a_limit_on_file_sizes_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    wiped(directory.path(), "a");
    let bytes = session(500_000);
    fs::write(directory.path().join("a.json.bak"), bytes).unwrap();
    let before = tree_on_disk(directory.path());
    let home = tempfile::tempdir().unwrap();
    let limited = "ulimit -f 64; exec \"$@\"";
    let output = Command::new("sh")
        .args([
            "-c",
            limited,
            "sh",
            env!("CARGO_BIN_EXE_session-recovery-host"),
        ])
        .arg("--sessions")
        .arg(directory.path())
        .arg("recover-all")
        // The cache's files are too large as well.
        .env("HOME", home.path())
        .env_remove("XDG_CACHE_HOME")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("file-too-large"), "{said}");
    assert_eq!(tree_on_disk(directory.path()), before);
}

#[test]
fn a_restore_gives_the_owner_back_or_does_nothing() {
    let directory = tempfile::tempdir().unwrap();
    wiped(directory.path(), "a");
    let live = directory.path().join("a.json");
    if chown(&live, Some(65534), Some(65534)).is_err() {
        println!("not run: only root may give files away");
        return;
    }
    set_mode(&live, 0o640);
    let plugin = Plugin::new(Limits::default()).unwrap();
    assert_eq!(
        plugin
            .open(directory.path())
            .recover_all(Options::default())
            .unwrap()
            .restored,
        1
    );
    let restored = fs::metadata(&live).unwrap();
    assert_eq!((restored.uid(), restored.gid()), (65534, 65534));
    assert_eq!(mode(&live), 0o640);
}

#[test]
fn some_sessions_are_inspected_in_the_order_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    wiped(directory.path(), "a");
    wiped(directory.path(), "b");
    fs::write(directory.path().join("b.json"), session(12)).unwrap();
    let plugin = Plugin::new(Limits::default()).unwrap();
    let sessions = plugin.open(directory.path());
    let ids = ["b", "nobody", "a", "b"].map(str::to_owned);
    let statuses = sessions.inspect_some(&ids).unwrap();
    for (id, status) in ids.iter().zip(&statuses) {
        assert_eq!(status.session_id, *id);
        match sessions.inspect(id) {
            Ok(alone) => assert_eq!(*status, alone),
            Err(error) => {
                assert_eq!(Error::from(error).code, ErrorCode::NoSuchSession);
                assert_eq!(status.verdict(), Verdict::Absent);
            }
        }
    }
    assert_eq!(statuses.len(), ids.len());

    let refused = sessions.inspect_some(&["a".to_owned(), "_index".to_owned()]);
    assert!(matches!(
        refused,
        Err(HostError::Refused(error)) if error.code == ErrorCode::InvalidSessionId
    ));
}

#[test]
fn a_sweep_says_once_that_a_file_system_is_read_only() {
    let directory = tempfile::tempdir().unwrap();
    for id in ["a", "b", "c"] {
        wiped(directory.path(), id);
    }
    let script = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && \
                  exec \"$2\" --sessions \"$1\" recover-all";
    let output = Command::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            script,
            "sh",
        ])
        .arg(directory.path())
        .arg(env!("CARGO_BIN_EXE_session-recovery-host"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    if output.stdout.is_empty() {
        println!("nothing can be mounted here: {said}");
        return;
    }
    assert_eq!(output.status.code(), Some(1));
    let errors: Vec<_> = said
        .lines()
        .filter(|line| line.starts_with("error:"))
        .collect();
    assert_eq!(
        errors,
        [
            "error: The session directory is read-only: no file can be created in it. Check that its file system is mounted for writing, and run this as a user who may write in the directory."
        ]
    );
}
