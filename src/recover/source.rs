//! Names the file whose bytes are to take the live file's place.

use crate::answer;

/// What is to be put in the live file's place.
pub struct Source {
    /// The file whose bytes it is.
    pub name: String,
    /// What they were judged to be.
    pub judged: answer::File,
    /// How many whole messages they hold, if the file is damaged: then its salvaged form is put in
    /// place.
    pub salvaged: Option<u32>,
    /// How many messages of the live file are to be added to its messages.
    pub merged: u32,
}
