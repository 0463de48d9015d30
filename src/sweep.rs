//! Restores every session of the directory that should be restored, as many at a time as the caller
//! wants. One listing serves all of them, and one odd entry never hides or stops the rest. All
//! functions fail if the directory cannot be listed, or if it is not a session directory.

#![allow(
    clippy::missing_errors_doc,
    reason = "the module's documentation names the errors"
)]

use std::{mem, vec};

use crate::answer::{Action, Deed, Entry, Error, ErrorCode, FileState, NoteKind, Outcome, Summary};
use crate::app::temporary;
use crate::app::tombstones::Tombstones;
use crate::directory::{Directory, FsError, Kind};
use crate::history::{self, Run};
use crate::listing::{
    DirEntry, Filter, Kinds, Level, Listed, Listing, Parts, Survey, look_up, look_up_with_copies,
    scan,
};
use crate::prune::prune;
use crate::recover::{Options, is_due, recover_best, remove_leftovers, restore};
use crate::session::SessionId;
use crate::verdict::inspect::{Inspection, inspect_for_sweep};

/// After how many sessions a sweep in one go writes to the history.
const STEP: usize = 64;

/// Restores every session that should be restored, in one go.
pub fn recover_all(
    directory: &impl Directory,
    known: Option<Vec<String>>,
    options: Options,
) -> Result<Summary, Error> {
    Ok(Sweep::start(directory, known, None, options)?.run(directory))
}

/// Does what [`recover_all`] does, only for these sessions.
pub fn recover_some(
    directory: &impl Directory,
    ids: &[SessionId],
    options: Options,
) -> Result<Summary, Error> {
    Ok(Sweep::of_some(directory, ids, options)?.run(directory))
}

/// Lists every session and every odd entry, by file name.
pub fn sessions(directory: &impl Directory) -> Result<Vec<Entry>, Error> {
    let mut sessions = Parts::default();
    let mut odd = Vec::new();
    let mut level = Level::default();
    for entry in scan(directory)? {
        level.see(&entry);
        match entry {
            DirEntry::Live(..) | DirEntry::Backup(..) => sessions.add(&entry),
            DirEntry::Odd { error, live } => odd.push(Entry {
                heading: None,
                session_id: None,
                live,
                backup: false,
                oddity: Some(error),
            }),
            DirEntry::Kept(..)
            | DirEntry::Temporary(..)
            | DirEntry::Leftover(_)
            | DirEntry::System(..)
            | DirEntry::Stray(_)
            | DirEntry::Below
            | DirEntry::Other(_)
            | DirEntry::Nothing => {}
        }
    }
    level.require_sessions()?;
    let sessions = Listing::from(sessions)
        .into_iter()
        .map(|(live_name, listed)| listed.into_entry(&live_name));
    Ok(sessions.chain(odd).collect())
}

/// Goes through all sessions with a backup, some at a time.
///
/// ```
/// use session_recovery::recover::Options;
/// use session_recovery::sweep::Sweep;
/// use session_recovery_testing::InMemoryDirectory;
///
/// let directory = InMemoryDirectory::default();
/// for id in ["a", "b", "c"] {
///     directory.put(&format!("{id}.json"), r#"{"messages": [1]}"#);
///     directory.put(&format!("{id}.json.bak"), r#"{"messages": [1, 2]}"#);
/// }
///
/// let mut sweep = Sweep::start(&directory, None, None, Options::default())?;
/// assert_eq!((sweep.total(), sweep.upcoming(2)), (3, vec!["a".into(), "b".into()]));
/// assert_eq!(sweep.next(&directory, 2).len(), 2);
/// assert_eq!(sweep.done(), 2);
///
/// // Here it is stopped: the third session stays as it is.
/// let summary = sweep.finish(&directory);
/// assert_eq!((summary.restored, summary.left), (2, 1));
/// # Ok::<(), session_recovery::answer::Error>(())
/// ```
#[derive(Debug)]
pub struct Sweep {
    tombstones: Tombstones,
    options: Options,
    left: vec::IntoIter<(SessionId, Listed)>,
    total: usize,
    /// By ID, in order.
    withheld: Vec<(String, Error)>,
    /// The sessions that it is about, if these are not all.
    only: Option<Vec<SessionId>>,
    /// The run in whose history it writes.
    run: Option<Run>,
    /// Sessions that another run was working on.
    contested: Vec<(SessionId, Outcome)>,
    summary: Summary,
}

