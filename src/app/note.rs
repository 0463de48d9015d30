//! Finds what the files of a session say beside their messages. The counts do not show it, but it
//! matters to whoever restores the session.

use crate::answer::{Note, NoteKind};
use crate::count::{Facts, Key, Value};
use crate::session::SessionId;

/// How many characters of a title are quoted.
const QUOTED: usize = 80;

/// What a live file and its backup say, if they are readable.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// The live file.
    pub live: Option<&'a Facts>,
    /// The backup.
    pub backup: Option<&'a Facts>,
}

/// Gives the notes on a session. If a restore `is_due`, they also say what else differs between the
/// two files.
#[must_use]
pub fn notes(id: &SessionId, files: Pair, is_due: bool) -> Vec<Note> {
    let due = [
        active_stream(files),
        other_title(files),
        other_project(files),
    ];
    [other_id(id, files), pending_message(files)]
        .into_iter()
        .chain(due.into_iter().filter(|_| is_due))
        .flatten()
        .collect()
}

/// Gives the ID inside a file, if it differs from the one in the file's name. The application uses
/// the one inside.
#[must_use]
pub fn id_inside(id: &SessionId, facts: &Facts) -> Option<String> {
    let inside = facts.value(Key::SessionId).text()?.to_text();
    (!inside.is_empty() && inside != id.to_string()).then_some(inside)
}

fn other_id(id: &SessionId, files: Pair) -> Option<Note> {
    let of_live = files.live.map(|facts| (id.live_name(), facts));
    let (name, facts) = of_live.or_else(|| files.backup.map(|facts| (id.backup_name(), facts)))?;
    let inside = id_inside(id, facts)?;
    Some(Note::new(
        NoteKind::OtherId,
        format!(
            "The ID inside {name} is {}. The application lists and saves the session under that ID.",
            quoted(&inside)
        ),
    ))
}

fn pending_message(files: Pair) -> Option<Note> {
    let pending = |facts: &Facts| facts.value(Key::PendingUserMessage).clone();
    let (live, backup) = (pending(files.live?), files.backup.map(pending)?);
    (live.is_truthy() && live != backup).then(|| {
        Note::new(
            NoteKind::PendingMessage,
            "The live file holds a message that was sent but not answered (`pending_user_message`). \
             No other file holds it. A restore leaves it only in the kept file, even with --merge. \
             With --discard it is lost."
                .to_owned(),
        )
    })
}

fn active_stream(files: Pair) -> Option<Note> {
    let stream = files.backup?.value(Key::ActiveStreamId);
    stream.is_truthy().then(|| {
        Note::new(
            NoteKind::ActiveStream,
            "The backup was made during an answer (`active_stream_id`). \
             After a restore, the application may show the session as busy until it is restarted."
                .to_owned(),
        )
    })
}

fn other_title(files: Pair) -> Option<Note> {
    let [live, backup] = [files.live?, files.backup?].map(|facts| text(facts, Key::Title));
    let (live, backup) = (live?, backup?);
    (live != backup).then(|| {
        Note::new(
            NoteKind::OtherTitle,
            format!(
                "The backup has another title: {} instead of {}.",
                quoted(&backup),
                quoted(&live)
            ),
        )
    })
}

fn other_project(files: Pair) -> Option<Note> {
    let [live, backup] = [files.live?, files.backup?].map(|facts| facts.value(Key::ProjectId));
    let is_known = |value: &Value| matches!(value, Value::Scalar(token) if !token.is_cut);
    (is_known(live) && is_known(backup) && live != backup).then(|| {
        Note::new(
            NoteKind::OtherProject,
            "The backup belongs to another project (`project_id`) than the live file.".to_owned(),
        )
    })
}

fn text(facts: &Facts, key: Key) -> Option<String> {
    Some(facts.value(key).text()?.to_text())
}

fn quoted(text: &str) -> String {
    let mut characters = text.chars();
    let shown: String = characters.by_ref().take(QUOTED).collect();
    let more = if characters.next().is_some() {
        "…"
    } else {
        ""
    };
    format!("\u{201c}{shown}{more}\u{201d}")
}

impl Note {
    /// A note of this kind in these words.
    #[must_use]
    pub const fn new(kind: NoteKind, message: String) -> Self {
        Self { kind, message }
    }
}
