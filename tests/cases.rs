//! Runs the list of cases natively, on a directory in memory, through the
//! command-line component in the wasmtime program, and through the programs of
//! the Node and Python hosts.

mod runner;

use std::env;
use std::path::Path;
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments as TestArguments, Trial};
use session_recovery::directory::Kind;
use session_recovery::operations::Sessions;
use session_recovery_testing::InMemoryDirectory;

use runner::{Case, Found, Granted, Said, Tree, said_by, said_with, trials, trials_with};

fn main() -> ExitCode {
    let arguments = TestArguments::from_args();
    let trials = trials_with("natively", natively)
        .chain(trials("wasmtime run", in_wasmtime))
        .chain(trials_of_program("Node", "NODE_HOST"))
        .chain(trials_of_program("Python", "PYTHON_HOST"));
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// Runs the cases in a host whose program is in this variable; the words are
/// separated by spaces. Without it they are listed as ignored.
fn trials_of_program(name: &'static str, variable: &str) -> impl Iterator<Item = Trial> {
    let program = env::var(variable).unwrap_or_default();
    let is_ignored = program.is_empty();
    let host = move |sessions: &Path, _: &Case, words: &[String]| {
        let mut program = program.split(' ');
        said_by(
            Command::new(program.next().unwrap_or_default())
                .args(program)
                .arg("--sessions")
                .arg(sessions)
                .args(words),
        )
    };
    trials(name, host).map(move |trial| {
        let is_ignored = is_ignored || trial.has_ignored_flag();
        trial.with_ignored_flag(is_ignored)
    })
}

fn natively(case: &Case, words: &[String]) -> Result<(Said, Tree), String> {
    let directory = InMemoryDirectory::default();
    for (name, found) in case.tree_before() {
        match (String::from_utf8(name), found) {
            (Err(_), _) => directory.put_unnameable(),
            (Ok(name), Found::File(bytes)) => directory.put(&name, bytes),
            (Ok(name), Found::Directory) => directory.put_other(&name, Kind::Directory),
            (Ok(name), Found::Link) => directory.put_other(&name, Kind::Link),
            (Ok(name), Found::Special) => directory.put_other(&name, Kind::Special),
        }
    }
    let said = said_with(&Sessions::new(directory.clone()), words)?;
    Ok((said, tree_in_memory(&directory, case)))
}

fn tree_in_memory(directory: &InMemoryDirectory, case: &Case) -> Tree {
    let before = case.tree_before();
    let not_utf8 = before
        .iter()
        .filter(|(name, _)| str::from_utf8(name).is_err());
    let mut tree: Tree = not_utf8
        .map(|(name, found)| (name.clone(), found.clone()))
        .collect();
    for (name, bytes) in directory.contents() {
        let name = name.into_bytes();
        // What is no file cannot change in memory.
        let found = bytes
            .map(Found::File)
            .or_else(|| before.get(&name).cloned());
        tree.extend(found.map(|found| (name, found)));
    }
    tree
}

fn in_wasmtime(sessions: &Path, case: &Case, words: &[String]) -> Result<Said, String> {
    let component = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist/session-recovery-cli.wasm");
    let grants = match case.granted {
        Granted::Never => 0,
        Granted::Once | Granted::Missing => 1,
        Granted::Twice => 2,
    };
    let mut wasmtime = Command::new(env::var_os("WASMTIME").unwrap_or_else(|| "wasmtime".into()));
    wasmtime.arg("run");
    for number in 0..grants {
        let grant = format!("{}::/sessions{number}", sessions.display());
        wasmtime.args(["--dir", &grant]);
    }
    let mut said = said_by(wasmtime.arg(component).args(words))?;
    if said.exit == 1 && case.exit > 1 {
        // WASI 0.2 has no other codes.
        said.exit = case.exit;
    }
    Ok(said)
}
