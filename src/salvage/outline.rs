//! Follows what the grammar reads, and notes the elements that are messages.

use session_recovery_count::{
    Bracket, Key as RecordedKey, Listener, Nesting, Recorder, State, StringKind, Value,
};

use super::answer::{MOST, MessageCount, Region};
use super::layout::{Layout, Space};
use super::pairs::Pairs;
use super::search::Array;

/// Keys that matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Key {
    #[default]
    Other,
    Messages,
    MessageCount,
    SessionId,
    /// A key that the application writes behind the messages.
    Behind,
    Role,
    Content,
    /// A key that only stored messages have.
    Mark,
}

const KEYS: [(&[u8], Key); 12] = [
    (b"messages", Key::Messages),
    (b"message_count", Key::MessageCount),
    (b"session_id", Key::SessionId),
    (b"tool_calls", Key::Behind),
    (b"anchor_activity_scenes", Key::Behind),
    (b"context_messages", Key::Behind),
    (b"role", Key::Role),
    (b"content", Key::Content),
    (b"timestamp", Key::Mark),
    (b"_ts", Key::Mark),
    (b"attachments", Key::Mark),
    (b"_media_snapshots", Key::Mark),
];
const LONGEST: usize = 22;
/// Deeper than the keys of a message.
const DEEPER: u32 = 4;

/// A key while it is spelled.
#[derive(Clone, Copy, Debug, Default)]
struct Spelling {
    bytes: [u8; LONGEST],
    length: usize,
    differs: bool,
    /// The key, if it was not spelled.
    whole: Option<Key>,
}

impl Key {
    fn of(spelled: &[u8]) -> Self {
        let found = KEYS.iter().find(|(key, _)| *key == spelled);
        found.map_or(Self::Other, |(_, key)| *key)
    }
}

impl Spelling {
    fn key(&self) -> Key {
        match self.whole {
            Some(key) => key,
            None if self.differs => Key::Other,
            None => Key::of(&self.bytes[..self.length]),
        }
    }
}

/// Which of the keys that matter an object has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shape {
    has_role: bool,
    has_content: bool,
    is_marked: bool,
}

impl Shape {
    const fn add(&mut self, key: Key) {
        match key {
            Key::Role => self.has_role = true,
            Key::Content => self.has_content = true,
            Key::Mark => self.is_marked = true,
            _ => {}
        }
    }

    /// Whether a message may have it.
    pub const fn is_of_message(self) -> bool {
        self.has_role && self.has_content
    }

    pub const fn has_role(self) -> bool {
        self.has_role
    }
}

/// What the brackets are that the grammar follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// An object: a session, or a message, or neither.
    #[default]
    Object,
    /// A session from its beginning, whose messages have begun.
    Session,
    /// An array, and what is around it; nobody knows how deep that is.
    Array,
}

/// How many messages have a mark and how many have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub marked: u64,
    pub unmarked: u64,
}

impl Tally {
    pub const fn total(&self) -> u64 {
        self.marked + self.unmarked
    }

    const fn of(&mut self, is_marked: bool) -> &mut u64 {
        if is_marked {
            &mut self.marked
        } else {
            &mut self.unmarked
        }
    }
}

/// The present element.
#[derive(Clone, Copy, Debug, Default)]
pub struct Element {
    start: u64,
    first_key: u64,
    keys: u32,
    shape: Shape,
    bracket: Option<Bracket>,
    is_spoiled: bool,
    is_open: bool,
}

/// What there was before the last message, and before those that do not look like one.
#[derive(Clone, Copy, Debug)]
pub struct Undo {
    regions: usize,
    last: Option<Region>,
    tally: Tally,
    /// Whether the last message has the keys of one.
    is_like_message: bool,
}

