//! Finds everything that is wrong in the session directory, and repairs what somebody agreed to.
//!
//! | module | what it does |
//! |---|---|
//! | `examination` | looks at every file, and lists what it finds |
//! | `traces` | finds lost messages that the counts do not show |
//! | `files` | compares the live files with the application's index |
//! | `finding` | says for each kind of finding who repairs it, and how |
//! | [`plan`] | lists the changes that repair it, with fingerprints of the files |
//! | [`repair`] | makes these changes, if the files are still the same |
//! | [`purge`] | removes kept files |
//!
//! All functions fail if the directory cannot be listed, or if it is not a session directory.

#![allow(
    clippy::missing_errors_doc,
    reason = "the module's documentation names the errors"
)]

mod examination;
mod files;
mod finding;
pub mod plan;
pub mod purge;
pub mod repair;
mod traces;

pub use examination::{Examined, audit, examine};
