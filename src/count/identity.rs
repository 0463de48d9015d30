//! Recognises a message in another file, even if the application has added to it since. It makes
//! digests of the message's members while they are read.

use std::hash::Hasher;
use std::mem;

use siphasher::sip128::{Hasher128, SipHasher13};

/// The most keys of a message that are compared. A message with more equals only itself.
const MOST_KEYS: usize = 32;
/// How many bytes are gathered before they are digested. To digest a few takes long.
const GATHERED: usize = 64;
/// How many bytes of a key or a value are held. No key or value that is looked for is longer.
const HELD: usize = 24;

/// The end of the year 9999, in seconds since 1970. No later number is a time.
const LATEST: u64 = 253_402_300_800;

/// What no string holds stands for its end.
pub const END_OF_TEXT: u8 = 0xff;

/// What a message is recognised by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The same for the same value: white space, and which characters are escaped and how, make no
    /// difference. The order of keys and the spelling of numbers do.
    pub exact: u128,
    /// The same for messages with the same members in any order, except those that are added or
    /// rounded later. Without `role` and `content` it is that of `exact`.
    pub core: u128,
    /// The `timestamp`.
    pub time: Time,
    /// What `_ts`, `_media_snapshots` and `attachments` hold. 0 if the key is absent.
    pub later: [u32; 3],
    /// Whether it carries a time or an ID: then the same one again is no other message.
    pub is_timed: bool,
}

/// A `timestamp` in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(i64);

impl Default for Time {
    fn default() -> Self {
        Self::ABSENT
    }
}

impl Time {
    /// There is none. It comes before all others.
    pub const ABSENT: Self = Self(i64::MIN);

    /// Whether there is one.
    #[must_use]
    pub fn is_there(self) -> bool {
        self != Self::ABSENT
    }

    /// It in seconds since 1970, if it is not before.
    #[must_use]
    pub fn seconds(self) -> Option<u64> {
        let microseconds = u64::try_from(self.0).ok()?;
        let seconds = microseconds / 1_000_000;
        (seconds < LATEST).then_some(seconds)
    }

    /// How many microseconds there are between two.
    #[must_use]
    pub const fn between(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }
}

/// Digests the bytes of a message, with escapes resolved and without white space.
#[derive(Debug)]
pub struct Recogniser {
    /// Of a message that is no object, or of the present member.
    digest: SipHasher13,
    /// What was read and is not in the digest yet.
    gathered: [u8; GATHERED],
    gathered_length: usize,
    /// The beginning of the present key or value, as far as it is in the digest.
    held: [u8; HELD],
    held_length: usize,
    /// Of an object: the digests of its members, in order.
    members: Option<SipHasher13>,
    /// The present member's key, once it is read.
    key: Option<MessageKey>,
    keys: Vec<u64>,
    found: Found,
}

/// What the members of an object say that are read.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is found by itself")]
struct Found {
    core: u128,
    time: Time,
    later: [u32; 3],
    is_timed: bool,
    has_role: bool,
    has_content: bool,
    /// Whether its core is unknown.
    is_odd: bool,
}

/// What a key of a message is for.
#[derive(Clone, Copy, Debug)]
enum MessageKey {
    Role,
    Content,
    Id,
    Timestamp,
    /// One that is added later, by its number.
    Later(usize),
    Other,
}

/// The number of `_ts` among the keys that are added later.
const TS: usize = 0;

impl Default for Recogniser {
    fn default() -> Self {
        Self {
            digest: SipHasher13::new(),
            gathered: [0; GATHERED],
            gathered_length: 0,
            held: [0; HELD],
            held_length: 0,
            members: None,
            key: None,
            keys: Vec::new(),
            found: Found::default(),
        }
    }
}

impl Recogniser {
    /// A part of a string or of a word.
    pub fn write(&mut self, mut bytes: &[u8]) {
        let room = GATHERED - self.gathered_length;
        if let Some((first, rest)) = bytes.split_at_checked(room) {
            self.gather(first);
            self.flush();
            bytes = rest;
        }
        if bytes.len() < GATHERED {
            self.gather(bytes);
        } else {
            self.digest.write(bytes);
        }
    }

    fn gather(&mut self, bytes: &[u8]) {
        let end = self.gathered_length + bytes.len();
        self.gathered[self.gathered_length..end].copy_from_slice(bytes);
        self.gathered_length = end;
    }

    fn flush(&mut self) {
        let gathered = &self.gathered[..self.gathered_length];
        self.digest.write(gathered);
        if self.held_length == 0 {
            let length = gathered.len().min(HELD);
            self.held[..length].copy_from_slice(&gathered[..length]);
            self.held_length = length;
        }
        self.gathered_length = 0;
    }

    /// Takes a bracket, a comma or a colon, inside `depth` brackets.
    pub fn punctuation(&mut self, depth: u32, byte: u8) {
        match (depth, byte) {
            (0, b'{') => {
                let mut members = SipHasher13::new();
                members.write(&[byte]);
                self.members = Some(members);
            }
            (0, b'}') => self.end_member(),
            (1, b',') if self.members.is_some() => self.end_member(),
            (1, b':') if self.members.is_some() => self.end_key(),
            _ => self.write(&[byte]),
        }
    }

