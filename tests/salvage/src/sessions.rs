//! Makes sessions as the application writes them, and as others do.

use std::ops::Range;

use crate::numbers::Numbers;

/// How a session is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layout {
    /// A line for each value, indented by so many blanks: the application's own has two.
    Indented(usize),
    /// Without white space.
    Compact,
    /// In one line, with a blank behind each comma and colon.
    Spaced,
    /// Indented by two, with the ends of lines that Windows has.
    CrLf,
}

/// All layouts.
pub const LAYOUTS: [Layout; 6] = [
    Layout::Indented(2),
    Layout::Indented(4),
    Layout::Indented(1),
    Layout::Compact,
    Layout::Spaced,
    Layout::CrLf,
];

/// Whether its messages say when they were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// Each does.
    All,
    /// Three of four do.
    Most,
    /// None does.
    None,
}

#[derive(Clone, Debug)]
enum Value {
    Text(String),
    Raw(String),
    Array(Vec<Value>),
    Object(Vec<(&'static str, Value)>),
}

use Value::{Array, Object, Raw, Text};

/// A session as it was saved.
#[derive(Clone, Debug)]
pub struct Session {
    /// The file.
    pub text: Vec<u8>,
    /// Where its messages are.
    pub messages: Vec<Range<usize>>,
    /// Where its other keys and values are.
    pub pairs: Vec<Range<usize>>,
}

/// What a session is made from, so that a shorter or a longer one can be made too.
#[allow(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
#[derive(Clone, Debug)]
pub struct Plan {
    /// How it is laid out.
    pub layout: Layout,
    /// Which of its messages say when they were written.
    pub times: Times,
    /// What its texts follow from.
    pub seed: u64,
    /// Whether the application keeps a context beside the messages.
    pub has_context: bool,
    /// Whether its context repeats the messages with their times, as some versions write it.
    pub is_context_timed: bool,
    /// Whether keys follow on the messages.
    pub has_tail: bool,
    /// Whether its messages hold other conversations.
    pub has_quotes: bool,
}

impl Plan {
    /// Any plan.
    #[must_use]
    pub fn new(numbers: &mut Numbers) -> Self {
        let layout = match numbers.below(10) {
            0..=4 => Layout::Indented(2),
            5 => Layout::Indented(*numbers.one_of(&[1, 3, 4, 8])),
            6 | 7 => Layout::Compact,
            8 => Layout::Spaced,
            _ => Layout::CrLf,
        };
        let times = match numbers.below(20) {
            0..=14 => Times::All,
            15..=18 => Times::Most,
            _ => Times::None,
        };
        Self {
            layout,
            times,
            seed: numbers.next(),
            has_context: numbers.one_in(2),
            has_tail: !numbers.one_in(8),
            is_context_timed: numbers.one_in(4),
            has_quotes: numbers.one_in(6),
        }
    }

    /// The session with so many messages: a longer one begins with the messages of a shorter one.
    #[must_use]
    pub fn session(&self, count: usize) -> Session {
        let messages: Vec<_> = (0..count).map(|number| self.message(number)).collect();
        let mut keys = self.head(count);
        let context = if self.is_context_timed {
            messages.clone()
        } else {
            messages.iter().map(without_times).collect()
        };
        keys.push(("messages", Array(messages)));
        if self.has_tail {
            keys.extend(tail(count));
        }
        if self.has_context {
            keys.push(("context_messages", Array(context)));
        }
        let mut writer = Writer {
            layout: self.layout,
            text: String::new(),
            messages: Vec::new(),
            pairs: Vec::new(),
        };
        writer.value(&Object(keys), 0);
        Session {
            text: writer.text.into_bytes(),
            messages: writer.messages,
            pairs: writer.pairs,
        }
    }

    fn head(&self, count: usize) -> Vec<(&'static str, Value)> {
        let numbers = &mut Numbers::new(self.seed);
        vec![
            ("session_id", Text(format!("s{:x}", self.seed))),
            ("title", Text(words(numbers, 4))),
            ("workspace", Text("/home/me/\"Büro\"".to_owned())),
            ("model", Text("a/model".to_owned())),
            ("created_at", Raw("1716239022.123".to_owned())),
            ("updated_at", Raw(format!("17162{count:05}.5"))),
            ("pinned", Raw("false".to_owned())),
            ("project_id", Raw("null".to_owned())),
            (
                "composer_draft",
                Object(vec![
                    ("text", Text(words(numbers, 5))),
                    ("files", Array(vec![])),
                ]),
            ),
            ("pending_attachments", Array(vec![])),
            ("message_count", Raw(count.to_string())),
            ("anchor_scene_index", Object(vec![])),
        ]
    }

    fn message(&self, number: usize) -> Value {
        let numbers = &mut Numbers::new(self.seed ^ (number as u64) << 20);
        let role = *numbers.one_of(&["user", "assistant", "assistant", "tool"]);
        let text = format!("{number}: {}", content(numbers));
        let content = if numbers.one_in(6) {
            Array(vec![
                Object(vec![("type", Text("text".into())), ("text", Text(text))]),
                Object(vec![
                    ("type", Text("image_url".into())),
                    ("image_url", Object(vec![("url", Text(image(numbers)))])),
                ]),
            ])
        } else {
            Text(text)
        };
        let mut keys = vec![("role", Text(role.to_owned())), ("content", content)];
        if numbers.one_in(3) {
            keys.push(("reasoning", Text(words(numbers, 30))));
        }
        if numbers.one_in(4) {
            keys.push(("tool_calls", Array(vec![nested(numbers), nested(numbers)])));
        }
        if self.has_quotes && numbers.one_in(3) {
            let count = numbers.below(8) + 1;
            let quoted = (0..count).map(|_| with_time(message_like(numbers)));
            keys.push(("sub_messages", Array(quoted.collect())));
        }
        let is_timed = match self.times {
            Times::All => true,
            Times::Most => !numbers.one_in(4),
            Times::None => false,
        };
        if is_timed {
            let key = *numbers.one_of(&["timestamp", "timestamp", "_ts"]);
            keys.push((key, Raw(format!("17162{number:05}.25"))));
        }
        if numbers.one_in(5) {
            keys.swap(0, 1);
        }
        Object(keys)
    }
}

/// Objects that look like messages, in one.
fn nested(numbers: &mut Numbers) -> Value {
    let arguments = Text(quoted(numbers));
    match numbers.below(3) {
        0 => message_like(numbers),
        1 => Object(vec![
            ("id", Text("call_1".into())),
            (
                "function",
                Object(vec![("name", Text("run".into())), ("arguments", arguments)]),
            ),
        ]),
        _ => Object(vec![
            ("id", Text("call_2".into())),
            (
                "history",
                Array(vec![message_like(numbers), message_like(numbers)]),
            ),
        ]),
    }
}

fn message_like(numbers: &mut Numbers) -> Value {
    let mut keys = vec![
        ("role", Text("user".into())),
        ("content", Text(content(numbers))),
    ];
    if numbers.one_in(6) {
        keys.push(("timestamp", Raw("1716200000.5".into())));
    }
    Object(keys)
}

fn with_time(message: Value) -> Value {
    let Object(mut keys) = message else {
        return message;
    };
    keys.retain(|(key, _)| *key != "timestamp");
    keys.push(("timestamp", Raw("1716200000.5".into())));
    Object(keys)
}

fn without_times(message: &Value) -> Value {
    let Object(keys) = message else {
        return message.clone();
    };
    let is_kept = |key: &str| matches!(key, "role" | "content" | "tool_calls" | "reasoning");
    Object(
        keys.iter()
            .filter(|(key, _)| is_kept(key))
            .cloned()
            .collect(),
    )
}

fn tail(count: usize) -> Vec<(&'static str, Value)> {
    let call = || {
        Object(vec![
            ("name", Text("run".into())),
            ("snippet", Text("{\"a\": [1]}".into())),
            ("done", Raw("true".into())),
        ])
    };
    vec![
        (
            "tool_calls",
            Array((0..count / 3).map(|_| call()).collect()),
        ),
        (
            "anchor_activity_scenes",
            Object(vec![("version", Raw("1".into()))]),
        ),
        (
            "last_usage",
            Object(vec![("input_tokens", Raw("12".into()))]),
        ),
    ]
}

const WORDS: &[&str] = &[
    "the",
    "a file",
    "was",
    "cut",
    "日本語の文",
    "naïve",
    "🙂",
    "line\nline",
    "\"quoted\"",
    "back\\slash",
    "tab\t",
    "{",
    "}",
    "[1, 2]",
    "see {",
    ",{",
    ", {",
    "},{",
    "role",
    "C:\\temp\\",
    "],",
    "null",
];

fn words(numbers: &mut Numbers, most: usize) -> String {
    let count = numbers.below(most) + 1;
    let words: Vec<_> = (0..count).map(|_| *numbers.one_of(WORDS)).collect();
    words.join(" ")
}

fn content(numbers: &mut Numbers) -> String {
    match numbers.below(8) {
        0 => quoted(numbers),
        1 => format!("{} {{", words(numbers, 5)),
        2 => words(numbers, 300),
        3 => format!("{}{}", words(numbers, 3), quoted(numbers)),
        _ => words(numbers, 40),
    }
}

/// A whole session, as text.
fn quoted(numbers: &mut Numbers) -> String {
    let layout = *numbers.one_of(&LAYOUTS);
    let message = |text: String| {
        Object(vec![
            ("role", Text("user".into())),
            ("content", Text(text)),
            ("timestamp", Raw("1.5".into())),
        ])
    };
    let count = numbers.below(4);
    let messages = (0..count).map(|_| message(words(numbers, 4))).collect();
    let mut writer = Writer {
        layout,
        text: String::new(),
        messages: Vec::new(),
        pairs: Vec::new(),
    };
    writer.value(
        &Object(vec![
            ("session_id", Text("quoted".into())),
            ("messages", Array(messages)),
        ]),
        0,
    );
    writer.text
}

fn image(numbers: &mut Numbers) -> String {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let length = numbers.below(6000);
    let base64 = (0..length).map(|_| char::from(*numbers.one_of(digits)));
    format!("data:image/png;base64,{}", base64.collect::<String>())
}

struct Writer {
    layout: Layout,
    text: String,
    messages: Vec<Range<usize>>,
    pairs: Vec<Range<usize>>,
}

impl Writer {
    fn line(&mut self, depth: usize) {
        let (end, width) = match self.layout {
            Layout::Indented(width) => ("\n", width),
            Layout::CrLf => ("\r\n", 2),
            Layout::Compact | Layout::Spaced => return,
        };
        self.text.push_str(end);
        self.text.push_str(&" ".repeat(width * depth));
    }

    fn comma(&mut self, depth: usize) {
        self.text.push(',');
        if self.layout == Layout::Spaced {
            self.text.push(' ');
        }
        self.line(depth);
    }

    fn value(&mut self, value: &Value, depth: usize) {
        match value {
            Raw(raw) => self.text.push_str(raw),
            Text(text) => self.string(text),
            Array(values) if values.is_empty() => self.text.push_str("[]"),
            Object(values) if values.is_empty() => self.text.push_str("{}"),
            Array(values) => {
                self.text.push('[');
                self.line(depth + 1);
                for (number, value) in values.iter().enumerate() {
                    if number > 0 {
                        self.comma(depth + 1);
                    }
                    self.value(value, depth + 1);
                }
                self.line(depth);
                self.text.push(']');
            }
            Object(keys) => {
                self.text.push('{');
                self.line(depth + 1);
                for (number, (key, value)) in keys.iter().enumerate() {
                    if number > 0 {
                        self.comma(depth + 1);
                    }
                    let start = self.text.len();
                    self.string(key);
                    self.text.push(':');
                    if self.layout != Layout::Compact {
                        self.text.push(' ');
                    }
                    match value {
                        Array(values) if depth == 0 && *key == "messages" && !values.is_empty() => {
                            self.elements(values);
                        }
                        value => self.value(value, depth + 1),
                    }
                    if depth == 0 && *key != "messages" {
                        self.pairs.push(start..self.text.len());
                    }
                }
                self.line(depth);
                self.text.push('}');
            }
        }
    }

    fn elements(&mut self, values: &[Value]) {
        self.text.push('[');
        self.line(2);
        for (number, value) in values.iter().enumerate() {
            if number > 0 {
                self.comma(2);
            }
            let start = self.text.len();
            self.value(value, 2);
            self.messages.push(start..self.text.len());
        }
        self.line(1);
        self.text.push(']');
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            match character {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                other => self.text.push(other),
            }
        }
        self.text.push('"');
    }
}
