//! Checks whether the messages of one file begin with all of the other's, byte for byte. They
//! usually do, because messages were lost at the end or added there. If both files are judged at
//! once, this is known without another read.

use std::ops::{ControlFlow, Range};

use crate::count::common_length;
use crate::directory::{FsError, each_chunk, each_common_chunk};
use crate::verdict::messages::Messages;

/// How far the messages of two files are the same bytes.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// Where the messages begin.
    starts: [u64; 2],
    /// How many bytes are the same.
    length: u64,
    then: [Then; 2],
}

/// What a file holds at the first difference, if that is known.
#[derive(Clone, Copy, Debug)]
struct Then {
    /// The first byte.
    byte: Option<u8>,
    /// The offset of the first byte that is not white space.
    place: Option<u64>,
}

impl Agreement {
    /// Of messages that begin there and are the same for `length` bytes; `rest` is what was read of
    /// what follows.
    #[must_use]
    pub fn new(starts: [u64; 2], length: u64, rest: [&[u8]; 2]) -> Self {
        let common = common_length(rest[0], rest[1]);
        let length = length + common as u64;
        let then = [0, 1].map(|number| {
            let rest: &[u8] = &rest[number][common..];
            let spaces = rest.iter().position(|byte| !byte.is_ascii_whitespace());
            Then {
                byte: rest.first().copied(),
                place: spaces.map(|spaces| starts[number] + length + spaces as u64),
            }
        });
        Self {
            starts,
            length,
            then,
        }
    }

    /// The same for files that were read on, up to these offsets; `rest` is what was read of what
    /// follows.
    #[must_use]
    pub fn read_on(&self, offsets: [u64; 2], rest: [&[u8]; 2]) -> Self {
        let length = offsets[0].saturating_sub(self.starts[0]);
        Self::new(self.starts, length, rest)
    }

    /// How many bytes are the same.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Whether all messages of one file are the first ones of the other, if that is known.
    #[must_use]
    pub fn is_all_of_one(&self, one: &Messages, other: &Messages) -> Option<bool> {
        let elements = [&one.elements, &other.elements];
        if [0, 1].map(|number| elements[number].start) != self.starts {
            return None;
        }
        let [one, other] = [self.is_all(0, elements[0]), self.is_all(1, elements[1])];
        match (one, other) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        }
    }

    /// Whether these messages of one file are the first ones of the other.
    fn is_all(&self, number: usize, elements: &Range<u64>) -> Option<bool> {
        if elements.end < elements.start + self.length {
            return Some(true);
        }
        let is_over = self.then[number].place? == elements.end;
        Some(is_over && ends_value(self.then[1 - number].byte?))
    }
}

/// Whether all messages of one file are the first ones of the other; this reads both.
pub fn is_all_of_one(one: &Messages, other: &Messages) -> Result<bool, FsError> {
    let (short, long) = if one.count <= other.count {
        (one, other)
    } else {
        (other, one)
    };
    let mut place = [short, long].map(|messages| messages.elements.start);
    let end = short.elements.end;
    let chunks = each_common_chunk([short.file, long.file], place, &mut |bytes| {
        place = place.map(|place| place + bytes.len() as u64);
        if place[0] <= end {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    let [chunk, others] = chunks;
    let common = common_length(&chunk?.bytes, &others?.bytes) as u64;
    let [place, others] = place.map(|place| place + common);
    // The closing bracket is the same too.
    if place > end {
        return Ok(true);
    }
    let goes_on = each_chunk(short.file, &(place..end), &mut |_, bytes| {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    if goes_on.is_some() {
        return Ok(false);
    }
    let is_at_end = each_chunk(
        long.file,
        &(others..others + 1),
        &mut |_, bytes| match bytes.first() {
            Some(byte) => ControlFlow::Break(ends_value(*byte)),
            None => ControlFlow::Continue(()),
        },
    )?;
    Ok(is_at_end == Some(true))
}

/// Whether a value ends before this byte. A number could go on.
const fn ends_value(byte: u8) -> bool {
    matches!(byte, b',' | b']' | b' ' | b'\t' | b'\r' | b'\n')
}
