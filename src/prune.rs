//! Removes the kept files that hold nothing which other files lack. Without this they grow with
//! each restore. What is redundant is decided by content, never by number or age.
//!
//! | module | what it does |
//! |---|---|
//! | `standing` | holds a file that stays, against which others are held |
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

use std::mem;

use crate::answer::{Error, Purged};
use crate::app::tombstones::Tombstones;
use crate::directory::Directory;
use crate::listing::{DirEntry, Filter, Listing, Parts, Survey};
use crate::recover::put_away;
use crate::session::{SessionId, is_pruned_name};
use redundant::Session;
use removal::Removal;

/// About how many files are open at once. One listing of the directory serves all sessions whose
/// files are open.
const MOST_OPEN: usize = 64;

/// Removes the redundant kept files of all sessions and of the application's index, or says which
/// ones it would remove.
pub fn prune(directory: &impl Directory, dry_run: bool) -> Result<Vec<Purged>, Error> {
    prune_wanted(directory, None, dry_run)
}

/// Does so only for these sessions.
pub fn prune_some(
    directory: &impl Directory,
    ids: &[SessionId],
    dry_run: bool,
) -> Result<Vec<Purged>, Error> {
    prune_wanted(directory, Some(ids), dry_run)
}

fn prune_wanted(
    directory: &impl Directory,
    ids: Option<&[SessionId]>,
    dry_run: bool,
) -> Result<Vec<Purged>, Error> {
    let mut survey = survey(directory, ids)?;
    let mut purged = Vec::new();
    if !dry_run && survey.leftovers.iter().any(|name| is_pruned_name(name)) {
        purged.push(Purged::failed(put_back(directory, &survey.leftovers)));
        survey = self::survey(directory, ids)?;
    }
    purged.extend(if dry_run {
        in_sessions(survey.parts, &mut |id, kept| {
            vec![Session::of(directory, id, kept).would_remove()]
        })
    } else {
        remove_redundant(directory, survey.parts)
    });
    if ids.is_none() {
        let tombstones = Tombstones::of(survey.system.deleted);
        let (index, replaced) = (survey.system.index, survey.replaced_indexes);
        purged.push(index::prune(
            directory,
            index,
            replaced,
            &tombstones,
            dry_run,
        ));
    }
    purged.retain(Purged::says_something);
    Ok(purged)
}

/// Lists the directory: the kept files of these sessions, and the index's.
fn survey(directory: &impl Directory, ids: Option<&[SessionId]>) -> Result<Survey, Error> {
    let wanted = ids.map(Listing::of);
    let is_wanted = |id: &SessionId| {
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.get(id).is_some())
    };
    let survey = Survey::of(directory, &|entry| match entry {
        DirEntry::Kept(id, _) if is_wanted(id) => Filter::All,
        DirEntry::System(..) | DirEntry::Leftover(_) => Filter::All,
        _ => Filter::Nothing,
    })?;
    survey.level.require_sessions()?;
    Ok(survey)
}

/// Puts back the kept files that an interrupted run was about to remove.
fn put_back(directory: &impl Directory, leftovers: &[String]) -> Vec<Error> {
    let pruned = leftovers.iter().filter(|name| is_pruned_name(name));
    put_away(directory, &pruned.collect::<Vec<_>>())
}

fn in_sessions(
    parts: Parts,
    act: &mut dyn FnMut(SessionId, Vec<u32>) -> Vec<Purged>,
) -> Vec<Purged> {
    let mut purged = Vec::new();
    for (live_name, listed) in Listing::from(parts) {
        if let Some(id) = SessionId::of_live(&live_name) {
            purged.extend(act(id, listed.kept));
        }
    }
    purged
}

fn remove_redundant(directory: &impl Directory, parts: Parts) -> Vec<Purged> {
    let mut removal = Removal::in_directory(directory);
    let mut found: Vec<Session<_>> = Vec::new();
    let mut purged = in_sessions(parts, &mut |id, kept| {
        let session = Session::of(directory, id, kept);
        if session.redundant.is_empty() {
            return vec![session.would_remove()];
        }
        found.push(session);
        let open: usize = found.iter().map(Session::open).sum();
        if open < MOST_OPEN {
            return Vec::new();
        }
        removal.remove(mem::take(&mut found))
    });
    purged.extend(removal.remove(found));
    purged
}

impl Purged {
    const fn failed(errors: Vec<Error>) -> Self {
        Self {
            session_id: None,
            removed: Vec::new(),
            errors,
        }
    }

    const fn says_something(&self) -> bool {
        !self.removed.is_empty() || !self.errors.is_empty()
    }
}
