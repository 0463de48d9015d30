//! Says by its name which sessions a file may be a copy of. Sync programs, editors and people make
//! such copies. Whether it is one, the ID inside decides.
//!
//! ```
//! use session_recovery::session::copies::{is_certain, is_conflict, may_be_of};
//!
//! assert!(may_be_of("3f2a.sync-conflict-20260101-120000-ABCDEFG.json", "3f2a"));
//! assert!(may_be_of("Copy of 3f2a.json", "3f2a"));
//! assert!(!may_be_of("3f2a9.json", "3f2a"));
//!
//! assert!(is_conflict("3f2a (conflicted copy 2026-01-01).json"));
//! assert!(is_certain("3f2a.json.bak.1", "3f2a") && !is_certain("3f2a-b.json", "3f2a"));
//! ```

use super::{LIVE, OWN_PREFIX, Role};

/// What the names of copies hold that sync programs make if two computers changed a file: those of
/// Syncthing, Dropbox, Nextcloud, Seafile and Resilio.
const CONFLICTS: [&str; 6] = [
    ".sync-conflict-",
    "conflicted copy",
    "case conflict",
    "_conflict-",
    "(sfconflict",
    ".conflict",
];

/// What stands behind the ID in the names that no other session has.
const CERTAIN: [&str; 6] = [
    LIVE,
    ".sync-conflict-",
    " (",
    " copy",
    " - copy",
    "_conflict-",
];

/// What stands behind the ID in the names of conflict copies.
const BEFORE_CONFLICT: [&str; 4] = [".sync-conflict-", "_conflict-", ".conflict", " ("];

/// The suffixes of copies that lost the `.json` of their names.
const SUFFIXES: [&str; 4] = [".bak", ".backup", ".old", ".orig"];

/// The most places in a name at which an ID is looked for to begin or to end.
const MOST: usize = 32;

/// Whether a file of this name may be a copy of a session's file. It is none of the names that the
/// session's own files have.
#[must_use]
pub fn may_be_of(name: &str, id: &str) -> bool {
    ids(name).any(|other| other == id)
}

/// The IDs of the sessions that a file of this name may be a copy of: not that of the session whose
/// own file it is.
pub fn ids(name: &str) -> impl Iterator<Item = &str> {
    let own = own_stem(name);
    let is_copy = may_hold_session(name);
    let starts = [0]
        .into_iter()
        .chain(boundaries(name).map(|(_, after)| after));
    let starts = starts.take(if is_copy { MOST } else { 0 });
    starts.flat_map(move |start| {
        let ends = boundaries(name)
            .map(|(at, _)| at)
            .filter(move |at| *at > start);
        let ends = ends.take(MOST);
        ends.filter_map(move |end| name.get(start..end).filter(|id| Some(*id) != own))
    })
}

/// The ID of the session whose own file has this name.
fn own_stem(name: &str) -> Option<&str> {
    match Role::of(name) {
        Role::Live(stem) | Role::Backup(stem) | Role::Kept(stem, _) | Role::Temporary(stem) => {
            Some(stem)
        }
        _ => None,
    }
}

/// Whether the name says that it is a copy of this session, and of no other one. No application
/// gives a session an ID with a space.
#[must_use]
pub fn is_certain(name: &str, id: &str) -> bool {
    let Some(rest) = name.strip_prefix(id).map(str::to_ascii_lowercase) else {
        return false;
    };
    let is_nobody_s = matches!(Role::of(name), Role::Other) || is_conflict(name);
    (is_nobody_s || rest.starts_with(' ')) && CERTAIN.iter().any(|begin| rest.starts_with(begin))
}

/// Whether a sync program made the file.
#[must_use]
pub fn is_conflict(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    CONFLICTS.iter().any(|mark| name.contains(mark))
}

/// The stem of a copy's name: what stands before `.json`, and before what a sync program added.
#[must_use]
pub fn stem(name: &str) -> Option<&str> {
    let lower = name.to_ascii_lowercase();
    let end = lower.find(LIVE)?;
    let marks = BEFORE_CONFLICT.iter().filter(|_| is_conflict(name));
    let conflict = marks.filter_map(|mark| lower.find(mark)).min();
    name.get(..conflict.map_or(end, |conflict| conflict.min(end)))
}

