//! Damages sessions, and knows which messages have all their bytes left.

use std::io::Read;
use std::ops::Range;

use flate2::Compression;
use flate2::bufread::GzEncoder;

use crate::numbers::Numbers;
use crate::sessions::{Plan, Session};

/// A message that may be found.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// All of its bytes.
    pub text: Vec<u8>,
    /// Whether it must be.
    pub is_intact: bool,
}

/// A damaged file, and the right answer.
#[derive(Debug)]
pub struct Damaged {
    /// The file.
    pub bytes: Vec<u8>,
    /// The messages that are in it, in order; of two sessions, first the first one's.
    pub wanted: Vec<Wanted>,
    /// Other keys and values of the sessions.
    pub pairs: Vec<Vec<u8>>,
}

/// What happens to files. The kind of a whole file is the first one.
pub const KINDS: [&str; 23] = [
    "whole",
    "cut",
    "cut in a key",
    "cut in an escape",
    "cut in a character",
    "cut before the messages",
    "cut behind the last message",
    "nul tail",
    "nul holes",
    "noise holes",
    "flip",
    "shorter over longer",
    "documents",
    "many documents",
    "garbage behind",
    "mark",
    "utf-16",
    "no beginning",
    "hand edit",
    "gzip",
    "no beginning, no end",
    "hole, cut",
    "cut, document",
];

impl Session {
    fn wanted(&self) -> Vec<Wanted> {
        let wanted = |place: &Range<usize>| Wanted {
            text: self.text[place.clone()].to_vec(),
            is_intact: true,
        };
        self.messages.iter().map(wanted).collect()
    }

    fn pairs(&self) -> Vec<Vec<u8>> {
        let pairs = self.pairs.iter();
        pairs
            .map(|place| self.text[place.clone()].to_vec())
            .collect()
    }

    fn whole(&self) -> Damaged {
        Damaged {
            bytes: self.text.clone(),
            wanted: self.wanted(),
            pairs: self.pairs(),
        }
    }

    /// What is between two offsets.
    fn part(&self, part: &Range<usize>) -> Damaged {
        let is_in = |place: &&Range<usize>| part.start <= place.start && place.end <= part.end;
        let wanted = |place: &Range<usize>| Wanted {
            text: self.text[place.clone()].to_vec(),
            is_intact: true,
        };
        Damaged {
            bytes: self.text[part.clone()].to_vec(),
            wanted: self.messages.iter().filter(is_in).map(wanted).collect(),
            pairs: self.pairs(),
        }
    }

    /// With other bytes in some places.
    fn overwritten(&self, bytes: Vec<u8>) -> Damaged {
        let wanted = |place: &Range<usize>| Wanted {
            text: bytes[place.clone()].to_vec(),
            is_intact: bytes[place.clone()] == self.text[place.clone()],
        };
        let wanted = self.messages.iter().map(wanted).collect();
        let intact = self.pairs.iter();
        let intact = intact.filter(|place| bytes[(*place).clone()] == self.text[(*place).clone()]);
        let pairs = intact.map(|place| self.text[place.clone()].to_vec());
        Damaged {
            wanted,
            pairs: pairs.collect(),
            bytes,
        }
    }
}

/// How many messages a session has: most have few.
fn count(numbers: &mut Numbers, most: usize) -> usize {
    let most = match numbers.below(40) {
        0 => most,
        1..=4 => most / 10,
        5..=20 => most / 40,
        _ => most / 200,
    };
    numbers.below(most.max(6)) + 1
}

