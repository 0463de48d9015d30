//! Writes answers as JSON. It uses the keys of the original, so that the original's callers can
//! read them, and further keys for what the original lacks.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::answer::{
    self, Action, Answer, AuditReport, Category, Change, Entry, Error, ErrorCode, Event, Excerpt,
    File, FileState, Finding, FindingKind, Guard, Heading, Note, Outcome, Problem, Purged,
    Recommendation, RepairResult, Repaired, Salvage, SalvageSource, SourceKind, SourceList, Status,
    Summary, Verdict, View,
};

pub fn answer(answer: &Answer, dry_run: bool) -> String {
    match answer {
        Answer::Inspect(answer) => status(answer),
        Answer::Recover(answer) | Answer::Undo(answer) => outcome(answer),
        Answer::RecoverAll(answer) => summary(answer, dry_run),
        Answer::Sessions(answer) => entries(answer),
        Answer::Audit(answer) => audit(answer),
        Answer::Plan(answer) => plan(answer),
        Answer::Repair(answer) => repair(answer),
        Answer::Purge(answer) | Answer::Prune(answer) => purge(answer, dry_run),
        Answer::Sources(answer) => sources(answer),
        Answer::Show(answer) | Answer::Diff(answer) => view(answer),
        Answer::History(answer) => history(answer),
        Answer::UndoRun(answer) => outcomes(answer),
    }
}

fn status(status: &Status) -> String {
    document(&Session::new(status))
}

fn outcome(outcome: &Outcome) -> String {
    document(&Session::from(outcome))
}

fn summary(summary: &Summary, dry_run: bool) -> String {
    let restored = summary
        .sessions
        .iter()
        .filter(|outcome| outcome.is_restored());
    let orphans = summary.sessions.iter();
    let orphans = orphans.filter(|outcome| outcome.status.live.state == FileState::Missing);
    document(&Sweep {
        scanned: summary.scanned,
        restored: summary.restored,
        orphaned_backups: orphaned_backups(summary),
        details: restored.map(Session::from).collect(),
        dry_run,
        sessions: summary.sessions.iter().map(Session::from).collect(),
        orphans: orphans.map(|outcome| &*outcome.status.session_id).collect(),
        left: Some(summary.left).filter(|left| *left > 0),
        oddities: &summary.oddities,
        pruned: &summary.pruned,
    })
}

/// The backups without a live file that were put in place, or should have been.
fn orphaned_backups(summary: &Summary) -> usize {
    let is_one = |outcome: &&Outcome| {
        let is_due = outcome.status.recommendation == Recommendation::Restore;
        outcome.status.live.state == FileState::Missing && (is_due || outcome.source.is_some())
    };
    summary.sessions.iter().filter(is_one).count()
}

fn entries(entries: &[Entry]) -> String {
    let entries = entries.iter().map(|entry| Listed {
        session_id: entry.session_id.as_deref(),
        heading: entry.heading.as_ref(),
        live: entry.live,
        bak: entry.backup,
        oddity: entry.oddity.as_ref(),
    });
    document(&List {
        sessions: entries.collect(),
    })
}

fn audit(report: &AuditReport) -> String {
    let tally = |category| {
        let findings = report.findings.iter();
        findings
            .filter(|finding| finding.category == category)
            .count()
    };
    let (repairable, unsafe_to_repair) =
        (tally(Category::Repairable), tally(Category::ManualReview));
    document(&Audit {
        status: match (repairable, unsafe_to_repair) {
            (0, 0) => "ok",
            (_, 0) => "warn",
            _ => "needs_manual_review",
        },
        summary: AuditSummary {
            ok: report.scanned,
            repairable,
            unsafe_to_repair,
        },
        items: report.findings.iter().map(Item::from).collect(),
    })
}

fn plan(plan: &answer::Plan) -> String {
    document(&Plan {
        changes: &plan.changes,
        withheld: &plan.withheld,
    })
}

fn purge(purged: &[Purged], dry_run: bool) -> String {
    document(&Purge {
        removed: purged.iter().map(|each| each.removed.len()).sum(),
        failed: purged.iter().map(|each| each.errors.len()).sum(),
        dry_run,
        items: purged,
    })
}

