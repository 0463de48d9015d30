//! The application's temporary files: a crash between its write and its rename leaves a
//! whole, newest session in one, which nothing of the application reads again.

use crate::answer::{Note, NoteKind, Recommendation, Status};
use crate::directory::Directory;
use crate::judge::read;
use crate::session::SessionId;

/// How many messages a temporary file holds, if it is readable.
pub fn messages(directory: &impl Directory, name: &str) -> Option<u32> {
    let file = directory.open(name).ok()?;
    read(&file).messages()
}

/// Adds a note to a status if one of the session's temporary files holds more messages
/// than what is, or is about to be, in the live file's place.
pub fn add_note(directory: &impl Directory, id: &SessionId, names: &[String], status: &mut Status) {
    let is_due = status.recommendation == Recommendation::Restore || status.guard.is_some();
    if !is_due && status.live.messages().is_some() {
        return;
    }
    let there = status.live.messages().max(status.backup.messages());
    let found = names
        .iter()
        .filter_map(|name| Some((messages(directory, name)?, name)))
        .max();
    let Some((messages, name)) = found.filter(|(messages, _)| Some(*messages) > there) else {
        return;
    };
    let is_live_there = status.live != crate::answer::File::MISSING;
    status.notes.push(Note::new(
        NoteKind::TemporaryFile,
        format!(
            "{name}, which the application left, holds more: {messages} messages. The application removes such files. {}",
            how_to_place(id, name, is_live_there)
        ),
    ));
}

/// What to do to put a temporary file in the live file's place by hand.
#[must_use]
pub fn how_to_place(id: &SessionId, name: &str, is_live_there: bool) -> String {
    let live = id.live_name();
    let aside = if is_live_there {
        let kept = quoted(&format!("{live}.before"));
        format!("mv -n -- {} {kept} && ", quoted(&live))
    } else {
        String::new()
    };
    format!(
        "Stop the application, then run in the session directory: {aside}mv -n -- {} {}",
        quoted(name),
        quoted(&live)
    )
}

/// A name as a shell takes it.
fn quoted(name: &str) -> String {
    let escaped: String = name
        .chars()
        .flat_map(|character| match character {
            '\'' => vec!['\'', '\\', '\'', '\''],
            other => vec![other],
        })
        .collect();
    format!("'{escaped}'")
}
