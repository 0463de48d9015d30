//! Limits what a call may use, so that no session can exhaust the host.

use std::time::Duration;

/// What a call may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The component's memory, in bytes. It needs a few MiB, and some hundred bytes for each
    /// session that it lists.
    pub memory: usize,
    /// How long a call may compute. Waiting for the file system is not interrupted.
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