/// What is known since the grammar began.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and most combinations occur"
)]
#[derive(Debug, Default)]
pub struct Run {
    pub kind: Kind,
    pub start: u64,
    pub may_be_session: bool,
    pub may_be_message: bool,
    /// Whether it seems to be a session where none is expected.
    pub is_doubtful: bool,
    /// Whether the white space alone tells that its elements are messages.
    pub is_trusted: bool,
    /// Whether the key of its array was read.
    pub is_named: bool,
    /// Whether the value under that key is an array.
    pub has_messages: bool,
    pub layout: Option<Layout>,
    /// Whether there are lines in its objects.
    pub has_lines: bool,
    /// The white space in front of the keys of the session.
    pub top: Option<Space>,
    /// What it began in, if it may be a session of its own behind one that was cut off.
    pub outer: Option<Outer>,
    /// Whether its indentation alone tells that it is one.
    pub is_at_top: bool,
    /// Whether it goes on with a session whose beginning was read before.
    pub is_resumed: bool,
    pub own: Shape,
    pub has_id: bool,
    pub array: Option<Array>,
    /// Whether the array of messages has ended.
    pub is_closed: bool,
    /// Whether a key follows on it that does so in the application's files.
    pub is_followed: bool,
    /// Whether it began in an array behind the messages.
    pub is_context: bool,
    pub found: Vec<Region>,
    pub tally: Tally,
    pub head: Pairs,
    pub tail: Pairs,
    pub message_count: Option<MessageCount>,
    pub is_spoiled: bool,
    pub element: Element,
    pub undo: Option<Undo>,
    /// Whether one of the messages has the keys of one.
    pub has_like_message: bool,
    /// Whether nothing was left out since the last message.
    pub is_joined: bool,
}

/// What seems to be around a session.
#[derive(Debug)]
pub struct Outer {
    pub run: Box<Run>,
    nesting: Nesting,
    pub is_element: bool,
}

impl Outer {
    /// Whether it goes on with the byte behind the session.
    pub fn goes_on_with(&self, byte: u8) -> bool {
        let end = match self.nesting.innermost() {
            Some(Bracket::Array) => b']',
            Some(Bracket::Object) => b'}',
            None => return false,
        };
        byte == b',' || byte == end
    }
}

/// Where the grammar stops so that the reader can look back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pause {
    #[default]
    None,
    /// The first key of a message or a session begins: its layout is looked at.
    Layout,
    /// An element begins as a session does.
    Session,
    /// Something deeper may begin as one does, with this key.
    DeepSession { key: u64 },
}

/// The listener.
#[derive(Debug, Default)]
pub struct Outline {
    pub run: Run,
    pub pause: Pause,
    pub is_cut: bool,
    spelling: Spelling,
    spelled_depth: u32,
    spelled_at: u64,
    recorder: Recorder,
    number_at: u64,
}

impl Outline {
    pub fn begin(&mut self, run: Run) {
        self.run = run;
        self.recorder = Recorder::default();
        self.spelled_depth = 0;
    }

    /// What was read before the present offset turns out to be nested.
    pub fn refute(&mut self) {
        let run = &mut self.run;
        run.found.clear();
        run.tally = Tally::default();
        run.undo = None;
        run.is_joined = false;
    }

    /// The present element may be a session, behind one that was cut off: reads it as one.
    pub fn enter_session(&mut self, nesting: Nesting) {
        let element = self.run.element;
        self.enter(nesting, element.start, element.first_key, true);
    }

    /// The same for something deeper, which begins at `start` with a key at `first_key`.
    pub fn enter_deep_session(&mut self, nesting: Nesting, start: u64, first_key: u64) {
        self.enter(nesting, start, first_key, false);
        self.run.is_at_top = self.run.top.is_some_and(|top| top.has_line());
        self.run.has_id = true;
    }

    fn enter(&mut self, mut nesting: Nesting, start: u64, first_key: u64, is_element: bool) {
        nesting.close();
        let run = Box::new(std::mem::take(&mut self.run));
        self.begin(Run {
            start,
            may_be_session: true,
            top: run.top.filter(|_| !is_element),
            outer: Some(Outer {
                run,
                nesting,
                is_element,
            }),
            ..Run::default()
        });
        self.run.head.key(first_key);
    }

