//! Reads a command line, and carries the command out. Every program shares this parser, so that all
//! take the same arguments and print the same help.

use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command as Parser, FromArgMatches, Subcommand};

use crate::answer::{Answer, Error, ErrorCode, Repaired};
use crate::operations::{Operations, Watch};
use crate::recover::Options;
use crate::report::{Question, printable_lines};

/// What the program is for.
const ABOUT: &str =
    "Restores chat sessions whose messages were lost, from the backups beside them.";

/// What `--help` says after the options.
const AFTER_HELP: &str = "\
A session has two files. ID.json is the live file, which the application uses.
ID.json.bak is the backup, from before a save that made the session shorter.
A session is restored if

  - its backup holds more messages than its live file, or
  - its live file is damaged or missing.

The backup always stays. The replaced file is kept as ID.json.replaced.1 and so on, and
`undo ID` puts the newest of these files back. What a user cleared, compressed, took back
or deleted is not restored, unless you add --ignore-guards.

With --salvage, the whole messages of damaged files come back too: of files that were cut
off, overwritten, or saved with another encoding. The damaged files are kept.

Start with `recover-all --dry-run`. It changes nothing.";

/// What the exit codes of a host's program mean.
const EXIT_CODES: &str = "\
Exit codes:
  0  Nothing is wrong
  1  Something failed
  2  The arguments or the directory are wrong
  3  With --check: something needs attention";

/// The same for the component: WASI 0.2 has no other codes.
const EXIT_CODES_OF_COMPONENT: &str = "\
Exit codes:
  0  Nothing is wrong
  1  Something failed, or the arguments or the directory are wrong, or
     with --check: something needs attention";

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
}

/// What is to be done, and how the answer is to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is to be done.
    pub task: Task,
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
    /// Restore files of another owner or group. The restored file then belongs to this user
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

/// The options of all programs.
#[derive(Args, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option by itself")]
struct Arguments {
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    json: bool,
    /// Show what would be done, and change nothing
    #[arg(long, global = true)]
    dry_run: bool,
    /// Exit with 3 if something needs attention
    #[arg(long, global = true)]
    check: bool,
    /// recover, recover-all: do not keep the replaced file
    #[arg(long, global = true)]
    discard: bool,
    /// recover, recover-all: add the messages that only the live file holds
    #[arg(long, global = true)]
    merge: bool,
    /// recover, recover-all, undo: also restore what a user removed on purpose
    #[arg(long, global = true)]
    ignore_guards: bool,
    /// recover: restore even if the backup does not hold more messages
    #[arg(long, global = true)]
    force: bool,
    /// recover-all: remove the kept files that are redundant afterwards
    #[arg(long, global = true)]
    prune: bool,
    /// recover, recover-all, plan, repair: also use the whole messages of damaged files
    #[arg(long, global = true)]
    salvage: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Compare a session's live file with its backup
    Inspect(Session),
    /// Restore one session from its backup, if it should be restored
    Recover(Session),
    /// Restore every session that should be restored
    RecoverAll,
    /// Put back what the last restore of a session replaced
    Undo(Session),
    /// List all sessions, and which have a backup, without reading them
    List,
    /// Read everything, and show what is wrong
    Audit,
    /// Show the changes that would repair what `audit` finds
    Plan,
    /// Make a new plan, and carry it out
    Repair,
    /// Remove the kept files of a session for good
    Purge {
        /// The session's ID: the name of its file, with or without .json
        #[arg(required_unless_present = "deleted", conflicts_with = "deleted")]
        id: Option<String>,
        /// Remove the kept files of all sessions that users deleted
        #[arg(long)]
        deleted: bool,
    },
    /// Remove the kept files whose messages are all in newer files
    Prune,
}

#[derive(Args, Debug)]
struct Session {
    /// The session's ID: the name of its file, with or without .json
    id: String,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Compare a session's files.
    Inspect(String),
    /// Restore a session.
    Recover(String, Options),
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
}

