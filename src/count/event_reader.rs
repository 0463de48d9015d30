//! Reads checked JSON, and gives its brackets, keys and scalars one event after the other. It holds
//! only the beginning of each. That is enough to look at what is in a file beside its messages.

use super::nesting::{Bracket, Nesting};
use super::scan;

/// How many bytes of a key or a scalar are held, as they are spelled in the file.
const HELD: usize = 512;

/// The end of the year 9999, in seconds since 1970. No later number is a time.
const LATEST: f64 = 253_402_300_800.0;

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

/// Reads a document in chunks. It checks nothing: somebody else does.
#[derive(Clone, Debug)]
pub struct EventReader {
    /// How many bytes of a token are held.
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

impl Default for EventReader {
    /// Holds 512 bytes of a token.
    fn default() -> Self {
        Self::holding(HELD)
    }
}

impl EventReader {
    /// A reader that holds at most `held` bytes of a token.
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

    /// The document is not read on. Of a string that has begun, there is its beginning. A number or
    /// a word says nothing if its end is not known.
    pub fn break_off(&mut self, take: &mut dyn FnMut(u32, Event)) {
        if let Place::Text | Place::Escape = self.place {
            self.token.is_cut = true;
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

    /// The number that it is, rounded as Python rounds it.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        let is_whole = !self.is_text && !self.is_cut;
        let spelled = is_whole.then(|| str::from_utf8(&self.spelled).ok())?;
        spelled?.parse().ok()
    }

    /// The time that it is, in seconds since 1970.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is in the range"
    )]
    pub fn seconds(&self) -> Option<u64> {
        let seconds = self.number()?;
        (0.0..LATEST).contains(&seconds).then_some(seconds as u64)
    }

