//! Sorts the names of the directory by session, and says what each name stands for. All functions
//! fail if the directory cannot be listed.

#![allow(
    clippy::missing_errors_doc,
    reason = "the module's documentation names the errors"
)]

use std::cell::RefCell;
use std::vec;

use crate::answer::{Error, ErrorCode};
use crate::directory::{self, Directory, FsError, Kind};
use crate::session::copies::{ids, is_certain, is_conflict, may_be_of, stem};
use crate::session::{self, InvalidId, Role, SessionId, is_removed_by_application};
use crate::sorted::sorted;

/// What the application calls its session directory.
const BELOW: &str = "sessions";

/// What stands for a session's files.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kinds {
    /// For the live file.
    pub live: Option<Kind>,
    /// For the backup.
    pub backup: Option<Kind>,
}

impl Kinds {
    /// Gives the kinds of the files to read. A listing may lack the live file beside a backup,
    /// because reading shows whether it exists.
    #[must_use]
    pub fn beside_backup(self) -> Self {
        Self {
            live: self.live.or(self.backup.map(|_| Kind::File)),
            ..self
        }
    }
}

/// What one listing says about one session.
#[derive(Debug, Default)]
pub struct Names {
    /// Its files.
    pub listed: Listed,
    /// What runs of all sessions left: staging files, claims, and what an exchange gave a name.
    pub leftovers: Vec<String>,
    /// The application's own files.
    pub system: System,
}

/// The kinds of entries with the names of the application's own files and of our history.
#[derive(Clone, Copy, Debug, Default)]
pub struct System {
    /// Of the list of deleted sessions.
    pub deleted: Option<Kind>,
    /// Of the index.
    pub index: Option<Kind>,
    /// Of the directory of turn journals.
    pub journals: Option<Kind>,
    /// Of our history.
    pub log: Option<Kind>,
}

impl System {
    fn add(&mut self, name: &str, kind: Kind) {
        match name {
            session::DELETED => self.deleted = Some(kind),
            session::INDEX => self.index = Some(kind),
            session::JOURNALS => self.journals = Some(kind),
            session::LOG => self.log = Some(kind),
            _ => {}
        }
    }
}

/// Looks a session up.
pub fn look_up(directory: &impl Directory, wanted: &SessionId) -> Result<Names, Error> {
    let survey = Survey::of_listed(directory, &|id| id == wanted, &|_| {})?;
    let listed = Listing::from(survey.parts).into_iter().next();
    Ok(Names {
        listed: listed.map(|(_, listed)| listed).unwrap_or_default(),
        leftovers: survey.leftovers,
        system: survey.system,
    })
}

/// Looks a session up, and the files that may be copies of its files, by name.
pub fn look_up_with_copies(directory: &impl Directory, wanted: &SessionId) -> Result<Names, Error> {
    let id = wanted.to_string();
    let found = RefCell::new(Vec::new());
    let survey = Survey::of_listed(directory, &|other| other == wanted, &|entry| {
        // Most entries are the session's own or of sessions with quite another ID.
        let is_other = entry.session() != Some(wanted);
        let name = entry.copy_name().filter(|_| is_other);
        let name = name.filter(|name| name.contains(&id) && may_be_of(name, &id));
        found.borrow_mut().extend(name);
    })?;
    let listed = Listing::from(survey.parts).into_iter().next();
    let mut listed = listed.map(|(_, listed)| listed).unwrap_or_default();
    listed.copies = sorted(found.into_inner());
    Ok(Names {
        listed,
        leftovers: survey.leftovers,
        system: survey.system,
    })
}

/// What a listing says about a session.
#[derive(Debug, Default)]
pub struct Listed {
    /// What stands for its files.
    pub kinds: Kinds,
    /// The numbers of its kept files.
    pub kept: Vec<u32>,
    /// The names of its temporary files, which the application left.
    pub temporary: Vec<String>,
    /// The names of the files that may be copies of its files, if they were looked for.
    pub copies: Vec<String>,
    /// Whether its live file has the name of a copy of another session's, if that was looked for.
    pub is_copy: bool,
}

impl Listed {
    /// Whether the session has any file.
    #[must_use]
    pub const fn has_files(&self) -> bool {
        let Self {
            kinds,
            kept,
            temporary,
            copies: _,
            is_copy: _,
        } = self;
        kinds.live.is_some() || kinds.backup.is_some() || !kept.is_empty() || !temporary.is_empty()
    }