fn repair(repaired: &Repaired) -> String {
    let Repaired { results, withheld } = repaired;
    document(&RepairShape {
        repaired: results.iter().filter(|result| result.done).count(),
        failed: results.iter().filter(|result| !result.done).count(),
        items: results.iter().map(Made::from).collect(),
        withheld,
    })
}

fn sources(list: &SourceList) -> String {
    document(&Choice {
        session_id: &list.session_id,
        best: list.best.as_deref(),
        why: &list.why,
        unread: Some(list.unread).filter(|unread| *unread > 0),
        sources: list.sources.iter().map(Source::from).collect(),
    })
}

fn view(view: &View) -> String {
    document(&Seen {
        session_id: &view.session_id,
        name: &view.name,
        heading: &view.heading,
        created: view.created,
        messages: view.messages,
        first: &view.first,
        last: &view.last,
        brings: view.brings,
        brought: &view.brought,
        hides: view.hides,
        hidden: &view.hidden,
    })
}

fn history(events: &[Event]) -> String {
    document(&History { events })
}

fn outcomes(outcomes: &[Outcome]) -> String {
    document(&Undone {
        sessions: outcomes.iter().map(Session::from).collect(),
    })
}

pub fn error(error: &Error) -> String {
    document(&Failure {
        error: error.in_full(),
        code: error.code,
        remedy: error.remedy.as_deref(),
    })
}

/// What the original says of a session, and more.
#[derive(Serialize)]
#[allow(clippy::struct_field_names, reason = "the original's keys")]
struct Session<'a> {
    session_id: &'a str,
    live_messages: i64,
    bak_messages: i64,
    recommend: Recommendation,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    restored: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    intentional_clear_truncate: bool,
    #[serde(skip_serializing_if = "is_false")]
    intentional_compress_shrink: bool,
    #[serde(skip_serializing_if = "is_false")]
    intentional_message_shrink: bool,

    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<Action>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<Guard>,
    #[serde(flatten)]
    heading: &'a Heading,
    reason: &'a str,
    live: FileShape<'a>,
    bak: FileShape<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live_only: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backup_only: Option<u32>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'a [Note],
    #[serde(skip_serializing_if = "Option::is_none")]
    salvage: Option<&'a SalvageSource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    salvaged: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Error],
}

impl<'a> Session<'a> {
    fn new(status: &'a Status) -> Self {
        Self {
            session_id: &status.session_id,
            live_messages: count(status.live.messages()),
            bak_messages: count(status.backup.messages()),
            recommend: status.recommendation,
            verdict: status.verdict(),
            restored: None,
            error: status.obstacle.as_ref().map(Error::in_full),
            remedy: remedy(status.obstacle.as_ref()),
            intentional_clear_truncate: status.guard == Some(Guard::Cleared),
            intentional_compress_shrink: status.guard == Some(Guard::Compressed),
            intentional_message_shrink: status.guard == Some(Guard::Undone),
            action: None,
            guard: status.guard,
            heading: &status.heading,
            reason: &status.reason,
            live: (&status.live).into(),
            bak: (&status.backup).into(),
            live_only: status.live_only,
            backup_only: status.backup_only,
            notes: &status.notes,
            salvage: status.salvage.as_ref(),
            source: None,
            salvaged: None,
            merged: None,
            kept: None,
            errors: &[],
        }
    }
}

impl<'a> From<&'a Outcome> for Session<'a> {
    fn from(outcome: &'a Outcome) -> Self {
        let cause = outcome
            .errors
            .first()
            .filter(|_| outcome.action == Action::Failed);
        Self {
            restored: Some(outcome.is_restored()),
            error: cause.map(Error::in_full),
            remedy: remedy(cause),
            action: Some(outcome.action),
            source: outcome.source.as_deref(),
            salvaged: outcome.salvaged,
            merged: Some(outcome.merged).filter(|merged| *merged > 0),
            kept: outcome.kept.as_deref(),
            errors: &outcome.errors,
            ..Self::new(&outcome.status)
        }
    }
}

fn remedy(error: Option<&Error>) -> Option<&str> {
    error?.remedy.as_deref()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// A file's count as the original gives it: -1 if it has none.
fn count(messages: Option<u32>) -> i64 {
    messages.map_or(-1, i64::from)
}

#[derive(Serialize)]
struct FileShape<'a> {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a Problem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    salvage: Option<&'a Salvage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    only_here: Option<u32>,
}

