//! Writes answers as text: a table, and a line on what to do next. Names and texts from the
//! directory are escaped before they reach a terminal.

use crate::answer::{
    Action, AuditReport, Category, Change, ChangeKind, Entry, ErrorCode, File, FileState, Finding,
    FindingKind, Guard, Outcome, Plan, Purged, Recommendation, Repaired, Status, Summary, Verdict,
};
use crate::report::attention;
use crate::report::columns::in_one_line;
use crate::report::page::{Page, Tone, fact};
use crate::report::printable::{lines, printable};
use crate::report::salvage;
use crate::report::table::Row;
use crate::report::time::Utc;

/// Puts answers on a page.
#[derive(Clone, Copy, Debug)]
pub struct Writer {
    pub page: Page,
    pub dry_run: bool,
}

impl Writer {
    pub fn status(self, status: &Status) -> String {
        let is_due = status.recommendation == Recommendation::Restore;
        let salvage = salvage::next(status, is_due);
        let next = match status.recommendation {
            _ if status.obstacle.is_some() => {
                "Next: fix what the error describes, then run `inspect` again."
            }
            _ if let Some(salvage) = &salvage => salvage,
            Recommendation::Restore if status.live_only > Some(0) => {
                "Next: `recover` with this ID restores the backup. With --merge it also adds what only the live file holds."
            }
            Recommendation::Restore => "Next: `recover` with this ID restores the backup.",
            _ if status.guard.is_some() => {
                "Nothing needs to be restored.\nNext: if this was not on purpose, `recover` with this ID and --ignore-guards restores the backup."
            }
            _ if status.verdict() == Verdict::Lost => {
                "It cannot be restored.\nNext: `sources` with this ID looks for another copy of the session."
            }
            Recommendation::NoAction | Recommendation::NoBackup => "Nothing needs to be restored.",
        };
        [
            self.details(status),
            format!("\n{}\n{}", printable(&status.reason), notes(status)),
            self.page.ending(next),
        ]
        .concat()
    }

    pub fn outcome(self, outcome: &Outcome) -> String {
        let salvaged = salvaged(outcome);
        let chosen = chosen(outcome);
        let said = match outcome.action {
            Action::Nothing if outcome.status.guard.is_some() => {
                "Nothing was changed.\nNext: if this was not on purpose, add --ignore-guards."
            }
            Action::Nothing if outcome.status.salvage.is_some() => "Nothing was changed.",
            Action::Nothing if outcome.status.verdict() == Verdict::Lost => {
                "It cannot be restored. Nothing was changed.\nNext: `sources` with this ID looks for another copy of the session."
            }
            Action::Nothing => "Nothing needs to be restored. Nothing was changed.",
            Action::WouldRestore if let Some(salvaged) = &salvaged => &format!(
                "It would be restored: {salvaged}. Nothing was changed.\nNext: run the same command without --dry-run."
            ),
            Action::Restored if let Some(salvaged) = &salvaged => &format!("Restored: {salvaged}."),
            Action::WouldRestore if let Some(chosen) = &chosen => &format!(
                "It would be restored from {chosen}. Nothing was changed.\nNext: run the same command without --dry-run."
            ),
            Action::Restored if let Some(chosen) = &chosen => {
                &format!("Restored from {chosen}, which is still there.")
            }
            Action::WouldRestore => {
                "It would be restored. Nothing was changed.\nNext: run the same command without --dry-run."
            }
            Action::Restored => "Restored. The backup is still there.",
            Action::RestoredUnconfirmed => {
                "Restored, but a power failure may undo it.\nNext: check the disk, then run `inspect`."
            }
            Action::Failed => {
                "Nothing was changed.\nNext: fix what the error describes, then run the same command again."
            }
        };
        [
            self.about(outcome, said),
            kept(outcome),
            lines(salvage::left_behind(outcome).into_iter()),
        ]
        .concat()
    }

    /// What was found about a session, and what came of it.
    pub(super) fn about(self, outcome: &Outcome, said: &str) -> String {
        let status = &outcome.status;
        [
            self.details(status),
            format!("\n{}\n{}", printable(&status.reason), notes(status)),
            self.page.ending(said),
            merged(outcome),
        ]
        .concat()
    }

