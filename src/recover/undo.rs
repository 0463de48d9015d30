//! Puts back what a restore replaced, from the kept file.

use super::done::Done;
use super::leftovers::remove_leftovers;
use super::options::Options;
use super::replace::{are_equal, replace};
use super::source::Source;
use crate::answer::{Action, Error, FileState, Outcome};
use crate::app::tombstones::Tombstones;
use crate::directory::{Directory, FsError};
use crate::listing::look_up;
use crate::nearest::look_up_named;
use crate::session::SessionId;
use crate::verdict::inspect::{Inspection, hold_back, inspect};
use crate::verdict::judge::read;
use crate::verdict::mend::Depth;
use crate::verdict::obstacle::obstacle_to_undo;

/// Puts back what the last restore replaced: the newest kept file that holds something else than
/// the live file does. Of the options only `dry_run` and `ignore_guards` make a difference.
pub fn undo(
    directory: &impl Directory,
    id: &SessionId,
    options: Options,
) -> Result<Outcome, Error> {
    let mut names = look_up_named(directory, id)?;
    let mut stuck = Vec::new();
    // What it exchanged may be what is to be put back.
    if !options.dry_run && names.leftovers.iter().any(|name| id.owns_exchange(name)) {
        stuck = remove_leftovers(directory, &names.leftovers);
        names = look_up(directory, id)?;
    }
    let tombstones = Tombstones::of(names.system.deleted);
    let kinds = names.listed.kinds.beside_backup();
    let mut inspection = inspect(directory, id, kinds, Depth::to_tell(&[]), &tombstones);
    if inspection.status.live.state == FileState::Missing && !names.listed.kept.is_empty() {
        hold_back(&mut inspection.status, tombstones.guard(directory, id));
        if inspection.status.guard.is_some() && !options.ignore_guards {
            let mut outcome = Done::from(Action::Nothing).about(inspection.status);
            outcome.errors.extend(stuck);
            return Ok(outcome);
        }
    }
    let done = match last_replaced(directory, id, &inspection, &names.listed.kept) {
        Err(error) => Done::failed(vec![error]),
        Ok(None) => Action::Nothing.into(),
        Ok(Some(source)) if options.dry_run => Done::of(Action::WouldRestore, source),
        Ok(Some(source)) => {
            stuck.extend(remove_leftovers(directory, &names.leftovers));
            replace(directory, id, &inspection, source, Some(&names.listed.kept))
        }
    };
    let mut outcome = done.about(inspection.status);
    outcome.errors.extend(stuck);
    Ok(outcome)
}

/// The newest kept file that holds something else than the live file does.
fn last_replaced<D: Directory>(
    directory: &D,
    id: &SessionId,
    inspection: &Inspection<D::File>,
    kept: &[u32],
) -> Result<Option<Source>, Error> {
    if let Some(obstacle) = obstacle_to_undo(id, &inspection.status.live) {
        return Err(obstacle);
    }
    let mut newer = None;
    while let Some(&number) = kept
        .iter()
        .filter(|number| newer.is_none_or(|newer| **number < newer))
        .max()
    {
        newer = Some(number);
        let name = id.kept_name(number).unwrap_or_default();
        let cannot = |fault: FsError| fault.while_reading(&format!("{name} cannot be put back"));
        let file = match directory.open(&name) {
            Err(FsError::NotFound) => continue,
            opened => opened.map_err(cannot)?,
        };
        let is_live = match &inspection.live.file {
            Some(live) => are_equal(live, &file).map_err(cannot)?,
            None => false,
        };
        if !is_live {
            let judged = read(&file);
            return Ok(Some(Source {
                name,
                judged,
                salvaged: None,
                merged: 0,
            }));
        }
    }
    Ok(None)
}
