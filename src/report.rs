//! Answers in words and in JSON, the same for the component and for hosts.

mod json;
mod text;

use std::io::{self, Write};

use crate::answer::{Action, Entry, Error, Outcome, Status, Summary};
use crate::recover::unjudged;

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
            (answer, unjudged(&status).into_iter().collect())
        })
    }

    /// Reports on `recover`.
    #[must_use]
    pub fn recovery(self, outcome: Result<Outcome, Error>) -> Report {
        self.report(outcome, |outcome| {
            let answer = match self {
                Self::Text => text::outcome(&outcome),
                Self::Json => json::outcome(&outcome),
            };
            (answer, failures(&outcome).to_vec())
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
            (
                answer,
                summary
                    .sessions
                    .iter()
                    .flat_map(failures)
                    .cloned()
                    .collect(),
            )
        })
    }

    /// Reports on `list`.
    #[must_use]
    pub fn list(self, entries: Result<Vec<Entry>, Error>) -> Report {
        self.report(entries, |entries| {
            let answer = match self {
                Self::Text => text::entries(&entries),
                Self::Json => json::entries(&entries),
            };
            (answer, Vec::new())
        })
    }

    fn report<T>(
        self,
        answer: Result<T, Error>,
        put: impl FnOnce(T) -> (String, Vec<Error>),
    ) -> Report {
        let (answer, failures) = match (answer, self) {
            (Ok(answer), _) => put(answer),
            (Err(error), Self::Text) => (String::new(), vec![error]),
            (Err(error), Self::Json) => (json::error(&error), vec![error]),
        };
        let line = |error: &Error| format!("error: {}", text::printable(&error.message));
        Report {
            answer,
            diagnostics: failures.iter().map(line).collect(),
            is_success: failures.is_empty(),
        }
    }
}

/// The errors of an outcome that did not end well.
fn failures(outcome: &Outcome) -> &[Error] {
    match outcome.action {
        Action::Failed | Action::RestoredUnconfirmed => &outcome.errors,
        Action::Nothing | Action::WouldRestore | Action::Restored => &[],
    }
}
