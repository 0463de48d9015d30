//! Keeps a directory in memory, for tests. It logs every call, and can fail any of them or let
//! another program act before it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;

use session_recovery::directory::{Bytes, Chunk, Directory, Entry, File, FileId, FsError, Kind};

/// A directory in memory. Clones share it, as processes would.
#[derive(Clone, Debug, Default)]
pub struct InMemoryDirectory(Rc<RefCell<Disk>>);

/// The directory's content and settings, besides the calls of the trait.
#[derive(Default)]
struct Disk {
    names: BTreeMap<String, Node>,
    /// Names that the listing cannot give.
    unnameable: usize,
    files: Vec<Vec<u8>>,
    /// Those of the lower layer.
    below: BTreeSet<usize>,
    calls: Vec<Call>,
    fails: Vec<(usize, FsError)>,
    hook: Option<(usize, Hook)>,
    longest_read: Option<usize>,
    ends_late: bool,
    longest_write: Option<usize>,
    link_fault: Option<FsError>,
    listed_first: Option<String>,
    ignores_case: bool,
}

type Hook = Box<dyn FnOnce(&InMemoryDirectory)>;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    File(usize),
    Other(Kind),
}

/// A call of [`Directory`] or of [`File`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the calls")]
pub enum Call {
    Entries,
    FindFileId,
    Open,
    Create,
    Edit,
    Rename,
    Exchange,
    Link,
    Remove,
    SyncDirectory,
    Read,
    Write,
    SyncFile,
    FileId,
}

impl InMemoryDirectory {
    /// Puts a file there, in place of whatever had the name.
    pub fn put(&self, name: &str, bytes: impl Into<Vec<u8>>) {
        let mut disk = self.0.borrow_mut();
        disk.files.push(bytes.into());
        let node = Node::File(disk.files.len() - 1);
        disk.names.insert(name.to_owned(), node);
    }

    /// Puts a file there that is in the lower layer of an overlayfs. It becomes another file before
    /// it gets a second name or loses its name.
    pub fn put_below(&self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.put(name, bytes);
        let mut disk = self.0.borrow_mut();
        let file = disk.files.len() - 1;
        disk.below.insert(file);
    }

    fn copy_up(&self, name: &str) {
        let mut disk = self.0.borrow_mut();
        if let Some(Node::File(file)) = disk.names.get(name).copied()
            && disk.below.contains(&file)
        {
            let copy = disk.files[file].clone();
            disk.files.push(copy);
            let node = Node::File(disk.files.len() - 1);
            disk.names.insert(name.to_owned(), node);
        }
    }

    /// Puts something there that is not a regular file. A file is in a directory if its name begins
    /// with the directory's name and a slash.
    pub fn put_other(&self, name: &str, kind: Kind) {
        self.0
            .borrow_mut()
            .names
            .insert(name.to_owned(), Node::Other(kind));
    }

    /// Puts an entry there whose name is not UTF-8.
    pub fn put_unnameable(&self) {
        self.0.borrow_mut().unnameable += 1;
    }

    /// Writes other bytes into the file of this name.
    ///
    /// # Panics
    ///
    /// No file has the name.
    pub fn rewrite(&self, name: &str, bytes: &[u8]) {
        let mut disk = self.0.borrow_mut();
        match disk.names.get(name).copied() {
            Some(Node::File(file)) => disk.files[file] = bytes.to_vec(),
            _ => panic!("{name} is no file"),
        }
    }

    /// Takes a name away.
    pub fn take(&self, name: &str) {
        self.0.borrow_mut().names.remove(name);
    }

