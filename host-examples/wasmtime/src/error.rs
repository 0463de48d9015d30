//! Says why a call failed and what to do next, including failures that only a host sees.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use session_recovery::answer::{Error, ErrorCode};

/// Why a call has no answer. [`Error`] has the same with a code and a remedy.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The component refused.
    #[error(transparent)]
    Refused(#[from] Error),
    /// The session directory does not exist.
    #[error("There is no directory {}.", .0.display())]
    NoDirectory(PathBuf),
    /// There is a file in the session directory's place.
    #[error("{} is a file, not a directory.", .0.display())]
    NotADirectory(PathBuf),
    /// The session directory cannot be opened.
    #[error("{} cannot be opened: {cause}.", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The call computed for too long.
    #[error("The call was ended after {} seconds.", .0.as_secs())]
    OutOfTime(Duration),
    /// The call asked for too much memory.
    #[error("The call needs more than {} MiB of memory.", .0 >> 20)]
    OutOfMemory(usize),
    /// The process may open too few files.
    #[error("The process cannot open enough files: {0}.")]
    TooFewFiles(io::Error),
    /// The process may start too few threads.
    #[error("The process cannot start enough threads: {0}.")]
    TooFewThreads(io::Error),
    /// The component could not be compiled or started, or it trapped.
    #[error("The component failed: {0:#}.")]
    Component(wasmtime::Error),
}

impl HostError {
    /// Why a directory cannot be opened.
    pub(crate) fn opening(path: PathBuf, cause: io::Error) -> Self {
        match cause.kind() {
            io::ErrorKind::NotFound => Self::NoDirectory(path),
            io::ErrorKind::NotADirectory => Self::NotADirectory(path),
            _ => Self::Directory { path, cause },
        }
    }

    fn code(&self) -> ErrorCode {
        match self {
            Self::Refused(error) => error.code,
            Self::NoDirectory(_) | Self::NotADirectory(_) => ErrorCode::NoDirectory,
            Self::Directory { cause, .. } if cause.kind() == io::ErrorKind::PermissionDenied => {
                ErrorCode::NoPermission
            }
            Self::Directory { .. } => ErrorCode::Io,
            Self::TooFewFiles(_) | Self::TooFewThreads(_) => ErrorCode::Exhausted,
            Self::OutOfTime(_) | Self::OutOfMemory(_) | Self::Component(_) => ErrorCode::Other,
        }
    }

    fn remedy(&self) -> &'static str {
        match self {
            Self::Refused(_) => "",
            Self::NotADirectory(_) => "Name the directory that holds the sessions.",
            Self::NoDirectory(_) => {
                "Name the directory that holds the sessions, or add --missing-ok if it need not exist yet."
            }
            Self::Directory { .. } => {
                "Check its permissions, and those of the directories above it."
            }
            Self::OutOfTime(_) => "Allow more time (--max-time).",
            Self::OutOfMemory(_) => "Allow more memory (--max-memory).",
            Self::TooFewFiles(_) => "Raise the limit of open files (`ulimit -n`).",
            Self::TooFewThreads(_) => "Raise the limit of processes and threads (`ulimit -u`).",
            Self::Component(_) => "Run the same command again. If it fails again, report this.",
        }
    }
}

impl From<HostError> for Error {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Refused(error) => error,
            error => Self::new(error.code(), error.to_string()).remedied_by(error.remedy()),
        }
    }
}
