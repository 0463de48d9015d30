//! Removes a file that a restore made. If another run has already removed it, that is no error.

use crate::answer::Error;
use crate::directory::{Directory, FsError};

/// Removes a file that is or was this run's, or a leftover.
pub fn remove(directory: &impl Directory, name: &str) -> Result<(), Error> {
    match directory.remove(name) {
        Ok(()) | Err(FsError::NotFound) => Ok(()),
        Err(fault) => {
            let what = format!("The leftover {name} cannot be removed");
            Err(fault.while_writing(&what))
        }
    }
}
