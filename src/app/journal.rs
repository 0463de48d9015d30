//! Finds turns in the application's journals that users submitted, that did not finish, and that
//! are not in the session.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::mem;
use std::ops::ControlFlow;

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::app::document::Document;
use crate::count::{Bracket, Event, EventReader, Token, Unit, is_stripped};
use crate::directory::{Bytes, Directory, Entry, FsError, Kind, WHOLE, each_chunk};
use crate::sorted::sorted;

const SUFFIX: &str = ".jsonl";
/// How many bytes of a text are read, as it is spelled.
const LONGEST_TEXT: usize = 1 << 20;
/// How many characters of a text are compared. So many are read, however they are spelled.
const COMPARED: u32 = 80_000;
/// How many bytes of another value are read.
const LONGEST_VALUE: usize = 1024;
/// How many bytes of memory the turns of a session may take: some 100,000 turns.
const ROOM: usize = 32 << 20;
/// How many of these bytes each turn takes.
const EACH: usize = 224;
/// How many more bytes an unfinished turn takes, without its texts.
const OPEN: usize = 48;

/// A name in the directory of the journals.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Journal {
    /// The session's ID, by the name.
    pub session_id: String,
    /// The name.
    pub name: String,
    /// The kind of entry. Only a file is a journal.
    pub kind: Kind,
}

/// The names of journals, sorted by session, and why entries are left out.
pub fn journals(directory: &impl Directory) -> Result<(Vec<Journal>, Vec<FsError>), FsError> {
    let mut journals = Vec::new();
    let mut left_out = Vec::new();
    for entry in directory.entries()? {
        match entry {
            Ok(entry) => journals.extend(Journal::of(entry)),
            Err(FsError::NotFound) => {}
            Err(fault) => left_out.push(fault),
        }
    }
    Ok((sorted(journals), left_out))
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
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pending {
    /// Its ID.
    pub turn_id: String,
    /// The last event that is known of it.
    pub event: String,
    /// When that was, as the journal spells it.
    pub created_at: Option<String>,
    /// What the user submitted.
    pub text: TextDigest,
}

/// A text, as it is recognised elsewhere: without white space around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextDigest {
    /// Of its beginning.
    digest: u128,
    /// How many characters of it were read.
    pub characters: u32,
}

/// Reads a text. It holds only white space that may be at the text's end.
#[derive(Debug, Default)]
struct Reading {
    digest: SipHasher13,
    characters: u32,
    /// The characters that were read last, if they are white space: as many of them as may be
    /// compared, and how many there are.
    spaces: Vec<char>,
    held_back: u32,
}

impl Reading {
    fn add(&mut self, text: &Token) {
        for unit in text.units() {
            match unit {
                Ok(space) if is_stripped(space) => self.hold_back(space),
                unit => self.end_space(unit),
            }
        }
    }

    fn hold_back(&mut self, space: char) {
        if self.characters == 0 {
            return;
        }
        if self.spaces.len() < COMPARED as usize {
            self.spaces.push(space);
        }
        self.held_back = self.held_back.saturating_add(1);
    }

    fn end_space(&mut self, unit: Unit) {
        let before = self
            .characters
            .saturating_add(mem::take(&mut self.held_back));
        for space in mem::take(&mut self.spaces) {
            self.compare(u32::from(space));
        }
        self.characters = before;
        self.compare(unit.map_or_else(u32::from, u32::from));
    }

    fn compare(&mut self, unit: u32) {
        if self.characters < COMPARED {
            self.digest.write_u32(unit);
        }
        self.characters = self.characters.saturating_add(1);
    }

    fn finish(&self) -> TextDigest {
        TextDigest {
            digest: self.digest.finish128().as_u128(),
            characters: self.characters,
        }
    }
}

impl TextDigest {
    fn of(text: &Token) -> Self {
        let mut reading = Reading::default();
        reading.add(text);
        reading.finish()
    }
}

/// The turns of one session's journals, with only the last event of each. A finished turn takes few
/// bytes, and none if there is no room for all turns.
#[derive(Debug, Default)]
pub struct Turns {
    /// By the digests of their IDs.
    by_id: BTreeMap<u128, Turn>,
    open: Opened,
    /// How many lines were read.
    lines: u64,
    /// How many lines are none of a journal.
    pub malformed: u32,
    /// How many turns there was no room for.
    pub left_out: u32,
}

/// Those of the turns that have not ended.
#[derive(Debug, Default)]
struct Opened {
    number: usize,
    /// How many bytes of memory they take besides those that each turn takes.
    bytes: usize,
}

impl Opened {
    fn add(&mut self, turn: &Turn) {
        self.number += usize::from(turn.open.is_some());
        self.bytes += turn.bytes();
    }

    fn remove(&mut self, turn: &Turn) {
        self.number -= usize::from(turn.open.is_some());
        self.bytes -= turn.bytes();
    }
}

/// What is known of a turn.
#[derive(Debug, Default)]
struct Turn {
    last: Moment,
    /// What the last event says, unless it is the end.
    open: Option<Open>,
    submitted: Option<(Moment, TextDigest)>,
}

#[derive(Debug)]
struct Open {
    turn_id: String,
    event: String,
    created_at: Option<String>,
}

/// When an event was: of those of one time the later one counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    /// In billionths of a second since 1970. 0 if that is not a number.
    time: u128,
    line: u64,
}

/// An event.
#[derive(Debug, Default)]
struct Line {
    turn_id: String,
    time: u128,
    event: String,
    created_at: Option<String>,
    text: Option<TextDigest>,
}

