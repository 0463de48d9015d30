//! Stands in for the session directory in tests. [`Simulated`] keeps its files in memory and
//! can fail any call. [`Volatile`] says what a power failure may leave of it.
//!
//! It is a package of its own, so that nothing of it can come into a component.

mod crash_sim;
mod in_memory;

pub use crash_sim::{Change, Remains, Trace, Volatile, VolatileFile};
pub use in_memory::{Call, Simulated, SimulatedFile};
