//! Finds everything that is wrong in the session directory, and mends what somebody has agreed to.
//!
//! | module | what it does |
//! |---|---|
//! | `examination` | looks at every file, and lists what it finds |
//! | `traces` | finds lost messages that the counts do not show |
//! | `files` | compares the live files with the application's index |
//! | `finding` | says for each kind of finding who mends it, and how |
//! | [`plan`] | lists the changes that would mend it, with fingerprints of the files |
//! | [`repair`] | makes these changes, if the files are still the same |
//! | [`purge`] | removes kept files |

mod examination;
mod files;
mod finding;
pub mod plan;
pub mod purge;
pub mod repair;
mod traces;

pub use examination::{Examined, audit, examine};