    fn details(self, status: &Status) -> String {
        let facts = [
            ("live", Some(in_detail(&status.live))),
            ("", salvage::left(&status.live, &status.backup, "backup")),
            ("backup", Some(in_detail(&status.backup))),
            ("", salvage::left(&status.backup, &status.live, "live file")),
            ("verdict", Some(verdict(status).to_owned())),
        ];
        let facts = facts.into_iter();
        let facts = facts.filter_map(|(name, value)| Some(self.page.wrapped_fact(name, &value?)));
        let updated = status.heading.updated;
        let updated = updated.map(|time| fact("updated", &Utc::of(time).to_string()));
        [
            fact("session", &printable(&status.session_id)),
            self.title(status.heading.title.as_deref()),
            updated.unwrap_or_default(),
            facts.collect(),
        ]
        .concat()
    }

    /// What a session is about, if it says that.
    pub(super) fn title(self, title: Option<&str>) -> String {
        let title = title.map(|title| self.page.wrapped_fact("title", &in_one_line(title)));
        title.unwrap_or_default()
    }

    pub fn summary(self, summary: &Summary) -> String {
        [
            self.results(summary),
            checked(summary),
            self.remarks(summary),
            self.page.ending(&next(summary)),
        ]
        .concat()
    }

    /// The table of a sweep, with an empty line after it.
    fn results(self, summary: &Summary) -> String {
        if summary.sessions.is_empty() {
            return String::new();
        }
        let rows = summary.sessions.iter().map(|outcome| {
            let status = &outcome.status;
            let cells = [
                in_a_word(&status.live),
                in_a_word(&status.backup),
                result(outcome),
            ];
            let heading = Some(&status.heading);
            Row::new(&status.session_id, heading, cells, tone(outcome))
        });
        let rows: Vec<_> = rows.collect();
        self.page.sessions(["LIVE", "BACKUP", "RESULT"], &rows) + "\n"
    }

    /// The sections that say more than the table: what is still wrong, and why.
    fn remarks(self, summary: &Summary) -> String {
        let left = summary.sessions.iter();
        let left = left.filter(|outcome| outcome.action == Action::Nothing);
        let left = left.map(|outcome| {
            let status = &outcome.status;
            format!("{}: {}", status.session_id, status.reason)
        });
        let gone = summary.sessions.iter();
        let gone = gone.filter(|outcome| outcome.status.live.state == FileState::Missing);
        let oddities = summary.oddities.iter();
        let pruned = summary.pruned.iter();
        let removed = pruned.flat_map(|each| each.removed.iter().cloned());
        [
            self.page.section("Not restored", left),
            self.page.section(
                "From another file than the backup",
                summary.sessions.iter().filter_map(from_another_file),
            ),
            self.page.section(
                "Messages that only the live file holds (--merge adds them; after a restore, run `undo ID` first)",
                summary.sessions.iter().filter_map(live_only),
            ),
            self.page.section(
                "Messages that only the backup holds (--merge adds them; after a restore, run `undo ID` first)",
                summary.sessions.iter().filter_map(backup_only),
            ),
            self.page.section(
                "Messages that are still in damaged files (--salvage brings them back)",
                summary.sessions.iter().filter_map(salvage::left_behind_in_sweep),
            ),
            self.page
                .section("Notes", summary.sessions.iter().flat_map(notes_in_sweep)),
            self.page.section(
                "Backups without a live file",
                gone.map(|outcome| outcome.status.session_id.clone()),
            ),
            self.page
                .section("Also found", oddities.map(crate::answer::Error::in_full)),
            self.page.section(self.pruned(), removed),
        ]
        .concat()
    }

