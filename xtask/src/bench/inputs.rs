//! Makes the session files that are read, once: they are kept under `target/`.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;

use super::random::Random;
use super::shapes::{Layout, Shape};
use super::units::size;
use crate::root;

/// Inputs that another revision of this made are not used again.
const REVISION: u32 = 2;

/// The id of a session that is alone in its directory.
pub const ID: &str = "session";

/// A directory of one session, of which nothing is to be restored.
pub struct Pair {
    /// The shape and the size of the live file.
    pub title: String,
    /// The directory.
    pub sessions: PathBuf,
    /// Of both files.
    pub bytes: u64,
    /// In the live file.
    pub messages: u64,
}

impl Pair {
    /// Makes a session of this shape and at most so many bytes, unless there is
    /// one. Its backup was saved before, so that it differs near its beginning.
    pub fn make(shape: Shape, bytes: u64) -> Result<Self> {
        let title = format!("{}, {}", shape.name(), size(bytes));
        Self::with_backup(title, shape, bytes, |_, backup| {
            write_session(backup, shape, bytes, 0, BEFORE)?;
            Ok(())
        })
    }

    /// Makes one whose backup has nothing in common with it, and is a tenth shorter.
    pub fn strangers(shape: Shape, bytes: u64) -> Result<Self> {
        let title = format!("{}, {}, nothing in common", shape.name(), size(bytes));
        Self::with_backup(title, shape, bytes, |_, backup| {
            write_session(backup, shape, bytes - bytes / 10, 1, BEFORE)?;
            Ok(())
        })
    }

    /// Makes one whose backup is the same bytes, as after a restore.
    pub fn twins(shape: Shape, bytes: u64) -> Result<Self> {
        let title = format!("{}, {}, the same bytes twice", shape.name(), size(bytes));
        Self::with_backup(title, shape, bytes, |live, backup| {
            Ok(fs::hard_link(live, backup)?)
        })
    }

    fn with_backup(
        title: String,
        shape: Shape,
        bytes: u64,
        second: impl Fn(&Path, &Path) -> Result<()>,
    ) -> Result<Self> {
        let (sessions, messages) = kept(&title, |sessions| {
            let [live, backup] = files(sessions, ID);
            let messages = write_session(&live, shape, bytes, 0, NOW)?;
            second(&live, &backup)?;
            Ok(messages)
        })?;
        let mut bytes = 0;
        for file in files(&sessions, ID) {
            bytes += fs::metadata(file)?.len();
        }
        Ok(Self {
            title,
            sessions,
            bytes,
            messages,
        })
    }

    /// The live file and its backup.
    pub fn files(&self) -> [PathBuf; 2] {
        files(&self.sessions, ID)
    }
}

/// The sizes of the sessions of a sweep, in tenths of their mean.
const TENTHS: [u64; 5] = [2, 5, 10, 13, 20];

/// Makes a directory of sessions of about so many bytes each in the mean, unless
/// there is one; gives it, and the bytes of all live files. Some have a backup,
/// of half their length: nothing is to be restored.
pub fn sweep(sessions: u64, backups: u64, bytes: u64) -> Result<(PathBuf, u64)> {
    let title = format!("{sessions} sessions, {backups} backups");
    kept(&title, |directory| {
        let mut total = 0;
        for (number, tenths) in (0..sessions).zip(TENTHS.into_iter().cycle()) {
            let [live, backup] = files(directory, &format!("{number:012x}"));
            let bytes = bytes * tenths / 10;
            write_session(&live, Shape::Prose, bytes, number, NOW)?;
            total += fs::metadata(live)?.len();
            if number.is_multiple_of(sessions / backups) {
                write_session(&backup, Shape::Prose, bytes / 2, number, BEFORE)?;
            }
        }
        Ok(total)
    })
}

/// Makes a directory of backups of so many bytes, unless there is one.
pub fn backups(sessions: u64, bytes: u64) -> Result<PathBuf> {
    let title = format!("{sessions} backups, {}", size(bytes));
    let (directory, _) = kept(&title, |directory| {
        for number in 0..sessions {
            let [_, backup] = files(directory, &format!("{number:012x}"));
            write_session(&backup, Shape::Prose, bytes, number, BEFORE)?;
        }
        Ok(sessions)
    })?;
    Ok(directory)
}

