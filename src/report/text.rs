//! Answers in words: a table, and a line on what to do next. Names and texts
//! from the directory are escaped before they reach a terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

use crate::answer::{
    Action, AuditReport, Category, Change, ChangeKind, Entry, File, FileState, Finding, Guard,
    Outcome, Plan, Purged, Recommendation, RepairResult, Status, Summary,
};

/// A text of several lines, each of them [`printable`].
#[must_use]
pub fn printable_lines(text: &str) -> String {
    lines(text.lines().map(printable))
}

/// A text with everything escaped that a terminal would obey, or that hides or
/// reorders what is around it.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().fold(String::new(), |mut shown, character| {
        if character.is_control() || is_invisible(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
        shown
    })
}

const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

pub fn status(status: &Status) -> String {
    let next = match status.recommendation {
        _ if status.obstacle.is_some() => "Next: fix what the error describes, then inspect again.",
        Recommendation::Restore if status.live_only > Some(0) => {
            "Next: `recover` with this id puts the backup in place; with --merge it adds what only the live file holds."
        }
        Recommendation::Restore => "Next: `recover` with this id puts the backup in place.",
        _ if status.guard.is_some() => {
            "Nothing is to be restored.\nNext: if it was not on purpose, `recover` with this id and --ignore-guards puts the backup in place."
        }
        Recommendation::NoAction | Recommendation::NoBackup => "Nothing is to be restored.",
    };
    format!(
        "{}\n{}\n{}{next}\n",
        details(status),
        printable(&status.reason),
        notes(status)
    )
}

fn notes(status: &Status) -> String {
    let notes = status.notes.iter();
    lines(notes.map(|note| format!("Note: {}", printable(&note.message))))
}

pub fn outcome(outcome: &Outcome) -> String {
    let said = match outcome.action {
        Action::Nothing if outcome.status.guard.is_some() => {
            "Nothing is to be restored; nothing was changed.\nNext: if it was not on purpose, add --ignore-guards."
        }
        Action::Nothing => "Nothing is to be restored; nothing was changed.",
        Action::WouldRestore => {
            "It would be restored; nothing was changed.\nNext: run the same without --dry-run."
        }
        Action::Restored => "Restored. The backup is still there.",
        Action::RestoredUnconfirmed => {
            "Restored, but a power failure may undo it.\nNext: check the disk, then inspect the session again."
        }
        Action::Failed => {
            "Nothing was changed.\nNext: fix what the error describes, then run the same again."
        }
    };
    about(outcome, said)
}

pub fn undoing(outcome: &Outcome) -> String {
    let said = match outcome.action {
        Action::Nothing if outcome.status.guard.is_some() => {
            "Nothing was put back; nothing was changed.\nNext: if it was not on purpose, add --ignore-guards."
        }
        Action::Nothing => "There is no kept file to put back; nothing was changed.",
        Action::WouldRestore => {
            "A kept file would be put back; nothing was changed.\nNext: run the same without --dry-run."
        }
        Action::Restored => {
            "Put back. Where the backup holds more messages, the next recover-all restores it again."
        }
        Action::RestoredUnconfirmed => {
            "Put back, but a power failure may undo it.\nNext: check the disk, then inspect the session again."
        }
        Action::Failed => {
            "Nothing was changed.\nNext: fix what the error describes, then run the same again."
        }
    };
    let source = outcome.source.iter();
    let source = source.map(|name| format!("The source is {}.", printable(name)));
    about(outcome, said) + &lines(source)
}

fn about(outcome: &Outcome, said: &str) -> String {
    let status = &outcome.status;
    [
        details(status),
        format!("\n{}\n{}{said}\n", printable(&status.reason), notes(status)),
        merged(outcome),
        kept(outcome),
    ]
    .concat()
}

fn merged(outcome: &Outcome) -> String {
    match outcome.merged {
        0 => String::new(),
        1 => "1 message of the live file comes after the backup's.\n".to_owned(),
        n => format!("{n} messages of the live file come after the backup's.\n"),
    }
}

fn kept(outcome: &Outcome) -> String {
    let name = outcome.kept.iter();
    lines(name.map(|name| format!("What it replaced is kept as {}.", printable(name))))
}

pub fn summary(summary: &Summary) -> String {
    [
        results(summary),
        tallies(summary),
        remarks(summary),
        next(summary).to_owned(),
    ]
    .concat()
}

