//! The command line, the same for the component and for hosts: words to an
//! answer, an answer to a report and an exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use crate::answer::{
    AuditReport, Change, Entry, Error, Outcome, Plan, Purged, RepairResult, Status, Summary,
};
use crate::recover::Options;
use crate::report::{Format, Report, printable_lines};
use crate::sweep::Progress;

/// What is said about the words before any of them.
pub const ABOUT: &str =
    "Puts chat sessions back whose messages were lost, from the backups beside them.";

/// What `--help` says after the words.
pub const AFTER_HELP: &str = "\
A session ID is two files: ID.json, which the application uses, and ID.json.bak, \
which it left when a save made the session shorter. A session is restored where the \
backup holds more messages than the live file, or where the live file is damaged or missing. \
The backup always stays, and what a restored file replaces is kept as ID.json.replaced.1 and so on: \
`undo ID` puts the newest of them back. What the user cleared, compressed, took back or deleted stays so, \
unless --ignore-guards is given. Start with `recover-all --dry-run`: it changes nothing.

Exit code: 0 where nothing failed, also where nothing was to be restored; 1 where something failed or the words are wrong.";

/// The words that all programs share.
#[derive(Args, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option by itself")]
pub struct Arguments {
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Tell what would be done, and change nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// recover, recover-all: do not keep what the restored files replace
    #[arg(long, global = true)]
    pub discard: bool,
    /// recover, recover-all: append the messages that only the live file holds to the backup's
    #[arg(long, global = true)]
    pub merge: bool,
    /// recover, recover-all, undo: restore also what is shorter, or gone, on purpose
    #[arg(long, global = true)]
    pub ignore_guards: bool,
    /// recover: restore although the backup holds no more messages than the live file
    #[arg(long, global = true)]
    pub force: bool,
    /// What to do.
    #[command(subcommand)]
    pub task: Task,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Compare a session's live file with its backup
    Inspect {
        /// The session's id: the name of its file without .json
        id: String,
    },
    /// Restore one session from its backup, if it should be
    Recover {
        /// The session's id: the name of its file without .json
        id: String,
    },
    /// Restore every session that should be
    RecoverAll,
    /// Put back what the last restore of a session replaced
    Undo {
        /// The session's id: the name of its file without .json
        id: String,
    },
    /// List the sessions and whether they have a backup, without reading them
    List,
    /// Read everything, and tell all that is wrong
    Audit,
    /// Tell the changes that would mend what an audit finds
    Plan,
    /// Make a plan, and its changes
    Repair,
    /// Remove what restores kept of a session, for good
    Purge {
        /// The session's id: the name of its file without .json
        #[arg(required_unless_present = "deleted", conflicts_with = "deleted")]
        id: Option<String>,
        /// Of all sessions that the application's users deleted
        #[arg(long)]
        deleted: bool,
    },
}

impl Arguments {
    /// Whether the task changes nothing.
    #[must_use]
    pub const fn only_reads(&self) -> bool {
        self.dry_run
            || matches!(
                self.task,
                Task::Inspect { .. } | Task::List | Task::Audit | Task::Plan
            )
    }

    /// Why the options do not go with the task, if they do not: nobody shall believe
    /// that a repair merged, or that an undo discarded.
    fn complaint(&self) -> Option<String> {
        let recovers = matches!(self.task, Task::Recover { .. });
        let restores = recovers || matches!(self.task, Task::RecoverAll);
        let puts_back = restores || matches!(self.task, Task::Undo { .. });
        let options = [
            (
                "--discard",
                self.discard,
                restores,
                "recover and recover-all",
            ),
            ("--merge", self.merge, restores, "recover and recover-all"),
            (
                "--ignore-guards",
                self.ignore_guards,
                puts_back,
                "recover, recover-all and undo",
            ),
            ("--force", self.force, recovers, "recover"),
        ];
        let mut wrong = options
            .into_iter()
            .filter(|(_, is_given, applies, _)| *is_given && !applies);
        let (option, _, _, tasks) = wrong.next()?;
        Some(format!("{option} is for {tasks} only"))
    }

    const fn options(&self) -> Options {
        Options {
            dry_run: self.dry_run,
            discard: self.discard,
            merge: self.merge,
            ignore_guards: self.ignore_guards,
            force: self.force,
        }
    }

