//! Reads what hermes-webui writes beside its sessions. Everything that is true only of this
//! application is in this module. The other modules work for any pair of a file and its backup.
//!
//! | module | what it does |
//! |---|---|
//! | [`document`] | reads one of the application's own files event by event, and checks it |
//! | [`ids`] | keeps the IDs in such a file, within a limit of memory |
//! | [`tombstones`] | says which sessions were deleted on purpose |
//! | [`guard`] | says whether messages were removed on purpose |
//! | [`note`] | says what else differs between the two files of a session |
//! | [`index`] | reads the application's index, and renames it |
//! | [`journal`] | finds turns in the journals that their sessions lack |
//! | `temporary` | finds sessions in temporary files that a crash left |
//!
//! Functions that return a result fail if the host cannot read or change a file.

#![allow(
    clippy::missing_errors_doc,
    reason = "the module's documentation names the errors"
)]

pub mod document;
pub mod guard;
pub mod ids;
pub mod index;
pub mod journal;
pub mod note;
pub(crate) mod temporary;
pub mod tombstones;
