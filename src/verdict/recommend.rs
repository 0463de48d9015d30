//! Decides whether a backup should take its live file's place, and gives the reason in a sentence.
//! It knows only what was judged, so each rule can be tested by itself.

use crate::answer::{self, FileState, Guard, Recommendation};
use crate::verdict::compare::Difference;

/// Whether a backup should take the live file's place.
///
/// An undecided file is neither replaced nor used. A backup that only some
/// interpreters read replaces only what no interpreter reads.
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
    match (&live.state, &backup.state) {
        (Missing, Missing) => "There is neither a live file nor a backup.".to_owned(),
        (Readable { messages, .. }, Missing) => {
            format!(
                "There is no backup; the live file holds {}.",
                many(*messages)
            )
        }
        (Unreadable(problem) | Undecided(problem), Missing) => {
            format!(
                "There is no backup, and the live file is no readable session: {}.",
                problem.message
            )
        }
        (Readable { .. } | Missing, Unreadable(problem) | Undecided(problem)) => {
            format!("The backup is no readable session: {}.", problem.message)
        }
        (Unreadable(live) | Undecided(live), Unreadable(backup) | Undecided(backup)) => format!(
            "Neither file is a readable session. Live file: {}; backup: {}.",
            live.message, backup.message
        ),
        (Undecided(problem), Readable { .. }) => format!(
            "The live file could not be judged, so it is left alone: {}.",
            problem.message
        ),
        (Missing, Readable { messages, .. }) => {
            format!(
                "The live file is missing; the backup holds {}.",
                many(*messages)
            )
        }
        (Unreadable(problem), Readable { messages, .. }) => format!(
            "The live file is no readable session ({}); the backup holds {}.",
            problem.message,
            many(*messages)
        ),
        (Readable { messages: live, .. }, Readable { messages, caveat }) => match caveat {
            Some(caveat) if messages > live => format!(
                "The backup holds {}, the live file {live}; but the backup is {}, so it replaces no readable file.",
                many(*messages),
                caveat.message
            ),
            _ if messages > live => {
                format!(
                    "The backup holds {}, the live file {live}{}.",
                    many(*messages),
                    only_there(difference)
                )
            }
            _ => format!(
                "The live file holds {}, no fewer than the backup's {messages}.{}",
                many(*live),
                not_there(difference)
            ),
        },
    }
}

/// Why nothing is to be restored all the same, said after the reason to restore.
#[must_use]
pub const fn in_words(guard: Option<Guard>) -> &'static str {
    match guard {
        None => "",
        Some(Guard::Cleared) => {
            " But the live file says that the conversation was cleared on purpose."
        }
        Some(Guard::Compressed) => {
            " But the live file says that the conversation was compressed on purpose."
        }
        Some(Guard::Undone) => {
            " But the live file says that messages were taken back on purpose, by an undo, a retry or an edit."
        }
        Some(Guard::Deleted) => " But the application's list of deleted sessions has it.",
        Some(Guard::Unknown) => " But the application does not know the session.",
        Some(Guard::DeletionsUnknown) => {
            " But the session may have been deleted on purpose, so it is restored only by its id."
        }
    }
}

/// What stands in the live file alone, said after its count.
fn only_there(difference: Option<Difference>) -> String {
    match difference.map(|difference| difference.live_only) {
        Some(0) => String::new(),
        Some(1) => ", of which 1 is not in the backup".to_owned(),
        Some(n) => format!(", of which {n} are not in the backup"),
        None => ", and it cannot be told which of them are not in the backup".to_owned(),
    }
}

/// What the live file lacks although it holds no fewer, said after the counts.
fn not_there(difference: Option<Difference>) -> String {
    match difference.map_or(0, |difference| difference.backup_only) {
        0 => String::new(),
        1 => " But 1 of the backup's messages is not in it.".to_owned(),
        n => format!(" But {n} of the backup's messages are not in it."),
    }
}

fn many(messages: u32) -> String {
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
    fn a_backup_that_is_no_readable_session_is_never_used() {
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
