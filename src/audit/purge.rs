//! Removes kept files: of sessions that somebody names, or that the application's users deleted.
//! Only this and `prune` remove kept files.

use crate::answer::{Error, FileState, Guard, Purged};
use crate::app::tombstones::Tombstones;
use crate::directory::{Directory, FsError};
use crate::listing::{DirEntry, Filter, Listed, Listing, Survey};
use crate::session::SessionId;
use crate::verdict::inspect::inspect;

/// Removes the kept files of these sessions, or says which ones it would remove.
pub fn purge(
    directory: &impl Directory,
    ids: &[SessionId],
    dry_run: bool,
) -> Result<Vec<Purged>, Error> {
    let listing = Listing::from(Survey::of_some(directory, ids)?.parts);
    let purged = ids.iter().map(|id| {
        let kept = listing.get(id).map(|listed| &*listed.kept);
        remove(directory, id, kept.unwrap_or_default(), dry_run)
    });
    Ok(purged.collect())
}

/// Removes the kept files of all sessions that are in the application's list of deleted sessions
/// and have no live file. A dry run only says which ones.
///
/// # Errors
///
/// Also fails if the list of deleted sessions cannot be read.
pub fn purge_deleted(directory: &impl Directory, dry_run: bool) -> Result<Vec<Purged>, Error> {
    let survey = Survey::of(directory, &|entry| match entry {
        DirEntry::Live(..) | DirEntry::Backup(..) | DirEntry::Kept(..) | DirEntry::System(..) => {
            Filter::All
        }
        _ => Filter::Nothing,
    })?;
    survey.level.require_sessions()?;
    let tombstones = Tombstones::of(survey.system.deleted);
    tombstones.deleted(directory).map_err(Clone::clone)?;
    let purged = Listing::from(survey.parts)
        .into_iter()
        .filter(|(_, listed)| !listed.kept.is_empty())
        .filter_map(|(live_name, listed)| Some((SessionId::of_live(&live_name)?, listed)))
        .filter(|(id, listed)| is_deleted(directory, id, listed, &tombstones))
        .map(|(id, listed)| remove(directory, &id, &listed.kept, dry_run));
    Ok(purged.collect())
}

fn is_deleted<D: Directory>(
    directory: &D,
    id: &SessionId,
    listed: &Listed,
    tombstones: &Tombstones,
) -> bool {
    let is_listed = tombstones.guard(directory, id) == Some(Guard::Deleted);
    is_listed && {
        let inspection = inspect(directory, id, listed.kinds.beside_backup(), tombstones);
        inspection.status.live.state == FileState::Missing
    }
}

fn remove(directory: &impl Directory, id: &SessionId, kept: &[u32], dry_run: bool) -> Purged {
    let mut purged = Purged {
        session_id: Some(id.to_string()),
        removed: Vec::new(),
        errors: Vec::new(),
    };
    for name in kept.iter().filter_map(|number| id.kept_name(*number)) {
        match if dry_run {
            Ok(())
        } else {
            directory.remove(&name)
        } {
            Ok(()) => purged.removed.push(name),
            Err(FsError::NotFound) => {}
            Err(fault) => {
                let what = format!("{name} cannot be removed");
                purged.errors.push(fault.while_writing(&what));
            }
        }
    }
    if !dry_run
        && !purged.removed.is_empty()
        && let Err(fault) = directory.sync()
    {
        let what = "The kept files are removed, but the directory cannot be synced";
        purged.errors.push(fault.while_writing(what));
    }
    purged
}
