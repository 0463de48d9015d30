//! The answers' shapes exist twice, as `answer` and as generated from the WIT
//! interface. This is the one translation, for the component in one direction
//! and for hosts in the other.

/// Implements `From` between the types of two modules that have the shapes of
/// the WIT interface: all of them but `File`, which differs.
#[macro_export]
macro_rules! translate {
    ($from:ident => $to:ident) => {
        $crate::translate!(enums $from => $to {
            ErrorCode {
                InvalidSessionId, NoDirectory, SeveralDirectories, ReadOnly, NoPermission,
                NotARegularFile, UnusableName, Changed, NotMergeable, NoSpace, Io, Other,
            }
            ProblemKind {
                Empty, NotUtf8, NotJson, NotAnObject, NoMessages, LongInteger, DeepNesting,
                TooDeep, NotARegularFile, Link, NoPermission, Io, Other,
            }
            Recommendation { NoBackup, NoAction, Restore }
            Action { Nothing, WouldRestore, Restored, RestoredUnconfirmed, Failed }
        });
        $crate::translate!(records $from => $to {
            Error { [code] message }
            Problem { [kind] offset, expected, message }
        });

        impl From<$from::Status> for $to::Status {
            fn from(status: $from::Status) -> Self {
                Self {
                    session_id: status.session_id,
                    live: status.live.into(),
                    backup: status.backup.into(),
                    recommendation: status.recommendation.into(),
                    reason: status.reason,
                    obstacle: status.obstacle.map(Into::into),
                    live_only: status.live_only,
                }
            }
        }

        impl From<$from::Outcome> for $to::Outcome {
            fn from(outcome: $from::Outcome) -> Self {
                Self {
                    status: outcome.status.into(),
                    action: outcome.action.into(),
                    errors: outcome.errors.into_iter().map(Into::into).collect(),
                    source: outcome.source,
                    merged: outcome.merged,
                    kept: outcome.kept,
                }
            }
        }

        impl From<$from::Summary> for $to::Summary {
            fn from(summary: $from::Summary) -> Self {
                Self {
                    scanned: summary.scanned,
                    restored: summary.restored,
                    sessions: summary.sessions.into_iter().map(Into::into).collect(),
                    orphans: summary.orphans,
                    oddities: summary.oddities.into_iter().map(Into::into).collect(),
                }
            }
        }

        impl From<$from::Entry> for $to::Entry {
            fn from(entry: $from::Entry) -> Self {
                Self {
                    session_id: entry.session_id,
                    live: entry.live,
                    backup: entry.backup,
                    oddity: entry.oddity.map(Into::into),
                }
            }
        }
    };

    (enums $from:ident => $to:ident { $($name:ident { $($case:ident),+ $(,)? })+ }) => {$(
        impl From<$from::$name> for $to::$name {
            fn from(value: $from::$name) -> Self {
                match value {
                    $($from::$name::$case => Self::$case,)+
                }
            }
        }
    )+};

    // The fields in brackets are themselves translated.
    (records $from:ident => $to:ident { $($name:ident { [$($inner:ident),+] $($field:ident),+ })+ }) => {$(
        impl From<$from::$name> for $to::$name {
            fn from(record: $from::$name) -> Self {
                Self {
                    $($inner: record.$inner.into(),)+
                    $($field: record.$field,)+
                }
            }
        }
    )+};
}