    /// Whether it has a file that may hold messages which its live file lacks.
    #[must_use]
    pub const fn has_others(&self) -> bool {
        self.kinds.backup.is_some()
            || !self.kept.is_empty()
            || !self.temporary.is_empty()
            || !self.copies.is_empty()
    }

    fn add(&mut self, part: Part) {
        match part {
            Part::Live(kind) => self.kinds.live = Some(kind),
            Part::Backup(kind) => self.kinds.backup = Some(kind),
            Part::Kept(number) => self.kept.push(number),
            Part::Temporary(name) => self.temporary.push(name),
            Part::Wanted => {}
        }
    }
}

/// What one name says about a session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// Nothing, but that the session is asked for.
    Wanted,
    Live(Kind),
    Backup(Kind),
    Kept(u32),
    Temporary(String),
}

/// What names say about sessions, in the listing's order, which is arbitrary.
#[derive(Debug, Default)]
pub struct Parts(Vec<(String, Part)>);

impl Parts {
    /// Adds what an entry says about its session.
    pub fn add(&mut self, entry: &DirEntry) {
        if let Some((id, part)) = entry.part() {
            self.0.push((id.live_name(), part));
        }
    }
}

/// What a listing says about sessions, sorted by the names of their live files.
#[derive(Debug)]
pub struct Listing(Vec<(String, Listed)>);

impl Listing {
    /// A listing of only these sessions.
    #[must_use]
    pub fn of(ids: &[SessionId]) -> Self {
        let parts = ids.iter().map(|id| (id.live_name(), Part::Wanted));
        Parts(parts.collect()).into()
    }

    /// What it says about a session.
    #[must_use]
    pub fn get(&self, id: &SessionId) -> Option<&Listed> {
        let name = id.live_name();
        let place = self.0.binary_search_by(|(other, _)| other.cmp(&name));
        Some(&self.0[place.ok()?].1)
    }

    /// The session of what an exchange gave this name.
    #[must_use]
    pub fn owner(&self, name: &str) -> Option<SessionId> {
        let mut ids = self
            .0
            .iter()
            .filter_map(|(live, _)| SessionId::of_live(live));
        ids.find(|id| id.owns_exchange(name))
    }

    /// Adds to each session the files that may be copies of its files: files of other sessions, and
    /// these `others`. Those whose session has no other file get an entry of their own.
    #[must_use]
    pub fn with_copies(mut self, others: &[String]) -> Self {
        let mut copies = Vec::new();
        let mut without_session = Vec::new();
        for (live, listed) in &self.0 {
            let Some(id) = SessionId::of_live(live) else {
                continue;
            };
            let is_file = |kind: Option<Kind>| kind == Some(Kind::File);
            let names = [
                is_file(listed.kinds.live).then(|| id.live_name()),
                is_file(listed.kinds.backup).then(|| id.backup_name()),
            ];
            for name in names.into_iter().flatten() {
                let before = copies.len();
                copies.extend(self.owners(&name).map(|place| (place, name.clone())));
                // Other names may be those of sessions.
                if copies.len() == before && is_conflict(&name) {
                    without_session.extend(session_of_copy(&name));
                }
            }
        }
        for name in others {
            let before = copies.len();
            copies.extend(self.owners(name).map(|place| (place, name.clone())));
            if copies.len() == before {
                without_session.extend(session_of_copy(name));
            }
        }
        let is_copy = |(live, _): &(String, Listed)| {
            self.owners(live).any(|place| {
                let owner = self.0[place].0.strip_suffix(".json");
                owner.is_some_and(|owner| is_certain(live, owner))
            })
        };
        let are_copies: Vec<_> = self.0.iter().map(is_copy).collect();
        for ((_, listed), is_copy) in self.0.iter_mut().zip(are_copies) {
            listed.is_copy = is_copy;
        }
        for (place, name) in sorted(copies) {
            if let Some((_, listed)) = self.0.get_mut(place) {
                listed.copies.push(name);
            }
        }
        for (live, name) in without_session {
            let place = self.0.binary_search_by(|(other, _)| other.cmp(&live));
            let place = place.unwrap_or_else(|place| {
                self.0.insert(place, (live, Listed::default()));
                place
            });
            if let Some((_, listed)) = self.0.get_mut(place) {
                listed.copies.push(name);
            }
        }
        self
    }

