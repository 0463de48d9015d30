//! Finds sessions in the application's temporary files. If the application crashes between its
//! write and its rename, the temporary file holds a whole session, perhaps the newest. The
//! application never reads it again.

use std::ops::ControlFlow;

use crate::answer::{self, Note, NoteKind, Recommendation, Status};
use crate::count::Counter;
use crate::directory::{Directory, File, WHOLE, each_chunk};
use crate::session::SessionId;
use crate::verdict::recommend::many;

/// A temporary file's name, and how many messages it holds if it is readable.
pub type Temporary<'a> = (&'a str, Option<u32>);

/// Reads these temporary files.
pub fn read_all<'a>(directory: &impl Directory, names: &'a [String]) -> Vec<Temporary<'a>> {
    let messages = |name: &str| messages_of(&directory.open(name).ok()?);
    let names = names.iter().map(String::as_str);
    names.map(|name| (name, messages(name))).collect()
}

/// How many messages a file holds, if it is a readable session.
fn messages_of(file: &impl File) -> Option<u32> {
    let mut counter = Counter::default();
    each_chunk(file, &WHOLE, &mut |_, bytes| {
        counter.feed(bytes);
        if counter.is_settled() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })
    .ok()?;
    Some(counter.finish().ok()?.messages)
}

/// Adds a note to a status if one of the session's temporary files holds more messages than what
/// is, or is about to be, in the live file's place.
pub fn add_note(directory: &impl Directory, id: &SessionId, names: &[String], status: &mut Status) {
    add_note_of(id, &read_all(directory, names), status);
}

/// Does what [`add_note`] does, if the temporary files have been read.
pub fn add_note_of(id: &SessionId, files: &[Temporary], status: &mut Status) {
    let there = status.live.messages().max(status.backup.messages());
    let readable = files.iter();
    let found = readable
        .filter_map(|(name, messages)| Some(((*messages)?, *name)))
        .max();
    let Some((messages, name)) = found.filter(|(messages, _)| Some(*messages) > there) else {
        return;
    };
    // A restore that is due puts one there.
    let is_live_there =
        status.live != answer::File::MISSING || status.recommendation == Recommendation::Restore;
    status.notes.push(Note::new(
        NoteKind::TemporaryFile,
        format!(
            "The application left {name}, which holds more: {}. The application removes such files. {}",
            many(messages),
            how_to_place(id, name, is_live_there)
        ),
    ));
}

/// What to do to put a temporary file in the live file's place by hand. The commands fail if a name
/// is taken.
#[must_use]
pub fn how_to_place(id: &SessionId, name: &str, is_live_there: bool) -> String {
    if name.contains(char::is_control) {
        return "Its name contains characters that no command can show. Rename it first."
            .to_owned();
    }
    let live = id.live_name();
    let [before, live, name] = [&*format!("{live}.before"), &live, name].map(quoted);
    let commands = if is_live_there {
        format!("ln -- {live} {before} && mv -f -- {name} {live}")
    } else {
        format!("ln -- {name} {live} && rm -- {name}")
    };
    format!("Stop the application, then run in the session directory: {commands}")
}

/// What to do to remove a file by hand.
#[must_use]
pub fn how_to_remove(name: &str) -> String {
    format!("Run in the session directory: rm -- {}", quoted(name))
}

/// A session's ID as a word of a command.
#[must_use]
pub fn word(id: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.".contains(&byte);
    if id.bytes().all(is_plain) {
        id.to_owned()
    } else {
        format!("-- {}", quoted(id))
    }
}

/// A name as a shell takes it.
fn quoted(name: &str) -> String {
    let parts: Vec<_> = name.split('\'').collect();
    format!("'{}'", parts.join("'\\''"))
}
