//! Decides what needs somebody's attention, which is what `--check` asks.

use crate::answer::{
    Action, Answer, Category, NoteKind, Outcome, SalvageSource, Source, SourceKind, SourceList,
    Status, Verdict,
};

/// Whether something in an answer needs attention.
pub fn of(answer: &Answer) -> bool {
    match answer {
        Answer::Inspect(status) => of_status(status),
        Answer::Recover(outcome) | Answer::Undo(outcome) => of_outcome(outcome),
        Answer::RecoverAll(summary) => {
            summary.sessions.iter().any(of_outcome) || !summary.oddities.is_empty()
        }
        Answer::Sessions(entries) => entries.iter().any(|entry| entry.oddity.is_some()),
        Answer::Audit(report) => {
            let mut findings = report.findings.iter();
            findings.any(|finding| finding.category != Category::Information)
        }
        Answer::Plan(plan) => !plan.changes.is_empty() || !plan.withheld.is_empty(),
        Answer::Repair(repaired) => !repaired.withheld.is_empty(),
        Answer::UndoRun(outcomes) => outcomes.iter().any(of_outcome),
        Answer::Sources(list) => !is_best_in_place(list),
        Answer::Purge(_)
        | Answer::Prune(_)
        | Answer::Show(_)
        | Answer::Diff(_)
        | Answer::History(_) => false,
    }
}

/// Whether the live file is the best source, and whole.
fn is_best_in_place(list: &SourceList) -> bool {
    let is_best = |source: &Source| list.best.as_ref() == Some(&source.name);
    let mut live = list.sources.iter();
    live.any(|source| {
        source.kind == SourceKind::Live && is_best(source) && source.file.messages().is_some()
    })
}

/// Whether a session needs attention after something was done about it.
pub fn of_outcome(outcome: &Outcome) -> bool {
    match outcome.action {
        Action::Restored => outcome.left_in_damaged_files().is_some_and(is_urgent),
        Action::WouldRestore | Action::RestoredUnconfirmed | Action::Failed => true,
        Action::Nothing => of_status(&outcome.status),
    }
}

fn of_status(status: &Status) -> bool {
    let is_wrong = !matches!(
        status.verdict(),
        Verdict::Complete | Verdict::Guarded | Verdict::Absent
    );
    let mut notes = status.notes.iter();
    is_wrong
        || status.salvage.as_ref().is_some_and(is_urgent)
        || notes.any(|note| note.kind == NoteKind::TemporaryFile)
}

/// Whether a damaged file holds more than the live file does, or will.
const fn is_urgent(source: &SalvageSource) -> bool {
    !source.forced
}
