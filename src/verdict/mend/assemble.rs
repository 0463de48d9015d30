//! Decides what a session is put together from: which of the documents in a file it goes on with,
//! what stands around the messages, and how it is laid out.

use std::ops::Range;

use super::decoded::Decoded;
use super::documents::{Places, messages};
use super::form::Form;
use crate::app::guard::{SessionMeta, guard};
use crate::count::{Facts, Key, Value};
use crate::directory::FsError;
use crate::session::SessionId;
use crate::verdict::judge::judge;
use session_recovery_salvage::{Document, Salvaged};

/// How much of the end of a part is looked at for the comma behind it.
const END: u64 = 64 * 1024;

/// What a session says beside its messages, and where in the file its `message_count` is.
type Read = (Facts, Option<Range<u64>>);

/// Gives the text of the file, anew each time.
pub type Text<'t, 'a> = &'t dyn Fn() -> Decoded<'a>;

/// Puts a session together. Also gives what stands beside its messages.
pub fn assemble(text: Text, found: &Salvaged, id: &SessionId) -> Result<(Form, Facts), FsError> {
    let layout = Layout::of(&found.layout);
    let Some(newest) = newest(&found.documents) else {
        return Ok(Default::default());
    };
    let document = &found.documents[newest];
    let mut shell = Shell::of(layout, text, document)?;
    let facts = if let Some((facts, count)) = shell.read(text, document)? {
        shell.count = count;
        facts
    } else {
        (shell.head, shell.tail) = (Vec::new(), Vec::new());
        Facts::default()
    };
    if *facts.value(Key::SessionId) == Value::Missing {
        shell.id = Some(id);
    }
    let meta = SessionMeta {
        messages: document.messages(),
        facts: &facts,
    };
    let is_taken =
        |other: &Document| -> Result<bool, FsError> { Ok(!is_removed(meta, layout, text, other)?) };
    let messages = messages(text, &found.documents, newest, &is_taken)?;
    Ok((shell.filled_with(&messages), facts))
}

/// Whether the user removed on purpose what another document of the file holds beside the newest
/// one. If the other one lost its beginning, any sign of a removal counts.
fn is_removed(
    newest: SessionMeta,
    layout: Layout,
    text: Text,
    other: &Document,
) -> Result<bool, FsError> {
    if !other.has_beginning {
        let signs = [Key::ClearGeneration, Key::IntentionalShrinkGeneration];
        return Ok(signs.iter().any(|key| newest.facts.value(*key).is_truthy()));
    }
    let facts = Shell::of(layout, text, other)?.read(text, other)?;
    Ok(facts.is_some_and(|(facts, _)| {
        let other = SessionMeta {
            messages: other.messages(),
            facts: &facts,
        };
        guard(newest, other).is_some()
    }))
}

/// The document that is the newest session: the last whole one, or else the last one that has its
/// beginning, or its end.
fn newest(documents: &[Document]) -> Option<usize> {
    let places = 0..documents.len();
    places.max_by_key(|place| {
        let document = &documents[*place];
        (
            document.has_beginning && document.has_end,
            document.has_beginning,
            document.has_end,
            *place,
        )
    })
}

/// These parts without the white space and the comma at their ends.
pub fn trimmed(text: &Decoded, parts: &[Range<u64>]) -> Result<Vec<Range<u64>>, FsError> {
    let mut trimmed = Vec::new();
    for part in parts {
        let start = part.start.max(part.end.saturating_sub(END));
        let mut bytes = Vec::new();
        text.read(&(start..part.end), &mut bytes)?;
        let kept = bytes.trim_ascii_end();
        let kept = kept.strip_suffix(b",").unwrap_or(kept).trim_ascii_end();
        let end = start + kept.len() as u64;
        if end > part.start {
            trimmed.push(part.start..end);
        }
    }
    Ok(trimmed)
}

/// What is around the messages of a session.
struct Shell<'a> {
    layout: Layout<'a>,
    /// The ID that is written, if none is there.
    id: Option<&'a SessionId>,
    head: Vec<Range<u64>>,
    tail: Vec<Range<u64>>,
    /// Where the number of messages is.
    count: Option<Range<u64>>,
}

