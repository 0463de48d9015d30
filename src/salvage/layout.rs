//! Compares the white space around messages. The application indents each level further, so white
//! space tells a message from an object that is nested in one.

use session_recovery_count::is_space;

/// Longer white space is not compared.
const LONGEST: usize = 64;

/// A run of white space.
#[derive(Clone, Copy)]
pub struct Space {
    bytes: [u8; LONGEST],
    length: usize,
    pub is_too_long: bool,
}

impl Default for Space {
    fn default() -> Self {
        Self {
            bytes: [0; LONGEST],
            length: 0,
            is_too_long: false,
        }
    }
}

impl std::fmt::Debug for Space {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "\"{}\"", self.as_bytes().escape_ascii())
    }
}

impl PartialEq for Space {
    fn eq(&self, other: &Self) -> bool {
        !self.is_too_long && !other.is_too_long && self.as_bytes() == other.as_bytes()
    }
}

impl Space {
    pub const fn push(&mut self, byte: u8) {
        if self.length == LONGEST {
            self.is_too_long = true;
        } else {
            self.bytes[self.length] = byte;
            self.length += 1;
        }
    }

    pub const fn clear(&mut self) {
        self.length = 0;
        self.is_too_long = false;
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether a line ends in it.
    pub fn has_line(&self) -> bool {
        self.as_bytes().contains(&b'\n')
    }

    /// How long it is behind the end of a line.
    fn indentation(&self) -> usize {
        let bytes = self.as_bytes();
        let line = bytes.iter().rev().take_while(|byte| **byte != b'\n');
        line.count()
    }

    /// Whether nothing of it stands behind the end of a line.
    pub fn ends_line(&self) -> bool {
        !self.is_too_long && self.as_bytes().ends_with(b"\n")
    }

    /// The white space at the end of what was read, given backwards, and the byte before it.
    pub fn before(backwards: &mut impl Iterator<Item = u8>) -> (Self, Option<u8>) {
        let mut space = Self::default();
        let end = loop {
            match backwards.next() {
                Some(byte) if is_space(byte) && space.length < LONGEST => space.push(byte),
                other => break other,
            }
        };
        space.is_too_long = end.is_some_and(is_space);
        space.bytes[..space.length].reverse();
        (space, end)
    }
}

/// The white space in front of a message and behind its bracket.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Layout {
    pub outer: Space,
    pub inner: Space,
}

impl Layout {
    /// Whether it tells how deep an object is.
    pub fn has_lines(&self) -> bool {
        self.outer.has_line() && !self.outer.is_too_long && self.outer != self.inner
    }

    /// Whether the indentation is that of the second level, as in an array under a key of the file's
    /// outermost object.
    pub fn is_second_level(&self) -> bool {
        let (outer, inner) = (self.outer.indentation(), self.inner.indentation());
        let unit = inner.saturating_sub(outer);
        self.has_lines() && unit > 0 && outer == 2 * unit
    }

    /// Whether an object with the layout `other`, behind the byte `before`, may be a message. Where
    /// there are lines, a raw line break behind the bracket is in no string, and what follows on it
    /// tells how deep the object is: so what is before the bracket may be damaged.
    pub fn allows(&self, other: &Self, before: Option<u8>) -> bool {
        before != Some(b':')
            && self.inner == other.inner
            // There is no space before the first message of those that others follow with one.
            && (self.has_lines() || !other.outer.has_line())
    }

    /// How short a message can be, with the comma behind it.
    pub const fn shortest(&self) -> u64 {
        let space = self.outer.length * 2 + self.inner.length * 2;
        (br#"{"role":"","content":""},"#.len() + space) as u64
    }

    /// What stands before a key of the session.
    pub fn top(&self) -> Option<Space> {
        let unit = self.inner.length.checked_sub(self.outer.length)?;
        let length = self.outer.length.checked_sub(unit)?;
        Some(Space {
            length,
            ..self.outer
        })
    }
}

/// Whether JSON has no such byte outside of strings.
pub const fn is_damage(byte: u8) -> bool {
    !is_space(byte) && (byte < b' ' || byte >= 0x7f)
}
