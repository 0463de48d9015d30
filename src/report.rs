//! Renders answers as text and as JSON, the same for the component and for every host.
//!
//! ```
//! use session_recovery::answer::{Answer, Error, ErrorCode, Summary};
//! use session_recovery::report::{Page, Question, json, text};
//!
//! let question = Question { dry_run: false, check: false };
//! let summary = Summary { scanned: 9, ..Summary::default() };
//! let report = text(&Ok(Answer::RecoverAll(summary)), question, Page::default());
//! assert!(report.output.starts_with("Checked 9 sessions. Nothing needs to be restored."));
//! assert_eq!(report.exit_code, 0);
//!
//! let error = Error::new(ErrorCode::NoDirectory, "There is no directory x.");
//! let report = json(&Err(error), question);
//! let line = r#"{"error":"There is no directory x.","code":"no_directory"}"#;
//! assert_eq!(report.output, format!("{line}\n"));
//! assert_eq!(report.exit_code, 2);
//! ```

mod attention;
mod columns;
mod history;
mod json;
mod named;
mod page;
mod printable;
mod salvage;
mod sources;
mod table;
mod text;
pub mod time;
mod undo;
mod view;

pub use page::Page;
pub use printable::{printable, printable_lines};

use std::io::{self, Write};

use crate::answer::{Answer, Error, ErrorCode, Outcome};
use page::Tone;
use text::Writer;

/// What was asked, as far as a report has to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// Whether nothing was to be changed.
    pub dry_run: bool,
    /// Whether what needs attention counts as a failure.
    pub check: bool,
}

/// An answer, ready to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// For standard output.
    pub output: String,
    /// For standard error, a line each.
    pub diagnostics: Vec<String>,
    /// What the program exits with.
    pub exit_code: u8,
}

impl Report {
    /// Prints it on the standard streams.
    ///
    /// # Errors
    ///
    /// One of the streams is closed.
    pub fn print(&self) -> io::Result<()> {
        io::stdout().write_all(self.output.as_bytes())?;
        io::stdout().flush()?;
        for line in &self.diagnostics {
            writeln!(io::stderr(), "{line}")?;
        }
        Ok(())
    }
}

/// The exit code if something failed.
const FAILED: u8 = 1;
/// The exit code if the arguments or the directory are wrong.
pub const USAGE: u8 = 2;
/// The exit code if something needs attention, and that was asked.
const ATTENTION: u8 = 3;

/// The exit code of a program that gave several answers.
#[must_use]
pub fn worst(codes: impl IntoIterator<Item = u8>) -> u8 {
    let code = codes.into_iter().reduce(|one, other| match (one, other) {
        (FAILED, _) | (_, FAILED) => FAILED,
        _ => one.max(other),
    });
    code.unwrap_or_default()
}

/// Puts an answer as one JSON document.
#[must_use]
pub fn json(answer: &Result<Answer, Error>, question: Question) -> Report {
    let output = match answer {
        Ok(answer) => json::answer(answer, question.dry_run),
        Err(error) => json::error(error),
    };
    report(output, answer, question, Page::default())
}

/// Puts an answer in words.
#[must_use]
pub fn text(answer: &Result<Answer, Error>, question: Question, page: Page) -> Report {
    let writer = Writer {
        page,
        dry_run: question.dry_run,
    };
    let output = match answer {
        Ok(Answer::Inspect(status)) => writer.status(status),
        Ok(Answer::Recover(outcome)) => writer.outcome(outcome),
        Ok(Answer::RecoverAll(summary)) => writer.summary(summary),
        Ok(Answer::Undo(outcome)) => writer.undoing(outcome),
        Ok(Answer::Sessions(entries)) => writer.entries(entries),
        Ok(Answer::Audit(report)) => writer.audit(report),
        Ok(Answer::Plan(plan)) => writer.plan(plan),
        Ok(Answer::Repair(repaired)) => writer.repair(repaired),
        Ok(Answer::Purge(purged)) => writer.purge(purged),
        Ok(Answer::Prune(pruned)) => writer.prune(pruned),
        Ok(Answer::Sources(list)) => writer.sources(list),
        Ok(Answer::Show(view)) => writer.show(view),
        Ok(Answer::Diff(view)) => writer.diff(view),
        Ok(Answer::History(events)) => writer.history(events),
        Ok(Answer::UndoRun(outcomes)) => writer.run_undoing(outcomes),
        Err(_) => String::new(),
    };
    report(output, answer, question, page)
}

