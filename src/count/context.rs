//! Finds out whether the context records a compaction. The context may be as long as the messages,
//! so it is read as fast as they are. Only a message with a string that may be the marker's is read
//! again, from its start.

use super::event_reader::EventReader;
use super::marker::{Marker, Verdict};
use super::nesting::Bracket;

/// The top-level key.
pub const KEY: &[u8] = b"context_messages";
/// How deep strings may be the marker's. A content is 3 deep, a text among its parts 4 or 5, and so
/// is a part's type.
pub const DEEPEST: u32 = 5;
/// How deep values are counted.
const COUNTED: u32 = 2;

/// The array under [`KEY`]. The last one counts.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// How long it is, if it is an array.
    pub length: Option<u32>,
    /// What its messages say about a compaction. The first that says anything counts.
    verdict: Option<Verdict>,
    /// Whether it is being read.
    is_open: bool,
    message: Message,
}

/// The present message.
#[derive(Clone, Debug, Default)]
struct Message {
    is_open: bool,
    /// Whether it may be the marker.
    is_suspect: bool,
    /// So far the marker is looked for in it.
    seen: u64,
    /// Where it ended.
    end: u64,
    events: EventReader,
    marker: Marker,
}

impl Context {
    /// The value begins; `bracket` if it is an array or an object.
    pub fn begin(&mut self, bracket: Option<Bracket>) {
        let is_open = bracket == Some(Bracket::Array);
        *self = Self {
            is_open,
            length: is_open.then_some(0),
            ..Self::default()
        };
    }

    /// Whether the marker is in it.
    pub const fn has_marker(&self) -> bool {
        matches!(self.verdict, Some(Verdict::Marker))
    }

    /// How deep values must be reported.
    pub const fn depth(&self) -> u32 {
        if self.is_open && self.verdict.is_none() {
            DEEPEST
        } else {
            COUNTED
        }
    }

    /// Whether it is being read.
    pub const fn is_open(&self) -> bool {
        self.is_open
    }

    /// A message begins at this offset.
    #[inline(never)]
    pub fn message_begins(&mut self, at: u64) {
        self.length = self.length.map(|length| length.saturating_add(1));
        self.message = Message {
            is_open: true,
            seen: at,
            ..Message::default()
        };
    }

    /// A string in it may be the marker's, or a value may be of the wrong type.
    pub const fn suspect(&mut self) {
        self.message.is_suspect = self.message.is_open;
    }

    /// A bracket closed at this offset, with `depth` around it.
    #[inline(never)]
    pub const fn bracket_closed(&mut self, at: u64, depth: u32) {
        match depth {
            1 => self.is_open = false,
            2 => {
                self.message.is_open = false;
                self.message.end = at + 1;
            }
            _ => {}
        }
    }

    /// Whether the message that has just ended is to be looked at.
    pub const fn is_due(&self) -> bool {
        self.message.is_suspect && !self.message.is_open
    }

    /// Looks at it: `text`, which begins at the offset `at`, holds what is still to be seen of it.
    #[inline(never)]
    pub fn look(&mut self, at: u64, text: &[u8]) {
        self.message.see(at, text, self.message.end);
        self.verdict = self.verdict.or(self.message.marker.verdict());
        self.message = Message::default();
    }

    /// The chunk is over: what is begun in it cannot be looked at later.
    pub fn end_chunk(&mut self, at: u64, text: &[u8]) {
        if self.message.is_open && self.depth() == DEEPEST {
            self.message.see(at, text, u64::MAX);
        }
    }
}

impl Message {
    /// Looks for the marker in `text`, which begins at the offset `at`, up to `end`.
    fn see(&mut self, at: u64, text: &[u8], end: u64) {
        let place = |offset: u64| {
            let place = usize::try_from(offset.saturating_sub(at)).unwrap_or(usize::MAX);
            place.min(text.len())
        };
        let (start, end) = (place(self.seen), place(end));
        let bytes = text.get(start..end).unwrap_or_default();
        let Self { events, marker, .. } = self;
        events.feed(bytes, &mut |depth, event| marker.take(depth, &event));
        self.seen = at + end as u64;
    }
}
