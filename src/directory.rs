//! Defines everything that may be done in the granted directory, and how it can fail. Names are
//! single file names, and no call follows a link. Each call fails with what the host answers.

#![allow(
    clippy::missing_errors_doc,
    reason = "the module's documentation names the errors"
)]

#[cfg(target_family = "wasm")]
pub mod wasi;

use std::ops::{ControlFlow, Range};

use crate::answer::{Error, ErrorCode};
use crate::count::are_equal;

/// How much to ask for in one read. Hosts may give less; some, like Node's, take so long for each
/// call that the number of calls is what counts.
pub const CHUNK: u64 = 1 << 20;

/// The one directory that the guest can touch.
pub trait Directory {
    /// An open file of it.
    type File: File;

    /// Lists the directory. An entry that the host cannot name is an error by itself, and the
    /// listing goes on. Only the listing says what a name stands for: `stat` would make the
    /// component import a clock, for the type of its times.
    fn entries(&self) -> Result<impl Iterator<Item = Result<Entry, FsError>>, FsError>;

    /// Opens a directory in it, for reading.
    fn enter(&self, name: &str) -> Result<Self, FsError>
    where
        Self: Sized;

    /// Says which file has this name: the same file ID as [`File::file_id`] gives.
    ///
    /// # Errors
    ///
    /// [`FsError::NotFound`] if no file has it.
    fn file_id(&self, name: &str) -> Result<FileId, FsError>;

    /// Opens a file for reading.
    fn open(&self, name: &str) -> Result<Self::File, FsError>;

    /// Creates a file for writing.
    ///
    /// # Errors
    ///
    /// [`FsError::Exists`] if the name is taken, even by a link that leads nowhere.
    fn create(&self, name: &str) -> Result<Self::File, FsError>;

    /// Opens a file for reading and writing.
    ///
    /// # Errors
    ///
    /// [`FsError::NotFound`] if no file has the name.
    fn edit(&self, name: &str) -> Result<Self::File, FsError>;

    /// Gives a file another name, in one step. It replaces the file that had that name.
    fn rename(&self, from: &str, to: &str) -> Result<(), FsError>;

    /// Gives a file a second name.
    ///
    /// # Errors
    ///
    /// [`FsError::Exists`] if the new name is taken. Anything else if the file system has no second
    /// names.
    fn link(&self, from: &str, to: &str) -> Result<(), FsError>;

    /// Removes a file.
    fn remove(&self, name: &str) -> Result<(), FsError>;

    /// Makes the directory's names durable.
    fn sync(&self) -> Result<(), FsError>;
}

/// Something whose bytes can be read: an open file, or what one would be once it is mended.
pub trait Bytes {
    /// Reads at most `length` bytes from `offset` on.
    fn read(&self, offset: u64, length: u64) -> Result<Chunk, FsError>;
}

impl<B: Bytes> Bytes for &B {
    fn read(&self, offset: u64, length: u64) -> Result<Chunk, FsError> {
        (**self).read(offset, length)
    }
}

/// An open file.
pub trait File: Bytes {
    /// Writes some of `bytes` at `offset`, and gives how many.
    fn write(&self, offset: u64, bytes: &[u8]) -> Result<usize, FsError>;

    /// Makes the file's bytes durable.
    fn sync(&self) -> Result<(), FsError>;

    /// A number that no other file has while this one is open.
    fn file_id(&self) -> Result<FileId, FsError>;
}

/// Tells a file from every other one, as long as it is open.
pub type FileId = u128;

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes; a short chunk is not the end of the file.
    pub bytes: Vec<u8>,
    /// Whether the file ends here.
    pub is_last: bool,
}

/// A name in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// What has this name, according to the listing.
    pub kind: Kind,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A FIFO, a socket, a device.
    Special,
}

impl Kind {
    /// The kind with its article.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::File => "a regular file",
            Self::Directory => "a directory",
            Self::Link => "a symbolic link",
            Self::Special => "a FIFO, a socket or a device",
        }
    }
}

/// Why a call failed, as far as hosts distinguish it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FsError {
    /// Nothing has this name.
    #[error("no such file")]
    NotFound,
    /// The name is taken.
    #[error("the name is taken")]
    Exists,
    /// Granted read-only, or no permission.
    #[error("permission denied")]
    Denied,
    /// The disk or the quota is full.
    #[error("no space left")]
    NoSpace,
    /// The host has no more open files, processes or memory to give.
    #[error("too many files are open, or processes or memory are short")]
    Exhausted,
    /// The host cannot express the name.
    #[error("the name is not UTF-8")]
    BadName,
    /// It is a directory, but a file was wanted.
    #[error("it is a directory")]
    IsDirectory,
    /// A link, which is not followed.
    #[error("it is a symbolic link")]
    IsLink,
    /// Anything else, in the host's words.
    #[error("{0}")]
    Io(String),
}

impl FsError {
    /// Gives the error if something could not be read: what, why, and the remedy.
    #[must_use]
    pub fn while_reading(&self, what: &str) -> Error {
        let denied = (
            ErrorCode::NoPermission,
            "Check the permissions of the directory and its files.",
        );
        self.explain(what, denied)
    }

