//! Removes kept files: of sessions that somebody names, or that the application's users deleted.
//! Only this and `prune` remove kept files.

use crate::answer::{Error, FileState, Purged};
use crate::app::tombstones::Tombstones;
use crate::directory::{Directory, FsError};
use crate::listing::{DirEntry, Filter, Listing, Parts, Survey};
use crate::prune::{removed_but_unsynced, stuck};
use crate::session::SessionId;
use crate::verdict::inspect::inspect;
use crate::verdict::mend::Depth;

/// Removes the kept files of these sessions, or says which ones it would remove.
pub fn purge(
    directory: &impl Directory,
    ids: &[SessionId],
    dry_run: bool,
) -> Result<Vec<Purged>, Error> {
    let survey = Survey::of_some(directory, ids)?;
    let files = Files::of(survey.parts, survey.leftovers);
    let purged = ids
        .iter()
        .map(|id| remove(directory, id, files.of_session(id), dry_run));
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
        DirEntry::Live(..)
        | DirEntry::Backup(..)
        | DirEntry::Kept(..)
        | DirEntry::System(..)
        | DirEntry::Leftover(..) => Filter::All,
        _ => Filter::Nothing,
    })?;
    survey.level.require_sessions()?;
    let tombstones = Tombstones::of(survey.system.deleted);
    let deleted = tombstones.deleted(directory).map_err(Clone::clone)?;
    let files = Files::of(survey.parts, survey.leftovers);
    let purged = deleted.iter().filter_map(|id| {
        let id = SessionId::new(id).ok()?;
        let names = files.of_session(&id);
        let is_due = !names.is_empty() && files.is_gone(directory, &id, &tombstones);
        is_due.then(|| remove(directory, &id, names, dry_run))
    });
    Ok(purged.collect())
}

/// What a listing found that may hold words of sessions.
struct Files {
    listing: Listing,
    leftovers: Vec<String>,
}

impl Files {
    fn of(parts: Parts, leftovers: Vec<String>) -> Self {
        let listing = Listing::from(parts);
        Self { listing, leftovers }
    }

    /// The names of a session's kept files. A kept file that was about to be removed has another
    /// name, and if there is no live file, what an exchange left is no save that anybody misses.
    fn of_session(&self, id: &SessionId) -> Vec<String> {
        let listed = self.listing.get(id);
        let is_alive = listed.is_some_and(|listed| listed.kinds.live.is_some());
        let numbers = listed.map_or(&[][..], |listed| &listed.kept);
        let kept = numbers.iter().filter_map(|number| id.kept_name(*number));
        let left = self.leftovers.iter().filter(|name| {
            id.pruned_number(name).is_some() || (!is_alive && id.owns_exchange(name))
        });
        kept.chain(left.cloned()).collect()
    }

    /// Whether a deleted session has no live file.
    fn is_gone(&self, directory: &impl Directory, id: &SessionId, tombstones: &Tombstones) -> bool {
        let listed = self.listing.get(id);
        listed.is_none_or(|listed| {
            let kinds = listed.kinds.beside_backup();
            let inspection = inspect(directory, id, kinds, Depth::to_tell(&[]), tombstones);
            inspection.status.live.state == FileState::Missing
        })
    }
}

fn remove(directory: &impl Directory, id: &SessionId, names: Vec<String>, dry_run: bool) -> Purged {
    let mut purged = Purged {
        session_id: Some(id.to_string()),
        removed: Vec::new(),
        errors: Vec::new(),
    };
    for name in names {
        match if dry_run {
            Ok(())
        } else {
            directory.remove(&name)
        } {
            Ok(()) => purged.removed.push(name),
            Err(FsError::NotFound) => {}
            Err(fault) => purged.errors.push(stuck(&name, &fault)),
        }
    }
    if !dry_run
        && !purged.removed.is_empty()
        && let Err(fault) = directory.sync()
    {
        purged.errors.push(removed_but_unsynced(&fault));
    }
    purged
}