/// Makes a session with at most so many messages, and damages it in one way.
///
/// # Panics
///
/// If the kind is none of [`KINDS`].
#[must_use]
pub fn damaged(kind: &str, plan: &Plan, numbers: &mut Numbers, most: usize) -> Damaged {
    let session = plan.session(count(numbers, most));
    let length = session.text.len();
    if let Some(end) = end_of_cut(kind, numbers, &session) {
        return session.part(&(0..end));
    }
    match kind {
        "whole" => session.whole(),
        "nul tail" => {
            let end = place(numbers, &session);
            let end = if numbers.one_in(8) { length } else { end };
            let mut damaged = session.part(&(0..end));
            let nuls = numbers.below(9000);
            damaged.bytes.resize(damaged.bytes.len() + nuls, 0);
            damaged
        }
        "nul holes" => holes(&session, numbers, false),
        "noise holes" => holes(&session, numbers, true),
        "flip" => flip(&session, numbers),
        "shorter over longer" => {
            let shorter = plan.session(numbers.below(session.messages.len()) + 1);
            let start = shorter.text.len().min(length);
            join(shorter.whole(), session.part(&(start..length)), b"")
        }
        "documents" => {
            let newer = plan.session(count(numbers, most));
            let between = *numbers.one_of(&[&b""[..], b"\n", b"\0\0\0", b"garbage\n"]);
            join(session.whole(), newer.whole(), between)
        }
        "many documents" => {
            let more = 2 + numbers.below(4);
            (0..more).fold(session.whole(), |before, _| {
                let newer = plan.session(count(numbers, most.min(500)));
                join(before, newer.whole(), b"\n")
            })
        }
        "cut, document" => {
            let newer = plan.session(count(numbers, most));
            let end = place(numbers, &session);
            join(session.part(&(0..end)), newer.whole(), b"")
        }
        "garbage behind" => {
            let mut damaged = session.whole();
            let garbage: &[&[u8]] = &[
                b"}",
                b"]",
                b"\"",
                b"\0\0\0\0",
                b"oops",
                b"\n}\n",
                b",",
                b"}}",
                b"]}\n",
                b"\xff\xfe",
            ];
            damaged.bytes.extend(*numbers.one_of(garbage));
            damaged
        }
        "mark" => {
            let mut damaged = session.whole();
            damaged.bytes.splice(0..0, *b"\xef\xbb\xbf");
            damaged
        }
        "gzip" => gzip(&session),
        "utf-16" => utf16(&session, numbers),
        "no beginning" => session.part(&(place(numbers, &session)..length)),
        "no beginning, no end" => {
            let places = [numbers.below(length), numbers.below(length)];
            session.part(&(places[0].min(places[1])..places[0].max(places[1])))
        }
        "hole, cut" => {
            let end = place(numbers, &session);
            let damaged = session.part(&(0..end));
            let places = session.messages.clone();
            let session = Session {
                messages: places
                    .into_iter()
                    .filter(|place| place.end <= end)
                    .collect(),
                text: damaged.bytes,
                pairs: Vec::new(),
            };
            let pairs = damaged.pairs;
            let damaged = holes(&session, numbers, end.is_multiple_of(2));
            Damaged { pairs, ..damaged }
        }
        "hand edit" => hand_edit(&session, numbers),
        other => unreachable!("{other}"),
    }
}

/// Where a file ends that is cut off, and nothing else.
fn end_of_cut(kind: &str, numbers: &mut Numbers, session: &Session) -> Option<usize> {
    let end = match kind {
        "cut" => place(numbers, session),
        "cut in a key" => in_key(numbers, session),
        "cut in an escape" => inside(numbers, session, |pair| pair[0] == b'\\'),
        "cut in a character" => inside(numbers, session, |pair| pair[1] & 0xc0 == 0x80),
        "cut before the messages" => numbers.below(session.messages.first()?.start),
        "cut behind the last message" => session.messages.last()?.end,
        _ => return None,
    };
    Some(end)
}

/// Any place, and often one that is near the border of a message.
fn place(numbers: &mut Numbers, session: &Session) -> usize {
    let length = session.text.len();
    if numbers.one_in(3) {
        let message = numbers.one_of(&session.messages).clone();
        let near = *numbers.one_of(&[message.start, message.end]);
        return (near + numbers.below(12)).saturating_sub(6).min(length);
    }
    numbers.below(length)
}

fn flip(session: &Session, numbers: &mut Numbers) -> Damaged {
    let mut bytes = session.text.clone();
    let place = numbers.below(bytes.len());
    bytes[place] ^= 1 << numbers.below(8);
    let mut damaged = session.overwritten(bytes);
    // Under another key they are no longer the session's messages.
    let name = b"messages";
    let before = &session.text[..session.messages[0].start];
    let key = before
        .windows(name.len())
        .rposition(|window| window == name);
    let key = key.unwrap_or_default();
    if (key..key + name.len()).contains(&place) {
        let wanted = damaged.wanted.iter_mut();
        wanted.for_each(|wanted| wanted.is_intact = false);
    }
    damaged
}

