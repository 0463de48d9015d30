//! Runs the list of cases through the plugin: by the library, and by the
//! program.

#[path = "../../../tests/runner/mod.rs"]
mod runner;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;

use libtest_mimic::Arguments as TestArguments;
use session_recovery_host::{Limits, Plugin};

use runner::{Case, Said, said_by, said_with, trials};

fn main() -> ExitCode {
    let arguments = TestArguments::from_args();
    let plugin = Arc::new(Plugin::new(Limits::default()).expect("the plugin compiles"));
    let library =
        move |sessions: &Path, _: &Case, words: &[String]| said_with(&plugin.open(sessions), words);
    let trials = trials("Rust library", library).chain(trials("Rust program", by_program));
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn by_program(sessions: &Path, _: &Case, words: &[String]) -> Result<Said, String> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_session-recovery-host"));
    said_by(program.arg("--sessions").arg(sessions).args(words))
}
