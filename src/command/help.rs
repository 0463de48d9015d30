//! Holds the help: what the program is for, where to start, and an example of each command.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// What the program is for.
pub const ABOUT: &str =
    "Restores chat sessions whose messages were lost, from the backups beside them.";

/// What `--help` says after the options.
pub const AFTER_HELP: &str = "\
Start by looking. These commands change nothing:

  list         all sessions, with their titles and dates
  sources ID   every file that holds messages of a session, and the best one
  show ID      the first and the last messages of such a file
  diff ID      the messages that a restore brings back, and those it moves out of sight

Then restore. `recover ID` restores one session, and `recover-all` all of them. With
--dry-run they change nothing, and show what they would do. `history` shows what was done.
`undo ID` takes back the last restore of a session, and `undo --run RUN` all that a run did.

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

An ID is the name of a session's file, with or without .json. The beginning of an ID is
enough if no other ID begins so. `-` stands for the IDs on standard input, one in each line.";

/// What the exit codes of a host's program mean.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  Nothing is wrong
  1  Something failed
  2  The arguments or the directory are wrong
  3  With --check: something needs attention";

/// The same for the component: WASI 0.2 has no other codes.
pub const EXIT_CODES_OF_COMPONENT: &str = "\
Exit codes:
  0  Nothing is wrong
  1  Something failed, or the arguments or the directory are wrong, or
     with --check: something needs attention";

/// What a command can be used for, and the words for it.
type Example = (&'static str, &'static str);

/// The examples of a command, for a program of this name.
pub fn examples(program: &str, verb: &str) -> String {
    let examples = examples_of(verb).iter();
    let examples = examples.map(|(what, words)| format!("\n  {what}:\n    {program} {words}"));
    format!("Examples:{}", examples.collect::<String>())
}

fn examples_of(verb: &str) -> &'static [Example] {
    match verb {
        "list" => &[
            ("Show which conversation is which", "list"),
            ("Find the one about Lisbon", "list | grep -i lisbon"),
        ],
        "sources" => &[(
            "Find every file that holds messages of a session",
            "sources 3f2a90c41b7e",
        )],
        "show" => &[
            (
                "Read the beginning and the end of what `recover` would put in place",
                "show 3f2a90c41b7e",
            ),
            (
                "Read a certain file from message 101 on",
                "show --from 3f2a90c41b7e.json.bak --after 100 --all 3f2a90c41b7e",
            ),
        ],
        "diff" => &[
            (
                "Read what `recover` would bring back, and what it would move out of sight",
                "diff 3f2a90c41b7e",
            ),
            (
                "The same for a certain file",
                "diff --from 3f2a90c41b7e.json.replaced.2 3f2a90c41b7e",
            ),
        ],
        "recover" => &[
            (
                "See whether a session would be restored",
                "recover --dry-run 3f2a90c41b7e",
            ),
            (
                "Put a certain file in place, which `sources` lists",
                "recover --from 3f2a90c41b7e.json.replaced.2 3f2a90c41b7e",
            ),
            (
                "Restore the sessions that a file lists",
                "recover - < ids.txt",
            ),
        ],
        "recover-all" => &[
            ("See what would be restored", "recover-all --dry-run"),
            (
                "Restore each session from its best source instead of its backup",
                "recover-all --best",
            ),
        ],
        "history" => &[("See what was restored, and when", "history")],
        "undo" => &[
            (
                "Take back the last restore of a session",
                "undo 3f2a90c41b7e",
            ),
            (
                "Take back all that a run did, which `history` lists",
                "undo --run node-20261128T214423Z-1a2b",
            ),
        ],
        "inspect" => &[(
            "See what a session's two files hold",
            "inspect 3f2a90c41b7e",
        )],
        "audit" => &[(
            "Check the directory every night, and exit with 3 if something is wrong",
            "audit --check --json",
        )],
        "plan" => &[("See what `repair` would change", "plan")],
        "repair" => &[("Make the changes that `plan` shows", "repair")],
        "purge" => &[
            (
                "See which files would be removed",
                "purge --dry-run 3f2a90c41b7e",
            ),
            (
                "Remove the kept files of deleted sessions",
                "purge --deleted",
            ),
        ],
        "prune" => &[("See which files would be removed", "prune --dry-run")],
        _ => &[],
    }
}

/// An error that also says where IDs come from, if one is missing.
pub fn with_tip(mut error: clap::Error) -> clap::Error {
    let missing = error.get(ContextKind::InvalidArg).map(ToString::to_string);
    let is_id = missing.is_some_and(|missing| missing.contains("<ID>"));
    if is_id && error.kind() == ErrorKind::MissingRequiredArgument {
        let tip = "`list` shows the IDs of all sessions; `-` reads them from standard input";
        let tip = ContextValue::StyledStrs(vec![StyledStr::from(tip)]);
        error.insert(ContextKind::Suggested, tip);
    }
    error
}
