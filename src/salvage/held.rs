//! Keeps the end of what was read, to look back at white space and brackets.

use std::cell::Cell;

/// How far one can look back.
pub const HELD: usize = 256;

/// The end of what was read before the present chunk.
#[derive(Debug, Default)]
pub struct Held {
    bytes: Vec<u8>,
    looked: Cell<u64>,
}

impl Held {
    /// The chunk is over.
    pub fn keep(&mut self, chunk: &[u8]) {
        let new = &chunk[chunk.len().saturating_sub(HELD)..];
        if self.bytes.len() + new.len() > 2 * HELD {
            let kept = HELD - new.len();
            let old = self.bytes.len().saturating_sub(kept);
            self.bytes.drain(..old);
        }
        self.bytes.extend(new);
    }

    /// What was read, backwards; `read` is what was read of the present chunk.
    pub fn backwards<'a>(&'a self, read: &'a [u8]) -> impl Iterator<Item = u8> + 'a {
        let bytes = read.iter().rev().chain(self.bytes.iter().rev()).copied();
        bytes.inspect(|_| self.looked.set(self.looked.get() + 1))
    }

    /// How many bytes were looked back at.
    pub const fn looked(&self) -> u64 {
        self.looked.get()
    }
}
