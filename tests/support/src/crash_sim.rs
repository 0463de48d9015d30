//! Simulates power failures on a directory in memory. A real disk shows its weakest order of events
//! only now and then. This shows every state that a failure may leave, every time.
//!
//! It is built on an [`InMemoryDirectory`], whose files count as durable, and records every call
//! that changes something. From the record it makes all states that the disk may be in after any
//! number of those calls.
//!
//! It assumes the weakest guarantees of POSIX and journaling file systems:
//!
//! - *Bytes.* Each write since the last sync of its file is on disk or not, independently. A later
//!   write may be there without an earlier one. A write may also be torn: none of its bytes or the
//!   first half of them are there. The file is then as long as those bytes make it, or as long as
//!   the whole write makes it, with zeros in the gap.
//! - *Names.* Each create, link, rename, exchange and remove since the last sync of the directory
//!   is on disk or not, independently. One that is there sets its names to what they were right
//!   after it.
//! - *Both.* A name leads to its file, but does not vouch for the file's bytes: the name of a new
//!   file may be there while the file is empty. A file's sync makes its bytes durable but none of
//!   its names. The directory's sync makes all names durable but no bytes.
//!
//! Each single create, link, rename, exchange or remove is atomic: a rename gives the new name and
//! takes the old one, or does neither. What is durable stays. A sync that succeeds has done its
//! work.
//!
//! Not every torn write is tried: halves stand for all lengths, and zeros for all that is not the
//! bytes. Only regular files are modelled.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;

use session_recovery::directory::{Bytes, Chunk, Directory, Entry, File, FileId, FsError};

use crate::in_memory::{InMemoryDirectory, InMemoryFile};

/// A directory that forgets what was not synced. Clones share it, as processes would.
#[derive(Clone, Debug)]
pub struct CrashSim {
    directory: InMemoryDirectory,
    record: Rc<RefCell<Record>>,
}

#[derive(Debug)]
struct Record {
    trace: Trace,
    /// How many more changes happen before the process is killed.
    most: usize,
}

/// What changed in a directory, from a durable state on.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The files that were there before.
    start: Disk,
    /// The changes, in the order of the calls.
    pub changes: Vec<DiskChange>,
}

/// A call that changed something. A file goes by its file ID.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the calls and what they take")]
pub enum DiskChange {
    Create {
        name: String,
        file: u128,
    },
    Link {
        name: String,
        file: u128,
    },
    Rename {
        from: String,
        to: String,
        file: u128,
    },
    Exchange {
        names: [String; 2],
        /// What each of them leads to from then on.
        files: [u128; 2],
    },
    Remove {
        name: String,
    },
    Write {
        file: u128,
        offset: usize,
        bytes: Vec<u8>,
    },
    SyncFile {
        file: u128,
    },
    SyncDirectory,
}

/// The files on a disk after a crash: the bytes of each, by all its names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remains(BTreeMap<Vec<String>, Vec<u8>>);

impl CrashSim {
    /// Begins the record. Whatever the directory holds is durable.
    ///
    /// # Panics
    ///
    /// It holds something that is no regular file.
    #[must_use]
    pub fn over(directory: InMemoryDirectory) -> Self {
        let trace = Trace {
            start: Disk::durable(&directory),
            changes: Vec::new(),
        };
        let most = usize::MAX;
        Self {
            directory,
            record: Rc::new(RefCell::new(Record { trace, most })),
        }
    }

    /// What was recorded so far.
    #[must_use]
    pub fn trace(&self) -> Trace {
        self.record.borrow().trace.clone()
    }

    /// Lets this many more changes happen and none after them, as if the process was killed then.
    pub fn kill_after(&self, changes: usize) {
        let mut record = self.record.borrow_mut();
        record.most = record.trace.changes.len().saturating_add(changes);
    }

    /// Lets changes happen again: another process begins.
    pub fn revive(&self) {
        self.record.borrow_mut().most = usize::MAX;
    }

