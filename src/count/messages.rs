//! Counts the elements of the array under the top-level key `messages`. If the key is there more
//! than once, the last one counts.

use std::ops::Range;

use super::context::{self, Context};
use super::facts::{Facts, LONGEST_KEY, Recorder};
use super::listener::Listener;
use super::nesting::Bracket;
use super::{Caveat, Count, Defect};

const KEY: &[u8] = b"messages";
/// Under this key the application says how many there are.
const NUMBER: &[u8] = b"message_count";

/// Follows the top two levels of the document.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    top_is_object: bool,
    key: TopLevelKey,
    /// The length of the last `messages`; absent if there is none, or it is no array.
    count: Option<u32>,
    counting: bool,
    /// What is between its brackets, in bytes from the file's start.
    elements: Range<u64>,
    /// Where the value under [`NUMBER`] begins.
    number: Option<u64>,
    beside: Recorder,
    context: Context,
}

/// The present key, while it may still be one that is looked for.
#[derive(Clone, Debug, Default)]
struct TopLevelKey {
    spelled: [u8; LONGEST_KEY],
    length: usize,
    differs: bool,
}

impl Messages {
    #[inline(never)]
    fn under_key(&mut self, at: u64, bracket: Option<Bracket>) {
        match self.key.spelled() {
            Some(KEY) => {
                self.counting = bracket == Some(Bracket::Array);
                self.count = self.counting.then_some(0);
                self.elements.start = at + 1;
            }
            Some(context::KEY) => self.context.begin(bracket),
            Some(other) => {
                if other == NUMBER {
                    self.number = Some(at);
                }
                self.beside.begin(other, at);
            }
            None => {}
        }
    }

    /// The offset of the messages that are being counted.
    pub fn start(&self) -> Option<u64> {
        self.counting.then_some(self.elements.start)
    }

    /// The offset of the last messages so far.
    pub fn last_start(&self) -> Option<u64> {
        self.count.map(|_| self.elements.start)
    }

    /// Those that are being counted are as many as the other's.
    pub const fn resume_from(&mut self, other: &Self) {
        self.count = other.count;
    }

    /// What the document says beside the messages, if it is not read on.
    pub fn facts_so_far(&self) -> Facts {
        self.beside.clone().so_far(&self.context)
    }

    /// The document is over.
    pub fn finish(self, caveat: Option<Caveat>) -> Result<Count, Defect> {
        if !self.top_is_object {
            return Err(Defect::NotAnObject);
        }
        Ok(Count {
            messages: self.count.ok_or(Defect::NoMessages)?,
            elements: self.elements,
            message_count: self.number,
            facts: self.beside.finish(&self.context),
            caveat,
        })
    }
}

impl Listener for Messages {
    #[inline]
    fn spells(&self, depth: u32) -> bool {
        depth == 1
    }

    #[inline]
    fn key_begins(&mut self, _: u64, _: u32) {
        self.beside.end();
        self.key = TopLevelKey::default();
    }

    #[inline]
    fn key_unit(&mut self, unit: u16) {
        let key = &mut self.key;
        match (key.spelled.get_mut(key.length), u8::try_from(unit)) {
            (Some(place), Ok(byte)) if byte.is_ascii() => {
                *place = byte;
                key.length += 1;
            }
            _ => key.differs = true,
        }
    }

    #[inline]
    fn key_differs(&mut self) {
        self.key.differs = true;
    }

    #[inline]
    fn value_begins(&mut self, at: u64, depth: u32, bracket: Option<Bracket>) {
        match depth {
            0 => self.top_is_object = bracket == Some(Bracket::Object),
            1 => self.under_key(at, bracket),
            2 if self.counting => self.count = self.count.map(|count| count.saturating_add(1)),
            2 if self.context.is_open() => self.context.message_begins(at),
            _ => {}
        }
    }

    #[inline]
    fn depth(&self) -> u32 {
        self.context.depth()
    }

    #[inline]
    fn suspect(&mut self) {
        self.context.suspect();
    }

    #[inline]
    fn record(&mut self, at: u64, bytes: &[u8]) {
        self.beside.record(at, bytes);
    }

    #[inline]
    fn bracket_closed(&mut self, at: u64, depth: u32) {
        if depth == 1 && self.counting {
            self.counting = false;
            self.elements.end = at;
        }
        if self.context.is_open() {
            self.context.bracket_closed(at, depth);
        }
    }

    #[inline]
    fn is_due(&self) -> bool {
        self.context.is_due()
    }

    #[inline]
    fn look(&mut self, at: u64, text: &[u8]) {
        self.context.look(at, text);
    }

    #[inline]
    fn end_chunk(&mut self, at: u64, text: &[u8]) {
        self.context.end_chunk(at, text);
    }
}

impl TopLevelKey {
    fn spelled(&self) -> Option<&[u8]> {
        (!self.differs).then_some(&self.spelled[..self.length])
    }
}
