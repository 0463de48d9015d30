//! All that is wrong in the directory, and what would mend it. It reads every session,
//! and changes nothing.

use crate::answer::{
    AuditReport, Category, Error, FileState, Finding, FindingKind, Guard, Recommendation, Status,
    Turn,
};
use crate::compare;
use crate::directory::{Directory, File, Kind};
use crate::gone::Gone;
use crate::index;
use crate::inspect::{Inspection, inspect};
use crate::journal::{self, Journal, Pending, Turns};
use crate::judge::messages_of;
use crate::listing::{Kinds, Listed, Listing, Survey, Take};
use crate::session::{DELETED, INDEX, JOURNALS, SessionId};

/// Looks at everything; `known` are the sessions that there are, if the host knows.
///
/// # Errors
///
/// The directory cannot be listed.
pub fn audit<D: Directory>(
    directory: &D,
    known: Option<Vec<String>>,
) -> Result<AuditReport, Error> {
    let survey = Survey::of(directory, &|_| Take::All)?;
    let gone = Gone::of(directory, survey.system.deleted).knowing(known);
    let gone = gone.carefully();
    let listing = Listing::from(survey.parts);
    let mut audit = Audit {
        directory,
        gone: &gone,
        index: None,
        turns: 0,
        findings: Vec::new(),
    };
    audit.read_list_of_deleted();
    audit.read_index(survey.system.index, &listing);
    audit.read_journals(survey.system.journals, &listing);
    for (live_name, listed) in listing {
        audit.session(&live_name, &listed);
    }
    audit.add_all(survey.leftovers.iter().map(|name| leftover(name)));
    audit.add_all(survey.oddities.iter().map(odd_entry));
    Ok(AuditReport {
        scanned: survey.scanned,
        findings: by_kind(audit.findings),
    })
}

/// Those of a kind together, and each kind in the order in which it was found.
fn by_kind(findings: Vec<Finding>) -> Vec<Finding> {
    const KINDS: usize = FindingKind::Other as usize + 1;
    let mut kinds: [Vec<Finding>; KINDS] = Default::default();
    for finding in findings {
        kinds[finding.kind as usize].push(finding);
    }
    kinds.into_iter().flatten().collect()
}

struct Audit<'a, D> {
    directory: &'a D,
    gone: &'a Gone<'a, D>,
    /// The ids in the application's index, sorted, if there is one.
    index: Option<Vec<String>>,
    /// How many turns were found.
    turns: usize,
    findings: Vec<Finding>,
}

/// So many turns are told at most.
const MOST_TURNS: usize = 100_000;

