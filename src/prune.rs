//! Removes the kept files that hold nothing which other files lack. Without this they grow with
//! each restore. What is redundant is decided by content, never by number or age.
//!
//! | module | what it does |
//! |---|---|
//! | `standing` | holds a file against others |
//! | `redundant` | decides which kept files of a session are redundant |
//! | `removal` | removes them, unless another run is at work on the session |
//! | `index` | does both for the files that the application's index was before |
//!
//! All functions fail if the directory cannot be listed, or if it is not a session directory.

#![allow(
    clippy::missing_errors_doc,
    reason = "the module's documentation names the errors"
)]

mod index;
mod redundant;
mod removal;
mod standing;

use crate::answer::{Error, Purged};
use crate::app::tombstones::Tombstones;
use crate::directory::{Directory, Kind};
use crate::listing::{DirEntry, Filter, Listing, Survey};
use crate::session::SessionId;
use redundant::Session;
use removal::Removal;
pub(crate) use standing::{removed_but_unsynced, stuck};

/// About how many files are open at once. One listing of the directory serves all sessions whose
/// files are open.
const MOST_OPEN: usize = 64;

/// Removes the redundant kept files of these sessions, or of all sessions and of the application's
/// index. A dry run only says which ones.
pub fn prune(
    directory: &impl Directory,
    only: Option<&[SessionId]>,
    dry_run: bool,
) -> Result<Vec<Purged>, Error> {
    let survey = survey(directory, only)?;
    let mut removal = Removal::in_directory(directory, dry_run);
    let mut purged = Vec::new();
    let mut sessions: Vec<Session<_>> = Vec::new();
    let mut open = 0;
    for (live_name, listed) in Listing::from(survey.parts) {
        let id = SessionId::of_live(&live_name).filter(|_| !listed.kept.is_empty());
        let Some(id) = id else {
            continue;
        };
        let session = Session::of(directory, id, listed);
        open += session.open();
        sessions.push(session);
        if open >= MOST_OPEN {
            removal.remove(&mut sessions, &mut purged);
            open = 0;
        }
    }
    removal.remove(&mut sessions, &mut purged);
    if only.is_none() {
        let tombstones = Tombstones::of(survey.system.deleted);
        let (index, replaced) = (survey.system.index, survey.replaced_indexes);
        let index = index::prune(directory, index, replaced, &tombstones, dry_run);
        purged.push(index);
    }
    purged.retain(|each| !each.removed.is_empty() || !each.errors.is_empty());
    Ok(purged)
}

/// Lists the directory: the kept files of these sessions, live files that are no files, and the
/// application's own files.
fn survey(directory: &impl Directory, only: Option<&[SessionId]>) -> Result<Survey, Error> {
    let wanted = only.map(Listing::of);
    let survey = Survey::of(directory, &|entry| match (entry, &wanted) {
        (DirEntry::Kept(id, _), Some(wanted)) if wanted.get(id).is_none() => Filter::Nothing,
        (DirEntry::Live(_, Kind::File), _) => Filter::Nothing,
        (DirEntry::Kept(..) | DirEntry::Live(..) | DirEntry::System(..), _) => Filter::All,
        _ => Filter::Nothing,
    })?;
    survey.level.require_sessions()?;
    Ok(survey)
}