impl<'a> From<&'a File> for FileShape<'a> {
    fn from(file: &'a File) -> Self {
        Self {
            state: match file.state {
                FileState::Missing => "missing",
                FileState::Readable { .. } => "readable",
                FileState::Unreadable(_) => "unreadable",
                FileState::Undecided(_) => "undecided",
            },
            bytes: file.bytes,
            problem: file.problem(),
            salvage: file.salvage.as_ref(),
            only_here: file.only_here,
        }
    }
}

/// What the original says of a sweep, and more.
#[derive(Serialize)]
struct Sweep<'a> {
    scanned: u32,
    restored: u32,
    orphaned_backups: usize,
    details: Vec<Session<'a>>,

    dry_run: bool,
    sessions: Vec<Session<'a>>,
    orphans: Vec<&'a str>,
    /// How many sessions a sweep that was stopped did not look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<u32>,
    oddities: &'a [Error],
    /// Only with `--prune`.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pruned: &'a [Purged],
}

#[derive(Serialize)]
struct List<'a> {
    sessions: Vec<Listed<'a>>,
}

#[derive(Serialize)]
struct Listed<'a> {
    session_id: Option<&'a str>,
    #[serde(flatten)]
    heading: Option<&'a Heading>,
    live: bool,
    bak: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    oddity: Option<&'a Error>,
}

/// What the original says of an audit, and more.
#[derive(Serialize)]
struct Audit<'a> {
    status: &'static str,
    summary: AuditSummary,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct AuditSummary {
    ok: u32,
    repairable: usize,
    unsafe_to_repair: usize,
}

#[derive(Serialize)]
struct Item<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'a str>,
    kind: &'static str,
    category: &'static str,
    recommendation: &'static str,
    live_messages: i64,
    bak_messages: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    turn_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,

    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    characters: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<u32>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    session_ids: &'a [String],
    seen: &'a str,
    remedy: &'a str,
}

impl<'a> From<&'a Finding> for Item<'a> {
    fn from(finding: &'a Finding) -> Self {
        let turn = finding.turn.as_ref();
        Self {
            session_id: finding.session_id.as_deref(),
            kind: kind(finding.kind),
            category: match finding.category {
                Category::Information => "information",
                Category::Repairable => "repairable",
                Category::ManualReview => "unsafe_to_repair",
            },
            recommendation: recommendation(finding),
            live_messages: count(finding.live_messages),
            bak_messages: count(finding.backup_messages),
            turn_id: turn.map(|turn| &*turn.turn_id),
            event: turn.map(|turn| &*turn.event),
            created_at: turn.and_then(|turn| turn.created_at.as_deref()),
            characters: turn.map(|turn| turn.characters),
            name: finding.name.as_deref(),
            messages: finding.messages,
            session_ids: &finding.session_ids,
            seen: &finding.seen,
            remedy: &finding.remedy,
        }
    }
}

/// The original's names, and ours for what it is blind to.
const fn kind(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::ShrunkenLive => "shrunken_live",
        FindingKind::OrphanBackup => "orphan_backup",
        FindingKind::MalformedOrphanBackup => "malformed_orphan_backup",
        FindingKind::DeletedOrphan => "state_db_deleted_webui_tombstone",
        FindingKind::UnknownOrphan => "orphan_backup_without_state_row",
        FindingKind::IndexMissingFile => "index_missing_file",
        FindingKind::IndexMissingEntry => "index_missing_entry",
        FindingKind::PendingTurn => "turn_journal_pending_turn",
        FindingKind::UnreadableLive => "unreadable_live",
        FindingKind::Undecided => "undecided",
        FindingKind::DifferentMessages => "different_messages",
        FindingKind::Guarded => "guarded",
        FindingKind::Leftover => "leftover",
        FindingKind::Kept => "kept",
        FindingKind::OddEntry => "odd_entry",
        FindingKind::UnreadableRecord => "unreadable_record",
        FindingKind::TemporaryFile => "temporary_file",
        FindingKind::MissingMessages => "missing_messages",
        FindingKind::RecordedCount => "recorded_count",
        FindingKind::IndexedCount => "indexed_count",
        FindingKind::RicherContext => "richer_context",
        FindingKind::OtherLayout => "other_layout",
        FindingKind::OtherId => "other_id",
        FindingKind::Copy => "copy",
        FindingKind::KeptOfDeleted => "kept_of_deleted",
        FindingKind::Salvageable => "salvageable",
        FindingKind::BetterSource => "better_source",
        FindingKind::Other => "other",
    }
}

