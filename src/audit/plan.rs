//! Lists the changes that repair what an audit found. Each change has a fingerprint of its files,
//! so that a repair notices if they have changed since.

use std::hash::Hasher;
use std::ops::ControlFlow;

use siphasher::sip128::{Hasher128, SipHasher13};

use super::examination::{Examined, examine};
use crate::answer::{AuditReport, Category, Change, ChangeKind, Error, Finding, FindingKind, Plan};
use crate::app::index;
use crate::directory::{Directory, FsError, WHOLE, each_chunk};
use crate::session::{INDEX, SessionId};

/// Lists the changes that repair what can be repaired, in the order in which to make them.
pub fn make_plan(
    directory: &impl Directory,
    known: Option<Vec<String>>,
    salvage: bool,
) -> Result<Plan, Error> {
    let Examined { report, endangered } = examine(directory, known)?;
    let salvaged = report.findings.iter();
    let salvaged = salvaged.filter(|finding| {
        finding.kind == FindingKind::Salvageable && finding.category == Category::Repairable
    });
    let salvaged: Vec<_> = salvaged
        .filter_map(|finding| finding.session_id.as_ref())
        .collect();
    let is_chosen = |finding: &&Finding| match finding.kind {
        FindingKind::Salvageable => salvage && finding.category == Category::Repairable,
        FindingKind::ShrunkenLive | FindingKind::OrphanBackup => {
            let id = finding.session_id.as_ref();
            !(salvage && id.is_some_and(|id| salvaged.contains(&id)))
        }
        _ => true,
    };
    let changes = report.findings.iter().filter(is_chosen);
    let changes = changes.filter_map(|finding| change(directory, finding));
    // What is left of a restore of a session would keep another one back.
    let is_leftover = |change: &Change| change.kind == ChangeKind::RemoveLeftover;
    let (mut changes, restores): (Vec<_>, Vec<_>) = changes.partition(is_leftover);
    let aside = index_aside(directory, &report, restores.len());
    changes.extend(restores);
    let mut withheld = Vec::new();
    if !salvage && !salvaged.is_empty() {
        withheld.push(left_in_damaged_files(salvaged.len()));
    }
    match (aside, endangered) {
        (Some(_), Some(name)) => withheld.push(why_kept(&name)),
        (aside, _) => changes.extend(aside),
    }
    Ok(Plan { changes, withheld })
}

/// Says that more could be brought back.
fn left_in_damaged_files(sessions: usize) -> String {
    let whose = match sessions {
        1 => "A damaged file of 1 session holds".to_owned(),
        n => format!("Damaged files of {n} sessions hold"),
    };
    format!("{whose} messages that only --salvage brings back.")
}

/// Says why the index is not renamed although it differs from the directory.
#[must_use]
pub fn why_kept(endangered: &str) -> String {
    format!(
        "{INDEX} is not renamed. Before the application creates a new index, it removes {endangered}, \
         which may hold a session. Look at that file first. \
         Put it in place or move it out of the directory, then make a new plan."
    )
}

/// Gives the change for a finding. A file that has become unreadable needs another plan.
fn change(directory: &impl Directory, finding: &Finding) -> Option<Change> {
    match finding.kind {
        FindingKind::ShrunkenLive | FindingKind::OrphanBackup => {
            let id = SessionId::new(finding.session_id.as_ref()?).ok()?;
            let (fingerprint, bytes) = fingerprint_of_pair(directory, &id).ok()?;
            Some(Change {
                kind: ChangeKind::Restore,
                session_id: Some(id.to_string()),
                source: id.backup_name(),
                target: Some(id.live_name()),
                bytes,
                why: finding.seen.clone(),
                fingerprint,
            })
        }
        FindingKind::Salvageable => {
            let id = SessionId::new(finding.session_id.as_ref()?).ok()?;
            let source = finding.name.clone()?;
            let (fingerprint, bytes) = fingerprint_for_salvage(directory, &id, &source).ok()?;
            Some(Change {
                kind: ChangeKind::Salvage,
                session_id: Some(id.to_string()),
                source,
                target: Some(id.live_name()),
                bytes,
                why: finding.seen.clone(),
                fingerprint,
            })
        }
        FindingKind::Leftover => {
            let source = finding.name.clone()?;
            let (fingerprint, bytes) = fingerprint_of(directory, &source).ok()?;
            Some(Change {
                kind: ChangeKind::RemoveLeftover,
                session_id: None,
                source,
                target: None,
                bytes,
                why: finding.seen.clone(),
                fingerprint,
            })
        }
        _ => None,
    }
}

