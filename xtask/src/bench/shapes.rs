//! The shapes that sessions have, as each is hard to read in another way.

use serde::Serialize;
use serde_json::{Value, json};

use super::random::Random;

/// What a session is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Questions and answers in words, some not ASCII: what most sessions are.
    Prose,
    /// Source code: quotes, backslashes, tabs and ends of lines, all escaped.
    Code,
    /// Messages of some words each.
    Tiny,
    /// A few messages that are most of the file.
    Huge,
    /// Three bytes a character.
    Cjk,
    /// Nothing but ASCII: all else is escaped.
    Escaped,
    /// What tools were called with, as objects within objects.
    Nested,
}

/// How a session is laid out as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// As the application writes: one line for each value.
    Indented,
    /// No white space.
    Compact,
    /// No white space, and no character that is not ASCII.
    CompactAscii,
}

/// A message as the application keeps it.
#[derive(Serialize)]
pub struct Message {
    role: &'static str,
    content: String,
    timestamp: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Value>,
}

/// Of the messages of the shape that has few.
const HUGE_MESSAGES: usize = 8;

impl Shape {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Prose,
        Self::Code,
        Self::Tiny,
        Self::Huge,
        Self::Cjk,
        Self::Escaped,
        Self::Nested,
    ];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prose => "prose",
            Self::Code => "code",
            Self::Tiny => "tiny messages",
            Self::Huge => "huge messages",
            Self::Cjk => "CJK",
            Self::Escaped => "escapes",
            Self::Nested => "nested",
        }
    }

    /// How such a session is laid out.
    pub const fn layout(self) -> Layout {
        match self {
            Self::Tiny => Layout::Compact,
            Self::Escaped => Layout::CompactAscii,
            _ => Layout::Indented,
        }
    }

    /// The message with this number in a session of about this size in bytes.
    pub fn message(self, random: &mut Random, number: u32, size: usize) -> Message {
        let is_question = number.is_multiple_of(2);
        let length = match (self, is_question) {
            (Self::Tiny, _) => random.between(3, 30),
            (Self::Huge, _) => size / HUGE_MESSAGES,
            (_, true) => random.between(40, 400),
            (_, false) => random.between(1000, 3960),
        };
        let mut tool_calls = Vec::new();
        if self == Self::Nested && !is_question {
            let depth = random.between(20, 60);
            tool_calls.push(json!({ "name": "tree", "arguments": nested(random, depth) }));
        }
        let content = match self {
            Self::Code if !is_question => text(random, length, code_line),
            Self::Cjk => text(random, length / 3, cjk_sentence),
            Self::Escaped => text(random, length / 6, cjk_sentence),
            Self::Nested => text(random, length / 8, sentence),
            _ => text(random, length, sentence),
        };
        Message {
            role: if is_question { "user" } else { "assistant" },
            content,
            timestamp: 1_750_000_000.25 + f64::from(number),
            tool_calls,
        }
    }
}

/// So many characters of what `part` adds one after another.
fn text(random: &mut Random, length: usize, part: fn(&mut Random, &mut String)) -> String {
    let mut text = String::new();
    let mut characters = 0;
    while characters < length {
        let before = text.len();
        part(random, &mut text);
        characters += text[before..].chars().count();
    }
    let end = text.char_indices().nth(length);
    text.truncate(end.map_or(text.len(), |(end, _)| end));
    text
}

const WORDS: [&str; 48] = [
    "the", "a", "of", "and", "to", "in", "is", "that", "it", "for", "you", "with", "as", "on",
    "be", "at", "this", "have", "from", "or", "one", "by", "word", "but", "what", "some", "we",
    "can", "out", "other", "were", "all", "there", "when", "use", "your", "how", "said", "each",
    "which", "their", "time", "will", "about", "many", "then", "them", "answer",
];
const WORDS_NOT_ASCII: [&str; 8] = [
    "café",
    "naïve",
    "Grüße",
    "señor",
    "Łódź",
    "“quoted”",
    "—",
    "🙂",
];

fn sentence(random: &mut Random, text: &mut String) {
    for _ in 0..random.between(6, 18) {
        let is_plain = random.between(1, 14) > 1;
        let words: &[_] = if is_plain { &WORDS } else { &WORDS_NOT_ASCII };
        text.push_str(random.pick(words));
        text.push(' ');
    }
    text.pop();
    text.push_str(random.pick(&[". ", ". ", "? ", ": ", ".\n\n"]));
}

fn cjk_sentence(random: &mut Random, text: &mut String) {
    for _ in 0..random.between(6, 24) {
        let character = 0x4e00 + random.between(0, 0x2fff);
        let character = u32::try_from(character).ok().and_then(char::from_u32);
        text.extend(character);
    }
    text.push_str(random.pick(&["。", "、", "。", "🙂", "。\n"]));
}

const CODE: [&str; 12] = [
    "\tif err := write(path, \"a\\n\"); err != nil {\n",
    "\t\treturn fmt.Errorf(\"%s: %w\", path, err)\n",
    "\t}\n",
    "\tprintf(\"%d\\t\\\"%s\\\"\\n\", number, \"C:\\\\temp\");\n",
    "    const text = `\\u001b[1m${name}\\u001b[0m`;\n",
    "\n",
    "    for (let i = 0; i < list.length; i += 1) {\n",
    "        log(\"item\", i, list[i].replace(/\\\\/g, \"/\"));\n",
    "    }\n",
    "    let words = line.split(\"\\t\").map(|word| word.trim());\n",
    "    assert_eq!(words, [\"a\", \"b\"], \"{line:?}\");\n",
    "    # Nothing else is known about it\n",
];

fn code_line(random: &mut Random, text: &mut String) {
    text.push_str(random.pick(&CODE));
}

/// Objects and arrays in turn, each with some values beside the next one.
fn nested(random: &mut Random, depth: usize) -> Value {
    let mut word = || random.pick(&WORDS);
    if depth == 0 {
        return json!(word());
    }
    if depth.is_multiple_of(2) {
        json!([word(), depth, nested(random, depth - 1)])
    } else {
        json!({
            "name": word(),
            "is_open": true,
            "size": 17 * depth,
            "parent": null,
            "children": nested(random, depth - 1),
        })
    }
}
