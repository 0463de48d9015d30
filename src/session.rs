//! Says what names mean: what a session's ID is, what its files are called, and whose file a
//! directory entry is.
//!
//! ```
//! use session_recovery::session::{InvalidId, Role, SessionId};
//!
//! let id = SessionId::new("3f2a90c41b7e")?;
//! assert_eq!(id.live_name(), "3f2a90c41b7e.json");
//! assert_eq!(id.backup_name(), "3f2a90c41b7e.json.bak");
//! assert_eq!(id.kept_name(1).as_deref(), Some("3f2a90c41b7e.json.replaced.1"));
//!
//! assert_eq!(Role::of("3f2a90c41b7e.json.replaced.1"), Role::Kept("3f2a90c41b7e", 1));
//! assert_eq!(Role::of("_index.json"), Role::System);
//! assert_eq!(SessionId::new("../x"), Err(InvalidId::Separator));
//! # Ok::<(), InvalidId>(())
//! ```

pub mod copies;

use std::fmt;

use siphasher::sip128::SipHasher13;

use crate::answer::{Error, ErrorCode};

/// The ending of a live file's name.
const LIVE: &str = ".json";
/// What a backup's name has after the live file's.
const BACKUP: &str = ".bak";
/// What a kept file's name has after the live file's, before its number.
const KEPT: &str = ".replaced.";
/// What the names of the application's own files begin with.
const SYSTEM_PREFIX: &str = "_";
/// The application's list of deleted sessions.
pub const DELETED: &str = "_deleted_webui_sessions.json";
/// The application's index of sessions.
pub const INDEX: &str = "_index.json";
/// What the names of the index's own temporary files begin with.
pub const INDEX_TEMPORARY: &str = "_index.tmp.";
/// Our history of the directory. None of the application's patterns matches the name.
pub const LOG: &str = ".session-recovery-log.jsonl";
/// The directory of the application's turn journals.
pub const JOURNALS: &str = "_turn_journal";
/// File systems take names of at most this many bytes.
const LONGEST_NAME: usize = 255;
/// The longest session ID, in bytes: its backup's name still fits.
pub const LONGEST_ID: usize = LONGEST_NAME - LIVE.len() - BACKUP.len();

/// A session's ID: a file-name stem that stays inside its directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionId(String);

/// Why a text is not a session ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// No bytes at all.
    #[error("it is empty")]
    Empty,
    /// `.` or `..`.
    #[error("`.` and `..` are directories")]
    Dots,
    /// A slash or a backslash.
    #[error("it contains a path separator")]
    Separator,
    /// A NUL character.
    #[error("it contains a NUL character")]
    Nul,
    /// A leading underscore.
    #[error("names that begin with `_` are the application's own files")]
    SystemName,
    /// More than [`LONGEST_ID`] bytes.
    #[error("it is longer than {LONGEST_ID} bytes, which leaves no room for a backup's name")]
    TooLong,
}

