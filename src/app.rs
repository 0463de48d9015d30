//! Reads what hermes-webui writes beside its sessions. Everything that is true only of this
//! application is in this room, so that the other rooms work for any pair of a file and its backup.
//!
//! | module | what it does |
//! |---|---|
//! | [`document`] | reads one of the application's own files event by event, and checks it |
//! | [`ids`] | keeps the ids in such a file, within a bound of memory |
//! | [`tombstones`] | says which sessions were deleted on purpose |
//! | [`guard`] | says whether messages were removed on purpose |
//! | [`note`] | says what else the two files of a session differ in |
//! | [`index`] | reads the application's index, and sets it aside |
//! | [`journal`] | finds turns in the journals that their sessions lack |
//! | `temporary` | finds sessions in temporary files that a crash left |

pub mod document;
pub mod guard;
pub mod ids;
pub mod index;
pub mod journal;
pub mod note;
pub(crate) mod temporary;
pub mod tombstones;
