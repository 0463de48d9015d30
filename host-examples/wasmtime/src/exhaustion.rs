//! Notices that the process has too few file descriptors or threads left. The call then fails with
//! an error that says so, and the process goes on.

use std::io;
use std::os::fd::AsFd;
use std::thread;

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// More threads gain nothing: the component has few large functions.
const MOST_THREADS: usize = 8;

/// Whether a call failed because no more files can be opened.
pub fn is_about_files(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw);
    matches!(errno, Some(Errno::EMFILE | Errno::ENFILE))
}

/// Whether no more files can be opened at the moment.
pub fn are_files_used_up(directory: &impl AsFd) -> bool {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let opened = openat(directory, ".", flags, Mode::empty());
    opened.is_err_and(|errno| is_about_files(&errno.into()))
}

/// Translates the error for the component. WASI has no code for missing descriptors.
pub fn in_words_of_wasi(error: io::Error) -> io::Error {
    if is_about_files(&error) {
        Errno::ENOMEM.into()
    } else {
        error
    }
}

/// The threads in which to compile, if there are any left.
pub fn threads() -> Option<ThreadPool> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = ThreadPoolBuilder::new().num_threads(cores.min(MOST_THREADS));
    threads.build().ok()
}

/// Fails if no thread can be started.
pub fn require_thread() -> io::Result<()> {
    let started = thread::Builder::new().spawn(|| {})?;
    // It does nothing that could fail.
    let _ = started.join();
    Ok(())
}
