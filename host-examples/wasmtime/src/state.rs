//! Keeps what the host needs during one call: the granted directory, the open files in it, and the
//! limits. The functions that the host provides itself work on this state.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, fstat};
use rustix::fs::{StatVfsMountFlags, statvfs};
use session_recovery::session::{Role, SessionId};
use wasmtime::ResourceLimiter;
use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::filesystem::{self, Dir, OpenMode, WasiFilesystemView};
use wasmtime_wasi::p2::FsResult;
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{Descriptor, ErrorCode, Host};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};

use crate::error::HostError;
use crate::exchange::{Identity, Replaced};
use crate::exhaustion::in_words_of_wasi;
use crate::limits::Limits;
use crate::permissions::Permissions;
use crate::{exchange, exhaustion, permissions};

/// What the component may do with the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    ReadOnly,
    ReadWrite,
}

/// What the host keeps for one call.
pub struct State {
    pub wasi: WasiCtx,
    table: ResourceTable,
    pub permissions: Permissions,
    /// The files that were opened last under the names of live files, to be judged. A copy of a
    /// session may have such a name too.
    judged: BTreeMap<String, Identity>,
    most_memory: usize,
}

impl State {
    pub fn new(directory: &Path, grant: Grant, limits: Limits) -> Result<Self, HostError> {
        let perms = match grant {
            Grant::ReadWrite if !is_mounted_read_only(directory) => FsPerms::ReadWrite,
            Grant::ReadOnly | Grant::ReadWrite => FsPerms::ReadOnly,
        };
        let cannot_open = |cause| {
            if exhaustion::is_about_files(&cause) {
                return HostError::TooFewFiles(cause);
            }
            let path = directory.to_owned();
            HostError::opening(path, cause)
        };
        let permissions =
            Permissions::in_directory(directory).map_err(|errno| cannot_open(errno.into()))?;
        let mut wasi = WasiCtx::builder();
        // This thread creates the files, because it has its own umask.
        wasi.allow_blocking_current_thread(true);
        wasi.preopened_dir(directory, "/sessions", perms)
            .map_err(|error| cannot_open(error.downcast().unwrap_or_else(std::io::Error::other)))?;
        Ok(Self {
            wasi: wasi.build(),
            table: ResourceTable::new(),
            permissions,
            judged: BTreeMap::new(),
            most_memory: limits.memory,
        })
    }
}

/// Whether nothing can be written there. Of such a file system WASI's implementation says only that
/// there was an error; of a grant that is for reading only it says so.
fn is_mounted_read_only(directory: &Path) -> bool {
    statvfs(directory).is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::RDONLY))
}

impl State {
    /// Opens a regular file for reading, and remembers it if it is a live file.
    pub fn open(
        &mut self,
        dir: &Resource<Descriptor>,
        name: &str,
    ) -> FsResult<Resource<Descriptor>> {
        let Descriptor::Dir(dir) = self.table.get(dir)? else {
            return Err(io::Error::from(Errno::ENOTDIR).into());
        };
        self.judged.remove(name);
        let file = open_file(dir, name).map_err(in_words_of_wasi)?;
        let may_replace = matches!(dir.perms, FsPerms::ReadWrite);
        if may_replace {
            self.permissions.note_read(name);
        }
        if may_replace && matches!(Role::of(name), Role::Live(_)) {
            let stat = fstat(&file).map_err(io::Error::from)?;
            self.judged.insert(name.to_owned(), Identity::of(&stat));
        }
        let file = filesystem::File::new(file, dir.perms, OpenMode::READ, true);
        Ok(self.table.push(Descriptor::File(file))?)
    }

    /// Creates a file that only its owner may read.
    pub fn create(
        &mut self,
        dir: &Resource<Descriptor>,
        name: &str,
    ) -> FsResult<Resource<Descriptor>> {
        let Descriptor::Dir(dir) = self.table.get(dir)? else {
            return Err(io::Error::from(Errno::ENOTDIR).into());
        };
        let file = permissions::create(&dir.dir, name).map_err(in_words_of_wasi)?;
        let file = filesystem::File::new(file, dir.perms, OpenMode::WRITE, true);
        Ok(self.table.push(Descriptor::File(file))?)
    }

    /// Whether the component may write to a directory.
    pub fn may_write(&self, directory: &Resource<Descriptor>) -> wasmtime::Result<bool> {
        Ok(match self.table.get(directory)? {
            Descriptor::Dir(directory) => matches!(directory.perms, FsPerms::ReadWrite),
            Descriptor::File(_) => false,
        })
    }
}

impl State {
    /// What a call of the component answers.
    pub fn answer<T>(&mut self, done: FsResult<T>) -> wasmtime::Result<(Result<T, ErrorCode>,)> {
        match done {
            Ok(done) => Ok((Ok(done),)),
            Err(error) => match self.filesystem().convert_error_code(error)? {
                ErrorCode::Io if exhaustion::are_files_used_up(self.permissions.directory()) => {
                    Ok((Err(ErrorCode::InsufficientMemory),))
                }
                code => Ok((Err(code),)),
            },
        }
    }

    /// Puts a staging file in a live file's place, if that is the file that was judged. It does not
    /// handle other renames.
    pub fn replace(
        &self,
        directory: &Resource<Descriptor>,
        from: &str,
        to: &str,
    ) -> wasmtime::Result<Result<Replaced, Errno>> {
        let may_write = self.may_write(directory)?;
        let (Role::Staging, Some(id), true) = (Role::of(from), SessionId::of_live(to), may_write)
        else {
            return Ok(Ok(Replaced::Unsupported));
        };
        let judged = self.judged.get(to).copied();
        let directory = self.permissions.directory();
        Ok(exchange::replace(directory, from, &id, judged))
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// The component asked for more memory than it may have.
#[derive(Debug, thiserror::Error)]
#[error("the memory limit is reached")]
pub struct MemoryLimit;

impl ResourceLimiter for State {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired <= self.most_memory {
            Ok(true)
        } else {
            Err(MemoryLimit.into())
        }
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= 10_000)
    }
}

/// Opens a regular file of a directory.
fn open_file(dir: &Dir, name: &str) -> io::Result<File> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let file = File::from(openat(&dir.dir, name, flags, Mode::empty())?);
    let kind = file.metadata()?.file_type();
    if kind.is_file() {
        Ok(file)
    } else if kind.is_dir() {
        Err(Errno::EISDIR.into())
    } else {
        Err(Errno::ENOTSUP.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn nothing_but_a_regular_file_is_opened_and_a_fifo_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("file"), "").unwrap();
        fs::create_dir(path("directory")).unwrap();
        nix::unistd::mkfifo(&path("fifo"), Mode::S_IRWXU).unwrap();
        std::os::unix::fs::symlink("file", path("link")).unwrap();
        let dir = File::open(directory.path()).unwrap();
        let dir = Dir::new(dir, FsPerms::ReadOnly, OpenMode::READ, true);
        let error = |name| open_file(&dir, name).unwrap_err().raw_os_error();
        assert!(
            open_file(&dir, "file")
                .unwrap()
                .metadata()
                .unwrap()
                .is_file()
        );
        assert_eq!(error("directory"), Some(Errno::EISDIR as i32));
        assert_eq!(error("fifo"), Some(Errno::ENOTSUP as i32));
        assert_eq!(error("link"), Some(Errno::ELOOP as i32));
        assert_eq!(error("nothing"), Some(Errno::ENOENT as i32));
    }
}