pub fn entries(entries: &[Entry]) -> String {
    let mark = |there| if there { "yes" } else { "no" }.to_owned();
    let sessions = entries.iter().filter_map(|entry| {
        let id = entry.session_id.clone()?;
        Some([id, mark(entry.live), mark(entry.backup)])
    });
    let oddities = entries.iter().filter_map(|entry| entry.oddity.as_ref());
    let all = entries.iter().filter(|entry| entry.session_id.is_some());
    let pairs = entries.iter().filter(|entry| entry.live && entry.backup);
    [
        table(["SESSION", "LIVE", "BACKUP"], sessions),
        section("Odd entries", oddities.map(|oddity| oddity.message.clone())),
        format!(
            "\n{}, {} with a backup to compare.\n",
            many(all.count()),
            pairs.count()
        ),
        "Next: `recover-all --dry-run` tells which of them would be restored.\n".to_owned(),
    ]
    .concat()
}

pub fn audit(report: &AuditReport) -> String {
    let of = |category| {
        let findings = report.findings.iter();
        findings.filter(move |finding| finding.category == category)
    };
    let tally = |category, words| match of(category).count() {
        0 => String::new(),
        number => format!(", {number} {words}"),
    };
    [
        many(report.scanned as usize),
        " scanned".to_owned(),
        tally(Category::Repairable, "to repair"),
        tally(Category::ManualReview, "to look at"),
        ".\n".to_owned(),
        section("To repair", of(Category::Repairable).map(finding)),
        section("To look at", of(Category::ManualReview).map(finding)),
        section("For information", of(Category::Information).map(finding)),
        match of(Category::Repairable).count() {
            0 => "\nNothing is to be repaired.\n",
            _ => "\nNext: `plan` tells what `repair` would change.\n",
        }
        .to_owned(),
    ]
    .concat()
}

fn finding(finding: &Finding) -> String {
    let turn = finding.turn.iter();
    let turn = turn.map(|turn| {
        let created_at = turn.created_at.as_deref().unwrap_or("unknown");
        format!(
            " Turn {}, {} at {created_at}, {} characters.",
            turn.turn_id, turn.event, turn.characters
        )
    });
    let name = finding.name.iter().map(|name| format!("{name}: "));
    let words = [&*finding.seen, " Remedy: ", &*finding.remedy];
    name.chain(words.map(str::to_owned)).chain(turn).collect()
}

pub fn plan(plan: &Plan) -> String {
    let Plan { changes, withheld } = plan;
    if changes.is_empty() {
        return "Nothing is to be repaired.\n".to_owned() + &left_out(withheld);
    }
    let rows = changes.iter();
    let rows = rows.map(|change| row(change, change.bytes.to_string()));
    let reasons = changes
        .iter()
        .map(|change| format!("{}: {}", change.source, change.why));
    [
        table(["CHANGE", "FROM", "TO", "BYTES"], rows),
        section("Why", reasons),
        left_out(withheld),
        "\nNext: `repair` makes a plan anew, and these changes.\n".to_owned(),
    ]
    .concat()
}

fn left_out(withheld: &[String]) -> String {
    section("Not in the plan", withheld.iter().cloned())
}

pub fn repair(results: &[RepairResult], withheld: &[String]) -> String {
    if results.is_empty() {
        let said = "Nothing is to be repaired; nothing was changed.\n";
        return said.to_owned() + &left_out(withheld);
    }
    let rows = results.iter().map(|result| {
        let word = if result.done { "done" } else { "failed" };
        row(&result.change, word.to_owned())
    });
    let kept = results.iter().filter_map(|result| {
        Some(format!(
            "{}: {}",
            result.change.source,
            result.kept.as_ref()?
        ))
    });
    let next = if results.iter().all(|result| result.done) {
        "\nNext: `audit` again.\n"
    } else {
        "\nNext: fix what the errors describe, then `repair` again.\n"
    };
    [
        table(["CHANGE", "FROM", "TO", "RESULT"], rows),
        section("What was replaced or set aside is kept", kept),
        left_out(withheld),
        next.to_owned(),
    ]
    .concat()
}

pub fn purge(purged: &[Purged], dry_run: bool) -> String {
    let number: usize = purged.iter().map(|each| each.removed.len()).sum();
    let files = purged.iter().flat_map(|each| each.removed.iter().cloned());
    let heading = if dry_run {
        "Would be removed"
    } else {
        "Removed"
    };
    let said = match (number, dry_run) {
        (0, _) => "There is no kept file to remove; nothing was changed.",
        (_, true) => "\nNothing was changed.\nNext: run the same without --dry-run.",
        (_, false) => "\nThey are gone for good.",
    };
    section(heading, files) + said + "\n"
}

/// A change's row of a table, with its last cell.
fn row(change: &Change, last: String) -> [String; 4] {
    [
        in_words(change.kind).to_owned(),
        change.source.clone(),
        change.target.clone().unwrap_or_default(),
        last,
    ]
}