impl Sweep {
    /// Lists the directory. `known` are the sessions that there are, if the host knows: no other
    /// one comes back whose live file is gone. The sweep begins behind the session `after`, if one
    /// is given.
    pub fn start(
        directory: &impl Directory,
        known: Option<Vec<String>>,
        after: Option<&SessionId>,
        options: Options,
    ) -> Result<Self, Error> {
        // Nothing is kept of the many sessions that have no backup.
        let options = options.checked()?;
        let is_all_read = options.salvage || options.best;
        let survey = Survey::of(directory, &|entry| match entry {
            DirEntry::Live(_, Kind::File) if !is_all_read => Filter::Count,
            DirEntry::Other(_) if !options.best => Filter::Nothing,
            _ => Filter::All,
        })?;
        survey.level.require_sessions()?;
        let tombstones = Tombstones::of(survey.system.deleted)
            .knowing(known)
            .carefully();
        let mut sweep = Self::of(directory, survey, tombstones, options, None);
        if let Some(after) = after.map(SessionId::live_name) {
            let is_left = |(id, _): &(SessionId, Listed)| id.live_name() > after;
            let left: Vec<_> = sweep.left.filter(is_left).collect();
            sweep.left = left.into_iter();
        }
        Ok(sweep)
    }

    /// Lists the directory, and takes only these sessions.
    pub fn of_some(
        directory: &impl Directory,
        ids: &[SessionId],
        options: Options,
    ) -> Result<Self, Error> {
        let options = options.checked()?;
        let survey = if options.best {
            // A copy may have the name of another session.
            Survey::of(directory, &|entry| match entry {
                DirEntry::Odd { .. } => Filter::Nothing,
                _ => Filter::All,
            })?
        } else {
            Survey::of_some(directory, ids)?
        };
        let tombstones = Tombstones::of(survey.system.deleted).carefully();
        Ok(Self::of(directory, survey, tombstones, options, Some(ids)))
    }

    /// The same, with what it does written to the history.
    #[must_use]
    pub fn noted_by(self, run: Option<Run>) -> Self {
        Self { run, ..self }
    }

    fn of(
        directory: &impl Directory,
        survey: Survey,
        tombstones: Tombstones,
        options: Options,
        only: Option<&[SessionId]>,
    ) -> Self {
        let mut oddities = survey.oddities;
        if !options.dry_run {
            oddities.extend(remove_leftovers(directory, &survey.leftovers));
        }
        let (mut not_files, mut left) = (Vec::new(), Vec::new());
        let mut listing = Listing::from(survey.parts);
        if options.best || options.salvage {
            listing = listing.with_copies(&survey.others);
        }
        let wanted = only.map(Listing::of);
        let mut scanned = 0;
        for (live_name, listed) in listing {
            let Some(id) = SessionId::of_live(&live_name) else {
                continue;
            };
            if wanted
                .as_ref()
                .is_some_and(|wanted| wanted.get(&id).is_none())
            {
                continue;
            }
            scanned += u32::from(listed.kinds.live.is_some());
            match odd_name(directory, &id, listed.kinds) {
                Some((name, kind)) => not_files.push(not_a_file(&name, kind)),
                None if is_looked_at(&listed, options) => left.push((id, listed)),
                None => {}
            }
        }
        Self {
            tombstones,
            options: Options {
                force: false,
                ..options
            },
            total: left.len(),
            left: left.into_iter(),
            withheld: Vec::new(),
            only: only.map(<[SessionId]>::to_vec),
            run: None,
            contested: Vec::new(),
            summary: Summary {
                scanned: if only.is_some() {
                    scanned
                } else {
                    survey.scanned
                },
                oddities: [not_files, oddities].concat(),
                ..Summary::default()
            },
        }
    }