impl Command {
    /// What the report on the answer has to know.
    #[must_use]
    pub const fn question(&self) -> Question {
        Question {
            dry_run: self.task.is_dry_run(),
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
            Self::Inspect(id) => Answer::Inspect(named(id, |id| operations.inspect(id))?),
            Self::Recover(id, options) => {
                Answer::Recover(named(id, |id| operations.recover(id, *options))?)
            }
            Self::RecoverAll(options) => {
                Answer::RecoverAll(operations.sweep(*options, watch).map_err(Into::into)?)
            }
            Self::Undo(id, options) => Answer::Undo(named(id, |id| operations.undo(id, *options))?),
            Self::Sessions => Answer::Sessions(operations.sessions().map_err(Into::into)?),
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
            Self::Purge(id, options) => Answer::Purge(named(id, |id| {
                operations.purge(&[id.to_owned()], options.dry_run)
            })?),
            Self::PurgeDeleted(options) => {
                let purged = operations.purge_deleted(options.dry_run);
                Answer::Purge(purged.map_err(Into::into)?)
            }
            Self::Prune(options) => {
                Answer::Prune(operations.prune(options.dry_run).map_err(Into::into)?)
            }
        })
    }

    const fn is_dry_run(&self) -> bool {
        match self {
            Self::Recover(_, options)
            | Self::RecoverAll(options)
            | Self::Undo(_, options)
            | Self::Purge(_, options)
            | Self::PurgeDeleted(options)
            | Self::Prune(options) => options.dry_run,
            Self::Inspect(_) | Self::Sessions | Self::Audit | Self::Plan(_) => true,
            Self::Repair(_) => false,
        }
    }
}

/// Does something with a session that is named by its ID or by a file of it.
fn named<T, F: Into<Error>>(id: &str, work: impl Fn(&str) -> Result<T, F>) -> Result<T, Error> {
    let error = match work(id) {
        Ok(answer) => return Ok(answer),
        Err(error) => error.into(),
    };
    let is_no_id = matches!(
        error.code,
        ErrorCode::NoSuchSession | ErrorCode::InvalidSessionId
    );
    match [".json.bak", ".json"]
        .iter()
        .find_map(|suffix| id.strip_suffix(suffix))
    {
        Some(stem) if is_no_id => work(stem).map_err(Into::into),
        _ => Err(error),
    }
}

/// Reads a program's arguments, without its name.
///
/// ```
/// use session_recovery::command::{Parsed, Program, Task, parse};
///
/// let arguments = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
///
/// let parsed = parse(Program::Host, &arguments("--sessions /srv recover-all --dry-run"))?;
/// let Parsed::Run(command) = parsed else { unreachable!() };
/// assert!(matches!(command.task, Task::RecoverAll(options) if options.dry_run));
/// assert_eq!(command.host.unwrap().sessions, "/srv");
///
/// let complaint = parse(Program::Component, &arguments("list --force")).unwrap_err();
/// assert!(complaint.starts_with("error: --force applies only to recover"));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
///
/// What is wrong with them, in lines for a terminal.
pub fn parse(program: Program, arguments: &[String]) -> Result<Parsed, String> {
    let mut parser = program.parser();
    let words = ["session-recovery".to_owned()];
    let words = words.iter().chain(arguments);
    match parser.try_get_matches_from_mut(words) {
        Ok(matches) => program
            .command(&matches)
            .map(Parsed::Run)
            .map_err(|error| in_lines(&error.format(&mut parser))),
        Err(error) if error.use_stderr() => Err(in_lines(&error)),
        Err(error) => Ok(Parsed::Print(in_lines(&error))),
    }
}

/// The arguments are repeated in it, and may come from somebody else.
fn in_lines(error: &clap::Error) -> String {
    printable_lines(&error.render().to_string())
}

impl Program {
    fn parser(self) -> Parser {
        let parser = Parser::new("session-recovery");
        let (parser, name, exit_codes) = match self {
            Self::Component => (
                Arguments::augment_args(parser),
                "wasmtime run --dir DIR::/sessions session-recovery-cli.wasm",
                EXIT_CODES_OF_COMPONENT,
            ),
            Self::Host => (
                Arguments::augment_args(Host::augment_args(parser)),
                "session-recovery --sessions <DIR>",
                EXIT_CODES,
            ),
        };
        // The types' own descriptions are not for users.
        parser
            .version(env!("CARGO_PKG_VERSION"))
            .about(ABOUT)
            .bin_name(name)
            .override_usage(format!("{name} [OPTIONS] <COMMAND>"))
            .after_help(format!("{AFTER_HELP}\n\n{exit_codes}"))
            .disable_help_subcommand(true)
    }

