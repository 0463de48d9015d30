//! Both components in the wasmtime program, as the documents show it: grants,
//! help, exit codes, and the plugin's functions called by hand.

mod runner;

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use runner::{Found, session, tree_on_disk};
use session_recovery::recover::Options;
use session_recovery::session::LOG;
use session_recovery::sweep::recover_all;
use session_recovery_testing::InMemoryDirectory;

fn wasmtime() -> Command {
    Command::new(env::var_os("WASMTIME").unwrap_or_else(|| "wasmtime".into()))
}

fn dist(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("dist")
        .join(name)
}

fn output(command: &mut Command) -> Output {
    command
        .output()
        .expect("wasmtime can be run: `cargo xtask test` provides it")
}

fn grant(directory: &Path, as_path: &str) -> String {
    format!("--dir={}::{as_path}", directory.display())
}

fn run(grants: &[String], words: &[&str]) -> Output {
    output(
        wasmtime()
            .arg("run")
            .args(grants)
            .arg(dist("session-recovery-cli.wasm"))
            .args(words),
    )
}

fn invoke(directory: &Path, call: &str) -> String {
    let mut command = wasmtime();
    command
        .arg("run")
        .arg(grant(directory, "/sessions"))
        .args(["--invoke", call]);
    let output = output(command.arg(dist("session-recovery.wasm")));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("wasmtime prints UTF-8")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("the component prints UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("the component prints UTF-8")
}

fn damaged() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory can be made");
    fs::write(directory.path().join("a.json"), session(0)).expect("a file can be made");
    fs::write(directory.path().join("a.json.bak"), session(3)).expect("a file can be made");
    directory
}

