//! Checks JSON as `CPython` reads it, one byte after the other, without recursion. This is strict
//! JSON with three more literals: `NaN`, `Infinity` and `-Infinity`.

use super::listener::Listener;
use super::messages::Messages;
use super::nesting::{Bracket, Nesting};
use super::scan::is_space;
use super::utf8::character;
use super::{Caveat, Count, Defect, Expected, PORTABLE_DEPTH, PORTABLE_DIGITS, context};

/// Reads whole characters, and reports to a [`Listener`] what it finds.
#[derive(Clone, Debug, Default)]
pub struct Grammar<L = Messages> {
    /// The offset of the next byte; after a defect, that of the byte that cannot be right.
    pub at: u64,
    /// What was read last.
    pub state: State,
    /// The open brackets.
    pub nesting: Nesting,
    /// Who is told.
    pub listener: L,
    pub(crate) caveat: Option<Caveat>,
}

/// What was read last, and so what may follow.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs, reason = "the names say it")]
pub enum State {
    /// Nothing, or `:`, or `,` in an array.
    #[default]
    Value,
    /// `[`
    ValueOrEnd,
    /// `{`
    KeyOrEnd,
    /// `,` in an object.
    Key,
    /// A key.
    Colon,
    /// A value.
    AfterValue,
    /// A part of a string.
    String(StringKind),
    /// A backslash in a string.
    Escape(StringKind),
    /// `\u` in a string, and some of its digits.
    Hex {
        text: StringKind,
        left: u8,
        unit: u16,
    },
    /// A part of a literal.
    Literal { word: &'static str, spelled: usize },
    /// A part of a number.
    Number(Number),
}

/// What a string is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum StringKind {
    Value,
    Key,
    /// A key that is given to the listener.
    SpelledKey,
}

/// How far a number has come.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Number {
    Minus {
        start: u64,
    },
    /// A leading zero is a whole integer.
    Zero,
    Integer {
        start: u64,
        digits: u32,
    },
    Point,
    Fraction,
    E,
    ExponentSign,
    Exponent,
}

impl Grammar {
    /// The document is over.
    pub(crate) fn finish(mut self) -> Result<Count, Defect> {
        if let State::Number(number) = self.state {
            self.end_number(number)?;
        }
        match self.state {
            State::AfterValue if self.nesting.depth() == 0 => self.listener.finish(self.caveat),
            state => Err(self.unexpected(state)),
        }
    }
}

impl<L: Listener> Grammar<L> {
    /// Reads on.
    ///
    /// # Errors
    ///
    /// The first byte, or the first UTF-8 sequence, that cannot be right.
    pub fn feed(&mut self, text: &[u8]) -> Result<(), Defect> {
        self.read(text).map(|_| ())
    }

    /// Reads on, at least up to where the listener pauses, and gives how much was read.
    ///
    /// # Errors
    ///
    /// The first byte, or the first UTF-8 sequence, that cannot be right.
    pub fn read(&mut self, text: &[u8]) -> Result<usize, Defect> {
        let start = self.at;
        let mut rest = text;
        while !rest.is_empty() && !self.listener.pauses() {
            let read = self.fast_path(rest);
            rest = self.record(rest, read);
            if let Some(&byte) = rest.first() {
                let read = self.step(byte, rest)?;
                self.at += read as u64;
                rest = self.record(rest, read);
            }
            if self.listener.is_due() {
                self.listener.look(start, text);
            }
        }
        self.listener.end_chunk(start, text);
        Ok(text.len() - rest.len())
    }

