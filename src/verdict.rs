//! Decides what a live file and its backup are together, and whether the backup should be restored.
//! It reads both and changes nothing.
//!
//! | module | what it does |
//! |---|---|
//! | `judge` | counts a file's messages, or says what is wrong with it |
//! | [`messages`] | says where the messages of an open file are |
//! | [`compare`] | finds the messages that only one of two files has |
//! | [`recommend`] | decides, and gives the reason in a sentence |
//! | `obstacle` | says what would stop a restore, before it is tried |
//! | [`inspect`] | asks all of these about one session |
//!
//! All functions fail if a file or the directory cannot be read.

#![allow(
    clippy::missing_errors_doc,
    reason = "the module's documentation names the errors"
)]

pub mod compare;
pub mod inspect;
pub(crate) mod judge;
pub mod messages;
pub(crate) mod obstacle;
pub mod recommend;