#[test]
fn without_a_directory_the_message_shows_the_grant_to_add() {
    let output = run(&[], &["recover-all"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("--dir DIR::/sessions"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn two_directories_are_refused_and_untouched() {
    let (one, other) = (damaged(), damaged());
    let before = tree_on_disk(one.path());
    let grants = [
        grant(one.path(), "/sessions"),
        grant(other.path(), "/other"),
    ];
    let output = run(&grants, &["--json", "recover-all"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).contains("\"code\":\"several_directories\""),
        "{}",
        stdout(&output)
    );
    assert_eq!(tree_on_disk(one.path()), before);
    assert_eq!(tree_on_disk(other.path()), before);
}

#[test]
fn wrong_words_are_explained_and_exit_with_1() {
    for words in [
        &["restore"][..],
        &[],
        &["inspect"],
        &["recover-all", "--force"],
        &["repair", "--merge"],
        &["undo", "a", "--discard"],
        &["--ignore-guards", "inspect", "a"],
        &["undo", "a", "--force"],
        &["purge"],
        &["purge", "a", "--deleted"],
    ] {
        let output = run(&[], words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(
            stderr(&output).contains("Usage: "),
            "{words:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn help_and_version_need_no_directory() {
    let help = run(&[], &["--help"]);
    assert!(help.status.success());
    for word in [
        "inspect",
        "recover",
        "recover-all",
        "list",
        "--dry-run",
        "--json",
        "--dir DIR::/sessions",
    ] {
        assert!(stdout(&help).contains(word), "{word}");
    }
    let version = run(&[], &["--version"]);
    assert_eq!(
        stdout(&version),
        format!("session-recovery {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_person_sees_a_table_and_what_to_do_next() {
    let directory = damaged();
    let output = run(&[grant(directory.path(), "/sessions")], &["recover-all"]);
    assert!(output.status.success());
    assert_eq!(
        stdout(&output),
        "\
SESSION  TITLE  LIVE  BACKUP  RESULT
a        x      0     3       restored

Checked 1 session: 1 restored.

Next: open the restored sessions in the application. Their backups are still there.
"
    );
    assert_eq!(stderr(&output), "");
}

/// The program as a shell finds it, with the one in `WASMTIME` first.
fn path_with_wasmtime() -> std::ffi::OsString {
    let program = wasmtime().get_program().to_owned();
    let found_in = Path::new(&program).parent().map(Path::to_owned);
    let path = env::var_os("PATH").unwrap_or_default();
    let all = found_in.into_iter().chain(env::split_paths(&path));
    env::join_paths(all).expect("no directory on the PATH has a colon")
}

#[test]
fn the_guides_line_with_a_umask_keeps_private_sessions_private() {
    let guide = include_str!("../docs/guide.md");
    let line = guide
        .lines()
        .find_map(|line| line.strip_prefix("$ (umask "))
        .expect("the guide shows the umask");
    let directory = damaged();
    for name in ["a.json", "a.json.bak"] {
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(directory.path().join(name), private).expect("modes can be set");
    }
    let line = line.replace("DIR", &directory.path().display().to_string());
    let output = output(
        Command::new("sh")
            .args(["-c", &format!("umask 022; (umask {line}")])
            .env("PATH", path_with_wasmtime())
            .current_dir(env!("CARGO_MANIFEST_DIR")),
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let after = tree_on_disk(directory.path());
    assert_eq!(after[&b"a.json"[..]], after[&b"a.json.bak"[..]]);
    assert!(after.contains_key(LOG.as_bytes()), "it is in the history");
    assert_eq!(after.len(), 4, "what was replaced is kept");
    for entry in fs::read_dir(directory.path()).expect("the directory can be listed") {
        let entry = entry.expect("the directory can be listed");
        let mode = entry
            .metadata()
            .expect("a file has a mode")
            .permissions()
            .mode();
        assert_eq!(mode & 0o7777, 0o600, "{}", entry.path().display());
    }
}

#[test]
fn a_failure_is_told_on_stderr_and_exits_with_1() {
    let directory = damaged();
    fs::create_dir(directory.path().join("b.json")).expect("a directory can be made");
    fs::write(directory.path().join("b.json.bak"), session(3)).expect("a file can be made");
    let output = run(&[grant(directory.path(), "/sessions")], &["recover-all"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).contains("1 restored, 1 failed"),
        "{}",
        stdout(&output)
    );
    assert!(stderr(&output).starts_with("error: b.json cannot be replaced. It is a directory"));
}

#[test]
fn names_reach_a_terminal_escaped() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let name = "evil\u{1b}]0;title\u{7}";
    fs::write(directory.path().join(format!("{name}.json")), session(0))
        .expect("a file can be made");
    fs::write(
        directory.path().join(format!("{name}.json.bak")),
        session(3),
    )
    .expect("a file can be made");
    for words in [
        &["recover-all", "--dry-run"][..],
        &["list"],
        &["--json", "list"],
        &["recover-all"],
    ] {
        let output = run(&[grant(directory.path(), "/sessions")], words);
        let printed = stdout(&output) + &stderr(&output);
        assert!(
            !printed.contains(['\u{1b}', '\u{7}']),
            "{words:?}: {printed:?}"
        );
        assert!(printed.contains("evil"), "{words:?}: {printed:?}");
    }
}

#[test]
fn json_is_one_document_of_ascii() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    fs::write(directory.path().join("日本\u{9b}.json.bak"), session(3))
        .expect("a file can be made");
    let output = run(
        &[grant(directory.path(), "/sessions")],
        &["--json", "recover", "日本\u{9b}"],
    );
    let printed = stdout(&output);
    assert!(printed.is_ascii(), "{printed}");
    let document: serde_json::Value = serde_json::from_str(&printed).expect("it is one document");
    assert_eq!(document["session_id"], "日本\u{9b}");
    assert_eq!(document["restored"], true);
}

#[test]
fn the_plugin_can_be_called_by_hand() {
    let directory = damaged();
    let listed = invoke(directory.path(), "sessions(false)");
    assert!(
        listed.contains("session-id: some(\"a\"), live: true, backup: true"),
        "{listed}"
    );
    let status = invoke(directory.path(), "inspect(\"a\")");
    assert!(status.contains("recommendation: restore"), "{status}");
    let foreseen = invoke(directory.path(), "recover(\"a\", {dry-run})");
    assert!(foreseen.contains("action: would-restore"), "{foreseen}");
    let summary = invoke(directory.path(), "recover-all({})");
    assert!(
        summary.starts_with("ok({scanned: 1, restored: 1, "),
        "{summary}"
    );
    let refused = invoke(directory.path(), "inspect(\"../a\")");
    assert!(
        refused.starts_with("err({code: invalid-session-id, "),
        "{refused}"
    );
}

/// One damaged session of each kind, in memory and on disk.
fn cut_in_many_ways() -> Vec<(String, Vec<u8>)> {
    let whole = session(40);
    let text = String::from_utf8_lossy(&whole).into_owned();
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let kinds = [
        whole[..whole.len() / 2].to_vec(),
        [&whole[..whole.len() - 40], &[0; 4096]].concat(),
        [&whole[..], b"]}"].concat(),
        [&whole[..], b"\n", &session(41)].concat(),
        ["\u{feff}".as_bytes(), &whole].concat(),
        [b"\xff\xfe", &utf16[..utf16.len() - 501]].concat(),
        whole[whole.len() / 4..].to_vec(),
    ];
    let names = (0..).map(|number| format!("s{number}.json"));
    names.zip(kinds).collect()
}

#[test]
fn what_is_salvaged_is_the_same_in_memory_and_cpython_reads_it() {
    let on_disk = tempfile::tempdir().expect("a directory can be made");
    let in_memory = InMemoryDirectory::default();
    for (name, bytes) in cut_in_many_ways() {
        fs::write(on_disk.path().join(&name), &bytes).expect("a file can be made");
        in_memory.put(&name, bytes);
    }
    let options = Options {
        salvage: true,
        ..Options::default()
    };
    recover_all(&in_memory, None, options).expect("the directory can be listed");
    let output = run(
        &[grant(on_disk.path(), "/sessions")],
        &["recover-all", "--salvage"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let salvaged: Vec<_> = tree_on_disk(on_disk.path())
        .into_iter()
        .filter(|(name, _)| name != LOG.as_bytes())
        .filter_map(|(name, found)| {
            let Found::File(bytes) = found else {
                return None;
            };
            Some((String::from_utf8(name).ok()?, Some(bytes)))
        })
        .collect();
    assert!(in_memory.contents().into_iter().eq(salvaged));
    let program = "import json, sys\nfor name in sys.argv[1:]:\n    session = json.load(open(name, encoding='utf-8'))\n    assert session['messages'] and all(m['role'] and m['content'] for m in session['messages']), name";
    let read = Command::new("python3")
        .args(["-I", "-c", program])
        .args(cut_in_many_ways().iter().map(|(name, _)| name))
        .current_dir(on_disk.path())
        .output()
        .expect("python3 can be run");
    assert!(read.status.success(), "{}", stderr(&read));
}
