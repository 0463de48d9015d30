//! Reads the words of a command line, and complains about what does not go together.

use clap::builder::Arg;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command as Parser, FromArgMatches, Subcommand};

use super::help::{ABOUT, AFTER_HELP, EXIT_CODES, EXIT_CODES_OF_COMPONENT, examples};
use super::{Command, Host, Parsed, Program, Task};
use crate::answer::Window;
use crate::recover::Options;

/// The word for standard input.
const INPUT: &str = "-";
/// How many of the first and of the last messages are shown.
const SHOWN: u32 = 3;
/// How many messages that change are shown.
const CHANGED: u32 = 20;
/// How many messages are shown at once.
const MOST: u32 = 10_000;

/// The options that only some commands have. Nobody shall believe that a repair merged, or that an
/// undo discarded.
const USES: &[(&str, &[&str])] = &[
    ("from", &["recover", "show", "diff"]),
    ("all", &["show", "diff"]),
    ("after", &["show"]),
    ("best", &["recover-all"]),
    ("discard", &["recover", "recover-all"]),
    ("merge", &["recover", "recover-all"]),
    ("ignore_guards", &["recover", "recover-all", "undo"]),
    ("force", &["recover"]),
    ("prune", &["recover-all"]),
    ("salvage", &["recover", "recover-all", "plan", "repair"]),
    (
        "accept_owner",
        &["recover", "recover-all", "undo", "audit", "plan", "repair"],
    ),
];

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
    /// use this file of the session: `sources` lists them
    #[arg(long, global = true, value_name = "NAME")]
    from: Option<String>,
    /// show all messages
    #[arg(long, global = true)]
    all: bool,
    /// skip so many messages
    #[arg(long, global = true, value_name = "NUMBER")]
    after: Option<u32>,
    /// take each session's best source instead of its backup
    #[arg(long, global = true)]
    best: bool,
    /// do not keep the replaced file
    #[arg(long, global = true)]
    discard: bool,
    /// add the messages that only the live file holds
    #[arg(long, global = true)]
    merge: bool,
    /// also restore what a user removed on purpose
    #[arg(long, global = true)]
    ignore_guards: bool,
    /// restore even if the backup does not hold more messages
    #[arg(long, global = true)]
    force: bool,
    /// remove the kept files that are redundant afterwards
    #[arg(long, global = true)]
    prune: bool,
    /// also use the whole messages of damaged files
    #[arg(long, global = true)]
    salvage: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List all sessions with their titles and dates, and which have a backup
    List,
    /// List every file that holds messages of a session, and say which is the best
    Sources(Sessions),
    /// Show the first and the last messages of a file
    Show(Sessions),
    /// Show the messages that a restore brings back, and those it moves out of sight
    Diff(Sessions),
    /// Restore a session from its backup if that is due, or from the file that --from names
    Recover(Sessions),
    /// Restore every session that should be restored
    RecoverAll,
    /// Show what was restored in this directory
    History,
    /// Put back what the last restore of a session replaced
    Undo {
        /// A session's ID or the beginning of one; - stands for those on standard input
        #[arg(required_unless_present = "run", value_name = "ID")]
        ids: Vec<String>,
        /// Undo all that this run did: `history` lists the runs
        #[arg(long, value_name = "RUN", conflicts_with = "ids")]
        run: Option<String>,
    },
    /// Compare a session's live file with its backup
    Inspect(Sessions),
    /// Read everything, and show what is wrong
    Audit,
    /// Show the changes that would repair what `audit` finds
    Plan,
    /// Make a new plan, and carry it out
    Repair,
    /// Remove the kept files of a session for good
    Purge {
        /// A session's ID or the beginning of one; - stands for those on standard input
        #[arg(required_unless_present = "deleted", value_name = "ID")]
        ids: Vec<String>,
        /// Remove the kept files of all sessions that users deleted
        #[arg(long, conflicts_with = "ids")]
        deleted: bool,
    },
    /// Remove the kept files whose messages are all in newer files
    Prune,
}

#[derive(Args, Debug)]
struct Sessions {
    /// A session's ID or the beginning of one; - stands for those on standard input
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
}

