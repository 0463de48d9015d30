//! Answers as JSON: the keys of the original, so that its callers can read
//! them, and further keys that it lacks.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::answer::{
    Action, Entry, Error, ErrorCode, File, FileState, Outcome, Problem, Recommendation, Status,
    Summary,
};

pub fn status(status: &Status) -> String {
    document(&Session::new(status))
}

pub fn outcome(outcome: &Outcome) -> String {
    document(&Session::from(outcome))
}

pub fn summary(summary: &Summary, dry_run: bool) -> String {
    let restored = summary
        .sessions
        .iter()
        .filter(|outcome| outcome.is_restored());
    document(&Sweep {
        scanned: summary.scanned,
        restored: summary.restored,
        details: restored.map(Session::from).collect(),
        dry_run,
        sessions: summary.sessions.iter().map(Session::from).collect(),
        orphans: &summary.orphans,
        oddities: &summary.oddities,
    })
}

pub fn entries(entries: &[Entry]) -> String {
    let entries = entries.iter().map(|entry| Listed {
        session_id: entry.session_id.as_deref(),
        live: entry.live,
        bak: entry.backup,
        oddity: entry.oddity.as_ref(),
    });
    document(&List {
        sessions: entries.collect(),
    })
}

pub fn error(error: &Error) -> String {
    document(&Failure {
        error: &error.message,
        code: error.code,
    })
}

/// What the original says of a session, and more.
#[derive(Serialize)]
#[allow(clippy::struct_field_names, reason = "the original's keys")]
struct Session<'a> {
    session_id: &'a str,
    live_messages: i64,
    bak_messages: i64,
    recommend: Recommendation,
    #[serde(skip_serializing_if = "Option::is_none")]
    restored: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,

    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<Action>,
    reason: &'a str,
    live: FileShape<'a>,
    bak: FileShape<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live_only: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Error],
}

impl<'a> Session<'a> {
    fn new(status: &'a Status) -> Self {
        Self {
            session_id: &status.session_id,
            live_messages: count(&status.live),
            bak_messages: count(&status.backup),
            recommend: status.recommendation,
            restored: None,
            error: status.obstacle.as_ref().map(|error| &*error.message),
            action: None,
            reason: &status.reason,
            live: (&status.live).into(),
            bak: (&status.backup).into(),
            live_only: status.live_only,
            source: None,
            merged: None,
            kept: None,
            errors: &[],
        }
    }
}

impl<'a> From<&'a Outcome> for Session<'a> {
    fn from(outcome: &'a Outcome) -> Self {
        let cause = outcome
            .errors
            .first()
            .filter(|_| outcome.action == Action::Failed);
        Self {
            restored: Some(outcome.is_restored()),
            error: cause.map(|error| &*error.message),
            action: Some(outcome.action),
            source: outcome.source.as_deref(),
            merged: Some(outcome.merged).filter(|merged| *merged > 0),
            kept: outcome.kept.as_deref(),
            errors: &outcome.errors,
            ..Self::new(&outcome.status)
        }
    }
}

/// A file's count as the original gives it: -1 where there is none.
fn count(file: &File) -> i64 {
    file.messages().map_or(-1, i64::from)
}

#[derive(Serialize)]
struct FileShape<'a> {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a Problem>,
}

impl<'a> From<&'a File> for FileShape<'a> {
    fn from(file: &'a File) -> Self {
        Self {
            state: match file.state {
                FileState::Missing => "missing",
                FileState::Readable { .. } => "readable",
                FileState::Unreadable(_) => "unreadable",
                FileState::Undecided(_) => "undecided",
            },
            bytes: file.bytes,
            problem: file.problem(),
        }
    }
}

/// What the original says of a sweep, and more.
#[derive(Serialize)]
struct Sweep<'a> {
    scanned: u32,
    restored: u32,
    details: Vec<Session<'a>>,

    dry_run: bool,
    sessions: Vec<Session<'a>>,
    orphans: &'a [String],
    oddities: &'a [Error],
}

#[derive(Serialize)]
struct List<'a> {
    sessions: Vec<Listed<'a>>,
}

#[derive(Serialize)]
struct Listed<'a> {
    session_id: Option<&'a str>,
    live: bool,
    bak: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    oddity: Option<&'a Error>,
}

#[derive(Serialize)]
struct Failure<'a> {
    error: &'a str,
    code: ErrorCode,
}

/// One document on one line, in ASCII: names from the directory can hold
/// characters that a terminal would obey.
fn document(shape: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Ascii);
    if let Err(error) = shape.serialize(&mut serializer) {
        return format!("{{\"error\":\"the answer cannot be written as JSON: {error}\"}}\n");
    }
    bytes.push(b'\n');
    String::from_utf8_lossy(&bytes).into_owned()
}

struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for character in fragment.chars() {
            if (' '..='~').contains(&character) {
                writer.write_all(&[character as u8])?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}
