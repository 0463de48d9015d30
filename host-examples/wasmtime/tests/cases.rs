//! Runs the list of cases through the plugin: by the library, and by the
//! program.

#[path = "../../../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;

use libtest_mimic::Arguments as TestArguments;
use session_recovery::command::Operations;
use session_recovery::sweep::Progress;
use session_recovery_host::{
    AuditReport, Change, Entry, Error, Limits, Options, Outcome, Plan, Plugin, Purged,
    RepairResult, Sessions, Status, Summary,
};

use support::{Case, Said, said_by, said_with, trials};

fn main() -> ExitCode {
    let arguments = TestArguments::from_args();
    let plugin = Arc::new(Plugin::new(Limits::default()).expect("the plugin compiles"));
    let library = move |sessions: &Path, _: &Case, words: &[String]| {
        said_with(&mut Library(plugin.open(sessions)), words)
    };
    let trials = trials("Rust library", library).chain(trials("Rust program", by_program));
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn by_program(sessions: &Path, _: &Case, words: &[String]) -> Result<Said, String> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_session-recovery-host"));
    said_by(program.arg("--sessions").arg(sessions).args(words))
}

/// The operations of the library.
struct Library<'plugin>(Sessions<'plugin>);

impl Operations for Library<'_> {
    fn inspect(&mut self, session_id: &str) -> Result<Status, Error> {
        Ok(self.0.inspect(session_id)?)
    }

    fn recover(&mut self, session_id: &str, options: Options) -> Result<Outcome, Error> {
        Ok(self.0.recover(session_id, options)?)
    }

    fn recover_all(&mut self, options: Options, _: Progress) -> Result<Summary, Error> {
        Ok(self.0.recover_all(options)?)
    }

    fn undo(&mut self, session_id: &str, options: Options) -> Result<Outcome, Error> {
        Ok(self.0.undo(session_id, options)?)
    }

    fn sessions(&mut self) -> Result<Vec<Entry>, Error> {
        Ok(self.0.sessions()?)
    }

    fn audit(&mut self) -> Result<AuditReport, Error> {
        Ok(self.0.audit(None)?)
    }

    fn plan(&mut self) -> Result<Plan, Error> {
        Ok(self.0.plan(None)?)
    }

    fn repair(&mut self, plan: Vec<Change>) -> Result<Vec<RepairResult>, Error> {
        Ok(self.0.repair(plan)?)
    }

    fn purge(&mut self, session_id: &str, dry_run: bool) -> Result<Vec<Purged>, Error> {
        Ok(self.0.purge(&[session_id.to_owned()], dry_run)?)
    }

    fn purge_deleted(&mut self, dry_run: bool) -> Result<Vec<Purged>, Error> {
        Ok(self.0.purge_deleted(dry_run)?)
    }
}
