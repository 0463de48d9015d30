//! Removes what interrupted runs left, or runs at work are about to need: those
//! notice, and begin anew.

use crate::answer::Error;
use crate::directory::{Directory, Fault};
use crate::listing::{Find, finds};
use crate::session::Role;

/// Removes these staging files and claims; gives why some could not be.
///
/// Whoever takes a run's claim away must also stop that run, before it restores
/// itself: so all staging files that are there without a claim are removed as well.
pub fn remove_leftovers(directory: &impl Directory, names: &[String]) -> Vec<Error> {
    let is_claim = |name: &&String| Role::of(name) == Role::Claim;
    let (claims, staging): (Vec<_>, Vec<_>) = names.iter().partition(is_claim);
    let remove = |name: &String| remove(directory, name).err();
    let mut stuck: Vec<_> = staging.into_iter().filter_map(remove).collect();
    if !claims.is_empty() {
        stuck.extend(claims.into_iter().filter_map(remove));
        match staging_files(directory) {
            Ok(names) => stuck.extend(names.iter().filter_map(remove)),
            Err(error) => stuck.push(error),
        }
    }
    stuck
}

fn staging_files(directory: &impl Directory) -> Result<Vec<String>, Error> {
    let staging = |find| match find {
        Find::Leftover(name) if Role::of(&name) == Role::Staging => Some(name),
        _ => None,
    };
    Ok(finds(directory)?.filter_map(staging).collect())
}

/// Removes a file that is or was this run's, or a leftover.
pub fn remove(directory: &impl Directory, name: &str) -> Result<(), Error> {
    match directory.remove(name) {
        Ok(()) | Err(Fault::NotFound) => Ok(()),
        Err(fault) => {
            let what = format!("{name}, which a restore left, cannot be removed");
            Err(fault.while_writing(&what))
        }
    }
}