fn report(
    output: String,
    answer: &Result<Answer, Error>,
    question: Question,
    page: Page,
) -> Report {
    let Told { failures, warnings } = Told::by(answer);
    let line = |label: &str, tone, text: &String| {
        format!("{} {}", page.label(label, tone), printable(text))
    };
    let failed = failures.iter().map(|text| line("error:", Tone::Bad, text));
    let warned = warnings
        .iter()
        .map(|text| line("warning:", Tone::Warning, text));
    Report {
        output,
        diagnostics: failed.chain(warned).collect(),
        exit_code: match answer {
            Err(error) if is_about_usage(error.code) => USAGE,
            _ if !failures.is_empty() => FAILED,
            Ok(answer) if question.check && attention::of(answer) => ATTENTION,
            _ => 0,
        },
    }
}

const fn is_about_usage(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::InvalidSessionId
            | ErrorCode::NoDirectory
            | ErrorCode::SeveralDirectories
            | ErrorCode::NotASessionDirectory
            | ErrorCode::ConflictingOptions
    )
}

/// What goes to standard error.
#[derive(Default)]
struct Told {
    failures: Vec<String>,
    warnings: Vec<String>,
}

impl Told {
    fn by(answer: &Result<Answer, Error>) -> Self {
        let in_full = |errors: &[Error]| errors.iter().map(Error::in_full).collect::<Vec<_>>();
        match answer {
            Err(error) => Self::failed(vec![error.in_full()]),
            Ok(Answer::Inspect(status)) => Self::failed(in_full(status.obstacle.as_slice())),
            Ok(Answer::Recover(outcome) | Answer::Undo(outcome)) => {
                Self::by_outcomes(std::slice::from_ref(outcome))
            }
            Ok(Answer::RecoverAll(summary)) => {
                let mut told = Self::by_outcomes(&summary.sessions);
                told.failures.extend(stopped(summary.left));
                let pruned = summary.pruned.iter();
                told.warnings
                    .extend(pruned.flat_map(|pruned| in_full(&pruned.errors)));
                told
            }
            Ok(Answer::Repair(repaired)) => {
                let of = |done: bool| {
                    let results = repaired.results.iter();
                    let results = results.filter(move |result| result.done == done);
                    results.flat_map(|result| in_full(&result.errors)).collect()
                };
                Self {
                    failures: of(false),
                    warnings: of(true),
                }
            }
            Ok(Answer::Purge(purged) | Answer::Prune(purged)) => {
                let errors = purged.iter().flat_map(|purged| in_full(&purged.errors));
                Self::failed(errors.collect())
            }
            Ok(Answer::UndoRun(outcomes)) => Self::by_outcomes(outcomes),
            Ok(
                Answer::Sessions(_)
                | Answer::Audit(_)
                | Answer::Plan(_)
                | Answer::Sources(_)
                | Answer::Show(_)
                | Answer::Diff(_)
                | Answer::History(_),
            ) => Self::default(),
        }
    }

    fn failed(failures: Vec<String>) -> Self {
        Self {
            failures,
            warnings: Vec::new(),
        }
    }

    /// Separates the errors of outcomes into failures and warnings. If another program is at work
    /// on many sessions, one sentence covers them. An error that is the directory's, and so the same
    /// for each session, is told once.
    fn by_outcomes(outcomes: &[Outcome]) -> Self {
        let mut told = Self::default();
        let backed_off = outcomes.iter().filter(|outcome| outcome.has_backed_off());
        let backed_off: Vec<_> = backed_off
            .map(|outcome| &*outcome.status.session_id)
            .collect();
        for outcome in outcomes {
            let skipped = usize::from(backed_off.len() > 1 && outcome.has_backed_off());
            let errors = outcome.errors.iter().skip(skipped).map(Error::in_full);
            let told = if outcome.ended_ill() {
                &mut told.failures
            } else {
                &mut told.warnings
            };
            for error in errors {
                if told.last() != Some(&error) {
                    told.push(error);
                }
            }
        }
        if let [first, _, ..] = &*backed_off {
            told.failures.push(format!(
                "{} sessions were not restored, because another program is at work on them. The first is {first}. Run the same command again when it has finished.",
                backed_off.len()
            ));
        }
        told
    }
}

