//! Finds sessions in the application's temporary files. If the application crashes between its
//! write and its rename, the temporary file holds a whole session, perhaps the newest. The
//! application never reads it again.

use crate::answer::{Note, NoteKind, Status};
use crate::directory::Directory;
use crate::session::SessionId;
use crate::verdict::judge::Judged;
use crate::verdict::mend::Depth;
use crate::verdict::recommend::many;

/// What a temporary file holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Temporary<'a> {
    /// Its name.
    pub name: &'a str,
    /// How many messages it holds, if it is readable.
    pub messages: Option<u32>,
    /// How many whole messages are left of it, if it is damaged.
    pub left: Option<u32>,
}

/// Reads these temporary files of a session.
pub fn read_all<'a>(
    directory: &impl Directory,
    id: &SessionId,
    names: &'a [String],
) -> Vec<Temporary<'a>> {
    let names = names.iter();
    names
        .map(|name| Temporary::read(directory, id, name))
        .collect()
}

impl<'a> Temporary<'a> {
    fn read(directory: &impl Directory, id: &SessionId, name: &'a str) -> Self {
        let unread = Self {
            name,
            ..Self::default()
        };
        let Ok(file) = directory.open(name) else {
            return unread;
        };
        let judged = Judged::with_remains(file, id, Depth::to_tell(&[]));
        let remains = judged.remains.filter(|remains| !remains.is_doubtful);
        let left = remains.map(|remains| remains.messages());
        Self {
            messages: judged.judgement.answer.messages(),
            left: left.filter(|left| *left > 0),
            ..unread
        }
    }

    /// How many whole messages it holds.
    #[must_use]
    pub fn whole_messages(&self) -> Option<u32> {
        self.messages.or(self.left)
    }
}

/// Adds a note to a status if one of the session's temporary files holds more messages than what
/// is, or is about to be, in the live file's place.
pub fn add_note(directory: &impl Directory, id: &SessionId, names: &[String], status: &mut Status) {
    add_note_of(id, &read_all(directory, id, names), status);
}

/// Does what [`add_note`] does, if the temporary files have been read.
pub fn add_note_of(id: &SessionId, files: &[Temporary], status: &mut Status) {
    let there = status
        .live
        .whole_messages()
        .max(status.backup.whole_messages());
    let found = files
        .iter()
        .filter_map(|file| Some((file.whole_messages()?, file.name, file.left.is_some())))
        .max();
    let Some((messages, name, is_damaged)) = found.filter(|(messages, ..)| Some(*messages) > there)
    else {
        return;
    };
    status.notes.push(Note::new(
        NoteKind::TemporaryFile,
        format!(
            "The application left {name}, which {}holds more: {}. The application removes such files. {}",
            if is_damaged { "is damaged, but " } else { "" },
            many(messages),
            how_to_place(id, name),
        ),
    ));
}

/// Adds a note to a status if files are copies of the session by their names. Nobody has read them.
pub fn add_note_of_copies(id: &SessionId, names: &[String], status: &mut Status) {
    let Some((first, others)) = names.split_first() else {
        return;
    };
    let more = match others.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    status.notes.push(Note::new(
        NoteKind::Other,
        format!(
            "Another file may hold messages of this session: {first}{more}. `sources {}` shows what each file holds.",
            word(&id.to_string())
        ),
    ));
}

/// What to do to put a source in the live file's place.
#[must_use]
pub fn how_to_place(id: &SessionId, name: &str) -> String {
    if name.contains(char::is_control) {
        return "Its name contains characters that no command can show. Rename it first."
            .to_owned();
    }
    let (name, id) = (quoted(name), word(&id.to_string()));
    format!(
        "`diff --from {name} {id}` shows what changes, and `recover --from {name} {id}` puts it in place."
    )
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
#[must_use]
pub fn quoted(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if !name.starts_with('-') && name.bytes().all(is_plain) {
        return name.to_owned();
    }
    let parts: Vec<_> = name.split('\'').collect();
    format!("'{}'", parts.join("'\\''"))
}
