//! Reads messages one by one, and gives the beginning of what each says. Of a message of any length
//! it holds no more than that.

use super::head::Head;
use crate::answer::Excerpt;
use crate::count::{Bracket, Event, EventReader, Token};

/// How many characters of a message's text are given.
const LONGEST_TEXT: usize = 200;
/// How many characters of its role.
const LONGEST_ROLE: usize = 40;
/// How many characters of a tool's name.
const LONGEST_NAME: usize = 80;
/// How many tools are named.
const MOST_TOOLS: usize = 10;
/// How many bytes of a string are held. The longest spelling of a character is that of a pair of
/// escapes, and one more character than is given shows that there is more.
const HELD: usize = "\\ud83d\\ude42".len() * (LONGEST_TEXT + 1);

/// What a value is in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// One of an array.
    Element,
    Role,
    Content,
    Timestamp,
    Ts,
    ToolCalls,
    Text,
    Type,
    Name,
    Function,
    Other,
}

use Place::{Content, Element, Function, Name, Role, Text, Timestamp, ToolCalls, Ts, Type};

const KEYS: [(&str, Place); 9] = [
    ("role", Role),
    ("content", Content),
    ("timestamp", Timestamp),
    ("_ts", Ts),
    ("tool_calls", ToolCalls),
    ("text", Text),
    ("type", Type),
    ("name", Name),
    ("function", Function),
];

impl Place {
    /// The place of what follows on this key.
    fn under(key: &Token) -> Self {
        let found = KEYS.iter().find(|(name, _)| key.is(name));
        found.map_or(Self::Other, |(_, place)| *place)
    }
}

/// How deep the deepest value is that is looked at: the name of a function that a message calls.
const DEEPEST: usize = 5;

/// Gives excerpts of the wanted ones of some messages.
pub struct Excerpts<'a> {
    events: EventReader,
    reader: Reader<'a>,
}

struct Reader<'a> {
    is_wanted: &'a dyn Fn(u32) -> bool,
    /// The number of the message that began last.
    number: u32,
    /// Where the present value is: a place for each bracket around it.
    path: [Place; DEEPEST],
    /// What was found in the message that has begun, if it is wanted.
    message: Option<Message>,
}

/// What was found in a message.
#[derive(Default)]
struct Message {
    role: Option<Head>,
    timestamp: Option<u64>,
    ts: Option<u64>,
    text: Head,
    /// The tools that it calls beside its content.
    calls: Vec<String>,
    /// The tools that parts of its content call.
    uses: Vec<String>,
    part: Part,
}

/// What was found in a part of a content, or in a tool's call.
#[derive(Default)]
struct Part {
    text: Head,
    is_use: bool,
    name: Option<Head>,
    function: Option<Head>,
}

impl<'a> Excerpts<'a> {
    /// Begins behind the opening bracket of the messages.
    pub fn new(is_wanted: &'a dyn Fn(u32) -> bool) -> Self {
        let mut events = EventReader::holding(HELD);
        events.feed(b"[", &mut |_, _| {});
        let reader = Reader {
            is_wanted,
            number: 0,
            path: [Element; DEEPEST],
            message: None,
        };
        Self { events, reader }
    }

    /// Reads on.
    pub fn feed(&mut self, bytes: &[u8], take: &mut dyn FnMut(Excerpt)) {
        let Self { events, reader } = self;
        events.feed(bytes, &mut |depth, event| reader.see(depth, &event, take));
    }

    /// The closing bracket is next.
    pub fn finish(self, take: &mut dyn FnMut(Excerpt)) {
        let (mut events, mut reader) = (self.events, self.reader);
        events.finish(&mut |depth, event| reader.see(depth, &event, take));
    }

    /// The number of the message that began last.
    pub const fn number(&self) -> u32 {
        self.reader.number
    }
}

