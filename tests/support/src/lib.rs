//! Stands in for the session directory in tests. [`InMemoryDirectory`] keeps its files in memory
//! and can fail any call. [`CrashSim`] says what a power failure may leave of it.
//!
//! It is a package of its own, so that nothing of it can come into a component.

mod crash_sim;
mod in_memory;

pub use crash_sim::{CrashSim, CrashSimFile, DiskChange, Remains, Trace};
pub use in_memory::{Call, InMemoryDirectory, InMemoryFile};
