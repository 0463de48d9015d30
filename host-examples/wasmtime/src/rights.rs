//! Says what this process may do with files and directories of others.

use std::fs;

use nix::unistd::{Gid, getegid, geteuid, getgroups};

/// What the system lets this process do in spite of modes and owners. Root in a container may lack
/// some of it.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities(u64);

impl Capabilities {
    /// To give a file to any owner and any group.
    pub const CHOWN: Self = Self(1);
    /// To write whatever the mode says.
    pub const DAC_OVERRIDE: Self = Self(1 << 1);
    /// To do what only a file's owner may.
    pub const FOWNER: Self = Self(1 << 3);

    /// Those that this process has, by the mask in `/proc`.
    pub fn held() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let held = status
            .lines()
            .find_map(|line| line.strip_prefix("CapEff:"))
            .and_then(|held| u64::from_str_radix(held.trim(), 16).ok());
        Self(held.unwrap_or(if geteuid().is_root() { u64::MAX } else { 0 }))
    }

    pub const fn include(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Whether this process is in a group, so that it may give its files to it.
pub fn is_in(group: Gid) -> bool {
    group == getegid() || getgroups().is_ok_and(|groups| groups.contains(&group))
}
