//! Every session of the directory, of which only those with a backup are read.
//! One odd entry never hides or stops the rest.

use std::collections::HashSet;

use crate::answer::{Action, Entry, Error, ErrorCode, FileState, Outcome, Summary};
use crate::directory::{Directory, Kind};
use crate::gone::Gone;
use crate::inspect::inspect_for_sweep;
use crate::listing::{Find, Listed, Listing, Parts, Survey, Take, finds, look_up};
use crate::recover::{Options, remove_leftovers, restore};
use crate::session::SessionId;
use crate::temporary;

/// Is told how many of the sessions with a backup are done, and of how many.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize);

/// Restores every session that should be, or tells which ones would be. Where the
/// host knows which sessions there are, no other comes back whose live file is gone.
///
/// # Errors
///
/// The directory cannot be listed.
pub fn recover_all(
    directory: &impl Directory,
    known: Option<Vec<String>>,
    options: Options,
    progress: Progress,
) -> Result<Summary, Error> {
    // Nothing is kept of the many sessions that have no backup.
    let survey = Survey::of(directory, &|find| match find {
        Find::Live(_, Kind::File) => Take::Count,
        _ => Take::All,
    })?;
    let gone = Gone::of(directory, survey.system.deleted).knowing(known);
    let gone = gone.carefully();
    Ok(survey.recover(directory, &gone, options, progress))
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
    let gone = Gone::of(directory, survey.system.deleted).carefully();
    Ok(survey.recover(directory, &gone, options, &mut |_, _| {}))
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
            Find::Kept(..)
            | Find::Temporary(..)
            | Find::Leftover(_)
            | Find::System(..)
            | Find::Stray(_)
            | Find::Nothing => {}
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
        // What is odd about the directory is told with each part.
        let told: HashSet<_> = self.oddities.iter().cloned().collect();
        let new = part.oddities.into_iter();
        self.oddities
            .extend(new.filter(|oddity| !told.contains(oddity)));
    }

    /// Adds what was done about one session, where its name comes in the order.
    fn add(&mut self, outcome: Outcome) {
        let id = &outcome.status.session_id;
        if outcome.status.live.state == FileState::Missing {
            let place = place_of(id, self.orphans.iter());
            self.orphans.insert(place, id.clone());
        }
        self.restored += u32::from(outcome.is_restored());
        if !outcome.is_simply_fine() {
            let ids = self.sessions.iter();
            let place = place_of(id, ids.map(|outcome| &outcome.status.session_id));
            self.sessions.insert(place, outcome);
        }
    }
}

/// Where an id belongs among those that are sorted by their file names. It is the last one
/// as a rule.
fn place_of<'a>(
    id: &str,
    sorted: impl DoubleEndedIterator<Item = &'a String> + ExactSizeIterator,
) -> usize {
    let name = format!("{id}.json");
    let comes_later = |other: &&String| format!("{other}.json") > name;
    let length = sorted.len();
    length - sorted.rev().take_while(comes_later).count()
}

impl Outcome {
    /// Whether there was nothing to do and nothing to say.
    fn is_simply_fine(&self) -> bool {
        let (live, backup) = (self.status.live.messages(), self.status.backup.messages());
        let is_fine = backup.is_some() && backup <= live;
        self.action == Action::Nothing && self.errors.is_empty() && is_fine
    }
}

impl Survey {
    fn recover<D: Directory>(
        mut self,
        directory: &D,
        gone: &Gone<D>,
        options: Options,
        progress: Progress,
    ) -> Summary {
        let options = Options {
            force: false,
            ..options
        };
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
        let mut odd_entries = Vec::new();
        let mut contested = Vec::new();
        for (live_name, listed) in listing {
            let Listed { kinds, kept, .. } = &listed;
            let (Some(backup), Some(id)) = (kinds.backup, SessionId::of_live(&live_name)) else {
                odd_entries.extend(kinds.live.map(|kind| not_a_file(&live_name, kind)));
                continue;
            };
            progress(done, total);
            done += 1;
            let mut inspection = inspect_for_sweep(directory, &id, kinds.beside_backup(), gone);
            temporary::add_note(directory, &id, &listed.temporary, &mut inspection.status);
            if backup != Kind::File && inspection.status.live.state == FileState::Missing {
                odd_entries.push(not_a_file(&id.backup_name(), backup));
                continue;
            }
            let outcome = restore(directory, &id, inspection, options, kept);
            if outcome.has_backed_off() {
                contested.push((id, outcome));
            } else {
                summary.add(outcome);
            }
        }
        for (id, outcome) in contested {
            summary.add(restore_again(directory, &id, outcome, gone, options));
        }
        progress(total, total);
        odd_entries.append(&mut self.oddities);
        odd_entries.extend(gone.complaint().cloned());
        summary.oddities = odd_entries;
        summary
    }
}

/// How often a session is tried again that another run had in hand.
const ATTEMPTS: u32 = 5;

/// Looks once more at a session that another run had in hand: it is restored by now, as a
/// rule, or the other run is dead.
fn restore_again<D: Directory>(
    directory: &D,
    id: &SessionId,
    mut outcome: Outcome,
    gone: &Gone<D>,
    options: Options,
) -> Outcome {
    let mut told = Vec::new();
    for _ in 0..ATTEMPTS {
        let Ok(names) = look_up(directory, id) else {
            break;
        };
        let kinds = names.listed.kinds.beside_backup();
        let inspection = inspect_for_sweep(directory, id, kinds, gone);
        // All but the reason for which it was left.
        told.extend(outcome.errors.into_iter().skip(1));
        if options.is_due(&inspection.status) {
            told.extend(remove_leftovers(directory, &names.leftovers));
        }
        outcome = restore(directory, id, inspection, options, &names.listed.kept);
        if !outcome.has_backed_off() {
            break;
        }
    }
    for error in told {
        if !outcome.errors.contains(&error) {
            outcome.errors.push(error);
        }
    }
    outcome
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
