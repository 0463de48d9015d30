//! Counts the messages that two files have in common only once, even if something else precedes
//! them. Usually this is the time of the last save.
//!
//! For a pair of 20 MB each, whose backup has three more messages, this saves 38 to 48 % of the
//! work. The answer takes 27 ms instead of 45 (prose) or 46 instead of 81 (small messages). The
//! plugin is 8 kB larger for it.

use super::grammar::{Grammar, Number, State};
use super::{Caveat, Counter};

impl Counter {
    /// How many bytes of the messages it has been fed, while it is among them.
    #[must_use]
    pub fn fed_of_messages(&self) -> Option<u64> {
        Some(self.fed - self.start_of_messages()?)
    }

    /// The offset of the last messages so far.
    #[must_use]
    pub fn last_messages(&self) -> Option<u64> {
        let start = self.grammar.listener.last_start();
        start.filter(|_| self.defect.is_none())
    }

    /// Goes to the place of `other` in its messages, given that this file's messages are the same
    /// up to there. Gives `false` if that cannot be done.
    #[must_use]
    pub fn resume_from(&mut self, other: &Self) -> bool {
        let (Some(start), Some(others)) = (self.start_of_messages(), other.start_of_messages())
        else {
            return false;
        };
        // A counter records only the first caveat. After one before the messages, none in them
        // counts.
        let is_before = |caveat: Caveat| caveat.offset() < others;
        if other.grammar.caveat.is_some_and(is_before) {
            return false;
        }
        let by = start.wrapping_sub(others);
        self.fed = other.fed.wrapping_add(by);
        self.utf8 = other.utf8.moved(by);
        self.grammar.resume_from(&other.grammar, start, by);
        true
    }

    fn start_of_messages(&self) -> Option<u64> {
        let start = self.grammar.listener.start();
        start.filter(|_| self.defect.is_none())
    }
}

impl Grammar {
    fn resume_from(&mut self, other: &Self, start: u64, by: u64) {
        self.at = other.at.wrapping_add(by);
        self.state = other.state.moved(by);
        self.nesting.clone_from(&other.nesting);
        self.listener.resume_from(&other.listener);
        let before = self.caveat.filter(|caveat| caveat.offset() < start);
        let among = other.caveat.map(|caveat| caveat.moved(by));
        self.caveat = before.or(among);
    }
}

impl State {
    const fn moved(mut self, by: u64) -> Self {
        if let Self::Number(Number::Minus { start } | Number::Integer { start, .. }) = &mut self {
            *start = start.wrapping_add(by);
        }
        self
    }
}

impl Caveat {
    const fn offset(self) -> u64 {
        match self {
            Self::LongInteger(offset) | Self::DeepNesting(offset) => offset,
        }
    }

    const fn moved(mut self, by: u64) -> Self {
        let (Self::LongInteger(offset) | Self::DeepNesting(offset)) = &mut self;
        *offset = offset.wrapping_add(by);
        self
    }
}
