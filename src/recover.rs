//! Restores a session from its backup, if this should be done and can be done. All functions fail
//! if the directory cannot be listed.

#![allow(
    clippy::missing_errors_doc,
    reason = "the module's documentation names the errors"
)]

mod done;
mod exchanges;
mod from;
mod leftovers;
mod options;
mod replace;
mod salvage;
mod source;
mod undo;

pub use exchanges::put_back;
pub use from::{recover_best, recover_from};
pub use leftovers::remove_leftovers;
pub use options::Options;
pub use replace::{are_equal, create_first};
pub use undo::undo;

use std::mem;

use crate::answer::{Action, Error, ErrorCode, Outcome};
use crate::app::temporary;
use crate::app::tombstones::Tombstones;
use crate::directory::{Directory, File};
use crate::listing::{Names, look_up};
use crate::nearest::look_up_with_certain_copies;
use crate::session::SessionId;
use crate::verdict::compare::{Comparison, MOST};
use crate::verdict::inspect::{Inspection, hold_back, inspect, inspect_for_sweep, look_closer};
use crate::verdict::mend::Depth;
use crate::verdict::salvage::Salvaging;
use done::Done;
use replace::{replace, too_long_to_keep};
use source::Source;

/// Restores a session from its backup, if this should be done. Leftovers are removed first. If they
/// belong to another run at work, that run makes a second attempt.
pub fn recover(
    directory: &impl Directory,
    id: &SessionId,
    options: Options,
) -> Result<Outcome, Error> {
    let names = look_up_with_certain_copies(directory, id)?;
    let tombstones = Tombstones::of(names.system.deleted);
    let kinds = names.listed.kinds.beside_backup();
    let kept = &names.listed.kept;
    let depth = if options.salvage {
        Depth::to_salvage(kept)
    } else {
        Depth::to_tell(kept)
    };
    let mut inspection = inspect(directory, id, kinds, depth, &tombstones);
    if options.force {
        look_closer(id, &mut inspection);
    }
    let listed = &names.listed;
    temporary::add_note(directory, id, &listed.temporary, &mut inspection.status);
    temporary::add_note_of_copies(id, &listed.copies, &mut inspection.status);
    let is_due = is_due(&inspection, options);
    let stuck = if !options.dry_run && (is_due || was_interrupted(directory, id, &names)) {
        remove_leftovers(directory, &names.leftovers)
    } else {
        Vec::new()
    };
    let mut outcome = restore(directory, id, inspection, options, kept);
    outcome.errors.extend(stuck);
    Ok(outcome)
}

/// Whether a session is to be restored.
pub fn is_due<F>(inspection: &Inspection<F>, options: Options) -> bool {
    options.is_due(&inspection.status) || salvaging(inspection, options).is_some()
}

/// What is to be salvaged, if anything is.
fn salvaging<F>(inspection: &Inspection<F>, options: Options) -> Option<&Salvaging<F>> {
    let is_held_back =
        |salvaging: &Salvaging<F>| salvaging.guard.is_some() && !options.ignore_guards;
    let salvaging = asked_for(inspection, options);
    salvaging.filter(|salvaging| !is_held_back(salvaging))
}

/// What would be salvaged if no guard held. What a restore of the backup merges is not its own.
fn asked_for<F>(inspection: &Inspection<F>, options: Options) -> Option<&Salvaging<F>> {
    let salvaging = inspection.salvaging.as_ref().filter(|_| options.salvage);
    salvaging.filter(|Salvaging { source, .. }| {
        if source.forced {
            options.force && options.merge
        } else {
            !source.merged
        }
    })
}

/// Whether a restore of this session was interrupted. It left its claim, a file of an exchange, or
/// its staging file as the live file's second name.
fn was_interrupted(directory: &impl Directory, id: &SessionId, names: &Names) -> bool {
    if names.leftovers.is_empty() {
        return false;
    }
    let live = directory.file_id(&id.live_name());
    let is_live = |name: &String| live.is_ok() && directory.file_id(name) == live;
    let is_own = |name: &String| *name == id.claim_name() || id.owns_exchange(name);
    names.leftovers.iter().any(is_own) || names.leftovers.iter().any(is_live)
}

