//! Reads the usual tokens whole, instead of byte by byte. It leaves everything else, and so every
//! defect, to the grammar's steps.
#![allow(
    clippy::inline_always,
    reason = "each function is a part of one loop, whose variables are to stay in registers"
)]

use super::grammar::{Grammar, State, StringKind};
use super::listener::Listener;
use super::nesting::Bracket;
use super::{PORTABLE_DEPTH, PORTABLE_DIGITS, context, marker, scan};

impl<L: Listener> Grammar<L> {
    /// Reads on from the start of `text` as far as the fast path goes, and gives how far that is.
    pub fn fast_path(&mut self, text: &[u8]) -> usize {
        let Some(place) = Place::of(self.state) else {
            return 0;
        };
        let mut fast_path = FastPath {
            text,
            at: 0,
            place,
            is_in_object: self.nesting.innermost() == Some(Bracket::Object),
            watched: self.listener.depth(),
            grammar: self,
        };
        while fast_path.goes_on() {}
        let FastPath { at, place, .. } = fast_path;
        self.at += at as u64;
        self.state = place.into();
        at
    }
}

/// The states of the grammar between which the fast path goes.
#[derive(Clone, Copy)]
enum Place {
    Value,
    ValueOrEnd,
    KeyOrEnd,
    Key,
    Colon,
    AfterValue,
    InValue,
    InKey,
}

/// What is read of a text at once. It is small enough to be kept in registers.
struct FastPath<'a, L> {
    text: &'a [u8],
    /// How much of it is read.
    at: usize,
    place: Place,
    is_in_object: bool,
    /// How deep values are of interest.
    watched: u32,
    grammar: &'a mut Grammar<L>,
}

impl<L: Listener> FastPath<'_, L> {
    /// Reads a token or a part of a string, if it is an ordinary one.
    #[inline(always)]
    fn goes_on(&mut self) -> bool {
        if matches!(self.place, Place::InValue | Place::InKey) {
            return self.in_string();
        }
        let Some(byte) = self.token() else {
            return false;
        };
        match self.place {
            Place::Value | Place::ValueOrEnd => self.value(byte),
            Place::Key | Place::KeyOrEnd => self.key(byte),
            Place::Colon => byte == b':' && self.read_to(Place::Value),
            _ => self.after_value(byte),
        }
    }

    /// The next token's first byte, with the white space before it read.
    #[inline(always)]
    fn token(&mut self) -> Option<u8> {
        let byte = *self.text.get(self.at)?;
        if byte > b' ' {
            return Some(byte);
        }
        self.at += scan::space(&self.text[self.at..]);
        self.text.get(self.at).copied()
    }

    /// Reads a byte.
    #[inline(always)]
    fn read_to(&mut self, place: Place) -> bool {
        self.at += 1;
        self.place = place;
        true
    }

    #[inline(always)]
    fn value(&mut self, byte: u8) -> bool {
        let end = match byte {
            b'"' => {
                self.begins(None);
                return self.read_to(Place::InValue);
            }
            b'{' => return self.open(Bracket::Object, Place::KeyOrEnd),
            b'[' => return self.open(Bracket::Array, Place::ValueOrEnd),
            b']' if matches!(self.place, Place::ValueOrEnd) => return self.close(),
            b'-' | b'0'..=b'9' => number(self.text, self.at),
            b't' => word(self.text, self.at, b"true"),
            b'f' => word(self.text, self.at, b"false"),
            b'n' => word(self.text, self.at, b"null"),
            _ => None,
        };
        let Some(end) = end else {
            return false;
        };
        self.begins(None);
        self.at = end;
        self.place = Place::AfterValue;
        true
    }

    #[inline(always)]
    fn begins(&mut self, bracket: Option<Bracket>) {
        let depth = self.grammar.nesting.depth();
        // Nobody counts what is deeper.
        if depth <= 2 {
            let at = self.grammar.at + self.at as u64;
            self.grammar.listener.value_begins(at, depth, bracket);
            if depth == 1 {
                self.watched = self.grammar.listener.depth();
            }
        } else if bracket.is_none() && depth <= self.watched {
            watch(self.grammar, &self.text[self.at..]);
        } else if depth == context::DEEPEST && depth == self.watched {
            watch_bracket(self.grammar, &self.text[..self.at]);
        }
    }

    #[inline(always)]
    fn open(&mut self, bracket: Bracket, inside: Place) -> bool {
        if self.grammar.nesting.depth() >= PORTABLE_DEPTH {
            return false;
        }
        self.begins(Some(bracket));
        self.is_in_object = bracket == Bracket::Object;
        self.grammar.nesting.open(bracket) && self.read_to(inside)
    }

    fn close(&mut self) -> bool {
        let Grammar {
            nesting,
            listener,
            at,
            ..
        } = &mut *self.grammar;
        nesting.close();
        listener.bracket_closed(*at + self.at as u64, nesting.depth());
        self.is_in_object = nesting.innermost() == Some(Bracket::Object);
        let is_due = self.watched > 2 && listener.is_due();
        self.read_to(Place::AfterValue) && !is_due
    }

    #[inline(always)]
    fn key(&mut self, byte: u8) -> bool {
        match byte {
            b'"' if self.grammar.listener.spells(self.grammar.nesting.depth()) => {
                // Keys for the listener are spelled out in steps, if it does not take them whole.
                L::TAKES_KEYS && self.whole_key()
            }
            b'"' => self.read_to(Place::InKey),
            b'}' if matches!(self.place, Place::KeyOrEnd) => self.close(),
            _ => false,
        }
    }

    fn whole_key(&mut self) -> bool {
        let text = &self.text[self.at + 1..];
        let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        let length = text.iter().take_while(|byte| is_plain(byte)).count();
        let at = self.grammar.at + self.at as u64;
        let depth = self.grammar.nesting.depth();
        if text.get(length) != Some(&b'"') || !self.grammar.listener.key(at, depth, &text[..length])
        {
            return false;
        }
        self.at += length + 1;
        self.read_to(Place::Colon) && !self.grammar.listener.pauses()
    }

    #[inline(always)]
    fn after_value(&mut self, byte: u8) -> bool {
        match (byte, self.is_in_object) {
            (b',', true) => self.read_to(Place::Key),
            (b'}', true) => self.close(),
            _ if self.grammar.nesting.depth() == 0 => false,
            (b',', false) => self.read_to(Place::Value),
            (b']', false) => self.close(),
            _ => false,
        }
    }

    #[inline(always)]
    fn in_string(&mut self) -> bool {
        let part = scan::string(&self.text[self.at..]);
        self.at += part.length;
        if !part.is_last {
            return false;
        }
        // What follows as a rule is read at once.
        let (place, and_read) = match (self.place, self.text.get(self.at + 1)) {
            (Place::InKey, Some(b':')) => (Place::Value, true),
            (Place::InKey, _) => (Place::Colon, false),
            (_, Some(b',')) if self.is_in_object => (Place::Key, true),
            _ => (Place::AfterValue, false),
        };
        self.at += usize::from(and_read);
        self.read_to(place)
    }
}

