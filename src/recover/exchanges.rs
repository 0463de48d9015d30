//! Puts away what the Rust host's exchange of names left when it was interrupted. Such a file may
//! be the application's last save, under a name that the application does not know.
//!
//! A kept file that was about to be removed has such a name too, and gets its own one back.
//!
//! A file is removed only if its bytes are also under a lasting name. The run that made the
//! exchange may still be at work. So a file is first taken by giving it a name that nobody else
//! gives: whoever works with the old name notices.

use super::replace::{are_equal, create_first, too_long_to_keep};
use crate::answer::{Error, ErrorCode};
use crate::directory::{Directory, File, FsError};
use crate::listing::{look_up, scan};
use crate::remove::remove;
use crate::session::SessionId;

/// How many kept names are tried beyond the last one that is known.
const NUMBERS: usize = 1000;

/// Puts away these files. Gives why some could not be put away, and what was kept. Files of
/// sessions without any other file stay as they are.
pub fn put_away(directory: &impl Directory, names: &[&String]) -> Vec<Error> {
    if names.is_empty() {
        return Vec::new();
    }
    let ids = match owners(directory, names) {
        Ok(ids) => ids,
        Err(error) => return vec![error],
    };
    let mut told = Vec::new();
    for id in ids {
        for name in names.iter().filter(|name| id.owns_exchange(name)) {
            told.extend(Exchanged { directory, id: &id }.put_away(name));
        }
    }
    told
}

/// Gives a kept file its name back that was to be removed.
pub fn put_back(
    directory: &impl Directory,
    id: &SessionId,
    taken: &str,
    newest: u32,
) -> Result<(), Error> {
    let pruned = id.pruned_number(taken);
    Exchanged { directory, id }.keep(taken, pruned, newest)?;
    // The other name is durable before this one goes.
    let synced = directory.sync();
    synced.map_err(|fault| cannot(taken, &fault))?;
    remove(directory, taken)
}

/// Gives a file another name: one of the session's exchanges, which only this run gives.
pub fn take(directory: &impl Directory, id: &SessionId, name: &str) -> Result<String, FsError> {
    Exchanged { directory, id }.take(name)
}

/// The sessions whose files these are.
fn owners(directory: &impl Directory, names: &[&String]) -> Result<Vec<SessionId>, Error> {
    let mut ids: Vec<SessionId> = Vec::new();
    for entry in scan(directory)? {
        if let Some(id) = entry.session()
            && !ids.contains(id)
            && names.iter().any(|name| id.owns_exchange(name))
        {
            ids.push(id.clone());
        }
    }
    Ok(ids)
}

/// What exchanges of one session's names left.
struct Exchanged<'a, D> {
    directory: &'a D,
    id: &'a SessionId,
}

impl<D: Directory> Exchanged<'_, D> {
    /// Puts one file away, and gives the warning about it.
    fn put_away(&self, name: &str) -> Option<Error> {
        let pruned = self.id.pruned_number(name);
        let taken = match self.take(name) {
            Ok(taken) => taken,
            Err(FsError::NotFound) => return None,
            Err(fault) => return Some(cannot(name, &fault)),
        };
        match self.remove_or_keep(&taken, pruned) {
            // Another run took it in turn.
            Ok(None) => None,
            Ok(Some(_)) if pruned.is_some() => None,
            Ok(Some(kept)) => Some(self.kept(&kept)),
            Err(error) => Some(error),
        }
    }

    /// Gives a file a name that only this run gives, as long as it has a file of its own open.
    fn take(&self, name: &str) -> Result<String, FsError> {
        let (own, own_name) = create_first(self.directory)?;
        let file_id = own.file_id();
        let removed = self.directory.remove(&own_name);
        let file_id = file_id?;
        match removed {
            Ok(()) | Err(FsError::NotFound) => {}
            Err(fault) => return Err(fault),
        }
        let mut names = (0..).map(|number| self.id.exchange_name(file_id, number));
        loop {
            // A run that is over may have left such a name.
            let Some(taken) = names.next() else {
                return Err(FsError::Exists);
            };
            match self.directory.file_id(&taken) {
                Err(FsError::NotFound) => {
                    // An exchange that is not durable yet would bring back what had the name
                    // before.
                    self.directory.sync()?;
                    self.directory.rename(name, &taken)?;
                    return Ok(taken);
                }
                Err(fault) => return Err(fault),
                Ok(_) => {}
            }
        }
    }

    /// Removes the file, or keeps it if its bytes are nowhere else. Gives the kept file's name.
    /// `pruned` is the number that it had if it was a kept file.
    fn remove_or_keep(&self, taken: &str, pruned: Option<u32>) -> Result<Option<String>, Error> {
        let file = match self.directory.open(taken) {
            Err(FsError::NotFound) => return Ok(None),
            opened => opened.map_err(|fault| cannot(taken, &fault))?,
        };
        let numbers = look_up(self.directory, self.id)?.listed.kept;
        let kept = if self.stands_elsewhere(&file, &numbers) {
            None
        } else {
            let newest = numbers.into_iter().max().unwrap_or_default();
            match self.keep(taken, pruned, newest)? {
                None => return Ok(None),
                kept => kept,
            }
        };
        // The other name is durable before this one goes.
        let synced = self.directory.sync();
        synced.map_err(|fault| cannot(taken, &fault))?;
        remove(self.directory, taken)?;
        Ok(kept)
    }

    /// Whether another file of the session holds the same bytes. One that cannot be read does not.
    fn stands_elsewhere(&self, file: &D::File, numbers: &[u32]) -> bool {
        let kept = numbers
            .iter()
            .filter_map(|number| self.id.kept_name(*number));
        let mut names = [self.id.live_name(), self.id.backup_name()]
            .into_iter()
            .chain(kept);
        names.any(|name| {
            let opened = self.directory.open(&name);
            opened.is_ok_and(|other| are_equal(&other, file).unwrap_or(false))
        })
    }

    /// Gives the file the kept name that it had, or the first free one after the newest. Gives that
    /// name, unless the file is gone.
    fn keep(&self, taken: &str, pruned: Option<u32>, newest: u32) -> Result<Option<String>, Error> {
        let after = (newest..=u32::MAX).skip(1).take(NUMBERS);
        for number in pruned.into_iter().chain(after) {
            let name = self.id.kept_name(number);
            let name = name.ok_or_else(|| too_long_to_keep(self.id))?;
            match self.directory.link(taken, &name) {
                Ok(()) => return Ok(Some(name)),
                Err(FsError::Exists) => {}
                Err(FsError::NotFound) => return Ok(None),
                // There are file systems without second names.
                Err(_) if self.directory.file_id(&name) == Err(FsError::NotFound) => {
                    return match self.directory.rename(taken, &name) {
                        Ok(()) => Ok(Some(name)),
                        Err(FsError::NotFound) => Ok(None),
                        Err(fault) => Err(cannot(taken, &fault)),
                    };
                }
                Err(_) => {}
            }
        }
        Err(cannot(taken, &FsError::Exists))
    }

    fn kept(&self, kept: &str) -> Error {
        let live = self.id.live_name();
        Error::new(
            ErrorCode::Changed,
            format!(
                "Another program saved {live} while a restore was interrupted. Its file is kept as {kept}."
            ),
        )
        .remedied_by("Compare the two files. `undo` with this ID puts the kept one back.")
    }
}

fn cannot(name: &str, fault: &FsError) -> Error {
    fault.while_writing(&format!("The leftover {name} cannot be kept"))
}