    /// The places of the sessions that a file of this name may be a copy of.
    fn owners(&self, name: &str) -> impl Iterator<Item = usize> {
        let places = ids(name).filter_map(|id| {
            let live = format!("{id}.json");
            self.0.binary_search_by(|(other, _)| other.cmp(&live)).ok()
        });
        let mut places: Vec<_> = places.collect();
        places.dedup();
        places.into_iter()
    }

    /// How many of the sessions have a backup.
    #[must_use]
    pub fn backups(&self) -> usize {
        let has_backup = |(_, listed): &&(String, Listed)| listed.kinds.backup.is_some();
        self.0.iter().filter(has_backup).count()
    }
}

impl From<Parts> for Listing {
    fn from(Parts(parts): Parts) -> Self {
        let mut sessions: Vec<(String, Listed)> = Vec::new();
        for (name, part) in sorted(parts) {
            if sessions.last().is_none_or(|(last, _)| *last != name) {
                sessions.push((name, Listed::default()));
            }
            if let Some((_, listed)) = sessions.last_mut() {
                listed.add(part);
            }
        }
        Self(sessions)
    }
}

impl IntoIterator for Listing {
    type Item = (String, Listed);
    type IntoIter = vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The session of a copy that has no other file, by the name of its live file.
fn session_of_copy(name: &str) -> Option<(String, String)> {
    let id = SessionId::new(stem(name)?).ok()?;
    Some((id.live_name(), name.to_owned()))
}

/// Looks some sessions up, and the application's own files.
pub fn look_up_some(
    directory: &impl Directory,
    ids: &[SessionId],
) -> Result<(Listing, System), Error> {
    let wanted = Listing::of(ids);
    let survey = Survey::of_listed(directory, &|id| wanted.get(id).is_some(), &|_| {})?;
    Ok((survey.parts.into(), survey.system))
}

/// What a listing says about the directory.
#[derive(Debug, Default)]
pub struct Survey {
    /// How many names are those of live files.
    pub scanned: u32,
    /// What concerns sessions.
    pub parts: Parts,
    /// Staging files, claims, and what an exchange gave a name.
    pub leftovers: Vec<String>,
    /// The application's own files.
    pub system: System,
    /// The numbers of the files that the application's index was before it was renamed.
    pub replaced_indexes: Vec<u32>,
    /// Files of somebody else, which may be copies.
    pub others: Vec<String>,
    /// Entries that the user should know about.
    pub oddities: Vec<Error>,
    /// A file that the application removes when it makes a new index, if there is one.
    pub endangered: Option<String>,
    /// Whether it is a directory of sessions at all.
    pub level: Level,
}

/// The stems of the files that the application keeps above its session directory.
const STATE: [&str; 8] = [
    ".login_attempts",
    ".passkey_challenges",
    ".sessions",
    "models_cache",
    "passkeys",
    "projects",
    "settings",
    "workspaces",
];

/// Distinguishes a session directory from the one above it, which has similar names.
#[derive(Clone, Copy, Debug, Default)]
pub struct Level {
    has_sessions_below: bool,
    is_in_use: bool,
}

impl Level {
    /// Takes note of an entry.
    pub fn see(&mut self, entry: &DirEntry) {
        self.has_sessions_below |= matches!(entry, DirEntry::Below);
        self.is_in_use |= match entry {
            DirEntry::Backup(..)
            | DirEntry::Kept(..)
            | DirEntry::Temporary(..)
            | DirEntry::Leftover(_) => true,
            DirEntry::Live(id, _) => !STATE.contains(&&*id.to_string()),
            DirEntry::System(name, _) => name == session::INDEX,
            _ => false,
        };
    }

    /// Fails if the sessions are in a subdirectory.
    ///
    /// # Errors
    ///
    /// `not-a-session-directory`.
    pub fn require_sessions(self) -> Result<(), Error> {
        if self.is_in_use || !self.has_sessions_below {
            return Ok(());
        }
        let message = "This is probably not the session directory, but the one above it. \
            It has a subdirectory `sessions`, but no index and no sessions.";
        Err(Error::new(ErrorCode::NotASessionDirectory, message)
            .remedied_by("Name its subdirectory `sessions` instead."))
    }
}

/// How much of an entry a survey keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All of it.
    All,
    /// That it is there.
    Count,
    /// Nothing.
    Nothing,
}

