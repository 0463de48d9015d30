//! Lets only one of several runs restore a session: the owner of the session's claim. A claim is an
//! empty file, which its owner holds from before the last look until after the rename.
//!
//! No run can know whether the claim that it finds belongs to a dead run. So each run begins by
//! removing claims, and then the staging files. It takes its own claim only when its staging file
//! is complete. A run that lost its claim finds nothing to rename.

use crate::answer::Error;
use crate::directory::{Directory, File, FsError, file_id_of};
use crate::remove::remove;
use crate::session::SessionId;

/// A session's claim, whether this run holds it or not.
pub struct Claim<'a, D: Directory> {
    directory: &'a D,
    name: String,
    /// The file that this run made: as long as it is open, no other has its ID.
    made: Option<D::File>,
}

impl<'a, D: Directory> Claim<'a, D> {
    pub fn of(directory: &'a D, id: &SessionId) -> Self {
        Self::named(directory, id.claim_name())
    }

    /// A claim of something else than a session.
    pub const fn named(directory: &'a D, name: String) -> Self {
        Self {
            directory,
            name,
            made: None,
        }
    }

    /// Takes the claim if it is free, and gives whether this run holds it.
    pub fn hold(&mut self) -> Result<bool, FsError> {
        if self.is_held()? {
            return Ok(true);
        }
        self.made = match self.directory.create(&self.name) {
            Ok(file) => Some(file),
            Err(FsError::Exists) => None,
            Err(fault) => return Err(fault),
        };
        Ok(self.made.is_some())
    }

    /// Gives the claim up if this run holds it.
    pub fn release(self) -> Result<(), Error> {
        let held = self.is_held().map_err(|fault| {
            let what = format!("The claim {} cannot be checked", self.name);
            fault.while_reading(&what)
        })?;
        if held {
            remove(self.directory, &self.name)?;
        }
        Ok(())
    }

    fn is_held(&self) -> Result<bool, FsError> {
        let Some(made) = &self.made else {
            return Ok(false);
        };
        match file_id_of(self.directory, &self.name)? {
            None => Ok(false),
            Some(found) => Ok(found == made.file_id()?),
        }
    }
}
