//! Names a session and a file of it in a command, so that the command can be copied.

use crate::app::temporary::{quoted, word};
use crate::report::printable::printable;

/// A command about a file of a session. It is absent if a name cannot be shown as it is.
pub fn command(verb: &str, name: &str, id: &str) -> Option<String> {
    is_shown(name).then(|| format!("{verb} {} {}", from(name), word(id)))
}

/// Commands about a file of a session, one on each line.
pub fn commands(verbs: &[&str], name: &str, id: &str) -> Option<String> {
    let commands = verbs.iter().map(|verb| command(verb, name, id));
    let commands: Option<Vec<_>> = commands.collect();
    let lines = commands?;
    let lines = lines.into_iter().map(|line| format!("\n  {line}"));
    Some(lines.collect())
}

/// What to do if a file has a name that no command can hold.
pub const UNSHOWN: &str =
    "Next: rename the file. Its name contains characters that no command can show.";

fn is_shown(name: &str) -> bool {
    printable(name) == name
}

fn from(name: &str) -> String {
    let sign = if name.starts_with('-') { '=' } else { ' ' };
    format!("--from{sign}{}", quoted(name))
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn a_command_can_be_copied_into_a_shell() {
        for (name, id, words) in [
            ("3f2a.json.bak", "3f2a", "show --from 3f2a.json.bak 3f2a"),
            ("a-b.json~", "a-b", "show --from 'a-b.json~' -- a-b"),
            (
                "a's copy.json",
                "a's",
                "show --from 'a'\\''s copy.json' -- 'a'\\''s'",
            ),
            ("-x.json", "-x", "show --from='-x.json' -- '-x'"),
        ] {
            assert_eq!(command("show", name, id).as_deref(), Some(words));
        }
        assert_eq!(command("show", "a\n.json", "a"), None);
        assert_eq!(command("show", "a\u{202e}.json", "a"), None);
    }
}