impl<D: Directory> Audit<'_, D> {
    fn add_all(&mut self, findings: impl Iterator<Item = Finding>) {
        self.findings.extend(findings);
    }

    fn read_list_of_deleted(&mut self) {
        if let Err(error) = self.gone.deleted() {
            self.findings.push(record(DELETED, &error.message));
        }
    }

    /// Reads the index, and looks for sessions in it that are not there.
    fn read_index(&mut self, kind: Option<Kind>, listing: &Listing) {
        let ids = match kind {
            None => return,
            Some(Kind::File) => index::ids(self.directory).map_err(|fault| fault.to_string()),
            Some(kind) => Err(kind.in_words().to_owned()),
        };
        match ids {
            Ok(ids) => {
                for id in &ids {
                    self.findings.extend(self.missing_file(id, listing));
                }
                self.index = Some(ids);
            }
            Err(why) => {
                let seen = format!("The application's index cannot be read: {why}.");
                self.findings.push(record(INDEX, &seen));
            }
        }
    }

    fn missing_file(&self, id: &str, listing: &Listing) -> Option<Finding> {
        if let Ok(id) = SessionId::new(id) {
            let listed = listing.get(&id);
            let is_there = listed.is_some_and(|listed| listed.kinds.live.is_some());
            if is_there || self.gone.guard(&id) == Some(Guard::Deleted) {
                return None;
            }
        }
        Some(Finding {
            session_id: Some(id.to_owned()),
            name: Some(INDEX.to_owned()),
            ..Finding::new(
                FindingKind::IndexMissingFile,
                &format!("The application's index has {id}, but there is no live file."),
            )
        })
    }

    /// Looks for turns in the journals that are not in their sessions.
    fn read_journals(&mut self, kind: Option<Kind>, listing: &Listing) {
        if kind.is_none() {
            return;
        }
        let opened = self.directory.enter(JOURNALS);
        let opened = opened.and_then(|opened| Ok((journal::journals(&opened)?, opened)));
        let ((journals, left_out), opened) = match opened {
            Ok(opened) => opened,
            Err(fault) => {
                let seen = format!("The turn journals cannot be listed, {fault}.");
                self.findings.push(record(JOURNALS, &seen));
                return;
            }
        };
        for fault in left_out {
            let seen = format!("An entry of the turn journals is left out, {fault}.");
            self.findings.push(record(JOURNALS, &seen));
        }
        for of_session in journals.chunk_by(|one, other| one.session_id == other.session_id) {
            self.read_journal(&opened, of_session, listing);
        }
    }

    fn read_journal(&mut self, opened: &D, journals: &[Journal], listing: &Listing) {
        let mut turns = Turns::default();
        for journal in journals {
            let before = turns.malformed;
            let seen = match turns.read(opened, journal) {
                Err(fault) => format!("The turn journal cannot be read, {fault}."),
                Ok(()) if turns.malformed == before => continue,
                Ok(()) => {
                    let number = turns.malformed - before;
                    format!("So many lines of the turn journal cannot be read: {number}.")
                }
            };
            let name = format!("{JOURNALS}/{}", journal.name);
            self.findings.push(record(&name, &seen));
        }
        let Some(Journal {
            session_id, name, ..
        }) = journals.first()
        else {
            return;
        };
        let name = format!("{JOURNALS}/{name}");
        let mut left_out = turns.left_out as usize;
        let mut pending = turns.pending();
        let live_messages = self.keep_missing(session_id, &mut pending, listing);
        let told = pending.len().min(MOST_TURNS - self.turns);
        self.turns += told;
        left_out += pending.len() - told;
        for turn in pending.into_iter().take(told) {
            self.findings.push(Finding {
                live_messages,
                ..pending_turn(session_id, name.clone(), turn)
            });
        }
        if left_out > 0 {
            let seen = format!("So many turns of the turn journal were not looked at: {left_out}.");
            self.findings.push(record(&name, &seen));
        }
    }

    /// Keeps those of these turns that are not in the session's live file: where that
    /// cannot be read, all of them. Gives how many messages it holds.
    fn keep_missing(
        &self,
        session_id: &str,
        pending: &mut Vec<Pending>,
        listing: &Listing,
    ) -> Option<u32> {
        if pending.is_empty() {
            return None;
        }
        let id = SessionId::new(session_id).ok()?;
        if listing.get(&id)?.kinds.live != Some(Kind::File) {
            return None;
        }
        let live = self.directory.open(&id.live_name()).ok()?;
        let count = messages_of(&live)?.count;
        let mut are_there = journal::are_in(&live, pending).ok()?.into_iter();
        pending.retain(|_| are_there.next() != Some(true));
        Some(count)
    }

    fn session(&mut self, live_name: &str, listed: &Listed) {
        let Some(id) = SessionId::of_live(live_name) else {
            return;
        };
        let kinds = listed.kinds.beside_backup();
        let inspection = inspect(self.directory, &id, kinds, self.gone);
        let found = pair(&id, &inspection, kinds);
        let missing = self.missing_entry(&id, &inspection.status);
        let kept = kept(&id, &listed.kept);
        self.add_all([found, missing, kept].into_iter().flatten());
    }

    fn missing_entry(&self, id: &SessionId, status: &Status) -> Option<Finding> {
        let ids = self.index.as_ref()?;
        let live = &status.live.state;
        if *live == FileState::Missing || ids.binary_search(&id.to_string()).is_ok() {
            return None;
        }
        let seen = format!("The application's index lacks {id}.");
        let missing = Finding {
            name: Some(INDEX.to_owned()),
            backup_messages: None,
            ..Finding::about(FindingKind::IndexMissingEntry, id, status, &seen)
        };
        // What the application cannot read is in no index that it makes.
        Some(if matches!(live, FileState::Readable { .. }) {
            missing
        } else {
            missing.for_information()
        })
    }
}

