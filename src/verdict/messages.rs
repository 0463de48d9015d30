//! Says where the messages of a readable file are, so that they can be read again one by one.

use std::ops::{ControlFlow, Range};

use crate::count::{Element, Elements};
use crate::directory::{Bytes, FsError, each_chunk};

/// The messages of an open file that has been judged.
#[derive(Clone)]
pub struct Messages<'a> {
    /// The file.
    pub file: &'a dyn Bytes,
    /// How many it holds.
    pub count: u32,
    /// Where they are in it.
    pub elements: Range<u64>,
    /// Where the value of its `message_count` begins.
    pub message_count: Option<u64>,
}

impl Messages<'_> {
    /// Gives each message, in order.
    pub fn each(&self, take: &mut dyn FnMut(Element)) -> Result<(), FsError> {
        let mut elements = Elements::new(self.elements.start);
        each_chunk(self.file, &self.elements, &mut |_, bytes| {
            elements.feed(bytes, take);
            ControlFlow::<()>::Continue(())
        })?;
        elements.finish(take);
        Ok(())
    }
}