    fn end_key(&mut self) {
        self.flush();
        let digest = self.digest.clone().finish128().h1;
        self.found.is_odd |= self.keys.contains(&digest) || self.keys.len() == MOST_KEYS;
        if !self.found.is_odd {
            self.keys.push(digest);
        }
        self.key = Some(MessageKey::of(&self.held[..self.held_length]));
        self.held_length = 0;
    }

    fn end_member(&mut self) {
        let Some(key) = self.key.take() else {
            return;
        };
        self.flush();
        let digest = mem::take(&mut self.digest).finish128().as_u128();
        if let Some(members) = &mut self.members {
            members.write_u128(digest);
        }
        let value = &self.held[..self.held_length];
        self.found.take(key, digest, value);
        self.held_length = 0;
    }

    /// The message is over, and the next one begins.
    pub fn finish(&mut self) -> Identity {
        self.flush();
        let digest = mem::take(&mut self.digest);
        let members = self.members.take();
        let exact = members.unwrap_or(digest).finish128().as_u128();
        self.keys.clear();
        self.held_length = 0;
        let found = mem::take(&mut self.found);
        let has_core = found.has_role && found.has_content && !found.is_odd;
        Identity {
            exact,
            core: if has_core { found.core } else { exact },
            time: found.time,
            later: found.later,
            is_timed: found.is_timed,
        }
    }
}

impl Found {
    /// A member with this key and digest ends; `value` is the beginning of its value.
    fn take(&mut self, key: MessageKey, digest: u128, value: &[u8]) {
        match key {
            MessageKey::Role => self.has_role = true,
            MessageKey::Content => self.has_content = true,
            MessageKey::Id | MessageKey::Timestamp | MessageKey::Later(TS) => {
                self.is_timed |= says_something(value);
            }
            MessageKey::Later(_) | MessageKey::Other => {}
        }
        match (key, microseconds(value)) {
            (MessageKey::Timestamp, Some(time)) => self.time = Time(time),
            #[allow(clippy::cast_possible_truncation, reason = "a smaller digest")]
            (MessageKey::Later(number), _) => self.later[number] = (digest as u32).max(1),
            _ => self.core = self.core.wrapping_add(digest),
        }
    }
}

impl MessageKey {
    /// The key that is held, with its quote and its end.
    const fn of(held: &[u8]) -> Self {
        match held {
            b"\"role\xff" => Self::Role,
            b"\"content\xff" => Self::Content,
            b"\"id\xff" => Self::Id,
            b"\"timestamp\xff" => Self::Timestamp,
            b"\"_ts\xff" => Self::Later(TS),
            b"\"_media_snapshots\xff" => Self::Later(1),
            b"\"attachments\xff" => Self::Later(2),
            _ => Self::Other,
        }
    }
}

/// Whether a value is a text that is not empty, or a number that is not 0: others carry no time and
/// no ID.
fn says_something(value: &[u8]) -> bool {
    match value {
        [b'"', first, ..] => *first != END_OF_TEXT,
        [b'-' | b'0'..=b'9', ..] => {
            let mut mantissa = value.split(|byte| matches!(byte, b'e' | b'E'));
            let mut digits = mantissa.next().unwrap_or_default().iter();
            digits.any(|byte| matches!(byte, b'1'..=b'9'))
        }
        _ => false,
    }
}

/// A number as the application writes a time, in microseconds. What is smaller makes no difference.
fn microseconds(value: &[u8]) -> Option<i64> {
    const PLACES: usize = 6;
    if value.len() == HELD {
        // It may go on.
        return None;
    }
    let (is_negative, digits) = match value {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let point = digits.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = match point {
        Some(point) => (&digits[..point], &digits[point + 1..]),
        None => (digits, &[][..]),
    };
    if whole.is_empty() || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return None;
    }
    let zeros = [b'0'; PLACES];
    let places = fraction.iter().chain(&zeros).take(PLACES);
    let number = whole
        .iter()
        .chain(places)
        .try_fold(0_i64, |number, digit| {
            let digit = i64::from(digit - b'0');
            number.checked_mul(10)?.checked_add(digit)
        })?;
    Some(if is_negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_to_the_microsecond() {
        for (spelled, time) in [
            ("1716239022.123456", Some(1_716_239_022_123_456)),
            ("1716239022.1234567", Some(1_716_239_022_123_456)),
            ("1716239022.5", Some(1_716_239_022_500_000)),
            ("1716239022", Some(1_716_239_022_000_000)),
            ("1716239022123", Some(1_716_239_022_123_000_000)),
            ("-0.5", Some(-500_000)),
            ("0", Some(0)),
            ("1e9", None),
            ("\"1\"", None),
            ("-Infinity", None),
            ("NaN", None),
            ("-", None),
            ("", None),
            ("9223372036855", None),
            ("1.0000000000000000000000", None),
        ] {
            assert_eq!(microseconds(spelled.as_bytes()), time, "{spelled}");
        }
    }

    #[test]
    fn zero_and_nothing_carry_no_time() {
        for value in [&b"\"a"[..], b"\"0", b"1", b"-0.01", b"100"] {
            assert!(says_something(value), "{}", value.escape_ascii());
        }
        for value in [
            &b"\"\xff"[..],
            b"0",
            b"-0.0e12",
            b"null",
            b"false",
            b"[1",
            b"{",
            b"",
        ] {
            assert!(!says_something(value), "{}", value.escape_ascii());
        }
    }
}