    /// The bytes of a regular file.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let disk = self.0.borrow();
        match disk.names.get(name)? {
            Node::File(file) => Some(disk.files[*file].clone()),
            Node::Other(_) => None,
        }
    }

    /// The file ID of a name, without a call.
    #[must_use]
    pub fn bearer(&self, name: &str) -> Option<FileId> {
        Some(self.node(name).ok()?.file_id())
    }

    /// Every name, and the bytes of those that are regular files.
    #[must_use]
    pub fn contents(&self) -> BTreeMap<String, Option<Vec<u8>>> {
        let names: Vec<_> = self.0.borrow().names.keys().cloned().collect();
        names
            .into_iter()
            .map(|name| (name.clone(), self.bytes(&name)))
            .collect()
    }

    /// The calls made since the last [`Self::fail`], [`Self::before`] or beginning.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.0.borrow().calls.clone()
    }

    /// Makes one call fail: the one after `after` others, counted from here.
    pub fn fail(&self, after: usize, fault: FsError) {
        let mut disk = self.0.borrow_mut();
        disk.calls.clear();
        disk.fails.push((after, fault));
    }

    /// Lets another program act right before one call: the one after `after` others, counted from
    /// here.
    pub fn before(&self, after: usize, act: impl FnOnce(&Self) + 'static) {
        let mut disk = self.0.borrow_mut();
        disk.calls.clear();
        disk.hook = Some((after, Box::new(act)));
    }

    /// Makes reads and writes short. With no bytes at all, the host is stuck.
    pub fn shorten(&self, reads: usize, writes: usize) {
        let mut disk = self.0.borrow_mut();
        disk.longest_read = Some(reads);
        disk.longest_write = Some(writes);
    }

    /// Lets a read say that the file ends only if there was nothing left to read.
    pub fn end_late(&self) {
        self.0.borrow_mut().ends_late = true;
    }

    /// Makes it a file system without second names. Each link fails like this.
    pub fn refuse_links(&self, fault: FsError) {
        self.0.borrow_mut().link_fault = Some(fault);
    }

    /// Makes a name the first one in the listing.
    pub fn list_first(&self, name: &str) {
        self.0.borrow_mut().listed_first = Some(name.to_owned());
    }

    /// Makes it a file system that ignores the case of names.
    pub fn ignore_case(&self) {
        self.0.borrow_mut().ignores_case = true;
    }

    /// The name in the directory that matches this one.
    fn stored(&self, name: &str) -> String {
        let disk = self.0.borrow();
        let is_same = |stored: &&String| disk.ignores_case && stored.eq_ignore_ascii_case(name);
        disk.names
            .keys()
            .find(is_same)
            .map_or_else(|| name.to_owned(), Clone::clone)
    }

    /// Exchanges the files of two names, in one step. WASI has no such call.
    ///
    /// # Errors
    ///
    /// One of the names is free, or the call is to fail.
    pub fn exchange(&self, one: &str, other: &str) -> Result<(), FsError> {
        self.call(Call::Exchange)?;
        self.copy_up(one);
        self.copy_up(other);
        let nodes = (self.node(one)?, self.node(other)?);
        let mut disk = self.0.borrow_mut();
        disk.names.insert(one.to_owned(), nodes.1);
        disk.names.insert(other.to_owned(), nodes.0);
        Ok(())
    }

    /// Gives a file another name, which must be free.
    ///
    /// # Errors
    ///
    /// The name is taken, or the call is to fail.
    pub fn rename_anew(&self, from: &str, to: &str) -> Result<(), FsError> {
        if self.node(to).is_ok() {
            self.call(Call::Rename)?;
            return self.node(from).and(Err(FsError::Exists));
        }
        self.rename(from, to)
    }

    /// Gives an open file one more name, which must be free.
    ///
    /// # Errors
    ///
    /// The name is taken, the file has no name left, or the call is to fail.
    pub fn name_open(&self, file: &InMemoryFile, name: &str) -> Result<(), FsError> {
        let named = self.name_of(file.node);
        self.link(named.as_deref().unwrap_or_default(), name)
    }

    fn name_of(&self, wanted: Node) -> Option<String> {
        let disk = self.0.borrow();
        let mut names = disk.names.iter();
        let (name, _) = names.find(|(_, node)| **node == wanted)?;
        Some(name.clone())
    }

    fn call(&self, call: Call) -> Result<(), FsError> {
        let mut disk = self.0.borrow_mut();
        let number = disk.calls.len();
        disk.calls.push(call);
        let hook = disk.hook.take_if(|(after, _)| *after == number);
        let fail = disk.fails.iter().position(|(after, _)| *after == number);
        let fail = fail.map(|index| disk.fails.remove(index));
        drop(disk);
        if let Some((_, act)) = hook {
            act(self);
        }
        fail.map_or(Ok(()), |(_, fault)| Err(fault))
    }

    fn node(&self, name: &str) -> Result<Node, FsError> {
        let stored = self.stored(name);
        let node = self.0.borrow().names.get(&stored).copied();
        node.ok_or(FsError::NotFound)
    }
}

impl Directory for InMemoryDirectory {
    type File = InMemoryFile;

    fn entries(&self) -> Result<impl Iterator<Item = Result<Entry, FsError>>, FsError> {
        self.call(Call::Entries)?;
        let disk = self.0.borrow();
        let entry = |(name, node): (&String, &Node)| {
            let (name, kind) = (name.clone(), node.kind());
            Ok(Entry { name, kind })
        };
        // As on a disk, the order is arbitrary.
        let is_inside = |(name, _): &(&String, &Node)| name.contains('/');
        let all = disk.names.iter().rev();
        let mut named: Vec<_> = all.filter(|name| !is_inside(name)).map(entry).collect();
        named.sort_by_key(|entry: &Result<Entry, FsError>| {
            let name = entry.as_ref().ok().map(|entry| &entry.name);
            name != disk.listed_first.as_ref()
        });
        Ok(vec![Err(FsError::BadName); disk.unnameable]
            .into_iter()
            .chain(named))
    }

    fn enter(&self, name: &str) -> Result<Self, FsError> {
        self.call(Call::Open)?;
        if self.node(name)? != Node::Other(Kind::Directory) {
            return Err(FsError::IsLink);
        }
        let entered = Self::default();
        let inside = format!("{name}/");
        for (path, bytes) in self.contents() {
            match (path.strip_prefix(&inside), bytes) {
                (Some(name), Some(bytes)) => entered.put(name, bytes),
                (Some(name), None) => entered.put_other(name, self.node(&path)?.kind()),
                (None, _) => {}
            }
        }
        Ok(entered)
    }

