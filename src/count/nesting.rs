//! Keeps track of the open brackets with one bit each, so that nesting needs no recursion and next
//! to no memory.

/// How deep a file may nest; its brackets then take 125 kB. Deeper files are not judged.
pub const DEEPEST: u32 = 1_000_000;

/// A bracket that may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bracket {
    /// `[`
    Array,
    /// `{`
    Object,
}

/// The open brackets, outermost first.
#[derive(Clone, Debug, Default)]
pub struct Nesting {
    /// A set bit is an object; bit `n % 64` of word `n / 64` is level `n`.
    bits: Vec<u64>,
    depth: u32,
}

impl Nesting {
    /// How many brackets are open.
    #[must_use]
    pub const fn depth(&self) -> u32 {
        self.depth
    }

    /// The innermost open bracket.
    #[must_use]
    pub fn innermost(&self) -> Option<Bracket> {
        let level = self.depth.checked_sub(1)?;
        Some(match self.bits[word(level)] & bit(level) {
            0 => Bracket::Array,
            _ => Bracket::Object,
        })
    }

    /// Opens a bracket. Gives `false` if there is no room for it.
    #[must_use]
    pub fn open(&mut self, bracket: Bracket) -> bool {
        let level = self.depth;
        if level == DEEPEST {
            return false;
        }
        if word(level) == self.bits.len() {
            self.bits.push(0);
        }
        match bracket {
            Bracket::Array => self.bits[word(level)] &= !bit(level),
            Bracket::Object => self.bits[word(level)] |= bit(level),
        }
        self.depth += 1;
        true
    }

    /// Closes the innermost bracket.
    pub const fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

const fn word(level: u32) -> usize {
    (level / u64::BITS) as usize
}

const fn bit(level: u32) -> u64 {
    1 << (level % u64::BITS)
}
