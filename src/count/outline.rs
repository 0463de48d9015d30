//! Checked JSON to its brackets, keys and scalars, of which the beginnings are
//! held: enough to look at what is in a file beside its messages.

use super::nesting::{Bracket, Nesting};
use super::scan;

/// So many bytes of a key or a scalar are held, as they are spelled in the file.
const HELD: usize = 512;

/// A key or a scalar, or the beginning of a long one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// As it is spelled in the file; of a string, what is between the quotes.
    spelled: Vec<u8>,
    /// Whether it is a string.
    pub is_text: bool,
    /// Whether not all of it is held.
    pub is_cut: bool,
}

/// What comes next in a document.
#[derive(Debug)]
pub enum Event<'a> {
    /// An array or an object begins.
    Opens(Bracket),
    /// It ends.
    Closes,
    /// A key of the innermost object.
    Key(&'a Token),
    /// A value that is neither.
    Scalar(&'a Token),
}

/// Reads a document in pieces. It checks nothing: somebody else does.
#[derive(Clone, Debug)]
pub struct Outline {
    /// So many bytes of a token are held.
    held: usize,
    nesting: Nesting,
    place: Place,
    /// Whether a string that begins now is a key.
    is_at_key: bool,
    token: Token,
}

/// Where in the document the next byte is.
#[derive(Clone, Copy, Debug)]
enum Place {
    Between,
    /// In a number or a word.
    Word,
    Text,
    /// After a backslash.
    Escape,
}

impl Default for Outline {
    /// Holds 512 bytes of a token.
    fn default() -> Self {
        Self::holding(HELD)
    }
}

impl Outline {
    /// One that holds so many bytes of a token.
    #[must_use]
    pub fn holding(held: usize) -> Self {
        Self {
            held,
            nesting: Nesting::default(),
            place: Place::Between,
            is_at_key: false,
            token: Token::default(),
        }
    }

    /// How many brackets are open.
    const fn depth(&self) -> u32 {
        self.nesting.depth()
    }

    /// Reads on, and gives each event with the number of brackets around it.
    pub fn feed(&mut self, mut rest: &[u8], take: &mut dyn FnMut(u32, Event)) {
        while let Some(&byte) = rest.first() {
            let read = match self.place {
                Place::Between => self.between(byte, take),
                Place::Word => self.word(byte, take),
                Place::Text => self.text(byte, rest, take),
                Place::Escape => {
                    self.hold(&[byte]);
                    self.place = Place::Text;
                    1
                }
            };
            rest = &rest[read..];
        }
    }

    /// The document is over.
    pub fn finish(&mut self, take: &mut dyn FnMut(u32, Event)) {
        if let Place::Word = self.place {
            self.end_token(take);
        }
    }

    fn between(&mut self, byte: u8, take: &mut dyn FnMut(u32, Event)) -> usize {
        match byte {
            b'[' => self.open(Bracket::Array, take),
            b'{' => self.open(Bracket::Object, take),
            b']' | b'}' => {
                self.nesting.close();
                take(self.depth(), Event::Closes);
            }
            b',' => self.is_at_key = self.nesting.innermost() == Some(Bracket::Object),
            b':' => self.is_at_key = false,
            b'"' => self.begin(Place::Text),
            byte if scan::is_space(byte) => {}
            _ => {
                self.begin(Place::Word);
                return 0;
            }
        }
        1
    }

    fn open(&mut self, bracket: Bracket, take: &mut dyn FnMut(u32, Event)) {
        take(self.depth(), Event::Opens(bracket));
        self.is_at_key = bracket == Bracket::Object;
        // Whoever checks the document has refused what is deeper.
        let _ = self.nesting.open(bracket);
    }

    fn begin(&mut self, place: Place) {
        self.place = place;
        self.token.spelled.clear();
        self.token.is_text = matches!(place, Place::Text);
        self.token.is_cut = false;
    }

    fn word(&mut self, byte: u8, take: &mut dyn FnMut(u32, Event)) -> usize {
        if matches!(byte, b',' | b']' | b'}') || scan::is_space(byte) {
            self.end_token(take);
            return 0;
        }
        self.hold(&[byte]);
        1
    }

    fn text(&mut self, byte: u8, rest: &[u8], take: &mut dyn FnMut(u32, Event)) -> usize {
        match byte {
            b'"' => self.end_token(take),
            b'\\' => {
                self.hold(&[byte]);
                self.place = Place::Escape;
            }
            _ => {
                // There is at least one such byte in what somebody checks.
                let plain = scan::text(rest).max(1);
                self.hold(&rest[..plain]);
                return plain;
            }
        }
        1
    }

    fn hold(&mut self, bytes: &[u8]) {
        let Token {
            spelled, is_cut, ..
        } = &mut self.token;
        let room = self.held - spelled.len();
        *is_cut |= bytes.len() > room;
        spelled.extend(&bytes[..bytes.len().min(room)]);
    }

    fn end_token(&mut self, take: &mut dyn FnMut(u32, Event)) {
        self.place = Place::Between;
        let depth = self.nesting.depth();
        if self.is_at_key {
            take(depth, Event::Key(&self.token));
        } else {
            take(depth, Event::Scalar(&self.token));
        }
    }
}

impl Token {
    /// Whether it is this word, as `null` or `false`.
    #[must_use]
    pub fn is_word(&self, word: &str) -> bool {
        !self.is_text && self.spelled == word.as_bytes()
    }

    /// Whether Python takes it for equal to 0: a number, or `false`.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        let mantissa = self
            .spelled
            .split(|byte| matches!(byte, b'e' | b'E'))
            .next();
        let is_nothing = |byte: &u8| matches!(byte, b'-' | b'0' | b'.');
        let is_zero = mantissa.is_some_and(|mantissa| mantissa.iter().all(is_nothing));
        self.is_word("false") || (!self.is_text && !self.is_cut && is_zero)
    }

    /// Whether Python takes it for true.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        if self.is_text {
            return !self.spelled.is_empty();
        }
        !self.is_word("null") && !self.is_zero()
    }

    /// The characters of a string, escapes resolved; half a pair is U+FFFD.
    pub fn characters(&self) -> impl Iterator<Item = char> {
        let mut rest = &*self.spelled;
        let units = std::iter::from_fn(move || {
            let (character, read) = next_character(rest)?;
            rest = &rest[read..];
            Some(character)
        });
        Pairs(units, None)
    }

    /// Whether it is this string, as far as it is held.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.is_text && !self.is_cut && self.characters().eq(text.chars())
    }
}