    fn file_id(&self, name: &str) -> Result<FileId, FsError> {
        self.call(Call::FindFileId)?;
        Ok(self.node(name)?.file_id())
    }

    fn open(&self, name: &str) -> Result<InMemoryFile, FsError> {
        self.call(Call::Open)?;
        self.opened(name)
    }

    fn create(&self, name: &str) -> Result<InMemoryFile, FsError> {
        self.call(Call::Create)?;
        if self.node(name).is_ok() {
            return Err(FsError::Exists);
        }
        self.put(name, []);
        Ok(self.file(self.node(name)?))
    }

    fn edit(&self, name: &str) -> Result<InMemoryFile, FsError> {
        self.call(Call::Edit)?;
        self.copy_up(name);
        self.opened(name)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), FsError> {
        self.call(Call::Rename)?;
        self.copy_up(from);
        let node = self.node(from)?;
        if self.node(to) == Ok(Node::Other(Kind::Directory)) {
            return Err(FsError::IsDirectory);
        }
        if self.node(to) != Ok(node) {
            let (from, to) = (self.stored(from), self.stored(to));
            let mut disk = self.0.borrow_mut();
            disk.names.remove(&from);
            disk.names.insert(to, node);
        }
        Ok(())
    }

    fn link(&self, from: &str, to: &str) -> Result<(), FsError> {
        self.call(Call::Link)?;
        if let Some(fault) = &self.0.borrow().link_fault {
            return Err(fault.clone());
        }
        self.copy_up(from);
        let node = self.node(from)?;
        if self.node(to).is_ok() {
            return Err(FsError::Exists);
        }
        self.0.borrow_mut().names.insert(to.to_owned(), node);
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), FsError> {
        self.call(Call::Remove)?;
        self.node(name)?;
        self.take(&self.stored(name));
        Ok(())
    }

    fn sync(&self) -> Result<(), FsError> {
        self.call(Call::SyncDirectory)
    }
}

impl InMemoryDirectory {
    fn opened(&self, name: &str) -> Result<InMemoryFile, FsError> {
        match self.node(name)? {
            node @ Node::File(_) => Ok(self.file(node)),
            Node::Other(Kind::Directory) => Err(FsError::IsDirectory),
            Node::Other(_) => Err(FsError::IsLink),
        }
    }

    fn file(&self, node: Node) -> InMemoryFile {
        let directory = self.clone();
        InMemoryFile { directory, node }
    }
}

impl Node {
    const fn kind(self) -> Kind {
        match self {
            Self::File(_) => Kind::File,
            Self::Other(kind) => kind,
        }
    }

    const fn file_id(self) -> u128 {
        match self {
            Self::File(file) => 0x1000 + file as u128,
            Self::Other(_) => 0,
        }
    }
}

/// An open file in memory. It stays readable when its name is removed.
#[derive(Debug)]
pub struct InMemoryFile {
    directory: InMemoryDirectory,
    node: Node,
}

impl InMemoryFile {
    /// The file ID, without a call.
    #[must_use]
    pub const fn file(&self) -> u128 {
        self.node.file_id()
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<u8>) -> T) -> Result<T, FsError> {
        let mut disk = self.directory.0.borrow_mut();
        match self.node {
            Node::File(file) => Ok(act(&mut disk.files[file])),
            Node::Other(_) => Err(FsError::IsDirectory),
        }
    }
}

impl Bytes for InMemoryFile {
    fn read(&self, offset: u64, length: u64) -> Result<Chunk, FsError> {
        self.directory.call(Call::Read)?;
        let most = self.directory.0.borrow().longest_read.unwrap_or(usize::MAX);
        let ends_late = self.directory.0.borrow().ends_late;
        self.with(|content| {
            let start = clamp(offset, content.len());
            let length = clamp(length, most);
            let end = start.saturating_add(length).min(content.len());
            Chunk {
                bytes: content[start..end].to_vec(),
                is_last: end == content.len() && (start == end || !ends_late),
            }
        })
    }
}

impl File for InMemoryFile {
    fn write(&self, offset: u64, bytes: &[u8]) -> Result<usize, FsError> {
        self.directory.call(Call::Write)?;
        let most = self
            .directory
            .0
            .borrow()
            .longest_write
            .unwrap_or(usize::MAX);
        self.with(|content| {
            let bytes = &bytes[..bytes.len().min(most)];
            let start = clamp(offset, usize::MAX);
            let end = start + bytes.len();
            content.resize(content.len().max(end), 0);
            content[start..end].copy_from_slice(bytes);
            bytes.len()
        })
    }

    fn sync(&self) -> Result<(), FsError> {
        self.directory.call(Call::SyncFile)
    }

    fn file_id(&self) -> Result<FileId, FsError> {
        self.directory.call(Call::FileId)?;
        Ok(self.node.file_id())
    }
}

fn clamp(value: u64, most: usize) -> usize {
    usize::try_from(value).map_or(most, |value| value.min(most))
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}