/// What a live file and its backup are together.
fn pair<F: File>(id: &SessionId, inspection: &Inspection<F>, kinds: Kinds) -> Option<Finding> {
    let status = &inspection.status;
    let is_orphan = status.live.state == FileState::Missing && kinds.backup.is_some();
    let (kind, seen) = match (&status.live.state, &status.backup.state) {
        _ if is_orphan => {
            let obstacle = status.obstacle.as_ref().map(|obstacle| &obstacle.message);
            (orphan(status), obstacle.unwrap_or(&status.reason))
        }
        (_, FileState::Missing) if kinds.live.is_some_and(|kind| kind != Kind::File) => {
            (FindingKind::OddEntry, &status.reason)
        }
        _ if status.guard.is_some() => (FindingKind::Guarded, &status.reason),
        _ if let Some(obstacle) = &status.obstacle => (FindingKind::Undecided, &obstacle.message),
        _ if status.recommendation == Recommendation::Restore => {
            (FindingKind::ShrunkenLive, &status.reason)
        }
        (FileState::Undecided(_), _) | (_, FileState::Undecided(_)) => {
            (FindingKind::Undecided, &status.reason)
        }
        (FileState::Unreadable(_), _) => (FindingKind::UnreadableLive, &status.reason),
        (_, FileState::Unreadable(_)) => (FindingKind::Other, &status.reason),
        _ => return different_messages(id, inspection),
    };
    Some(Finding::about(kind, id, status, seen))
}

/// Whether as many messages are not the same ones.
fn different_messages<F: File>(id: &SessionId, inspection: &Inspection<F>) -> Option<Finding> {
    let (live, backup) = (inspection.live.messages()?, inspection.backup.messages()?);
    if live.count != backup.count {
        return None;
    }
    let number = compare::live_only(&live, &backup).ok()??;
    let seen = format!(
        "The live file and its backup hold as many messages, but {number} of each are not in the other."
    );
    let kind = FindingKind::DifferentMessages;
    (number > 0).then(|| Finding::about(kind, id, &inspection.status, &seen))
}

/// What a backup without a live file is.
const fn orphan(status: &Status) -> FindingKind {
    match (&status.backup.state, status.guard) {
        (FileState::Readable { .. }, Some(Guard::Unknown)) => FindingKind::UnknownOrphan,
        (FileState::Readable { .. }, Some(Guard::DeletionsUnknown)) => FindingKind::Undecided,
        (FileState::Readable { .. }, Some(_)) => FindingKind::DeletedOrphan,
        (FileState::Readable { .. }, None) => FindingKind::OrphanBackup,
        _ => FindingKind::MalformedOrphanBackup,
    }
}

fn kept(id: &SessionId, numbers: &[u32]) -> Option<Finding> {
    let newest = numbers.iter().max()?;
    let seen = match numbers.len() {
        1 => "A file holds what a restore replaced.".to_owned(),
        n => format!("{n} files hold what restores replaced; this is the newest."),
    };
    Some(Finding {
        session_id: Some(id.to_string()),
        name: id.kept_name(*newest),
        ..Finding::new(FindingKind::Kept, &seen)
    })
}

fn record(name: &str, seen: &str) -> Finding {
    Finding {
        name: Some(name.to_owned()),
        ..Finding::new(FindingKind::UnreadableRecord, seen)
    }
}

