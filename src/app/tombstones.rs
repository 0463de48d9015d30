//! Says whether a session without a live file was deleted on purpose. The application keeps a list
//! of the sessions that users deleted, and a host may know which sessions exist.

mod list;

use std::cell::OnceCell;

use crate::answer::{Error, ErrorCode, Guard};
use crate::directory::{Directory, FsError, Kind};
use crate::session::{DELETED, SessionId};
use crate::sorted::sorted;

/// Knows which sessions were deleted on purpose. The list is read when it is first needed.
#[derive(Debug)]
pub struct Tombstones {
    /// The kind of entry that has the list's name.
    kind: Option<Kind>,
    deleted: OnceCell<Result<Vec<String>, Error>>,
    /// The sessions that there are, sorted, if the host knows them.
    known: Option<Vec<String>>,
    /// Whether an unreadable list keeps sessions from being restored. It does if nobody named them.
    is_careful: bool,
}

impl Tombstones {
    /// Uses the list in the directory. `kind` is the kind of entry that has its name.
    #[must_use]
    pub const fn of(kind: Option<Kind>) -> Self {
        Self {
            kind,
            deleted: OnceCell::new(),
            known: None,
            is_careful: false,
        }
    }

    /// The same for sessions that nobody named.
    #[must_use]
    pub const fn carefully(mut self) -> Self {
        self.is_careful = true;
        self
    }

    /// The same, and what the host knows.
    #[must_use]
    pub fn knowing(mut self, known: Option<Vec<String>>) -> Self {
        self.known = known.map(sorted);
        self
    }

    /// Why a session without a live file is to stay so.
    pub fn guard(&self, directory: &impl Directory, id: &SessionId) -> Option<Guard> {
        let id = id.to_string();
        if let Ok(deleted) = self.deleted(directory)
            && deleted.binary_search(&id).is_ok()
        {
            return Some(Guard::Deleted);
        }
        let is_unknown = |known: &Vec<String>| known.binary_search(&id).is_err();
        if self.known.as_ref().is_some_and(is_unknown) {
            return Some(Guard::Unknown);
        }
        let is_in_doubt = self.is_careful && self.complaint().is_some();
        is_in_doubt.then_some(Guard::DeletionsUnknown)
    }

    /// Why the list cannot be used, if it was needed and cannot.
    pub fn complaint(&self) -> Option<&Error> {
        self.deleted.get()?.as_ref().err()
    }

    /// The IDs of the list, sorted.
    ///
    /// # Errors
    ///
    /// The list cannot be read, or has another format.
    pub fn deleted(&self, directory: &impl Directory) -> Result<&[String], &Error> {
        self.read(directory).as_ref().map(Vec::as_slice)
    }

    fn read(&self, directory: &impl Directory) -> &Result<Vec<String>, Error> {
        self.deleted.get_or_init(|| {
            let opened = match self.kind {
                None => return Ok(Vec::new()),
                Some(Kind::File) => directory.open(DELETED),
                Some(Kind::Link) => Err(FsError::IsLink),
                Some(Kind::Directory) => Err(FsError::IsDirectory),
                Some(Kind::Special) => return Err(tells_nothing(list::NO_LIST)),
            };
            match opened.and_then(|file| list::read(&file)) {
                Ok(ids) => ids.map_err(tells_nothing),
                // The application removes it with its last entry.
                Err(FsError::NotFound) => Ok(Vec::new()),
                Err(fault) => Err(fault.while_reading(&cannot_be_told())),
            }
        })
    }
}

fn cannot_be_told() -> String {
    format!("The list of deleted sessions, {DELETED}, cannot be read")
}

fn tells_nothing(why: &str) -> Error {
    let what = cannot_be_told();
    Error::new(ErrorCode::Other, format!("{what}: {why}."))
        .remedied_by("Repair that file, or move it away.")
}