    /// Whether Python takes it for equal to 0: a number, or `false`.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.is_word("false") || self.number() == Some(0.0)
    }

    /// Whether Python takes it for true.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        if self.is_text {
            return !self.spelled.is_empty();
        }
        !self.is_word("null") && !self.is_zero()
    }

    /// The characters of a string, escapes resolved, and unpaired surrogates.
    pub fn units(&self) -> impl Iterator<Item = Unit> {
        let mut rest = &*self.spelled;
        let units = std::iter::from_fn(move || {
            let (character, read) = next_character(rest)?;
            rest = &rest[read..];
            Some(character)
        });
        Pairs(units, None)
    }

    /// The characters of a string, escapes resolved; half a pair is U+FFFD.
    pub fn characters(&self) -> impl Iterator<Item = char> {
        let units = self.units();
        units.map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// [`Self::characters`] as a string.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.characters().collect()
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

/// A character, or a code unit that is half of one.
pub type Unit = Result<char, u16>;

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
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        let high = match self.1.take().or_else(|| self.0.next())? {
            Ok(character) => return Some(Ok(character)),
            Err(unit) => unit,
        };
        let next = self.0.next();
        if let Some(Err(low)) = next
            && let Some(Ok(character)) = char::decode_utf16([high, low]).next()
        {
            return Some(Ok(character));
        }
        self.1 = next;
        Some(Err(high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(document: &str, held: usize) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut events = EventReader::holding(held);
        let mut take = |_, event: Event| match event {
            Event::Key(token) | Event::Scalar(token) => tokens.push(token.clone()),
            Event::Opens(_) | Event::Closes => {}
        };
        events.feed(document.as_bytes(), &mut take);
        events.finish(&mut take);
        tokens
    }

    fn token(document: &str) -> Token {
        tokens(document, HELD).remove(0)
    }

    #[test]
    fn keys_are_told_from_strings() {
        let mut events = Vec::new();
        let document = br#"{"a": ["b", {"c":"d"} ], "e" :"f"} "#;
        EventReader::default().feed(document, &mut |depth, event| {
            events.push(match event {
                Event::Opens(bracket) => format!("{depth} {bracket:?}"),
                Event::Closes => format!("{depth} closes"),
                Event::Key(key) => format!("{depth} key {}", key.characters().collect::<String>()),
                Event::Scalar(text) => {
                    format!("{depth} text {}", text.characters().collect::<String>())
                }
            });
        });
        assert_eq!(
            events,
            [
                "0 Object", "1 key a", "1 Array", "2 text b", "2 Object", "3 key c", "3 text d",
                "2 closes", "1 closes", "1 key e", "1 text f", "0 closes"
            ]
        );
    }

    #[test]
    fn escapes_stand_for_characters() {
        for (document, text) in [
            (r#""a\"b\\\/\b\f\n\r\t""#, "a\"b\\/\u{8}\u{c}\n\r\t"),
            (r#""\u00e9\ud83d\ude42""#, "\u{e9}\u{1f642}"),
            (r#""\ud83d!""#, "\u{fffd}!"),
            (r#""\ud83d\ud83d\ude42\ude42""#, "\u{fffd}\u{1f642}\u{fffd}"),
            ("\"\u{65e5}\u{1f642}\"", "\u{65e5}\u{1f642}"),
        ] {
            let found: String = token(document).characters().collect();
            assert_eq!(found, text, "{document}");
            assert!(token(document).is(text), "{document}");
        }
    }

    #[test]
    fn unpaired_surrogates_differ() {
        for (one, other, are_same) in [
            (r#""\ud800""#, r#""\ud801""#, false),
            (r#""\ud800""#, "\"\u{fffd}\"", false),
            (r#""\ud83d\ude42""#, "\"\u{1f642}\"", true),
            (r#""\udc00\ud800""#, r#""\uDC00\uD800""#, true),
        ] {
            let are_equal = token(one).units().eq(token(other).units());
            assert_eq!(are_equal, are_same, "{one} {other}");
        }
    }

    #[test]
    fn a_number_or_false_is_zero_as_to_python() {
        for document in [
            "0",
            "-0",
            "0.0",
            "-0.00e12",
            "0E-3",
            "1e-400",
            "-9.9E-999",
            "false",
        ] {
            assert!(
                token(document).is_zero() && !token(document).is_truthy(),
                "{document}"
            );
        }
        for document in [
            "1",
            "0.01",
            "10",
            "5e-324",
            "1e999",
            "true",
            "NaN",
            "-Infinity",
            "\"0\"",
            "null",
        ] {
            assert!(!token(document).is_zero(), "{document}");
        }
        for (document, is_truthy) in [
            ("null", false),
            ("\"\"", false),
            ("\"0\"", true),
            ("NaN", true),
        ] {
            assert_eq!(token(document).is_truthy(), is_truthy, "{document}");
        }
    }

    #[test]
    fn a_string_that_is_broken_off_has_its_beginning() {
        for (document, found) in [
            (r#""abc"#, &[("abc", true)][..]),
            ("\"a\\", &[("a", true)]),
            (r#""a\u00"#, &[("a", true)]),
            (r#"["a", "#, &[("a", false)]),
            ("[1, 23", &[("1", false)]),
            ("nul", &[]),
        ] {
            let mut tokens = Vec::new();
            let mut events = EventReader::default();
            let mut take = |_, event: Event| {
                if let Event::Scalar(token) = event {
                    tokens.push((token.to_text(), token.is_cut));
                }
            };
            events.feed(document.as_bytes(), &mut take);
            events.break_off(&mut take);
            let tokens: Vec<_> = tokens.iter().map(|(text, cut)| (&**text, *cut)).collect();
            assert_eq!(tokens, found, "{document}");
        }
    }

    #[test]
    fn of_what_is_too_long_the_beginning_is_held() {
        let found = tokens(r#"["\u00e9abc", 12345]"#, 7);
        let texts = found
            .iter()
            .map(|token| token.characters().collect::<String>());
        assert_eq!(texts.collect::<Vec<_>>(), ["\u{e9}a", "12345"]);
        assert!(found[0].is_cut && !found[1].is_cut);
        assert!(!found[0].is("\u{e9}a"));
        // An escape that is cut in two stands for nothing.
        assert_eq!(
            tokens(r#""a\u00e9""#, 4)[0]
                .characters()
                .collect::<String>(),
            "a"
        );
    }
}
