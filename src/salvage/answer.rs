//! What a salvage finds: places in the file, and nothing of its text.

use std::ops::Range;

use super::encoding::Encoding;

/// How many regions are listed. More are left out, so that memory stays flat.
pub const MOST: usize = 65_536;
/// How many documents and damages are listed.
pub const MOST_DOCUMENTS: usize = 1_024;

/// What was found in a file. Offsets count the bytes that a [`Decoder`](super::Decoder) gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Salvaged {
    /// How the file spells its characters.
    pub encoding: Encoding,
    /// Whether what the decoder gives is a session without any damage: then it is all kept. The file
    /// itself is whole if, besides, its encoding is [`Encoding::Utf8`].
    pub is_whole: bool,
    /// The sessions in the file, in its order.
    pub documents: Vec<Document>,
    /// What is wrong, in the file's order.
    pub damages: Vec<Damage>,
    /// The white space in front of a message.
    pub layout: Vec<u8>,
    /// How many bytes there were.
    pub length: u64,
    /// Whether some of it was left out, because there is too much of it to be listed.
    pub is_cut: bool,
}

/// A session, or what is left of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Whether its beginning is there.
    pub has_beginning: bool,
    /// Whether its end is there.
    pub has_end: bool,
    /// Whole keys and values before the messages. Each range may end in a comma and white space.
    pub head: Vec<Range<u64>>,
    /// How many messages it says there are.
    pub message_count: Option<MessageCount>,
    /// The messages.
    pub regions: Vec<Region>,
    /// Whole keys and values behind the messages, as before them.
    pub tail: Vec<Range<u64>>,
    /// Whether nothing but their times tells that some of the messages are no `context_messages`.
    /// Some versions of the application write times there too.
    pub is_doubtful: bool,
}

/// The value under the key `message_count`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageCount {
    /// The number.
    pub value: u64,
    /// Where it is.
    pub place: Range<u64>,
}

/// Whole messages that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Where the first one begins.
    pub start: u64,
    /// Where the last one ends.
    pub end: u64,
    /// How many there are.
    pub count: u32,
}

/// Something that is wrong with the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// What it is.
    pub kind: DamageKind,
    /// Where it begins.
    pub at: u64,
    /// How far it is from there to what is whole again, or to the end of the file.
    pub length: u64,
}

/// The kinds of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamageKind {
    /// The file ends too early.
    CutOff,
    /// There is nothing but NULs up to the end of the file.
    NulsAtEnd,
    /// NULs, so many of them, in the middle.
    Nuls(u64),
    /// Something that cannot be right.
    Unreadable,
    /// The file begins in the middle of a session.
    NoBeginning,
    /// Something stands behind a whole session.
    Garbage,
    /// Another session stands behind it.
    AnotherDocument,
    /// A comma before a closing bracket.
    TrailingComma,
    /// A comment.
    Comment,
}

impl Document {
    /// How many whole messages were found.
    #[must_use]
    pub fn messages(&self) -> u32 {
        let counts = self.regions.iter().map(|region| region.count);
        counts.fold(0, u32::saturating_add)
    }
}

impl Salvaged {
    /// How many whole messages were found.
    #[must_use]
    pub fn messages(&self) -> u32 {
        let counts = self.documents.iter().map(Document::messages);
        counts.fold(0, u32::saturating_add)
    }
}
