//! Holds what was done about a session, until it becomes an outcome.

use super::source::Source;
use crate::answer::{Action, Error, Outcome, Status};

/// What was done about a session.
pub struct Done {
    pub action: Action,
    pub errors: Vec<Error>,
    pub source: Option<Source>,
    pub kept: Option<String>,
}

impl Done {
    pub fn of(action: Action, source: Source) -> Self {
        Self {
            source: Some(source),
            ..action.into()
        }
    }

    pub fn failed(errors: Vec<Error>) -> Self {
        Self {
            errors,
            ..Action::Failed.into()
        }
    }

    pub fn about(self, status: Status) -> Outcome {
        Outcome {
            status,
            action: self.action,
            errors: self.errors,
            salvaged: self.source.as_ref().and_then(|source| source.salvaged),
            merged: self.source.as_ref().map_or(0, |source| source.merged),
            source: self.source.map(|source| source.name),
            kept: self.kept,
        }
    }
}

impl From<Action> for Done {
    fn from(action: Action) -> Self {
        Self {
            action,
            errors: Vec::new(),
            source: None,
            kept: None,
        }
    }
}
