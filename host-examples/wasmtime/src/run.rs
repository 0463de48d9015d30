//! Names the runs of this host, under which the history lists what they restored.

use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

use session_recovery::command::new_run;
use session_recovery::history::Run;

/// A name for a run that begins now, for [`Sessions::in_run`](crate::Sessions::in_run).
#[must_use]
pub fn new_run_name() -> String {
    begin().name().to_owned()
}

/// A run that begins now.
pub fn begin() -> Run {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    new_run("rust", now.unwrap_or_default(), process::id())
}
