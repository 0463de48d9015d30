//! Turns that users submitted, in the application's journals: those that did not come
//! to an end, and are not in the session.

use std::collections::BinaryHeap;
use std::mem;
use std::ops::ControlFlow;

use siphasher::sip128::SipHasher13;

use crate::count::{Bracket, Event, Outline, Token, is_stripped};
use crate::directory::{Directory, Entry, Fault, File, Kind, WHOLE, each_piece};
use crate::document::Document;

const SUFFIX: &str = ".jsonl";
/// So many bytes of a text are read, as it is spelled.
const LONGEST_TEXT: usize = 1 << 20;
/// So many characters of a text are compared: these are read however they are spelled.
const COMPARED: usize = 80_000;
/// So many bytes of another value are read.
const LONGEST_VALUE: usize = 1024;

/// A name in the directory of the journals.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Journal {
    /// The session's id, as the name tells it.
    pub session_id: String,
    /// The name.
    pub name: String,
    /// What bears it: only a file is a journal.
    pub kind: Kind,
}

/// The names of journals, sorted by session, and why entries are left out.
///
/// # Errors
///
/// The directory cannot be listed.
pub fn journals(directory: &impl Directory) -> Result<(Vec<Journal>, Vec<Fault>), Fault> {
    // A heap sorts them in the memory that it has.
    let mut journals = BinaryHeap::new();
    let mut left_out = Vec::new();
    for entry in directory.entries()? {
        match entry {
            Ok(entry) => journals.extend(Journal::of(entry)),
            Err(Fault::NotFound) => {}
            Err(fault) => left_out.push(fault),
        }
    }
    Ok((journals.into_sorted_vec(), left_out))
}

impl Journal {
    fn of(Entry { name, kind }: Entry) -> Option<Self> {
        let stem = name.strip_suffix(SUFFIX)?;
        let session_id = stem.split('~').next()?.to_owned();
        Some(Self {
            session_id,
            name,
            kind,
        })
    }
}

/// A turn that did not come to an end.
#[derive(Debug)]
pub struct Pending {
    /// Its id.
    pub turn_id: String,
    /// The last event that is known of it.
    pub event: String,
    /// When that was, as the journal spells it.
    pub created_at: Option<String>,
    /// What the user submitted.
    pub text: Text,
}

/// A text, as it is recognised elsewhere: without white space around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    /// Of its beginning.
    digest: u128,
    /// How many characters of it were read.
    pub characters: u32,
}

impl Text {
    fn of(text: &str) -> Self {
        let text = text.trim_matches(is_stripped);
        let end = text.char_indices().nth(COMPARED);
        let compared = text.get(..end.map_or(text.len(), |(end, _)| end));
        let digest = SipHasher13::new().hash(compared.unwrap_or_default().as_bytes());
        Self {
            digest: digest.as_u128(),
            characters: u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
        }
    }
}

/// The events of one session's journals.
#[derive(Debug, Default)]
pub struct Events {
    /// By turn, then by time.
    events: BinaryHeap<Line>,
    /// How many lines are none of a journal.
    pub malformed: u32,
}

/// An event, in the order in which events are looked at.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    turn_id: String,
    /// In billionths of a second since 1970; 0 where that is no number.
    time: u128,
    /// Of the events of one time the later one counts.
    number: usize,
    event: String,
    created_at: Option<String>,
    text: Option<Text>,
}

impl Events {
    /// Reads one more journal.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn read(&mut self, directory: &impl Directory, journal: &Journal) -> Result<(), Fault> {
        if journal.kind != Kind::File {
            return Err(Fault::Io(format!("it is {}", journal.kind.in_words())));
        }
        let file = directory.open(&journal.name)?;
        let mut reader = Reader::default();
        each_piece(&file, &WHOLE, &mut |_, bytes| {
            let mut lines = bytes.split(|byte| *byte == b'\n');
            reader.feed(lines.next().unwrap_or_default());
            for line in lines {
                self.end_line(&mut reader);
                reader.feed(line);
            }
            ControlFlow::<()>::Continue(())
        })?;
        self.end_line(&mut reader);
        Ok(())
    }

    fn end_line(&mut self, reader: &mut Reader) {
        let reader = mem::take(reader);
        let is_blank = !reader.holds_something;
        match reader.line() {
            Some(line) => self.events.push(Line {
                number: self.events.len(),
                ..line
            }),
            None if is_blank => {}
            None => self.malformed = self.malformed.saturating_add(1),
        }
    }

    /// The turns that were submitted and did not come to an end, by id.
    #[must_use]
    pub fn pending(self) -> Vec<Pending> {
        let events = self.events.into_sorted_vec();
        let turns = events.chunk_by(|one, other| one.turn_id == other.turn_id);
        turns.filter_map(pending).collect()
    }
}