const fn recommendation(finding: &Finding) -> &'static str {
    match (finding.kind, finding.category) {
        (FindingKind::ShrunkenLive | FindingKind::OrphanBackup, Category::Repairable) => {
            "restore_from_bak"
        }
        (FindingKind::DeletedOrphan, _) => "deleted_session_skipped",
        (FindingKind::IndexMissingFile | FindingKind::IndexMissingEntry, _) => "rebuild_index",
        (FindingKind::PendingTurn, _) => "audit_only_pending_turn_journal",
        (FindingKind::Leftover, _) => "remove_leftover",
        (_, Category::Information) => "no_action",
        _ => "manual_review",
    }
}

#[derive(Serialize)]
struct Plan<'a> {
    changes: &'a [Change],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    withheld: &'a [String],
}

#[derive(Serialize)]
struct Purge<'a> {
    removed: usize,
    failed: usize,
    dry_run: bool,
    items: &'a [Purged],
}

#[derive(Serialize)]
struct RepairShape<'a> {
    repaired: usize,
    failed: usize,
    items: Vec<Made<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    withheld: &'a [String],
}

#[derive(Serialize)]
struct Made<'a> {
    #[serde(flatten)]
    change: &'a Change,
    done: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Error],
}

impl<'a> From<&'a RepairResult> for Made<'a> {
    fn from(result: &'a RepairResult) -> Self {
        let cause = result.errors.first().filter(|_| !result.done);
        Self {
            change: &result.change,
            done: result.done,
            error: cause.map(Error::in_full),
            remedy: remedy(cause),
            kept: result.kept.as_deref(),
            errors: &result.errors,
        }
    }
}

#[derive(Serialize)]
struct Choice<'a> {
    session_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    best: Option<&'a str>,
    why: &'a str,
    /// How many further files there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<u32>,
    sources: Vec<Source<'a>>,
}

#[derive(Serialize)]
struct Source<'a> {
    name: &'a str,
    kind: SourceKind,
    #[serde(flatten)]
    file: FileShape<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<u32>,
    #[serde(flatten)]
    heading: &'a Heading,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    brings: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hides: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    doubled: Option<u32>,
}

impl<'a> From<&'a answer::Source> for Source<'a> {
    fn from(source: &'a answer::Source) -> Self {
        Self {
            name: &source.name,
            kind: source.kind,
            file: (&source.file).into(),
            messages: source.file.messages(),
            heading: &source.heading,
            first: source.first,
            last: source.last,
            brings: source.brings,
            hides: source.hides,
            doubled: source.doubled,
        }
    }
}

#[derive(Serialize)]
struct Seen<'a> {
    session_id: &'a str,
    name: &'a str,
    #[serde(flatten)]
    heading: &'a Heading,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<u64>,
    messages: u32,
    first: &'a [Excerpt],
    last: &'a [Excerpt],
    #[serde(skip_serializing_if = "Option::is_none")]
    brings: Option<u32>,
    brought: &'a [Excerpt],
    #[serde(skip_serializing_if = "Option::is_none")]
    hides: Option<u32>,
    hidden: &'a [Excerpt],
}

#[derive(Serialize)]
struct History<'a> {
    events: &'a [Event],
}

#[derive(Serialize)]
struct Undone<'a> {
    sessions: Vec<Session<'a>>,
}

#[derive(Serialize)]
struct Failure<'a> {
    error: String,
    code: ErrorCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
}

/// One document on one line, in ASCII: names from the directory can hold characters that a terminal
/// would obey.
fn document(shape: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Ascii);
    if let Err(error) = shape.serialize(&mut serializer) {
        return format!("{{\"error\":\"the answer cannot be written as JSON: {error}\"}}\n");
    }
    bytes.push(b'\n');
    String::from_utf8_lossy(&bytes).into_owned()
}

struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for character in fragment.chars() {
            if (' '..='~').contains(&character) {
                writer.write_all(&[character as u8])?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