    /// It was an element, or something in one. Gives what is around it.
    pub fn leave_session(&mut self, end: u64) -> Nesting {
        let Some(outer) = self.run.outer.take() else {
            return Nesting::default();
        };
        let own = std::mem::replace(&mut self.run, *outer.run).own;
        if outer.is_element {
            self.run.element.shape = own;
            self.end_element(end);
        }
        outer.nesting
    }

    /// The object that was read is an element of an array, which goes on.
    pub fn enter_array(&mut self, end: u64) {
        let run = &mut self.run;
        if run.kind == Kind::Object {
            self.take_own(end);
        } else {
            self.refute();
            self.run.layout = None;
            self.run.is_trusted &= self.run.kind == Kind::Array;
        }
        let run = &mut self.run;
        let is_whole = run.layout.is_some_and(|layout| layout.is_second_level());
        if !run.is_trusted && !is_whole {
            // Of the first message a part of the white space may be gone.
            run.layout = None;
        }
        run.kind = Kind::Array;
        run.array = Some(Array::Messages);
        run.is_closed = false;
        run.is_named = false;
        run.is_doubtful = false;
        run.is_followed = false;
        run.is_context = false;
        run.is_spoiled = false;
        run.tail = Pairs::default();
        run.head = Pairs::default();
        run.element = Element::default();
    }

    /// Takes the object that the run began with for a message, if it may be one.
    pub fn take_own(&mut self, end: u64) {
        let run = &self.run;
        let is_message = run.may_be_message && !run.is_spoiled && run.own.is_of_message();
        if is_message {
            self.push(run.start, end, run.own);
        } else {
            self.run.layout = None;
            self.run.is_trusted = false;
        }
    }

    /// What is read now must not be copied, so it is not.
    pub fn spoil(&mut self, depth: u32, at: u64, is_whole: bool) {
        let run = &mut self.run;
        run.is_joined = false;
        run.element.is_spoiled = run.element.is_open;
        run.is_spoiled = true;
        if depth == 1 {
            run.pairs().end(at, is_whole);
        }
    }

    /// The last message is one, if it was in doubt.
    pub const fn confirm(&mut self) {
        self.run.undo = None;
    }

    /// Whether the last message is in doubt and does not look like one.
    pub fn is_odd(&self) -> bool {
        let undo = self.run.undo.filter(|_| self.run.has_like_message);
        undo.is_some_and(|undo| !undo.is_like_message)
    }

    /// The last message is none, if it was in doubt.
    pub fn doubt(&mut self) {
        let run = &mut self.run;
        let Some(undo) = run.undo.take() else { return };
        run.tally = undo.tally;
        run.found.truncate(undo.regions);
        if let (Some(last), Some(before)) = (run.found.last_mut(), undo.last) {
            *last = before;
        }
    }

    /// The value under the present key is not whole.
    pub fn give_up(&mut self) {
        self.recorder.give_up();
    }

    /// Whether a key of the present message, and its colon, was read.
    pub const fn has_key(&self, state: State) -> bool {
        let element = &self.run.element;
        let is_key = matches!(
            state,
            State::Colon
                | State::KeyOrEnd
                | State::String(StringKind::SpelledKey)
                | State::Escape(StringKind::SpelledKey)
                | State::Hex {
                    text: StringKind::SpelledKey,
                    ..
                }
        );
        element.is_open && element.keys > 0 && (self.spelled_depth >= DEEPER || !is_key)
    }

    fn push(&mut self, start: u64, end: u64, shape: Shape) {
        let run = &mut self.run;
        let before = Undo {
            regions: run.found.len(),
            last: run.found.last().copied(),
            tally: run.tally,
            is_like_message: true,
        };
        let has_room = run.found.len() < MOST;
        match run.found.last_mut().filter(|_| run.is_joined) {
            Some(last) => {
                last.end = end;
                last.count = last.count.saturating_add(1);
            }
            None if has_room => {
                let count = 1;
                run.found.push(Region { start, end, count });
            }
            None => {
                self.is_cut = true;
                return;
            }
        }
        // Where no message has the keys of one, each is like the others.
        let undo = run.undo.filter(|_| run.has_like_message);
        run.undo = Some(Undo {
            is_like_message: shape.is_of_message(),
            ..undo.unwrap_or(before)
        });
        run.has_like_message |= shape.is_of_message();
        *run.tally.of(shape.is_marked) += 1;
        run.is_joined = true;
    }