    /// Does what [`InMemoryDirectory::exchange`] does.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn exchange(&self, one: &str, other: &str) -> Result<(), FsError> {
        self.change(|| {
            self.directory.exchange(one, other)?;
            let files = [self.bearer(one), self.bearer(other)];
            let names = [one, other].map(str::to_owned);
            Ok(((), Some(DiskChange::Exchange { names, files })))
        })
    }

    /// Does what [`InMemoryDirectory::rename_anew`] does.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn rename_anew(&self, from: &str, to: &str) -> Result<(), FsError> {
        self.change(|| {
            self.directory.rename_anew(from, to)?;
            let file = self.bearer(to);
            let (from, to) = (from.to_owned(), to.to_owned());
            Ok(((), Some(DiskChange::Rename { from, to, file })))
        })
    }

    /// Does what [`InMemoryDirectory::name_open`] does.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn name_open(&self, file: &CrashSimFile, name: &str) -> Result<(), FsError> {
        self.change(|| {
            self.directory.name_open(&file.file, name)?;
            let (name, file) = (name.to_owned(), file.file.file());
            Ok(((), Some(DiskChange::Link { name, file })))
        })
    }

    fn change<T>(
        &self,
        act: impl FnOnce() -> Result<(T, Option<DiskChange>), FsError>,
    ) -> Result<T, FsError> {
        let is_killed = {
            let record = self.record.borrow();
            record.trace.changes.len() >= record.most
        };
        if is_killed {
            return Err(FsError::Io("the process was killed".to_owned()));
        }
        let (result, change) = act()?;
        self.record.borrow_mut().trace.changes.extend(change);
        Ok(result)
    }

    /// The file ID of a name, for the record. It is not a call: one that acts in between would be
    /// recorded first.
    fn bearer(&self, name: &str) -> u128 {
        self.directory.bearer(name).unwrap_or_default()
    }

    fn file(&self, file: InMemoryFile) -> CrashSimFile {
        let directory = self.clone();
        CrashSimFile { directory, file }
    }
}

impl Directory for CrashSim {
    type File = CrashSimFile;

    fn entries(&self) -> Result<impl Iterator<Item = Result<Entry, FsError>>, FsError> {
        self.directory.entries()
    }

    fn enter(&self, _: &str) -> Result<Self, FsError> {
        Err(FsError::NotFound)
    }

    fn file_id(&self, name: &str) -> Result<FileId, FsError> {
        self.directory.file_id(name)
    }

    fn open(&self, name: &str) -> Result<CrashSimFile, FsError> {
        Ok(self.file(self.directory.open(name)?))
    }

    fn create(&self, name: &str) -> Result<CrashSimFile, FsError> {
        self.change(|| {
            let created = self.directory.create(name)?;
            let (name, file) = (name.to_owned(), created.file());
            Ok((self.file(created), Some(DiskChange::Create { name, file })))
        })
    }

    fn edit(&self, name: &str) -> Result<CrashSimFile, FsError> {
        Ok(self.file(self.directory.edit(name)?))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), FsError> {
        self.change(|| {
            self.directory.rename(from, to)?;
            // Two names of one file both stay.
            let is_renamed = self.directory.bearer(from).is_none();
            let file = self.bearer(to);
            let (from, to) = (from.to_owned(), to.to_owned());
            Ok((
                (),
                is_renamed.then_some(DiskChange::Rename { from, to, file }),
            ))
        })
    }

    fn link(&self, from: &str, to: &str) -> Result<(), FsError> {
        self.change(|| {
            self.directory.link(from, to)?;
            let (name, file) = (to.to_owned(), self.bearer(to));
            Ok(((), Some(DiskChange::Link { name, file })))
        })
    }

    fn remove(&self, name: &str) -> Result<(), FsError> {
        self.change(|| {
            self.directory.remove(name)?;
            let name = name.to_owned();
            Ok(((), Some(DiskChange::Remove { name })))
        })
    }

