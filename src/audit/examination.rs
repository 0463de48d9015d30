//! Finds all that is wrong in the directory. It reads every session and changes nothing.

use super::files::{self, Live};
use super::traces;
use crate::answer::{
    AuditReport, Category, Error, FileState, Finding, FindingKind, Guard, NoteKind, Recommendation,
    SalvageSource, SourceKind, Status, Turn,
};
use crate::app::index;
use crate::app::journal::{self, Journal, Pending, Turns};
use crate::app::temporary::{self, Temporary};
use crate::app::tombstones::Tombstones;
use crate::directory::{Directory, File, Kind};
use crate::listing::{Filter, Kinds, Listed, Listing, Survey};
use crate::session::{DELETED, INDEX, JOURNALS, Role, SessionId};
use crate::sorted::sorted;
use crate::sources::{Choice, Found, Gathered, Opened};
use crate::verdict::inspect::{Inspection, inspect};
use crate::verdict::judge::messages_of;
use crate::verdict::mend::Depth;
use crate::verdict::recommend::many;

/// Looks at everything; `known` are the sessions that there are, if the host knows.
pub fn audit<D: Directory>(
    directory: &D,
    known: Option<Vec<String>>,
) -> Result<AuditReport, Error> {
    Ok(examine(directory, known)?.report)
}

/// What an audit found, and what stands in the way of setting the index aside.
pub struct Examined {
    /// What was found.
    pub report: AuditReport,
    /// A file that the application removes when it makes a new index, if there is one.
    pub endangered: Option<String>,
}

