//! Puts back what a restore replaced, from the kept file, or takes away what it put where no file
//! was.

use super::done::Done;
use super::leftovers::remove_leftovers;
use super::options::Options;
use super::replace::{are_equal, replace, take_away};
use super::source::Source;
use crate::answer::{Action, Error, FileState, Outcome};
use crate::app::tombstones::Tombstones;
use crate::directory::{Directory, FsError};
use crate::history::was_missing;
use crate::listing::{Names, look_up};
use crate::nearest::look_up_named;
use crate::session::SessionId;
use crate::verdict::inspect::{Inspection, hold_back, inspect};
use crate::verdict::judge::read;
use crate::verdict::mend::Depth;
use crate::verdict::obstacle::obstacle_to_undo;

/// Puts back what the last restore replaced: the newest kept file that holds something else than
/// the live file does. If the restore put the live file where none was, it is taken away. Of the
/// options only `dry_run` and `ignore_guards` make a difference.
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
    let kept = &names.listed.kept;
    let wanted = what_was_before(directory, id, &inspection, &names, &mut stuck);
    let is_due = !matches!(wanted, Err(_) | Ok(Before::Unknown));
    if is_due && !options.dry_run {
        stuck.extend(remove_leftovers(directory, &names.leftovers));
    }
    let done = match wanted {
        Err(error) => Done::failed(vec![error]),
        Ok(Before::Unknown) => Action::Nothing.into(),
        Ok(Before::Nothing) if options.dry_run => Action::WouldRestore.into(),
        Ok(Before::Nothing) => take_away(directory, id, &inspection, kept),
        Ok(Before::Kept(source)) if options.dry_run => Done::of(Action::WouldRestore, source),
        Ok(Before::Kept(source)) => replace(directory, id, &inspection, source, Some(kept)),
    };
    let mut outcome = done.about(inspection.status);
    outcome.errors.extend(stuck);
    Ok(outcome)
}

/// What was in the live file's place.
enum Before {
    /// What a kept file holds.
    Kept(Source),
    /// No file.
    Nothing,
    /// Nobody knows.
    Unknown,
}

/// What the last restore replaced. If the history cannot be read, it is what the kept files say,
/// and `told` gets the error.
fn what_was_before<D: Directory>(
    directory: &D,
    id: &SessionId,
    inspection: &Inspection<D::File>,
    names: &Names,
    told: &mut Vec<Error>,
) -> Result<Before, Error> {
    if let Some(obstacle) = obstacle_to_undo(id, &inspection.status.live) {
        return Err(obstacle);
    }
    if inspection.live.file.is_some() {
        match was_missing(directory, names.system.log, id) {
            Ok(true) => return Ok(Before::Nothing),
            Ok(false) => {}
            Err(error) => told.push(error),
        }
    }
    let source = last_replaced(directory, id, inspection, &names.listed.kept)?;
    Ok(source.map_or(Before::Unknown, Before::Kept))
}

/// The newest kept file that holds something else than the live file does.
fn last_replaced<D: Directory>(
    directory: &D,
    id: &SessionId,
    inspection: &Inspection<D::File>,
    kept: &[u32],
) -> Result<Option<Source>, Error> {
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
