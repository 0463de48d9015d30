//! Says what an undo did: of one session, and of all that a run restored.

use super::page::Tone;
use super::printable::{lines, printable};
use super::table::Row;
use super::text::{Writer, kept};
use crate::answer::{Action, Outcome};

impl Writer {
    /// What was undone of a session.
    pub fn undoing(self, outcome: &Outcome) -> String {
        if is_moved_away(outcome) {
            return self.about(outcome, &moved_away(outcome));
        }
        let said = match outcome.action {
            Action::Nothing if outcome.status.guard.is_some() => {
                "Nothing was changed.\nNext: if this was not on purpose, add --ignore-guards."
            }
            Action::Nothing => "There is no kept file to put back. Nothing was changed.",
            Action::WouldRestore => {
                "A kept file would be put back. Nothing was changed.\nNext: run the same command without --dry-run."
            }
            Action::Restored => {
                "Put back. If the backup still has more messages, the next `recover-all` restores it again."
            }
            Action::RestoredUnconfirmed => {
                "Put back, but a power failure may undo it.\nNext: check the disk, then run `inspect`."
            }
            Action::Failed => {
                "Nothing was changed.\nNext: fix what the error describes, then run the same command again."
            }
        };
        let source = outcome.source.iter();
        let source = source.map(|name| format!("The source is {}.", printable(name)));
        self.about(outcome, said) + &kept(outcome) + &lines(source)
    }

    /// What was undone of a run.
    pub fn run_undoing(self, outcomes: &[Outcome]) -> String {
        let rows = outcomes.iter().map(|outcome| {
            let (result, tone) = result(outcome);
            let status = &outcome.status;
            let cells = [result.to_owned()];
            Row::new(&status.session_id, Some(&status.heading), cells, tone)
        });
        let rows: Vec<_> = rows.collect();
        let moved = outcomes.iter().filter(|outcome| is_moved_away(outcome));
        let moved = moved.filter_map(|outcome| {
            let kept = outcome.kept.as_ref()?;
            Some(format!("{}.json is now {kept}", outcome.status.session_id))
        });
        [
            self.page.sessions(["RESULT"], &rows),
            self.page.section(
                "Moved away, because there was no live file before the restore",
                moved,
            ),
            "\n".to_owned(),
            self.page.ending(self.next_to_run(outcomes)),
        ]
        .concat()
    }

    fn next_to_run(self, outcomes: &[Outcome]) -> &'static str {
        if outcomes.iter().any(Outcome::ended_ill) {
            "Next: fix what the errors describe, then run the same command again."
        } else if self.dry_run {
            "Nothing was changed.\nNext: run the same command without --dry-run."
        } else {
            "If a backup still has more messages, the next `recover-all` restores it again."
        }
    }
}

/// Whether the live file was moved away, or would be: there was none before the restore.
fn is_moved_away(outcome: &Outcome) -> bool {
    let is_done = outcome.is_restored() || outcome.action == Action::WouldRestore;
    is_done && outcome.source.is_none()
}

fn moved_away(outcome: &Outcome) -> String {
    const WHY: &str = "because there was no live file before the restore";
    let id = printable(&outcome.status.session_id);
    let kept = outcome.kept.as_deref().map(printable);
    let to = kept.map_or_else(|| "away".to_owned(), |kept| format!("to {kept}"));
    match outcome.action {
        Action::WouldRestore => format!(
            "{id}.json would be moved away, {WHY}. Nothing was changed.\nNext: run the same command without --dry-run."
        ),
        Action::RestoredUnconfirmed => format!(
            "{id}.json was moved {to}, {WHY}. A power failure may undo it.\nNext: check the disk, then run `inspect`."
        ),
        _ => format!("{id}.json was moved {to}, {WHY}."),
    }
}

fn result(outcome: &Outcome) -> (&'static str, Tone) {
    let is_moved = is_moved_away(outcome);
    match outcome.action {
        Action::Nothing if outcome.status.guard.is_some() => {
            ("not changed: removed on purpose", Tone::Warning)
        }
        Action::Nothing => ("nothing to put back", Tone::Plain),
        Action::WouldRestore if is_moved => ("would be moved away", Tone::Warning),
        Action::WouldRestore => ("would be put back", Tone::Warning),
        Action::Restored if is_moved => ("moved away", Tone::Good),
        Action::Restored => ("put back", Tone::Good),
        Action::RestoredUnconfirmed => ("put back, unconfirmed", Tone::Warning),
        Action::Failed => ("failed", Tone::Bad),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{Error, ErrorCode};
    use crate::report::page::Page;

    const PLAIN: Writer = Writer {
        page: Page {
            width: None,
            escapes: false,
        },
        dry_run: false,
    };

    fn outcome(id: &str, action: Action) -> Outcome {
        let error = Error::new(ErrorCode::Io, "It failed.");
        Outcome {
            action,
            ..Outcome::unanswered(id, error)
        }
    }

    #[test]
    fn an_undo_says_that_there_was_no_live_file_before() {
        let moved = |action| Outcome {
            kept: Some("a.json.replaced.1".to_owned()),
            ..outcome("a", action)
        };
        let written = PLAIN.undoing(&moved(Action::Restored));
        assert!(
            written.ends_with("\na.json was moved to a.json.replaced.1, because there was no live file before the restore.\n"),
            "{written}"
        );
        let written = PLAIN.undoing(&outcome("a", Action::WouldRestore));
        assert!(
            written.ends_with("\na.json would be moved away, because there was no live file before the restore. Nothing was changed.\nNext: run the same command without --dry-run.\n"),
            "{written}"
        );
    }

    #[test]
    fn a_run_is_undone_session_by_session() {
        let outcomes = [
            Outcome {
                source: Some("a.json.replaced.1".to_owned()),
                ..outcome("a", Action::Restored)
            },
            Outcome {
                kept: Some("b.json.replaced.1".to_owned()),
                ..outcome("b", Action::Restored)
            },
            outcome("c", Action::Nothing),
        ];
        assert_eq!(
            PLAIN.run_undoing(&outcomes),
            "\
SESSION  RESULT
a        put back
b        moved away
c        nothing to put back

Moved away, because there was no live file before the restore:
  b.json is now b.json.replaced.1

If a backup still has more messages, the next `recover-all` restores it again.
"
        );
        let written = PLAIN.run_undoing(&[outcome("a", Action::Failed)]);
        assert!(
            written.contains("a        failed\n\nNext: fix what"),
            "{written}"
        );
    }
}