    const fn pruned(self) -> &'static str {
        if self.dry_run {
            "Redundant kept files that would be removed"
        } else {
            "Redundant kept files that were removed"
        }
    }

    pub fn entries(self, entries: &[Entry]) -> String {
        let mark = |there| if there { "yes" } else { "no" }.to_owned();
        let sessions = entries.iter().filter_map(|entry| {
            let id = entry.session_id.as_deref()?;
            let cells = [mark(entry.live), mark(entry.backup)];
            Some(Row::new(id, entry.heading.as_ref(), cells, Tone::Plain))
        });
        let sessions: Vec<_> = sessions.collect();
        let oddities = entries.iter().filter_map(|entry| entry.oddity.as_ref());
        let all = entries.iter().filter(|entry| entry.session_id.is_some());
        let pairs = entries.iter().filter(|entry| entry.live && entry.backup);
        [
            self.page.sessions(["LIVE", "BACKUP"], &sessions),
            self.page
                .section("Odd entries", oddities.map(crate::answer::Error::in_full)),
            format!(
                "\n{}, {} with a live file and a backup.\n",
                many(all.count()),
                pairs.count()
            ),
            self.page
                .ending("Next: `recover-all --dry-run` shows which of them would be restored."),
        ]
        .concat()
    }

    pub fn audit(self, report: &AuditReport) -> String {
        let of = |category| {
            let findings = report.findings.iter();
            findings.filter(move |finding| finding.category == category)
        };
        let (repairable, manual) = (
            of(Category::Repairable).count(),
            of(Category::ManualReview).count(),
        );
        let is_salvage = |finding: &Finding| finding.kind == FindingKind::Salvageable;
        let next = match (repairable, manual) {
            _ if of(Category::Repairable).any(is_salvage) => {
                "Next: `plan --salvage` shows what `repair --salvage` would change."
            }
            (0, 0) => "Nothing is wrong.",
            (0, _) => "Next: look at what needs a decision. `repair` does not change it.",
            _ => "Next: `plan` shows what `repair` would change.",
        };
        [
            format!(
                "Checked {}: {repairable} to repair, {manual} to look at.\n",
                many(report.scanned as usize)
            ),
            self.page
                .section("To repair", of(Category::Repairable).map(finding)),
            self.page
                .section("To look at", of(Category::ManualReview).map(finding)),
            self.page
                .section("For information", of(Category::Information).map(finding)),
            "\n".to_owned(),
            self.page.ending(next),
        ]
        .concat()
    }

    pub fn plan(self, plan: &Plan) -> String {
        let Plan { changes, withheld } = plan;
        if changes.is_empty() {
            return "Nothing needs to be repaired.\n".to_owned() + &self.left_out(withheld);
        }
        let rows = changes.iter();
        let rows = rows.map(|change| (row(change, change.bytes.to_string()), Tone::Plain));
        let is_salvage = |change: &Change| change.kind == ChangeKind::Salvage;
        let next = if changes.iter().any(is_salvage) {
            "Next: `repair --salvage` makes a new plan and carries it out."
        } else {
            "Next: `repair` makes a new plan and carries it out."
        };
        let reasons = changes.iter();
        let reasons = reasons.map(|change| format!("{}: {}", change.source, change.why));
        [
            self.page.table(["CHANGE", "FROM", "TO", "BYTES"], rows),
            self.page.section("Why", reasons),
            self.left_out(withheld),
            "\n".to_owned(),
            self.page.ending(next),
        ]
        .concat()
    }

    fn left_out(self, withheld: &[String]) -> String {
        self.page
            .section("Not in the plan", withheld.iter().cloned())
    }

    pub fn repair(self, repaired: &Repaired) -> String {
        let Repaired { results, withheld } = repaired;
        if results.is_empty() {
            let said = "Nothing needs to be repaired. Nothing was changed.\n";
            return said.to_owned() + &self.left_out(withheld);
        }
        let rows = results.iter().map(|result| {
            let (word, tone) = if result.done {
                ("done", Tone::Good)
            } else {
                ("failed", Tone::Bad)
            };
            (row(&result.change, word.to_owned()), tone)
        });
        let kept = results.iter().filter_map(|result| {
            let kept = result.kept.as_ref()?;
            let change = &result.change;
            let replaced = change
                .target
                .as_ref()
                .filter(|_| change.kind == ChangeKind::Restore);
            Some(format!("{}: {kept}", replaced.unwrap_or(&change.source)))
        });
        let next = if results.iter().all(|result| result.done) {
            "Next: run `audit` again."
        } else {
            "Next: fix what the errors describe, then run `repair` again."
        };
        [
            self.page.table(["CHANGE", "FROM", "TO", "RESULT"], rows),
            self.page.section("Kept under another name", kept),
            self.left_out(withheld),
            "\n".to_owned(),
            self.page.ending(next),
        ]
        .concat()
    }

    pub fn purge(self, purged: &[Purged]) -> String {
        self.removed(
            purged,
            "There is no kept file to remove. Nothing was changed.",
        )
    }

    pub fn prune(self, pruned: &[Purged]) -> String {
        let nothing = if pruned.iter().all(|each| each.errors.is_empty()) {
            "No kept file is redundant. Nothing was changed."
        } else {
            "Nothing was changed."
        };
        self.removed(pruned, nothing)
    }

    fn removed(self, purged: &[Purged], nothing: &str) -> String {
        let number: usize = purged.iter().map(|each| each.removed.len()).sum();
        let files = purged.iter().flat_map(|each| each.removed.iter().cloned());
        let heading = if self.dry_run {
            "Would be removed"
        } else {
            "Removed"
        };
        let said = match (number, self.dry_run) {
            (0, _) => nothing,
            (_, true) => "\nNothing was changed.\nNext: run the same command without --dry-run.",
            (_, false) => "\nThey are gone for good.",
        };
        let text = self.page.section(heading, files) + &self.page.ending(said);
        text.trim_start_matches('\n').to_owned()
    }
}