/// The parser of a program's arguments.
pub fn parser(program: Program) -> Parser {
    let parser = Parser::new("session-recovery");
    let (parser, name, exit_codes) = match program {
        Program::Component => (
            Arguments::augment_args(parser),
            "wasmtime run --dir DIR::/sessions session-recovery-cli.wasm",
            EXIT_CODES_OF_COMPONENT,
        ),
        Program::Host => (
            Arguments::augment_args(Host::augment_args(parser)),
            "session-recovery --sessions <DIR>",
            EXIT_CODES,
        ),
    };
    // The types' own descriptions are not for users.
    with_help_of_verbs(parser, &name.replace("<DIR>", "DIR"))
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .bin_name(name)
        .override_usage(format!("{name} [OPTIONS] <COMMAND>"))
        .after_help(format!("{AFTER_HELP}\n\n{exit_codes}"))
        .disable_help_subcommand(true)
}

/// Lets the help of each command show only its own options, with examples. The help of all says
/// which commands an option is for.
fn with_help_of_verbs(mut parser: Parser, program: &str) -> Parser {
    let arguments: Vec<_> = parser.get_arguments().cloned().collect();
    for (id, verbs) in USES {
        let Some(argument) = arguments.iter().find(|argument| argument.get_id() == *id) else {
            continue;
        };
        let help = argument.get_help().map(ToString::to_string);
        let help = help.unwrap_or_default();
        for verb in parser.get_subcommands_mut() {
            let is_for_it = verbs.contains(&verb.get_name());
            let own = argument.clone().hide(!is_for_it).help(capitalized(&help));
            *verb = std::mem::take(verb).arg(own);
        }
        let prefixed = format!("{}: {help}", verbs.join(", "));
        parser = parser.mut_arg(*id, |argument: Arg| argument.help(prefixed));
    }
    for verb in parser.get_subcommands_mut() {
        let examples = examples(program, verb.get_name());
        *verb = std::mem::take(verb).after_help(examples);
    }
    parser
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

/// Reads what the parser found. `input` is what standard input holds, if that was wanted.
pub fn read(
    program: Program,
    matches: &ArgMatches,
    input: Option<&str>,
) -> Result<Parsed, clap::Error> {
    let mut arguments = Arguments::from_arg_matches(matches)?;
    let host = match program {
        Program::Component => None,
        Program::Host => Some(Host::from_arg_matches(matches)?),
    };
    if host.as_ref().is_some_and(|host| host.sessions.is_empty()) {
        let missing = "--sessions <DIR> is missing. It names the directory that holds the sessions";
        return Err(clap::Error::raw(
            ErrorKind::MissingRequiredArgument,
            missing,
        ));
    }
    let complain = |complaint| clap::Error::raw(ErrorKind::ArgumentConflict, complaint);
    if let Some(complaint) = unused(matches).or_else(|| arguments.conflict()) {
        return Err(complain(complaint));
    }
    let Some(ids) = arguments.verb.ids() else {
        return Ok(Parsed::Run(arguments.command(host, &[])));
    };
    match named(ids, input) {
        Ok(None) => Ok(Parsed::InputWanted),
        Ok(Some(ids)) => match arguments.conflict_with(&ids) {
            Some(complaint) => Err(complain(complaint)),
            None => Ok(Parsed::Run(arguments.command(host, &ids))),
        },
        Err(complaint) => Err(complain(complaint)),
    }
}

/// Complains about an option that the command does not use.
fn unused(matches: &ArgMatches) -> Option<String> {
    let verb = matches.subcommand_name()?;
    let is_given = |id: &str| {
        let is_known = matches.ids().any(|known| known == id);
        is_known && matches.value_source(id) == Some(ValueSource::CommandLine)
    };
    let (id, verbs) = USES
        .iter()
        .find(|(id, verbs)| is_given(id) && !verbs.contains(&verb))?;
    let verbs = match verbs {
        [others @ .., last] if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        only => only.concat(),
    };
    Some(format!(
        "--{} applies only to {verbs}",
        id.replace('_', "-")
    ))
}

/// The sessions that are named, in order and each once: an undo that is done twice takes itself
/// back. None if standard input has to be read first.
fn named(words: Vec<String>, input: Option<&str>) -> Result<Option<Vec<String>>, String> {
    let takes_input = match words.iter().filter(|word| *word == INPUT).count() {
        0 => false,
        1 => true,
        _ => {
            return Err("- can be given only once: it stands for all of standard input".to_owned());
        }
    };
    let Some(input) = input.or((!takes_input).then_some("")) else {
        return Ok(None);
    };
    let lines = input.lines().filter(|line| !line.trim().is_empty());
    if takes_input && lines.clone().next().is_none() {
        return Err(
            "standard input names no session: it should hold IDs, one in each line".to_owned(),
        );
    }
    let mut ids: Vec<String> = Vec::new();
    for word in words {
        let found: Vec<_> = if word == INPUT {
            lines.clone().map(str::to_owned).collect()
        } else {
            vec![word]
        };
        for id in found {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    Ok(Some(ids))
}

impl Verb {
    /// The sessions that it is about, if it is about sessions. They are taken out of it.
    fn ids(&mut self) -> Option<Vec<String>> {
        match self {
            Self::List
            | Self::RecoverAll
            | Self::History
            | Self::Undo { run: Some(_), .. }
            | Self::Audit
            | Self::Plan
            | Self::Repair
            | Self::Purge { deleted: true, .. }
            | Self::Prune => None,
            Self::Sources(Sessions { ids })
            | Self::Show(Sessions { ids })
            | Self::Diff(Sessions { ids })
            | Self::Recover(Sessions { ids })
            | Self::Inspect(Sessions { ids })
            | Self::Undo { ids, .. }
            | Self::Purge { ids, .. } => Some(std::mem::take(ids)),
        }
    }
}

impl Arguments {
    /// Why the options do not go together, if they do not.
    fn conflict(&self) -> Option<String> {
        let conflict = match self {
            Self { discard: false, .. } => None,
            Self { salvage: true, .. } => {
                Some("--discard cannot be used with --salvage: the damaged file is kept")
            }
            Self { best: true, .. } => {
                Some("--discard cannot be used with --best: what is replaced is kept")
            }
            _ => None,
        };
        conflict.map(str::to_owned)
    }

    /// Why the options do not go together with these sessions, if they do not.
    fn conflict_with(&self, ids: &[String]) -> Option<String> {
        if self.from.is_some() && ids.len() > 1 {
            return Some(format!(
                "--from names a file of one session, and {} sessions are given",
                ids.len()
            ));
        }
        // Hosts replace what is not UTF-8 by this character, so it may mean another session.
        let is_doubtful = |word: &&String| word.contains(char::REPLACEMENT_CHARACTER);
        if let Some(id) = ids.iter().find(is_doubtful) {
            return Some(format!(
                "the ID {id} is not UTF-8, or contains the character U+FFFD"
            ));
        }
        let from = self.from.as_ref().filter(is_doubtful)?;
        Some(format!(
            "the name {from} is not UTF-8, or contains the character U+FFFD"
        ))
    }

    fn command(self, host: Option<Host>, ids: &[String]) -> Command {
        Command {
            json: self.json,
            check: self.check,
            host,
            tasks: self.tasks(ids),
        }
    }

    fn tasks(self, ids: &[String]) -> Vec<Task> {
        let options = self.options();
        let (shown, changed) = (self.shown(), self.changed());
        let source = self.from;
        let each = |task: &dyn Fn(String) -> Task| ids.iter().cloned().map(task).collect();
        match self.verb {
            Verb::List => vec![Task::Sessions],
            Verb::Sources(_) => each(&Task::Sources),
            Verb::Show(_) => each(&|id| Task::Show(id, source.clone(), shown)),
            Verb::Diff(_) => each(&|id| Task::Diff(id, source.clone(), changed)),
            Verb::Recover(_) => each(&|id| Task::Recover(id, source.clone(), options)),
            Verb::RecoverAll => vec![Task::RecoverAll(options)],
            Verb::History => vec![Task::History],
            Verb::Undo { run: Some(run), .. } => vec![Task::UndoRun(run, options)],
            Verb::Undo { .. } => each(&|id| Task::Undo(id, options)),
            Verb::Inspect(_) => each(&Task::Inspect),
            Verb::Audit => vec![Task::Audit],
            Verb::Repair if !options.dry_run => vec![Task::Repair(options)],
            Verb::Plan | Verb::Repair => vec![Task::Plan(options)],
            Verb::Purge { deleted: true, .. } => vec![Task::PurgeDeleted(options)],
            Verb::Purge { .. } => each(&|id| Task::Purge(id, options)),
            Verb::Prune => vec![Task::Prune(options)],
        }
    }

    const fn options(&self) -> Options {
        Options {
            dry_run: self.dry_run,
            discard: self.discard,
            merge: self.merge,
            ignore_guards: self.ignore_guards,
            force: self.force,
            prune: self.prune,
            salvage: self.salvage,
            best: self.best,
        }
    }

    fn shown(&self) -> Window {
        let (first, last) = if self.all { (MOST, 0) } else { (SHOWN, SHOWN) };
        Window {
            after: self.after.unwrap_or_default(),
            first,
            last,
            changed: 0,
        }
    }

    fn changed(&self) -> Window {
        Window {
            changed: if self.all { MOST } else { CHANGED },
            ..Window::default()
        }
    }
}