impl Survey {
    /// Lists the directory, and keeps of each entry as much as the filter says.
    pub fn of(
        directory: &impl Directory,
        filter: &dyn Fn(&DirEntry) -> Filter,
    ) -> Result<Self, Error> {
        let mut survey = Self::default();
        for entry in scan(directory)? {
            survey.level.see(&entry);
            if survey.endangered.is_none() {
                survey.endangered = entry.endangered();
            }
            let part = filter(&entry);
            if part != Filter::Nothing {
                survey.add(entry, part == Filter::All);
            }
        }
        Ok(survey)
    }

    /// Lists the directory, and takes what concerns these sessions, or all of them.
    pub fn of_some(directory: &impl Directory, ids: &[SessionId]) -> Result<Self, Error> {
        let wanted = Listing::of(ids);
        Self::of(directory, &|entry| match entry.session() {
            Some(id) if wanted.get(id).is_none() => Filter::Nothing,
            None if matches!(entry, DirEntry::Odd { .. } | DirEntry::Other(_)) => Filter::Nothing,
            _ => Filter::All,
        })
    }

    /// Lists the directory, and takes what concerns wanted sessions, or all of them. Fails if a
    /// wanted session may be among the entries that could not be listed.
    fn of_listed(
        directory: &impl Directory,
        is_wanted: &dyn Fn(&SessionId) -> bool,
        see: &dyn Fn(&DirEntry),
    ) -> Result<Self, Error> {
        let survey = Self::of(directory, &|entry| {
            see(entry);
            match entry.session() {
                Some(id) if !is_wanted(id) => Filter::Nothing,
                None if matches!(entry, DirEntry::Other(_)) => Filter::Nothing,
                _ => Filter::All,
            }
        })?;
        let is_unlisted = |oddity: &&Error| oddity.code != ErrorCode::UnusableName;
        match survey.oddities.iter().find(is_unlisted) {
            Some(oddity) => Err(oddity.clone()),
            None => Ok(survey),
        }
    }

    fn add(&mut self, entry: DirEntry, all: bool) {
        self.scanned += u32::from(matches!(entry, DirEntry::Live(..)));
        match entry {
            DirEntry::Live(..)
            | DirEntry::Backup(..)
            | DirEntry::Kept(..)
            | DirEntry::Temporary(..)
                if all =>
            {
                self.parts.add(&entry);
            }
            DirEntry::Other(name) if all => self.others.push(name),
            DirEntry::Leftover(name) => self.leftovers.push(name),
            DirEntry::System(name, kind) => {
                let number = session::replaced_index_number(&name);
                self.replaced_indexes
                    .extend(number.filter(|_| kind == Kind::File));
                self.system.add(&name, kind);
            }
            DirEntry::Odd { error, live } => {
                self.scanned += u32::from(live);
                self.oddities.push(error);
            }
            _ => {}
        }
    }
}

/// What an entry of the listing is.
#[derive(Debug)]
pub enum DirEntry {
    /// A live file's name, and its kind.
    Live(SessionId, Kind),
    /// A backup's name, and its kind.
    Backup(SessionId, Kind),
    /// A live file that was replaced, and its number.
    Kept(SessionId, u32),
    /// A temporary file of a save, and its name.
    Temporary(SessionId, String),
    /// A temporary file whose name gives no session.
    Stray(String),
    /// A staging file, a claim, or what an exchange gave a name.
    Leftover(String),
    /// One of the application's own files or our history, and its kind.
    System(String, Kind),
    /// An entry that the user should know about.
    Odd {
        /// What is odd about it.
        error: Error,
        /// Whether it counts as scanned.
        live: bool,
    },
    /// A subdirectory that may hold the sessions.
    Below,
    /// A file of somebody else, which may be a copy.
    Other(String),
    /// Anything else.
    Nothing,
}

/// Lists the directory.
pub fn scan(directory: &impl Directory) -> Result<impl Iterator<Item = DirEntry>, Error> {
    let entries = directory.entries();
    let entries = entries.map_err(|fault| fault.while_reading("The directory cannot be listed"))?;
    Ok(entries.map(DirEntry::from))
}

