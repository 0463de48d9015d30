//! Reads a command line, and carries the command out. Every program shares this parser, so that all
//! take the same arguments and print the same help.

mod arguments;
mod help;
mod run;

pub use run::new_run;

use clap::Args;

use crate::answer::{Answer, Error, ErrorCode, Event, Outcome, Repaired, View, Window};
use crate::operations::{Operations, Watch};
use crate::recover::Options;
use crate::report::{Question, printable_lines};
use arguments::parser;

/// How the program was started, which decides what its usage looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// As a component whose host grants the directory.
    Component,
    /// As a host's program, which takes the directory as an option.
    Host,
}

/// A command line that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// Do this.
    Run(Command),
    /// Print this, the help or the version, and nothing else.
    Print(String),
    /// Read standard input, and parse again with it.
    InputWanted,
}

/// What is to be done, and how the answer is to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is to be done, one after the other: several if several sessions are named.
    pub tasks: Vec<Task>,
    /// Whether the answer is one JSON document instead of text.
    pub json: bool,
    /// Whether something that needs attention counts as a failure of its own.
    pub check: bool,
    /// The options that only a host's program has. Absent for the component.
    pub host: Option<Host>,
}

/// The options that only a host's program has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Host {
    /// The directory that holds the sessions. The component sees nothing else
    #[arg(
        long,
        value_name = "DIR",
        default_value = "",
        hide_default_value = true,
        global = true
    )]
    pub sessions: String,
    /// Treat a directory that does not exist as an empty one
    #[arg(long, global = true)]
    pub missing_ok: bool,
    /// restore files of another owner or group. The restored file then belongs to this user
    #[arg(long, global = true)]
    pub accept_owner: bool,
    /// Memory that the component may use, in MiB
    #[arg(long, value_name = "MIB", global = true, default_value_t = 256)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub max_memory: u32,
    /// Time that a call of the component may take, in seconds
    #[arg(long, value_name = "SECONDS", global = true, default_value_t = 600)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=2_147_483))]
    pub max_time: u32,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Compare a session's files.
    Inspect(String),
    /// Restore a session: from a source, if one is given.
    Recover(String, Option<String>, Options),
    /// Restore all sessions.
    RecoverAll(Options),
    /// Put back what a restore replaced.
    Undo(String, Options),
    /// List the sessions.
    Sessions,
    /// Look for everything that is wrong.
    Audit,
    /// Make a plan.
    Plan(Options),
    /// Make a plan and its changes.
    Repair(Options),
    /// Remove the kept files of a session.
    Purge(String, Options),
    /// Remove the kept files of all deleted sessions.
    PurgeDeleted(Options),
    /// Remove the redundant kept files of all sessions.
    Prune(Options),
    /// List the sources of a session.
    Sources(String),
    /// Show what is in a source of a session.
    Show(String, Option<String>, Window),
    /// Show what changes if a source of a session is put in place.
    Diff(String, Option<String>, Window),
    /// Show what was done in the directory.
    History,
    /// Undo what a run did.
    UndoRun(String, Options),
}

impl Command {
    /// What the report on the answer to a task has to know.
    #[must_use]
    pub const fn question(&self, task: &Task) -> Question {
        Question {
            dry_run: task.is_dry_run(),
            check: self.check,
        }
    }
}

impl Task {
    /// Does it.
    ///
    /// # Errors
    ///
    /// The operation has no answer.
    pub fn perform(&self, operations: &impl Operations, watch: Watch) -> Result<Answer, Error> {
        Ok(match self {
            Self::Inspect(name) => {
                Answer::Inspect(named(operations, name, |id| operations.inspect(id))?)
            }
            Self::Recover(name, source, options) => {
                Answer::Recover(named(operations, name, |id| match source {
                    Some(source) => operations.recover_from(id, source, *options),
                    None => operations.recover(id, *options),
                })?)
            }
            Self::RecoverAll(options) => {
                Answer::RecoverAll(operations.sweep(*options, watch).map_err(Into::into)?)
            }
            Self::Undo(name, options) => {
                Answer::Undo(named(operations, name, |id| operations.undo(id, *options))?)
            }
            Self::Sessions => Answer::Sessions(operations.sessions(true).map_err(Into::into)?),
            Self::Audit => Answer::Audit(operations.audit(None).map_err(Into::into)?),
            Self::Plan(options) => {
                Answer::Plan(operations.plan(None, options.salvage).map_err(Into::into)?)
            }
            Self::Repair(options) => {
                let plan = operations.plan(None, options.salvage);
                let plan = plan.map_err(Into::into)?;
                Answer::Repair(Repaired {
                    results: operations.repair(plan.changes).map_err(Into::into)?,
                    withheld: plan.withheld,
                })
            }
            // A beginning of an ID does not do for what cannot be undone.
            Self::Purge(name, options) => {
                let purged = operations.purge(std::slice::from_ref(name), options.dry_run);
                Answer::Purge(purged.map_err(Into::into)?)
            }
            Self::PurgeDeleted(options) => {
                let purged = operations.purge_deleted(options.dry_run);
                Answer::Purge(purged.map_err(Into::into)?)
            }
            Self::Prune(options) => {
                Answer::Prune(operations.prune(options.dry_run).map_err(Into::into)?)
            }
            Self::Sources(name) => {
                Answer::Sources(named(operations, name, |id| operations.sources(id))?)
            }
            Self::Show(name, source, window) => {
                Answer::Show(previewed(operations, name, source.as_deref(), *window)?)
            }
            Self::Diff(name, source, window) => {
                Answer::Diff(previewed(operations, name, source.as_deref(), *window)?)
            }
            Self::History => Answer::History(operations.history().map_err(Into::into)?),
            Self::UndoRun(run, options) => Answer::UndoRun(undo_run(operations, run, *options)?),
        })
    }

