//! Two files to a verdict: what each holds, and whether the backup should take
//! the live file's place.

use crate::answer::{self, Error, FileState, Guard, Recommendation, Status};
use crate::compare::{Agreement, Difference};
use crate::directory::{Directory, Fault, File, Kind};
use crate::gone::Gone;
use crate::guard::guard;
use crate::judge::{Found, Judged, judge_both};
use crate::listing::{Kinds, Listed, look_up_some};
use crate::note::{Pair, notes};
use crate::obstacle::obstacle;
use crate::session::SessionId;
use crate::temporary;

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

/// Which pairs have their messages compared, where that takes another read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compared {
    All,
    /// Those of which the backup holds more.
    Due,
}

/// Compares a session's live file with its backup; `kinds` is what a listing
/// tells about them.
pub fn inspect<D: Directory>(
    directory: &D,
    id: &SessionId,
    kinds: Kinds,
    gone: &Gone,
) -> Inspection<D::File> {
    inspect_and_compare(directory, id, kinds, gone, Compared::All)
}

/// Does what [`inspect`] does, but compares the messages only if the backup holds more: a
/// sweep must not read every edited session twice.
pub fn inspect_for_sweep<D: Directory>(
    directory: &D,
    id: &SessionId,
    kinds: Kinds,
    gone: &Gone,
) -> Inspection<D::File> {
    inspect_and_compare(directory, id, kinds, gone, Compared::Due)
}

fn inspect_and_compare<D: Directory>(
    directory: &D,
    id: &SessionId,
    kinds: Kinds,
    gone: &Gone,
    compared: Compared,
) -> Inspection<D::File> {
    let live = find(directory, &id.live_name(), kinds.live);
    let backup = find(directory, &id.backup_name(), kinds.backup);
    let ([live, backup], agreement) = judge_both(live, backup);
    let mut recommendation =
        recommend(&live.judgement.answer.state, &backup.judgement.answer.state);
    let mut guard = None;
    let mut doubt = None;
    let is_due = recommendation == Recommendation::Restore;
    let difference = (is_due || compared == Compared::All)
        .then(|| difference(&live, &backup, agreement.as_ref()))
        .flatten();
    if is_due {
        if live.judgement.answer.state == FileState::Missing {
            guard = gone.guard(directory, id);
            doubt = gone.complaint();
        } else {
            guard = on_purpose(&live, &backup);
        }
    }
    let notes = notes(id, facts_of(&live, &backup), is_due);
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
            reason: reason(&live.judgement.answer, &backup.judgement.answer, difference)
                + in_words(guard)
                + &doubt.map_or_else(String::new, |doubt| format!(" {}", doubt.message)),
            live_only: difference.map(|difference| difference.live_only),
            backup_only: difference.map(|difference| difference.backup_only),
            notes,
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
    let gone = Gone::of(system.deleted);
    let statuses = ids.iter().map(|id| {
        let Some(listed) = listing.get(id) else {
            return inspect(directory, id, Kinds::default(), &gone).status;
        };
        inspect_listed(directory, id, listed, &gone)
    });
    Ok(statuses.collect())
}

fn facts_of<'a, F>(live: &'a Judged<F>, backup: &'a Judged<F>) -> Pair<'a> {
    Pair {
        live: live.judgement.facts(),
        backup: backup.judgement.facts(),
    }
}

/// Finds out what matters only to a restore against the count: whether messages were
/// removed on purpose, and in what else the files differ.
pub fn look_closer<F>(id: &SessionId, inspection: &mut Inspection<F>) {
    let facts = facts_of(&inspection.live, &inspection.backup);
    inspection.status.notes = notes(id, facts, true);
    let guard = on_purpose(&inspection.live, &inspection.backup);
    hold_back(&mut inspection.status, guard);
}

/// Lets a guard keep a session back that nothing else did.
pub fn hold_back(status: &mut Status, guard: Option<Guard>) {
    if status.guard.is_none() && guard.is_some() {
        status.guard = guard;
        status.recommendation = match status.recommendation {
            Recommendation::Restore => Recommendation::NoAction,
            other => other,
        };
        status.reason.push_str(in_words(guard));
    }
}

/// Does what [`inspect`] does for a session of a listing, and looks at its temporary files.
pub fn inspect_listed<D: Directory>(
    directory: &D,
    id: &SessionId,
    listed: &Listed,
    gone: &Gone,
) -> Status {
    let kinds = listed.kinds.beside_backup();
    let mut status = inspect(directory, id, kinds, gone).status;
    temporary::add_note(directory, id, &listed.temporary, &mut status);
    status
}

/// Why a live file that is there holds fewer messages than its backup, if that is
/// on purpose.
fn on_purpose<F>(live: &Judged<F>, backup: &Judged<F>) -> Option<Guard> {
    guard(live.judgement.save()?, backup.judgement.save()?)
}

/// How many messages only one of the files holds, if that can be told.
fn difference<F: File>(
    live: &Judged<F>,
    backup: &Judged<F>,
    agreement: Option<&Agreement>,
) -> Option<Difference> {
    if live.judgement.answer.state == FileState::Missing {
        let messages = backup.judgement.answer.messages()?;
        return Some(Difference::of_counts(0, messages));
    }
    Difference::of(&live.messages()?, &backup.messages()?, agreement).ok()?
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
fn reason(live: &answer::File, backup: &answer::File, difference: Option<Difference>) -> String {
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