fn pending(events: &[Line]) -> Option<Pending> {
    let last = events.last()?;
    let has_ended = ["completed", "interrupted"].contains(&&*last.event);
    let text = events.iter().rev().find_map(|line| line.text)?;
    let is_pending = !has_ended && text.characters > 0;
    is_pending.then(|| Pending {
        turn_id: last.turn_id.clone(),
        event: last.event.clone(),
        created_at: last.created_at.clone(),
        text,
    })
}

/// Reads one line.
struct Reader {
    document: Document,
    line: Line,
    key: String,
    /// Whether there is more than white space.
    holds_something: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            document: Document::holding(LONGEST_TEXT),
            line: Line::default(),
            key: String::new(),
            holds_something: false,
        }
    }
}

impl Reader {
    fn feed(&mut self, bytes: &[u8]) {
        let Self {
            document,
            line,
            key,
            holds_something,
        } = self;
        *holds_something |= !bytes.iter().all(u8::is_ascii_whitespace);
        // What is no document is known for that at the line's end.
        let _ = document.feed(bytes, &mut |depth, event| match (depth, event) {
            (1, Event::Key(name)) => *key = name.to_text(),
            (1, Event::Scalar(value)) => line.take(key, value),
            _ => {}
        });
    }

    /// The event, if the line is one.
    fn line(self) -> Option<Line> {
        let Self { document, line, .. } = self;
        (document.is_object() && !line.turn_id.is_empty()).then_some(line)
    }
}

impl Line {
    fn take(&mut self, key: &str, value: &Token) {
        let text = value.to_text();
        match key {
            "content" if value.is_text => self.text = Some(Text::of(&text)),
            _ if text.len() > LONGEST_VALUE => {}
            "turn_id" if value.is_text => self.turn_id = text,
            "event" if value.is_text => self.event = text,
            "created_at" => {
                self.time = if value.is_text { 0 } else { time(&text) };
                self.created_at = Some(text);
            }
            _ => {}
        }
    }
}

/// A number of seconds in billionths; 0 where it is spelled in another way.
fn time(seconds: &str) -> u128 {
    const DIGITS: usize = 9;
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let fraction: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(DIGITS)
        .collect();
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() > DIGITS * 3 || !is_number(whole) || !is_number(&fraction) {
        return 0;
    }
    let digits = whole.bytes().chain(fraction.bytes());
    digits.fold(0, |time, digit| time * 10 + u128::from(digit - b'0'))
}

/// Whether each of these turns is among a session's messages by the user.
///
/// # Errors
///
/// The session cannot be read.
pub fn are_in(file: &impl File, pending: &[Pending]) -> Result<Vec<bool>, Fault> {
    let mut outline = Outline::holding(LONGEST_TEXT);
    let mut session = Session::of(pending);
    each_piece(file, &WHOLE, &mut |_, bytes| {
        outline.feed(bytes, &mut |depth, event| session.take(depth, &event));
        ControlFlow::<()>::Continue(())
    })?;
    Ok(session.are_there)
}

/// Looks for turns in the messages of a session.
struct Session<'a> {
    pending: &'a [Pending],
    are_there: Vec<bool>,
    is_in_messages: bool,
    key: String,
    part_key: String,
    is_by_user: bool,
    text: String,
}

impl<'a> Session<'a> {
    fn of(pending: &'a [Pending]) -> Self {
        Self {
            pending,
            are_there: vec![false; pending.len()],
            is_in_messages: false,
            key: String::new(),
            part_key: String::new(),
            is_by_user: false,
            text: String::new(),
        }
    }

    /// Takes the next event: the messages' objects are 2 deep, the parts of their
    /// contents 4.
    fn take(&mut self, depth: u32, event: &Event) {
        match (depth, event) {
            (1, Event::Key(key)) => self.begin(key.is("messages")),
            _ if !self.is_in_messages => {}
            (2, Event::Opens(Bracket::Object)) => {
                self.is_by_user = false;
                self.text.clear();
            }
            (2, Event::Closes) => self.end_message(),
            (3, Event::Key(key)) => self.key = key.to_text(),
            (3, Event::Scalar(value)) if self.key == "role" => self.is_by_user = value.is("user"),
            (3, Event::Scalar(value)) if self.key == "content" => self.add(value),
            (5, Event::Key(key)) => self.part_key = key.to_text(),
            (5, Event::Scalar(value)) if self.key == "content" && self.part_key == "text" => {
                self.add(value);
            }
            _ => {}
        }
    }

    /// Of the same keys the last one stands.
    fn begin(&mut self, is_messages: bool) {
        self.is_in_messages = is_messages;
        if is_messages {
            self.are_there.fill(false);
        }
    }

    /// More than what is compared is not held, in however many parts it comes.
    fn add(&mut self, value: &Token) {
        if value.is_text && self.text.len() < LONGEST_TEXT {
            self.text.extend(value.characters());
        }
    }

    fn end_message(&mut self) {
        if !self.is_by_user {
            return;
        }
        let text = Text::of(&self.text);
        for (turn, is_there) in self.pending.iter().zip(&mut self.are_there) {
            *is_there |= turn.text.digest == text.digest;
        }
    }
}