    fn command(self, matches: &ArgMatches) -> Result<Command, clap::Error> {
        let arguments = Arguments::from_arg_matches(matches)?;
        let host = match self {
            Self::Component => None,
            Self::Host => Some(Host::from_arg_matches(matches)?),
        };
        if host.as_ref().is_some_and(|host| host.sessions.is_empty()) {
            let missing =
                "--sessions <DIR> is missing. It names the directory that holds the sessions";
            return Err(clap::Error::raw(
                ErrorKind::MissingRequiredArgument,
                missing,
            ));
        }
        let accepts_owner = host.as_ref().is_some_and(|host| host.accept_owner);
        if let Some(complaint) = arguments.complaint(accepts_owner) {
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, complaint));
        }
        Ok(Command {
            json: arguments.json,
            check: arguments.check,
            host,
            task: arguments.task(),
        })
    }
}

impl Arguments {
    /// Why the arguments do not go together, if they do not. Nobody shall believe that a repair
    /// merged, or that an undo discarded.
    fn complaint(&self, accepts_owner: bool) -> Option<String> {
        let recovers = matches!(self.verb, Verb::Recover(_));
        let sweeps = matches!(self.verb, Verb::RecoverAll);
        let restores = recovers || sweeps;
        let puts_back = restores || matches!(self.verb, Verb::Undo(_));
        let plans = matches!(self.verb, Verb::Plan | Verb::Repair);
        let replaces = puts_back || plans || matches!(self.verb, Verb::Audit);
        let options = [
            (
                "--discard",
                self.discard && !restores,
                "recover and recover-all",
            ),
            (
                "--merge",
                self.merge && !restores,
                "recover and recover-all",
            ),
            (
                "--ignore-guards",
                self.ignore_guards && !puts_back,
                "recover, recover-all and undo",
            ),
            ("--force", self.force && !recovers, "recover"),
            (
                "--accept-owner",
                accepts_owner && !replaces,
                "recover, recover-all, undo, audit, plan and repair",
            ),
            ("--prune", self.prune && !sweeps, "recover-all"),
            (
                "--salvage",
                self.salvage && !restores && !plans,
                "recover, recover-all, plan and repair",
            ),
        ];
        if let Some((option, _, tasks)) = options.into_iter().find(|(_, is_wrong, _)| *is_wrong) {
            return Some(format!("{option} applies only to {tasks}"));
        }
        if self.salvage && self.discard {
            return Some(
                "--discard cannot be used with --salvage: the damaged file is kept".to_owned(),
            );
        }
        let (Verb::Inspect(Session { id })
        | Verb::Recover(Session { id })
        | Verb::Undo(Session { id })
        | Verb::Purge { id: Some(id), .. }) = &self.verb
        else {
            return None;
        };
        // Hosts replace what is not UTF-8 by this character, so it may mean another session.
        id.contains(char::REPLACEMENT_CHARACTER)
            .then(|| format!("the ID {id} is not UTF-8, or contains the character U+FFFD"))
    }

