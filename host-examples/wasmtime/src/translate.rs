//! The component's answers as the types of the `session-recovery` crate.

use session_recovery::answer;

use crate::bindings as wit;

/// Translates between two enums with the same cases.
macro_rules! same_cases {
    ($($from:path => $to:path { $($case:ident),+ $(,)? })+) => {$(
        impl From<$from> for $to {
            fn from(value: $from) -> Self {
                match value {
                    $(<$from>::$case => <$to>::$case,)+
                }
            }
        }
    )+};
}

same_cases! {
    wit::ErrorCode => answer::ErrorCode {
        InvalidSessionId, NoDirectory, SeveralDirectories, ReadOnly, NoPermission,
        NotARegularFile, UnusableName, Changed, NoSpace, Io, Other,
    }
    wit::ProblemKind => answer::ProblemKind {
        Empty, NotUtf8, NotJson, NotAnObject, NoMessages, LongInteger, DeepNesting,
        TooDeep, NotARegularFile, Link, NoPermission, Io, Other,
    }
    wit::Recommendation => answer::Recommendation { NoBackup, NoAction, Restore }
    wit::Action => answer::Action {
        Nothing, WouldRestore, Restored, RestoredUnconfirmed, Failed,
    }
}

impl From<wit::File> for answer::File {
    fn from(file: wit::File) -> Self {
        let problem = file.problem.map(answer::Problem::from);
        // An answer that lacks what it should have decides nothing.
        let unexplained = || answer::Problem::unexplained("the component does not say why");
        Self {
            state: match (file.state, file.messages) {
                (wit::FileState::Missing, _) => answer::FileState::Missing,
                (wit::FileState::Readable, Some(messages)) => answer::FileState::Readable {
                    messages,
                    caveat: problem,
                },
                (wit::FileState::Unreadable, _) => {
                    answer::FileState::Unreadable(problem.unwrap_or_else(unexplained))
                }
                (wit::FileState::Undecided | wit::FileState::Readable, _) => {
                    answer::FileState::Undecided(problem.unwrap_or_else(unexplained))
                }
            },
            bytes: file.bytes,
        }
    }
}

impl From<wit::Problem> for answer::Problem {
    fn from(problem: wit::Problem) -> Self {
        Self {
            kind: problem.kind.into(),
            offset: problem.offset,
            expected: problem.expected,
            message: problem.message,
        }
    }
}

impl From<wit::Status> for answer::Status {
    fn from(status: wit::Status) -> Self {
        Self {
            session_id: status.session_id,
            live: status.live.into(),
            backup: status.backup.into(),
            recommendation: status.recommendation.into(),
            reason: status.reason,
        }
    }
}

impl From<wit::Outcome> for answer::Outcome {
    fn from(outcome: wit::Outcome) -> Self {
        Self {
            status: outcome.status.into(),
            action: outcome.action.into(),
            errors: outcome.errors.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<wit::Summary> for answer::Summary {
    fn from(summary: wit::Summary) -> Self {
        Self {
            scanned: summary.scanned,
            restored: summary.restored,
            sessions: summary.sessions.into_iter().map(Into::into).collect(),
            orphans: summary.orphans,
            oddities: summary.oddities.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<wit::Entry> for answer::Entry {
    fn from(entry: wit::Entry) -> Self {
        Self {
            session_id: entry.session_id,
            live: entry.live,
            backup: entry.backup,
            oddity: entry.oddity.map(Into::into),
        }
    }
}

impl From<wit::Error> for answer::Error {
    fn from(error: wit::Error) -> Self {
        Self::new(error.code.into(), error.message)
    }
}
