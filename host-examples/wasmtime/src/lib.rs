//! session-recovery in wasmtime: open a session directory, call the
//! operations, get Rust types. The README shows it in use.
//!
//! # The sandbox
//!
//! The component gets one directory and nothing else: no other WASI interface
//! is linked. The grant is read-only for [`Sessions::inspect`],
//! [`Sessions::sessions`] and every dry run. Each call runs in a fresh store,
//! within [`Limits`]. Compiled code is kept in wasmtime's own cache, in the
//! user's cache directory.
//!
//! # Permissions
//!
//! WASI can neither read nor set a file's mode and owner, so this library does:
//! a restored file gets those of the file it replaced, or of its backup where
//! there was none. Until then it must not be readable by others. A library may
//! not touch the umask of its process, so the component runs in a thread that
//! has its own (Linux: `unshare(CLONE_FS)`) of 077, and there is no moment in
//! which others can read. Where that is not to be had (other systems, or a
//! container that forbids it), the staging file has the process's umask while
//! it is written, and the restored file until the call returns; there, run
//! under a umask of 077, as the program of this crate does.

mod bindings;
mod permissions;
mod sandbox;
mod translate;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use session_recovery::answer::{
    Action, Entry, Error, ErrorCode, File, FileState, Outcome, Problem, ProblemKind,
    Recommendation, Status, Summary,
};

use bindings::Options;
use permissions::Permissions;
use sandbox::{Grant, Sandbox};

/// What a call may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The component's memory, in bytes. It needs a few MiB, and some hundred
    /// bytes for each session where it lists them.
    pub memory: usize,
    /// How long a call may compute. Waiting for the file system is not
    /// interrupted.
    pub time: Duration,
}

impl Default for Limits {
    /// 256 MiB and 10 minutes.
    fn default() -> Self {
        Self {
            memory: 256 << 20,
            time: Duration::from_mins(10),
        }
    }
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The component refused.
    #[error(transparent)]
    Refused(#[from] Error),
    /// The session directory cannot be opened.
    #[error("{} cannot be opened: {cause}. Remedy: name the directory that holds the sessions.", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The call computed for too long.
    #[error("The call was ended after {} seconds. Remedy: allow more time.", .0.as_secs())]
    OutOfTime(Duration),
    /// The call asked for too much memory.
    #[error("The call needs more than {} MiB of memory. Remedy: allow more.", .0 >> 20)]
    OutOfMemory(usize),
    /// The component could not be compiled or started, or it trapped.
    #[error("The component failed: {0:#}")]
    Component(wasmtime::Error),
}

impl From<HostError> for Error {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Refused(error) => error,
            HostError::Directory { .. } => Self::new(ErrorCode::NoDirectory, error.to_string()),
            _ => Self::new(ErrorCode::Other, error.to_string()),
        }
    }
}

/// The compiled component.
pub struct Plugin {
    sandbox: Sandbox,
}

impl Plugin {
    /// Compiles the component, or takes it from the cache.
    ///
    /// # Errors
    ///
    /// The component or the machine does not fit this wasmtime.
    pub fn new(limits: Limits) -> Result<Self, HostError> {
        let sandbox = Sandbox::new(limits).map_err(HostError::Component)?;
        Ok(Self { sandbox })
    }

    /// The sessions in a directory, which need not exist yet.
    pub fn open(&self, directory: impl Into<PathBuf>) -> Sessions<'_> {
        Sessions {
            sandbox: &self.sandbox,
            directory: directory.into(),
        }
    }
}

/// The sessions of one directory.
pub struct Sessions<'plugin> {
    sandbox: &'plugin Sandbox,
    directory: PathBuf,
}

impl Sessions<'_> {
    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Compares a session's live file with its backup.
    ///
    /// # Errors
    ///
    /// The id or the directory is wrong.
    pub fn inspect(&self, session_id: &str) -> Result<Status, HostError> {
        let status = self.call(Grant::ReadOnly, |recovery, store| {
            recovery.call_inspect(store, session_id)
        })?;
        Ok(status.into())
    }

    /// Restores a session if it should be, or tells whether it would be.
    ///
    /// # Errors
    ///
    /// The id or the directory is wrong.
    pub fn recover(&self, session_id: &str, dry_run: bool) -> Result<Outcome, HostError> {
        let permissions = Permissions::of_session(&self.directory, session_id);
        let outcome = self.call(grant(dry_run), |recovery, store| {
            recovery.call_recover(store, session_id, options(dry_run))
        })?;
        let mut outcome = outcome.into();
        permissions.give_back(&mut outcome);
        Ok(outcome)
    }

    /// Restores every session that should be, or tells which ones would be. A
    /// directory that does not exist gives zeros.
    ///
    /// # Errors
    ///
    /// The directory cannot be listed.
    pub fn recover_all(&self, dry_run: bool) -> Result<Summary, HostError> {
        if self.is_missing() {
            return Ok(Summary::default());
        }
        let permissions = if dry_run {
            Permissions::default()
        } else {
            Permissions::of_all_sessions(&self.directory)
        };
        let summary = self.call(grant(dry_run), |recovery, store| {
            recovery.call_recover_all(store, options(dry_run))
        })?;
        let mut summary: Summary = summary.into();
        for outcome in &mut summary.sessions {
            permissions.give_back(outcome);
        }
        Ok(summary)
    }

    /// Lists every session and every odd entry. A directory that does not
    /// exist gives none.
    ///
    /// # Errors
    ///
    /// The directory cannot be listed.
    pub fn sessions(&self) -> Result<Vec<Entry>, HostError> {
        if self.is_missing() {
            return Ok(Vec::new());
        }
        let entries = self.call(Grant::ReadOnly, |recovery, store| {
            recovery.call_sessions(store)
        })?;
        Ok(entries.into_iter().map(Into::into).collect())
    }

    /// Whether there is no such directory.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self.directory.try_exists(), Ok(false))
    }

    fn call<T: Send>(&self, grant: Grant, call: impl sandbox::Call<T>) -> Result<T, HostError> {
        permissions::privately(|| self.sandbox.call(&self.directory, grant, call))
    }
}

const fn grant(dry_run: bool) -> Grant {
    if dry_run {
        Grant::ReadOnly
    } else {
        Grant::ReadWrite
    }
}

fn options(dry_run: bool) -> Options {
    if dry_run {
        Options::DRY_RUN
    } else {
        Options::empty()
    }
}

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
