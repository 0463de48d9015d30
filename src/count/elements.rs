//! Splits the bytes between an array's brackets into elements. Each comes with the identity by
//! which it is recognised in another file.

use std::mem;
use std::ops::Range;

use super::identity::{END_OF_TEXT, Identity, Recogniser};
use super::scan;

/// An element of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// What it is recognised by.
    pub identity: Identity,
    /// Where it is in the file, with the white space before it.
    pub place: Range<u64>,
}

/// Splits what is between the brackets of an array. It checks nothing: the file has been judged
/// before.
#[derive(Debug)]
pub struct Elements {
    /// The offset of the next byte.
    at: u64,
    /// Where the present element is: what was read of it, without the white space that may end it.
    place: Range<u64>,
    depth: u32,
    state: State,
    recogniser: Recogniser,
}

/// Where in the present element the next byte is.
#[derive(Clone, Copy, Debug)]
enum State {
    /// In no string.
    Outside,
    /// In a string; with the high half of a pair if that was escaped just before.
    Text(Option<u16>),
    /// After a backslash.
    Escape(Option<u16>),
    /// After `\u` and some of its digits.
    Hex {
        high: Option<u16>,
        left: u8,
        unit: u16,
    },
}

/// What no string holds stands for half a pair.
const HALF_A_PAIR: u8 = 0xfe;

impl Elements {
    /// Begins after the opening bracket, at this offset.
    #[must_use]
    pub fn new(start: u64) -> Self {
        Self {
            at: start,
            place: start..start,
            depth: 0,
            state: State::Outside,
            recogniser: Recogniser::default(),
        }
    }

    /// Reads on, and gives each element that ends.
    pub fn feed(&mut self, mut rest: &[u8], take: &mut dyn FnMut(Element)) {
        while let Some(&byte) = rest.first() {
            let read = match self.state {
                State::Outside => self.outside(byte, rest, take),
                State::Text(high) => self.text(high, byte, rest),
                State::Escape(high) => self.escape(high, byte),
                State::Hex { high, left, unit } => self.hex(high, left, unit, byte),
            };
            self.at += read as u64;
            rest = &rest[read..];
        }
    }

    /// The closing bracket is next.
    pub fn finish(mut self, take: &mut dyn FnMut(Element)) {
        if self.place.end > self.place.start {
            self.end_element(take);
        }
    }

    fn outside(&mut self, byte: u8, rest: &[u8], take: &mut dyn FnMut(Element)) -> usize {
        let mut read = 1;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => return scan::space(rest),
            b',' if self.depth == 0 => {
                self.end_element(take);
                return 1;
            }
            b'"' => {
                self.state = State::Text(None);
                self.recogniser.write(&[byte]);
            }
            b'[' | b'{' => {
                self.recogniser.punctuation(self.depth, byte);
                self.depth += 1;
            }
            b']' | b'}' => {
                self.depth = self.depth.saturating_sub(1);
                self.recogniser.punctuation(self.depth, byte);
            }
            b',' | b':' => self.recogniser.punctuation(self.depth, byte),
            _ => {
                read = word(rest);
                self.recogniser.write(&rest[..read]);
            }
        }
        self.place.end = self.at + read as u64;
        read
    }

    fn end_element(&mut self, take: &mut dyn FnMut(Element)) {
        let next = self.at + 1;
        take(Element {
            identity: self.recogniser.finish(),
            place: mem::replace(&mut self.place, next..next),
        });
    }

    fn text(&mut self, high: Option<u16>, byte: u8, rest: &[u8]) -> usize {
        if byte == b'\\' {
            self.state = State::Escape(high);
            return 1;
        }
        self.half_a_pair(high);
        if byte == b'"' {
            self.recogniser.write(&[END_OF_TEXT]);
            self.state = State::Outside;
            self.place.end = self.at + 1;
            return 1;
        }
        // The file has been judged, so there is at least one such byte.
        let plain = scan::text(rest).max(1);
        self.recogniser.write(&rest[..plain]);
        self.state = State::Text(None);
        plain
    }

    fn escape(&mut self, high: Option<u16>, byte: u8) -> usize {
        let character = match byte {
            b'u' => {
                let (left, unit) = (4, 0);
                self.state = State::Hex { high, left, unit };
                return 1;
            }
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            byte => byte,
        };
        self.unit(high, u16::from(character));
        1
    }

    fn hex(&mut self, high: Option<u16>, left: u8, unit: u16, byte: u8) -> usize {
        let digit = char::from(byte).to_digit(16).unwrap_or_default();
        let (left, unit) = (left - 1, unit << 4 | (digit & 0xf) as u16);
        if left == 0 {
            self.unit(high, unit);
        } else {
            self.state = State::Hex { high, left, unit };
        }
        1
    }

    /// An escape stands for this code unit.
    fn unit(&mut self, high: Option<u16>, unit: u16) {
        let pair = high.and_then(|high| char::decode_utf16([high, unit]).next()?.ok());
        if pair.is_none() {
            self.half_a_pair(high);
        }
        self.state = State::Text(None);
        match pair.or_else(|| char::from_u32(u32::from(unit))) {
            Some(character) => self
                .recogniser
                .write(character.encode_utf8(&mut [0; 4]).as_bytes()),
            None if unit < 0xdc00 => self.state = State::Text(Some(unit)),
            None => self.half_a_pair(Some(unit)),
        }
    }

    fn half_a_pair(&mut self, unit: Option<u16>) {
        if let Some(unit) = unit {
            let [first, second] = unit.to_be_bytes();
            self.recogniser.write(&[HALF_A_PAIR, first, second]);
        }
    }
}

/// How long a number or a literal is, or what there is of it.
fn word(rest: &[u8]) -> usize {
    let is_more =
        |byte: &u8| matches!(byte, b'+' | b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z');
    rest.iter().take_while(|byte| is_more(byte)).count().max(1)
}