/// A string or another scalar of the context begins, or of something in one.
#[inline(never)]
fn watch(grammar: &mut Grammar<impl Listener>, text: &[u8]) {
    if let [b'"', text @ ..] = text
        && marker::may_begin(text)
    {
        grammar.listener.suspect();
    }
}

/// An array or an object begins as deep as a part's type is.
#[inline(never)]
fn watch_bracket(grammar: &mut Grammar<impl Listener>, before: &[u8]) {
    if marker::may_be_a_type(before) {
        grammar.listener.suspect();
    }
}

/// Where a word ends, if it is the one that is there.
#[inline(always)]
fn word(text: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    text[at..].starts_with(word).then_some(at + word.len())
}

/// Where the number ends that is there, if it does so before the text ends.
#[inline(always)]
fn number(text: &[u8], at: usize) -> Option<usize> {
    let mut at = at + usize::from(text[at] == b'-');
    if *text.get(at)? == b'0' {
        at += 1;
    } else {
        let digits = scan::digits(&text[at..]);
        if digits == 0 || digits > PORTABLE_DIGITS as usize {
            return None;
        }
        at += digits;
    }
    if *text.get(at)? == b'.' {
        at = after_digits(text, at + 1)?;
    }
    if matches!(*text.get(at)?, b'e' | b'E') {
        let is_signed = matches!(*text.get(at + 1)?, b'+' | b'-');
        at = after_digits(text, at + 1 + usize::from(is_signed))?;
    }
    (at < text.len()).then_some(at)
}

fn after_digits(text: &[u8], at: usize) -> Option<usize> {
    let digits = scan::digits(&text[at..]);
    (digits > 0).then_some(at + digits)
}

impl Place {
    const fn of(state: State) -> Option<Self> {
        Some(match state {
            State::Value => Self::Value,
            State::ValueOrEnd => Self::ValueOrEnd,
            State::KeyOrEnd => Self::KeyOrEnd,
            State::Key => Self::Key,
            State::Colon => Self::Colon,
            State::AfterValue => Self::AfterValue,
            State::String(StringKind::Value) => Self::InValue,
            State::String(StringKind::Key) => Self::InKey,
            _ => return None,
        })
    }
}

impl From<Place> for State {
    fn from(place: Place) -> Self {
        match place {
            Place::Value => Self::Value,
            Place::ValueOrEnd => Self::ValueOrEnd,
            Place::KeyOrEnd => Self::KeyOrEnd,
            Place::Key => Self::Key,
            Place::Colon => Self::Colon,
            Place::AfterValue => Self::AfterValue,
            Place::InValue => Self::String(StringKind::Value),
            Place::InKey => Self::String(StringKind::Key),
        }
    }
}