fn notes(status: &Status) -> String {
    let notes = status.notes.iter();
    lines(notes.map(|note| format!("Note: {}", printable(&note.message))))
}

fn merged(outcome: &Outcome) -> String {
    let whose = match chosen(outcome) {
        Some(_) => "source",
        None => "backup",
    };
    match outcome.merged {
        0 => String::new(),
        1 => format!("1 message of the live file follows the {whose}'s messages.\n"),
        n => format!("{n} messages of the live file follow the {whose}'s messages.\n"),
    }
}

/// The file that was put in place as it is, if that is not the backup.
fn chosen(outcome: &Outcome) -> Option<String> {
    let is_whole = outcome.salvaged.is_none();
    other_source(outcome).filter(|_| is_whole).map(printable)
}

fn salvaged(outcome: &Outcome) -> Option<String> {
    let messages = match outcome.salvaged? {
        1 => "the whole message".to_owned(),
        n => format!("the {n} whole messages"),
    };
    let name = printable(outcome.source.as_ref()?);
    Some(format!("{messages} of {name}, which is damaged"))
}

pub(super) fn kept(outcome: &Outcome) -> String {
    let name = outcome.kept.iter();
    lines(name.map(|name| format!("The replaced file is kept as {}.", printable(name))))
}

fn finding(finding: &Finding) -> String {
    let turn = finding.turn.iter();
    let turn = turn.map(|turn| {
        let created_at = turn.created_at.as_deref().unwrap_or("unknown");
        format!(
            " Turn {}: {} at {created_at}, {} characters.",
            turn.turn_id, turn.event, turn.characters
        )
    });
    let is_said = |name: &&String| finding.seen.starts_with(name.as_str());
    let name = finding.name.iter().filter(|name| !is_said(name));
    let name = name.map(|name| format!("{name}: "));
    let words = [&*finding.seen, " ", &*finding.remedy];
    name.chain(words.map(str::to_owned)).chain(turn).collect()
}

/// A change's row of a table, with its last cell.
fn row(change: &Change, last: String) -> [String; 4] {
    [
        change_in_words(change.kind).to_owned(),
        change.source.clone(),
        change.target.clone().unwrap_or_default(),
        last,
    ]
}

const fn change_in_words(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Restore => "restore",
        ChangeKind::RemoveLeftover => "remove",
        ChangeKind::SetIndexAside => "rename",
        ChangeKind::Salvage => "salvage",
    }
}

