//! Says why a call has no answer, and what to do about it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use session_recovery::answer::{Error, ErrorCode};

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The component refused.
    #[error(transparent)]
    Refused(#[from] Error),
    /// The session directory cannot be opened.
    #[error("{} cannot be opened: {cause}. Remedy: {}.", path.display(), to_open(cause).1)]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The call computed for too long.
    #[error("The call was ended after {} seconds. Remedy: allow more time.", .0.as_secs())]
    OutOfTime(Duration),
    /// The call asked for too much memory.
    #[error("The call needs more than {} MiB of memory. Remedy: allow more.", .0 >> 20)]
    OutOfMemory(usize),
    /// The process may open too few files.
    #[error(
        "There are too few open files left: {0}. Remedy: raise the limit of open files (`ulimit -n`)."
    )]
    TooFewFiles(io::Error),
    /// The process may start too few threads.
    #[error(
        "There are too few threads left: {0}. Remedy: raise the limit of processes and threads (`ulimit -u`)."
    )]
    TooFewThreads(io::Error),
    /// The component could not be compiled or started, or it trapped.
    #[error("The component failed: {0:#}")]
    Component(wasmtime::Error),
}

/// Of which kind it is that a directory cannot be opened, and what is to be done about it.
fn to_open(cause: &io::Error) -> (ErrorCode, &'static str) {
    if cause.kind() == io::ErrorKind::PermissionDenied {
        (
            ErrorCode::NoPermission,
            "check its permissions, and those of the directories above it",
        )
    } else {
        (
            ErrorCode::NoDirectory,
            "name the directory that holds the sessions",
        )
    }
}

impl From<HostError> for Error {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Refused(error) => error,
            HostError::Directory { ref cause, .. } => {
                Self::new(to_open(cause).0, error.to_string())
            }
            HostError::TooFewFiles(_) | HostError::TooFewThreads(_) => {
                Self::new(ErrorCode::Exhausted, error.to_string())
            }
            _ => Self::new(ErrorCode::Other, error.to_string()),
        }
    }
}
