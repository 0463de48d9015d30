//! Holds a file against others: one that stays, or one that may be redundant. It is open, so that
//! no other file gets its ID.

use std::cell::OnceCell;

use crate::answer::Error;
use crate::app::guard::SessionMeta;
use crate::directory::{Directory, File, FsError};
use crate::recover::are_equal;
use crate::verdict::judge::{Judgement, judge};
use crate::verdict::messages::Messages;

/// An open file, which is judged when that is needed first.
pub struct Standing<F> {
    pub name: String,
    pub file: F,
    judgement: OnceCell<Judgement>,
}

impl<F: File> Standing<F> {
    /// Opens a file. Gives `None` if it is not there.
    pub fn open(
        directory: &impl Directory<File = F>,
        name: String,
    ) -> Result<Option<Self>, FsError> {
        match directory.open(&name) {
            Err(FsError::NotFound) => Ok(None),
            opened => Ok(Some(Self {
                name,
                file: opened?,
                judgement: OnceCell::new(),
            })),
        }
    }

    /// Whether the file has no bytes.
    pub fn is_empty(&self) -> bool {
        let first = self.file.read(0, 1);
        first.is_ok_and(|chunk| chunk.is_last && chunk.bytes.is_empty())
    }

    /// Whether one of these files holds the same bytes. One that cannot be read does not.
    pub fn is_among(&self, others: &[Self]) -> bool {
        let is_same = |other: &Self| are_equal(&self.file, &other.file).unwrap_or(false);
        others.iter().any(is_same)
    }

    /// What the file says beside its messages, if every interpreter reads it.
    pub fn meta(&self) -> Option<SessionMeta<'_>> {
        self.judgement().meta()
    }

    /// Its messages, if every interpreter reads it.
    pub fn messages(&self) -> Option<Messages<'_>> {
        self.meta()?;
        self.judgement().messages(&self.file)
    }

    /// Whether the name still stands for the file.
    pub fn has_its_name(&self, directory: &impl Directory) -> Result<bool, FsError> {
        match directory.file_id(&self.name) {
            Err(FsError::NotFound) => Ok(false),
            found => Ok(found? == self.file.file_id()?),
        }
    }

    fn judgement(&self) -> &Judgement {
        self.judgement.get_or_init(|| judge(&self.file))
    }
}

/// The error for a kept file that could not be looked at.
pub fn unseen(name: &str, fault: &FsError) -> Error {
    fault.while_reading(&format!("{name} was not checked, and stays"))
}

/// The error for a kept file that could not be removed.
pub fn stuck(name: &str, fault: &FsError) -> Error {
    fault.while_writing(&format!("{name} cannot be removed"))
}

/// The error if a power failure may bring the removed files back.
pub fn removed_but_unsynced(fault: &FsError) -> Error {
    fault.while_writing("The kept files are removed, but the directory cannot be synced")
}
