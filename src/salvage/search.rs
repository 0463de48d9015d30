//! Looks for the next object or array that may be of interest, in bytes whose structure is not
//! known. It never goes back.

use session_recovery_count::is_space;

use super::layout::{Layout, Space};

/// The arrays whose keys are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Array {
    Messages,
    Other,
}

const KEYS: [(&[u8], Array); 2] = [
    (b"messages", Array::Messages),
    (b"context_messages", Array::Other),
];
const LONGEST: usize = 16;

/// What was found, with the last byte before it that is no white space.
#[derive(Clone, Copy, Debug)]
pub enum Found {
    /// The first key of an object begins with the next byte.
    Object {
        at: u64,
        before: Option<u8>,
        layout: Layout,
    },
    /// A key of the session begins with this byte.
    Key { at: u64 },
    /// An array began with the last byte.
    Array {
        array: Array,
        before: Option<u8>,
        outer: Space,
    },
}

/// Reads bytes one after the other.
#[derive(Clone, Debug, Default)]
pub struct Search {
    before: Option<u8>,
    space: Space,
    place: Place,
    /// The white space in front of the keys of the session, if it has lines.
    top: Option<Space>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Anywhere,
    /// Behind `{`.
    Object {
        at: u64,
        before: Option<u8>,
        outer: Space,
    },
    /// In a string that may be a key.
    Key {
        start: Start,
        spelled: [u8; LONGEST],
        length: usize,
    },
    /// Behind such a key.
    Colon(Start, Array),
    /// Behind its colon.
    Bracket(Start, Array),
}

/// What stood before a key.
#[derive(Clone, Copy, Debug)]
struct Start {
    before: Option<u8>,
    outer: Space,
}

/// How many bytes are compared at once.
const BLOCK: usize = 32;

impl Search {
    /// Begins at the offset `at`, behind what was read, given backwards.
    pub fn behind(at: u64, mut backwards: impl Iterator<Item = u8>, top: Option<Space>) -> Self {
        let (space, before) = Space::before(&mut backwards);
        let mut place = Place::Anywhere;
        if before == Some(b'{') {
            // What seems to be in a string may be the beginning of something else.
            let at = at.saturating_sub(space.as_bytes().len() as u64 + 1);
            let (outer, before) = Space::before(&mut backwards);
            place = Place::Object { at, before, outer };
        }
        Self {
            before,
            space,
            place,
            top,
        }
    }

    /// How many bytes are of no interest, as far as they are in the way of what is looked for.
    pub fn idle(&self, text: &[u8]) -> usize {
        if !matches!(self.place, Place::Anywhere) {
            return 0;
        }
        let next = text.iter().position(|byte| matches!(byte, b'{' | b'"'));
        next.unwrap_or(text.len())
    }

    /// How many NULs come first, as far as they are in the way of what is looked for.
    pub fn nuls(&self, text: &[u8]) -> usize {
        if !matches!(self.place, Place::Anywhere) {
            return 0;
        }
        let blocks = text.as_chunks::<BLOCK>().0.iter();
        let blocks = blocks.take_while(|block| **block == [0; BLOCK]).count();
        let rest = text[blocks * BLOCK..].iter();
        blocks * BLOCK + rest.take_while(|byte| **byte == 0).count()
    }

    /// Looks at the byte at the offset `at`.
    pub fn step(&mut self, at: u64, byte: u8) -> Option<Found> {
        let found = self.look(at, byte);
        if is_space(byte) {
            self.space.push(byte);
        } else {
            self.space.clear();
            self.before = Some(byte);
        }
        found
    }

    fn look(&mut self, at: u64, byte: u8) -> Option<Found> {
        if let Place::Key {
            spelled, length, ..
        } = &mut self.place
            && byte != b'"'
        {
            match spelled.get_mut(*length) {
                Some(place) => {
                    *place = byte;
                    *length += 1;
                }
                None => self.place = Place::Anywhere,
            }
            if !matches!(byte, b'{' | b'[') {
                return None;
            }
        }
        if is_space(byte) {
            return None;
        }
        let is_first = matches!(self.place, Place::Object { .. });
        if byte == b'"' && !is_first && self.top == Some(self.space) {
            return Some(Found::Key { at });
        }
        let mut found = None;
        let place = self.place;
        self.place = match (byte, place) {
            (b':', Place::Colon(start, array)) => Place::Bracket(start, array),
            (b'[', Place::Bracket(Start { before, outer }, array)) => {
                found = Some(Found::Array {
                    array,
                    before,
                    outer,
                });
                Place::Anywhere
            }
            (b'"', Place::Key { start, .. }) if let Some(array) = place.array() => {
                Place::Colon(start, array)
            }
            (b'"', place) => {
                if let Place::Object { at, before, outer } = place {
                    let inner = self.space;
                    let layout = Layout { outer, inner };
                    found = Some(Found::Object { at, before, layout });
                }
                self.key()
            }
            (b'{', _) => Place::Object {
                at,
                before: self.before,
                outer: self.space,
            },
            _ => Place::Anywhere,
        };
        found
    }

    fn key(&self) -> Place {
        Place::Key {
            start: Start {
                before: self.before,
                outer: self.space,
            },
            spelled: [0; LONGEST],
            length: 0,
        }
    }
}

impl Place {
    fn array(&self) -> Option<Array> {
        let Self::Key {
            spelled, length, ..
        } = self
        else {
            return None;
        };
        let found = KEYS.iter().find(|(key, _)| *key == &spelled[..*length]);
        found.map(|(_, array)| *array)
    }
}