/// What is to be said about a sweep that was stopped.
fn stopped(left: u32) -> Option<String> {
    let sessions = match left {
        0 => return None,
        1 => "1 session with a backup was".to_owned(),
        n => format!("{n} sessions with a backup were"),
    };
    Some(format!(
        "The sweep was stopped: {sessions} not checked. What was restored before is in place. Run the same command again to continue."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{Action, Summary};
    use crate::directory::FsError;

    fn outcome(id: &str, action: Action, code: ErrorCode) -> Outcome {
        let error =
            Error::new(code, format!("{id} cannot be synced.")).remedied_by("Run it again.");
        Outcome {
            action,
            ..Outcome::unanswered(id, error)
        }
    }

    fn said(answer: Answer, question: Question) -> Report {
        text(&Ok(answer), question, Page::default())
    }

    #[test]
    fn a_failed_session_is_an_error_and_a_restored_one_a_warning() {
        for (action, label, exit_code) in [
            (Action::Failed, "error", 1),
            (Action::RestoredUnconfirmed, "error", 1),
            (Action::Restored, "warning", 0),
        ] {
            let outcome = outcome("x", action, ErrorCode::Io);
            let report = said(Answer::Recover(outcome), Question::default());
            let line = format!("{label}: x cannot be synced. Run it again.");
            assert_eq!(report.diagnostics, [line], "{action:?}");
            assert_eq!(report.exit_code, exit_code, "{action:?}");
        }
    }

    #[test]
    fn one_sentence_covers_many_sessions_that_others_work_on() {
        let sessions = ["a", "b", "c"];
        let sessions = sessions.map(|id| outcome(id, Action::Failed, ErrorCode::Changed));
        let summary = Summary {
            sessions: sessions.into(),
            ..Summary::default()
        };
        let report = said(Answer::RecoverAll(summary), Question::default());
        assert_eq!(
            report.diagnostics,
            [
                "error: 3 sessions were not restored, because another program is at work on them. The first is a. Run the same command again when it has finished."
            ]
        );
    }

    #[test]
    fn an_error_that_is_the_directorys_is_told_once() {
        let error = FsError::Denied.while_creating();
        let sessions = ["a", "b", "c"].map(|id| Outcome {
            action: Action::Failed,
            ..Outcome::unanswered(id, error.clone())
        });
        let summary = Summary {
            sessions: sessions.into(),
            ..Summary::default()
        };
        let report = said(Answer::RecoverAll(summary), Question::default());
        assert_eq!(report.exit_code, 1);
        assert_eq!(
            report.diagnostics,
            [
                "error: The session directory is read-only: no file can be created in it. Check that its file system is mounted for writing, and run this as a user who may write in the directory."
            ]
        );
    }

    #[test]
    fn a_stopped_sweep_failed() {
        let summary = Summary {
            left: 2,
            ..Summary::default()
        };
        let report = said(Answer::RecoverAll(summary), Question::default());
        assert_eq!(report.exit_code, 1);
        assert!(report.diagnostics[0].contains("2 sessions with a backup were not checked"));
    }

    #[test]
    fn a_wrong_directory_is_a_matter_of_usage() {
        let error = Error::new(ErrorCode::NoDirectory, "There is no directory x.");
        let report = json(&Err(error), Question::default());
        assert_eq!(report.exit_code, 2);
        assert_eq!(report.diagnostics, ["error: There is no directory x."]);
    }

    #[test]
    fn a_check_fails_with_a_code_of_its_own() {
        let due = outcome("x", Action::WouldRestore, ErrorCode::Io);
        let due = Outcome {
            errors: Vec::new(),
            ..due
        };
        for (check, exit_code) in [(true, 3), (false, 0)] {
            let question = Question {
                dry_run: true,
                check,
            };
            let report = said(Answer::Recover(due.clone()), question);
            assert_eq!(report.exit_code, exit_code);
        }
    }
}
