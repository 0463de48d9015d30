//! Ids stay inside the directory, and a name leads back to the id that it was
//! made from.

use std::ffi::OsStr;
use std::path::{Component, Path};

use session_recovery::answer::ErrorCode;
use session_recovery::directory::{Entry, Kind};
use session_recovery::listing::DirEntry;
use session_recovery::session::{InvalidId, Role, SessionId, staging_name};

/// File systems take no longer names, in bytes.
const LONGEST_NAME: usize = 255;
/// A message that shows a name stays this short, in bytes.
const LONGEST_MESSAGE: usize = 1200;

/// A text is an id or is refused for a reason that it has, and as the name of
/// an entry it has the role that its ending says. Bytes that are no UTF-8 are
/// replaced first; numbers and file IDs are taken from the bytes too.
///
/// # Panics
///
/// If it is otherwise.
pub fn names(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let number = u32::from_be_bytes(start(bytes));
    match SessionId::new(&text) {
        Ok(id) => accepted(&text, &id, number),
        Err(why) => assert!(faults(&text).contains(&why), "{text:?} is refused: {why}"),
    }
    parsed(&text);
    assert_eq!(Role::of(&text), role(&text), "{text:?}");
    let staging = staging_name(u128::from_be_bytes(start(bytes)));
    assert_eq!(Role::of(&staging), Role::Staging);
    assert_eq!(role(&staging), Role::Staging);
    for kind in [Kind::File, Kind::Directory, Kind::Link, Kind::Special] {
        found(&text, kind);
    }
}

/// The first bytes, and zeros if there are no more.
fn start<const N: usize>(bytes: &[u8]) -> [u8; N] {
    std::array::from_fn(|at| bytes.get(at).copied().unwrap_or_default())
}

fn accepted(text: &str, id: &SessionId, number: u32) {
    assert!(faults(text).is_empty(), "{text:?} is an id");
    assert_eq!(id.to_string(), text);
    let number = number.max(1);
    let names = [
        (id.live_name(), Role::Live(text)),
        (id.backup_name(), Role::Backup(text)),
    ];
    let kept = id.kept_name(number);
    let has_room = text.len() + format!(".json.replaced.{number}").len() <= LONGEST_NAME;
    assert_eq!(kept.is_some(), has_room, "{text:?} {number}");
    let kept = kept.map(|name| (name, Role::Kept(text, number)));
    for (name, role) in names.into_iter().chain(kept) {
        assert!(name.len() <= LONGEST_NAME, "{name:?}");
        assert_stays_inside(&name);
        assert_eq!(Role::of(&name), role, "{name:?}");
    }
}

fn assert_stays_inside(name: &str) {
    assert!(!name.contains(['/', '\\', '\0']), "{name:?}");
    let components: Vec<_> = Path::new(name).components().collect();
    assert_eq!(components, [Component::Normal(OsStr::new(name))]);
}

/// All that makes a text unfit for an id.
fn faults(text: &str) -> Vec<InvalidId> {
    let has = |wanted: char| text.chars().any(|character| character == wanted);
    let faults = [
        (text.is_empty(), InvalidId::Empty),
        (text == "." || text == "..", InvalidId::Dots),
        (has('/') || has('\\'), InvalidId::Separator),
        (has('\0'), InvalidId::Nul),
        (text.bytes().next() == Some(b'_'), InvalidId::SystemName),
        (
            format!("{text}.json.bak").len() > LONGEST_NAME,
            InvalidId::TooLong,
        ),
    ];
    let faults = faults.into_iter().filter(|(applies, _)| *applies);
    faults.map(|(_, fault)| fault).collect()
}

/// The error for the caller says the same, shortly, and is safe to show.
fn parsed(text: &str) {
    match SessionId::parse(text) {
        Ok(id) => assert_eq!(Ok(id), SessionId::new(text)),
        Err(error) => {
            assert!(SessionId::new(text).is_err(), "{text:?}");
            assert_eq!(error.code, ErrorCode::InvalidSessionId);
            assert!(error.message.len() <= LONGEST_MESSAGE, "{text:?}");
            assert!(!error.message.contains(char::is_control), "{text:?}");
        }
    }
}

/// The role of a name, by writing out each name that would have it.
fn role(name: &str) -> Role<'_> {
    let stem = |ending: &str| {
        let stem = name.get(..name.len().checked_sub(ending.len())?)?;
        (format!("{stem}{ending}") == name).then_some(stem)
    };
    if name.starts_with('_') {
        return Role::System;
    }
    if let Some(stem) = stem(".json") {
        return Role::Live(stem);
    }
    if let Some(stem) = stem(".json.bak") {
        return Role::Backup(stem);
    }
    for (ending, role) in [("staging", Role::Staging), ("claim", Role::Claim)] {
        if is_own(name, ending) {
            return role;
        }
    }
    if is_exchange(name) {
        return Role::Exchange;
    }
    let number = name.rsplit('.').next().map(str::parse);
    if let Some(Ok(number @ 1..)) = number
        && let Some(stem) = stem(&format!(".json.replaced.{number}"))
    {
        return Role::Kept(stem, number);
    }
    Role::Other
}

fn is_own(name: &str, ending: &str) -> bool {
    let digits = name.split(['-', '.']).nth(3).unwrap_or_default();
    let number = u128::from_str_radix(digits, 16).ok();
    number.is_some_and(|number| name == format!(".session-recovery-{number:032x}.{ending}"))
}

/// What a listing makes of an entry follows from its role, its kind, and
/// whether its stem is an id.
fn found(name: &str, kind: Kind) {
    let name = name.to_owned();
    let entry = DirEntry::from(Ok(Entry {
        name: name.clone(),
        kind,
    }));
    let is_id = |stem| faults(stem).is_empty();
    let as_expected = match (&entry, role(&name)) {
        (DirEntry::Live(id, of), Role::Live(stem))
        | (DirEntry::Backup(id, of), Role::Backup(stem)) => {
            id.to_string() == stem && is_id(stem) && *of == kind
        }
        (DirEntry::Odd { error, live: true }, Role::Live(stem))
        | (DirEntry::Odd { error, live: false }, Role::Backup(stem)) => {
            error.code == ErrorCode::UnusableName && !is_id(stem)
        }
        (DirEntry::Kept(id, number), Role::Kept(stem, of)) => {
            id.to_string() == stem && is_id(stem) && *number == of && kind == Kind::File
        }
        (DirEntry::Nothing, Role::Kept(stem, _)) => !is_id(stem) || kind != Kind::File,
        (DirEntry::Leftover(own), Role::Staging | Role::Claim) => {
            *own == name && kind == Kind::File
        }
        (DirEntry::Nothing, Role::Staging | Role::Claim | Role::Other) => kind != Kind::File,
        (DirEntry::Other(other), Role::Other) => *other == name && kind == Kind::File,
        (DirEntry::System(found, of), Role::System) => *found == name && *of == kind,
        _ => false,
    };
    assert!(as_expected, "{name:?} as {kind:?}: {entry:?}");
}

fn is_exchange(name: &str) -> bool {
    let mut parts = name.split(['-', '.']).skip(3);
    let mut hexadecimal = || u128::from_str_radix(parts.next()?, 16).ok();
    let (digest, file_id) = (hexadecimal(), hexadecimal());
    let number = parts.next().map(str::parse::<u32>);
    let (Some(digest), Some(file_id), Some(Ok(number))) = (digest, file_id, number) else {
        return false;
    };
    name == format!(".session-recovery-{digest:032x}-{file_id:032x}-{number}.exchange")
}
