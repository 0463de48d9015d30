//! Says where the messages of a readable file are, so that they can be read again one by one.

use std::ops::{ControlFlow, Range};

use crate::count::{Element, Elements};
use crate::directory::{Bytes, FsError, each_chunk};

/// How many bytes of a number are read. No number of messages has more digits.
const LONGEST_NUMBER: u64 = 24;

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

    /// Where the digits of the `message_count` are, if that is a plain integer.
    pub fn number_place(&self) -> Result<Option<Range<u64>>, FsError> {
        let Some(start) = self.message_count else {
            return Ok(None);
        };
        let mut spelled = Vec::new();
        let part = start..start + LONGEST_NUMBER;
        each_chunk(self.file, &part, &mut |_, bytes| {
            spelled.extend_from_slice(bytes);
            ControlFlow::<()>::Continue(())
        })?;
        let digits = spelled.iter().take_while(|byte| byte.is_ascii_digit());
        let digits = digits.count();
        let next = spelled.get(digits);
        let is_over = next.is_some_and(|byte| b",} \t\r\n".contains(byte));
        Ok((digits > 0 && is_over).then(|| start..start + digits as u64))
    }
}
