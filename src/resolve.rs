//! Finds the session that somebody means: people copy a part of an ID, or the name of a file.

use crate::answer::{Error, ErrorCode};
use crate::directory::Directory;
use crate::listing::scan;
use crate::nearest::look_up_named;
use crate::session::SessionId;
use crate::session::copies::is_certain;
use crate::sorted::sorted;
use crate::sources::has_copies;

/// How many sessions an error names at most.
const MOST: usize = 3;

/// The fewest characters of an ID's beginning that name a session.
const SHORTEST: usize = 3;

/// Gives the ID of the session that somebody means: by an ID, by the name of its live file or its
/// backup, or by the beginning of its ID.
///
/// # Errors
///
/// The directory cannot be listed, or no session, or more than one, is meant.
pub fn resolve(directory: &impl Directory, name: &str) -> Result<String, Error> {
    let error = match whole(directory, name) {
        Ok(id) => return Ok(id.to_string()),
        Err(error) if !is_about_no_session(&error) || stem(name).is_some() => return Err(error),
        Err(error) => error,
    };
    if let Ok(id) = SessionId::new(name)
        && has_copies(directory, &id)?
    {
        return Ok(id.to_string());
    }
    if name.chars().count() < SHORTEST {
        return Err(error);
    }
    let mut begun = begun_with(directory, name)?;
    match begun.len() {
        0 => Err(error),
        1 => Ok(begun.remove(0)),
        number => Err(several(name, number, &begun)),
    }
}

/// Gives the ID of the session that somebody means by an ID, or by the name of its live file or its
/// backup. A beginning does not do: for what cannot be undone, nobody may mean another session.
///
/// # Errors
///
/// The directory cannot be listed, or there is no such session.
pub fn whole(directory: &impl Directory, name: &str) -> Result<SessionId, Error> {
    let named = |name: &str| {
        let id = SessionId::parse(name)?;
        look_up_named(directory, &id).map(|_| id)
    };
    match (named(name), stem(name)) {
        (Err(error), Some(stem)) if is_about_no_session(&error) => named(stem),
        (found, _) => found,
    }
}

const fn is_about_no_session(error: &Error) -> bool {
    matches!(
        error.code,
        ErrorCode::NoSuchSession | ErrorCode::InvalidSessionId
    )
}

/// The ID in the name of a live file or a backup.
fn stem(name: &str) -> Option<&str> {
    [".json.bak", ".json"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
}

/// The IDs of all sessions that begin so, in order.
fn begun_with(directory: &impl Directory, beginning: &str) -> Result<Vec<String>, Error> {
    let mut begun = Vec::new();
    for entry in scan(directory)? {
        let id = entry.session().map(ToString::to_string);
        begun.extend(id.filter(|id| id.starts_with(beginning)));
    }
    let mut begun = sorted(begun);
    begun.dedup();
    Ok(without_copies(&begun))
}

/// Those whose names do not say that they are copies of another one's.
fn without_copies(ids: &[String]) -> Vec<String> {
    let is_copy = |id: &&String| {
        let name = format!("{id}.json");
        let mut others = ids.iter().filter(|other| other != id);
        others.any(|other| is_certain(&name, other))
    };
    let originals = ids.iter().filter(|id| !is_copy(id));
    originals.cloned().collect()
}

fn several(beginning: &str, number: usize, begun: &[String]) -> Error {
    let shown: Vec<_> = begun.iter().take(MOST).map(String::as_str).collect();
    let more = match number.saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!("{number} sessions have an ID that begins with {beginning}.");
    Error::new(ErrorCode::NoSuchSession, message).remedied_by(format!(
        "Give more of the ID. They are {}{more}.",
        shown.join(", ")
    ))
}
