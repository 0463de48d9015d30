//! Stands in for the session directory in tests. [`InMemoryDirectory`] keeps its files in memory
//! and can fail any call. [`CrashSim`] gives the states that a power failure may leave.
//!
//! It is a crate of its own, so that none of it can get into a component.

mod crash_sim;
mod in_memory;

pub use crash_sim::{CrashSim, CrashSimFile, DiskChange, Remains, Trace};
pub use in_memory::{Call, InMemoryDirectory, InMemoryFile};
