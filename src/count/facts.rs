//! Records what a file says about its last save, in top-level keys beside `messages`: its session,
//! how many messages it held, and whether the save made the session shorter on purpose.

use super::context::Context;
use super::event_reader::{Event, EventReader, Token};
use super::nesting::Bracket;

/// A top-level key whose value is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the key in camel case")]
pub enum Key {
    ClearGeneration,
    IntentionalShrinkGeneration,
    TruncationWatermark,
    TruncationBoundary,
    ActiveStreamId,
    PendingUserMessage,
    PendingAttachments,
    PendingStartedAt,
    PendingUserSource,
    CompressionAnchorMode,
    CompressionAnchorSummary,
    CompressionAnchorMessageKey,
    SessionId,
    MessageCount,
    Title,
    ProjectId,
    CreatedAt,
    UpdatedAt,
}

const KEYS: [(&[u8], Key); 18] = [
    (b"clear_generation", Key::ClearGeneration),
    (
        b"intentional_shrink_generation",
        Key::IntentionalShrinkGeneration,
    ),
    (b"truncation_watermark", Key::TruncationWatermark),
    (b"truncation_boundary", Key::TruncationBoundary),
    (b"active_stream_id", Key::ActiveStreamId),
    (b"pending_user_message", Key::PendingUserMessage),
    (b"pending_attachments", Key::PendingAttachments),
    (b"pending_started_at", Key::PendingStartedAt),
    (b"pending_user_source", Key::PendingUserSource),
    (b"compression_anchor_mode", Key::CompressionAnchorMode),
    (b"compression_anchor_summary", Key::CompressionAnchorSummary),
    (
        b"compression_anchor_message_key",
        Key::CompressionAnchorMessageKey,
    ),
    (b"session_id", Key::SessionId),
    (b"message_count", Key::MessageCount),
    (b"title", Key::Title),
    (b"project_id", Key::ProjectId),
    (b"created_at", Key::CreatedAt),
    (b"updated_at", Key::UpdatedAt),
];

/// The longest of [`KEYS`].
pub const LONGEST_KEY: usize = 30;

impl Key {
    /// The key that is spelled so.
    fn of(spelled: &[u8]) -> Option<Self> {
        let found = KEYS.iter().find(|(key, _)| *key == spelled);
        found.map(|(_, key)| *key)
    }
}

/// The value under a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// There is none.
    #[default]
    Missing,
    /// A string, a number, `true`, `false` or `null`.
    Scalar(Token),
    /// An array, and how many elements it has.
    Array(u32),
    /// An object.
    Object {
        /// Whether it has no keys.
        is_empty: bool,
    },
}

impl Value {
    /// Whether it is there and `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Scalar(token) if token.is_word("null"))
    }

    /// Whether it is a scalar that Python takes for true.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        matches!(self, Self::Scalar(token) if token.is_truthy())
    }

    /// Whether Python takes it for equal to 0.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        matches!(self, Self::Scalar(token) if token.is_zero())
    }

    /// The string that it is, if all of it is known.
    #[must_use]
    pub fn text(&self) -> Option<&Token> {
        match self {
            Self::Scalar(token) if token.is_text && !token.is_cut => Some(token),
            _ => None,
        }
    }

    /// The number that it is, if it is spelled in digits only.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Scalar(token) if !token.is_text => token.to_text().parse().ok(),
            _ => None,
        }
    }
}

/// The values of a file. The last one under a key counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    values: [Value; KEYS.len()],
    /// How many `context_messages` there are, if they are an array.
    pub context: Option<u32>,
    /// Whether they record a compaction.
    pub has_marker: bool,
}

impl Facts {
    /// The value under a key.
    #[must_use]
    pub const fn value(&self, key: Key) -> &Value {
        &self.values[key as usize]
    }
}

/// Gathers them while a file is read.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    values: [Value; KEYS.len()],
    recorded: Option<Recorded>,
    events: EventReader,
}

/// The key whose value is being recorded, and where in the file that begins.
#[derive(Clone, Copy, Debug)]
struct Recorded {
    key: Key,
    start: u64,
}

impl Recorder {
    /// The value under a key begins at this offset.
    pub fn begin(&mut self, spelled: &[u8], start: u64) {
        let Some(key) = Key::of(spelled) else {
            return;
        };
        self.recorded = Some(Recorded { key, start });
        self.events = EventReader::default();
        self.values[key as usize] = Value::Missing;
    }

    /// These bytes of the file, from this offset on, have been read.
    #[inline]
    pub fn record(&mut self, at: u64, bytes: &[u8]) {
        if let Some(Recorded { key, start }) = self.recorded {
            let before = start.saturating_sub(at);
            let before = usize::try_from(before).unwrap_or(usize::MAX);
            self.take(key, bytes.get(before..).unwrap_or_default());
        }
    }

    /// The value is over.
    pub fn end(&mut self) {
        if let Some(Recorded { key, .. }) = self.recorded.take() {
            let value = &mut self.values[key as usize];
            self.events
                .finish(&mut |depth, event| value.take(depth, &event));
        }
    }

    /// The value that was begun is not whole.
    pub fn give_up(&mut self) {
        if let Some(Recorded { key, .. }) = self.recorded.take() {
            self.values[key as usize] = Value::Missing;
        }
    }

    /// The value under a key, once it has ended.
    #[must_use]
    pub const fn value(&self, key: Key) -> &Value {
        &self.values[key as usize]
    }

    /// The file is not read on.
    pub(crate) fn so_far(mut self, context: &Context) -> Facts {
        if let Some(Recorded { key, .. }) = self.recorded.take() {
            let value = &mut self.values[key as usize];
            self.events
                .break_off(&mut |depth, event| value.take(depth, &event));
        }
        self.finish(context)
    }

    /// The file is over.
    pub(crate) fn finish(mut self, context: &Context) -> Facts {
        self.end();
        Facts {
            values: self.values,
            context: context.length,
            has_marker: context.has_marker(),
        }
    }

    #[inline(never)]
    fn take(&mut self, key: Key, bytes: &[u8]) {
        let value = &mut self.values[key as usize];
        self.events
            .feed(bytes, &mut |depth, event| value.take(depth, &event));
    }
}

impl Value {
    fn take(&mut self, depth: u32, event: &Event) {
        match (depth, event, &mut *self) {
            (0, Event::Opens(Bracket::Array), _) => *self = Self::Array(0),
            (0, Event::Opens(Bracket::Object), _) => *self = Self::Object { is_empty: true },
            (0, Event::Scalar(token), _) => *self = Self::Scalar((*token).clone()),
            (1, Event::Opens(_) | Event::Scalar(_), Self::Array(length)) => {
                *length = length.saturating_add(1);
            }
            (1, _, Self::Object { is_empty }) => *is_empty = false,
            _ => {}
        }
    }
}
