//! What a salvage finds in a damaged session, against what is known to be left of it: each byte
//! remembers where it comes from.

use std::ops::Range;

use session_recovery_count::{Element, Elements, count};
use session_recovery_salvage::{Salvaged, Salvager};

const LAYOUTS: [Layout; 4] = [
    Layout::lines("\n  "),
    Layout::lines("\r\n  "),
    Layout::compact(""),
    Layout::compact(" "),
];
/// As they are written: with what looks like the structure of a session.
const TEXTS: [&str; 16] = [
    "",
    "a",
    "日本語",
    "\\n",
    "\\\"",
    "\\\\",
    "{",
    "}",
    "},{",
    "], ",
    "{ ",
    "\\\"role\\\": \\\"user\\\", \\\"content\\\": \\\"",
    "{\\\"messages\\\": [{\\\"role\\\": \\\"user\\\", \\\"content\\\": \\\"x\\\"}]}",
    "{\\n  \\\"session_id\\\": \\\"x\\\",\\n  \\\"messages\\\": []\\n}",
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "🙂\u{2028}",
];
/// No byte of JSON, so that a hole is none either.
const HOLES: [u8; 2] = [0, 0xff];
const MOST_MESSAGES: usize = 12;
const MOST_NESTED: usize = 5;
const MOST_DAMAGES: usize = 4;

/// A salvage of a damaged session finds whole messages of it, each one once and in their order, in
/// whatever chunks the file comes, and looks at no byte often.
///
/// # Panics
///
/// If it does not.
pub fn salvage(choices: &[u8]) {
    let choices = &mut Choices(choices);
    let session = Session::written(choices);
    is_whole(&session);
    let file = session.damaged(choices);
    let salvaged = in_chunks(&file.bytes);
    let mut last = None;
    for place in places(&file.bytes, &salvaged) {
        let known = session.messages.iter().position(|message| {
            let (start, end) = (message.start, message.end - 1);
            file.origin[place.start] == start && file.origin[place.end - 1] == end
        });
        let shown = || file.bytes.escape_ascii();
        assert!(known.is_some(), "made up at {place:?}: {}", shown());
        assert!(known > last, "out of order at {place:?}: {}", shown());
        last = known;
    }
    if let Some(end) = file.is_only_cut {
        let left = session.messages.iter().filter(|message| message.end <= end);
        let found = usize::try_from(salvaged.messages()).expect("they fit");
        assert_eq!(found, left.count(), "{}", file.bytes.escape_ascii());
    }
}

/// A whole session has all its messages.
fn is_whole(session: &Session) {
    let salvaged = in_chunks(&session.text);
    let counted = count(&session.text).expect("it is a session");
    assert!(salvaged.is_whole, "{}", session.text.escape_ascii());
    assert_eq!(salvaged.messages(), counted.messages);
    let found = places(&session.text, &salvaged);
    assert_eq!(found, session.messages);
}

/// The answer, which does not depend on the chunks.
fn in_chunks(file: &[u8]) -> Salvaged {
    let [whole, single, irregular] = [file.len().max(1), 1, 7].map(|length| {
        let mut salvager = Salvager::default();
        file.chunks(length).for_each(|chunk| salvager.feed(chunk));
        let most = 3 * file.len() as u64 + 600;
        assert!(salvager.steps() <= most, "slow: {}", file.escape_ascii());
        salvager.finish()
    });
    assert_eq!(whole, single, "in chunks: {}", file.escape_ascii());
    assert_eq!(whole, irregular, "in chunks: {}", file.escape_ascii());
    whole
}

/// Where the messages are that were found.
fn places(file: &[u8], salvaged: &Salvaged) -> Vec<Range<usize>> {
    let regions = salvaged
        .documents
        .iter()
        .flat_map(|document| &document.regions);
    let mut places = Vec::new();
    for region in regions {
        let [start, end] = [region.start, region.end].map(index);
        let mut take = |element: Element| {
            let place = index(element.place.start)..index(element.place.end);
            let text = &file[place.clone()];
            let start = place.start + (text.len() - text.trim_ascii_start().len());
            places.push(start..start + text.trim_ascii().len());
        };
        let mut elements = Elements::new(region.start);
        elements.feed(&file[start..end], &mut take);
        elements.finish(&mut take);
    }
    places
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).expect("it is in memory")
}

/// Bytes that decide what comes next; zeros once they are used up.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn next(&mut self) -> usize {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        usize::from(*first)
    }

    fn below(&mut self, end: usize) -> usize {
        self.next() % end
    }

    /// A place in something that is so long.
    fn place(&mut self, length: usize) -> usize {
        (self.next() << 8 | self.next()) % (length + 1)
    }
}

/// How a session is laid out.
#[derive(Clone, Copy)]
struct Layout {
    /// The end of a line and one level's indentation.
    line: Option<&'static str>,
    space: &'static str,
}

impl Layout {
    const fn lines(line: &'static str) -> Self {
        let line = Some(line);
        Self { line, space: " " }
    }

    const fn compact(space: &'static str) -> Self {
        Self { line: None, space }
    }
}

struct Session {
    layout: Layout,
    text: Vec<u8>,
    messages: Vec<Range<usize>>,
}

