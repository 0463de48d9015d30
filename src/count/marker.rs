//! Says whether a message of a session's context marks a compaction. Such a message begins with the
//! words that the application puts there.

use super::event_reader::{Event, Token, is_stripped};
use super::nesting::Bracket;

/// The words for which the first of a message's texts is looked at.
const WORDS: [&str; 3] = [
    "[context compaction",
    "[your active task list was preserved across context compression]",
    "[session arc summary",
];
/// Words that count beside a summary, and in the second look.
const BARE_WORDS: &str = "context compaction";
/// The longest of them.
const LONGEST: usize = 65;

/// Whether a string may be of a marker, given what follows on its opening quote. Every marker has
/// such a string. If it is not certain, the answer is yes.
pub fn may_begin(mut text: &[u8]) -> bool {
    const WORDS: &[u8] = b"context compaction";
    loop {
        text = match text {
            [b' ', rest @ ..] | [b'\\', b'n' | b'r' | b't' | b'f', rest @ ..] => rest,
            [b'[', rest @ ..] => return goes_on(rest, WORDS),
            [b'c' | b'C', ..] => return goes_on(text, WORDS),
            // It is cut off, or there may be more white space.
            [] | [_] | [b'\\', ..] => return text != b"\"",
            [0xc2, 0x85 | 0xa0, ..]
            | [0xe1, 0x9a, ..]
            | [0xe2, 0x80 | 0x81, ..]
            | [0xe3, 0x80, ..] => return true,
            _ => return false,
        };
    }
}

/// Whether a text goes on with these words, as far as is to be seen; or ends before they do, and
/// another string may have the rest.
fn goes_on(text: &[u8], words: &[u8]) -> bool {
    let mut pairs = text.iter().zip(words);
    let differs = |(byte, word): &(&u8, &u8)| !byte.eq_ignore_ascii_case(word);
    let different = pairs.find(differs);
    different.is_none_or(|(byte, _)| matches!(byte, b'"' | b'\\'))
}

/// Whether an array or an object may be a part's type, given what is before it. In doubt it is one.
pub fn may_be_a_type(before: &[u8]) -> bool {
    const KEY: &[u8] = b"\"type\"";
    /// As long as the key may be with all of it escaped.
    const LONGEST: usize = 26;
    let before = before.trim_ascii_end();
    let before = before.strip_suffix(b":").unwrap_or(before).trim_ascii_end();
    // Most keys end otherwise, also if the letter is escaped.
    if let [.., last, b'"'] = before
        && !matches!(last, b'e' | b'5')
    {
        return false;
    }
    let key = &before[before.len().saturating_sub(LONGEST)..];
    key.len() < LONGEST || key.ends_with(KEY) || key.contains(&b'\\')
}

/// Looks for it in the events of a message.
#[derive(Clone, Debug, Default)]
pub struct Marker {
    verdict: Option<Verdict>,
    message: Message,
    /// The key whose value is next, in the message and in the part.
    key: MarkerKey,
    part_key: MarkerKey,
}

/// What a message says about a compaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the marker.
    Marker,
    /// The original fails at it, and then knows of no marker in the whole context: a part's type is
    /// an array or an object, which Python looks up in no set.
    Failure,
}

/// What is known of a message.
#[derive(Clone, Debug, Default)]
struct Message {
    has_role: bool,
    is_tool: bool,
    has_summary: bool,
    content: Content,
}

/// The beginning of a message's content, read in the two ways of the original.
#[derive(Clone, Debug, Default)]
struct Content {
    /// The first text that is not blank: of parts of known types, or all of it.
    first: Beginning,
    /// Whether nothing more is to be added to that.
    is_first_known: bool,
    /// All strings, one after the other.
    all: Beginning,
    /// Whether it is an array.
    has_parts: bool,
    part: Part,
    /// Whether the original fails at one of the parts.
    has_odd_type: bool,
}

#[derive(Clone, Debug, Default)]
struct Part {
    is_of_known_type: bool,
    /// Whether it is an array or an object.
    has_odd_type: bool,
    text: TextField,
    content: TextField,
}

/// A part's text, if it counts for one.
#[derive(Clone, Debug, Default)]
enum TextField {
    #[default]
    None,
    String(Token),
    /// Something else that Python takes for true.
    Other,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum MarkerKey {
    Role,
    Summary,
    Content,
    Type,
    Text,
    #[default]
    Other,
}

impl MarkerKey {
    fn of(token: &Token) -> Self {
        let known = [
            ("role", Self::Role),
            ("_compressed_summary", Self::Summary),
            ("content", Self::Content),
            ("type", Self::Type),
            ("text", Self::Text),
        ];
        let found = known.into_iter().find(|(name, _)| token.is(name));
        found.map_or(Self::Other, |(_, key)| key)
    }
}

impl Marker {
    /// What the message says about a compaction, if anything.
    pub const fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }

    /// Takes the next event, inside so many brackets: the message is 0 deep, the parts of its
    /// content 2.
    pub fn take(&mut self, depth: u32, event: &Event) {
        match (depth, event) {
            (0, Event::Closes) => self.verdict = self.message.verdict(),
            (1, Event::Key(token)) => self.begin_field(MarkerKey::of(token)),
            (1, Event::Scalar(token)) => self.field(token),
            (1, Event::Opens(Bracket::Array)) if self.key == MarkerKey::Content => {
                self.message.content.has_parts = true;
            }
            (2, event) if self.key == MarkerKey::Content => self.part(event),
            (2, event) => self.not_empty(event),
            (3, Event::Key(token)) => self.begin_part_field(MarkerKey::of(token)),
            (3, Event::Scalar(token)) => self.part_field(token),
            (3, Event::Opens(_)) if self.part_key == MarkerKey::Type => {
                self.message.content.part.has_odd_type = true;
            }
            (4, event) => self.part_not_empty(event),
            _ => {}
        }
    }