/// Makes the directory anew, with these backups and live files without messages.
pub fn make_restores(backups: &Path, directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    fs::create_dir_all(directory)?;
    for entry in fs::read_dir(backups)? {
        let backup = entry?.path();
        let name = backup.file_name().context("an entry has a name")?;
        let new = directory.join(name);
        fs::copy(&backup, &new)?;
        fs::write(new.with_extension(""), r#"{"messages": []}"#)?;
    }
    Ok(())
}

/// The files that a sweep has to read.
pub fn pairs(sessions: &Path) -> Result<Vec<PathBuf>> {
    let mut pairs = Vec::new();
    for entry in fs::read_dir(sessions)? {
        let backup = entry?.path();
        if backup.extension().is_some_and(|end| end == "bak") {
            pairs.extend([backup.with_extension(""), backup]);
        }
    }
    Ok(pairs)
}

/// A session's live file and its backup.
pub fn files(sessions: &Path, id: &str) -> [PathBuf; 2] {
    ["json", "json.bak"].map(|end| sessions.join(format!("{id}.{end}")))
}

/// Makes a directory of that name unless it is there; gives it, and the figure
/// that was noted when it was made.
fn kept(name: &str, make: impl FnOnce(&Path) -> Result<u64>) -> Result<(PathBuf, u64)> {
    let inputs = root().join(format!("target/bench/inputs/{REVISION}"));
    let name = name.replace(", ", "-").replace(' ', "_");
    let directory = inputs.join(&name);
    // Beside the directory, where no sweep reads it; it comes last, so what lacks it is not whole.
    let note = inputs.join(format!("{name}.figure"));
    if let Ok(figure) = fs::read_to_string(&note) {
        return Ok((directory, figure.parse()?));
    }
    eprintln!("Making the input {name}");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    let figure = make(&directory)?;
    fs::write(note, figure.to_string())?;
    Ok((directory, figure))
}

/// In pieces of this size the system lays out the files of all shapes alike in its
/// cache, and so reads them equally fast.
const PIECE: usize = 1 << 20;

/// What stands around the messages.
#[derive(Serialize)]
struct Frame<'a> {
    session_id: &'a str,
    title: &'a str,
    workspace: &'a str,
    model: &'a str,
    created_at: f64,
    updated_at: f64,
    pinned: bool,
    project_id: Option<&'a str>,
    input_tokens: u32,
    output_tokens: u32,
    messages: [(); 0],
    tool_calls: [(); 0],
}

/// When a live file was saved, and when its backup was.
pub const NOW: f64 = 1_760_000_000.5;
const BEFORE: f64 = 1_750_000_900.5;

const FRAME: Frame = Frame {
    session_id: ID,
    title: "Déjà vu: what the measurements are made on",
    workspace: "/srv/workspace",
    model: "example-1",
    created_at: 1_750_000_000.5,
    updated_at: NOW,
    pinned: false,
    project_id: None,
    input_tokens: 123_456,
    output_tokens: 654_321,
    messages: [],
    tool_calls: [],
};

/// Writes a session of at most so many bytes, but of one message at least;
/// gives how many it has. The same number makes the same messages.
pub fn write_session(
    file: &Path,
    shape: Shape,
    bytes: u64,
    number: u64,
    updated_at: f64,
) -> Result<u64> {
    let layout = shape.layout();
    let size = usize::try_from(bytes)?;
    let (head, tail) = layout.around_messages(updated_at)?;
    let mut file = BufWriter::with_capacity(PIECE, File::create(file)?);
    file.write_all(head.as_bytes())?;
    let mut room = size.saturating_sub(head.len() + tail.len());
    let mut random = Random::new(number);
    let mut messages: u32 = 0;
    loop {
        let message = shape.message(&mut random, messages, size);
        let message = layout.element(messages == 0, &message)?;
        if message.len() > room && messages > 0 {
            break;
        }
        file.write_all(message.as_bytes())?;
        room = room.saturating_sub(message.len());
        messages += 1;
    }
    file.write_all(tail.as_bytes())?;
    file.into_inner()?;
    Ok(messages.into())
}

impl Layout {
    /// What stands before the first message and after the last.
    fn around_messages(self, updated_at: f64) -> Result<(String, String)> {
        let empty = self.text(&Frame {
            updated_at,
            ..FRAME
        })?;
        let key = "\"messages\":";
        let (head, rest) = empty.split_once(key).context("no messages")?;
        let (space, tail) = rest.split_once("[]").context("no empty array")?;
        let end = match self {
            Self::Indented => "\n  ]",
            Self::Compact | Self::CompactAscii => "]",
        };
        Ok((format!("{head}{key}{space}["), format!("{end}{tail}")))
    }

    /// The message as an element of the array, with what separates it.
    fn element(self, is_first: bool, message: &impl Serialize) -> Result<String> {
        let comma = if is_first { "" } else { "," };
        let text = self.text(message)?;
        Ok(match self {
            // A raw end of line is never within a string.
            Self::Indented => format!("{comma}\n    {}", text.replace('\n', "\n    ")),
            Self::Compact | Self::CompactAscii => format!("{comma}{text}"),
        })
    }

    fn text(self, value: &impl Serialize) -> Result<String> {
        Ok(match self {
            Self::Indented => serde_json::to_string_pretty(value)?,
            Self::Compact => serde_json::to_string(value)?,
            Self::CompactAscii => ascii(&serde_json::to_string(value)?),
        })
    }
}

/// The JSON with an escape for all that is not ASCII, which stands in strings
/// alone.
fn ascii(json: &str) -> String {
    let mut escaped = String::with_capacity(2 * json.len());
    for character in json.chars() {
        if character.is_ascii() {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // A string takes whatever is written into it.
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn sessions_are_json_of_the_size_and_count_that_was_asked_for() {
        let file = std::env::temp_dir().join(format!("bench-inputs-{}", std::process::id()));
        for shape in Shape::ALL {
            let messages = write_session(&file, shape, 40_000, 7, NOW).expect("it can be written");
            let bytes = fs::read(&file).expect("it can be read");
            let session: Value = serde_json::from_slice(&bytes).expect("it is JSON");
            let counted = session["messages"].as_array().map(Vec::len);
            assert_eq!(counted, usize::try_from(messages).ok(), "{shape:?}");
            assert!((20_000..=40_000).contains(&bytes.len()), "{shape:?}");
            let is_ascii = shape.layout() == Layout::CompactAscii;
            assert_eq!(bytes.is_ascii(), is_ascii, "{shape:?}");
        }
        fs::remove_file(file).expect("it can be removed");
    }
}
