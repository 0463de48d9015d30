//! Puts chat sessions back whose messages were lost, from the backups that the
//! application left beside them.
//!
//! The data flows one way, and each module is one step of it:
//!
//! | module | its step |
//! |---|---|
//! | [`session`] | a session's id, and whose file a name is |
//! | [`count`] | a file's bytes, in pieces, to a count, or why there is none; and to its messages |
//! | [`directory`] | all that may be done in the granted directory |
//! | [`listing`] | the directory's names to what each stands for |
//! | [`answer`] | the shapes of what is said about a file, a session, a sweep |
//! | [`compare`] | two files' messages to those that one of them has alone |
//! | [`document`] | the application's own files beside the sessions, checked, event by event |
//! | [`ids`] | the ids in such a file, within bounds |
//! | [`guard`] | what two files say of their last saves to whether messages were removed on purpose |
//! | [`note`] | what two files say beside their messages to what whoever restores should know |
//! | [`gone`] | the application's list of deleted sessions, and what the host knows, to whether a session is |
//! | `judge` | a file, or two at once, to what the bytes say |
//! | `sorted` | items to the same in order, in little code |
//! | `temporary` | the application's temporary files, and how to put one in place |
//! | [`inspect`] | two files to a status and a recommendation |
//! | `obstacle` | what is in the way of that |
//! | [`recover`] | a status to a restored file, staged, synced, in place |
//! | [`sweep`] | every session of the directory |
//! | [`index`] | which sessions the application's index has |
//! | [`journal`] | which turns its journals have |
//! | [`audit`] | everything that is wrong in the directory |
//! | [`plan`] | what an audit found to the changes that mend it |
//! | [`repair`] | a plan to these changes, made |
//! | [`purge`] | kept files of deleted sessions, or of those named, to no files |
//! | `operations` | these steps on the granted directory, for both components |
//! | [`report`] | an answer to JSON and to text |
//! | [`command`] | a command line to an answer, a report, and 0 or 1 |
//! | [`translate!`] | an answer between its two shapes, ours and WIT's |
//! | `plugin` | the exports of the WIT world, which only translate |
//!
//! What decides (`session`, `count`, `guard`, `obstacle`) and what tells (`answer`, `report`) knows
//! nothing of the directory; only `plugin` sees the WIT types; nothing knows a host.

pub mod answer;
pub mod audit;
pub mod compare;
pub mod directory;
pub mod document;
pub mod gone;
pub mod guard;
pub mod ids;
pub mod index;
pub mod inspect;
pub mod journal;
pub mod listing;
mod nearest;
pub mod note;
pub mod plan;
pub mod purge;
pub mod recover;
pub mod repair;
pub mod session;
pub mod sweep;

#[cfg(feature = "command")]
pub mod command;
#[cfg(feature = "command")]
pub mod report;

pub use session_recovery_count as count;

mod judge;
mod obstacle;
mod sorted;
mod temporary;
mod translate;

pub mod operations;