impl Reader<'_> {
    fn see(&mut self, depth: u32, event: &Event, take: &mut dyn FnMut(Excerpt)) {
        let depth = depth as usize;
        let is_message = depth == 1;
        if is_message && !matches!(event, Event::Closes) {
            self.begin();
        }
        if let (Some(message), 1..=DEEPEST) = (&mut self.message, depth) {
            if let Event::Key(key) = event {
                self.path[depth - 1] = Place::under(key);
            }
            message.see(&self.path[..depth], event);
        }
        match event {
            Event::Opens(bracket) => self.enter(depth, *bracket),
            Event::Scalar(_) | Event::Closes if is_message => self.end(take),
            _ => {}
        }
    }

    fn begin(&mut self) {
        self.number = self.number.saturating_add(1);
        self.message = (self.is_wanted)(self.number).then(Message::default);
    }

    /// A value begins that is inside `depth` brackets.
    fn enter(&mut self, depth: usize, bracket: Bracket) {
        if let Some(inside) = self.path.get_mut(depth) {
            *inside = match bracket {
                Bracket::Array => Element,
                Bracket::Object => Place::Other,
            };
        }
    }

    fn end(&mut self, take: &mut dyn FnMut(Excerpt)) {
        if let Some(message) = self.message.take() {
            take(message.into_excerpt(self.number));
        }
    }
}

impl Message {
    fn see(&mut self, path: &[Place], event: &Event) {
        match event {
            Event::Key(_) => self.forget(path),
            Event::Scalar(token) => self.scalar(path, token),
            Event::Opens(_) => {
                if let [Element, Content | ToolCalls, Element] = path {
                    self.part = Part::default();
                }
            }
            Event::Closes => match path {
                [Element, Content, Element] => self.end_part(),
                [Element, ToolCalls, Element] => self.end_call(),
                _ => {}
            },
        }
    }

    /// A key is there, perhaps again: then what was found under it does not count.
    fn forget(&mut self, path: &[Place]) {
        match path {
            [Element, Role] => self.role = None,
            [Element, Timestamp] => self.timestamp = None,
            [Element, Ts] => self.ts = None,
            [Element, ToolCalls] => self.calls.clear(),
            [Element, Content] => {
                self.text = Head::default();
                self.uses.clear();
            }
            [Element, Content | ToolCalls, Element, place] => self.part.forget(*place),
            [Element, ToolCalls, Element, Function, Name] => self.part.function = None,
            _ => {}
        }
    }

    fn scalar(&mut self, path: &[Place], token: &Token) {
        let name = || token.is_text.then(|| Head::of(token, LONGEST_NAME));
        match path {
            [Element] => self.text = Head::of(token, LONGEST_TEXT),
            [Element, Content] if !token.is_word("null") => {
                self.text = Head::of(token, LONGEST_TEXT);
            }
            [Element, Role] if token.is_text => self.role = Some(Head::of(token, LONGEST_ROLE)),
            [Element, Timestamp] => self.timestamp = token.seconds(),
            [Element, Ts] => self.ts = token.seconds(),
            [Element, Content, Element] if token.is_text => {
                self.text
                    .add_line(&Head::of(token, LONGEST_TEXT), LONGEST_TEXT);
            }
            [Element, Content, Element, Text] if token.is_text => {
                self.part.text = Head::of(token, LONGEST_TEXT);
            }
            [Element, Content, Element, Type] => self.part.is_use = token.is("tool_use"),
            [Element, Content | ToolCalls, Element, Name] => self.part.name = name(),
            [Element, ToolCalls, Element, Function, Name] => self.part.function = name(),
            _ => {}
        }
    }

    fn end_part(&mut self) {
        self.text.add_line(&self.part.text, LONGEST_TEXT);
        let name = self.part.name.take().filter(|_| self.part.is_use);
        add_tool(&mut self.uses, name);
    }

    fn end_call(&mut self) {
        let Part { name, function, .. } = &mut self.part;
        add_tool(&mut self.calls, function.take().or(name.take()));
    }

    fn into_excerpt(self, number: u32) -> Excerpt {
        let mut tools = self.calls;
        tools.extend(self.uses);
        tools.truncate(MOST_TOOLS);
        Excerpt {
            number,
            role: self.role.map(|role| role.text),
            time: self.timestamp.or(self.ts),
            text: self.text.text,
            is_cut: self.text.is_cut,
            tools,
        }
    }
}

impl Part {
    fn forget(&mut self, place: Place) {
        match place {
            Text => self.text = Head::default(),
            Type => self.is_use = false,
            Name => self.name = None,
            Function => self.function = None,
            _ => {}
        }
    }
}

fn add_tool(tools: &mut Vec<String>, name: Option<Head>) {
    if let (Some(name), true) = (name, tools.len() < MOST_TOOLS) {
        tools.push(name.text);
    }
}