/// What a sweep came to, in one line.
fn checked(summary: &Summary) -> String {
    let attention = summary.sessions.iter();
    let attention = attention.filter(|outcome| needs_attention(outcome)).count();
    let counts = [
        (summary.restored as usize, "restored"),
        (tally(summary, Action::WouldRestore), "would be restored"),
        (tally(summary, Action::Failed), "failed"),
        (
            attention,
            if attention == 1 {
                "needs attention"
            } else {
                "need attention"
            },
        ),
        (summary.left as usize, "not checked"),
    ];
    let counts = counts.into_iter().filter(|(number, _)| *number > 0);
    let counts: Vec<_> = counts
        .map(|(number, words)| format!("{number} {words}"))
        .collect();
    // Those without a live file count as well.
    let gone = summary.sessions.iter();
    let gone = gone.filter(|outcome| outcome.status.live.state == FileState::Missing);
    let scanned = many(summary.scanned as usize + gone.count());
    if counts.is_empty() {
        format!("Checked {scanned}. Nothing needs to be restored.\n")
    } else {
        format!("Checked {scanned}: {}.\n", counts.join(", "))
    }
}

/// Whether a session was left although something is wrong with it.
fn needs_attention(outcome: &Outcome) -> bool {
    outcome.action == Action::Nothing && attention::of_outcome(outcome)
}

fn many(sessions: usize) -> String {
    match sessions {
        1 => "1 session".to_owned(),
        n => format!("{n} sessions"),
    }
}

const fn verdict(status: &Status) -> &'static str {
    match status.recommendation {
        Recommendation::NoBackup => "no backup",
        Recommendation::NoAction => "no action",
        Recommendation::Restore => "restore",
    }
}

/// What whoever had a session restored should know.
fn notes_in_sweep(outcome: &Outcome) -> Vec<String> {
    let id = &outcome.status.session_id;
    let notes = outcome.status.notes.iter();
    notes
        .map(|note| format!("{id}: {}", note.message))
        .collect()
}

/// Which file was put in place, or would be, if it is neither the backup nor what is left of the
/// live file.
fn other_source(outcome: &Outcome) -> Option<&str> {
    let source = outcome.source.as_deref()?;
    let is_one_of_the_pair =
        |suffix| source.strip_suffix(suffix) == Some(&outcome.status.session_id);
    let is_other = !is_one_of_the_pair(".json") && !is_one_of_the_pair(".json.bak");
    is_other.then_some(source)
}

fn from_another_file(outcome: &Outcome) -> Option<String> {
    let source = other_source(outcome)?;
    Some(format!("{}: {source}", outcome.status.session_id))
}

/// What a restore left out, or would.
fn live_only(outcome: &Outcome) -> Option<String> {
    let status = &outcome.status;
    let live_only = status.live_only.filter(|_| other_source(outcome).is_none());
    let number = live_only.or_else(|| {
        let source = outcome
            .source
            .as_ref()
            .filter(|_| outcome.salvaged.is_some());
        let is_from_backup = source.is_some_and(|name| name.strip_suffix(".json.bak").is_some());
        status.live.only_here.filter(|_| is_from_backup)
    });
    let number = number.filter(|number| *number > outcome.merged)?;
    let id = &status.session_id;
    Some(match &outcome.kept {
        Some(kept) => format!("{id}: {number}, kept in {kept}"),
        None => format!("{id}: {number}"),
    })
}

/// What the salvaged form of the live file itself left out, or would.
fn backup_only(outcome: &Outcome) -> Option<String> {
    let status = &outcome.status;
    let number = status.backup.only_here.filter(|_| is_own(outcome))?;
    (number > 0).then(|| format!("{}: {number}", status.session_id))
}

/// Whether a damaged live file was replaced by its own salvaged form, or would be.
fn is_own(outcome: &Outcome) -> bool {
    let name = outcome
        .source
        .as_deref()
        .filter(|_| outcome.salvaged.is_some());
    name.and_then(|name| name.strip_suffix(".json")) == Some(&outcome.status.session_id)
}

