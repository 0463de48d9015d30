//! Says in a person's words what is wrong with a file, and where.

use super::documents::may_be_context;
use session_recovery_salvage::{Damage, DamageKind, Encoding, Salvaged};

/// How many damages are named. The rest are counted.
const MOST: usize = 9;

/// What is wrong with a file in which so many whole messages were found.
pub fn damage(found: &Salvaged, messages: u32) -> Vec<String> {
    if found.length == 0 && found.encoding == Encoding::Utf8 {
        return vec!["it is empty".to_owned()];
    }
    let encoding = encoding(found.encoding);
    let damages = found
        .damages
        .iter()
        .map(|damage| one(found, damage, messages));
    let has_begun = found
        .documents
        .first()
        .is_none_or(|first| first.has_beginning);
    let is_begun_late = found.damages.is_empty() && !has_begun;
    let beginning = is_begun_late.then(|| "its beginning is gone".to_owned());
    let doubt = doubt(found).map(str::to_owned);
    let mut words: Vec<_> = encoding
        .map(str::to_owned)
        .into_iter()
        .chain(beginning)
        .chain(damages)
        .chain(doubt)
        .collect();
    let more = words.len().saturating_sub(MOST + 1);
    if more > 0 {
        words.truncate(MOST);
        words.push(format!("{} more places are damaged", more + 1));
    }
    words
}

/// What nothing but the times of messages tells apart.
fn doubt(found: &Salvaged) -> Option<&'static str> {
    let mut documents = found.documents.iter();
    if documents.any(may_be_context) {
        Some("what is left may be its `context_messages` instead of its messages")
    } else if found.documents.iter().any(|document| document.is_doubtful) {
        Some("what is behind the damage may be its `context_messages`")
    } else {
        None
    }
}

const fn encoding(encoding: Encoding) -> Option<&'static str> {
    match encoding {
        Encoding::Utf8 => None,
        Encoding::Utf8WithMark => Some("a byte order mark stands before it"),
        Encoding::Utf16 { .. } => Some("it is UTF-16, not UTF-8"),
        Encoding::Gzip => Some("it is compressed with gzip: decompress it with gunzip"),
    }
}

fn one(found: &Salvaged, damage: &Damage, messages: u32) -> String {
    let Damage { kind, at, length } = *damage;
    match kind {
        DamageKind::CutOff => cut_off(found, messages),
        DamageKind::NulsAtEnd => format!("{length} NUL {} at its end", bytes(length)),
        DamageKind::Nuls(number) => format!("{number} NUL {} at byte {at}", bytes(number)),
        DamageKind::Unreadable if length > 0 => {
            format!("{length} unreadable {} at byte {at}", bytes(length))
        }
        DamageKind::Unreadable => format!("unreadable from byte {at} on"),
        DamageKind::NoBeginning => "its beginning is gone".to_owned(),
        DamageKind::Garbage => format!("something else behind the session at byte {at}"),
        DamageKind::AnotherDocument => format!("another document behind the first at byte {at}"),
        DamageKind::TrailingComma => format!("a comma too many at byte {at}"),
        DamageKind::Comment => format!("a comment at byte {at}"),
    }
}

const fn bytes(number: u64) -> &'static str {
    if number == 1 { "byte" } else { "bytes" }
}

fn cut_off(found: &Salvaged, messages: u32) -> String {
    let mut documents = found.documents.iter().rev();
    let recorded = documents.find_map(|document| document.message_count.as_ref());
    match recorded {
        _ if messages == 0 => "cut off before the end of the first message".to_owned(),
        Some(count) if count.value >= u64::from(messages) => {
            format!("cut off after message {messages} of {}", count.value)
        }
        _ => format!("cut off after message {messages}"),
    }
}