const fn in_words(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Restore => "restore",
        ChangeKind::RemoveLeftover => "remove",
        ChangeKind::SetIndexAside => "set aside",
    }
}

/// The table of a sweep, with an empty line after it.
fn results(summary: &Summary) -> String {
    if summary.sessions.is_empty() {
        return String::new();
    }
    let rows = summary.sessions.iter().map(|outcome| {
        let status = &outcome.status;
        [
            status.session_id.clone(),
            in_a_word(&status.live),
            in_a_word(&status.backup),
            result(outcome),
        ]
    });
    table(["SESSION", "LIVE", "BACKUP", "RESULT"], rows) + "\n"
}

fn tallies(summary: &Summary) -> String {
    let tallies = [
        (Action::WouldRestore, "would be restored"),
        (Action::Failed, "failed"),
    ];
    let tallies = tallies.map(|(action, words)| match tally(summary, action) {
        0 => String::new(),
        number => format!(", {number} {words}"),
    });
    let scanned = many(summary.scanned as usize);
    format!(
        "{scanned} scanned, {} restored{}.\n",
        summary.restored,
        tallies.concat()
    )
}

fn many(sessions: usize) -> String {
    match sessions {
        1 => "1 session".to_owned(),
        n => format!("{n} sessions"),
    }
}

fn details(status: &Status) -> String {
    let recommendation = match status.recommendation {
        Recommendation::NoBackup => "no backup",
        Recommendation::NoAction => "no action",
        Recommendation::Restore => "restore",
    };
    let mut table = bare_table();
    for (name, value) in [
        ("session", printable(&status.session_id)),
        ("live", in_detail(&status.live)),
        ("backup", in_detail(&status.backup)),
        ("verdict", recommendation.to_owned()),
    ] {
        table.add_row([name.to_owned(), value]);
    }
    trimmed(&table)
}

/// The sections that say more than the table: what is still wrong, and why.
fn remarks(summary: &Summary) -> String {
    let reasons = summary
        .sessions
        .iter()
        .filter(|outcome| outcome.action == Action::Nothing);
    let reasons =
        reasons.map(|outcome| format!("{}: {}", outcome.status.session_id, outcome.status.reason));
    let oddities = summary.oddities.iter().map(|oddity| oddity.message.clone());
    section("Left as they are", reasons)
        + &section(
            "Messages in the live file that are not in the backup (`--merge` adds them; where it is done, `undo ID` first)",
            summary.sessions.iter().filter_map(live_only),
        )
        + &section("Notes", summary.sessions.iter().flat_map(notes_in_sweep))
        + &section(
            "Backups whose live file was gone",
            summary.orphans.iter().cloned(),
        )
        + &section("Also found", oddities)
}

/// What whoever had a session restored should know.
fn notes_in_sweep(outcome: &Outcome) -> Vec<String> {
    let id = &outcome.status.session_id;
    let notes = outcome.status.notes.iter();
    notes
        .map(|note| format!("{id}: {}", note.message))
        .collect()
}

/// What a restore left out, or would.
fn live_only(outcome: &Outcome) -> Option<String> {
    let status = &outcome.status;
    let number = status.live_only.filter(|number| *number > outcome.merged)?;
    let id = &status.session_id;
    Some(match &outcome.kept {
        Some(kept) => format!("{id}: {number}, kept in {kept}"),
        None => format!("{id}: {number}"),
    })
}

fn next(summary: &Summary) -> &'static str {
    if tally(summary, Action::Failed) > 0 {
        "\nNext: fix what the errors describe, then run recover-all again.\n"
    } else if tally(summary, Action::WouldRestore) > 0 {
        "\nNext: run recover-all without --dry-run to restore them.\n"
    } else if summary.restored > 0 {
        "\nNext: open the restored sessions in the application. Their backups are still there.\n"
    } else if summary.sessions.iter().any(may_be_deleted) {
        "\nNext: repair the list of deleted sessions or move it away, then run recover-all again; or `recover` with an id restores one session.\n"
    } else if summary.sessions.iter().any(is_guarded) {
        "\nNext: if one was not on purpose, `recover` with its id and --ignore-guards puts the backup in place.\n"
    } else {
        "Nothing is to be restored.\n"
    }
}

const fn is_guarded(outcome: &Outcome) -> bool {
    outcome.status.guard.is_some()
}

fn may_be_deleted(outcome: &Outcome) -> bool {
    outcome.status.guard == Some(Guard::DeletionsUnknown)
}