    /// Gives what follows on what has just been read.
    #[inline]
    fn record<'a>(&mut self, text: &'a [u8], read: usize) -> &'a [u8] {
        let (read, rest) = text.split_at(read);
        self.listener.record(self.at - read.len() as u64, read);
        rest
    }

    /// Reads from the start of `rest`, which begins with `byte`, and gives how much was read.
    #[inline(never)]
    fn step(&mut self, byte: u8, rest: &[u8]) -> Result<usize, Defect> {
        if !byte.is_ascii() {
            return self.character(rest);
        }
        match self.state {
            State::String(text) => self.in_string(text, byte),
            State::Escape(text) => self.escape(text, byte),
            State::Hex { text, left, unit } => self.hex(text, left, unit, byte),
            State::Literal { word, spelled } => self.literal(word, spelled, byte),
            State::Number(number) => self.number(number, byte),
            _ if is_space(byte) => Ok(1),
            _ => self.token(byte),
        }
    }

    /// A character that is not ASCII is allowed only in strings.
    fn character(&mut self, rest: &[u8]) -> Result<usize, Defect> {
        let length = character(rest).ok_or(Defect::NotUtf8(self.at))?;
        match self.state {
            State::String(StringKind::SpelledKey) => self.listener.key_differs(),
            State::String(_) => {}
            State::Number(number) => {
                self.end_number(number)?;
                return Err(self.unexpected(self.state));
            }
            State::Escape(_) => return Err(self.not_json(Expected::Escape)),
            state => return Err(self.unexpected(state)),
        }
        Ok(length)
    }

    /// Between two tokens: the next one begins.
    fn token(&mut self, byte: u8) -> Result<usize, Defect> {
        let innermost = self.nesting.innermost();
        match (self.state, byte) {
            (State::ValueOrEnd, b']') | (State::KeyOrEnd, b'}') => self.close(),
            (State::Value | State::ValueOrEnd, _) => return self.value(byte),
            (State::KeyOrEnd | State::Key, b'"') => self.key(),
            (State::Colon, b':') => self.state = State::Value,
            (State::AfterValue, b',') if innermost == Some(Bracket::Array) => {
                self.state = State::Value;
            }
            (State::AfterValue, b',') if innermost == Some(Bracket::Object) => {
                self.state = State::Key;
            }
            (State::AfterValue, b']') if innermost == Some(Bracket::Array) => self.close(),
            (State::AfterValue, b'}') if innermost == Some(Bracket::Object) => self.close(),
            (state, _) => return Err(self.unexpected(state)),
        }
        Ok(1)
    }

    fn key(&mut self) {
        let depth = self.nesting.depth();
        self.state = State::String(if self.listener.spells(depth) {
            self.listener.key_begins(self.at, depth);
            StringKind::SpelledKey
        } else {
            StringKind::Key
        });
    }

    fn value(&mut self, byte: u8) -> Result<usize, Defect> {
        let start = self.at;
        let literal = |word| State::Literal { word, spelled: 1 };
        let state = match byte {
            b'[' => return self.open(Bracket::Array, State::ValueOrEnd),
            b'{' => return self.open(Bracket::Object, State::KeyOrEnd),
            b'"' => State::String(StringKind::Value),
            b'-' => State::Number(Number::Minus { start }),
            b'0' => State::Number(Number::Zero),
            b'1'..=b'9' => State::Number(Number::Integer { start, digits: 1 }),
            b't' => literal("true"),
            b'f' => literal("false"),
            b'n' => literal("null"),
            b'N' => literal("NaN"),
            b'I' => literal("Infinity"),
            _ => return Err(self.unexpected(self.state)),
        };
        self.listener
            .value_begins(self.at, self.nesting.depth(), None);
        // What follows is not looked at in steps, so it may be anything.
        self.listener.suspect();
        self.state = state;
        Ok(1)
    }

    fn open(&mut self, bracket: Bracket, inside: State) -> Result<usize, Defect> {
        let depth = self.nesting.depth();
        self.listener.value_begins(self.at, depth, Some(bracket));
        if depth == context::DEEPEST {
            self.listener.suspect();
        }
        if depth == PORTABLE_DEPTH {
            self.caveat.get_or_insert(Caveat::DeepNesting(self.at));
        }
        if !self.nesting.open(bracket) {
            return Err(Defect::TooDeep(self.at));
        }
        self.state = inside;
        Ok(1)
    }

    fn close(&mut self) {
        self.nesting.close();
        self.listener.bracket_closed(self.at, self.nesting.depth());
        self.state = State::AfterValue;
    }

    fn in_string(&mut self, text: StringKind, byte: u8) -> Result<usize, Defect> {
        match byte {
            b'"' => {
                self.state = if text == StringKind::Value {
                    State::AfterValue
                } else {
                    State::Colon
                };
                if text == StringKind::SpelledKey {
                    self.listener.key_ends();
                }
            }
            b'\\' => self.state = State::Escape(text),
            ..=0x1f => return Err(self.not_json(Expected::NoControlCharacter)),
            _ if text == StringKind::SpelledKey => self.listener.key_unit(u16::from(byte)),
            _ => {}
        }
        Ok(1)
    }

    fn escape(&mut self, text: StringKind, byte: u8) -> Result<usize, Defect> {
        let unit = match byte {
            b'u' => {
                let (left, unit) = (4, 0);
                self.state = State::Hex { text, left, unit };
                return Ok(1);
            }
            b'"' | b'\\' | b'/' => byte,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            _ => return Err(self.not_json(Expected::Escape)),
        };
        self.escaped(text, u16::from(unit));
        Ok(1)
    }

    fn hex(&mut self, text: StringKind, left: u8, unit: u16, byte: u8) -> Result<usize, Defect> {
        let digit = char::from(byte).to_digit(16);
        let digit = digit.and_then(|digit| u16::try_from(digit).ok());
        let digit = digit.ok_or_else(|| self.not_json(Expected::HexDigit))?;
        let (left, unit) = (left - 1, unit << 4 | digit);
        if left == 0 {
            self.escaped(text, unit);
        } else {
            self.state = State::Hex { text, left, unit };
        }
        Ok(1)
    }

    fn escaped(&mut self, text: StringKind, unit: u16) {
        if text == StringKind::SpelledKey {
            self.listener.key_unit(unit);
        }
        self.state = State::String(text);
    }

    fn literal(&mut self, word: &'static str, spelled: usize, byte: u8) -> Result<usize, Defect> {
        if word.as_bytes()[spelled] != byte {
            return Err(self.not_json(Expected::RestOf(word)));
        }
        let spelled = spelled + 1;
        self.state = if spelled == word.len() {
            State::AfterValue
        } else {
            State::Literal { word, spelled }
        };
        Ok(1)
    }

    /// Reads on in a number; at the first byte that is none of it, reads nothing and ends it.
    fn number(&mut self, number: Number, byte: u8) -> Result<usize, Defect> {
        let next = match (number, byte) {
            (Number::Minus { .. }, b'I') => {
                let (word, spelled) = ("-Infinity", 2);
                self.state = State::Literal { word, spelled };
                return Ok(1);
            }
            (Number::Minus { .. }, b'0') => Number::Zero,
            (Number::Minus { start }, b'1'..=b'9') => Number::Integer { start, digits: 1 },
            (Number::Integer { start, digits }, b'0'..=b'9') => Number::Integer {
                start,
                digits: digits.saturating_add(1),
            },
            (Number::Zero | Number::Integer { .. }, b'.') => Number::Point,
            (Number::Point | Number::Fraction, b'0'..=b'9') => Number::Fraction,
            (Number::Zero | Number::Integer { .. } | Number::Fraction, b'e' | b'E') => Number::E,
            (Number::E, b'+' | b'-') => Number::ExponentSign,
            (Number::E | Number::ExponentSign | Number::Exponent, b'0'..=b'9') => Number::Exponent,
            (number, _) => {
                self.end_number(number)?;
                return Ok(0);
            }
        };
        self.state = State::Number(next);
        Ok(1)
    }

    fn end_number(&mut self, number: Number) -> Result<(), Defect> {
        match number {
            Number::Minus { .. } | Number::Point | Number::E | Number::ExponentSign => {
                return Err(self.not_json(Expected::Digit));
            }
            Number::Integer { start, digits } if digits > PORTABLE_DIGITS => {
                self.caveat.get_or_insert(Caveat::LongInteger(start));
            }
            Number::Zero | Number::Integer { .. } | Number::Fraction | Number::Exponent => {}
        }
        self.state = State::AfterValue;
        Ok(())
    }

    fn not_json(&self, expected: Expected) -> Defect {
        let offset = self.at;
        Defect::NotJson { offset, expected }
    }

    /// The next byte, or the end of the file, cannot follow on `state`.
    fn unexpected(&self, state: State) -> Defect {
        self.not_json(match state {
            State::Value => Expected::Value,
            State::ValueOrEnd => Expected::ValueOrEnd,
            State::KeyOrEnd => Expected::KeyOrEnd,
            State::Key => Expected::Key,
            State::Colon => Expected::Colon,
            State::AfterValue => match self.nesting.innermost() {
                None => Expected::EndOfFile,
                Some(Bracket::Array) => Expected::CommaOrArrayEnd,
                Some(Bracket::Object) => Expected::CommaOrObjectEnd,
            },
            State::String(_) => Expected::StringEnd,
            State::Escape(_) => Expected::Escape,
            State::Hex { .. } => Expected::HexDigit,
            State::Literal { word, .. } => Expected::RestOf(word),
            State::Number(_) => Expected::Digit,
        })
    }
}
