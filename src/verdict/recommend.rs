//! Decides whether a backup should be restored, and gives the reason in a sentence. It knows only
//! what was judged, so each rule can be tested by itself.
//!
//! ```
//! use session_recovery::answer::{File, FileState, Recommendation};
//! use session_recovery::verdict::recommend::{reason, recommend};
//!
//! let readable = |messages| {
//!     File::without_bytes(FileState::Readable { messages, caveat: None })
//! };
//! let (live, backup) = (readable(2), readable(1204));
//! assert_eq!(recommend(&live.state, &backup.state), Recommendation::Restore);
//! assert_eq!(recommend(&backup.state, &live.state), Recommendation::NoAction);
//! assert_eq!(recommend(&live.state, &FileState::Missing), Recommendation::NoBackup);
//!
//! assert_eq!(
//!     reason(&File::MISSING, &backup, None),
//!     "The live file is missing. The backup holds 1204 messages."
//! );
//! ```

use crate::answer::{self, FileState, Guard, Problem, Recommendation};
use crate::verdict::compare::Difference;

/// Whether a backup should take the live file's place.
///
/// An undecided file is neither replaced nor used. A backup that only some interpreters read
/// replaces only what no interpreter reads.
#[must_use]
pub const fn recommend(live: &FileState, backup: &FileState) -> Recommendation {
    use FileState::{Missing, Readable, Undecided, Unreadable};
    match (live, backup) {
        (_, Missing) => Recommendation::NoBackup,
        (_, Unreadable(_) | Undecided(_)) | (Undecided(_), _) => Recommendation::NoAction,
        (Missing | Unreadable(_), Readable { .. }) => Recommendation::Restore,
        (Readable { messages: live, .. }, Readable { messages, caveat }) => {
            if *messages > *live && caveat.is_none() {
                Recommendation::Restore
            } else {
                Recommendation::NoAction
            }
        }
    }
}

/// The recommendation's reason, in a sentence.
#[must_use]
pub fn reason(
    live: &answer::File,
    backup: &answer::File,
    difference: Option<Difference>,
) -> String {
    use FileState::{Missing, Readable, Undecided, Unreadable};
    let of_live = |problem: &Problem| problem.said_of("The live file");
    let of_backup = |problem: &Problem| problem.said_of("The backup");
    match (&live.state, &backup.state) {
        (Missing, Missing) => "There is no live file and no backup.".to_owned(),
        (Readable { messages, .. }, Missing) => {
            let messages = many(*messages);
            format!("There is no backup. The live file holds {messages}.")
        }
        (Unreadable(live) | Undecided(live), Missing) => {
            format!("There is no backup. {}.", of_live(live))
        }
        (Readable { .. } | Missing, Unreadable(backup) | Undecided(backup)) => {
            format!("{}.", of_backup(backup))
        }
        (Unreadable(live) | Undecided(live), Unreadable(backup) | Undecided(backup)) => {
            format!("{}. {}.", of_live(live), of_backup(backup))
        }
        (Undecided(live), Readable { .. }) => {
            format!("{}. So it stays as it is.", of_live(live))
        }
        (Missing, Readable { messages, .. }) => {
            let messages = many(*messages);
            format!("The live file is missing. The backup holds {messages}.")
        }
        (Unreadable(live), Readable { messages, .. }) => {
            let messages = many(*messages);
            format!("{}. The backup holds {messages}.", of_live(live))
        }
        (Readable { messages: live, .. }, Readable { messages, caveat }) => match caveat {
            Some(caveat) if messages > live => format!(
                "The backup holds {}, the live file {live}. But {}. So it replaces no readable file.",
                many(*messages),
                caveat.said_of("the backup")
            ),
            _ if messages > live => {
                let messages = many(*messages);
                let lacking = lacked_by_backup(difference);
                format!("The backup holds {messages}, the live file {live}.{lacking}")
            }
            _ => {
                let lacking = lacked_by_live_file(difference);
                let live = many(*live);
                format!("The live file holds {live}, the backup {messages}.{lacking}")
            }
        },
    }
}

