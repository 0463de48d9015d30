//! Decides what a live file and its backup are together, and whether the backup should be restored.
//! It reads both and changes nothing.
//!
//! | module | what it does |
//! |---|---|
//! | `judge` | counts a file's messages, or says what is wrong with it |
//! | [`mend`] | makes a session of what a damaged file still holds |
//! | `heading` | says what a file is about |
//! | [`messages`] | says where the messages of an open file are |
//! | [`compare`] | finds the messages that only one of two files has |
//! | [`recommend`] | decides, and gives the reason in a sentence |
//! | [`salvaging`] | decides which damaged file a salvage puts in place |
//! | `salvage` | finds out what that would bring back |
//! | `obstacle` | says what would stop a restore, before it is tried |
//! | [`inspect`] | asks all of these about one session |
//!
//! All functions fail if a file or the directory cannot be read.

#![allow(
    clippy::missing_errors_doc,
    reason = "the module's documentation names the errors"
)]

pub mod compare;
pub(crate) mod heading;
pub mod inspect;
pub(crate) mod judge;
pub mod mend;
pub mod messages;
pub(crate) mod obstacle;
pub mod recommend;
pub(crate) mod salvage;
pub mod salvaging;
