//! Reads a whole file the slow and obvious way: recursively, one character at a
//! time, keeping every key. Where the counter differs from it, one of them is
//! wrong.

use std::ops::Range;

use session_recovery::count::{Caveat, Defect, Expected, PORTABLE_DEPTH, PORTABLE_DIGITS};

/// It recurses, so a file with more brackets than this is left out.
const MOST_BRACKETS: usize = 2000;

/// How many messages a file holds, where they are, and who cannot read it.
pub type ReferenceCount = (u32, Range<u64>, Option<Caveat>);

/// What the file holds, or why it is no session; nothing where the file may
/// nest too deep for it.
pub fn count(file: &[u8]) -> Option<Result<ReferenceCount, Defect>> {
    let brackets = file.iter().filter(|byte| matches!(byte, b'[' | b'{'));
    (brackets.count() <= MOST_BRACKETS).then(|| session(file))
}

fn session(file: &[u8]) -> Result<ReferenceCount, Defect> {
    if file.is_empty() {
        return Err(Defect::Empty);
    }
    let text = utf8_prefix(file);
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
        caveat: None,
    };
    let document = reader.document();
    let ran_out = document.is_err() && reader.at == text.len();
    if text.len() < file.len() && (document.is_ok() || ran_out) {
        return Err(Defect::NotUtf8(text.len() as u64));
    }
    let Value::Object(members) = document? else {
        return Err(Defect::NotAnObject);
    };
    let messages: Vec<u16> = "messages".encode_utf16().collect();
    let last = members.iter().rfind(|(key, _)| *key == messages);
    match last {
        Some((_, Value::Array(array))) => Ok((array.length, array.elements.clone(), reader.caveat)),
        _ => Err(Defect::NoMessages),
    }
}

/// The file up to its first sequence that is not UTF-8.
fn utf8_prefix(file: &[u8]) -> &[u8] {
    let mut at = 0;
    while at < file.len() {
        match utf8_sequence(&file[at..]) {
            Some(length) => at += length,
            None => break,
        }
    }
    &file[..at]
}

/// The length of the sequence that `bytes` begins with, by the table of RFC 3629.
fn utf8_sequence(bytes: &[u8]) -> Option<usize> {
    let continues = |range: &[u8]| range.iter().all(|byte| (0x80..=0xbf).contains(byte));
    match bytes {
        [0x00..=0x7f, ..] => Some(1),
        [0xc2..=0xdf, rest @ ..] => (continues(rest.get(..1)?)).then_some(2),
        [0xe0, 0xa0..=0xbf, rest @ ..]
        | [0xe1..=0xec | 0xee..=0xef, 0x80..=0xbf, rest @ ..]
        | [0xed, 0x80..=0x9f, rest @ ..] => continues(rest.get(..1)?).then_some(3),
        [0xf0, 0x90..=0xbf, rest @ ..]
        | [0xf1..=0xf3, 0x80..=0xbf, rest @ ..]
        | [0xf4, 0x80..=0x8f, rest @ ..] => continues(rest.get(..2)?).then_some(4),
        _ => None,
    }
}

/// What matters of a value.
enum Value {
    Array(Array),
    /// With its keys, in UTF-16, as a lone surrogate may be escaped in them.
    Object(Vec<(Vec<u16>, Value)>),
    Scalar,
}

struct Array {
    length: u32,
    /// What is between its brackets.
    elements: Range<u64>,
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: u32,
    caveat: Option<Caveat>,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Value, Defect> {
        let value = self.value(Expected::Value)?;
        self.spaces();
        match self.peek() {
            None => Ok(value),
            Some(_) => self.not_json(Expected::EndOfFile),
        }
    }

