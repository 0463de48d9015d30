//! Decides whether a live file is shorter than its backup on purpose. The application writes signs
//! of this into the file when it saves. A sign that cannot be evaluated is ignored: the backup may
//! then be restored, and the replaced file is kept.

use crate::answer::Guard;
use crate::count::{Facts, Key, Value, is_stripped};

/// What a file holds, and what it says of its last save.
#[derive(Clone, Copy, Debug)]
pub struct SessionMeta<'a> {
    /// The number of its messages.
    pub messages: u32,
    /// What is beside them.
    pub facts: &'a Facts,
}

/// Why the live file is to stay although the backup holds more messages.
#[must_use]
pub fn guard(live: SessionMeta, backup: SessionMeta) -> Option<Guard> {
    if is_cleared(live, backup) {
        Some(Guard::Cleared)
    } else if is_compressed(live) && is_before_compression(backup, live) {
        Some(Guard::Compressed)
    } else if is_undone(live, backup) {
        Some(Guard::Undone)
    } else {
        None
    }
}

/// The user emptied the conversation, and wrote nothing or something since.
fn is_cleared(live: SessionMeta, backup: SessionMeta) -> bool {
    let generation = |meta: SessionMeta| {
        let token = meta.facts.value(Key::ClearGeneration).text();
        token.map(|token| token.units().collect::<Vec<_>>())
    };
    let is_new = generation(live)
        .filter(|of_live| !of_live.is_empty())
        .is_some_and(|of_live| Some(of_live) != generation(backup));
    let is_at_start = [Key::TruncationWatermark, Key::TruncationBoundary]
        .iter()
        .all(|key| live.facts.value(*key).is_zero());
    is_new && is_at_start && (live.messages > 0 || is_bare(live))
}

/// Whether nothing is left or under way, as right after a clear.
fn is_bare(live: SessionMeta) -> bool {
    let is_null = |key: &Key| live.facts.value(*key).is_null();
    live.facts.context == Some(0)
        && *live.facts.value(Key::PendingAttachments) == Value::Array(0)
        && [
            Key::ActiveStreamId,
            Key::PendingUserMessage,
            Key::PendingStartedAt,
            Key::PendingUserSource,
        ]
        .iter()
        .all(is_null)
}

/// The user had the conversation compressed.
fn is_compressed(live: SessionMeta) -> bool {
    let facts = live.facts;
    let is_shorter = facts.context.is_some_and(|length| length < live.messages);
    let is_set = |key| {
        let value = facts.value(key);
        *value != Value::Missing && !value.is_null()
    };
    let has_anchor = !is_blank(facts.value(Key::CompressionAnchorSummary))
        && is_set(Key::CompressionAnchorMessageKey);
    let mode = live.text(Key::CompressionAnchorMode).unwrap_or_default();
    let is_manual = mode
        .trim_matches(is_stripped)
        .eq_ignore_ascii_case("manual");
    is_manual || (is_shorter && (has_anchor || is_set(Key::TruncationWatermark)))
}

/// Whether a summary says nothing, or may say nothing.
fn is_blank(summary: &Value) -> bool {
    match summary {
        Value::Scalar(token) if token.is_text => token.characters().all(is_stripped),
        Value::Scalar(token) => !token.is_truthy(),
        Value::Array(length) => *length == 0,
        Value::Object { is_empty } => *is_empty,
        Value::Missing => true,
    }
}

/// Whether the backup's context is longer, and knows of no compression itself.
fn is_before_compression(backup: SessionMeta, live: SessionMeta) -> bool {
    let [backup, live] = [backup.facts, live.facts];
    !backup.has_marker && backup.context.unwrap_or(0) > live.context.unwrap_or(0)
}

/// The user took messages back, by an undo, a retry or an edit, and the backup is from before that.
fn is_undone(live: SessionMeta, backup: SessionMeta) -> bool {
    const KEY: Key = Key::IntentionalShrinkGeneration;
    let generation = |meta: SessionMeta| meta.text(KEY).filter(|text| is_generation(text));
    let Some(of_live) = generation(live) else {
        return false;
    };
    let before = backup.facts.value(KEY);
    let is_older = generation(backup).is_some_and(|of_backup| of_backup != of_live);
    *before == Value::Missing || before.is_null() || is_older
}

/// The hex digits of a UUID of version 4.
fn is_generation(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    bytes.len() == 32
        && bytes.iter().all(is_hex)
        && bytes[12] == b'4'
        && matches!(bytes[16], b'8' | b'9' | b'a' | b'b')
}

impl SessionMeta<'_> {
    fn text(self, key: Key) -> Option<String> {
        Some(self.facts.value(key).text()?.to_text())
    }
}
