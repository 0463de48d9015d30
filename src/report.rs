//! Answers in words and in JSON, the same for the component and for hosts.

mod json;
mod text;

pub use text::{printable, printable_lines};

use std::io::{self, Write};

use crate::answer::{
    AuditReport, Entry, Error, Outcome, Plan, Purged, RepairResult, Status, Summary,
};

/// How to put an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: one document, with the keys of the original.
    Json,
}

/// An answer, ready to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// For standard output.
    pub answer: String,
    /// For standard error, a line each.
    pub diagnostics: Vec<String>,
    /// Whether nothing failed.
    pub is_success: bool,
}

impl Report {
    fn new(answer: String, failures: &[Error], warnings: &[Error]) -> Self {
        let lines = |kind: &'static str, errors: &[Error]| {
            let line = |error: &Error| format!("{kind}: {}", text::printable(&error.message));
            errors.iter().map(line).collect::<Vec<_>>()
        };
        Self {
            answer,
            diagnostics: [lines("error", failures), lines("warning", warnings)].concat(),
            is_success: failures.is_empty(),
        }
    }

    /// With the errors of outcomes: those that ended ill, and those that did not.
    fn of_outcomes(answer: String, outcomes: &[Outcome]) -> Self {
        let errors = |ended_ill: bool| {
            let outcomes = outcomes
                .iter()
                .filter(|outcome| outcome.ended_ill() == ended_ill);
            outcomes
                .flat_map(|outcome| outcome.errors.clone())
                .collect::<Vec<_>>()
        };
        Self::new(answer, &errors(true), &errors(false))
    }

    /// Prints the answer and the diagnostics where they belong.
    ///
    /// # Errors
    ///
    /// One of the streams is closed.
    pub fn print(&self) -> io::Result<()> {
        io::stdout().write_all(self.answer.as_bytes())?;
        io::stdout().flush()?;
        for line in &self.diagnostics {
            writeln!(io::stderr(), "{line}")?;
        }
        Ok(())
    }
}

impl Format {
    /// Reports on `inspect`.
    #[must_use]
    pub fn inspection(self, status: Result<Status, Error>) -> Report {
        self.report(status, |status| {
            let answer = match self {
                Self::Text => text::status(&status),
                Self::Json => json::status(&status),
            };
            Report::new(answer, status.obstacle.as_slice(), &[])
        })
    }

    /// Reports on `recover`.
    #[must_use]
    pub fn recovery(self, outcome: Result<Outcome, Error>) -> Report {
        self.outcome(outcome, text::outcome)
    }

    /// Reports on `undo`.
    #[must_use]
    pub fn undoing(self, outcome: Result<Outcome, Error>) -> Report {
        self.outcome(outcome, text::undoing)
    }

    fn outcome(self, outcome: Result<Outcome, Error>, in_words: fn(&Outcome) -> String) -> Report {
        self.report(outcome, |outcome| {
            let answer = match self {
                Self::Text => in_words(&outcome),
                Self::Json => json::outcome(&outcome),
            };
            Report::of_outcomes(answer, &[outcome])
        })
    }

    /// Reports on `recover-all`.
    #[must_use]
    pub fn sweep(self, summary: Result<Summary, Error>, dry_run: bool) -> Report {
        self.report(summary, |summary| {
            let answer = match self {
                Self::Text => text::summary(&summary),
                Self::Json => json::summary(&summary, dry_run),
            };
            Report::of_outcomes(answer, &summary.sessions)
        })
    }

    /// Reports on `list`.
    #[must_use]
    pub fn list(self, entries: Result<Vec<Entry>, Error>) -> Report {
        self.told(entries, |all| text::entries(all), |all| json::entries(all))
    }

    /// Reports on `audit`.
    #[must_use]
    pub fn audit(self, report: Result<AuditReport, Error>) -> Report {
        self.told(report, text::audit, json::audit)
    }

    /// Reports on `plan`.
    #[must_use]
    pub fn plan(self, plan: Result<Plan, Error>) -> Report {
        self.told(plan, text::plan, json::plan)
    }

    /// Reports on `repair`: what was done, and why changes were left out of the plan.
    #[must_use]
    pub fn repair(self, results: Result<(Vec<RepairResult>, Vec<String>), Error>) -> Report {
        self.report(results, |(results, withheld)| {
            let answer = match self {
                Self::Text => text::repair(&results, &withheld),
                Self::Json => json::repair(&results, &withheld),
            };
            let errors = |done: bool| {
                let results = results.iter().filter(|result| result.done == done);
                let errors = results.flat_map(|result| result.errors.clone());
                errors.collect::<Vec<_>>()
            };
            Report::new(answer, &errors(false), &errors(true))
        })
    }

    /// Reports on `purge`.
    #[must_use]
    pub fn purge(self, purged: Result<Vec<Purged>, Error>, dry_run: bool) -> Report {
        self.report(purged, |purged| {
            let answer = match self {
                Self::Text => text::purge(&purged, dry_run),
                Self::Json => json::purge(&purged, dry_run),
            };
            let errors = purged.iter().flat_map(|purged| purged.errors.clone());
            Report::new(answer, &errors.collect::<Vec<_>>(), &[])
        })
    }

    /// Reports on what has nothing in it that could have failed.
    fn told<T>(
        self,
        answer: Result<T, Error>,
        in_words: fn(&T) -> String,
        in_json: fn(&T) -> String,
    ) -> Report {
        self.report(answer, |answer| {
            let answer = match self {
                Self::Text => in_words(&answer),
                Self::Json => in_json(&answer),
            };
            Report::new(answer, &[], &[])
        })
    }

    fn report<T>(self, answer: Result<T, Error>, put: impl FnOnce(T) -> Report) -> Report {
        match (answer, self) {
            (Ok(answer), _) => put(answer),
            (Err(error), Self::Text) => Report::new(String::new(), &[error], &[]),
            (Err(error), Self::Json) => Report::new(json::error(&error), &[error], &[]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{Action, ErrorCode};

    fn outcome(action: Action) -> Outcome {
        let error = Error::new(ErrorCode::Io, "x cannot be synced");
        Outcome {
            action,
            ..Outcome::unanswered("x", error)
        }
    }

    #[test]
    fn what_ended_ill_is_an_error_and_what_did_not_is_a_warning() {
        for (action, line, is_success) in [
            (Action::Failed, "error: x cannot be synced", false),
            (
                Action::RestoredUnconfirmed,
                "error: x cannot be synced",
                false,
            ),
            (Action::Restored, "warning: x cannot be synced", true),
        ] {
            let report = Format::Text.recovery(Ok(outcome(action)));
            assert_eq!(report.diagnostics, [line], "{action:?}");
            assert_eq!(report.is_success, is_success, "{action:?}");
        }
    }
}