fn next(summary: &Summary) -> String {
    let several = summary.sessions.iter();
    let several = several
        .filter(|outcome| has_several_sources(outcome))
        .count();
    let next = if several > 0 && several == tally(summary, Action::Failed) {
        "Next: `sources ID` lists what there is to choose from. `recover --from NAME ID` puts one in place."
    } else if tally(summary, Action::Failed) > 0 {
        "Next: fix what the errors describe, then run the same command again."
    } else if summary.sessions.iter().any(would_not_be_the_backup) {
        "Next: run the same command without --dry-run to restore them."
    } else if tally(summary, Action::WouldRestore) > 0
        && summary.sessions.iter().any(is_left_in_damaged_files)
    {
        "Next: `recover-all --salvage --dry-run` also uses what damaged files hold."
    } else if tally(summary, Action::WouldRestore) > 0 {
        "Next: run `recover-all` without --dry-run to restore them."
    } else if summary.sessions.iter().any(is_left_in_damaged_files) {
        "Next: `recover-all --salvage` brings back the messages in damaged files."
    } else if summary.sessions.iter().any(is_salvaged) {
        "Next: open the restored sessions in the application. What was replaced is kept, and `undo ID` puts it back."
    } else if summary.restored > 0 && summary.sessions.iter().any(needs_attention) {
        "Next: open the restored sessions in the application. `audit` shows what is wrong with the others."
    } else if summary.restored > 0 {
        "Next: open the restored sessions in the application. Their backups are still there."
    } else if summary.sessions.iter().any(may_be_deleted) {
        "Next: repair the list of deleted sessions or move it away, then run `recover-all` again. `recover ID` restores one session."
    } else if summary.sessions.iter().any(needs_attention) {
        "Next: `audit` shows what is wrong with each session, and what to do."
    } else if summary.sessions.iter().any(is_guarded) {
        "Next: if one was not on purpose, `recover` with its ID and --ignore-guards restores the backup."
    } else if summary.scanned == 0 {
        return "Next: check that this is the session directory. It holds no sessions.".to_owned();
    } else {
        return "Next: `audit` also reads the sessions without a backup.".to_owned();
    };
    format!("\n{next}")
}

/// Whether somebody has to choose the source.
fn has_several_sources(outcome: &Outcome) -> bool {
    let first = outcome.errors.first();
    first.is_some_and(|error| error.code == ErrorCode::SeveralSources)
}

fn is_left_in_damaged_files(outcome: &Outcome) -> bool {
    let left = outcome.left_in_damaged_files();
    left.is_some_and(|source| !source.merged)
}

fn is_salvaged(outcome: &Outcome) -> bool {
    outcome.is_restored() && outcome.salvaged.is_some()
}

/// Whether an option decided what would be put in place.
fn would_not_be_the_backup(outcome: &Outcome) -> bool {
    let is_chosen = outcome.salvaged.is_some() || other_source(outcome).is_some();
    outcome.action == Action::WouldRestore && is_chosen
}

const fn is_guarded(outcome: &Outcome) -> bool {
    outcome.status.guard.is_some()
}

fn may_be_deleted(outcome: &Outcome) -> bool {
    outcome.status.guard == Some(Guard::DeletionsUnknown)
}

fn tally(summary: &Summary, action: Action) -> usize {
    let outcomes = summary.sessions.iter();
    outcomes.filter(|outcome| outcome.action == action).count()
}

fn result(outcome: &Outcome) -> String {
    let result = match (outcome.action, outcome.status.guard) {
        (Action::Nothing, Some(guard)) => guarded(guard),
        (Action::Nothing, None) if is_left_in_damaged_files(outcome) => "can be salvaged",
        (Action::Nothing, None) if outcome.status.live.messages().is_none() => "cannot be restored",
        (Action::Nothing, None) => "not changed",
        (Action::WouldRestore, _) if outcome.salvaged.is_some() => "would be salvaged",
        (Action::WouldRestore, _) => "would be restored",
        (Action::Restored, _) if outcome.salvaged.is_some() => "salvaged",
        (Action::Restored, _) => "restored",
        (Action::RestoredUnconfirmed, _) => "restored, unconfirmed",
        (Action::Failed, _) if has_several_sources(outcome) => "choose a source",
        (Action::Failed, _) => "failed",
    };
    match outcome.merged {
        0 => result.to_owned(),
        _ => format!("{result}, merged"),
    }
}

