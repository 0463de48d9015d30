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
                OtherLayout, OtherId, Copy, KeptOfDeleted, Salvageable, BetterSource, Other,
            }
            NoteKind {
                PendingMessage, ActiveStream, OtherTitle, OtherProject, OtherId, TemporaryFile,
                Other,
            }
            Category { Information, Repairable, ManualReview }
            ChangeKind { Restore, RemoveLeftover, SetIndexAside, Salvage }
            Guard { Cleared, Compressed, Undone, Deleted, Unknown, DeletionsUnknown }
            Action { Nothing, WouldRestore, Restored, RestoredUnconfirmed, Failed }
            SourceKind { Live, Backup, Kept, Temporary, ConflictCopy, OtherCopy }
            Deed { Restored, Undone }
        });
        $crate::translate!(records $from => $to {
            Error { [code] message, remedy }
            Problem { [kind] offset, expected, message }
            Note { [kind] message }
            Salvage { [] messages, recorded, damage }
            SalvageSource { [] name, messages, gained, forced, merged }
            Turn { [] turn_id, event, created_at, characters }
            Heading { [] title, updated }
            Source { [kind, file, heading] name, first, last, brings, hides, doubled }
            Excerpt { [] number, role, time, text, is_cut, tools }
            Event { [deed] session_id, time, run, source, kept, messages, can_undo }
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

        impl From<$from::SourceList> for $to::SourceList {
            fn from(list: $from::SourceList) -> Self {
                Self {
                    session_id: list.session_id,
                    sources: list.sources.into_iter().map(Into::into).collect(),
                    best: list.best,
                    why: list.why,
                    unread: list.unread,
                }
            }
        }

        impl From<$from::View> for $to::View {
            fn from(preview: $from::View) -> Self {
                Self {
                    session_id: preview.session_id,
                    name: preview.name,
                    heading: preview.heading.into(),
                    created: preview.created,
                    messages: preview.messages,
                    first: preview.first.into_iter().map(Into::into).collect(),
                    last: preview.last.into_iter().map(Into::into).collect(),
                    brings: preview.brings,
                    brought: preview.brought.into_iter().map(Into::into).collect(),
                    hides: preview.hides,
                    hidden: preview.hidden.into_iter().map(Into::into).collect(),
                }
            }
        }

        impl From<$from::Entry> for $to::Entry {
            fn from(entry: $from::Entry) -> Self {
                Self {
                    session_id: entry.session_id,
                    live: entry.live,
                    backup: entry.backup,
                    heading: entry.heading.map(Into::into),
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
                    heading: status.heading.into(),
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
                NotMergeable, NoSpace, Exhausted, Io, ConflictingOptions, NoSuchSource,
                SeveralSources, Other,
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