    /// Gives the error if something could not be changed: what, why, and the remedy.
    #[must_use]
    pub fn while_writing(&self, what: &str) -> Error {
        let denied = (
            ErrorCode::ReadOnly,
            "Check that the directory is writable, and run the command as the user who owns the files.",
        );
        self.explain(what, denied)
    }

    /// Gives the error if no file can be created. It is about the directory, and so the same one for
    /// each session.
    #[must_use]
    pub fn while_creating(&self) -> Error {
        if *self != Self::Denied {
            return self.while_writing("No file can be created in the session directory");
        }
        Error::new(
            ErrorCode::ReadOnly,
            "The session directory is read-only: no file can be created in it.",
        )
        .remedied_by(
            "Check that its file system is mounted for writing, and run this as a user who may write in the directory.",
        )
    }

    /// Gives the error if another file cannot be replaced, although the directory has been written
    /// to.
    #[must_use]
    pub fn while_replacing(&self, what: &str) -> Error {
        let denied = (
            ErrorCode::NoPermission,
            "Run the command as the user who owns the files, or as root.",
        );
        self.explain(what, denied)
    }

    fn explain(&self, what: &str, denied: (ErrorCode, &str)) -> Error {
        let (code, remedy) = match self {
            Self::Denied => denied,
            Self::NoSpace => (
                ErrorCode::NoSpace,
                "Free some space, then run the same command again.",
            ),
            Self::Exhausted => (
                ErrorCode::Exhausted,
                "Raise the limits of open files and processes (`ulimit -n`, `ulimit -u`), then run the same command again.",
            ),
            Self::NotFound | Self::Exists => (
                ErrorCode::Changed,
                "Run the same command again when no other program is at work in the directory.",
            ),
            Self::IsDirectory | Self::IsLink => (
                ErrorCode::NotARegularFile,
                "Move it away, then run the same command again.",
            ),
            Self::BadName => (ErrorCode::UnusableName, "Rename it to a name in UTF-8."),
            Self::Io(_) => (
                ErrorCode::Io,
                "Check that the disk works and is mounted for writing, then run the same command again.",
            ),
        };
        Error::new(code, format!("{what}: {self}.")).remedied_by(remedy)
    }
}

/// Says which file has a name, if any.
pub fn file_id_of(directory: &impl Directory, name: &str) -> Result<Option<FileId>, FsError> {
    match directory.file_id(name) {
        Err(FsError::NotFound) => Ok(None),
        found => found.map(Some),
    }
}

/// All of a file.
pub const WHOLE: Range<u64> = 0..u64::MAX;

/// Reads a part of a file, or as much of it as there is, until `take` breaks off. Gives what it
/// broke off with.
pub fn each_chunk<B>(
    file: &dyn Bytes,
    part: &Range<u64>,
    take: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<B>,
) -> Result<Option<B>, FsError> {
    let mut offset = part.start;
    while offset < part.end {
        let chunk = file.read(offset, CHUNK.min(part.end - offset))?;
        if let ControlFlow::Break(broken_off) = take(offset, &chunk.bytes) {
            return Ok(Some(broken_off));
        }
        if chunk.is_last {
            return Ok(None);
        }
        if chunk.bytes.is_empty() {
            return Err(FsError::Io(
                "the host returned no bytes before the end of the file".to_owned(),
            ));
        }
        offset += chunk.bytes.len() as u64;
    }
    Ok(None)
}

/// Writes all of `bytes` at `offset`, however little the host takes at a time.
pub fn write_all(file: &impl File, mut offset: u64, mut bytes: &[u8]) -> Result<(), FsError> {
    while !bytes.is_empty() {
        let written = file.write(offset, bytes)?;
        if written == 0 {
            return Err(FsError::Io("the host wrote none of the bytes".to_owned()));
        }
        offset += written as u64;
        bytes = &bytes[written..];
    }
    Ok(())
}

/// Reads two files, each from its offset on, as long as they hold the same, until `take` breaks
/// off; gives what each of them holds after what was taken.
pub fn each_common_chunk(
    files: [&dyn Bytes; 2],
    mut offsets: [u64; 2],
    take: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
) -> [Result<Chunk, FsError>; 2] {
    loop {
        // Both chunks together take the memory of one.
        let read = |number: usize| files[number].read(offsets[number], CHUNK / 2);
        let mut chunks = [read(0), read(1)];
        let [Ok(one), Ok(other)] = &mut chunks else {
            return chunks;
        };
        let length = one.bytes.len().min(other.bytes.len());
        let ends = |chunk: &Chunk| chunk.is_last && chunk.bytes.len() == length;
        let differ = !are_equal(&one.bytes[..length], &other.bytes[..length]);
        if length == 0 || differ || ends(one) || ends(other) {
            return chunks;
        }
        if take(&one.bytes[..length]).is_break() {
            one.bytes.drain(..length);
            other.bytes.drain(..length);
            return chunks;
        }
        offsets = offsets.map(|offset| offset + length as u64);
    }
}