const fn guarded(guard: Guard) -> &'static str {
    match guard {
        Guard::Cleared => "cleared on purpose",
        Guard::Compressed => "compressed on purpose",
        Guard::Undone => "taken back on purpose",
        Guard::Deleted => "deleted on purpose",
        Guard::Unknown => "unknown session",
        Guard::DeletionsUnknown => "may be deleted",
    }
}

fn tone(outcome: &Outcome) -> Tone {
    match outcome.action {
        Action::Failed if has_several_sources(outcome) => Tone::Warning,
        Action::Failed => Tone::Bad,
        Action::Restored => Tone::Good,
        Action::WouldRestore | Action::RestoredUnconfirmed => Tone::Warning,
        Action::Nothing if needs_attention(outcome) => Tone::Warning,
        Action::Nothing => Tone::Plain,
    }
}

/// A file in a table.
fn in_a_word(file: &File) -> String {
    match &file.state {
        FileState::Missing => "missing".to_owned(),
        FileState::Readable { messages, .. } => messages.to_string(),
        FileState::Unreadable(_) => match file.salvage.as_ref().map(|salvage| salvage.messages) {
            None | Some(0) => "damaged".to_owned(),
            Some(messages) => format!("damaged ({messages})"),
        },
        FileState::Undecided(_) => "not judged".to_owned(),
    }
}