impl Session {
    fn written(choices: &mut Choices) -> Self {
        let mut session = Self {
            layout: LAYOUTS[choices.below(LAYOUTS.len())],
            text: Vec::new(),
            messages: Vec::new(),
        };
        let count = choices.below(MOST_MESSAGES + 1);
        let has_context = choices.below(2) == 1;
        session.put("{");
        session.pair(1, "session_id", "\"a\"");
        session.pair(1, "message_count", &count.to_string());
        session.key(1, "messages");
        let mut context = Vec::new();
        session.array(2, count, |session| {
            let start = session.text.len();
            let message = session.message(choices);
            session.messages.push(start..session.text.len());
            context.push(message);
        });
        session.put(",");
        session.pair(1, "tool_calls", "[]");
        if has_context {
            session.key(1, "context_messages");
            let mut context = context.iter();
            session.array(2, count, |session| {
                let text = context.next().map_or("", String::as_str);
                session.object(3, &[("role", "\"user\""), ("content", text)]);
            });
            session.put(",");
        }
        session.pair(1, "last_usage", "{}");
        session.text.pop();
        session.end(0, "}");
        session
    }

    /// Gives its content.
    fn message(&mut self, choices: &mut Choices) -> String {
        let parts = choices.below(6);
        let parts: String = (0..parts)
            .map(|_| TEXTS[choices.below(TEXTS.len())])
            .collect();
        let content = format!("\"{parts}\"");
        let nested = choices.below(4);
        let is_timed = choices.below(8) > 0;
        self.put("{");
        self.pair(3, "role", "\"user\"");
        self.pair(3, "content", &content);
        if nested > 1 {
            let keys = [
                ("role", "\"user\""),
                ("content", &content),
                ("timestamp", "1.5"),
            ];
            let keys = &keys[..nested];
            self.key(3, "quoted");
            let count = choices.below(MOST_NESTED) + 1;
            self.array(4, count, |session| session.object(5, keys));
            self.put(",");
        }
        if is_timed {
            self.pair(3, "timestamp", "1716239022.5");
        }
        self.text.pop();
        self.end(2, "}");
        content
    }

    fn array(&mut self, depth: usize, count: usize, mut element: impl FnMut(&mut Self)) {
        self.put("[");
        for number in 0..count {
            if number > 0 {
                self.comma();
            }
            self.line(depth);
            element(self);
        }
        if count > 0 {
            self.line(depth - 1);
        }
        self.put("]");
    }

    fn object(&mut self, depth: usize, pairs: &[(&str, &str)]) {
        self.put("{");
        for (key, value) in pairs {
            self.pair(depth, key, value);
        }
        self.text.pop();
        self.end(depth - 1, "}");
    }

    /// With a comma behind it.
    fn pair(&mut self, depth: usize, key: &str, value: &str) {
        self.key(depth, key);
        self.put(value);
        self.put(",");
    }

    fn key(&mut self, depth: usize, key: &str) {
        if self.text.ends_with(b",") && self.layout.line.is_none() {
            self.put(self.layout.space);
        }
        self.line(depth);
        self.put(&format!("\"{key}\":{}", self.layout.space));
    }

    fn comma(&mut self) {
        self.put(",");
        if self.layout.line.is_none() {
            self.put(self.layout.space);
        }
    }

    fn end(&mut self, depth: usize, bracket: &str) {
        self.line(depth);
        self.put(bracket);
    }

    fn line(&mut self, depth: usize) {
        if let Some(line) = self.layout.line {
            let end = line.trim_end_matches(' ');
            self.put(end);
            self.put(&line[end.len()..].repeat(depth));
        }
    }

    fn put(&mut self, text: &str) {
        self.text.extend(text.as_bytes());
    }

    fn damaged(&self, choices: &mut Choices) -> Damaged {
        let length = self.text.len();
        let mut file = Damaged {
            bytes: self.text.clone(),
            origin: (0..length).collect(),
            is_only_cut: None,
        };
        let damages = choices.below(MOST_DAMAGES + 1);
        for _ in 0..damages {
            file.damage(choices, self.layout.line.is_none());
            file.is_only_cut = file.is_only_cut.filter(|_| damages == 1);
        }
        file
    }
}

struct Damaged {
    bytes: Vec<u8>,
    /// Where each byte was.
    origin: Vec<usize>,
    /// Where it was cut off, if that is all.
    is_only_cut: Option<usize>,
}

impl Damaged {
    fn damage(&mut self, choices: &mut Choices, is_compact: bool) {
        let kind = choices.below(4);
        let at = choices.place(self.bytes.len());
        match kind {
            0 => self.cut(at, is_compact),
            1 => {
                self.bytes.drain(..at);
                self.origin.drain(..at);
            }
            _ => {
                let end = (at + choices.next() * 8 + 1).min(self.bytes.len());
                self.bytes[at..end].fill(HOLES[kind - 2]);
                self.origin[at..end].fill(usize::MAX);
            }
        }
    }

    /// Right behind a bracket in a file without lines, nobody can tell that it was cut off: see what
    /// the rule gives up.
    fn cut(&mut self, mut at: usize, is_compact: bool) {
        while is_compact && at > 0 && at < self.bytes.len() && self.bytes[at - 1] == b'}' {
            at -= 1;
        }
        self.bytes.truncate(at);
        self.origin.truncate(at);
        self.is_only_cut = Some(at);
    }
}