    fn sync(&self) -> Result<(), FsError> {
        self.change(|| {
            self.directory.sync()?;
            Ok(((), Some(DiskChange::SyncDirectory)))
        })
    }
}

/// An open file of a simulated directory.
#[derive(Debug)]
pub struct CrashSimFile {
    directory: CrashSim,
    file: InMemoryFile,
}

impl Bytes for CrashSimFile {
    fn read(&self, offset: u64, length: u64) -> Result<Chunk, FsError> {
        self.file.read(offset, length)
    }
}

impl File for CrashSimFile {
    fn write(&self, offset: u64, bytes: &[u8]) -> Result<usize, FsError> {
        self.directory.change(|| {
            let written = self.file.write(offset, bytes)?;
            let write = DiskChange::Write {
                file: self.file.file(),
                offset: usize::try_from(offset).map_err(|_| FsError::NoSpace)?,
                bytes: bytes[..written].to_vec(),
            };
            Ok((written, Some(write)))
        })
    }

    fn sync(&self) -> Result<(), FsError> {
        self.directory.change(|| {
            self.file.sync()?;
            let file = self.file.file();
            Ok(((), Some(DiskChange::SyncFile { file })))
        })
    }

    fn file_id(&self) -> Result<FileId, FsError> {
        self.file.file_id()
    }
}

impl Trace {
    /// Everything that a crash may leave: before the first change, after it, and so on to after the
    /// last.
    pub fn crashes(&self) -> impl Iterator<Item = BTreeSet<Remains>> {
        let mut disk = self.start.clone();
        let start = disk.remains();
        let later = self.changes.iter().map(move |change| {
            disk.apply(change);
            disk.remains()
        });
        [start].into_iter().chain(later)
    }
}

impl DiskChange {
    /// Whether it makes others durable.
    #[must_use]
    pub const fn is_sync(&self) -> bool {
        matches!(self, Self::SyncFile { .. } | Self::SyncDirectory)
    }
}

impl Remains {
    /// Every name, and the bytes of its file.
    #[must_use]
    pub fn contents(&self) -> BTreeMap<&str, &[u8]> {
        let files = self.0.iter();
        files
            .flat_map(|(names, bytes)| names.iter().map(|name| (name.as_str(), bytes.as_slice())))
            .collect()
    }

    fn with(&self, names: &[String], bytes: &[u8]) -> Self {
        let mut files = self.0.clone();
        files.insert(names.to_vec(), bytes.to_vec());
        Self(files)
    }

    /// A directory with these files.
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "each name is there once")]
    pub fn directory(&self) -> InMemoryDirectory {
        let directory = InMemoryDirectory::default();
        for (names, bytes) in &self.0 {
            let mut names = names.iter();
            let Some(first) = names.next() else { continue };
            directory.put(first, bytes.clone());
            for name in names {
                let linked = directory.link(first, name);
                linked.expect("the name is free");
            }
        }
        directory
    }
}

impl fmt::Debug for Remains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = self.0.iter();
        let legible = files.map(|(names, bytes)| (names, bytes.escape_ascii().to_string()));
        f.debug_map().entries(legible).finish()
    }
}

/// What every name leads to.
type Names = BTreeMap<String, u128>;

/// A disk with what is on it and what may be.
#[derive(Clone, Debug)]
struct Disk {
    names: Unsynced<Names>,
    files: BTreeMap<u128, Unsynced<Vec<u8>>>,
}

/// Something that changes faster than the disk.
#[derive(Clone, Debug)]
struct Unsynced<T> {
    /// As a program sees it.
    current: T,
    /// As a crash may leave it.
    possible: BTreeSet<T>,
}

impl<T: Clone + Ord> Unsynced<T> {
    fn durable(current: T) -> Self {
        let possible = BTreeSet::from([current.clone()]);
        Self { current, possible }
    }

    fn sync(&mut self) {
        *self = Self::durable(self.current.clone());
    }