    fn task(self) -> Task {
        let options = Options {
            dry_run: self.dry_run,
            discard: self.discard,
            merge: self.merge,
            ignore_guards: self.ignore_guards,
            force: self.force,
            prune: self.prune,
            salvage: self.salvage,
        };
        match self.verb {
            Verb::Inspect(Session { id }) => Task::Inspect(id),
            Verb::Recover(Session { id }) => Task::Recover(id, options),
            Verb::RecoverAll => Task::RecoverAll(options),
            Verb::Undo(Session { id }) => Task::Undo(id, options),
            Verb::List => Task::Sessions,
            Verb::Audit => Task::Audit,
            Verb::Repair if !options.dry_run => Task::Repair(options),
            Verb::Plan | Verb::Repair => Task::Plan(options),
            Verb::Purge { id: Some(id), .. } => Task::Purge(id, options),
            Verb::Purge { id: None, .. } => Task::PurgeDeleted(options),
            Verb::Prune => Task::Prune(options),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(program: Program, words: &[&str]) -> Result<Parsed, String> {
        let words: Vec<_> = words.iter().map(|&word| word.to_owned()).collect();
        parse(program, &words)
    }

    fn refused(words: &[&str]) -> String {
        let words = [&["--sessions", "x"], words].concat();
        parsed(Program::Host, &words).expect_err("it is refused")
    }

    #[test]
    fn help_begins_with_what_the_program_is_for() {
        for (program, usage) in [
            (Program::Host, "Usage: session-recovery --sessions <DIR> "),
            (
                Program::Component,
                "Usage: wasmtime run --dir DIR::/sessions ",
            ),
        ] {
            let Ok(Parsed::Print(help)) = parsed(program, &["--help"]) else {
                panic!("help is printed");
            };
            assert!(help.starts_with(ABOUT), "{help}");
            assert!(help.contains(usage), "{help}");
            let has_codes = help.contains("3  With --check");
            assert_eq!(has_codes, program == Program::Host, "{help}");
        }
    }

    #[test]
    fn options_may_stand_anywhere_and_an_id_may_begin_with_a_dash() {
        let words = [
            "recover",
            "--json",
            "--sessions",
            "d",
            "--merge",
            "--",
            "-a",
        ];
        let Ok(Parsed::Run(command)) = parsed(Program::Host, &words) else {
            panic!("it is understood");
        };
        let options = Options {
            merge: true,
            ..Options::default()
        };
        assert_eq!(command.task, Task::Recover("-a".to_owned(), options));
        assert!(command.json && !command.check);
        let host = command.host.expect("a host has a directory");
        assert_eq!(
            (&*host.sessions, host.max_memory, host.max_time),
            ("d", 256, 600)
        );
    }

    #[test]
    fn an_option_is_refused_if_the_task_does_not_use_it() {
        for (words, complaint) in [
            (
                &["repair", "--merge"][..],
                "--merge applies only to recover and recover-all",
            ),
            (
                &["undo", "a", "--discard"],
                "--discard applies only to recover and recover-all",
            ),
            (
                &["recover-all", "--force"],
                "--force applies only to recover\n",
            ),
            (
                &["list", "--ignore-guards"],
                "--ignore-guards applies only to recover, recover-all and undo",
            ),
            (
                &["purge", "a", "--accept-owner"],
                "--accept-owner applies only to recover, recover-all, undo, audit, plan and repair",
            ),
            (
                &["undo", "a", "--salvage"],
                "--salvage applies only to recover, recover-all, plan and repair",
            ),
            (
                &["recover", "a", "--salvage", "--discard"],
                "--discard cannot be used with --salvage",
            ),
        ] {
            let said = refused(words);
            assert!(said.contains(complaint), "{said}");
        }
    }

    #[test]
    fn wrong_arguments_say_what_is_wrong_and_are_escaped() {
        for (words, complaint) in [
            (&["recover"][..], "<ID>"),
            (&["purge"], "<ID>"),
            (
                &["--chek", "list"],
                "Usage: session-recovery --sessions <DIR> [OPTIONS] <COMMAND>",
            ),
            (&["purge", "a", "--deleted"], "cannot be used with"),
            (&["recovr", "a"], "'recover'"),
            (&["list", "\u{202e}x"], "\\u{202e}x"),
            (
                &["list", "--json", "--json"],
                "cannot be used multiple times",
            ),
            (&["list", "--max-memory", "0"], "1..=4096"),
            (&["inspect", "a\u{fffd}"], "not UTF-8"),
        ] {
            let said = refused(words);
            assert!(said.contains(complaint), "{words:?}: {said}");
        }
        let said = parsed(Program::Host, &["list"]).expect_err("the directory is missing");
        assert!(said.contains("--sessions <DIR> is missing"), "{said}");
    }

    #[test]
    fn a_dry_repair_is_a_plan() {
        let Ok(Parsed::Run(command)) = parsed(Program::Component, &["repair", "--dry-run"]) else {
            panic!("it is understood");
        };
        let options = Options {
            dry_run: true,
            ..Options::default()
        };
        assert_eq!((command.task, command.host), (Task::Plan(options), None));
    }
}