/// Whether a file of this name may hold a session at all.
fn may_hold_session(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    !name.starts_with('_')
        && !name.starts_with(OWN_PREFIX)
        && (lower.contains(LIVE) || SUFFIXES.iter().any(|suffix| lower.ends_with(suffix)))
}

/// Where characters stand that are part of no word, and where they end.
fn boundaries(name: &str) -> impl Iterator<Item = (usize, usize)> {
    let places = name.char_indices();
    places
        .filter(|(_, character)| !character.is_alphanumeric())
        .map(|(at, character)| (at, at + character.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_all_kinds_are_found_by_their_names() {
        for name in [
            "a1.json.bak.1",
            "a1.json.bak1",
            "a1.json.bak~",
            "a1.json~",
            "a1.json.orig",
            "a1.json.gz",
            "a1.bak",
            "a1 copy.json",
            "a1 (1).json",
            "a1 - Copy.json",
            "a1-backup.json",
            "a1_old.json",
            "Copy of a1.json",
            "#a1.json#",
            "a1.JSON",
            "a1.sync-conflict-20260101-120000-ABCDEFG.json",
            "a1.sync-conflict-20260101-120000-ABCDEFG.json.bak",
            "a1 (conflicted copy 2026-01-01).json",
            "a1 (Ann's conflicted copy 2026-01-01).json",
            "a1 (Case Conflict).json",
            "a1_conflict-20260101-120000.json",
            "a1 (SFConflict ann@example.org 2026-01-01-12-00-00).json",
        ] {
            assert!(may_be_of(name, "a1"), "{name}");
        }
    }

    #[test]
    fn the_session_s_own_files_and_those_of_others_are_no_copies() {
        for name in [
            "a1.json",
            "a1.json.bak",
            "a1.json.replaced.1",
            "a1.tmp.1.2",
            "a1.json.recover.tmp",
            "a12.json",
            "ba1.json",
            "a1.png",
            "_a1.json",
            ".session-recovery-log.jsonl",
        ] {
            assert!(!may_be_of(name, "a1"), "{name}");
        }
    }

    #[test]
    fn an_id_may_have_any_character() {
        for id in ["a-b_c", "日本", "a b", "x.y", "a'b"] {
            for name in [format!("{id}.json.bak.1"), format!("{id} copy.json")] {
                assert!(may_be_of(&name, id), "{name}");
                assert!(is_certain(&name, id), "{name}");
            }
        }
    }

    #[test]
    fn the_name_of_another_session_is_never_certain() {
        for name in ["a1-b.json", "a1.json.json", "a1-backup.json"] {
            assert!(!is_certain(name, "a1"), "{name}");
        }
        assert!(is_certain("a1 (conflicted copy 2026-01-01).json", "a1"));
    }

    #[test]
    fn conflicts_are_told_from_other_copies() {
        assert!(is_conflict("a1 (Case Conflict 2).json"));
        assert!(is_conflict("a1_conflict-20260101-120000.json"));
        assert!(!is_conflict("a1 copy.json"));
        for name in [
            "a1.sync-conflict-1-2-A.json",
            "a1.json.sync-conflict-1-2-A.bak",
            "a1.sync-conflict-1-2-A.json.bak",
            "a1_conflict-20260101-120000.json",
            "a1.Conflict.json",
            "a1 (Ann's conflicted copy 2026-01-01).json",
        ] {
            assert_eq!(stem(name), Some("a1"), "{name}");
        }
        assert_eq!(stem("a (1).json.bak.1"), Some("a (1)"));
        assert_eq!(stem("a1.json.bak.1"), Some("a1"));
        assert_eq!(stem("a1.png"), None);
    }

    #[test]
    fn a_name_of_many_words_is_looked_at_in_few_places() {
        let name = format!("{}.json.bak", "a-".repeat(120));
        assert!(ids(&name).count() <= MOST * MOST);
    }
}
