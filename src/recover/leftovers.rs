//! Removes leftovers: files of interrupted runs. Some may belong to a run at work, which notices
//! and begins anew. The file of an exchange may be the application's, so it is not removed by its
//! name.

use super::exchanges::put_away;
use crate::answer::Error;
use crate::directory::Directory;
use crate::listing::{DirEntry, scan};
use crate::remove::remove;
use crate::session::Role;

/// Removes these staging files and claims, and puts away what exchanges left. Gives why some could
/// not be removed, and what was kept.
///
/// Whoever removes a run's claim must also stop that run. So every staging file is removed as well:
/// the run then has nothing to rename.
pub fn remove_leftovers(directory: &impl Directory, names: &[String]) -> Vec<Error> {
    let is_claim = |name: &&String| Role::of(name) == Role::Claim;
    let (claims, others): (Vec<_>, Vec<_>) =
        names.iter().cloned().partition(|name| is_claim(&name));
    let mut told = take_away(directory, &others);
    if !claims.is_empty() {
        told.extend(
            claims
                .iter()
                .filter_map(|name| remove(directory, name).err()),
        );
        match without_claims(directory) {
            Ok(names) => told.extend(take_away(directory, &names)),
            Err(error) => told.push(error),
        }
    }
    told
}

fn without_claims(directory: &impl Directory) -> Result<Vec<String>, Error> {
    let wanted = |entry| match entry {
        DirEntry::Leftover(name) if Role::of(&name) != Role::Claim => Some(name),
        _ => None,
    };
    Ok(scan(directory)?.filter_map(wanted).collect())
}

fn take_away(directory: &impl Directory, names: &[String]) -> Vec<Error> {
    let is_staging = |name: &&String| Role::of(name) == Role::Staging;
    let (staging, exchanged): (Vec<_>, Vec<_>) = names.iter().partition(is_staging);
    let stuck = staging
        .into_iter()
        .filter_map(|name| remove(directory, name).err());
    let mut told: Vec<_> = stuck.collect();
    told.extend(put_away(directory, &exchanged));
    told
}
