//! Which run a restore belongs to, and how it is undone.

#[path = "../../../tests/runner/mod.rs"]
mod runner;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use runner::{session, tree_on_disk};
use session_recovery_host::{Deed, Event, Limits, Operations, Options, Plugin, new_run_name};
use tempfile::TempDir;

const ALL: [&str; 3] = ["aaa", "bbb", "ccc"];

fn wiped() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for id in ALL {
        let live = directory.path().join(format!("{id}.json"));
        fs::write(live, session(0)).unwrap();
        let backup = directory.path().join(format!("{id}.json.bak"));
        fs::write(backup, session(3)).unwrap();
    }
    directory
}

fn plugin() -> Plugin {
    Plugin::new(Limits::default()).expect("the plugin compiles")
}

fn runs(events: &[Event]) -> BTreeSet<&str> {
    let runs = events.iter().map(|event| event.run.as_deref());
    runs.map(|run| run.expect("each event has a run")).collect()
}

fn program(directory: &Path, words: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_session-recovery-host"));
    program.arg("--sessions").arg(directory).args(words);
    program
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn each_call_that_restores_is_a_run_of_its_own() {
    let directory = wiped();
    let plugin = plugin();
    let sessions = plugin.open(directory.path());
    for id in ALL {
        // Runs of one process have the same salt.
        sessions.recover(id, Options::default()).unwrap();
    }
    let events = sessions.history().unwrap();
    assert_eq!(events.len(), 3);
    for run in runs(&events) {
        assert!(run.starts_with("rust-2"), "{run}");
        assert_eq!(run.len(), "rust-20261128T214423Z-1a2b".len(), "{run}");
    }
}

#[test]
fn a_sweep_and_what_its_caller_joins_are_one_run() {
    let directory = wiped();
    let plugin = plugin();
    let sessions = plugin.open(directory.path());
    assert_eq!(
        sessions.recover_all(Options::default()).unwrap().restored,
        3
    );
    assert_eq!(runs(&sessions.history().unwrap()).len(), 1);

    let name = new_run_name();
    let joined = plugin.open(directory.path()).in_run(&name);
    for id in ALL {
        joined.undo(id, Options::default()).unwrap();
    }
    let events = joined.history().unwrap();
    let undone = events
        .iter()
        .filter(|event| event.run.as_ref() == Some(&name));
    assert!(undone.clone().all(|event| event.deed == Deed::Undone));
    assert_eq!(undone.count(), 3);
}

#[test]
fn a_dry_run_writes_no_history() {
    let directory = wiped();
    let before = tree_on_disk(directory.path());
    let plugin = plugin();
    let dry = Options {
        dry_run: true,
        ..Options::default()
    };
    let sessions = plugin.open(directory.path());
    sessions.recover_all(dry).unwrap();
    sessions.recover("aaa", dry).unwrap();
    assert_eq!(tree_on_disk(directory.path()), before);
}

#[test]
fn all_tasks_of_a_program_are_one_run_which_is_undone_at_once() {
    let directory = wiped();
    let mut child = program(directory.path(), &["recover", "ccc", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = child.stdin.take();
    input.unwrap().write_all(b"aaa\n\nbbb.json\n").unwrap();
    let restored = said(&child.wait_with_output().unwrap());
    assert_eq!(restored.matches("Restored.").count(), 3, "{restored}");

    let history = said(&program(directory.path(), &["history"]).output().unwrap());
    let run = history
        .split_whitespace()
        .find(|word| word.starts_with("rust-"));
    let run = run.expect("the history names the run").to_owned();
    assert_eq!(history.matches("(can be undone)").count(), 3, "{history}");

    let undo = ["undo", "--run", &run];
    let undone = said(&program(directory.path(), &undo).output().unwrap());
    assert_eq!(undone.matches("put back").count(), 3, "{undone}");
    for id in ALL {
        let live = fs::read(directory.path().join(format!("{id}.json")));
        assert_eq!(live.unwrap(), session(0));
    }
    let again = program(directory.path(), &undo).output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    let complaint = String::from_utf8(again.stderr).unwrap();
    let wanted =
        format!("error: There is no run {run} that can be undone. `history` lists the runs.\n");
    assert_eq!(complaint, wanted);
}

#[test]
fn standard_input_may_be_empty_or_not_utf8() {
    let directory = wiped();
    for (input, complaint) in [
        (&b"\n \n"[..], "standard input names no session"),
        (&b"a\xff\n"[..], "is not UTF-8"),
    ] {
        let mut child = program(directory.path(), &["recover", "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(complaint), "{said}");
    }
}