/// Looks at everything.
pub fn examine<D: Directory>(directory: &D, known: Option<Vec<String>>) -> Result<Examined, Error> {
    let survey = Survey::of(directory, &|_| Filter::All)?;
    survey.level.require_sessions()?;
    let tombstones = Tombstones::of(survey.system.deleted).knowing(known);
    let tombstones = tombstones.carefully();
    let listing = Listing::from(survey.parts).with_copies(&survey.others);
    let mut audit = Audit {
        directory,
        tombstones: &tombstones,
        live: Vec::new(),
        turns: 0,
        findings: Vec::new(),
    };
    audit.read_list_of_deleted();
    audit.read_journals(survey.system.journals, &listing);
    let leftovers = survey.leftovers.iter();
    let leftovers: Vec<_> = leftovers.map(|name| leftover(name, &listing)).collect();
    for (live_name, listed) in listing {
        audit.session(&live_name, &listed);
    }
    audit.add_ids_inside();
    audit.add_index(survey.system.index, survey.endangered.as_deref());
    audit.add_all(leftovers.into_iter());
    audit.add_all(survey.oddities.iter().map(odd_entry));
    Ok(Examined {
        report: AuditReport {
            scanned: survey.scanned,
            findings: by_kind(audit.findings),
        },
        endangered: survey.endangered,
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
    tombstones: &'a Tombstones,
    /// The live files that were looked at, by name.
    live: Vec<Live>,
    /// How many turns were found.
    turns: usize,
    findings: Vec<Finding>,
}

/// The most turns that are listed.
const MOST_TURNS: usize = 100_000;

impl<D: Directory> Audit<'_, D> {
    fn add_all(&mut self, findings: impl Iterator<Item = Finding>) {
        self.findings.extend(findings);
    }

    fn read_list_of_deleted(&mut self) {
        if let Err(error) = self.tombstones.deleted(self.directory) {
            self.findings.push(Finding {
                name: Some(DELETED.to_owned()),
                ..Finding::of_error(FindingKind::UnreadableRecord, error)
            });
        }
    }

    /// Compares the index with the live files.
    fn add_index(&mut self, kind: Option<Kind>, endangered: Option<&str>) {
        let rows = match kind {
            None => return,
            Some(Kind::File) => index::rows(self.directory).map_err(|fault| fault.to_string()),
            Some(kind) => Err(format!("it is {}", kind.in_words())),
        };
        match rows {
            Ok(rows) => {
                let is_deleted = |id: &SessionId| {
                    self.tombstones.guard(self.directory, id) == Some(Guard::Deleted)
                };
                let found = files::index(&rows, &self.live, &is_deleted, endangered);
                self.findings.extend(found);
            }
            Err(why) => {
                let seen = format!("The application's index cannot be read: {why}.");
                self.findings.push(record(INDEX, &seen));
            }
        }
    }

    fn add_ids_inside(&mut self) {
        let better = self.findings.iter();
        let better = better.filter(|finding| finding.kind == FindingKind::BetterSource);
        let better = sorted(better.map(|finding| finding.name.as_deref()).collect());
        let mut inside = files::ids_inside(&self.live);
        inside.retain(|found| {
            let is_copy = found.kind == FindingKind::Copy;
            !is_copy || better.binary_search(&found.name.as_deref()).is_err()
        });
        self.findings.extend(inside);
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
                let seen = format!("The turn journals cannot be listed: {fault}.");
                self.findings.push(record(JOURNALS, &seen));
                return;
            }
        };
        for fault in left_out {
            let seen = format!("An entry of the turn journals was skipped: {fault}.");
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
                Err(fault) => format!("The turn journal cannot be read: {fault}."),
                Ok(()) if turns.malformed == before => continue,
                Ok(()) => {
                    let number = turns.malformed - before;
                    format!("Unreadable lines in the turn journal: {number}.")
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
            let seen = format!("Turns in the turn journal that were not checked: {left_out}.");
            self.findings.push(record(&name, &seen));
        }
    }

    /// Keeps the turns that are not in the session's live file, or all of them if the file cannot
    /// be read. Gives how many messages it holds.
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
        // If nothing else is left, the user probably deleted the session.
        let is_there = kinds.live.is_some() || kinds.backup.is_some();
        let depth = Depth::to_tell(if is_there { &listed.kept } else { &[] }).carefully();
        let mut inspection = inspect(self.directory, &id, kinds, depth, self.tombstones);
        let temporary = temporary::read_all(self.directory, &id, &listed.temporary);
        temporary::add_note_of(&id, &temporary, &mut inspection.status);
        let status = &inspection.status;
        let is_gone = status.live.state == FileState::Missing;
        let is_deleted =
            is_gone && self.tombstones.guard(self.directory, &id) == Some(Guard::Deleted);
        let found = pair(&id, &inspection, kinds, self.tombstones);
        // A damaged copy stays what it is: a source of its session.
        let salvageable = salvageable(&id, status).filter(|_| !listed.is_copy);
        let kept = kept(&id, &listed.kept, is_deleted);
        let traces = traces::of(&id, &inspection);
        let layout = traces::other_layout(&id, &inspection);
        let better = self.better_source(&id, listed, &inspection, is_deleted);
        let temporary = temporary.into_iter();
        let temporary = temporary.map(|file| temporary_file(&id, file, status, is_deleted));
        // One finding for a file is enough.
        let better_name = better.as_ref().and_then(|better| better.name.as_ref());
        let is_other =
            |found: &Finding| better_name.is_none() || found.name.as_ref() != better_name;
        let temporary: Vec<_> = temporary.filter(is_other).collect();
        // If the listing lacks it, another session's name leads to the same file.
        if !is_gone && listed.kinds.live.is_some() {
            self.live.push(Live::of(&id, &inspection));
        }
        self.add_all([found, salvageable, kept, better].into_iter().flatten());
        self.add_all(traces.into_iter().chain(layout).chain(temporary));
    }

    /// A source that is better than the live file, if no other finding names it.
    fn better_source(
        &self,
        id: &SessionId,
        listed: &Listed,
        inspection: &Inspection<D::File>,
        is_deleted: bool,
    ) -> Option<Finding> {
        let status = &inspection.status;
        let is_gone = status.live.state == FileState::Missing;
        let has_new_ones = !listed.temporary.is_empty() || !listed.copies.is_empty();
        // If only kept files are left, the user probably deleted the session.
        let is_looked_at = has_new_ones || (!listed.kept.is_empty() && !is_gone);
        if is_deleted || !is_looked_at {
            return None;
        }
        let gathered = Gathered::of(self.directory, id, listed);
        let sources = gathered.with(id, [&inspection.live, &inspection.backup]);
        let choice = Choice::of(
            self.directory,
            id,
            &sources,
            self.tombstones,
            gathered.terms(),
        );
        let best = match choice.found {
            Found::Best(place) => Some(&sources[place]),
            Found::Several if status.live.messages().is_none() => None,
            _ => return None,
        };
        if best.is_some_and(|best| is_told(best, status)) {
            return None;
        }
        let whole = best.and_then(|best| best.judged.whole());
        let messages = whole.map(|whole| whole.messages().count);
        let holds = messages.map(|messages| format!(" It holds {}.", many(messages)));
        let finding = Finding {
            session_id: Some(id.to_string()),
            name: best.map(|best| best.name.clone()),
            messages,
            live_messages: status.live.messages(),
            backup_messages: status.backup.messages(),
            ..Finding::new(
                FindingKind::BetterSource,
                &format!("{}{}", choice.why, holds.unwrap_or_default()),
            )
        };
        Some(match best {
            Some(best) => Finding {
                remedy: temporary::how_to_place(id, &best.name),
                ..finding
            },
            None => finding,
        })
    }
}

