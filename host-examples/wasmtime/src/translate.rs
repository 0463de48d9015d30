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
        // A component that says `unreadable` without saying why is still taken at its word.
        let unsaid = || answer::Problem {
            kind: answer::ProblemKind::Other,
            offset: None,
            expected: None,
            message: "the component does not say why".to_owned(),
        };
        Self {
            state: match file.state {
                wit::FileState::Missing => answer::FileState::Missing,
                wit::FileState::Readable => answer::FileState::Readable {
                    messages: file.messages.unwrap_or_default(),
                    caveat: problem,
                },
                wit::FileState::Unreadable => {
                    answer::FileState::Unreadable(problem.unwrap_or_else(unsaid))
                }
                wit::FileState::Undecided => {
                    answer::FileState::Undecided(problem.unwrap_or_else(unsaid))
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
