//! Whether a session whose live file is gone is gone on purpose: the application
//! lists those that its users deleted, and a host may know which ones there are.

use std::cell::OnceCell;

use crate::answer::{Error, ErrorCode, Guard};
use crate::count::{Bracket, Event, Token, is_stripped};
use crate::directory::{Directory, Fault, File, Kind};
use crate::document::{Document, sorted};
use crate::session::{DELETED, SessionId};

/// So many ids of the list are taken; the application writes no more than 1,000.
const MOST: usize = 100_000;

/// What tells that a live file is gone on purpose. The list is read when it is
/// first asked for.
#[derive(Debug)]
pub struct Gone<'a, D> {
    directory: &'a D,
    /// What bears the list's name.
    kind: Option<Kind>,
    deleted: OnceCell<Result<Vec<String>, Error>>,
    /// The sessions that there are, sorted, if the host knows them.
    known: Option<Vec<String>>,
}

impl<'a, D: Directory> Gone<'a, D> {
    /// What the directory tells; `kind` is what bears the list's name.
    pub const fn of(directory: &'a D, kind: Option<Kind>) -> Self {
        Self {
            directory,
            kind,
            deleted: OnceCell::new(),
            known: None,
        }
    }

    /// The same, and what the host knows.
    #[must_use]
    pub fn knowing(mut self, known: Option<Vec<String>>) -> Self {
        self.known = known.map(sorted);
        self
    }

    /// Why a session without a live file is to stay so.
    pub fn guard(&self, id: &SessionId) -> Option<Guard> {
        let id = id.to_string();
        if let Ok(deleted) = self.deleted()
            && deleted.binary_search(&id).is_ok()
        {
            return Some(Guard::Deleted);
        }
        let is_unknown = |known: &Vec<String>| known.binary_search(&id).is_err();
        let is_unknown = self.known.as_ref().is_some_and(is_unknown);
        is_unknown.then_some(Guard::Unknown)
    }

    /// Why the list told nothing, if it was asked for and did not. In doubt nobody
    /// deleted anything.
    pub fn complaint(&self) -> Option<&Error> {
        self.deleted.get()?.as_ref().err()
    }

    /// The ids of the list, sorted.
    pub fn deleted(&self) -> &Result<Vec<String>, Error> {
        self.deleted.get_or_init(|| {
            let opened = match self.kind {
                None => return Ok(Vec::new()),
                Some(Kind::File) => self.directory.open(DELETED),
                Some(Kind::Link) => Err(Fault::IsLink),
                Some(Kind::Directory) => Err(Fault::IsDirectory),
                Some(Kind::Special) => return Err(no_list()),
            };
            let ids = opened.and_then(|file| read(&file));
            let ids = ids.map_err(|fault| {
                fault.while_reading(&format!(
                    "Which sessions were deleted cannot be told from {DELETED}"
                ))
            });
            ids?.map(sorted).ok_or_else(no_list)
        })
    }
}

fn no_list() -> Error {
    Error::new(
        ErrorCode::Other,
        format!(
            "Which sessions were deleted cannot be told from {DELETED}: it is no list of version 1. Remedy: look at it, or move it away."
        ),
    )
}

/// The ids of the list, if it is one.
fn read(file: &impl File) -> Result<Option<Vec<String>>, Fault> {
    let mut list = List::default();
    let read = Document::default().read(file, &mut |depth, event| list.take(depth, &event))?;
    let is_list = read.is_object() && list.is_of_version_1 && list.are_ids_there;
    Ok(is_list.then_some(list.ids))
}

/// The list as far as it is read.
#[derive(Default)]
struct List {
    key: Key,
    is_of_version_1: bool,
    are_ids_there: bool,
    ids: Vec<String>,
}

#[derive(Default, PartialEq, Eq)]
enum Key {
    Version,
    Ids,
    #[default]
    Other,
}

impl List {
    fn take(&mut self, depth: u32, event: &Event) {
        match (depth, event) {
            (1, Event::Key(key)) => self.begin(key),
            (1, Event::Scalar(version)) if self.key == Key::Version => {
                self.is_of_version_1 = is_1(version);
            }
            (1, Event::Opens(Bracket::Array)) if self.key == Key::Ids => {
                self.are_ids_there = true;
            }
            (1, Event::Opens(_)) => self.key = Key::Other,
            (2, Event::Scalar(id)) if self.key == Key::Ids && self.ids.len() < MOST => {
                self.ids.extend(id_of(id));
            }
            _ => {}
        }
    }

    /// Of the same keys the last one stands.
    fn begin(&mut self, key: &Token) {
        self.key = if key.is("version") {
            self.is_of_version_1 = false;
            Key::Version
        } else if key.is("ids") {
            self.ids.clear();
            self.are_ids_there = false;
            Key::Ids
        } else {
            Key::Other
        };
    }
}

/// Whether Python's `int` makes 1 of it: of the number, the text or `true`.
fn is_1(version: &Token) -> bool {
    let text = version.to_text();
    if version.is_text {
        return text.trim_matches(is_stripped) == "1";
    }
    // A number with an exponent is none that the application writes.
    let whole = text.split('.').next();
    (whole == Some("1") && !text.contains(['e', 'E'])) || version.is_word("true")
}

fn id_of(entry: &Token) -> Option<String> {
    let id = entry.to_text();
    let is_one = entry.is_truthy() && !entry.is_cut;
    is_one.then(|| id.trim_matches(is_stripped).to_owned())
}