    const fn is_dry_run(&self) -> bool {
        match self {
            Self::Recover(_, _, options)
            | Self::RecoverAll(options)
            | Self::Undo(_, options)
            | Self::UndoRun(_, options)
            | Self::Purge(_, options)
            | Self::PurgeDeleted(options)
            | Self::Prune(options) => options.dry_run,
            Self::Inspect(_)
            | Self::Sessions
            | Self::Audit
            | Self::Plan(_)
            | Self::Sources(_)
            | Self::Show(..)
            | Self::Diff(..)
            | Self::History => true,
            Self::Repair(_) => false,
        }
    }
}

/// Does something with a session as a user names it.
fn named<O: Operations, T>(
    operations: &O,
    name: &str,
    work: impl Fn(&str) -> Result<T, O::Failure>,
) -> Result<T, Error> {
    let id = operations.resolve(name).map_err(Into::into)?;
    work(&id).map_err(Into::into)
}

fn previewed(
    operations: &impl Operations,
    name: &str,
    source: Option<&str>,
    window: Window,
) -> Result<View, Error> {
    named(operations, name, |id| {
        operations.preview(id, source, window)
    })
}

/// Undoes what a run did, as far as that can be undone. A session that cannot be undone does not
/// keep the others from it.
fn undo_run(
    operations: &impl Operations,
    run: &str,
    options: Options,
) -> Result<Vec<Outcome>, Error> {
    let events = operations.history().map_err(Into::into)?;
    let is_of_run = |event: &&Event| event.run.as_deref() == Some(run) && event.can_undo;
    let outcomes: Vec<_> = events
        .iter()
        .filter(is_of_run)
        .map(|event| {
            let id = &event.session_id;
            let undone = operations.undo(id, options).map_err(Into::into);
            undone.unwrap_or_else(|error| Outcome::unanswered(id, error))
        })
        .collect();
    if outcomes.is_empty() {
        let message = format!("There is no run {run} that can be undone.");
        let error = Error::new(ErrorCode::Other, message);
        return Err(error.remedied_by("`history` lists the runs."));
    }
    Ok(outcomes)
}

/// Reads a program's arguments, without its name.
///
/// ```
/// use session_recovery::command::{Parsed, Program, Task, parse};
///
/// let arguments = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
///
/// let parsed = parse(Program::Host, &arguments("--sessions /srv recover-all --dry-run"), None)?;
/// let Parsed::Run(command) = parsed else { unreachable!() };
/// assert!(matches!(command.tasks[..], [Task::RecoverAll(options)] if options.dry_run));
/// assert_eq!(command.host.unwrap().sessions, "/srv");
///
/// let complaint = parse(Program::Component, &arguments("list --force"), None).unwrap_err();
/// assert!(complaint.starts_with("error: --force applies only to recover"));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
///
/// What is wrong with them, in lines for a terminal.
pub fn parse(
    program: Program,
    arguments: &[String],
    input: Option<&str>,
) -> Result<Parsed, String> {
    let mut parser = parser(program);
    let words = ["session-recovery".to_owned()];
    let words = words.iter().chain(arguments);
    match parser.try_get_matches_from_mut(words) {
        Ok(matches) => arguments::read(program, &matches, input)
            .map_err(|error| in_lines(&error.format(&mut parser))),
        Err(error) if error.use_stderr() => Err(in_lines(&help::with_tip(error))),
        Err(error) => Ok(Parsed::Print(in_lines(&error))),
    }
}

/// The arguments are repeated in it, and may come from somebody else.
fn in_lines(error: &clap::Error) -> String {
    printable_lines(&error.render().to_string())
}

#[cfg(test)]
mod tests;