/// Whether Python's `str.strip` takes a character away.
#[must_use]
pub fn is_stripped(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

/// A character, or a code unit that may be half of one.
type Unit = Result<char, u16>;

/// The first character that is spelled, and how long its spelling is.
fn next_character(spelled: &[u8]) -> Option<(Unit, usize)> {
    let escaped = match spelled {
        [] => return None,
        [b'\\', escaped @ ..] => escaped,
        _ => {
            let length = super::utf8::character(spelled)?;
            let character = str::from_utf8(&spelled[..length]).ok()?.chars().next()?;
            return Some((Ok(character), length));
        }
    };
    let character = match *escaped.first()? {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let digits = str::from_utf8(escaped.get(1..5)?).ok()?;
            let unit = u16::from_str_radix(digits, 16).ok()?;
            return Some((char::from_u32(unit.into()).ok_or(unit), 6));
        }
        other => char::from(other),
    };
    Some((Ok(character), 2))
}

/// Puts the halves of pairs together.
struct Pairs<I>(I, Option<Unit>);

impl<I: Iterator<Item = Unit>> Iterator for Pairs<I> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let high = match self.1.take().or_else(|| self.0.next())? {
            Ok(character) => return Some(character),
            Err(unit) => unit,
        };
        let next = self.0.next();
        if let Some(Err(low)) = next
            && let Some(Ok(character)) = char::decode_utf16([high, low]).next()
        {
            return Some(character);
        }
        self.1 = next;
        Some(char::REPLACEMENT_CHARACTER)
    }
}