    /// Whether keys at this depth are those of an element of the messages.
    fn is_of_element(&self, depth: u32) -> bool {
        depth == 3 && self.run.array == Some(Array::Messages)
    }

    /// Whether another session may begin deeper.
    const fn watches(&self) -> bool {
        self.run.outer.is_none() && self.run.top.is_some()
    }

    fn end_key(&mut self) {
        if self.is_of_element(self.spelled_depth) {
            self.run.element.shape.add(self.spelling.key());
        }
        self.spelled_depth = 0;
    }

    fn element_begins(&mut self, at: u64, bracket: Option<Bracket>) {
        self.end_scalar(at);
        self.run.element = Element {
            start: at,
            bracket,
            is_open: true,
            ..Element::default()
        };
    }

    /// A string, a number or a word among the messages is whole once something follows on it.
    fn end_scalar(&mut self, end: u64) {
        let element = self.run.element;
        if element.is_open && element.bracket.is_none() {
            self.end_element(end);
        }
    }

    fn end_element(&mut self, end: u64) {
        self.end_key();
        let Run { kind, element, .. } = &mut self.run;
        element.is_open = false;
        let is_object = element.bracket == Some(Bracket::Object);
        let is_message = *kind == Kind::Session || is_object && element.shape.is_of_message();
        let (start, shape) = (element.start, element.shape);
        if is_message && !element.is_spoiled {
            self.push(start, end, shape);
        } else {
            self.run.is_joined = false;
        }
    }

    fn under_key(&mut self, at: u64, bracket: Option<Bracket>) {
        let key = self.spelling.key();
        let is_array = bracket == Some(Bracket::Array);
        let run = &mut self.run;
        run.undo = None;
        run.own.add(key);
        run.has_id |= key == Key::SessionId;
        run.array = is_array.then_some(Array::Other);
        let may_be_session = run.may_be_session || run.has_id;
        match key {
            Key::Messages if run.kind == Kind::Object && !(is_array && may_be_session) => {}
            Key::Messages => self.messages_begin(is_array),
            Key::MessageCount if run.is_resumed || !run.is_closed => {
                self.number_at = at;
                self.recorder.begin(b"message_count", at);
            }
            Key::Behind => run.is_followed |= run.is_closed,
            Key::Role | Key::Content | Key::Mark
                if run.kind == Kind::Array && run.is_closed && !run.is_trusted =>
            {
                self.refute();
            }
            _ => {}
        }
    }

    /// If there are several of them in a session, the last ones count.
    fn messages_begin(&mut self, is_array: bool) {
        self.refute();
        let run = &mut self.run;
        if run.kind == Kind::Object {
            run.kind = Kind::Session;
            run.is_doubtful = !run.may_be_session;
        }
        run.is_named = true;
        let tail = std::mem::take(&mut run.tail);
        if run.is_resumed && run.is_closed && !run.has_messages {
            // It is another session: what seemed to be behind the messages is before them.
            run.head = tail;
        }
        run.is_closed = !is_array;
        run.array = is_array.then_some(Array::Messages);
        run.has_messages = is_array;
        let key = run.head.last_key();
        run.head.end(key, false);
    }

    fn end_pair(&mut self) {
        self.recorder.end();
        let Value::Scalar(token) = self.recorder.value(RecordedKey::MessageCount) else {
            return;
        };
        let text = token.to_text();
        if let (false, Ok(value)) = (token.is_text, text.parse()) {
            let place = self.number_at..self.number_at + text.len() as u64;
            self.run.message_count = Some(MessageCount { value, place });
        }
    }
}