/// A file on a line of its own.
pub(super) fn in_detail(file: &File) -> String {
    let state = match &file.state {
        FileState::Readable { messages: 1, .. } => "1 message".to_owned(),
        FileState::Readable { messages, .. } => format!("{messages} messages"),
        FileState::Unreadable(_) => "damaged".to_owned(),
        _ => in_a_word(file),
    };
    let problem = file.problem().map(|problem| printable(&problem.message));
    let bytes = file.bytes.map(|bytes| format!("{bytes} bytes"));
    let more: Vec<_> = [bytes, problem].into_iter().flatten().collect();
    if more.is_empty() {
        state
    } else {
        format!("{state} ({})", more.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{Error, Heading, Problem};

    const PLAIN: Writer = Writer {
        page: Page {
            width: None,
            escapes: false,
        },
        dry_run: false,
    };

    fn outcome(session_id: &str, action: Action) -> Outcome {
        let file = |messages| File {
            state: FileState::Readable {
                messages,
                caveat: None,
            },
            bytes: Some(100),
            salvage: None,
            only_here: None,
        };
        Outcome {
            status: Status {
                session_id: session_id.to_owned(),
                heading: Heading::default(),
                live: file(0),
                backup: file(1000),
                recommendation: Recommendation::Restore,
                guard: None,
                reason: "The backup holds 1000 messages, the live file 0.".to_owned(),
                obstacle: None,
                live_only: Some(0),
                backup_only: Some(1000),
                notes: Vec::new(),
                salvage: None,
            },
            action,
            errors: Vec::new(),
            source: None,
            salvaged: None,
            merged: 0,
            kept: None,
        }
    }

    #[test]
    fn columns_line_up_by_width_on_the_terminal() {
        let summary = Summary {
            scanned: 2,
            restored: 1,
            sessions: vec![
                outcome("日本", Action::Restored),
                outcome("long-id", Action::Failed),
            ],
            ..Summary::default()
        };
        assert_eq!(
            PLAIN.summary(&summary),
            "\
SESSION  LIVE  BACKUP  RESULT
日本     0     1000    restored
long-id  0     1000    failed

Checked 2 sessions: 1 restored, 1 failed.

Next: fix what the errors describe, then run the same command again.
"
        );
    }

    #[test]
    fn a_sweep_says_what_it_skipped_and_why() {
        let summary = Summary {
            scanned: 1,
            oddities: vec![Error::new(ErrorCode::UnusableName, "x\n.json is left out.")],
            ..Summary::default()
        };
        assert_eq!(
            PLAIN.summary(&summary),
            "\
Checked 1 session. Nothing needs to be restored.

Also found:
  x\\u{a}.json is left out.
Next: `audit` also reads the sessions without a backup.
"
        );
    }

    #[test]
    fn a_damaged_session_without_a_backup_cannot_be_restored() {
        let Outcome { mut status, .. } = outcome("a", Action::Nothing);
        status.live.state = FileState::Unreadable(Problem::unexplained("it is empty"));
        status.backup = File::MISSING;
        status.recommendation = Recommendation::NoBackup;
        let written = PLAIN.status(&status);
        assert!(written.contains("\nIt cannot be restored.\nNext: `sources` with this ID"));
    }

    #[test]
    fn an_empty_directory_needs_two_lines() {
        assert_eq!(
            PLAIN.summary(&Summary::default()),
            "Checked 0 sessions. Nothing needs to be restored.\nNext: check that this is the session directory. It holds no sessions.\n"
        );
    }

    #[test]
    fn a_terminal_shows_results_in_colours_and_its_text_is_the_same() {
        let page = Page {
            width: None,
            escapes: true,
        };
        let summary = Summary {
            scanned: 1,
            restored: 1,
            sessions: vec![outcome("a", Action::Restored)],
            ..Summary::default()
        };
        let written = Writer { page, ..PLAIN }.summary(&summary);
        assert!(written.contains("\u{1b}[32mrestored\u{1b}[0m"), "{written}");
        let plain: String = written
            .split('\u{1b}')
            .enumerate()
            .map(|(number, part)| match number {
                0 => part,
                _ => part.split_once('m').unwrap().1,
            })
            .collect();
        assert_eq!(plain, PLAIN.summary(&summary));
    }

    #[test]
    fn a_table_fits_a_narrow_page_and_a_long_id_has_a_line_of_its_own() {
        let page = Page {
            width: Some(40),
            escapes: false,
        };
        let long = "x".repeat(60);
        let summary = Summary {
            scanned: 2,
            sessions: vec![
                outcome(&long, Action::Failed),
                outcome("3f2a", Action::Restored),
            ],
            ..Summary::default()
        };
        let written = Writer { page, ..PLAIN }.summary(&summary);
        let table = written.split("\n\n").next().unwrap();
        assert_eq!(
            table,
            format!(
                "\
SESSION  LIVE  BACKUP  RESULT
{long}
         0     1000    failed
3f2a     0     1000    restored"
            )
        );
    }

    #[test]
    fn somebody_has_to_choose_if_there_are_several_sources() {
        let error = Error::new(ErrorCode::SeveralSources, "a has several sources.");
        let summary = Summary {
            scanned: 1,
            sessions: vec![Outcome {
                errors: vec![error],
                ..outcome("a", Action::Failed)
            }],
            ..Summary::default()
        };
        let written = PLAIN.summary(&summary);
        assert!(
            written.contains("a        0     1000    choose a source\n"),
            "{written}"
        );
        assert!(written.contains("Next: `sources ID` lists"), "{written}");
    }

    #[test]
    fn a_sweep_says_which_sources_it_takes() {
        let due = Outcome {
            source: Some("a.tmp.1.2".to_owned()),
            ..outcome("a", Action::WouldRestore)
        };
        let summary = Summary {
            scanned: 1,
            sessions: vec![due],
            ..Summary::default()
        };
        let written = PLAIN.summary(&summary);
        assert!(
            written.contains("\nFrom another file than the backup:\n  a: a.tmp.1.2\n"),
            "{written}"
        );
        assert!(
            written.ends_with("Next: run the same command without --dry-run to restore them.\n"),
            "{written}"
        );
    }

    #[test]
    fn a_restore_from_another_file_than_the_backup_names_it() {
        let from = |action| Outcome {
            source: Some("a.json.replaced.2".to_owned()),
            merged: 1,
            ..outcome("a", action)
        };
        let written = PLAIN.outcome(&from(Action::Restored));
        assert!(
            written.contains("Restored from a.json.replaced.2, which is still there.\n1 message of the live file follows the source's messages.\n"),
            "{written}"
        );
        let written = PLAIN.outcome(&from(Action::WouldRestore));
        assert!(
            written.contains(
                "It would be restored from a.json.replaced.2. Nothing was changed.\nNext:"
            ),
            "{written}"
        );
    }
}