    /// Changes it. On disk that is done, or not, or is torn in one of these ways.
    fn change(&mut self, done: impl Fn(&T) -> T, torn: impl Fn(&T) -> Vec<T>) {
        let before = self.possible.clone();
        for before in &before {
            self.possible.insert(done(before));
            self.possible.extend(torn(before));
        }
        self.current = done(&self.current);
    }
}

impl Disk {
    fn durable(directory: &InMemoryDirectory) -> Self {
        let (mut names, mut files) = (Names::new(), BTreeMap::new());
        for (name, bytes) in directory.contents() {
            let bytes = bytes.unwrap_or_else(|| panic!("{name} is no regular file"));
            let file_id = directory.file_id(&name).expect("it was listed");
            names.insert(name, file_id);
            files.insert(file_id, Unsynced::durable(bytes));
        }
        let names = Unsynced::durable(names);
        Self { names, files }
    }

    fn apply(&mut self, change: &DiskChange) {
        match change {
            DiskChange::Write {
                file,
                offset,
                bytes,
            } => self.file(*file).change(
                |content| written(content, *offset, bytes, bytes.len()),
                |content| torn(content, *offset, bytes),
            ),
            DiskChange::SyncFile { file } => self.file(*file).sync(),
            DiskChange::SyncDirectory => self.names.sync(),
            names => self.names.change(|before| named(before, names), |_| vec![]),
        }
    }

    /// A file's bytes; those of a new one are none.
    fn file(&mut self, file_id: u128) -> &mut Unsynced<Vec<u8>> {
        let empty = || Unsynced::durable(Vec::new());
        self.files.entry(file_id).or_insert_with(empty)
    }

    fn remains(&self) -> BTreeSet<Remains> {
        let names = self.names.possible.iter();
        names.flat_map(|names| self.remains_of(names)).collect()
    }

    /// These names with all that their files may hold.
    fn remains_of(&self, names: &Names) -> Vec<Remains> {
        let mut by_file = BTreeMap::<u128, Vec<String>>::new();
        for (name, file) in names {
            by_file.entry(*file).or_default().push(name.clone());
        }
        let mut all = vec![Remains(BTreeMap::new())];
        for (file, names) in by_file {
            let possible = self.possible_bytes(file);
            let with_file = |remains: &Remains| {
                let with = |bytes: &Vec<u8>| remains.with(&names, bytes);
                possible.iter().map(with).collect::<Vec<_>>()
            };
            all = all.iter().flat_map(with_file).collect();
        }
        all
    }

    fn possible_bytes(&self, file: u128) -> BTreeSet<Vec<u8>> {
        let file = self.files.get(&file);
        file.map_or_else(
            || BTreeSet::from([Vec::new()]),
            |file| file.possible.clone(),
        )
    }
}

/// The names after a change of them.
fn named(before: &Names, change: &DiskChange) -> Names {
    let mut names = before.clone();
    match change {
        DiskChange::Create { name, file } | DiskChange::Link { name, file } => {
            names.insert(name.clone(), *file);
        }
        DiskChange::Rename { from, to, file } => {
            names.remove(from);
            names.insert(to.clone(), *file);
        }
        DiskChange::Exchange {
            names: [one, other],
            files,
        } => {
            names.insert(one.clone(), files[0]);
            names.insert(other.clone(), files[1]);
        }
        DiskChange::Remove { name } => {
            names.remove(name);
        }
        DiskChange::Write { .. } | DiskChange::SyncFile { .. } | DiskChange::SyncDirectory => {}
    }
    names
}

/// What a write leaves that is neither done nor lost.
fn torn(content: &[u8], offset: usize, bytes: &[u8]) -> Vec<Vec<u8>> {
    let half = &bytes[..bytes.len() / 2];
    vec![
        written(content, offset, &[], bytes.len()),
        written(content, offset, half, half.len()),
        written(content, offset, half, bytes.len()),
    ]
}