impl<'a> Shell<'a> {
    fn of(layout: Layout<'a>, text: Text, document: &Document) -> Result<Self, FsError> {
        Ok(Self {
            layout,
            id: None,
            head: trimmed(&text(), &document.head)?,
            tail: trimmed(&text(), &document.tail)?,
            count: None,
        })
    }

    /// What it says, if it is JSON. A context that was lost may have been of any length.
    fn read(&self, text: Text, document: &Document) -> Result<Option<Read>, FsError> {
        let form = self.filled_with(&Places::default());
        let formed = form.filled_from(text());
        let judgement = judge(&formed);
        let (Some(facts), Some(messages)) = (judgement.facts(), judgement.messages(&formed)) else {
            return Ok(None);
        };
        let mut facts = facts.clone();
        if !document.has_end {
            facts.context = facts.context.or(Some(u32::MAX));
        }
        let number = messages.number_place()?;
        let place = number.and_then(|number| {
            let places = form.places_in_file(&number);
            let length = number.end - number.start;
            let mut places = places.into_iter();
            places
                .next()
                .filter(|place| place.end - place.start == length)
        });
        Ok(Some((facts, place)))
    }

    fn filled_with(&self, messages: &Places) -> Form {
        let mut form = Form::default();
        form.messages = messages.count;
        form.write(b"{");
        if let Some(id) = self.id {
            let id = serde_json::to_string(&id.to_string()).unwrap_or_default();
            self.begin_key(&mut form, format!("\"session_id\": {id}").as_bytes());
        }
        for pair in &self.head {
            self.begin_key(&mut form, b"");
            self.take(&mut form, pair);
        }
        self.begin_key(&mut form, b"\"messages\": [");
        let start = form.length();
        for (number, place) in messages.places.iter().enumerate() {
            if number > 0 {
                form.write(b",");
            }
            form.write(self.layout.before_message(number == 0));
            form.take(place.clone());
        }
        form.elements = start..form.length();
        if messages.count > 0 {
            form.write(self.layout.before_key());
        }
        form.write(b"]");
        for pair in &self.tail {
            self.begin_key(&mut form, b"");
            self.take(&mut form, pair);
        }
        form.write(self.layout.before_end());
        form.write(b"}");
        form
    }

    /// Begins a key and its value with some text.
    fn begin_key(&self, form: &mut Form, text: &[u8]) {
        let is_first = form.length() == 1;
        if !is_first {
            form.write(b",");
        }
        form.write(self.layout.before(is_first));
        form.write(text);
    }

    /// Takes a part of the file, with the new number of messages if the old one is in it.
    fn take(&self, form: &mut Form, part: &Range<u64>) {
        let is_in_it = |place: &&Range<u64>| part.start <= place.start && place.end <= part.end;
        let Some(place) = self.count.as_ref().filter(is_in_it) else {
            form.take(part.clone());
            return;
        };
        form.take(part.start..place.start);
        form.message_count = Some(form.length());
        let number = form.messages.to_string();
        form.write(number.as_bytes());
        form.take(place.end..part.end);
    }
}

/// The white space between the tokens of a session, as the file has it.
#[derive(Clone, Copy)]
struct Layout<'a> {
    /// In front of a message.
    message: &'a [u8],
    /// In front of a top-level key.
    key: &'a [u8],
    /// In front of the last bracket.
    end: &'a [u8],
}

impl<'a> Layout<'a> {
    /// The application indents each level by as much.
    fn of(message: &'a [u8]) -> Self {
        let Some(line) = message.iter().rposition(|byte| *byte == b'\n') else {
            return Self {
                message,
                key: message,
                end: b"",
            };
        };
        let indented = message.len() - (line + 1);
        Self {
            message,
            key: &message[..=line + indented / 2],
            end: &message[..=line],
        }
    }

    const fn has_lines(&self) -> bool {
        !self.end.is_empty()
    }

    const fn before_message(&self, is_first: bool) -> &'a [u8] {
        if self.has_lines() || !is_first {
            self.message
        } else {
            b""
        }
    }

    const fn before(&self, is_first: bool) -> &'a [u8] {
        if self.has_lines() || !is_first {
            self.key
        } else {
            b""
        }
    }

    /// In front of the bracket behind the messages.
    const fn before_key(&self) -> &'a [u8] {
        if self.has_lines() { self.key } else { b"" }
    }

    const fn before_end(&self) -> &'a [u8] {
        self.end
    }
}
