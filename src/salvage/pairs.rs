//! Keeps the places of whole keys and values of an object.

use std::ops::Range;

/// How many places are kept before the messages, and behind them. More are left out.
pub const MOST: usize = 64;

/// Follows the keys of one object.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    pub places: Vec<Range<u64>>,
    start: Option<u64>,
    last_key: u64,
}

impl Pairs {
    /// A key begins: what was before it is whole.
    pub fn key(&mut self, at: u64) {
        self.start.get_or_insert(at);
        self.last_key = at;
    }

    /// Something ends the run of pairs at this offset; the last pair is kept if it is whole.
    pub fn end(&mut self, at: u64, is_last_whole: bool) {
        let end = if is_last_whole { at } else { self.last_key };
        if let Some(start) = self.start.take()
            && end > start
            && self.places.len() < MOST
        {
            self.places.push(start..end);
        }
    }

    pub const fn last_key(&self) -> u64 {
        self.last_key
    }
}