/// Whether another finding says that a source is better than the live file.
fn is_told<F: File>(best: &Opened<F>, status: &Status) -> bool {
    let whole = best.judged.whole();
    let messages = whole.map(|whole| whole.messages().count);
    let most = status.live.messages().max(status.backup.messages());
    match best.kind {
        SourceKind::Live => true,
        SourceKind::Backup => status.recommendation == Recommendation::Restore,
        SourceKind::Temporary => messages > most,
        _ => status
            .salvage
            .as_ref()
            .is_some_and(|salvage| salvage.name == best.name),
    }
}

/// What a live file and its backup are together.
fn pair<F>(
    id: &SessionId,
    inspection: &Inspection<F>,
    kinds: Kinds,
    tombstones: &Tombstones,
) -> Option<Finding> {
    let status = &inspection.status;
    let is_orphan = status.live.state == FileState::Missing && kinds.backup.is_some();
    let obstacle = status.obstacle.as_ref();
    let mut remedy = None;
    let (kind, seen) = match (&status.live.state, &status.backup.state) {
        _ if is_orphan => {
            let doubt = tombstones.complaint().filter(|_| is_in_doubt(status));
            remedy = obstacle.or(doubt).and_then(|error| error.remedy.as_deref());
            let seen = obstacle.map_or(&status.reason, |obstacle| &obstacle.message);
            (orphan(status), seen)
        }
        (_, FileState::Missing) if kinds.live.is_some_and(|kind| kind != Kind::File) => {
            (FindingKind::OddEntry, &status.reason)
        }
        _ if status.guard.is_some() => (FindingKind::Guarded, &status.reason),
        _ if let Some(obstacle) = obstacle => {
            remedy = obstacle.remedy.as_deref();
            (FindingKind::Undecided, &obstacle.message)
        }
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
    let is_lost = matches!(
        kind,
        FindingKind::UnreadableLive | FindingKind::MalformedOrphanBackup
    );
    if is_lost && status.salvage.is_some() {
        remedy = Some("`repair --salvage` brings back what is left of the session.");
    }
    let seen = with_notes(kind, seen, status);
    Some(Finding::about(kind, id, status, &seen).remedied_by(remedy))
}

/// A damaged file with messages that no restore brings back without a salvage.
fn salvageable(id: &SessionId, status: &Status) -> Option<Finding> {
    let SalvageSource {
        name,
        messages,
        gained,
        forced,
        merged,
    } = status.salvage.as_ref()?;
    let lacking = match (gained, forced, merged) {
        (n, true, _) => format!("The live file lacks {n} of them"),
        (n, _, true) => format!("The backup lacks {n} of them"),
        (1, ..) => "1 of them comes back only with --salvage".to_owned(),
        (n, ..) => format!("{n} of them come back only with --salvage"),
    };
    let finding = Finding {
        session_id: Some(id.to_string()),
        name: Some(name.clone()),
        messages: Some(*messages),
        live_messages: status.live.messages(),
        backup_messages: status.backup.messages(),
        ..Finding::new(
            FindingKind::Salvageable,
            &format!(
                "This damaged file still holds {}. {lacking}.",
                many_whole(*messages)
            ),
        )
    };
    if !merged {
        return Some(finding);
    }
    // What a user changed since then is also lacking.
    let is_of_now = [id.live_name(), id.backup_name()].contains(name);
    let category = if is_of_now {
        Category::ManualReview
    } else {
        Category::Information
    };
    let id = temporary::word(&id.to_string());
    Some(Finding {
        category,
        remedy: if *forced {
            format!(
                "`recover --salvage --force --merge {id}` adds them to the live file's messages."
            )
        } else {
            format!("`recover --salvage --merge {id}` restores the backup and adds them.")
        },
        ..finding
    })
}

fn many_whole(messages: u32) -> String {
    match messages {
        1 => "1 whole message".to_owned(),
        n => format!("{n} whole messages"),
    }
}

/// What was seen, and what whoever restores the session should know.
fn with_notes(kind: FindingKind, seen: &str, status: &Status) -> String {
    let is_restored = matches!(kind, FindingKind::ShrunkenLive | FindingKind::OrphanBackup);
    // A temporary file is a finding by itself.
    let notes = status.notes.iter();
    let notes = notes.filter(|note| is_restored && note.kind != NoteKind::TemporaryFile);
    let notes = notes.map(|note| format!(" {}", note.message));
    seen.to_owned() + &notes.collect::<String>()
}

/// Whether as many messages are not the same ones.
fn different_messages<F>(id: &SessionId, inspection: &Inspection<F>) -> Option<Finding> {
    let status = &inspection.status;
    let messages = status.live.messages()?;
    if messages != status.backup.messages()? {
        return None;
    }
    let seen = match (status.live_only?, status.backup_only?) {
        (0, 0) => return None,
        (live, backup) if live == backup => format!(
            "The live file and its backup hold {} each, but {live} of them differ.",
            many(messages)
        ),
        (live, backup) => format!(
            "The live file and its backup hold {} each. {live} are only in the live file, and {backup} only in the backup.",
            many(messages)
        ),
    };
    Some(Finding::about(
        FindingKind::DifferentMessages,
        id,
        status,
        &seen,
    ))
}

fn is_in_doubt(status: &Status) -> bool {
    status.guard == Some(Guard::DeletionsUnknown)
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

fn kept(id: &SessionId, numbers: &[u32], is_deleted: bool) -> Option<Finding> {
    let newest = numbers.iter().max()?;
    if is_deleted {
        return Some(kept_of_deleted(id, numbers.len(), *newest));
    }
    let seen = match numbers.len() {
        1 => "This kept file holds what a restore replaced.".to_owned(),
        n => format!("{n} kept files hold what restores replaced. This one is the newest."),
    };
    Some(Finding {
        session_id: Some(id.to_string()),
        name: id.kept_name(*newest),
        ..Finding::new(FindingKind::Kept, &seen)
    })
}

fn kept_of_deleted(id: &SessionId, number: usize, newest: u32) -> Finding {
    let files = match number {
        1 => "1 kept file still holds".to_owned(),
        n => format!("{n} kept files still hold"),
    };
    Finding {
        session_id: Some(id.to_string()),
        name: id.kept_name(newest),
        remedy: format!(
            "`purge {0}` removes the kept files of this session. \
             `purge --deleted` removes those of all deleted sessions. \
             `undo --ignore-guards {0}` puts the newest one back.",
            temporary::word(&id.to_string())
        ),
        ..Finding::new(
            FindingKind::KeptOfDeleted,
            &format!("The user deleted the session, but {files} its text."),
        )
    }
}

/// A file that the application left when it stopped in the middle of a save.
fn temporary_file(
    id: &SessionId,
    Temporary {
        name,
        messages,
        left,
    }: Temporary,
    status: &Status,
    is_deleted: bool,
) -> Finding {
    let most = status.live.messages().max(status.backup.messages());
    let (seen, is_worth) = match messages {
        None if let Some(left) = left => (
            format!("It is damaged, and still holds {}.", many_whole(left)),
            Some(left)
                > status
                    .live
                    .whole_messages()
                    .max(status.backup.whole_messages()),
        ),
        None => (
            "It is not a readable session.".to_owned(),
            status.live.messages().is_none(),
        ),
        Some(number) if messages > most => (
            format!(
                "It holds {}, more than the live file and its backup.",
                many(number)
            ),
            true,
        ),
        Some(number) => (format!("It holds {}.", many(number)), false),
    };
    let remedy = match messages {
        _ if is_deleted => format!(
            "The user deleted the session, and this file holds its text. {}",
            temporary::how_to_remove(name)
        ),
        _ if is_worth && messages.or(left).is_some() => format!(
            "Look at this file: the application does not read it. {}",
            temporary::how_to_place(id, name)
        ),
        _ => "Look at this file: the application does not read it.".to_owned(),
    };
    let finding = Finding {
        session_id: Some(id.to_string()),
        name: Some(name.to_owned()),
        messages,
        live_messages: status.live.messages(),
        backup_messages: status.backup.messages(),
        remedy,
        ..Finding::new(
            FindingKind::TemporaryFile,
            &format!("The application stopped in the middle of a save and left this file. {seen}"),
        )
    };
    if is_worth || is_deleted {
        finding
    } else {
        Finding {
            category: Category::Information,
            ..finding
        }
    }
}

fn record(name: &str, seen: &str) -> Finding {
    Finding {
        name: Some(name.to_owned()),
        ..Finding::new(FindingKind::UnreadableRecord, seen)
    }
}

fn pending_turn(session_id: &str, name: String, turn: Pending) -> Finding {
    let seen =
        "The user submitted this turn. It did not finish, and the session lacks its message.";
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

fn leftover(name: &str, listing: &Listing) -> Finding {
    if Role::of(name) == Role::Exchange {
        return exchanged(name, listing.owner(name));
    }
    let seen = "An interrupted restore left this file, or a running restore needs it.";
    Finding {
        name: Some(name.to_owned()),
        ..Finding::new(FindingKind::Leftover, seen)
    }
}

/// What an interrupted exchange of names left, which may be the application's last save.
fn exchanged(name: &str, owner: Option<SessionId>) -> Finding {
    let is_pruned = |id: &SessionId| id.pruned_number(name).is_some();
    let seen = if owner.as_ref().is_some_and(is_pruned) {
        "An interrupted prune left this kept file, or a running prune is about to remove it."
    } else {
        "An interrupted restore left this file, or a running restore needs it. It may be what the application saved last."
    };
    let remedy = owner.as_ref().map_or_else(
        || "Look at this file. Its session has no other file here.".to_owned(),
        |id| format!("`recover {id}` keeps it, unless another file holds the same."),
    );
    Finding {
        category: Category::ManualReview,
        session_id: owner.map(|id| id.to_string()),
        name: Some(name.to_owned()),
        remedy,
        ..Finding::new(FindingKind::Other, seen)
    }
}

fn odd_entry(oddity: &Error) -> Finding {
    Finding::of_error(FindingKind::OddEntry, oddity)
}