/// Renames the index if it differs from the directory, or is about to.
fn index_aside(
    directory: &impl Directory,
    report: &AuditReport,
    restores: usize,
) -> Option<Change> {
    let is_index = |finding: &&Finding| {
        matches!(
            finding.kind,
            FindingKind::IndexMissingFile | FindingKind::IndexMissingEntry
        ) && finding.category != Category::Information
    };
    let wrong = report.findings.iter().filter(is_index);
    let wrong = wrong
        .map(|finding| finding.session_ids.len())
        .sum::<usize>();
    if wrong + restores == 0 || is_unreadable(report) {
        return None;
    }
    let (fingerprint, bytes) = fingerprint_of(directory, INDEX).ok()?;
    Some(Change {
        kind: ChangeKind::SetIndexAside,
        session_id: None,
        source: INDEX.to_owned(),
        target: index::free_name(directory).ok(),
        bytes,
        why: why_aside(wrong),
        fingerprint,
    })
}

/// Says why the index is renamed. It counts no restores, because a host may leave some out.
fn why_aside(wrong: usize) -> String {
    let why = match wrong {
        0 => "The plan restores sessions.".to_owned(),
        1 => "The index differs from the directory in 1 place.".to_owned(),
        _ => format!("The index differs from the directory in {wrong} places."),
    };
    format!("{why} The application then creates a new index.")
}

/// Whether the index cannot be read, or is not a file.
fn is_unreadable(report: &AuditReport) -> bool {
    let mut findings = report.findings.iter();
    findings.any(|finding| {
        finding.kind == FindingKind::UnreadableRecord && finding.name.as_deref() == Some(INDEX)
    })
}

/// What a live file, if there is one, and its backup hold, as a digest; and how long the backup is.
pub fn fingerprint_of_pair(
    directory: &impl Directory,
    id: &SessionId,
) -> Result<(String, u64), FsError> {
    let live = fingerprint_if_there(directory, &id.live_name())?;
    let (backup, bytes) = fingerprint_of(directory, &id.backup_name())?;
    Ok((format!("{live}/{backup}"), bytes))
}

/// What a damaged file, and the live file and the backup if they are there, hold; and how long the
/// damaged file is.
pub fn fingerprint_for_salvage(
    directory: &impl Directory,
    id: &SessionId,
    source: &str,
) -> Result<(String, u64), FsError> {
    let live = fingerprint_if_there(directory, &id.live_name())?;
    let backup = fingerprint_if_there(directory, &id.backup_name())?;
    let (source, bytes) = fingerprint_of(directory, source)?;
    Ok((format!("{live}/{backup}/{source}"), bytes))
}

fn fingerprint_if_there(directory: &impl Directory, name: &str) -> Result<String, FsError> {
    match fingerprint_of(directory, name) {
        Ok((fingerprint, _)) => Ok(fingerprint),
        Err(FsError::NotFound) => Ok(String::new()),
        Err(fault) => Err(fault),
    }
}

/// What a file holds, as a digest; and how long it is.
pub fn fingerprint_of(directory: &impl Directory, name: &str) -> Result<(String, u64), FsError> {
    let file = directory.open(name)?;
    let mut hasher = SipHasher13::new();
    let mut length = 0;
    each_chunk(&file, &WHOLE, &mut |_, bytes| {
        hasher.write(bytes);
        length += bytes.len() as u64;
        ControlFlow::<()>::Continue(())
    })?;
    let digest = hasher.finish128().as_u128();
    Ok((format!("{digest:032x}"), length))
}