impl SessionId {
    /// Takes a text as an ID, if it can name a session's files.
    ///
    /// # Errors
    ///
    /// What makes the text unfit; see [`InvalidId`].
    pub fn new(text: &str) -> Result<Self, InvalidId> {
        match text {
            "" => Err(InvalidId::Empty),
            "." | ".." => Err(InvalidId::Dots),
            _ if text.contains(['/', '\\']) => Err(InvalidId::Separator),
            _ if text.contains('\0') => Err(InvalidId::Nul),
            _ if text.starts_with(SYSTEM_PREFIX) => Err(InvalidId::SystemName),
            _ if text.len() > LONGEST_ID => Err(InvalidId::TooLong),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// Does what [`SessionId::new`] does, with an error for the caller.
    ///
    /// # Errors
    ///
    /// `invalid-session-id`, with the reason and the remedy.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::new(text).map_err(|why| {
            // The text may be of any length and hold anything; a message should not.
            let shown = text.chars().take(80);
            let shown: String = shown
                .map(|c| if c.is_control() { '\u{fffd}' } else { c })
                .collect();
            Error::new(
                ErrorCode::InvalidSessionId,
                format!("\"{shown}\" is not a session ID: {why}."),
            )
            .remedied_by("An ID is the name of a session's file without .json.")
        })
    }

    /// Gives the ID of the session whose live file has this name.
    #[must_use]
    pub fn of_live(name: &str) -> Option<Self> {
        Self::new(name.strip_suffix(LIVE)?).ok()
    }

    /// The name of the live file.
    #[must_use]
    pub fn live_name(&self) -> String {
        format!("{self}{LIVE}")
    }

    /// The name of the backup.
    #[must_use]
    pub fn backup_name(&self) -> String {
        format!("{self}{LIVE}{BACKUP}")
    }

    /// The name under which a live file is kept that was replaced, if file systems take one so
    /// long.
    #[must_use]
    pub fn kept_name(&self, number: u32) -> Option<String> {
        let name = format!("{self}{LIVE}{KEPT}{number}");
        (name.len() <= LONGEST_NAME).then_some(name)
    }

    /// The name of the file that a run makes while it replaces the live file. It is of one length,
    /// as the longest IDs leave no room for more.
    #[must_use]
    pub fn claim_name(&self) -> String {
        own_name(self.digest(), CLAIM_SUFFIX)
    }

    /// A name for a file that loses this session's live name to a staging file in an exchange of
    /// names. Two runs never have the same one: `file_id` is that of a file which the run has open.
    #[must_use]
    pub fn exchange_name(&self, file_id: u128, number: u32) -> String {
        let prefix = self.exchange_prefix();
        format!("{prefix}{file_id:032x}-{number}{EXCHANGE_SUFFIX}")
    }

    /// Whether an exchange of this session's names gave a file this name.
    #[must_use]
    pub fn owns_exchange(&self, name: &str) -> bool {
        Role::of(name) == Role::Exchange && name.starts_with(&self.exchange_prefix())
    }

    /// A name for a kept file that is about to be removed: that of an exchange, from which its
    /// number can be told. `file_id` is that of a file which the run has open. There is none for
    /// the highest numbers.
    #[must_use]
    pub fn pruned_name(&self, file_id: u128, kept: u32) -> Option<String> {
        (kept < PRUNED).then(|| self.exchange_name(file_id, kept | PRUNED))
    }

    /// The number of the kept file that got this name when it was about to be removed.
    #[must_use]
    pub fn pruned_number(&self, name: &str) -> Option<u32> {
        let number = exchange_number(name).filter(|_| self.owns_exchange(name))?;
        (number >= PRUNED).then_some(number & !PRUNED)
    }

    fn exchange_prefix(&self) -> String {
        let digest = self.digest();
        format!("{OWN_PREFIX}{digest:032x}-")
    }

    fn digest(&self) -> u128 {
        digest(&self.0)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whose file a name in the session directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role<'a> {
    /// A live file, with its stem.
    Live(&'a str),
    /// A backup, with its stem.
    Backup(&'a str),
    /// A live file that was replaced, with its stem and its number.
    Kept(&'a str, u32),
    /// A staging file of ours.
    Staging,
    /// A claim of ours.
    Claim,
    /// A save of the application that may not have come to an end, with its session's stem.
    Temporary(&'a str),
    /// A file that took part in an exchange of names, with the digest of its session's ID in its
    /// own. It may be what the application saved last.
    Exchange,
    /// The application's own, or our history: none of them is a session.
    System,
    /// Nobody's.
    Other,
}

impl<'a> Role<'a> {
    /// Determines the role only from the name.
    #[must_use]
    pub fn of(name: &'a str) -> Self {
        if name.starts_with(SYSTEM_PREFIX) || name == LOG {
            Self::System
        } else if let Some(stem) = name.strip_suffix(LIVE) {
            Self::Live(stem)
        } else if let Some(stem) = name.strip_suffix(BACKUP).and_then(|n| n.strip_suffix(LIVE)) {
            Self::Backup(stem)
        } else if is_own_name(name, STAGING_SUFFIX) {
            Self::Staging
        } else if is_own_name(name, CLAIM_SUFFIX) {
            Self::Claim
        } else if exchange_number(name).is_some() {
            Self::Exchange
        } else {
            kept(name)
                .or_else(|| temporary(name).map(Self::Temporary))
                .unwrap_or(Self::Other)
        }
    }
}

/// Whether the application removes a file of this name, if it is older than an hour, before it
/// makes a new index.
#[must_use]
pub fn is_removed_by_application(name: &str) -> bool {
    name.contains(TEMPORARY)
}

/// What the application's temporary names have behind the stem, or behind the name of the file that
/// they are to become, before a process and a thread.
const TEMPORARY: &str = ".tmp.";
/// Of these names one has no process behind it.
const RECOVER_TEMPORARY: &str = ".json.recover.tmp";
/// What stands between the stem and [`TEMPORARY`], if anything does.
const BEFORE_TEMPORARY: [&str; 3] = [".json.bak", ".json.reconcile", LIVE];

fn temporary(name: &str) -> Option<&str> {
    if let Some(stem) = name.strip_suffix(RECOVER_TEMPORARY) {
        return Some(stem);
    }
    let (before, _) = name.rsplit_once(TEMPORARY)?;
    let mut suffixes = BEFORE_TEMPORARY.iter();
    let stem = suffixes.find_map(|suffix| before.strip_suffix(suffix));
    Some(stem.unwrap_or(before))
}

/// The number in a name that is made of a digest, a file ID and a number.
fn exchange_number(name: &str) -> Option<u32> {
    let rest = name.strip_prefix(OWN_PREFIX)?;
    let rest = rest.strip_suffix(EXCHANGE_SUFFIX)?;
    let (digest, file_id) = (rest.get(..32)?, rest.get(33..65)?);
    let number: u32 = rest.get(66..)?.parse().ok()?;
    let is_ours = is_hexadecimal(digest) && is_hexadecimal(file_id);
    (is_ours && rest == format!("{digest}-{file_id}-{number}")).then_some(number)
}

fn kept(name: &str) -> Option<Role<'_>> {
    let (live, number) = numbered(name)?;
    Some(Role::Kept(live.strip_suffix(LIVE)?, number))
}

/// The number of a file that the index was before it was renamed.
#[must_use]
pub fn replaced_index_number(name: &str) -> Option<u32> {
    let (name, number) = numbered(name)?;
    (name == INDEX).then_some(number)
}

/// The name of the index once it is renamed.
#[must_use]
pub fn replaced_index_name(number: u32) -> String {
    format!("{INDEX}{KEPT}{number}")
}

/// The name of the file that was kept under this one, and its number.
fn numbered(name: &str) -> Option<(&str, u32)> {
    let kept = name.trim_end_matches(|character: char| character.is_ascii_digit());
    let number = name.strip_prefix(kept)?;
    let name = kept.strip_suffix(KEPT)?;
    let number = number.parse().ok().filter(|_| !number.starts_with('0'))?;
    Some((name, number))
}

const OWN_PREFIX: &str = ".session-recovery-";
const STAGING_SUFFIX: &str = ".staging";
const CLAIM_SUFFIX: &str = ".claim";
const EXCHANGE_SUFFIX: &str = ".exchange";
/// Set in the number of an exchange's name if a kept file got it in order to be removed.
const PRUNED: u32 = 1 << 31;

/// The name of a staging file with this file ID.
#[must_use]
pub fn staging_name(file_id: u128) -> String {
    own_name(file_id, STAGING_SUFFIX)
}

/// The name of the file that a run makes while it writes to the history. No session's ID begins so,
/// and thus no session has the same claim.
#[must_use]
pub fn log_claim_name() -> String {
    own_name(digest(SYSTEM_PREFIX), CLAIM_SUFFIX)
}

/// The file ID that a staging file's name is made of.
#[must_use]
pub fn staging_file_id(name: &str) -> Option<u128> {
    let number = own_number(name, STAGING_SUFFIX)?;
    u128::from_str_radix(number, 16).ok()
}

fn digest(text: &str) -> u128 {
    SipHasher13::new().hash(text.as_bytes()).as_u128()
}

/// None of the application's patterns (`*.json`, `*.json.bak`, `*.tmp.*`, `_*`) matches such a
/// name.
fn own_name(number: u128, suffix: &str) -> String {
    format!("{OWN_PREFIX}{number:032x}{suffix}")
}

fn is_own_name(name: &str, suffix: &str) -> bool {
    own_number(name, suffix).is_some()
}

fn own_number<'a>(name: &'a str, suffix: &str) -> Option<&'a str> {
    let number = name.strip_prefix(OWN_PREFIX)?.strip_suffix(suffix)?;
    is_hexadecimal(number).then_some(number)
}

fn is_hexadecimal(number: &str) -> bool {
    number.len() == 32 && number.bytes().all(is_lower_hex)
}

const fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_could_leave_the_directory_or_name_no_session_are_refused() {
        for (text, why) in [
            ("", InvalidId::Empty),
            (".", InvalidId::Dots),
            ("..", InvalidId::Dots),
            ("../x", InvalidId::Separator),
            ("/etc/passwd", InvalidId::Separator),
            ("a/b", InvalidId::Separator),
            ("a\\b", InvalidId::Separator),
            ("a\0", InvalidId::Nul),
            ("_index", InvalidId::SystemName),
            (&"x".repeat(247), InvalidId::TooLong),
            (&"é".repeat(124), InvalidId::TooLong),
        ] {
            assert_eq!(SessionId::new(text), Err(why), "{text:?}");
        }
    }

    #[test]
    fn every_other_stem_is_an_id() {
        let longest = "x".repeat(246);
        for text in [
            "a",
            "...",
            ".hidden",
            "a b",
            "a.json",
            "日本語",
            "a\nb",
            "-",
            "a_b",
            &longest,
        ] {
            let id = SessionId::new(text).expect(text);
            assert_eq!(Role::of(&id.live_name()), Role::Live(text));
            assert_eq!(Role::of(&id.backup_name()), Role::Backup(text));
            assert!(id.backup_name().len() <= LONGEST_NAME);
        }
    }

    #[test]
    fn a_name_has_one_role() {
        for (name, role) in [
            ("a.json", Role::Live("a")),
            (".json", Role::Live("")),
            ("a.json.json", Role::Live("a.json")),
            ("a.json.bak", Role::Backup("a")),
            ("a.json.bak.json", Role::Live("a.json.bak")),
            ("a.bak", Role::Other),
            ("a.JSON", Role::Other),
            ("a.json.BAK", Role::Other),
            ("a.json.bak2", Role::Other),
            ("a.json~", Role::Other),
            ("_index.json", Role::System),
            ("_x.json.bak", Role::System),
            ("a.json.recover.tmp", Role::Temporary("a")),
            ("a.tmp.12.34", Role::Temporary("a")),
            ("a.json.bak.tmp.12.34", Role::Temporary("a")),
            ("a.json.reconcile.tmp.12.34", Role::Temporary("a")),
            ("a.json.tmp.12.34", Role::Temporary("a")),
            ("a.tmp.b.tmp.1.2", Role::Temporary("a.tmp.b")),
            ("a.tmp", Role::Other),
            ("_index.tmp.12.34", Role::System),
            (LOG, Role::System),
            ("a.json.replaced.1", Role::Kept("a", 1)),
            ("a.json.replaced.40", Role::Kept("a", 40)),
            (
                "a.json.replaced.1.json.replaced.2",
                Role::Kept("a.json.replaced.1", 2),
            ),
            ("a.json.replaced.1.json", Role::Live("a.json.replaced.1")),
            ("a.json.replaced.01", Role::Other),
            ("a.json.replaced.+1", Role::Other),
            ("a.json.replaced.", Role::Other),
            ("a.json.replaced.4294967296", Role::Other),
            ("_a.json.replaced.1", Role::System),
            ("a.replaced.1", Role::Other),
        ] {
            assert_eq!(Role::of(name), role, "{name}");
        }
    }

    #[test]
    fn only_names_of_our_own_making_are_staging_files_and_claims() {
        let longest = SessionId::new(&"x".repeat(LONGEST_ID)).expect("it is an id");
        assert_eq!(Role::of(&longest.claim_name()), Role::Claim);
        assert_eq!(staging_file_id(&staging_name(7)), Some(7));
        let ours = staging_name(0x1234);
        assert_eq!(Role::of(&ours), Role::Staging);
        for name in [
            ".session-recovery-.staging".to_owned(),
            ".session-recovery-notes.staging".to_owned(),
            ours.to_uppercase(),
            format!("{ours}x"),
            ours.replace("1234", "123"),
            ours.trim_start_matches('.').to_owned(),
        ] {
            assert_eq!(Role::of(&name), Role::Other, "{name}");
        }
    }
    #[test]
    fn the_name_that_an_exchange_gives_shows_its_session() {
        let [one, other] = ["a", "b"].map(|id| SessionId::new(id).expect(id));
        let name = one.exchange_name(u128::MAX, 40);
        assert!(one.owns_exchange(&name) && !other.owns_exchange(&name));
        assert!(name.len() <= LONGEST_NAME);
        for odd in [
            name.replace("-40.", "."),
            name.replace("-40.", "-040."),
            name.replace("-40.", "-+40."),
            name.replace("-40.", "-40-1."),
            name.replace("-40.", "-4294967296."),
            name.replace("ffff", "fff"),
            name.to_uppercase(),
            format!("{name}.staging"),
        ] {
            assert_eq!(Role::of(&odd), Role::Other, "{odd}");
        }
    }
}
