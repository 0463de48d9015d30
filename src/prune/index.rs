//! Removes the files that the application's index was before it was renamed, if what they list is
//! listed elsewhere. No restore relies on them, and they hold no messages.

use super::standing::{Standing, removed_but_unsynced, stuck};
use crate::answer::Purged;
use crate::app::index::sessions;
use crate::app::tombstones::Tombstones;
use crate::directory::{Directory, File, FsError, Kind};
use crate::session::{INDEX, replaced_index_name};
use crate::sorted::sorted;

/// The most files that others are held against.
const MOST_STANDING: usize = 16;

/// The index and its former files, as far as they stay.
struct Indexes<'a, D: Directory> {
    directory: &'a D,
    tombstones: &'a Tombstones,
    standing: Vec<Standing<D::File>>,
    /// The sessions that each of them lists.
    listed: Vec<Vec<String>>,
}

/// Removes those of the index's former files that are redundant, or says which ones it would
/// remove. `index` is the kind of entry that has the index's name.
pub fn prune<D: Directory>(
    directory: &D,
    index: Option<Kind>,
    replaced: Vec<u32>,
    tombstones: &Tombstones,
    dry_run: bool,
) -> Purged {
    let mut indexes = Indexes {
        directory,
        tombstones,
        standing: Vec::new(),
        listed: Vec::new(),
    };
    let mut purged = Purged {
        session_id: None,
        removed: Vec::new(),
        errors: Vec::new(),
    };
    if replaced.is_empty() {
        return purged;
    }
    if index == Some(Kind::File)
        && let Ok(Some(index)) = Standing::open(directory, INDEX.to_owned())
    {
        let listed = sessions(&index.file);
        indexes.add(index, listed.ok().flatten());
    }
    for number in sorted(replaced).into_iter().rev() {
        let name = replaced_index_name(number);
        match indexes.look_at(&name, dry_run) {
            Ok(true) => purged.removed.push(name),
            Ok(false) => {}
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

impl<D: Directory> Indexes<'_, D> {
    fn add(&mut self, file: Standing<D::File>, listed: Option<Vec<String>>) {
        if self.standing.len() < MOST_STANDING {
            self.standing.push(file);
            self.listed.push(listed.unwrap_or_default());
        }
    }

    /// Removes a file if it is redundant, and says whether it is or was.
    fn look_at(&mut self, name: &str, dry_run: bool) -> Result<bool, FsError> {
        let Some(file) = Standing::open(self.directory, name.to_owned())? else {
            return Ok(false);
        };
        let listed = sessions(&file.file)?;
        let is_listed = |id: &String| {
            let mut all = self.listed.iter();
            let deleted = self.tombstones.deleted(self.directory);
            all.any(|listed| listed.binary_search(id).is_ok())
                || deleted.is_ok_and(|deleted| deleted.binary_search(id).is_ok())
        };
        let is_redundant = file.is_among(&self.standing)
            || listed
                .as_ref()
                .is_some_and(|listed| listed.iter().all(is_listed));
        if !is_redundant {
            self.add(file, listed);
            return Ok(false);
        }
        if !dry_run {
            self.remove(&file)?;
        }
        Ok(true)
    }

    /// Removes a file, if those that stay are durable and still there.
    fn remove(&self, file: &Standing<D::File>) -> Result<(), FsError> {
        for other in &self.standing {
            other.file.sync()?;
        }
        self.directory.sync()?;
        for other in self.standing.iter().chain([file]) {
            if !other.has_its_name(self.directory)? {
                return Err(FsError::NotFound);
            }
        }
        self.directory.remove(&file.name)
    }
}
