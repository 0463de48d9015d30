//! Reaches the granted directory through `wasi:filesystem`, in calls that behave the same in every
//! host.

use wasi::filesystem::preopens::get_directories;
use wasi::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, DirectoryEntryStream, ErrorCode as Code,
    MetadataHashValue, OpenFlags, PathFlags,
};

use super::{Bytes, Chunk, Directory, Entry, File, FileId, FsError, Kind};
use crate::answer::{Error, ErrorCode};

/// Hosts take at least this much in one write, and may trap on much more.
const LARGEST_WRITE: usize = 64 * 1024;
/// After how many errors in a row a listing ends. A host that repeats an error for ever must not
/// hang the guest.
const MOST_ERRORS_IN_A_ROW: u32 = 64;

/// The granted directory.
#[derive(Debug)]
pub struct Granted(Descriptor);

impl Granted {
    /// Opens the one directory that the host granted.
    ///
    /// # Errors
    ///
    /// None or more than one was granted, or it cannot be opened.
    pub fn open() -> Result<Self, Error> {
        let mut granted = get_directories();
        let Some((preopen, _)) = granted.pop() else {
            return Err(
                Error::new(ErrorCode::NoDirectory, "No directory is granted.").remedied_by(
                    "Grant the session directory: `wasmtime run --dir DIR::/sessions …`.",
                ),
            );
        };
        if !granted.is_empty() {
            return Err(Error::new(
                ErrorCode::SeveralDirectories,
                "More than one directory is granted. Only one can be the session directory.",
            )
            .remedied_by("Grant only one: `wasmtime run --dir DIR::/sessions …`."));
        }
        // Some hosts list and sync only a directory that was opened, not the preopen itself.
        preopen
            .open_at(
                PathFlags::empty(),
                ".",
                OpenFlags::DIRECTORY,
                DescriptorFlags::READ,
            )
            .map(Self)
            .map_err(|code| {
                FsError::from(code).while_reading("The session directory cannot be opened")
            })
    }
}

impl Directory for Granted {
    type File = Descriptor;

    fn entries(&self) -> Result<impl Iterator<Item = Result<Entry, FsError>>, FsError> {
        Ok(Entries {
            stream: self.0.read_directory()?,
            errors_in_a_row: 0,
        })
    }

    fn enter(&self, name: &str) -> Result<Self, FsError> {
        let flags = (OpenFlags::DIRECTORY, DescriptorFlags::READ);
        let opened = self.0.open_at(PathFlags::empty(), name, flags.0, flags.1)?;
        Ok(Self(opened))
    }

    fn file_id(&self, name: &str) -> Result<FileId, FsError> {
        Ok(file_id_of(
            self.0.metadata_hash_at(PathFlags::empty(), name)?,
        ))
    }

    fn open(&self, name: &str) -> Result<Descriptor, FsError> {
        let flags = (OpenFlags::empty(), DescriptorFlags::READ);
        Ok(self.0.open_at(PathFlags::empty(), name, flags.0, flags.1)?)
    }

    fn create(&self, name: &str) -> Result<Descriptor, FsError> {
        let flags = (
            OpenFlags::CREATE | OpenFlags::EXCLUSIVE,
            DescriptorFlags::WRITE,
        );
        Ok(self.0.open_at(PathFlags::empty(), name, flags.0, flags.1)?)
    }

    fn edit(&self, name: &str) -> Result<Descriptor, FsError> {
        let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
        let opened = self
            .0
            .open_at(PathFlags::empty(), name, OpenFlags::empty(), flags)?;
        Ok(opened)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), FsError> {
        Ok(self.0.rename_at(from, &self.0, to)?)
    }

    fn link(&self, from: &str, to: &str) -> Result<(), FsError> {
        Ok(self.0.link_at(PathFlags::empty(), from, &self.0, to)?)
    }

    fn remove(&self, name: &str) -> Result<(), FsError> {
        Ok(self.0.unlink_file_at(name)?)
    }

    fn sync(&self) -> Result<(), FsError> {
        Ok(self.0.sync()?)
    }
}

impl Bytes for Descriptor {
    fn read(&self, offset: u64, length: u64) -> Result<Chunk, FsError> {
        let (bytes, is_last) = Self::read(self, length, offset)?;
        Ok(Chunk { bytes, is_last })
    }
}

impl File for Descriptor {
    fn write(&self, offset: u64, bytes: &[u8]) -> Result<usize, FsError> {
        let bytes = &bytes[..bytes.len().min(LARGEST_WRITE)];
        let written = Self::write(self, bytes, offset)?;
        // No host may have written more than it was given.
        Ok(usize::try_from(written).map_or(bytes.len(), |written| written.min(bytes.len())))
    }

    fn sync(&self) -> Result<(), FsError> {
        Ok(Self::sync(self)?)
    }

    fn file_id(&self) -> Result<FileId, FsError> {
        Ok(file_id_of(self.metadata_hash()?))
    }
}

struct Entries {
    stream: DirectoryEntryStream,
    errors_in_a_row: u32,
}

impl Iterator for Entries {
    type Item = Result<Entry, FsError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.errors_in_a_row > MOST_ERRORS_IN_A_ROW {
            return None;
        }
        match self.stream.read_directory_entry() {
            Ok(entry) => {
                self.errors_in_a_row = 0;
                entry.map(|entry| {
                    Ok(Entry {
                        name: entry.name,
                        kind: entry.type_.into(),
                    })
                })
            }
            // Of this one it is known that the next call goes on, however many there are.
            Err(Code::IllegalByteSequence) => Some(Err(FsError::BadName)),
            Err(code) => {
                self.errors_in_a_row += 1;
                Some(Err(if self.errors_in_a_row > MOST_ERRORS_IN_A_ROW {
                    FsError::Io("the listing stopped early, and names may be missing".to_owned())
                } else {
                    code.into()
                }))
            }
        }
    }
}

fn file_id_of(hash: MetadataHashValue) -> u128 {
    u128::from(hash.upper) << 64 | u128::from(hash.lower)
}

impl From<DescriptorType> for Kind {
    fn from(kind: DescriptorType) -> Self {
        match kind {
            DescriptorType::RegularFile => Self::File,
            DescriptorType::Directory => Self::Directory,
            DescriptorType::SymbolicLink => Self::Link,
            _ => Self::Special,
        }
    }
}

impl From<Code> for FsError {
    fn from(code: Code) -> Self {
        match code {
            Code::NoEntry => Self::NotFound,
            Code::Exist => Self::Exists,
            Code::Access | Code::NotPermitted | Code::ReadOnly => Self::Denied,
            Code::InsufficientSpace | Code::Quota => Self::NoSpace,
            Code::InsufficientMemory => Self::Exhausted,
            Code::IllegalByteSequence => Self::BadName,
            Code::IsDirectory => Self::IsDirectory,
            Code::Loop => Self::IsLink,
            code => Self::Io(format!("the host reported `{}`", code.name())),
        }
    }
}
