//! Every session of the directory, of which only those with a backup are read.
//! One odd entry never hides or stops the rest.

use crate::answer::{Action, Entry, Error, ErrorCode, Outcome, Summary};
use crate::directory::{Directory, Kind};
use crate::inspect::inspect_live;
use crate::listing::{Find, Listed, Listing, Parts, finds};
use crate::recover::{Options, remove_leftovers, restore};
use crate::session::SessionId;

/// Is told how many of the sessions with a backup are done, and of how many.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize);

/// Restores every session that should be, or tells which ones would be.
///
/// # Errors
///
/// The directory cannot be listed.
pub fn recover_all(
    directory: &impl Directory,
    options: Options,
    progress: Progress,
) -> Result<Summary, Error> {
    let survey = Survey::of(directory)?;
    Ok(survey.recover(directory, options, progress))
}

/// Does what [`recover_all`] does, for these sessions alone.
///
/// # Errors
///
/// The directory cannot be listed.
pub fn recover_some(
    directory: &impl Directory,
    ids: &[SessionId],
    options: Options,
) -> Result<Summary, Error> {
    let survey = Survey::of_some(directory, ids)?;
    Ok(survey.recover(directory, options, &mut |_, _| {}))
}

/// Lists every session and every odd entry, by file name.
///
/// # Errors
///
/// The directory cannot be listed.
pub fn sessions(directory: &impl Directory) -> Result<Vec<Entry>, Error> {
    let mut sessions = Parts::default();
    let mut odd = Vec::new();
    for find in finds(directory)? {
        match find {
            Find::Live(..) | Find::Backup(..) => sessions.add(&find),
            Find::Odd { error, live } => odd.push(Entry {
                session_id: None,
                live,
                backup: false,
                oddity: Some(error),
            }),
            Find::Kept(..) | Find::Leftover(_) | Find::Nothing => {}
        }
    }
    let sessions = Listing::from(sessions)
        .into_iter()
        .map(|(live_name, listed)| listed.into_entry(&live_name));
    Ok(sessions.chain(odd).collect())
}

impl Summary {
    /// What [`sessions`] tells of a sweep to come: nothing is done yet.
    #[must_use]
    pub fn of_listing(entries: Vec<Entry>) -> Self {
        let mut summary = Self::default();
        for entry in entries {
            summary.scanned += u32::from(entry.live);
            match entry {
                Entry {
                    live: true,
                    backup: true,
                    ..
                } => {}
                Entry {
                    oddity: Some(oddity),
                    ..
                } => summary.oddities.push(oddity),
                Entry {
                    session_id: Some(id),
                    backup: true,
                    ..
                } => summary.orphans.push(id),
                _ => {}
            }
        }
        summary
    }

    /// Adds what [`recover_some`] did about a part of the listing.
    pub fn add_part(&mut self, part: Self) {
        self.restored += part.restored;
        self.sessions.extend(part.sessions);
        self.orphans.extend(part.orphans);
        self.oddities.extend(part.oddities);
    }

    /// Adds what was done about one session.
    fn add(&mut self, outcome: Outcome) {
        self.restored += u32::from(outcome.is_restored());
        if !outcome.is_simply_fine() {
            self.sessions.push(outcome);
        }
    }
}

impl Outcome {
    /// Whether there was nothing to do and nothing to say.
    fn is_simply_fine(&self) -> bool {
        let (live, backup) = (self.status.live.messages(), self.status.backup.messages());
        let is_fine = backup.is_some() && backup <= live;
        self.action == Action::Nothing && self.errors.is_empty() && is_fine
    }
}

/// What a sweep keeps of the listing: nothing of the many sessions that have
/// no backup.
#[derive(Default)]
struct Survey {
    scanned: u32,
    /// Backups, kept files, and live names that are no regular files.
    parts: Parts,
    leftovers: Vec<String>,
    oddities: Vec<Error>,
}

impl Survey {
    fn of(directory: &impl Directory) -> Result<Self, Error> {
        let mut survey = Self::default();
        for find in finds(directory)? {
            survey.add(find);
        }
        Ok(survey)
    }

    /// What concerns these sessions alone, and the leftovers.
    fn of_some(directory: &impl Directory, ids: &[SessionId]) -> Result<Self, Error> {
        let wanted = Listing::of(ids);
        let mut survey = Self::default();
        for find in finds(directory)? {
            match find.session() {
                Some(id) if wanted.get(id).is_none() => {}
                None if matches!(find, Find::Odd { .. }) => {}
                _ => survey.add(find),
            }
        }
        Ok(survey)
    }

    fn add(&mut self, find: Find) {
        self.scanned += u32::from(matches!(find, Find::Live(..)));
        match find {
            Find::Live(_, Kind::File) | Find::Nothing => {}
            Find::Live(..) | Find::Backup(..) | Find::Kept(..) => self.parts.add(&find),
            Find::Leftover(name) => self.leftovers.push(name),
            Find::Odd { error, live } => {
                self.scanned += u32::from(live);
                self.oddities.push(error);
            }
        }
    }

    fn recover(
        mut self,
        directory: &impl Directory,
        options: Options,
        progress: Progress,
    ) -> Summary {
        if !options.dry_run {
            let stuck = remove_leftovers(directory, &self.leftovers);
            self.oddities.extend(stuck);
        }
        let mut summary = Summary {
            scanned: self.scanned,
            ..Summary::default()
        };
        let listing = Listing::from(self.parts);
        let (mut done, total) = (0, listing.backups());
        let mut odd_live = Vec::new();
        for (live_name, Listed { kinds, kept }) in listing {
            let stem = live_name.strip_suffix(".json").unwrap_or_default();
            let (Some(backup), Ok(id)) = (kinds.backup, SessionId::new(stem)) else {
                odd_live.extend(kinds.live.map(|kind| not_a_file(&live_name, kind)));
                continue;
            };
            progress(done, total);
            done += 1;
            // Live files are not kept from the listing: reading tells whether there is one.
            let live = kinds.live.unwrap_or(Kind::File);
            match inspect_live(directory, &id, live, backup) {
                Some(inspection) => {
                    summary.add(restore(directory, &id, inspection, options, &kept));
                }
                None if backup == Kind::File => summary.orphans.push(id.to_string()),
                None => self.oddities.push(not_a_file(&id.backup_name(), backup)),
            }
        }
        progress(total, total);
        odd_live.append(&mut self.oddities);
        summary.oddities = odd_live;
        summary
    }
}

impl Listed {
    fn into_entry(self, live_name: &str) -> Entry {
        let oddity = match (self.kinds.live, self.kinds.backup) {
            (Some(kind), _) if kind != Kind::File => Some(not_a_file(live_name, kind)),
            (None, Some(kind)) if kind != Kind::File => {
                Some(not_a_file(&format!("{live_name}.bak"), kind))
            }
            _ => None,
        };
        Entry {
            session_id: live_name.strip_suffix(".json").map(str::to_owned),
            live: self.kinds.live.is_some(),
            backup: self.kinds.backup.is_some(),
            oddity,
        }
    }
}

fn not_a_file(name: &str, kind: Kind) -> Error {
    let kind = kind.in_words();
    Error::new(
        ErrorCode::NotARegularFile,
        format!("{name} is left out: it is {kind}. Remedy: move it away."),
    )
}
