//! Finds out what somebody means by the name of a source.

use crate::answer::{Error, ErrorCode, SourceKind};
use crate::app::temporary::word;
use crate::listing::Listed;
use crate::session::SessionId;
use crate::session::copies::is_conflict;

/// What a name stands for beside the live file and the backup, if it is the name of a source.
#[must_use]
pub fn kind_of(id: &SessionId, listed: &Listed, name: &str) -> Option<SourceKind> {
    let is_it = |other: &String| other == name;
    let kept = listed.kept.iter();
    let mut kept = kept.filter_map(|number| id.kept_name(*number));
    if name == id.live_name() {
        Some(SourceKind::Live)
    } else if name == id.backup_name() {
        Some(SourceKind::Backup)
    } else if listed.temporary.iter().any(is_it) {
        Some(SourceKind::Temporary)
    } else if !listed.copies.iter().any(is_it) {
        kept.any(|other| other == name).then_some(SourceKind::Kept)
    } else if is_conflict(name) {
        Some(SourceKind::ConflictCopy)
    } else {
        Some(SourceKind::OtherCopy)
    }
}

/// The error for a name that is none of the session's sources.
#[must_use]
pub fn no_such_source(id: &SessionId, name: &str) -> Error {
    // The text may be of any length and hold anything; a message should not.
    let shown = name.chars().take(255);
    let shown: String = shown
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    let message = format!("The session {id} has no source \"{shown}\".");
    let id = word(&id.to_string());
    Error::new(ErrorCode::NoSuchSource, message)
        .remedied_by(format!("`sources {id}` lists the sources."))
}
