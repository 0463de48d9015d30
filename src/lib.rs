//! Restores chat sessions whose messages were lost, from the backups that the application left
//! beside them.
//!
//! The data flows one way, and each module is one step of it:
//!
//! | module | what it does |
//! |---|---|
//! | [`session`] | knows what a session's ID is, and whose file a name is |
//! | [`count`] | reads a file's bytes, in chunks, and counts its messages, or says why it cannot |
//! | [`directory`] | holds all that may be done in the granted directory |
//! | [`listing`] | sorts the directory's names by session, and says what each stands for |
//! | `nearest` | looks up a session that somebody named, and finds similar IDs if it does not exist |
//! | [`answer`] | holds the shapes of what is said about a file, a session, a sweep |
//! | `sorted` | sorts items in little code |
//! | `remove` | removes a file that a restore made |
//! | [`app`] | reads what hermes-webui writes beside its sessions: everything that only it knows |
//! | [`verdict`] | judges two files, compares them, and decides whether to restore |
//! | [`sources`] | finds every file that holds messages of a session, and the best one |
//! | `resolve` | finds the session that somebody means |
//! | [`preview`] | shows messages of a file, and what changes if it is put in place |
//! | [`history`] | remembers what was done in the directory |
//! | `claim` | lets only one of several runs restore a session |
//! | [`recover`] | puts a backup in its live file's place: staged, synced, renamed, synced |
//! | [`sweep`] | recovers every session of the directory, some at a time |
//! | [`audit`] | finds all that is wrong in the directory, plans what repairs it, and repairs it |
//! | [`prune`] | removes the kept files that hold nothing which other files lack |
//! | [`operations`] | lists what can be done with a directory, for the components and for hosts |
//! | [`report`] | puts an answer in words and in JSON |
//! | [`command`] | turns arguments into a command, and a command into an answer |
//! | [`translate!`] | turns an answer into WIT's shape and back |
//!
//! The components are crates of their own, in `src/component/`: they translate, and decide nothing.
//! What decides (`session`, `count`, `app::guard`, `verdict::recommend`) and what reports (`answer`,
//! `report`) knows nothing of the directory. Only the components see the WIT types. Nothing knows a
//! host.

pub mod answer;
pub mod app;
pub mod audit;
pub mod directory;
pub mod history;
pub mod listing;
pub mod operations;
pub mod preview;
pub mod prune;
pub mod recover;
pub mod session;
pub mod sources;
pub mod sweep;
pub mod verdict;

#[cfg(feature = "command")]
pub mod command;
#[cfg(feature = "command")]
pub mod report;

pub use session_recovery_count as count;

mod claim;
mod nearest;
mod remove;
mod resolve;
mod sorted;
mod translate;