/// The content with these bytes in it, and this length.
fn written(content: &[u8], offset: usize, bytes: &[u8], room: usize) -> Vec<u8> {
    let mut content = content.to_vec();
    content.resize(content.len().max(offset + room), 0);
    content[offset..offset + bytes.len()].copy_from_slice(bytes);
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What one crash may leave at the end, each file as `name=bytes`.
    fn left(act: impl FnOnce(&CrashSim) -> Result<(), FsError>) -> Vec<String> {
        let in_memory = InMemoryDirectory::default();
        in_memory.put("old", "o");
        let directory = CrashSim::over(in_memory);
        act(&directory).expect("nothing fails");
        let trace = directory.trace();
        let last = trace.crashes().last().expect("there is the start");
        let describe = |remains: &Remains| {
            let contents = remains.contents().into_iter();
            let files = contents.map(|(name, bytes)| format!("{name}={}", bytes.escape_ascii()));
            files.collect::<Vec<_>>().join(" ")
        };
        last.iter().map(describe).collect()
    }

    fn create(directory: &CrashSim) -> Result<CrashSimFile, FsError> {
        let file = directory.create("new")?;
        file.write(0, b"ab")?;
        Ok(file)
    }

    #[test]
    fn without_a_sync_a_new_file_is_there_or_not_and_whole_or_torn() {
        let expected = [
            "new= old=o",
            r"new=\x00\x00 old=o",
            "new=a old=o",
            r"new=a\x00 old=o",
            "new=ab old=o",
            "old=o",
        ];
        assert_eq!(left(|directory| create(directory).map(drop)), expected);
    }

    #[test]
    fn the_sync_of_a_file_makes_its_bytes_durable_and_not_its_name() {
        let left = left(|directory| create(directory)?.sync());
        assert_eq!(left, ["new=ab old=o", "old=o"]);
    }

    #[test]
    fn the_sync_of_the_directory_makes_names_durable_and_no_bytes() {
        let left = left(|directory| {
            create(directory)?;
            directory.sync()
        });
        assert_eq!(left.len(), 5);
        assert!(left.iter().all(|files| files.starts_with("new=")));
        assert_eq!(left[0], "new= old=o");
    }

    #[test]
    fn a_rename_is_done_or_not() {
        let left = left(|directory| {
            create(directory)?.sync()?;
            directory.sync()?;
            directory.rename("new", "old")
        });
        assert_eq!(left, ["new=ab old=o", "old=ab"]);
    }

    #[test]
    fn a_later_change_may_be_there_without_an_earlier_one() {
        let links = left(|directory| {
            directory.link("old", "a")?;
            directory.link("a", "b")
        });
        assert_eq!(links, ["a=o b=o old=o", "a=o old=o", "b=o old=o", "old=o"]);
        let writes = left(|directory| {
            let file = directory.open("old")?;
            file.write(1, b"1")?;
            file.write(2, b"2").map(drop)
        });
        assert!(writes.contains(&r"old=o\x002".to_owned()));
    }

    #[test]
    fn what_remains_keeps_which_names_are_of_one_file() {
        let directory = InMemoryDirectory::default();
        directory.put("a", "same");
        directory.put("c", "same");
        directory.link("a", "b").expect("b is free");
        let remains = Disk::durable(&directory).remains();
        let again = remains.first().expect("there is one state").directory();
        assert_eq!(again.file_id("a"), again.file_id("b"));
        assert_ne!(again.file_id("a"), again.file_id("c"));
    }

    #[test]
    fn a_killed_process_changes_nothing_more_and_the_next_one_does() {
        let directory = CrashSim::over(InMemoryDirectory::default());
        directory.kill_after(1);
        let file = directory.create("a").expect("one change is let through");
        assert!(file.write(0, b"x").is_err());
        assert!(directory.remove("a").is_err());
        directory.revive();
        assert_eq!(directory.remove("a"), Ok(()));
        assert_eq!(directory.trace().changes.len(), 2);
    }
}