    fn value(&mut self, expected: Expected) -> Result<Value, Defect> {
        self.spaces();
        match self.peek() {
            Some(b'[') => self.nested(Self::array),
            Some(b'{') => self.nested(Self::object),
            Some(b'"') => self.string().map(|_| Value::Scalar),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true", 0),
            Some(b'f') => self.literal("false", 0),
            Some(b'n') => self.literal("null", 0),
            Some(b'N') => self.literal("NaN", 0),
            Some(b'I') => self.literal("Infinity", 0),
            _ => self.not_json(expected),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, Defect>) -> Result<Value, Defect> {
        self.depth += 1;
        if self.depth > PORTABLE_DEPTH {
            let caveat = Caveat::DeepNesting(self.at as u64);
            self.caveat.get_or_insert(caveat);
        }
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn array(&mut self) -> Result<Value, Defect> {
        let start = self.at as u64;
        let mut length = 0;
        if !self.takes_after_spaces(b']') {
            self.value(Expected::ValueOrEnd)?;
            length = 1;
            while !self.takes_after_spaces(b']') {
                if !self.takes(b',') {
                    return self.not_json(Expected::CommaOrArrayEnd);
                }
                self.value(Expected::Value)?;
                length += 1;
            }
        }
        let elements = start..self.at as u64 - 1;
        Ok(Value::Array(Array { length, elements }))
    }

    fn object(&mut self) -> Result<Value, Defect> {
        let mut members = Vec::new();
        if self.takes_after_spaces(b'}') {
            return Ok(Value::Object(members));
        }
        members.push(self.member(Expected::KeyOrEnd)?);
        while !self.takes_after_spaces(b'}') {
            if !self.takes(b',') {
                return self.not_json(Expected::CommaOrObjectEnd);
            }
            members.push(self.member(Expected::Key)?);
        }
        Ok(Value::Object(members))
    }

    fn member(&mut self, expected: Expected) -> Result<(Vec<u16>, Value), Defect> {
        self.spaces();
        if self.peek() != Some(b'"') {
            return self.not_json(expected);
        }
        let key = self.string()?;
        if !self.takes_after_spaces(b':') {
            return self.not_json(Expected::Colon);
        }
        Ok((key, self.value(Expected::Value)?))
    }

    /// The string's UTF-16.
    fn string(&mut self) -> Result<Vec<u16>, Defect> {
        self.at += 1;
        let mut units = Vec::new();
        loop {
            match self.peek() {
                None => return self.not_json(Expected::StringEnd),
                Some(0x00..=0x1f) => return self.not_json(Expected::NoControlCharacter),
                Some(b'"') => break,
                Some(b'\\') => {
                    self.at += 1;
                    units.push(self.escape()?);
                }
                Some(_) => units.extend_from_slice(self.character().encode_utf16(&mut [0; 2])),
            }
        }
        self.at += 1;
        Ok(units)
    }

    fn character(&mut self) -> char {
        let length = utf8_sequence(&self.text[self.at..]).expect("the text is UTF-8");
        let character = str::from_utf8(&self.text[self.at..][..length]);
        self.at += length;
        let character = character.expect("the text is UTF-8").chars().next();
        character.expect("a sequence is a character")
    }

    fn escape(&mut self) -> Result<u16, Defect> {
        let unit = match self.peek() {
            Some(b'u') => {
                self.at += 1;
                return self.four_digits();
            }
            Some(byte @ (b'"' | b'\\' | b'/')) => byte.into(),
            Some(b'b') => 8,
            Some(b't') => 9,
            Some(b'n') => 10,
            Some(b'f') => 12,
            Some(b'r') => 13,
            _ => return self.not_json(Expected::Escape),
        };
        self.at += 1;
        Ok(unit)
    }

    fn four_digits(&mut self) -> Result<u16, Defect> {
        let mut digits = String::new();
        while digits.len() < 4 {
            match self.peek() {
                Some(digit @ (b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F')) => {
                    digits.push(digit.into());
                }
                _ => return self.not_json(Expected::HexDigit),
            }
            self.at += 1;
        }
        Ok(u16::from_str_radix(&digits, 16).expect("four digits fit"))
    }

    fn number(&mut self) -> Result<Value, Defect> {
        let start = self.at as u64;
        if self.takes(b'-') && self.peek() == Some(b'I') {
            return self.literal("-Infinity", 1);
        }
        let mut integer = 1;
        if !self.takes(b'0') {
            integer = self.digits()?;
        }
        let mut is_integer = true;
        if self.takes(b'.') {
            is_integer = false;
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            is_integer = false;
            let _signed = self.takes(b'+') || self.takes(b'-');
            self.digits()?;
        }
        if is_integer && integer > PORTABLE_DIGITS {
            self.caveat.get_or_insert(Caveat::LongInteger(start));
        }
        Ok(Value::Scalar)
    }

    /// One digit at least; gives how many.
    fn digits(&mut self) -> Result<u32, Defect> {
        let mut digits = 0;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
            digits += 1;
        }
        match digits {
            0 => self.not_json(Expected::Digit),
            _ => Ok(digits),
        }
    }

    /// The rest of the word, of which `read` bytes are read.
    fn literal(&mut self, word: &'static str, read: usize) -> Result<Value, Defect> {
        for byte in word.bytes().skip(read) {
            if !self.takes(byte) {
                return self.not_json(Expected::RestOf(word));
            }
        }
        Ok(Value::Scalar)
    }

    fn spaces(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn takes_after_spaces(&mut self, byte: u8) -> bool {
        self.spaces();
        self.takes(byte)
    }

    fn takes(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// What is read next cannot be right.
    fn not_json<T>(&self, expected: Expected) -> Result<T, Defect> {
        let offset = self.at as u64;
        Err(Defect::NotJson { offset, expected })
    }
}
