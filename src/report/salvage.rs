//! Says what damaged files still hold, and how it comes back.

use crate::answer::{File, FileState, Outcome, SalvageSource, Status};
use crate::app::temporary::word;
use crate::report::printable::printable;
use crate::verdict::recommend::many;

/// What is left of a file, and what is wrong with it, if it is damaged. `other` is the session's
/// other file.
pub fn left(file: &File, other: &File, name: &str) -> Option<String> {
    let salvage = file.salvage.as_ref()?;
    let damage: Vec<_> = salvage.damage.iter().map(|word| printable(word)).collect();
    let is_some = |number: &u32| *number > 0 && other.state != FileState::Missing;
    let only_here = file.only_here.filter(is_some);
    let only_here = only_here.map_or_else(String::new, |number| {
        format!(", {number} of them not in the {name}")
    });
    let number = match (salvage.messages, salvage.recorded) {
        (0, _) => "no whole message is left".to_owned(),
        (n, Some(recorded)) if recorded > n => {
            format!("{n} of {recorded} messages are whole{only_here}")
        }
        (n @ 2.., Some(recorded)) if recorded == n => {
            format!("all {n} messages are whole{only_here}")
        }
        (1, _) => format!("1 whole message is left{only_here}"),
        (n, _) => format!("{n} whole messages are left{only_here}"),
    };
    Some(match &*damage.join("; ") {
        "" => number,
        damage => format!("{number} ({damage})"),
    })
}

/// What to do next about a session if a salvage brings messages back. `is_due` says whether it is
/// restored without one.
pub fn next(status: &Status, is_due: bool) -> Option<String> {
    let source = status.salvage.as_ref()?;
    let id = word(&printable(&status.session_id));
    let what = source.in_words();
    Some(if source.merged {
        let what = if source.forced {
            "adds what the live file lacks"
        } else {
            "restores the backup and adds what it lacks"
        };
        format!(
            "Next: `{} {id}` {what}: {} of the damaged {}.",
            source.command(),
            many(source.gained),
            printable(&source.name)
        )
    } else if is_due {
        format!(
            "Next: `recover {id}` restores the backup. `recover --salvage {id}` restores {what} instead. The backup lacks {} of them.",
            source.gained
        )
    } else {
        format!("Next: `recover --salvage {id}` restores {what}. The damaged file is kept.")
    })
}

/// What a restore left in damaged files, and how it comes back.
pub fn left_behind(outcome: &Outcome) -> Option<String> {
    let source = outcome.left_in_damaged_files()?;
    let id = word(&printable(&outcome.status.session_id));
    let (are_left, them) = match source.gained {
        1 => ("1 message more is".to_owned(), "it"),
        n => (format!("{n} messages more are"), "them"),
    };
    let name = printable(outcome.name_now(&source.name));
    let first = if outcome.is_restored() && source.merged && !source.forced {
        format!("`undo {id}`, then ")
    } else {
        String::new()
    };
    Some(format!(
        "{are_left} in {name}, which is damaged.\nNext: {first}`{} {id}` brings {them} back.",
        source.command()
    ))
}

/// The same in a list.
pub fn left_behind_in_sweep(outcome: &Outcome) -> Option<String> {
    let source = outcome.left_in_damaged_files()?;
    let (id, gained) = (&outcome.status.session_id, source.gained);
    let name = outcome.name_now(&source.name);
    Some(if source.merged {
        format!(
            "{id}: {gained} in {name} (`{} {}`)",
            source.command(),
            word(id)
        )
    } else {
        format!("{id}: {gained} in {name}")
    })
}

impl SalvageSource {
    /// What brings its messages back, without the session's ID.
    const fn command(&self) -> &'static str {
        match (self.forced, self.merged) {
            (true, _) => "recover --salvage --force --merge",
            (false, true) => "recover --salvage --merge",
            (false, false) => "recover --salvage",
        }
    }

    fn in_words(&self) -> String {
        let name = printable(&self.name);
        match self.messages {
            1 => format!("the whole message in {name}"),
            n => format!("the {n} whole messages in {name}"),
        }
    }
}

impl Outcome {
    /// What a salvage would bring back beyond what was done.
    pub(crate) fn left_in_damaged_files(&self) -> Option<&SalvageSource> {
        let source = self.status.salvage.as_ref()?;
        let is_merged = source.merged && self.merged > 0;
        (self.salvaged.is_none() && !is_merged).then_some(source)
    }

    /// The name that a file has after a restore.
    fn name_now<'a>(&'a self, name: &'a str) -> &'a str {
        let is_live = name.strip_suffix(".json") == Some(&self.status.session_id);
        match &self.kept {
            Some(kept) if is_live => kept,
            _ => name,
        }
    }
}
