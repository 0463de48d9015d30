//! Removes the files that the application's index was before it was renamed, if what they list is
//! listed elsewhere. No restore relies on them, and they hold no messages.

use std::cell::OnceCell;

use super::standing::Standing;
use crate::answer::{Error, ErrorCode, Purged};
use crate::app::index::sessions;
use crate::app::tombstones::Tombstones;
use crate::directory::{Directory, File, FsError, Kind};
use crate::session::{INDEX, replaced_index_name};
use crate::sorted::sorted;

/// The most files that others are held against.
const MOST_STANDING: usize = 16;

/// An index, old or new, and the sessions that it lists, if each row names one.
struct Index<F> {
    file: Standing<F>,
    sessions: OnceCell<Option<Vec<String>>>,
}

/// Removes those of the index's former files that are redundant, or says which ones it would
/// remove.
pub fn prune<D: Directory>(
    directory: &D,
    index: Option<Kind>,
    replaced: Vec<u32>,
    tombstones: &Tombstones,
    dry_run: bool,
) -> Purged {
    let mut purged = Purged::failed(Vec::new());
    let mut standing: Vec<Index<D::File>> = Vec::new();
    if index == Some(Kind::File) && !replaced.is_empty() {
        standing.extend(Index::open(directory, INDEX.to_owned()).ok().flatten());
    }
    for number in sorted(replaced).into_iter().rev() {
        let name = replaced_index_name(number);
        let what = format!("{name} was not checked, and stays");
        match Index::open(directory, name) {
            Ok(Some(file)) if is_redundant(directory, &file, &standing, tombstones) => {
                let removed = if dry_run {
                    Ok(())
                } else {
                    remove(directory, &file, &standing)
                };
                match removed {
                    Ok(()) => purged.removed.push(file.file.name),
                    Err(error) => purged.errors.push(error),
                }
            }
            Ok(Some(file)) if standing.len() < MOST_STANDING => standing.push(file),
            Ok(_) => {}
            Err(fault) => purged.errors.push(fault.while_reading(&what)),
        }
    }
    if !dry_run
        && !purged.removed.is_empty()
        && let Err(fault) = directory.sync()
    {
        let what = "The kept files of the index are removed, but the directory cannot be synced";
        purged.errors.push(fault.while_writing(what));
    }
    purged
}

impl<F: File> Index<F> {
    fn open<D: Directory<File = F>>(directory: &D, name: String) -> Result<Option<Self>, FsError> {
        let opened = Standing::open(directory, name)?;
        Ok(opened.map(|file| Self {
            file,
            sessions: OnceCell::new(),
        }))
    }

    fn sessions(&self) -> Option<&Vec<String>> {
        let sessions = self
            .sessions
            .get_or_init(|| sessions(&self.file.file).unwrap_or_default());
        sessions.as_ref()
    }

    fn lists(&self, id: &String) -> bool {
        let sessions = self.sessions();
        sessions.is_some_and(|sessions| sessions.binary_search(id).is_ok())
    }
}

/// Whether a file is one of those that stay, or lists no session that neither they nor the list of
/// deleted sessions have.
fn is_redundant<D: Directory>(
    directory: &D,
    index: &Index<D::File>,
    standing: &[Index<D::File>],
    tombstones: &Tombstones,
) -> bool {
    if standing.iter().any(|other| other.file.is_same(&index.file)) {
        return true;
    }
    let is_listed = |id: &String| {
        let deleted = tombstones.deleted(directory);
        standing.iter().any(|other| other.lists(id))
            || deleted.is_ok_and(|deleted| deleted.binary_search(id).is_ok())
    };
    let sessions = index.sessions();
    sessions.is_some_and(|sessions| sessions.iter().all(is_listed))
}

/// Removes a file, if those that stay are durable and still there.
fn remove<D: Directory>(
    directory: &D,
    index: &Index<D::File>,
    standing: &[Index<D::File>],
) -> Result<(), Error> {
    let name = &index.file.name;
    let cannot = |fault: FsError| fault.while_writing(&format!("{name} cannot be removed"));
    for other in standing {
        other.file.file.sync().map_err(cannot)?;
    }
    directory.sync().map_err(cannot)?;
    for file in standing.iter().chain([index]) {
        if !file.file.has_its_name(directory).map_err(cannot)? {
            let other = &file.file.name;
            let message = format!("{name} was not removed: {other} changed in the meantime.");
            let error = Error::new(ErrorCode::Changed, message);
            return Err(error.remedied_by("Run the same command again."));
        }
    }
    match directory.remove(name) {
        Err(fault) => Err(cannot(fault)),
        Ok(()) => Ok(()),
    }
}
