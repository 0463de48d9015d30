//! Turns that users submitted, in the application's journals.

/// The name of the directory that holds them.
pub const DIRECTORY: &str = "_turn_journal";