/// Says why nothing is to be restored even so. It follows the reason to restore.
#[must_use]
pub const fn in_words(guard: Option<Guard>) -> &'static str {
    match guard {
        None => "",
        Some(Guard::Cleared) => {
            " But the live file records that the user cleared the conversation."
        }
        Some(Guard::Compressed) => {
            " But the live file records that the user compressed the conversation."
        }
        Some(Guard::Undone) => {
            " But the live file records that the user took messages back, by an undo, a retry or an edit."
        }
        Some(Guard::Deleted) => {
            " But the session is in the application's list of deleted sessions."
        }
        Some(Guard::Unknown) => " But the application does not know the session.",
        Some(Guard::DeletionsUnknown) => {
            " But the user may have deleted the session. Only `recover` with its ID restores it."
        }
    }
}

/// Says what a restore would take away. It follows the counts.
fn lacked_by_backup(difference: Option<Difference>) -> String {
    match difference.map(|difference| difference.live_only) {
        Some(0) => String::new(),
        Some(n) => format!(" The backup lacks {n} of the live file's messages."),
        None => " Their messages could not be compared.".to_owned(),
    }
}

/// Says what the live file lacks although it holds as many messages or more. It follows the counts.
fn lacked_by_live_file(difference: Option<Difference>) -> String {
    match difference.map_or(0, |difference| difference.backup_only) {
        0 => String::new(),
        n => format!(" But the live file lacks {n} of the backup's messages."),
    }
}

/// Counts messages in words.
pub(crate) fn many(messages: u32) -> String {
    match messages {
        1 => "1 message".to_owned(),
        n => format!("{n} messages"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::{Caveat, Defect};
    use crate::directory::FsError;

    fn readable(messages: u32) -> FileState {
        FileState::Readable {
            messages,
            caveat: None,
        }
    }

    fn read_by_some(messages: u32) -> FileState {
        FileState::Readable {
            messages,
            caveat: Some(Caveat::LongInteger(0).into()),
        }
    }

    fn unreadable() -> FileState {
        FileState::Unreadable(Defect::Empty.into())
    }

    fn undecided() -> FileState {
        FileState::Undecided(FsError::Denied.into())
    }

    #[test]
    fn without_a_backup_there_is_nothing_to_restore_from() {
        for live in [FileState::Missing, readable(0), unreadable(), undecided()] {
            let verdict = recommend(&live, &FileState::Missing);
            assert_eq!(verdict, Recommendation::NoBackup, "{live:?}");
        }
    }

    #[test]
    fn a_damaged_backup_is_never_used() {
        for live in [FileState::Missing, readable(0), unreadable(), undecided()] {
            for backup in [unreadable(), undecided()] {
                let verdict = recommend(&live, &backup);
                assert_eq!(verdict, Recommendation::NoAction, "{live:?} {backup:?}");
            }
        }
    }

    #[test]
    fn a_live_file_that_could_not_be_judged_is_never_replaced() {
        let verdict = recommend(&undecided(), &readable(1000));
        assert_eq!(verdict, Recommendation::NoAction);
    }

    #[test]
    fn a_readable_backup_replaces_what_is_missing_or_unreadable() {
        for live in [FileState::Missing, unreadable()] {
            for backup in [readable(0), readable(7), read_by_some(7)] {
                let verdict = recommend(&live, &backup);
                assert_eq!(verdict, Recommendation::Restore, "{live:?} {backup:?}");
            }
        }
    }

    #[test]
    fn a_readable_live_file_is_replaced_by_more_messages_only() {
        for (live, backup, verdict) in [
            (0, 0, Recommendation::NoAction),
            (0, 1, Recommendation::Restore),
            (1, 1, Recommendation::NoAction),
            (2, 1, Recommendation::NoAction),
            (u32::MAX, u32::MAX, Recommendation::NoAction),
            (u32::MAX - 1, u32::MAX, Recommendation::Restore),
        ] {
            assert_eq!(recommend(&readable(live), &readable(backup)), verdict);
            assert_eq!(recommend(&read_by_some(live), &readable(backup)), verdict);
        }
    }

    #[test]
    fn a_backup_that_only_some_interpreters_read_replaces_no_readable_file() {
        for live in [readable(0), read_by_some(0)] {
            let verdict = recommend(&live, &read_by_some(9));
            assert_eq!(verdict, Recommendation::NoAction);
        }
    }
}
