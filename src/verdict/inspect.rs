//! Looks at the two files of a session: what each holds, and whether the backup should be restored.

use crate::answer::{Error, FileState, Guard, Recommendation, Status};
use crate::app::guard::guard;
use crate::app::note::{Pair, notes};
use crate::app::temporary;
use crate::app::tombstones::Tombstones;
use crate::directory::{Directory, File, Kind};
use crate::listing::{Kinds, Listed, look_up_some};
use crate::session::SessionId;
use crate::verdict::compare::{Agreement, Difference};
use crate::verdict::heading::heading;
use crate::verdict::judge::{Judged, OpenResult, judge_both, unopened};
use crate::verdict::mend::Depth;
use crate::verdict::mend::is_damaged;
use crate::verdict::obstacle::obstacle;
use crate::verdict::recommend::{in_words, reason, recommend};
use crate::verdict::salvage::{Salvaging, look_for_remains};

/// A status, with the files that were judged.
pub struct Inspection<F> {
    /// What was found.
    pub status: Status,
    /// The live file. It is still open if it was read: as long as it is, no other file has its ID.
    pub live: Judged<F>,
    /// The backup.
    pub backup: Judged<F>,
    /// What a salvage would put in place, if that brings messages back.
    pub salvaging: Option<Salvaging<F>>,
    /// Why damaged files could not be looked into.
    pub unread: Vec<Error>,
}

impl<F> Inspection<F> {
    /// Whether damaged ones of the live file and the backup were read to their ends.
    pub fn is_all_read(&self) -> bool {
        [&self.live, &self.backup]
            .iter()
            .all(|judged| judged.remains.is_some() || !is_damaged(&judged.judgement.answer.state))
    }
}

/// Says which pairs have their messages compared if that takes another read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compared {
    All,
    /// Only pairs whose backup holds more messages.
    Due,
}

/// Compares a session's live file with its backup. `kinds` says what a listing shows of them. `depth`
/// says how far damaged files are looked into.
pub fn inspect<D: Directory>(
    directory: &D,
    id: &SessionId,
    kinds: Kinds,
    depth: Depth,
    tombstones: &Tombstones,
) -> Inspection<D::File> {
    inspect_and_compare(directory, id, kinds, depth, tombstones, Compared::All)
}

/// Does what [`inspect`] does, but compares the messages only if the backup holds more: a sweep
/// must not read every edited session twice.
pub fn inspect_for_sweep<D: Directory>(
    directory: &D,
    id: &SessionId,
    kinds: Kinds,
    depth: Depth,
    tombstones: &Tombstones,
) -> Inspection<D::File> {
    inspect_and_compare(directory, id, kinds, depth, tombstones, Compared::Due)
}

/// Judges a session's live file and its backup, and looks for what damaged ones still hold.
pub fn judge_pair<D: Directory>(
    directory: &D,
    id: &SessionId,
    kinds: Kinds,
) -> [Judged<D::File>; 2] {
    let live = find(directory, &id.live_name(), kinds.live);
    let backup = find(directory, &id.backup_name(), kinds.backup);
    let ([mut live, mut backup], _) = judge_both(live, backup);
    // What cannot be read is told by the state.
    let _ = look_for_remains(id, &mut live, &mut backup, Depth::to_tell(&[]));
    [live, backup]
}

fn inspect_and_compare<D: Directory>(
    directory: &D,
    id: &SessionId,
    kinds: Kinds,
    depth: Depth,
    tombstones: &Tombstones,
    compared: Compared,
) -> Inspection<D::File> {
    let live = find(directory, &id.live_name(), kinds.live);
    let backup = find(directory, &id.backup_name(), kinds.backup);
    let ([mut live, mut backup], agreement) = judge_both(live, backup);
    let mut unread = look_for_remains(id, &mut live, &mut backup, depth);
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
            guard = tombstones.guard(directory, id);
            doubt = tombstones.complaint();
        } else {
            guard = on_purpose(&live, &backup);
        }
    }
    let notes = notes(id, facts_of(&live, &backup), is_due);
    if guard.is_some() {
        recommendation = Recommendation::NoAction;
    }
    let salvaging = Salvaging::of(
        directory,
        id,
        [&live, &backup],
        depth,
        tombstones,
        recommendation,
        &mut unread,
    );
    let gained = salvaging
        .as_ref()
        .filter(|salvaging| salvaging.guard.is_none());
    Inspection {
        status: Status {
            session_id: id.to_string(),
            heading: heading([&live, &backup]),
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
            salvage: gained.map(|salvaging| salvaging.source.clone()),
            live: live.judgement.answer.clone(),
            backup: backup.judgement.answer.clone(),
        },
        live,
        backup,
        salvaging,
        unread,
    }
}

/// Does what [`inspect`] does for some sessions, in their order, for one listing of the directory.
pub fn inspect_some(directory: &impl Directory, ids: &[SessionId]) -> Result<Vec<Status>, Error> {
    let (listing, system) = look_up_some(directory, ids)?;
    let tombstones = Tombstones::of(system.deleted);
    let statuses = ids.iter().map(|id| {
        let Some(listed) = listing.get(id) else {
            return inspect(
                directory,
                id,
                Kinds::default(),
                Depth::to_tell(&[]),
                &tombstones,
            )
            .status;
        };
        inspect_listed(directory, id, listed, &tombstones)
    });
    Ok(statuses.collect())
}

fn facts_of<'a, F>(live: &'a Judged<F>, backup: &'a Judged<F>) -> Pair<'a> {
    Pair {
        live: live.judgement.facts(),
        backup: backup.judgement.facts(),
    }
}

/// Finds out what matters only to a restore against the count: whether messages were removed on
/// purpose, and in what else the files differ.
pub fn look_closer<F: File>(id: &SessionId, inspection: &mut Inspection<F>) {
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
    tombstones: &Tombstones,
) -> Status {
    let kinds = listed.kinds.beside_backup();
    let mut status = inspect(
        directory,
        id,
        kinds,
        Depth::to_tell(&listed.kept),
        tombstones,
    )
    .status;
    temporary::add_note(directory, id, &listed.temporary, &mut status);
    temporary::add_note_of_copies(id, &listed.copies, &mut status);
    status
}

/// Why a live file that is there holds fewer messages than its backup, if that is on purpose.
fn on_purpose<F: File>(live: &Judged<F>, backup: &Judged<F>) -> Option<Guard> {
    guard(live.judgement.meta()?, backup.judgement.meta()?)
}

/// Counts the messages that only one of the files holds, if the files can be compared.
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

fn find<D: Directory>(directory: &D, name: &str, kind: Option<Kind>) -> OpenResult<D::File> {
    match kind {
        None => Err(FileState::Missing),
        Some(kind @ Kind::Link) => Err(FileState::Undecided(kind.into())),
        Some(kind @ (Kind::Directory | Kind::Special)) => Err(FileState::Unreadable(kind.into())),
        Some(Kind::File) => directory.open(name).map_err(unopened),
    }
}