fn tally(summary: &Summary, action: Action) -> usize {
    summary
        .sessions
        .iter()
        .filter(|outcome| outcome.action == action)
        .count()
}

fn result(outcome: &Outcome) -> String {
    let result = match outcome.action {
        Action::Nothing if may_be_deleted(outcome) => "perhaps deleted",
        Action::Nothing if is_guarded(outcome) => "on purpose",
        Action::Nothing if outcome.status.live.messages().is_none() => "not to be restored",
        Action::Nothing => "left as it is",
        Action::WouldRestore => "would be restored",
        Action::Restored => "restored",
        Action::RestoredUnconfirmed => "restored, unconfirmed",
        Action::Failed => "failed",
    };
    match outcome.merged {
        0 => result.to_owned(),
        _ => format!("{result}, merged"),
    }
}

/// A file in a table.
fn in_a_word(file: &File) -> String {
    match &file.state {
        FileState::Missing => "missing".to_owned(),
        FileState::Readable { messages, .. } => messages.to_string(),
        FileState::Unreadable(_) => "unreadable".to_owned(),
        FileState::Undecided(_) => "undecided".to_owned(),
    }
}

/// A file on a line of its own.
fn in_detail(file: &File) -> String {
    let state = match &file.state {
        FileState::Readable { messages: 1, .. } => "1 message".to_owned(),
        FileState::Readable { messages, .. } => format!("{messages} messages"),
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

/// A heading and its lines, or nothing where there are none.
fn section(heading: &str, texts: impl Iterator<Item = String>) -> String {
    let lines = lines(texts.map(|text| format!("  {}", printable(&text))));
    if lines.is_empty() {
        return lines;
    }
    format!("\n{heading}:\n{lines}")
}

fn lines(texts: impl Iterator<Item = String>) -> String {
    texts.map(|text| text + "\n").collect()
}

fn table<const COLUMNS: usize>(
    headings: [&str; COLUMNS],
    rows: impl Iterator<Item = [String; COLUMNS]>,
) -> String {
    let mut table = bare_table();
    table.set_header(headings);
    table.add_rows(rows.map(|row| row.map(|cell| printable(&cell))));
    trimmed(&table)
}

fn bare_table() -> Table {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn trimmed(table: &Table) -> String {
    let rows = table.trim_fmt();
    lines(
        rows.lines()
            .map(|row| row.strip_prefix(' ').unwrap_or(row).to_owned()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{Error, ErrorCode};

    fn outcome(session_id: &str, action: Action) -> Outcome {
        let file = |messages| File {
            state: FileState::Readable {
                messages,
                caveat: None,
            },
            bytes: Some(100),
        };
        Outcome {
            status: Status {
                session_id: session_id.to_owned(),
                live: file(0),
                backup: file(1000),
                recommendation: Recommendation::Restore,
                guard: None,
                reason: "The backup holds 1000 messages, the live file 0.".to_owned(),
                obstacle: None,
                live_only: Some(0),
                backup_only: Some(1000),
                notes: Vec::new(),
            },
            action,
            errors: Vec::new(),
            source: None,
            merged: 0,
            kept: None,
        }
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(
            printable("a\u{1b}[31m\n\u{9b}b"),
            "a\\u{1b}[31m\\u{a}\\u{9b}b"
        );
        assert_eq!(
            printable("\u{202e}gpj.\u{200b}\u{feff}"),
            "\\u{202e}gpj.\\u{200b}\\u{feff}"
        );
        assert_eq!(printable("日本 Ä 🙂"), "日本 Ä 🙂");
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
            super::summary(&summary),
            "\
SESSION  LIVE  BACKUP  RESULT
日本     0     1000    restored
long-id  0     1000    failed

2 sessions scanned, 1 restored, 1 failed.

Next: fix what the errors describe, then run recover-all again.
"
        );
    }

    #[test]
    fn a_sweep_says_what_it_left_alone_and_why() {
        let summary = Summary {
            scanned: 1,
            orphans: vec!["gone".to_owned()],
            oddities: vec![Error::new(ErrorCode::UnusableName, "x\n.json is left out.")],
            ..Summary::default()
        };
        assert_eq!(
            super::summary(&summary),
            "\
1 session scanned, 0 restored.

Backups whose live file was gone:
  gone

Also found:
  x\\u{a}.json is left out.
Nothing is to be restored.
"
        );
    }

    #[test]
    fn an_empty_directory_needs_one_line_and_a_word() {
        let text = super::summary(&Summary::default());
        assert_eq!(
            text,
            "0 sessions scanned, 0 restored.\nNothing is to be restored.\n"
        );
    }
}