impl From<Result<directory::Entry, FsError>> for DirEntry {
    fn from(entry: Result<directory::Entry, FsError>) -> Self {
        let directory::Entry { name, kind } = match entry {
            Ok(entry) => entry,
            // It went away while the directory was listed.
            Err(FsError::NotFound) => return Self::Nothing,
            Err(fault) => {
                return Self::odd(
                    fault.while_reading("An entry of the directory was skipped"),
                    false,
                );
            }
        };
        match Role::of(&name) {
            Role::Live(stem) => match SessionId::new(stem) {
                Ok(id) => Self::Live(id, kind),
                Err(why) => Self::odd(unusable_name(&name, why), true),
            },
            Role::Backup(stem) => match SessionId::new(stem) {
                Ok(id) => Self::Backup(id, kind),
                Err(why) => Self::odd(unusable_name(&name, why), false),
            },
            Role::Kept(stem, number) if kind == Kind::File => {
                SessionId::new(stem).map_or(Self::Nothing, |id| Self::Kept(id, number))
            }
            Role::Temporary(stem) if kind == Kind::File => match SessionId::new(stem) {
                Ok(id) => Self::Temporary(id, name),
                Err(_) => Self::Stray(name),
            },
            Role::Staging | Role::Claim | Role::Exchange if kind == Kind::File => {
                Self::Leftover(name)
            }
            Role::System => Self::System(name, kind),
            Role::Other if kind == Kind::Directory && name == BELOW => Self::Below,
            Role::Other if kind == Kind::File => Self::Other(name),
            Role::Kept(..)
            | Role::Temporary(_)
            | Role::Staging
            | Role::Claim
            | Role::Exchange
            | Role::Other => Self::Nothing,
        }
    }
}

impl DirEntry {
    /// The session whose file it is.
    #[must_use]
    pub fn session(&self) -> Option<&SessionId> {
        self.part().map(|(id, _)| id)
    }

    /// Its name, if the application removes such files.
    fn endangered(&self) -> Option<String> {
        let name = match self {
            Self::Temporary(_, name) | Self::Stray(name) => name.clone(),
            Self::Live(id, _) => id.live_name(),
            Self::Backup(id, _) => id.backup_name(),
            Self::Kept(id, number) => id.kept_name(*number)?,
            // The index's own temporary files hold no session.
            Self::System(name, _) if !name.starts_with(session::INDEX_TEMPORARY) => name.clone(),
            _ => return None,
        };
        is_removed_by_application(&name).then_some(name)
    }

    fn part(&self) -> Option<(&SessionId, Part)> {
        match self {
            Self::Live(id, kind) => Some((id, Part::Live(*kind))),
            Self::Backup(id, kind) => Some((id, Part::Backup(*kind))),
            Self::Kept(id, number) => Some((id, Part::Kept(*number))),
            Self::Temporary(id, name) => Some((id, Part::Temporary(name.clone()))),
            Self::Stray(_)
            | Self::Leftover(_)
            | Self::System(..)
            | Self::Odd { .. }
            | Self::Below
            | Self::Other(_)
            | Self::Nothing => None,
        }
    }

    /// Its name, if it is a file that may be a copy of another session's file.
    fn copy_name(&self) -> Option<String> {
        match self {
            Self::Live(id, Kind::File) => Some(id.live_name()),
            Self::Backup(id, Kind::File) => Some(id.backup_name()),
            Self::Other(name) => Some(name.clone()),
            _ => None,
        }
    }

    const fn odd(error: Error, live: bool) -> Self {
        Self::Odd { error, live }
    }
}

fn unusable_name(name: &str, why: InvalidId) -> Error {
    Error::new(
        ErrorCode::UnusableName,
        format!("{name} was skipped. The part before .json is not a session ID: {why}."),
    )
    .remedied_by("Rename the file.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_goes_away_during_the_listing_is_not_odd() {
        assert!(matches!(
            DirEntry::from(Err(FsError::NotFound)),
            DirEntry::Nothing
        ));
    }

    #[test]
    fn an_entry_without_a_usable_name_is_odd_and_counts_if_it_is_named_like_a_session() {
        let entry = |name: &str| {
            let (name, kind) = (name.to_owned(), Kind::File);
            DirEntry::from(Ok(directory::Entry { name, kind }))
        };
        assert!(matches!(
            entry("a\\b.json"),
            DirEntry::Odd { live: true, .. }
        ));
        assert!(matches!(
            entry(".json.bak"),
            DirEntry::Odd { live: false, .. }
        ));
        assert!(matches!(
            DirEntry::from(Err(FsError::BadName)),
            DirEntry::Odd { live: false, .. }
        ));
    }
}