    /// How many sessions with a backup there are.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.total
    }

    /// How many of them are done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.total - self.left.len()
    }

    /// The ids of the next sessions, `most` at the most.
    #[must_use]
    pub fn upcoming(&self, most: usize) -> Vec<String> {
        let left = self.left.as_slice().iter();
        left.take(most).map(|(id, _)| id.to_string()).collect()
    }

    /// Has a session judged only: if a restore is due, it fails with this error.
    pub fn withhold(&mut self, session_id: &str, error: Error) {
        let Err(place) = self.place_of_withheld(session_id) else {
            return;
        };
        self.withheld.insert(place, (session_id.to_owned(), error));
    }

    /// Goes on with the next sessions, `most` at the most. Gives what was done about those that are
    /// not simply complete. Sessions that another program was working on come with the last ones.
    pub fn next(&mut self, directory: &impl Directory, most: usize) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for (id, listed) in self.left.by_ref().take(most).collect::<Vec<_>>() {
            let outcome = self.outcome(directory, &id, &listed);
            if !listed.has_files() && outcome.is_about_nothing() {
                continue;
            }
            if outcome.has_backed_off() && self.withheld(&id).is_none() {
                self.contested.push((id, outcome));
            } else {
                outcomes.push(outcome);
            }
        }
        if self.left.len() == 0 {
            for (id, outcome) in mem::take(&mut self.contested) {
                let outcome =
                    restore_again(directory, &id, outcome, &self.tombstones, self.options);
                outcomes.push(outcome);
            }
        }
        outcomes.retain(|outcome| !outcome.is_simply_complete());
        history::note_all(directory, self.run.as_ref(), Deed::Restored, &mut outcomes);
        let restored = outcomes.iter().filter(|outcome| outcome.is_restored());
        self.summary.restored += number(restored.count());
        outcomes
    }

    /// Ends the sweep, and gives a summary of what was done. Its sessions are only those that
    /// [`Self::next`] has not given. If the sweep is complete and that is an option, redundant kept
    /// files are removed.
    pub fn finish(self, directory: &impl Directory) -> Summary {
        let pruned = if self.options.prune && self.left.len() == 0 {
            prune(directory, self.only.as_deref(), self.options.dry_run)
        } else {
            Ok(Vec::new())
        };
        let (pruned, failure) = match pruned {
            Ok(pruned) => (pruned, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let contested = self.contested.into_iter().map(|(_, outcome)| outcome);
        let complaint = self.tombstones.complaint().cloned();
        let oddities = self.summary.oddities.into_iter();
        let oddities = oddities.chain(complaint).chain(failure);
        Summary {
            left: number(self.left.len()),
            sessions: contested.collect(),
            oddities: oddities.collect(),
            pruned,
            ..self.summary
        }
    }

    /// Goes through all sessions that are left.
    #[must_use]
    pub fn run(mut self, directory: &impl Directory) -> Summary {
        let mut outcomes = Vec::new();
        while self.done() < self.total {
            outcomes.extend(self.next(directory, STEP));
        }
        self.finish(directory).with(outcomes)
    }

    fn withheld(&self, id: &SessionId) -> Option<&Error> {
        if self.withheld.is_empty() {
            return None;
        }
        let place = self.place_of_withheld(&id.to_string()).ok()?;
        Some(&self.withheld.get(place)?.1)
    }

    /// Where a session is among those that are only judged, or would be.
    fn place_of_withheld(&self, session_id: &str) -> Result<usize, usize> {
        let in_order = |(id, _): &(String, Error)| id.as_str().cmp(session_id);
        self.withheld.binary_search_by(in_order)
    }

    fn outcome<D: Directory>(&self, directory: &D, id: &SessionId, listed: &Listed) -> Outcome {
        let kinds = listed.kinds.beside_backup();
        let mut inspection = inspect_for_sweep(
            directory,
            id,
            kinds,
            self.options.depth(&listed.kept),
            &self.tombstones,
        );
        // What is the best source has been compared with them.
        if !self.options.best {
            temporary::add_note(directory, id, &listed.temporary, &mut inspection.status);
        }
        self.restored(directory, id, inspection, listed)
    }

    fn restored<D: Directory>(
        &self,
        directory: &D,
        id: &SessionId,
        inspection: Inspection<D::File>,
        listed: &Listed,
    ) -> Outcome {
        let Some(error) = self.withheld(id) else {
            return self.restored_with(directory, id, inspection, listed, self.options);
        };
        let judged = Options {
            dry_run: true,
            ..self.options
        };
        self.restored_with(directory, id, inspection, listed, judged)
            .withheld(error)
    }

    fn restored_with<D: Directory>(
        &self,
        directory: &D,
        id: &SessionId,
        inspection: Inspection<D::File>,
        listed: &Listed,
        options: Options,
    ) -> Outcome {
        if options.best {
            recover_best(directory, id, listed, inspection, options, &self.tombstones)
        } else {
            restore(directory, id, inspection, options, &listed.kept)
        }
    }
}

impl Summary {
    /// The same, with the outcomes that came before.
    #[must_use]
    pub fn with(mut self, outcomes: Vec<Outcome>) -> Self {
        self.sessions.splice(..0, outcomes);
        self
    }
}

/// Whether a sweep reads a session. If only kept files are left, the user probably deleted it.
fn is_looked_at(listed: &Listed, options: Options) -> bool {
    let Kinds { live, backup } = listed.kinds;
    let has_others = !listed.temporary.is_empty() || !listed.copies.is_empty();
    // A damaged copy stays what it is: a source of its session.
    let live = live.filter(|_| !listed.is_copy);
    backup.is_some()
        || (options.salvage && live.is_some())
        || (options.best && (live.is_some() || has_others))
}

fn number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Outcome {
    /// Whether there was nothing to do and nothing to say.
    fn is_simply_complete(&self) -> bool {
        let (live, backup) = (self.status.live.messages(), self.status.backup.messages());
        let is_alone = self.status.backup.state == FileState::Missing;
        let is_fine = live.is_some() && (backup.is_some() || is_alone) && backup <= live;
        let mut notes = self.status.notes.iter();
        let has_richer_file = notes.any(|note| note.kind == NoteKind::TemporaryFile);
        let is_fine = is_fine && !has_richer_file && self.status.guard.is_none();
        self.action == Action::Nothing && self.errors.is_empty() && is_fine
    }

    /// Whether nothing was found that could be put in place.
    const fn is_about_nothing(&self) -> bool {
        let is_guarded = self.status.guard.is_some();
        matches!(self.action, Action::Nothing) && self.errors.is_empty() && !is_guarded
    }

    /// The same, if a restore was due that must not be made.
    #[must_use]
    pub fn withheld(self, error: &Error) -> Self {
        if self.action != Action::WouldRestore {
            return self;
        }
        let errors = [error.clone()].into_iter().chain(self.errors);
        Self {
            action: Action::Failed,
            errors: errors.collect(),
            source: None,
            salvaged: None,
            merged: 0,
            ..self
        }
    }
}

/// How often a session is tried again if another run is working on it.
const ATTEMPTS: u32 = 5;

/// Looks again at a session that another run was working on. Usually it is restored by now, or the
/// other run is dead.
fn restore_again(
    directory: &impl Directory,
    id: &SessionId,
    mut outcome: Outcome,
    tombstones: &Tombstones,
    options: Options,
) -> Outcome {
    let mut told = Vec::new();
    for _ in 0..ATTEMPTS {
        let names = if options.best {
            look_up_with_copies(directory, id)
        } else {
            look_up(directory, id)
        };
        let Ok(names) = names else {
            break;
        };
        let kinds = names.listed.kinds.beside_backup();
        let depth = options.depth(&names.listed.kept);
        let inspection = inspect_for_sweep(directory, id, kinds, depth, tombstones);
        // All but the reason for which it was left.
        told.extend(outcome.errors.into_iter().skip(1));
        if is_due(&inspection, options) {
            told.extend(remove_leftovers(directory, &names.leftovers));
        }
        outcome = if options.best {
            recover_best(
                directory,
                id,
                &names.listed,
                inspection,
                options,
                tombstones,
            )
        } else {
            restore(directory, id, inspection, options, &names.listed.kept)
        };
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
            heading: None,
            session_id: live_name.strip_suffix(".json").map(str::to_owned),
            live: self.kinds.live.is_some(),
            backup: self.kinds.backup.is_some(),
            oddity,
        }
    }
}

/// Gives the name, and the kind, of an entry that is no file and hides no session: a live name
/// without a backup, or a backup's name without a live file. The listing keeps no live files, so
/// this asks for the one beside such a backup.
fn odd_name(directory: &impl Directory, id: &SessionId, kinds: Kinds) -> Option<(String, Kind)> {
    match (kinds.live, kinds.backup) {
        (live, None) => live
            .filter(|kind| *kind != Kind::File)
            .map(|kind| (id.live_name(), kind)),
        (None, Some(kind)) if kind != Kind::File => {
            let is_alone = directory.file_id(&id.live_name()) == Err(FsError::NotFound);
            is_alone.then(|| (id.backup_name(), kind))
        }
        _ => None,
    }
}

fn not_a_file(name: &str, kind: Kind) -> Error {
    let kind = kind.in_words();
    Error::new(
        ErrorCode::NotARegularFile,
        format!("{name} was skipped: it is {kind}."),
    )
    .remedied_by("Move it away.")
}
