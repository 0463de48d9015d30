//! Reads which sessions the application's index has, and how many messages each should hold. It
//! also renames the index, so that the application creates a new one.

use crate::app::document::Document;
use crate::app::ids::{Ids, LONGEST_SPELLED};
use crate::count::{Bracket, Event, Token};
use crate::directory::{Bytes, Directory, FsError, file_id_of};
use crate::session::{INDEX, replaced_index_name};

/// How many names are tried for an index that is renamed.
const NAMES: u32 = 10_000;
/// How often another name is looked for, if somebody takes the free one first.
const ATTEMPTS: u32 = 10;

/// Finds the first free name for an index that is to be renamed. The application reads no such
/// file.
///
/// # Errors
///
/// Fails with what the host answers, or with [`FsError::Exists`] if no name is free.
pub fn free_name(directory: &impl Directory) -> Result<String, FsError> {
    for number in 1..=NAMES {
        let name = replaced_index_name(number);
        if file_id_of(directory, &name)?.is_none() {
            return Ok(name);
        }
    }
    Err(FsError::Exists)
}

/// Renames the index, and gives its new name.
pub fn set_aside(directory: &impl Directory) -> Result<String, FsError> {
    for _ in 0..ATTEMPTS {
        let aside = free_name(directory)?;
        match directory.link(INDEX, &aside) {
            Ok(()) => return directory.remove(INDEX).map(|()| aside),
            // Something got the name in the meantime.
            Err(FsError::Exists) => {}
            // There are file systems without second names.
            Err(_) => return directory.rename(INDEX, &aside).map(|()| aside),
        }
    }
    Err(FsError::Exists)
}

/// A row of the index.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The session's ID.
    pub id: String,
    /// How many messages the row says it holds.
    pub messages: Option<u64>,
}

/// Gives the rows of the index, by ID, each once. If the index is not an array, there are none.
pub fn rows(directory: &impl Directory) -> Result<Vec<Row>, FsError> {
    let file = directory.open(INDEX)?;
    let mut rows = read(&file)?;
    rows.dedup_by(|later, row| later.id == row.id);
    Ok(rows)
}

fn read(file: &dyn Bytes) -> Result<Vec<Row>, FsError> {
    let Some(rows) = read_array(file)? else {
        return Ok(Vec::new());
    };
    let rows = rows.ended.sorted();
    rows.ok_or_else(|| FsError::Io("it has too many rows".to_owned()))
}

/// Gives the sessions of an index, sorted, if it is a list of rows that each name their session.
pub fn sessions(file: &dyn Bytes) -> Result<Option<Vec<String>>, FsError> {
    let rows = read_array(file)?.filter(|rows| rows.elements == rows.with_id);
    let ids = |rows: Vec<Row>| rows.into_iter().map(|row| row.id).collect();
    Ok(rows.and_then(|rows| rows.ended.sorted()).map(ids))
}

fn read_array(file: &dyn Bytes) -> Result<Option<Rows>, FsError> {
    let mut rows = Rows::default();
    let document = Document::holding(LONGEST_SPELLED);
    let read = document.read(file, &mut |depth, event| rows.take(depth, &event))?;
    Ok((read.is_no_object() && rows.are_in_array).then_some(rows))
}

/// The rows of the index as far as they are read.
#[derive(Default)]
struct Rows {
    are_in_array: bool,
    key: RowKey,
    /// Of the present row.
    id: Option<String>,
    messages: Option<u64>,
    ended: Ids<Row>,
    /// How many elements the array has, and how many of them are rows with an ID.
    elements: u64,
    with_id: u64,
}

#[derive(Default, PartialEq, Eq)]
enum RowKey {
    SessionId,
    MessageCount,
    #[default]
    Other,
}

impl Rows {
    fn take(&mut self, depth: u32, event: &Event) {
        match (depth, event) {
            (0, Event::Opens(bracket)) => self.are_in_array = *bracket == Bracket::Array,
            (1, Event::Opens(_)) => {
                self.elements += 1;
                (self.key, self.id, self.messages) = (RowKey::Other, None, None);
            }
            (1, Event::Scalar(_)) => self.elements += 1,
            (1, Event::Closes) => self.end_row(),
            (2, Event::Key(key)) => self.begin(key),
            (2, Event::Scalar(value)) => self.set(value),
            (2, Event::Opens(_)) if self.key == RowKey::SessionId => self.id = None,
            _ => {}
        }
    }

    fn begin(&mut self, key: &Token) {
        self.key = if key.is("session_id") {
            RowKey::SessionId
        } else if key.is("message_count") {
            RowKey::MessageCount
        } else {
            RowKey::Other
        };
    }

    fn set(&mut self, value: &Token) {
        match self.key {
            RowKey::SessionId => {
                let is_whole = value.is_text && !value.is_cut;
                self.id = is_whole.then(|| value.to_text());
            }
            RowKey::MessageCount if !value.is_text => self.messages = value.to_text().parse().ok(),
            RowKey::MessageCount | RowKey::Other => {}
        }
    }

    fn end_row(&mut self) {
        if let Some(id) = self.id.take() {
            self.with_id += 1;
            let messages = self.messages;
            self.ended.take_as(id.len(), Row { id, messages });
        }
    }
}