    fn part(&mut self, event: &Event) {
        let content = &mut self.message.content;
        match event {
            _ if !content.has_parts => {}
            Event::Scalar(token) if token.is_text => content.all.add(token),
            Event::Opens(_) => (content.part, self.part_key) = Default::default(),
            Event::Closes => content.end_part(),
            _ => {}
        }
    }

    fn begin_field(&mut self, key: MarkerKey) {
        self.key = key;
        let message = &mut self.message;
        match key {
            MarkerKey::Role => (message.has_role, message.is_tool) = (false, false),
            MarkerKey::Summary => message.has_summary = false,
            MarkerKey::Content => message.content = Content::default(),
            _ => {}
        }
    }

    fn field(&mut self, token: &Token) {
        let message = &mut self.message;
        match self.key {
            MarkerKey::Role => {
                message.has_role = token.is_truthy();
                message.is_tool = token.is("tool");
            }
            MarkerKey::Summary => message.has_summary = token.is_truthy(),
            MarkerKey::Content if token.is_text => {
                message.content.first.add(token);
                message.content.all.add(token);
            }
            _ => {}
        }
    }

    /// An array or an object under a key of the message has something in it, and so Python takes it
    /// for true.
    const fn not_empty(&mut self, event: &Event) {
        match (self.key, event) {
            (_, Event::Closes) => {}
            (MarkerKey::Role, _) => self.message.has_role = true,
            (MarkerKey::Summary, _) => self.message.has_summary = true,
            _ => {}
        }
    }

    fn begin_part_field(&mut self, key: MarkerKey) {
        self.part_key = key;
        let part = &mut self.message.content.part;
        match key {
            MarkerKey::Type => (part.is_of_known_type, part.has_odd_type) = (false, false),
            MarkerKey::Text => part.text = TextField::None,
            MarkerKey::Content => part.content = TextField::None,
            _ => {}
        }
    }

    fn part_field(&mut self, token: &Token) {
        let part = &mut self.message.content.part;
        let text = match token.is_truthy() {
            false => TextField::None,
            true if token.is_text => TextField::String(token.clone()),
            true => TextField::Other,
        };
        match self.part_key {
            MarkerKey::Type => {
                let known = ["text", "input_text", "output_text"];
                part.is_of_known_type = known.into_iter().any(|known| token.is(known));
            }
            MarkerKey::Text => part.text = text,
            MarkerKey::Content => part.content = text,
            _ => {}
        }
    }

    fn part_not_empty(&mut self, event: &Event) {
        let part = &mut self.message.content.part;
        match (self.part_key, event) {
            (_, Event::Closes) => {}
            (MarkerKey::Text, _) => part.text = TextField::Other,
            (MarkerKey::Content, _) => part.content = TextField::Other,
            _ => {}
        }
    }
}

impl Message {
    fn verdict(&self) -> Option<Verdict> {
        if !self.has_role || self.is_tool {
            None
        } else if self.content.has_odd_type {
            Some(Verdict::Failure)
        } else {
            self.is_marker().then_some(Verdict::Marker)
        }
    }

    fn is_marker(&self) -> bool {
        let Content { first, all, .. } = &self.content;
        let begins = |text: &Beginning, words: &[&str]| words.iter().any(|word| text.may_be(word));
        (begins(first, &WORDS) || (self.has_summary && begins(first, &[BARE_WORDS])))
            && begins(all, &[WORDS[0], BARE_WORDS])
    }
}

impl Content {
    fn end_part(&mut self) {
        let part = std::mem::take(&mut self.part);
        self.has_odd_type |= part.has_odd_type;
        if let TextField::String(text) = &part.text {
            self.all.add(text);
        }
        if !part.is_of_known_type || self.is_first_known {
            return;
        }
        match (&part.text, &part.content) {
            (TextField::String(text), _) | (TextField::None, TextField::String(text)) => {
                self.first.add(text);
            }
            (TextField::None, TextField::None) => {}
            // Its spelling in Python begins like none of the words.
            _ => self.is_first_known = true,
        }
        // The next part begins on a line of its own, and the words have none.
        self.is_first_known |= !self.first.is_blank();
    }
}

/// The beginning of a text, without white space before it, in small letters.
#[derive(Clone, Debug, Default)]
struct Beginning {
    characters: String,
    length: usize,
    /// More was there than is held, so what comes next is unknown.
    is_cut: bool,
}

impl Beginning {
    fn add(&mut self, token: &Token) {
        if self.is_cut {
            return;
        }
        for character in token.characters() {
            if self.length == LONGEST {
                return;
            }
            if self.length > 0 || !is_stripped(character) {
                self.characters.push(small(character));
                self.length += 1;
            }
        }
        self.is_cut = token.is_cut;
    }

    fn is_blank(&self) -> bool {
        self.length == 0 && !self.is_cut
    }

    /// Whether it begins with a word, or may: in doubt it does, as a marker keeps the backup in
    /// use.
    fn may_be(&self, word: &str) -> bool {
        self.characters.starts_with(word) || (self.is_cut && word.starts_with(&*self.characters))
    }
}

/// The small letter, if one of the words may have it.
const fn small(character: char) -> char {
    match character {
        '\u{212a}' => 'k',
        other => other.to_ascii_lowercase(),
    }
}
