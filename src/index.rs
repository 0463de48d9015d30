//! Which sessions the application's index has.

use crate::count::{Bracket, Event};
use crate::directory::{Directory, Fault, File, mark_of};
use crate::document::Document;
use crate::ids::{Ids, LONGEST_SPELLED};
use crate::session::INDEX;

/// So many names are tried for an index that is set aside.
const NAMES: u32 = 10_000;
/// How often another name is looked for, after something got the one that was free.
const ATTEMPTS: u32 = 10;

/// The first free name for an index that is set aside. The application reads no such file.
///
/// # Errors
///
/// Whatever the host answers, or [`Fault::Exists`] where none is free.
pub fn free_name(directory: &impl Directory) -> Result<String, Fault> {
    for number in 1..=NAMES {
        let name = format!("{INDEX}.replaced.{number}");
        if mark_of(directory, &name)?.is_none() {
            return Ok(name);
        }
    }
    Err(Fault::Exists)
}

/// Gives the index such a name, and gives that.
///
/// # Errors
///
/// Whatever the host answers.
pub fn set_aside(directory: &impl Directory) -> Result<String, Fault> {
    for _ in 0..ATTEMPTS {
        let aside = free_name(directory)?;
        match directory.link(INDEX, &aside) {
            Ok(()) => return directory.remove(INDEX).map(|()| aside),
            // Something got the name in the meantime.
            Err(Fault::Exists) => {}
            // There are file systems without second names.
            Err(_) => return directory.rename(INDEX, &aside).map(|()| aside),
        }
    }
    Err(Fault::Exists)
}

/// The ids in the index, sorted, each once; none where it is no array.
///
/// # Errors
///
/// It cannot be read.
pub fn ids(directory: &impl Directory) -> Result<Vec<String>, Fault> {
    let file = directory.open(INDEX)?;
    let mut ids = read(&file)?;
    ids.dedup();
    Ok(ids)
}

fn read(file: &impl File) -> Result<Vec<String>, Fault> {
    let mut rows = Rows::default();
    let document = Document::holding(LONGEST_SPELLED);
    let read = document.read(file, &mut |depth, event| rows.take(depth, &event))?;
    if !(read.is_no_object() && rows.are_in_array) {
        return Ok(Vec::new());
    }
    let ids = rows.ids.sorted();
    ids.ok_or_else(|| Fault::Io("it has more rows than there is memory for".to_owned()))
}

/// The rows of the index as far as they are read.
#[derive(Default)]
struct Rows {
    are_in_array: bool,
    is_at_id: bool,
    /// The id of the present row.
    id: Option<String>,
    ids: Ids,
}

impl Rows {
    fn take(&mut self, depth: u32, event: &Event) {
        match (depth, event) {
            (0, Event::Opens(bracket)) => self.are_in_array = *bracket == Bracket::Array,
            (1, Event::Opens(_)) => (self.is_at_id, self.id) = (false, None),
            (1, Event::Closes) => self.end_row(),
            (2, Event::Key(key)) => self.is_at_id = key.is("session_id"),
            (2, Event::Scalar(id)) if self.is_at_id => {
                let is_whole = id.is_text && !id.is_cut;
                self.id = is_whole.then(|| id.to_text());
            }
            (2, Event::Opens(_)) if self.is_at_id => self.id = None,
            _ => {}
        }
    }

    fn end_row(&mut self) {
        if let Some(id) = self.id.take() {
            self.ids.take(id);
        }
    }
}
