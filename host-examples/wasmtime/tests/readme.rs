//! The documents' Rust, Go and shell snippets do what they say, as printed.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const README: &str = include_str!("../../../README.md");
const EMBEDDING: &str = include_str!("../../../docs/embedding.md");
const GUIDE: &str = include_str!("../../../docs/guide.md");
const PROGRAM: &str = env!("CARGO_BIN_EXE_session-recovery-host");

mod readme {
    include!("snippets/readme.rs");

    pub fn run() -> Result<(), HostError> {
        main()
    }
}

mod embedding {
    include!("snippets/embedding.rs");

    pub fn run() -> Result<(), HostError> {
        main()
    }
}

mod looking {
    include!("snippets/looking.rs");

    pub fn run() -> Result<(), HostError> {
        main()
    }
}

/// A directory whose `sessions` has a session that lost two messages.
fn damaged() -> (TempDir, PathBuf, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("sessions")).unwrap();
    let live = directory.path().join("sessions/3f2a90c41b7e.json");
    let backup = live.with_extension("json.bak");
    fs::write(&live, r#"{"messages": []}"#).unwrap();
    fs::write(&backup, r#"{"messages": [1, 2]}"#).unwrap();
    (directory, live, backup)
}

/// The code blocks of a language.
fn blocks<'a>(document: &'a str, language: &str) -> Vec<&'a str> {
    let opening = format!("```{language}\n");
    let blocks = document.split(opening.as_str()).skip(1);
    blocks.filter_map(|rest| rest.split("```").next()).collect()
}

/// The only code block of a language.
fn block<'a>(document: &'a str, language: &str) -> &'a str {
    let [block] = blocks(document, language)[..] else {
        panic!("one block of {language}");
    };
    block
}

/// The `PATH`, with this directory first.
fn path_with(directory: &Path) -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let all = [directory.to_owned()]
        .into_iter()
        .chain(env::split_paths(&path));
    env::join_paths(all).unwrap()
}

// One test, because the snippets name the directory by a relative path.
#[test]
fn the_snippets_restore_a_session() {
    assert_eq!(block(README, "rust"), include_str!("snippets/readme.rs"));
    assert_eq!(
        blocks(EMBEDDING, "rust"),
        [
            include_str!("snippets/embedding.rs"),
            include_str!("snippets/looking.rs")
        ]
    );
    for run in [readme::run, embedding::run, looking::run] {
        let (directory, live, backup) = damaged();
        env::set_current_dir(directory.path()).unwrap();
        run().unwrap();
        assert_eq!(fs::read(live).unwrap(), fs::read(backup).unwrap());
    }
}

#[test]
fn the_go_program_restores_a_session() {
    if Command::new("go").arg("version").output().is_err() {
        println!("left out: there is no `go` on the PATH");
        return;
    }
    let (directory, live, backup) = damaged();
    fs::write(directory.path().join("main.go"), block(EMBEDDING, "go")).unwrap();
    let output = Command::new("go")
        .args(["run", "main.go"])
        .env("PATH", path_with(Path::new(PROGRAM).parent().unwrap()))
        .env("GOCACHE", directory.path().join("cache"))
        .current_dir(directory.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.starts_with("3f2a90c41b7e restored "), "{output:?}");
    assert_eq!(fs::read(live).unwrap(), fs::read(backup).unwrap());
}

#[test]
fn the_nightly_check_reports_a_damaged_session() {
    let (directory, live, backup) = damaged();
    symlink(PROGRAM, directory.path().join("session-recovery")).unwrap();
    let check = || {
        let output = Command::new("sh")
            .args(["-c", block(GUIDE, "sh")])
            .env("PATH", path_with(directory.path()))
            .env("DIR", directory.path().join("sessions"))
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(check().ends_with("sessions need attention: code 3\n"));
    fs::copy(backup, live).unwrap();
    assert!(!check().contains("sessions need attention"));
}
