//! Translates between the two copies of each answer type: the one in `answer`, and the one
//! generated from WIT. Components use it in one direction, and hosts in the other.

/// Implements `From` between the types of two modules that have the shapes of the WIT interface:
/// all of them but `File` and `Status`, which differ.
#[macro_export]
macro_rules! translate {
    ($from:ident => $to:ident) => {
        $crate::translate!(codes $from => $to);
        $crate::translate!(enums $from => $to {
            ProblemKind {
                Empty, NotUtf8, NotJson, NotAnObject, NoMessages, LongInteger, DeepNesting,
                TooDeep, NotARegularFile, Link, NoPermission, Exhausted, Io, Other,
            }
            Recommendation { NoBackup, NoAction, Restore }
            FindingKind {
                ShrunkenLive, OrphanBackup, MalformedOrphanBackup, DeletedOrphan, UnknownOrphan,
                IndexMissingFile, IndexMissingEntry, PendingTurn, UnreadableLive, Undecided,
                DifferentMessages, Guarded, Leftover, Kept, OddEntry, UnreadableRecord,
                TemporaryFile, MissingMessages, RecordedCount, IndexedCount, RicherContext,
                OtherLayout, OtherId, Copy, KeptOfDeleted, Salvageable, Other,
            }
            NoteKind {
                PendingMessage, ActiveStream, OtherTitle, OtherProject, OtherId, TemporaryFile,
                Other,
            }
            Category { Information, Repairable, ManualReview }
            ChangeKind { Restore, RemoveLeftover, SetIndexAside, Salvage }
            Guard { Cleared, Compressed, Undone, Deleted, Unknown, DeletionsUnknown }
            Action { Nothing, WouldRestore, Restored, RestoredUnconfirmed, Failed }
        });
        $crate::translate!(records $from => $to {
            Error { [code] message, remedy }
            Problem { [kind] offset, expected, message }
            Note { [kind] message }
            Salvage { [] messages, recorded, damage }
            SalvageSource { [] name, messages, gained, forced, merged }
            Turn { [] turn_id, event, created_at, characters }
            Change { [kind] session_id, source, target, bytes, why, fingerprint }
        });

        impl From<$from::Finding> for $to::Finding {
            fn from(finding: $from::Finding) -> Self {
                Self {
                    kind: finding.kind.into(),
                    category: finding.category.into(),
                    session_id: finding.session_id,
                    session_ids: finding.session_ids,
                    name: finding.name,
                    messages: finding.messages,
                    live_messages: finding.live_messages,
                    backup_messages: finding.backup_messages,
                    turn: finding.turn.map(Into::into),
                    seen: finding.seen,
                    remedy: finding.remedy,
                }
            }
        }

        impl From<$from::AuditReport> for $to::AuditReport {
            fn from(report: $from::AuditReport) -> Self {
                Self {
                    scanned: report.scanned,
                    findings: report.findings.into_iter().map(Into::into).collect(),
                }
            }
        }

        impl From<$from::Purged> for $to::Purged {
            fn from(purged: $from::Purged) -> Self {
                Self {
                    session_id: purged.session_id,
                    removed: purged.removed,
                    errors: purged.errors.into_iter().map(Into::into).collect(),
                }
            }
        }

        impl From<$from::RepairResult> for $to::RepairResult {
            fn from(result: $from::RepairResult) -> Self {
                Self {
                    change: result.change.into(),
                    done: result.done,
                    errors: result.errors.into_iter().map(Into::into).collect(),
                    kept: result.kept,
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
                    salvaged: outcome.salvaged,
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
                    left: summary.left,
                    oddities: summary.oddities.into_iter().map(Into::into).collect(),
                    pruned: summary.pruned.into_iter().map(Into::into).collect(),
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

    // Those fields of the target follow from the others.
    (status $from:ident => $to:ident { $($derived:ident)? }) => {
        impl From<$from::Status> for $to::Status {
            fn from(status: $from::Status) -> Self {
                Self {
                    $($derived: status.$derived().into(),)?
                    session_id: status.session_id,
                    live: status.live.into(),
                    backup: status.backup.into(),
                    recommendation: status.recommendation.into(),
                    guard: status.guard.map(Into::into),
                    reason: status.reason,
                    obstacle: status.obstacle.map(Into::into),
                    live_only: status.live_only,
                    backup_only: status.backup_only,
                    notes: status.notes.into_iter().map(Into::into).collect(),
                    salvage: status.salvage.map(Into::into),
                }
            }
        }
    };

    (codes $from:ident => $to:ident) => {
        $crate::translate!(enums $from => $to {
            ErrorCode {
                InvalidSessionId, NoDirectory, SeveralDirectories, NotASessionDirectory,
                NoSuchSession, ReadOnly, NoPermission, NotARegularFile, UnusableName, Changed,
                NotMergeable, NoSpace, Exhausted, Io, ConflictingOptions, Other,
            }
        });
    };

    (enums $from:ident => $to:ident { $name:ident as $other:ident { $($case:ident),+ $(,)? } }) => {
        impl From<$from::$name> for $to::$other {
            fn from(value: $from::$name) -> Self {
                match value {
                    $($from::$name::$case => Self::$case,)+
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
    (records $from:ident => $to:ident { $($name:ident { [$($inner:ident),*] $($field:ident),+ })+ }) => {$(
        impl From<$from::$name> for $to::$name {
            fn from(record: $from::$name) -> Self {
                Self {
                    $($inner: record.$inner.into(),)*
                    $($field: record.$field,)+
                }
            }
        }
    )+};
}
