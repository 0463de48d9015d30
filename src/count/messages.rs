//! What is counted: the elements of the array under the top-level key
//! `messages`, of which the last one stands.

use std::ops::Range;

use super::Defect;
use super::facts::{Facts, LONGEST_KEY, Recorder};
use super::nesting::Bracket;

const KEY: &[u8] = b"messages";

/// Follows the top two levels of the document.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    top_is_object: bool,
    key: Key,
    /// The length of the last `messages`; absent if there is none, or it is no
    /// array.
    count: Option<u32>,
    counting: bool,
    /// What is between its brackets, in bytes from the file's start.
    elements: Range<u64>,
    beside: Recorder,
}

/// The present key, while it may still be one that is looked for.
#[derive(Clone, Debug, Default)]
struct Key {
    spelled: [u8; LONGEST_KEY],
    length: usize,
    differs: bool,
}

impl Messages {
    /// A key of the top-level object begins.
    pub fn key_begins(&mut self) {
        self.beside.end();
        self.key = Key::default();
    }

    /// The key goes on with this code unit, escapes resolved.
    pub fn key_unit(&mut self, unit: u16) {
        let key = &mut self.key;
        match (key.spelled.get_mut(key.length), u8::try_from(unit)) {
            (Some(place), Ok(byte)) if byte.is_ascii() => {
                *place = byte;
                key.length += 1;
            }
            _ => key.differs = true,
        }
    }

    /// The key goes on with what is in no key that is looked for.
    pub const fn key_differs(&mut self) {
        self.key.differs = true;
    }

    /// A value begins at the offset `at`, inside `depth` open brackets; `bracket`
    /// if it is an array or an object.
    pub fn value_begins(&mut self, at: u64, depth: u32, bracket: Option<Bracket>) {
        match depth {
            0 => self.top_is_object = bracket == Some(Bracket::Object),
            1 => self.under_key(at, bracket),
            2 if self.counting => self.count = self.count.map(|count| count.saturating_add(1)),
            _ => {}
        }
    }

    fn under_key(&mut self, at: u64, bracket: Option<Bracket>) {
        match self.key.spelled() {
            Some(KEY) => {
                self.counting = bracket == Some(Bracket::Array);
                self.count = self.counting.then_some(0);
                self.elements.start = at + 1;
            }
            Some(other) => self.beside.begin(other, at),
            None => {}
        }
    }

    /// These bytes, from the offset `at` on, have been read.
    #[inline]
    pub fn record(&mut self, at: u64, bytes: &[u8]) {
        self.beside.record(at, bytes);
    }

    /// A bracket closed at the offset `at`, and `depth` are still open.
    pub const fn bracket_closed(&mut self, at: u64, depth: u32) {
        if depth == 1 && self.counting {
            self.counting = false;
            self.elements.end = at;
        }
    }

    /// The document is over: how many there are, where, and what is beside them.
    pub fn finish(self) -> Result<(u32, Range<u64>, Facts), Defect> {
        if !self.top_is_object {
            return Err(Defect::NotAnObject);
        }
        let count = self.count.ok_or(Defect::NoMessages)?;
        Ok((count, self.elements, self.beside.finish()))
    }
}

impl Key {
    fn spelled(&self) -> Option<&[u8]> {
        (!self.differs).then_some(&self.spelled[..self.length])
    }
}
