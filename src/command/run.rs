//! Names a run, so that the history says which program did what, and when.

use std::time::Duration;

use crate::history::Run;
use crate::report::time::Utc;

/// A run of a program that begins at this time since 1970. Runs that begin at the same time should
/// have another `salt` each.
///
/// ```
/// use std::time::Duration;
/// use session_recovery::command::new_run;
///
/// let run = new_run("rust", Duration::new(1_795_902_263, 500), 0);
/// assert_eq!(run.name(), "rust-20261128T214423Z-01f4");
/// assert_eq!(run.time(), 1_795_902_263);
/// ```
#[must_use]
pub fn new_run(program: &str, now: Duration, salt: u32) -> Run {
    let time = now.as_secs();
    let digits = now.subsec_nanos() ^ salt;
    let digits = (digits ^ (digits >> 16)) & 0xffff;
    let name = format!("{program}-{}-{digits:04x}", Utc::of(time).compact());
    Run::new(&name, time)
}