fn pending_turn(session_id: &str, name: String, turn: Pending) -> Finding {
    let seen =
        "A turn was submitted and did not come to an end, and the session has no such message.";
    Finding {
        session_id: Some(session_id.to_owned()),
        name: Some(name),
        turn: Some(Turn {
            turn_id: turn.turn_id,
            event: turn.event,
            created_at: turn.created_at,
            characters: turn.text.characters,
        }),
        ..Finding::new(FindingKind::PendingTurn, seen)
    }
}

fn leftover(name: &str) -> Finding {
    let seen = "An interrupted restore left it, or one at work needs it.";
    Finding {
        name: Some(name.to_owned()),
        ..Finding::new(FindingKind::Leftover, seen)
    }
}

fn odd_entry(oddity: &Error) -> Finding {
    Finding::new(FindingKind::OddEntry, &oddity.message)
}

impl Finding {
    /// An error's words have a remedy of their own.
    fn new(kind: FindingKind, seen: &str) -> Self {
        let (category, remedy) = kind.mended_by();
        let (seen, remedy) = split(seen).unwrap_or((seen, remedy));
        Self {
            kind,
            category,
            session_id: None,
            name: None,
            live_messages: None,
            backup_messages: None,
            turn: None,
            seen: seen.to_owned(),
            remedy: remedy.to_owned(),
        }
    }

    fn for_information(self) -> Self {
        let (category, remedy) = FindingKind::Other.mended_by();
        Self {
            category,
            remedy: remedy.to_owned(),
            ..self
        }
    }

    fn about(kind: FindingKind, id: &SessionId, status: &Status, seen: &str) -> Self {
        let name = if status.live.state == FileState::Missing {
            id.backup_name()
        } else {
            id.live_name()
        };
        Self {
            name: Some(name),
            session_id: Some(id.to_string()),
            live_messages: status.live.messages(),
            backup_messages: status.backup.messages(),
            ..Self::new(kind, seen)
        }
    }
}

/// An error's words and its remedy. The standard library's search takes 10 kB.
fn split(message: &str) -> Option<(&str, &str)> {
    const BETWEEN: &str = " Remedy: ";
    let mut places = message.as_bytes().windows(BETWEEN.len());
    let place = places.position(|window| window == BETWEEN.as_bytes())?;
    Some((message.get(..place)?, message.get(place + BETWEEN.len()..)?))
}

impl FindingKind {
    /// Who mends it, and how.
    const fn mended_by(self) -> (Category, &'static str) {
        use Category::{Information, ManualReview, Repairable};
        match self {
            Self::ShrunkenLive | Self::OrphanBackup => {
                (Repairable, "put the backup in the live file's place.")
            }
            Self::MalformedOrphanBackup => (
                ManualReview,
                "look at the backup: somebody may be able to read what it holds.",
            ),
            Self::DeletedOrphan => (
                ManualReview,
                "remove the backup, or restore it with `ignore-guards`.",
            ),
            Self::UnknownOrphan => (
                ManualReview,
                "look in the application's database, then remove the backup or restore it with `ignore-guards`.",
            ),
            Self::IndexMissingFile | Self::IndexMissingEntry => (
                Repairable,
                "set the index aside: the application makes a new one.",
            ),
            Self::PendingTurn => (
                ManualReview,
                "look for the text in the journal, and submit it again.",
            ),
            Self::UnreadableLive => (ManualReview, "look at the file, or put another copy back."),
            Self::Undecided => (
                ManualReview,
                "take away what is in the way, then audit again.",
            ),
            Self::DifferentMessages => (
                ManualReview,
                "look at both files: neither holds all messages of the other.",
            ),
            Self::Guarded => (
                Information,
                "nothing, or restore with `ignore-guards` if it was not on purpose.",
            ),
            Self::Leftover => (Repairable, "remove it."),
            Self::Kept => (
                Information,
                "nothing; `undo` puts it back, and you may remove it.",
            ),
            Self::OddEntry => (ManualReview, "move it away or rename it."),
            Self::UnreadableRecord => (ManualReview, "look at it, or move it away."),
            Self::Other => (Information, "nothing."),
        }
    }
}
