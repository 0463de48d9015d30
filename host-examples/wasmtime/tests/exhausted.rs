//! Few open files or threads are left: each call answers with an error that says so, and
//! the next one, when there are enough again, does its work.

#![cfg(target_os = "linux")]

use std::env;
use std::fs::{self, File};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use session_recovery_host::{Action, Error, HostError, Limits, Operations, Options, Plugin};

/// Makes a process of this program one that has few descriptors left.
const FEW: &str = "SESSION_RECOVERY_TEST_FEW";
/// So many are enough for everything.
const ENOUGH: usize = 24;
const NOBODY: u32 = 65534;

fn put_session(directory: &Path) {
    fs::write(directory.join("a.json"), "{\"messages\": []}").unwrap();
    fs::write(directory.join("a.json.bak"), "{\"messages\": [1]}").unwrap();
}

fn limited(limit: &str, program: &Path, words: &[&str]) -> Command {
    let mut command = Command::new("bash");
    let script = format!("{limit}; exec \"$0\" \"$@\"");
    command.args(["-c", &script]).arg(program).args(words);
    command
}

fn said(output: &Output) -> String {
    let [out, error] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{}: {out}{error}", output.status)
}

#[test]
fn too_few_descriptors_are_reported_and_later_calls_work() {
    let own = env::current_exe().unwrap();
    let words = ["--exact", "with_few_descriptors", "--nocapture"];
    let mut command = limited("ulimit -n 128", &own, &words);
    let output = command.env(FEW, "1").output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

/// Takes all descriptors but so many.
fn take_all_but(left: usize) -> Vec<File> {
    let mut taken: Vec<_> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    taken.truncate(taken.len() - left);
    taken
}

#[test]
fn with_few_descriptors() {
    if env::var_os(FEW).is_none() {
        return;
    }
    let mut restored = 0;
    for left in 0..=ENOUGH {
        let directory = tempfile::tempdir().unwrap();
        put_session(directory.path());
        let taken = take_all_but(left);
        let early = Plugin::new(Limits::default());
        let plugin = match &early {
            Ok(plugin) => plugin,
            Err(error) => {
                drop(taken);
                assert_told(&error.to_string(), left);
                continue;
            }
        };
        let sessions = plugin.open(directory.path());
        let answer = sessions.recover("a", Options::default());
        let swept = sessions.recover_all(Options::default());
        drop(taken);
        match answer {
            Ok(outcome) if outcome.action == Action::Restored => restored += 1,
            Ok(outcome) => assert_told(&outcome.errors[0].message, left),
            Err(error) => assert_told(&error.to_string(), left),
        }
        if let Err(error) = swept {
            assert_told(&error.to_string(), left);
        }
        let again = sessions.recover("a", Options::default()).unwrap();
        assert!(!again.ended_ill(), "{left}: {again:?}");
        let live = fs::read_to_string(directory.path().join("a.json"));
        assert_eq!(live.unwrap(), "{\"messages\": [1]}", "{left}");
    }
    assert!((5..=ENOUGH).contains(&restored), "{restored}");
}

fn assert_told(message: &str, left: usize) {
    let is_told = message.contains("enough files")
        || message.contains("files are open")
        || message.contains("insufficient-memory");
    assert!(is_told, "{left}: {message}");
}

#[test]
fn too_few_threads_are_reported() {
    let directory = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_session-recovery-host"));
    let sessions = directory.path().to_str().unwrap();
    for threads in 1..12 {
        put_session(directory.path());
        let words = ["--sessions", sessions, "recover-all"];
        let mut command = limited(&format!("ulimit -u {threads}"), program, &words);
        // Root has as many as it wants.
        if nix::unistd::geteuid().is_root() {
            for name in ["", "a.json", "a.json.bak"] {
                chown(directory.path().join(name), Some(NOBODY), Some(NOBODY)).unwrap();
            }
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = command.env_remove("HOME").output().unwrap();
        let said = said(&output);
        match output.status.code() {
            Some(0) => {}
            Some(1) => assert!(said.contains("threads"), "{threads}: {said}"),
            _ => panic!("{threads}: {said}"),
        }
    }
}

#[test]
fn an_exhausted_host_says_what_to_do() {
    let cause = std::io::Error::from(nix::errno::Errno::EMFILE);
    let error = Error::from(HostError::TooFewFiles(cause));
    let remedy = error.remedy.unwrap_or_default();
    assert!(remedy.contains("ulimit -n"), "{remedy}");
}