impl Run {
    /// Whether it has as many messages as it says.
    pub fn has_all(&self) -> bool {
        let counts = self.found.iter().map(|region| u64::from(region.count));
        let count = self.message_count.as_ref().map(|count| count.value);
        count == Some(counts.sum())
    }

    /// The keys and values around the present place.
    pub const fn pairs(&mut self) -> &mut Pairs {
        if self.is_closed {
            &mut self.tail
        } else {
            &mut self.head
        }
    }
}

impl Listener for Outline {
    const TAKES_KEYS: bool = true;

    #[inline]
    fn spells(&self, depth: u32) -> bool {
        depth == 1 || self.is_of_element(depth) || self.watches()
    }

    fn key_begins(&mut self, at: u64, depth: u32) {
        self.end_key();
        self.spelling = Spelling::default();
        self.spelled_depth = depth;
        self.spelled_at = at;
        if depth == 1 {
            self.end_pair();
            self.run.pairs().key(at);
            if self.run.kind != Kind::Array && self.run.top.is_none() {
                self.pause = Pause::Layout;
            }
            return;
        }
        if !self.is_of_element(depth) {
            self.spelled_depth = depth.max(DEEPER);
            return;
        }
        let element = &mut self.run.element;
        if element.keys == 0 {
            element.first_key = at;
        }
        element.keys = element.keys.saturating_add(1);
        if element.keys > 1 {
            self.run.undo = None;
        } else if self.run.layout.is_none() {
            self.pause = Pause::Layout;
        }
    }

    fn key(&mut self, at: u64, depth: u32, spelled: &[u8]) -> bool {
        // The recorder gets what was read between two steps.
        if depth == 1 {
            return false;
        }
        if !self.is_of_element(depth) {
            if Key::of(spelled) == Key::SessionId {
                self.pause = Pause::DeepSession { key: at };
            }
            return true;
        }
        if self.run.layout.is_none() {
            return false;
        }
        self.key_begins(at, depth);
        self.spelling.whole = Some(Key::of(spelled));
        self.key_ends();
        true
    }

    fn key_unit(&mut self, unit: u16) {
        let spelling = &mut self.spelling;
        match (spelling.bytes.get_mut(spelling.length), u8::try_from(unit)) {
            (Some(place), Ok(byte)) if byte.is_ascii() => {
                *place = byte;
                spelling.length += 1;
            }
            _ => spelling.differs = true,
        }
    }

    fn key_differs(&mut self) {
        self.spelling.differs = true;
    }

    fn key_ends(&mut self) {
        let run = &self.run;
        if run.outer.is_some() || self.spelled_depth == 1 || self.spelling.key() != Key::SessionId {
            return;
        }
        if !self.is_of_element(self.spelled_depth) {
            self.pause = Pause::DeepSession {
                key: self.spelled_at,
            };
        } else if run.element.keys == 1 {
            self.pause = Pause::Session;
        }
    }

    #[inline]
    fn value_begins(&mut self, at: u64, depth: u32, bracket: Option<Bracket>) {
        match depth {
            1 => self.under_key(at, bracket),
            2 if self.run.array == Some(Array::Messages) => self.element_begins(at, bracket),
            _ => {}
        }
    }

    #[inline]
    fn bracket_closed(&mut self, at: u64, depth: u32) {
        match depth {
            0 => {
                self.end_pair();
                self.run.pairs().end(at, true);
            }
            1 => {
                if self.run.array == Some(Array::Messages) {
                    self.end_scalar(at);
                    self.run.is_closed = true;
                }
                self.run.array = None;
            }
            2 if self.run.array == Some(Array::Messages) => self.end_element(at + 1),
            _ => {}
        }
    }

    #[inline]
    fn record(&mut self, at: u64, bytes: &[u8]) {
        self.recorder.record(at, bytes);
    }

    #[inline]
    fn pauses(&self) -> bool {
        self.pause != Pause::None
    }
}