/// A place within one of the session's own keys, or of a message's.
fn in_key(numbers: &mut Numbers, session: &Session) -> usize {
    let keys = [
        &b"\"role\":"[..],
        b"\"content\":",
        b"\"messages\":",
        b"\"timestamp\":",
    ];
    let from = numbers.below(session.text.len());
    let is_key = |at: &usize| keys.iter().any(|key| session.text[*at..].starts_with(key));
    let found = (from..session.text.len()).chain(0..from).find(is_key);
    found.unwrap_or_default() + 1 + numbers.below(4)
}

/// A place between two such bytes, if there is one.
fn inside(numbers: &mut Numbers, session: &Session, is_wanted: impl Fn(&[u8]) -> bool) -> usize {
    let from = numbers.below(session.text.len() - 1);
    let is_wanted = |at: &usize| is_wanted(&session.text[*at..*at + 2]);
    let found = (from..session.text.len() - 1)
        .chain(0..from)
        .find(is_wanted);
    found.unwrap_or(from) + 1
}

fn holes(session: &Session, numbers: &mut Numbers, is_noise: bool) -> Damaged {
    let mut bytes = session.text.clone();
    for _ in 0..=(numbers.below(3) / 2 * numbers.below(3)) {
        let size = *numbers.one_of(&[512, 4096]);
        let mut start = numbers.below(bytes.len().max(1));
        if !numbers.one_in(4) {
            start = start / 512 * 512;
        }
        let end = (start + size).min(bytes.len());
        for byte in &mut bytes[start..end] {
            *byte = if is_noise {
                numbers.next().to_le_bytes()[0]
            } else {
                0
            };
        }
    }
    session.overwritten(bytes)
}

fn join(mut one: Damaged, other: Damaged, between: &[u8]) -> Damaged {
    one.bytes.extend(between);
    one.bytes.extend(other.bytes);
    one.wanted.extend(other.wanted);
    one.pairs.extend(other.pairs);
    one
}

fn utf16(session: &Session, numbers: &mut Numbers) -> Damaged {
    let text = String::from_utf8_lossy(&session.text);
    let is_little = numbers.one_in(2);
    let encode = |unit: u16| {
        if is_little {
            unit.to_le_bytes()
        } else {
            unit.to_be_bytes()
        }
    };
    let mark = if numbers.one_in(2) {
        encode(0xfeff).to_vec()
    } else {
        Vec::new()
    };
    let mut bytes = mark.clone();
    bytes.extend(text.encode_utf16().flat_map(encode));
    let cut = if numbers.one_in(2) {
        bytes.len()
    } else {
        numbers.below(bytes.len())
    };
    bytes.truncate(cut);
    let units = cut.saturating_sub(mark.len()) / 2;
    let mut seen = 0;
    let before = text.chars().take_while(|character| {
        seen += character.len_utf16();
        seen <= units
    });
    let end = before.map(char::len_utf8).sum();
    let wanted = session.part(&(0..end)).wanted;
    Damaged {
        bytes,
        wanted,
        pairs: session.pairs(),
    }
}

/// Compressed, so that no message is there as text.
fn gzip(session: &Session) -> Damaged {
    let mut bytes = Vec::new();
    let mut encoder = GzEncoder::new(&session.text[..], Compression::default());
    encoder.read_to_end(&mut bytes).expect("memory can be read");
    Damaged {
        bytes,
        wanted: Vec::new(),
        pairs: Vec::new(),
    }
}

/// Trailing commas and comments.
fn hand_edit(session: &Session, numbers: &mut Numbers) -> Damaged {
    let mut damaged = session.whole();
    let has_lines = session.text[1..].starts_with(b"\n") || session.text[1..].starts_with(b"\r");
    let message = numbers.one_of(&session.messages);
    let last = session.messages.last().unwrap_or(message);
    let (at, new): (usize, &[u8]) = match numbers.below(if has_lines { 6 } else { 2 }) {
        0 => (last.end, b","),
        1 => (session.text.len() - 1, b","),
        2 => (message.start, b"// a comment with \"quotes\" and {\n    "),
        3 => (message.start, b"/* a * comment { */ "),
        4 => (session.text.len() - 1, b"/* the end */\n"),
        _ => (1, b"\n  // the {\"beginning\n"),
    };
    damaged.bytes.splice(at..at, new.iter().copied());
    damaged
}
