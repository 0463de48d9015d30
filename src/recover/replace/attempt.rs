//! Holds what the steps of a restore share: what is restored, the staging file, and why an attempt
//! stopped.

use crate::answer::{Error, ErrorCode};
use crate::directory::{Directory, File, FsError};
use crate::recover::source::Source;
use crate::remove::remove;
use crate::session::{SessionId, staging_name};
use crate::verdict::inspect::Inspection;

/// How many names are tried for a staging file before it has its own.
const FIRST_NAMES: u128 = 1000;

/// Creates a new file under the first staging name that is free.
pub fn create_first<D: Directory>(directory: &D) -> Result<(D::File, String), FsError> {
    for number in 0..FIRST_NAMES {
        let name = staging_name(number);
        match directory.create(&name) {
            Err(FsError::Exists) => {}
            created => return Ok((created?, name)),
        }
    }
    Err(FsError::Exists)
}

/// One restore that is due.
pub struct Restore<'a, D: Directory> {
    pub directory: &'a D,
    pub id: &'a SessionId,
    pub inspection: &'a Inspection<D::File>,
    /// The live file, if it was opened again.
    pub reopened: Option<D::File>,
    pub source: &'a Source,
    /// The numbers of the files kept before, unless the live file is to be discarded.
    pub kept: Option<&'a [u32]>,
}

/// Why an attempt stopped.
pub enum Stop {
    /// Another run took the staging file for a leftover.
    StagingTaken,
    Failed(Vec<Error>),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(vec![error])
    }
}

pub const CHANGED: &str = "it changed in the meantime";

impl<D: Directory> Restore<'_, D> {
    /// The live file that was judged, if there is one.
    pub fn live(&self) -> Option<&D::File> {
        self.reopened
            .as_ref()
            .or(self.inspection.live.file.as_ref())
    }

    /// Creates the staging file under a name that no other run can give while this one has the file
    /// open, because it is made of the file's own ID. So what is renamed over the live file later
    /// is this file or nothing.
    pub fn create(&self) -> Result<(D::File, String), Stop> {
        let cannot = |fault: FsError| {
            fault.while_writing(&format!("A staging file for {} cannot be named", self.id))
        };
        let created = create_first(self.directory);
        let (file, first_name) = created.map_err(|fault| fault.while_creating())?;
        let file_id = file
            .file_id()
            .map_err(|fault| self.clean_up(cannot(fault).into(), &first_name))?;
        let name = staging_name(file_id);
        match self.directory.rename(&first_name, &name) {
            Ok(()) => {}
            Err(FsError::NotFound) => return Err(self.clean_up(Stop::StagingTaken, &first_name)),
            Err(fault) => return Err(self.clean_up(cannot(fault).into(), &first_name)),
        }
        match self.directory.file_id(&name) {
            Ok(found) if found == file_id => Ok((file, name)),
            Ok(_) | Err(FsError::NotFound) => Err(self.clean_up(Stop::StagingTaken, &name)),
            Err(fault) => Err(self.clean_up(cannot(fault).into(), &name)),
        }
    }

    /// Removes the staging file of an attempt that stopped. Gives why it stopped, with the error if
    /// the file could not be removed.
    pub fn clean_up(&self, mut stop: Stop, staging: &str) -> Stop {
        let stuck = remove(self.directory, staging).err();
        if let Stop::Failed(errors) = &mut stop {
            errors.extend(stuck);
        }
        stop
    }

    pub fn changed(&self, what: &str) -> Error {
        let live = self.id.live_name();
        Error::new(
            ErrorCode::Changed,
            format!("{live} was not replaced: {what}."),
        )
        .remedied_by(
            "Run the same command again when no other program is at work in the directory.",
        )
    }
}
