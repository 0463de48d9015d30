//! Runs the list of cases natively, on a directory in memory, and through the
//! command-line component in the wasmtime program.

mod support;

use std::env;
use std::path::Path;
use std::process::{Command, ExitCode};

use clap::Parser;
use libtest_mimic::{Arguments as TestArguments, Trial};
use session_recovery::answer::{Entry, Error, Outcome, Status, Summary};
use session_recovery::command::{Arguments, Operations};
use session_recovery::directory::Kind;
use session_recovery::directory::simulated::Simulated;
use session_recovery::listing::look_up;
use session_recovery::session::SessionId;
use session_recovery::sweep::{self, Progress};
use session_recovery::{inspect, recover};

use support::{Answer, Case, Found, Tree, cases, tree_on_disk};

fn main() -> ExitCode {
    let arguments = TestArguments::from_args();
    let natively = cases().into_iter().map(|case| {
        Trial::test(format!("natively: {}", case.name), move || {
            Ok(run_natively(&case)?)
        })
    });
    let in_wasmtime = cases().into_iter().map(|case| {
        Trial::test(format!("wasmtime run: {}", case.name), move || {
            Ok(run_in_wasmtime(&case)?)
        })
    });
    libtest_mimic::run(&arguments, natively.chain(in_wasmtime).collect()).exit_code()
}

fn run_natively(case: &Case) -> Result<(), String> {
    let directory = Simulated::default();
    for (name, found) in case.tree_before() {
        match (String::from_utf8(name), found) {
            (Err(_), _) => directory.put_unnameable(),
            (Ok(name), Found::File(bytes)) => directory.put(&name, bytes),
            (Ok(name), Found::Directory) => directory.put_other(&name, Kind::Directory),
            (Ok(name), Found::Link) => directory.put_other(&name, Kind::Link),
            (Ok(name), Found::Special) => directory.put_other(&name, Kind::Special),
        }
    }
    let words = ["session-recovery", "--json"]
        .into_iter()
        .chain(case.call.iter().map(String::as_str));
    let arguments = Cli::try_parse_from(words)
        .map_err(|error| error.to_string())?
        .arguments;
    let report = arguments.run(&mut Native(directory.clone()), &mut |_, _| {});
    let answer = Answer {
        json: serde_json::from_str(&report.answer).map_err(|error| error.to_string())?,
        success: report.is_success,
    };
    case.check(&answer, &tree_in_memory(&directory, case))
}

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    arguments: Arguments,
}

/// The operations on a directory in memory.
struct Native(Simulated);

impl Operations for Native {
    fn inspect(&mut self, session_id: &str) -> Result<Status, Error> {
        let id = SessionId::parse(session_id)?;
        let names = look_up(&self.0, &id)?;
        Ok(inspect::inspect(&self.0, &id, names.kinds).status)
    }

    fn recover(&mut self, session_id: &str, dry_run: bool) -> Result<Outcome, Error> {
        let id = SessionId::parse(session_id)?;
        let recover = if dry_run {
            recover::preview
        } else {
            recover::recover
        };
        recover(&self.0, &id)
    }

    fn recover_all(&mut self, dry_run: bool, progress: Progress) -> Result<Summary, Error> {
        let recover_all = if dry_run {
            sweep::preview_all
        } else {
            sweep::recover_all
        };
        recover_all(&self.0, progress)
    }

    fn sessions(&mut self) -> Result<Vec<Entry>, Error> {
        sweep::sessions(&self.0)
    }
}

fn tree_in_memory(directory: &Simulated, case: &Case) -> Tree {
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

fn run_in_wasmtime(case: &Case) -> Result<(), String> {
    let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
    case.make(directory.path());
    let component = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist/session-recovery-cli.wasm");
    let output = Command::new(env::var_os("WASMTIME").unwrap_or_else(|| "wasmtime".into()))
        .arg("run")
        .arg("--dir")
        .arg(format!("{}::/sessions", directory.path().display()))
        .arg(component)
        .arg("--json")
        .args(&case.call)
        .output()
        .map_err(|error| {
            format!("wasmtime cannot be run ({error}): use `cargo xtask test`, which provides it")
        })?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let json =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("{error}\n{said}"))?;
    let answer = Answer {
        json,
        success: output.status.success(),
    };
    case.check(&answer, &tree_on_disk(directory.path()))
        .map_err(|difference| format!("{difference}\n{said}"))
}
