//! Runs the list of cases through the plugin: by the library, and by the
//! program.

#[path = "../../../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;

use clap::Parser;
use libtest_mimic::{Arguments as TestArguments, Trial};
use session_recovery::command::{Arguments, Operations};
use session_recovery::sweep::Progress;
use session_recovery_host::{Entry, Error, Limits, Outcome, Plugin, Sessions, Status, Summary};

use support::{Answer, Case, cases, tree_on_disk};

fn main() -> ExitCode {
    let arguments = TestArguments::from_args();
    let plugin = Arc::new(Plugin::new(Limits::default()).expect("the plugin compiles"));
    let by_library = cases().into_iter().map(|case| {
        let plugin = Arc::clone(&plugin);
        Trial::test(format!("library: {}", case.name), move || {
            Ok(run(&case, |directory| {
                by_library(&plugin, &case, directory)
            })?)
        })
    });
    let by_program = cases().into_iter().map(|case| {
        Trial::test(format!("program: {}", case.name), move || {
            Ok(run(&case, |directory| by_program(&case, directory))?)
        })
    });
    libtest_mimic::run(&arguments, by_library.chain(by_program).collect()).exit_code()
}

fn run(case: &Case, call: impl FnOnce(&Path) -> Result<Answer, String>) -> Result<(), String> {
    let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
    case.make(directory.path());
    let answer = call(directory.path())?;
    case.check(&answer, &tree_on_disk(directory.path()))
}

fn by_program(case: &Case, directory: &Path) -> Result<Answer, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_session-recovery-host"))
        .arg("--sessions")
        .arg(directory)
        .arg("--json")
        .args(&case.call)
        .output()
        .map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    Ok(Answer {
        json: serde_json::from_slice(&output.stdout).map_err(|error| format!("{error}\n{said}"))?,
        success: output.status.success(),
    })
}

fn by_library(plugin: &Plugin, case: &Case, directory: &Path) -> Result<Answer, String> {
    let words = ["session-recovery", "--json"].into_iter();
    let words = words.chain(case.call.iter().map(String::as_str));
    let arguments = Cli::try_parse_from(words)
        .map_err(|error| error.to_string())?
        .arguments;
    let report = arguments.run(&mut Library(plugin.open(directory)), &mut |_, _| {});
    Ok(Answer {
        json: serde_json::from_str(&report.answer).map_err(|error| error.to_string())?,
        success: report.is_success,
    })
}

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    arguments: Arguments,
}

/// The operations of the library.
struct Library<'plugin>(Sessions<'plugin>);

impl Operations for Library<'_> {
    fn inspect(&mut self, session_id: &str) -> Result<Status, Error> {
        Ok(self.0.inspect(session_id)?)
    }

    fn recover(&mut self, session_id: &str, dry_run: bool) -> Result<Outcome, Error> {
        Ok(self.0.recover(session_id, dry_run)?)
    }

    fn recover_all(&mut self, dry_run: bool, _: Progress) -> Result<Summary, Error> {
        Ok(self.0.recover_all(dry_run)?)
    }

    fn sessions(&mut self) -> Result<Vec<Entry>, Error> {
        Ok(self.0.sessions()?)
    }
}