/// Does what an inspection recommends. `kept` are the numbers of the files kept before.
pub fn restore<D: Directory>(
    directory: &D,
    id: &SessionId,
    mut inspection: Inspection<D::File>,
    options: Options,
    kept: &[u32],
) -> Outcome {
    if !options.is_due(&inspection.status) {
        let guard = asked_for(&inspection, options).and_then(|salvaging| salvaging.guard);
        hold_back(&mut inspection.status, guard);
    }
    let unread = if options.salvage {
        mem::take(&mut inspection.unread)
    } else {
        Vec::new()
    };
    let mut done = match choose_source(id, &inspection, options) {
        Err(error) => Done::failed(vec![error]),
        _ if !unread.is_empty() && !inspection.is_all_read() => Done::failed(Vec::new()),
        Ok(None) if !unread.is_empty() => Done::failed(Vec::new()),
        Ok(None) => Action::Nothing.into(),
        Ok(Some(source)) if options.dry_run => Done::of(Action::WouldRestore, source),
        Ok(Some(source)) => {
            let kept = (!options.discard).then_some(kept);
            replace(directory, id, &inspection, source, kept)
        }
    };
    done.errors.extend(unread);
    let outcome = done.about(inspection.status);
    if outcome.has_backed_off() {
        look_again(directory, id, outcome, options)
    } else {
        outcome
    }
}

/// What is to be put in the live file's place, if anything is.
fn choose_source<F: File>(
    id: &SessionId,
    inspection: &Inspection<F>,
    options: Options,
) -> Result<Option<Source>, Error> {
    let status = &inspection.status;
    if let Some(obstacle) = &status.obstacle {
        return Err(obstacle.clone());
    }
    if !is_due(inspection, options) {
        return Ok(None);
    }
    if !options.discard && inspection.live.file.is_some() && id.kept_name(1).is_none() {
        return Err(too_long_to_keep(id));
    }
    if let Some(salvaging) = salvaging(inspection, options) {
        return salvage::source(id, inspection, salvaging, options.merge).map(Some);
    }
    Ok(Some(Source {
        name: id.backup_name(),
        judged: status.backup.clone(),
        salvaged: None,
        merged: if options.merge {
            mergeable(id, inspection, options)?
        } else {
            0
        },
    }))
}

/// How many messages are to be added to the backup's.
fn mergeable<F: File>(
    id: &SessionId,
    inspection: &Inspection<F>,
    options: Options,
) -> Result<u32, Error> {
    let status = &inspection.status;
    if status.live_only == Some(0) {
        return Ok(0);
    }
    if let Some(salvaged) = status.live.only_here.filter(|_| options.salvage) {
        return Ok(salvaged);
    }
    let why = match (live_only(inspection), status.live.problem()) {
        _ if status.backup.messages() == Some(0) => "The backup holds no messages".to_owned(),
        (Some(live_only), None) => return Ok(live_only),
        (_, Some(problem)) => problem.said_of("It"),
        (None, None) => format!(
            "The two files could not be compared, or hold more than {MOST} messages together"
        ),
    };
    let error = not_mergeable(id, &why);
    let has_remains = status.live.salvage.as_ref();
    let has_remains = has_remains.is_some_and(|salvage| salvage.messages > 0);
    Err(error.remedied_by(if has_remains && !options.discard {
        "Add --salvage, which takes its whole messages, or restore it without --merge. The replaced file is kept."
    } else {
        "Restore it without --merge. The replaced file is kept."
    }))
}

/// The error for a live file whose messages cannot be added to others.
fn not_mergeable(id: &SessionId, why: &str) -> Error {
    let live = id.live_name();
    let message = format!("{live} cannot be merged. {why}.");
    Error::new(ErrorCode::NotMergeable, message)
}

/// Counts the messages that only the live file holds. The status may count replayed messages if the
/// live file begins with all of the backup's. A merge leaves these out.
fn live_only<F: File>(inspection: &Inspection<F>) -> Option<u32> {
    let (live, backup) = (inspection.live.messages()?, inspection.backup.messages()?);
    let comparison = Comparison::of(&live, &backup).ok()??;
    Some(comparison.difference().live_only)
}

/// Looks again after another program was at work during a restore. If that program left nothing to
/// do, as another recovery does, this is no failure.
fn look_again(
    directory: &impl Directory,
    id: &SessionId,
    outcome: Outcome,
    options: Options,
) -> Outcome {
    let Ok(names) = look_up(directory, id) else {
        return outcome;
    };
    let tombstones = Tombstones::of(names.system.deleted);
    let kinds = names.listed.kinds.beside_backup();
    let depth = options.depth(&names.listed.kept);
    let inspection = inspect_for_sweep(directory, id, kinds, depth, &tombstones);
    if is_due(&inspection, options) || inspection.status.obstacle.is_some() {
        return outcome;
    }
    Outcome {
        status: inspection.status,
        action: Action::Nothing,
        errors: outcome.errors.into_iter().skip(1).collect(),
        source: None,
        salvaged: None,
        merged: 0,
        kept: None,
    }
}