impl Turns {
    /// Reads one more journal.
    pub fn read(&mut self, directory: &impl Directory, journal: &Journal) -> Result<(), FsError> {
        if journal.kind != Kind::File {
            return Err(FsError::Io(format!("it is {}", journal.kind.in_words())));
        }
        let file = directory.open(&journal.name)?;
        let mut reader = Reader::default();
        each_chunk(&file, &WHOLE, &mut |_, bytes| {
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
            Some(line) => self.take(line),
            None if is_blank => {}
            None => self.malformed = self.malformed.saturating_add(1),
        }
    }

    fn take(&mut self, line: Line) {
        self.lines += 1;
        let at = Moment {
            time: line.time,
            line: self.lines,
        };
        let id = SipHasher13::new().hash(line.turn_id.as_bytes()).as_u128();
        if !self.by_id.contains_key(&id) && !self.has_room() {
            // The first of its events has the text.
            self.left_out = self.left_out.saturating_add(u32::from(line.text.is_some()));
            return;
        }
        let turn = self.by_id.entry(id).or_default();
        self.open.remove(turn);
        turn.take(at, line);
        self.open.add(turn);
    }

    fn has_room(&mut self) -> bool {
        let ended = self.by_id.len() - self.open.number;
        // To forget few of many would take too long each time.
        if self.bytes() > ROOM && ended > self.by_id.len() / 4 {
            // Of a turn that has ended nothing more follows, as a rule.
            self.by_id.retain(|_, turn| turn.open.is_some());
        }
        self.bytes() <= ROOM
    }

    /// How many bytes of memory the turns take.
    fn bytes(&self) -> usize {
        self.by_id.len() * EACH + self.open.bytes
    }

    /// The turns that were submitted and did not come to an end, by ID.
    #[must_use]
    pub fn pending(self) -> Vec<Pending> {
        let turns = self.by_id.into_values();
        sorted(turns.filter_map(Turn::pending).collect())
    }
}

impl Turn {
    fn take(&mut self, at: Moment, line: Line) {
        if let Some(text) = line.text
            && self.submitted.is_none_or(|(before, _)| before < at)
        {
            self.submitted = Some((at, text));
        }
        if at < self.last {
            return;
        }
        self.last = at;
        let has_ended = ["completed", "interrupted"].contains(&&*line.event);
        self.open = (!has_ended).then_some(Open {
            turn_id: line.turn_id,
            event: line.event,
            created_at: line.created_at,
        });
    }

    /// How many bytes of memory it takes besides [`EACH`].
    fn bytes(&self) -> usize {
        self.open.as_ref().map_or(0, |open| {
            let created_at = open.created_at.as_ref().map_or(0, String::len);
            OPEN + open.turn_id.len() + open.event.len() + created_at
        })
    }

    fn pending(self) -> Option<Pending> {
        let Open {
            turn_id,
            event,
            created_at,
        } = self.open?;
        let (_, text) = self.submitted?;
        (text.characters > 0).then_some(Pending {
            turn_id,
            event,
            created_at,
            text,
        })
    }
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
        if key == "content" && value.is_text {
            self.text = Some(TextDigest::of(value));
            return;
        }
        let text = value.to_text();
        match key {
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

/// Reads a number of seconds in billionths. Gives 0 if it is spelled in another way.
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
pub fn are_in(file: &dyn Bytes, pending: &[Pending]) -> Result<Vec<bool>, FsError> {
    let mut events = EventReader::holding(LONGEST_TEXT);
    let mut session = Session::of(pending);
    each_chunk(file, &WHOLE, &mut |_, bytes| {
        events.feed(bytes, &mut |depth, event| session.take(depth, &event));
        ControlFlow::<()>::Continue(())
    })?;
    let are_there = pending.iter().map(|turn| session.has(turn.text.digest));
    Ok(are_there.collect())
}

/// Looks for texts in the messages of a session.
struct Session {
    /// The digests of the texts, sorted, and in which `messages` of the file each was found last.
    texts: Vec<(u128, u64)>,
    /// How many `messages` began: of the same keys the last one stands.
    number: u64,
    is_in_messages: bool,
    key: String,
    part_key: String,
    is_by_user: bool,
    text: Reading,
}

impl Session {
    fn of(pending: &[Pending]) -> Self {
        let texts = pending.iter().map(|turn| (turn.text.digest, 0));
        let mut texts = sorted(texts.collect());
        texts.dedup();
        Self {
            texts,
            number: 0,
            is_in_messages: false,
            key: String::new(),
            part_key: String::new(),
            is_by_user: false,
            text: Reading::default(),
        }
    }

    /// Whether a text is among the messages.
    fn has(&self, digest: u128) -> bool {
        let place = self.place_of(digest);
        self.number > 0 && place.is_some_and(|place| self.texts[place].1 == self.number)
    }

    fn place_of(&self, digest: u128) -> Option<usize> {
        self.texts
            .binary_search_by_key(&digest, |(text, _)| *text)
            .ok()
    }

    /// Takes the next event: the messages' objects are 2 deep, the parts of their contents 4.
    fn take(&mut self, depth: u32, event: &Event) {
        match (depth, event) {
            (1, Event::Key(key)) => self.begin(key.is("messages")),
            _ if !self.is_in_messages => {}
            (2, Event::Opens(Bracket::Object)) => {
                self.is_by_user = false;
                self.text = Reading::default();
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

    fn begin(&mut self, is_messages: bool) {
        self.is_in_messages = is_messages;
        self.number += u64::from(is_messages);
    }

    fn add(&mut self, value: &Token) {
        if value.is_text {
            self.text.add(value);
        }
    }

    fn end_message(&mut self) {
        if !self.is_by_user {
            return;
        }
        if let Some(place) = self.place_of(self.text.finish().digest) {
            self.texts[place].1 = self.number;
        }
    }
}