    /// Does the task and reports on it.
    pub fn run(&self, operations: &mut impl Operations, progress: Progress) -> Report {
        let format = if self.json {
            Format::Json
        } else {
            Format::Text
        };
        match &self.task {
            Task::Inspect { id } => format.inspection(operations.inspect(id)),
            Task::Recover { id } => format.recovery(operations.recover(id, self.options())),
            Task::RecoverAll => {
                let summary = operations.recover_all(self.options(), progress);
                format.sweep(summary, self.dry_run)
            }
            Task::Undo { id } => format.undoing(operations.undo(id, self.options())),
            Task::List => format.list(operations.sessions()),
            Task::Audit => format.audit(operations.audit()),
            Task::Plan => format.plan(operations.plan()),
            Task::Repair if self.dry_run => format.plan(operations.plan()),
            Task::Repair => {
                let plan = operations.plan();
                format.repair(plan.and_then(|plan| {
                    let results = operations.repair(plan.changes)?;
                    Ok((results, plan.withheld))
                }))
            }
            Task::Purge { id, .. } => {
                let purged = match id {
                    Some(id) => operations.purge(id, self.dry_run),
                    None => operations.purge_deleted(self.dry_run),
                };
                format.purge(purged, self.dry_run)
            }
        }
    }
}

/// Reads the words of a program, of which these are the shared ones.
///
/// # Errors
///
/// The help or the version was asked for, or the words are wrong.
pub fn parse<P: Parser>(shared: impl FnOnce(&P) -> &Arguments) -> Result<P, clap::Error> {
    let words = P::try_parse()?;
    match shared(&words).complaint() {
        None => Ok(words),
        Some(complaint) => Err(P::command().error(ErrorKind::ArgumentConflict, complaint)),
    }
}

/// Prints the help or the version if that was asked for, or why the words are
/// wrong. Gives whether they were right.
#[must_use]
pub fn explain(stop: &clap::Error) -> bool {
    // Wrong words are repeated, and may come from somebody else.
    let text = printable_lines(&stop.render().to_string());
    let printed = if stop.use_stderr() {
        io::stderr().write_all(text.as_bytes())
    } else {
        io::stdout().write_all(text.as_bytes())
    };
    printed.is_ok() && !stop.use_stderr()
}

/// 0 or 1: other codes do not reach the caller on every host.
#[must_use]
pub fn exit_code(is_success: bool) -> ExitCode {
    if is_success {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What a program can do: the component by itself, a host through the plugin.
pub trait Operations {
    /// Compares a session's live file with its backup.
    ///
    /// # Errors
    ///
    /// The id or the directory is wrong.
    fn inspect(&mut self, session_id: &str) -> Result<Status, Error>;

    /// Restores a session if it should be, or tells whether it would be.
    ///
    /// # Errors
    ///
    /// The id or the directory is wrong.
    fn recover(&mut self, session_id: &str, options: Options) -> Result<Outcome, Error>;

    /// Restores every session that should be, or tells which ones would be.
    ///
    /// # Errors
    ///
    /// The directory is wrong or cannot be listed.
    fn recover_all(&mut self, options: Options, progress: Progress) -> Result<Summary, Error>;

    /// Puts back what the last restore of a session replaced, or tells what would
    /// be.
    ///
    /// # Errors
    ///
    /// The id or the directory is wrong.
    fn undo(&mut self, session_id: &str, options: Options) -> Result<Outcome, Error>;

    /// Lists every session and every odd entry.
    ///
    /// # Errors
    ///
    /// The directory is wrong or cannot be listed.
    fn sessions(&mut self) -> Result<Vec<Entry>, Error>;

    /// Looks for everything that is wrong.
    ///
    /// # Errors
    ///
    /// The directory is wrong or cannot be listed.
    fn audit(&mut self) -> Result<AuditReport, Error>;

    /// Gives the changes that would mend what is repairable.
    ///
    /// # Errors
    ///
    /// The directory is wrong or cannot be listed.
    fn plan(&mut self) -> Result<Plan, Error>;

    /// Makes the changes of a plan.
    ///
    /// # Errors
    ///
    /// The directory is wrong or cannot be listed.
    fn repair(&mut self, plan: Vec<Change>) -> Result<Vec<RepairResult>, Error>;

    /// Removes what restores kept of a session, or tells what would be removed.
    ///
    /// # Errors
    ///
    /// The id or the directory is wrong.
    fn purge(&mut self, session_id: &str, dry_run: bool) -> Result<Vec<Purged>, Error>;

    /// Does so for every session that the application's users deleted.
    ///
    /// # Errors
    ///
    /// The directory or the list of deleted sessions cannot be read.
    fn purge_deleted(&mut self, dry_run: bool) -> Result<Vec<Purged>, Error>;
}
