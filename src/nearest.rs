//! Looks up a session that somebody named. If it does not exist, the error names similar IDs: a
//! mistyped ID must not look like a session without a backup.

use strsim::osa_distance;

use crate::answer::{Error, ErrorCode};
use crate::directory::Directory;
use crate::listing::{self, DirEntry, Names, look_up, scan};
use crate::session::SessionId;
use crate::session::copies::is_certain;
use crate::sorted::sorted;

/// How many sessions are named at most.
const MOST: usize = 3;

/// Looks up a session that somebody named.
///
/// # Errors
///
/// The directory cannot be listed, or has no file of the session.
pub fn look_up_named(directory: &impl Directory, id: &SessionId) -> Result<Names, Error> {
    require(directory, id, look_up(directory, id)?)
}

/// Looks up a session that somebody named, and the files that may be copies of its files.
///
/// # Errors
///
/// The same as [`look_up_named`].
pub fn look_up_with_copies(directory: &impl Directory, id: &SessionId) -> Result<Names, Error> {
    let names = listing::look_up_with_copies(directory, id)?;
    if names.listed.copies.is_empty() {
        return require(directory, id, names);
    }
    Ok(names)
}

/// Does what [`look_up_named`] does, and names the files that are copies by their names.
///
/// # Errors
///
/// The same as [`look_up_named`].
pub fn look_up_with_certain_copies(
    directory: &impl Directory,
    id: &SessionId,
) -> Result<Names, Error> {
    let mut names = listing::look_up_with_copies(directory, id)?;
    let text = id.to_string();
    names.listed.copies.retain(|name| is_certain(name, &text));
    require(directory, id, names)
}

/// Fails if there is no file of the session.
///
/// # Errors
///
/// There is none, or the directory cannot be listed.
pub fn require(directory: &impl Directory, id: &SessionId, names: Names) -> Result<Names, Error> {
    let has_exchange = names.leftovers.iter().any(|name| id.owns_exchange(name));
    if has_exchange || names.listed.has_files() {
        return Ok(names);
    }
    let message = format!("There is no session {id} in this directory.");
    let remedy = match &*nearest(directory, &id.to_string())? {
        [] => "`list` shows the IDs of all sessions.".to_owned(),
        [only] => format!("Did you mean {only}?"),
        [others @ .., last] => format!("Did you mean {} or {last}?", others.join(", ")),
    };
    Err(Error::new(ErrorCode::NoSuchSession, message).remedied_by(remedy))
}

/// The IDs that are like this one, the most similar first.
fn nearest(directory: &impl Directory, id: &str) -> Result<Vec<String>, Error> {
    let mut similar = Vec::new();
    for find in scan(directory)? {
        let (DirEntry::Live(other, _) | DirEntry::Backup(other, _)) = find else {
            continue;
        };
        let other = other.to_string();
        if let Some(distance) = distance(id, &other) {
            similar.push((distance, other));
        }
    }
    let mut similar = sorted(similar);
    similar.dedup();
    Ok(similar.into_iter().take(MOST).map(|(_, id)| id).collect())
}

/// How far apart two IDs are, if they are like each other: one begins with the other, or few
/// characters differ.
fn distance(id: &str, other: &str) -> Option<usize> {
    let is_cut = !id.is_empty() && (other.starts_with(id) || id.starts_with(other));
    if is_cut {
        return Some(0);
    }
    let distance = osa_distance(id, other);
    (distance * 3 < id.len()).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn a_part_of_an_id_is_nearer_than_a_mistyped_one() {
        assert_eq!(distance("3f2a", "3f2a9c01"), Some(0));
        assert_eq!(distance("3f2b9c01", "3f2a9c01"), Some(1));
        assert_eq!(distance("3f2a9c01", "77d4e100"), None);
    }
}
