//! Counts a session's messages in one pass over its bytes, or says where and why a file is not a
//! session. A good file that is called damaged would be replaced. So the accepted language is
//! exactly the one that the application reads: `CPython`'s `json.loads(path.read_text("utf-8"))`.
//!
//! A file can be fed in chunks of any size. Memory stays constant: a counter keeps one bit for each
//! open bracket, at most [`DEEPEST`] of them, and none of the text.
//!
//! ```
//! use session_recovery_count::{Counter, Defect, count};
//!
//! let count = count(br#"{"title": "x", "messages": [{"role": "user"}, 2]}"#)?;
//! assert_eq!(count.messages, 2);
//! assert_eq!(count.elements, 28..47);
//!
//! // The same in chunks.
//! let mut counter = Counter::default();
//! for chunk in [&br#"{"mess"#[..], br#"ages": [1,"#, b" 2, 3"] {
//!     counter.feed(chunk);
//! }
//! assert!(!counter.is_settled());
//! let defect = counter.finish().unwrap_err();
//! assert_eq!(defect.to_string(), "invalid JSON at byte 21, expected ',' or ']'");
//! # Ok::<(), Defect>(())
//! ```

mod context;
mod elements;
mod event_reader;
mod facts;
mod fast_path;
mod grammar;
mod identity;
mod listener;
mod marker;
mod messages;
mod nesting;
mod resume;
mod scan;
#[cfg(test)]
mod tests;
mod utf8;

use std::ops::Range;

use utf8::Utf8;

pub use elements::{Element, Elements};
pub use event_reader::{Event, EventReader, Token, Unit, is_stripped};
pub use facts::{Facts, Key, Recorder, Value};
pub use grammar::{Grammar, Number, State, StringKind};
pub use identity::{Identity, Time};
pub use listener::Listener;
pub use nesting::{Bracket, DEEPEST, Nesting};
pub use scan::{are_equal, common_length, is_space};
pub use utf8::{begun_at_end, character};

/// `CPython` reads nesting up to here in every version; before 3.12 not much further, and less
/// where its caller's stack is deep already.
pub const PORTABLE_DEPTH: u32 = 900;
/// `CPython` refuses to read longer integers by default.
pub const PORTABLE_DIGITS: u32 = 4300;

/// The count of a readable session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The length of the last top-level `messages`, which is an array; at most `u32::MAX`.
    pub messages: u32,
    /// What is between that array's brackets, in bytes from the file's start.
    pub elements: Range<u64>,
    /// Where the value of the last top-level `message_count` begins.
    pub message_count: Option<u64>,
    /// What the file says about its last save.
    pub facts: Facts,
    /// What keeps some interpreters from reading the file.
    pub caveat: Option<Caveat>,
}

/// Something that some interpreters read and others refuse, with its first offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Caveat {
    /// An integer of more than [`PORTABLE_DIGITS`] digits.
    #[error(
        "the integer at byte {0} has more than {PORTABLE_DIGITS} digits, which some versions of Python refuse"
    )]
    LongInteger(u64),
    /// Nesting of more than [`PORTABLE_DEPTH`] levels.
    #[error(
        "brackets are nested more than {PORTABLE_DEPTH} deep at byte {0}, which some versions of Python refuse"
    )]
    DeepNesting(u64),
}

/// Why there is no count, with the offset of the first byte, or of the first UTF-8 sequence, that
/// cannot be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// No bytes at all.
    #[error("it is empty")]
    Empty,
    /// Not UTF-8.
    #[error("invalid UTF-8 at byte {0}")]
    NotUtf8(u64),
    /// Not JSON.
    #[error("invalid JSON at byte {offset}, expected {expected}")]
    NotJson {
        /// The first byte that cannot be right, or the file's length if it ends too early.
        offset: u64,
        /// What would have been right there.
        expected: Expected,
    },
    /// JSON, but no object.
    #[error("it is JSON, but not an object")]
    NotAnObject,
    /// An object whose (last) `messages` is absent or no array.
    #[error("it has no \"messages\" array")]
    NoMessages,
    /// More than [`DEEPEST`] levels: not read further, so not judged.
    #[error("brackets are nested more than {DEEPEST} deep at byte {0}")]
    TooDeep(u64),
}

/// What JSON would have allowed at some point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each case is its own words")]
pub enum Expected {
    #[error("a value")]
    Value,
    #[error("a value or ']'")]
    ValueOrEnd,
    #[error("a key or '}}'")]
    KeyOrEnd,
    #[error("a key")]
    Key,
    #[error("':'")]
    Colon,
    #[error("',' or ']'")]
    CommaOrArrayEnd,
    #[error("',' or '}}'")]
    CommaOrObjectEnd,
    #[error("the end of the file")]
    EndOfFile,
    #[error("'\"' at the end of the string")]
    StringEnd,
    #[error("an escape instead of a raw control character")]
    NoControlCharacter,
    #[error("one of \" \\ / b f n r t u after a backslash")]
    Escape,
    #[error("four hex digits after \\u")]
    HexDigit,
    #[error("a digit")]
    Digit,
    #[error("the rest of {0}")]
    RestOf(&'static str),
}

/// Reads a file in chunks and counts its messages.
#[derive(Clone, Debug, Default)]
pub struct Counter {
    /// Bytes fed so far.
    fed: u64,
    utf8: Utf8,
    grammar: Grammar,
    defect: Option<Defect>,
}

impl Counter {
    /// Takes the file's next bytes, however few or many.
    pub fn feed(&mut self, chunk: &[u8]) {
        self.fed += chunk.len() as u64;
        if self.defect.is_none() {
            let Self { utf8, grammar, .. } = self;
            self.defect = utf8.decode(chunk, |text| grammar.feed(text)).err();
        }
    }

    /// Whether what was fed so far can no longer become a session, whatever follows.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.defect.is_some()
    }

    /// The bytes fed so far.
    #[must_use]
    pub const fn fed(&self) -> u64 {
        self.fed
    }

    /// What the file says beside its messages, as far as it was fed and is right. Of a string that
    /// goes on, it is the beginning.
    #[must_use]
    pub fn facts_so_far(&self) -> Facts {
        self.grammar.listener.facts_so_far()
    }

    /// Ends the file and gives its count.
    ///
    /// # Errors
    ///
    /// The first defect of the file, by offset.
    pub fn finish(self) -> Result<Count, Defect> {
        if self.fed == 0 {
            return Err(Defect::Empty);
        }
        if let Some(defect) = self.defect {
            return Err(defect);
        }
        self.utf8.finish()?;
        self.grammar.finish()
    }
}

/// Counts a whole file that is in memory already.
///
/// # Errors
///
/// The first defect of the file, by offset.
pub fn count(bytes: &[u8]) -> Result<Count, Defect> {
    let mut counter = Counter::default();
    counter.feed(bytes);
    counter.finish()
}
