//! Separates who reads JSON from who makes something of it.

use super::nesting::Bracket;

/// Is told what [`Grammar`](super::Grammar) finds. Depths are the number of brackets around it.
pub trait Listener {
    /// Whether it takes keys whole.
    const TAKES_KEYS: bool = false;

    /// Whether the keys at this depth are to be given. It takes longer.
    fn spells(&self, depth: u32) -> bool;

    /// Such a key begins at the offset `at`, with its quote.
    fn key_begins(&mut self, at: u64, depth: u32);

    /// Such a key, if it is all there and as plain as most are. Gives whether it is taken; it is
    /// spelled otherwise, and then what is before it has been given to [`Self::record`].
    fn key(&mut self, _at: u64, _depth: u32, _spelled: &[u8]) -> bool {
        false
    }

    /// The key goes on with this code unit, escapes resolved.
    fn key_unit(&mut self, unit: u16);

    /// The key goes on with a character that is not ASCII.
    fn key_differs(&mut self);

    /// The key that was spelled has ended.
    fn key_ends(&mut self) {}

    /// A value begins at the offset `at`; `bracket` if it is an array or an object. What is more
    /// than two deep may be left out.
    fn value_begins(&mut self, at: u64, depth: u32, bracket: Option<Bracket>);

    /// A bracket closed at the offset `at`.
    fn bracket_closed(&mut self, at: u64, depth: u32);

    /// These bytes, from the offset `at` on, have been read.
    fn record(&mut self, at: u64, bytes: &[u8]);

    /// Whether the grammar is to stop here. It is asked after what it does in steps, as spelling a
    /// key.
    fn pauses(&self) -> bool {
        false
    }

    /// How deep values must be looked at.
    fn depth(&self) -> u32 {
        2
    }

    /// A string that is not deeper than that may be of interest.
    fn suspect(&mut self) {}

    /// Whether what has just been read is to be looked at once more.
    fn is_due(&self) -> bool {
        false
    }

    /// Looks at what has just been read; `text` is all of this chunk, which begins at the offset
    /// `at`.
    fn look(&mut self, _at: u64, _text: &[u8]) {}

    /// The chunk is over.
    fn end_chunk(&mut self, _at: u64, _text: &[u8]) {}
}
