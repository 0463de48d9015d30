//! Holds a file that stays, against which others are held. It is open, so that no other file gets
//! its ID.

use std::cell::OnceCell;

use crate::app::guard::SessionMeta;
use crate::directory::{Directory, File, FsError};
use crate::recover::are_equal;
use crate::verdict::judge::{Judgement, judge};
use crate::verdict::messages::Messages;

/// An open file, which is read when that is needed first.
pub struct Standing<F> {
    pub name: String,
    pub file: F,
    judgement: OnceCell<Judgement>,
}

impl<F: File> Standing<F> {
    /// Opens a file. Gives `None` if it is not there.
    pub fn open<D: Directory<File = F>>(
        directory: &D,
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

    /// Whether another file holds the same bytes. One that cannot be read does not.
    pub fn is_same(&self, other: &Self) -> bool {
        are_equal(&self.file, &other.file).unwrap_or(false)
    }

    /// What the file says beside its messages, if every interpreter reads it.
    pub fn meta(&self) -> Option<SessionMeta<'_>> {
        self.judgement().meta()
    }

    /// Its messages, if every interpreter reads it.
    pub fn messages(&self) -> Option<Messages<'_, F>> {
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
