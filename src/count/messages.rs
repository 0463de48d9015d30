//! What is counted: the elements of the array under the top-level key
//! `messages`, of which the last one stands.

use std::ops::Range;

use super::Defect;
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
}

/// How much of [`KEY`] the present key has spelled, while it may still be it.
#[derive(Clone, Debug, Default)]
struct Key {
    spelled: usize,
    differs: bool,
}

impl Messages {
    /// A key of the top-level object begins.
    pub fn key_begins(&mut self) {
        self.key = Key::default();
    }

    /// The key goes on with this code unit, escapes resolved.
    pub fn key_unit(&mut self, unit: u16) {
        let key = &mut self.key;
        match KEY.get(key.spelled) {
            Some(&wanted) if u16::from(wanted) == unit => key.spelled += 1,
            _ => key.differs = true,
        }
    }

    /// The key goes on with what is not in [`KEY`].
    pub const fn key_differs(&mut self) {
        self.key.differs = true;
    }

    /// A value begins at the offset `at`, inside `depth` open brackets; `bracket`
    /// if it is an array or an object.
    pub fn value_begins(&mut self, at: u64, depth: u32, bracket: Option<Bracket>) {
        match depth {
            0 => self.top_is_object = bracket == Some(Bracket::Object),
            1 if self.key.is_messages() => {
                self.counting = bracket == Some(Bracket::Array);
                self.count = self.counting.then_some(0);
                self.elements.start = at + 1;
            }
            2 if self.counting => self.count = self.count.map(|count| count.saturating_add(1)),
            _ => {}
        }
    }

    /// A bracket closed at the offset `at`, and `depth` are still open.
    pub const fn bracket_closed(&mut self, at: u64, depth: u32) {
        if depth == 1 && self.counting {
            self.counting = false;
            self.elements.end = at;
        }
    }

    /// The document is over: how many there are, and where.
    pub fn finish(self) -> Result<(u32, Range<u64>), Defect> {
        if !self.top_is_object {
            return Err(Defect::NotAnObject);
        }
        let count = self.count.ok_or(Defect::NoMessages)?;
        Ok((count, self.elements))
    }
}

impl Key {
    const fn is_messages(&self) -> bool {
        !self.differs && self.spelled == KEY.len()
    }
}
