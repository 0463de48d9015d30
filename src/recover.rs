//! Restores a session from its backup, if this should be done and can be done. All functions fail
//! if the directory cannot be listed.

#![allow(
    clippy::missing_errors_doc,
    reason = "the module's documentation names the errors"
)]

mod done;
mod exchanges;
mod leftovers;
mod options;
mod remove;
mod replace;
mod source;
mod undo;

pub use exchanges::put_back;
pub use leftovers::remove_leftovers;
pub use options::Options;
pub use replace::{are_equal, create_first};
pub use undo::undo;

use crate::answer::{Action, Error, ErrorCode, Outcome};
use crate::app::temporary;
use crate::app::tombstones::Tombstones;
use crate::directory::{Directory, File};
use crate::listing::{Names, look_up};
use crate::nearest::look_up_named;
use crate::session::SessionId;
use crate::verdict::compare::{Comparison, MOST};
use crate::verdict::inspect::{Inspection, inspect, inspect_for_sweep, look_closer};
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
    let names = look_up_named(directory, id)?;
    let tombstones = Tombstones::of(names.system.deleted);
    let kinds = names.listed.kinds.beside_backup();
    let mut inspection = inspect(directory, id, kinds, &tombstones);
    if options.force {
        look_closer(id, &mut inspection);
    }
    temporary::add_note(
        directory,
        id,
        &names.listed.temporary,
        &mut inspection.status,
    );
    let is_due = options.is_due(&inspection.status);
    let stuck = if !options.dry_run && (is_due || was_interrupted(directory, id, &names)) {
        remove_leftovers(directory, &names.leftovers)
    } else {
        Vec::new()
    };
    let mut outcome = restore(directory, id, inspection, options, &names.listed.kept);
    outcome.errors.extend(stuck);
    Ok(outcome)
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
    inspection: Inspection<D::File>,
    options: Options,
    kept: &[u32],
) -> Outcome {
    let done = match choose_source(id, &inspection, options) {
        Err(error) => Done::failed(vec![error]),
        Ok(None) => Action::Nothing.into(),
        Ok(Some(source)) if options.dry_run => Done::of(Action::WouldRestore, source),
        Ok(Some(source)) => {
            let kept = (!options.discard).then_some(kept);
            replace(directory, id, &inspection, source, kept)
        }
    };
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
    if !options.is_due(status) {
        return Ok(None);
    }
    if !options.discard && inspection.live.file.is_some() && id.kept_name(1).is_none() {
        return Err(too_long_to_keep(id));
    }
    Ok(Some(Source {
        name: id.backup_name(),
        judged: status.backup.clone(),
        merged: if options.merge {
            mergeable(id, inspection)?
        } else {
            0
        },
    }))
}

/// How many messages are to be added to the backup's.
fn mergeable<F: File>(id: &SessionId, inspection: &Inspection<F>) -> Result<u32, Error> {
    let status = &inspection.status;
    if status.live_only == Some(0) {
        return Ok(0);
    }
    let why = match (live_only(inspection), status.live.problem()) {
        _ if status.backup.messages() == Some(0) => "The backup holds no messages".to_owned(),
        (Some(live_only), None) => return Ok(live_only),
        (_, Some(problem)) => problem.said_of("It"),
        (None, None) => format!(
            "The two files could not be compared, or hold more than {MOST} messages together"
        ),
    };
    let live = id.live_name();
    Err(Error::new(
        ErrorCode::NotMergeable,
        format!("{live} cannot be merged. {why}."),
    )
    .remedied_by("Restore it without --merge. The replaced file is kept."))
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
    let status = inspect_for_sweep(directory, id, kinds, &tombstones).status;
    if options.is_due(&status) || status.obstacle.is_some() {
        return outcome;
    }
    Outcome {
        status,
        action: Action::Nothing,
        errors: outcome.errors.into_iter().skip(1).collect(),
        source: None,
        merged: 0,
        kept: None,
    }
}
