//! Two files to a verdict: what each holds, and whether the backup should take
//! the live file's place.

use crate::answer::{self, Error, FileState, Guard, Recommendation, Status};
use crate::compare;
use crate::directory::{Directory, Fault, File, Kind};
use crate::gone::Gone;
use crate::guard::guard;
use crate::judge::{Found, Judged, judge_both};
use crate::listing::{Kinds, look_up_some};
use crate::obstacle::obstacle;
use crate::session::{Role, SessionId};

/// A status, with the files that were judged.
pub struct Inspection<F> {
    /// What was found.
    pub status: Status,
    /// The live file. It is still open if it was read: as long as it is, no other
    /// file has its mark.
    pub live: Judged<F>,
    /// The backup.
    pub backup: Judged<F>,
}

/// Compares a session's live file with its backup; `kinds` is what a listing
/// tells about them.
pub fn inspect<D: Directory>(
    directory: &D,
    id: &SessionId,
    kinds: Kinds,
    gone: &Gone<D>,
) -> Inspection<D::File> {
    let live = find(directory, &id.live_name(), kinds.live);
    let backup = find(directory, &id.backup_name(), kinds.backup);
    let [live, backup] = judge_both(live, backup);
    let mut recommendation =
        recommend(&live.judgement.answer.state, &backup.judgement.answer.state);
    let mut guard = None;
    let mut live_only = None;
    let mut doubt = None;
    if recommendation == Recommendation::Restore {
        if live.judgement.answer.state == FileState::Missing {
            guard = gone.guard(id);
            doubt = gone.complaint();
        } else {
            guard = on_purpose(&live, &backup);
        }
        live_only = self::live_only(&live, &backup);
    }
    if guard.is_some() {
        recommendation = Recommendation::NoAction;
    }
    Inspection {
        status: Status {
            session_id: id.to_string(),
            recommendation,
            guard,
            obstacle: obstacle(
                id,
                &live.judgement.answer,
                &backup.judgement.answer,
                recommendation,
            ),
            reason: reason(&live.judgement.answer, &backup.judgement.answer, live_only)
                + &meant(id, kinds)
                + in_words(guard)
                + &doubt.map_or_else(String::new, |doubt| format!(" {}", doubt.message)),
            live_only,
            live: live.judgement.answer.clone(),
            backup: backup.judgement.answer.clone(),
        },
        live,
        backup,
    }
}

/// Does what [`inspect`] does for some sessions, in their order, for one
/// listing of the directory.
///
/// # Errors
///
/// The directory cannot be listed.
pub fn inspect_some(directory: &impl Directory, ids: &[SessionId]) -> Result<Vec<Status>, Error> {
    let (listing, system) = look_up_some(directory, ids)?;
    let gone = Gone::of(directory, system.deleted);
    let statuses = ids.iter().map(|id| {
        let listed = listing.get(id);
        let kinds = listed.map_or_else(Kinds::default, |listed| listed.kinds);
        inspect(directory, id, kinds, &gone).status
    });
    Ok(statuses.collect())
}

/// Why a live file that is there holds fewer messages than its backup, if that is
/// on purpose.
fn on_purpose<F>(live: &Judged<F>, backup: &Judged<F>) -> Option<Guard> {
    guard(live.judgement.save()?, backup.judgement.save()?)
}

/// How many messages stand in the live file alone, if that can be told.
fn live_only<F: File>(live: &Judged<F>, backup: &Judged<F>) -> Option<u32> {
    match live.judgement.answer.state {
        FileState::Missing | FileState::Readable { messages: 0, .. } => Some(0),
        _ => compare::live_only(&live.messages()?, &backup.messages()?).ok()?,
    }
}

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
fn reason(live: &answer::File, backup: &answer::File, live_only: Option<u32>) -> String {
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
                    only_there(live_only)
                )
            }
            _ => format!(
                "The live file holds {}, no fewer than the backup's {messages}.",
                many(*live)
            ),
        },
    }
}

/// What an id may be meant for that no file has: the name of one.
fn meant(id: &SessionId, kinds: Kinds) -> String {
    match Role::of(&id.to_string()) {
        Role::Live(meant) | Role::Backup(meant) if kinds.live.or(kinds.backup).is_none() => {
            format!(" An id is the file's name without .json: {meant}.")
        }
        _ => String::new(),
    }
}

/// Why nothing is to be restored all the same, said after the reason to restore.
const fn in_words(guard: Option<Guard>) -> &'static str {
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
fn only_there(live_only: Option<u32>) -> String {
    match live_only {
        Some(0) => String::new(),
        Some(1) => ", of which 1 is not in the backup".to_owned(),
        Some(n) => format!(", of which {n} are not in the backup"),
        None => ", and it cannot be told which of them are not in the backup".to_owned(),
    }
}

fn many(messages: u32) -> String {
    match messages {
        1 => "1 message".to_owned(),
        n => format!("{n} messages"),
    }
}

fn find<D: Directory>(directory: &D, name: &str, kind: Option<Kind>) -> Found<D::File> {
    match kind {
        None => Err(FileState::Missing),
        Some(kind @ Kind::Link) => Err(FileState::Undecided(kind.into())),
        Some(kind @ (Kind::Directory | Kind::Special)) => Err(FileState::Unreadable(kind.into())),
        Some(Kind::File) => directory.open(name).map_err(|fault| match fault {
            Fault::NotFound => FileState::Missing,
            fault => FileState::Undecided(fault.into()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::{Caveat, Defect};

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
        FileState::Undecided(Fault::Denied.into())
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
