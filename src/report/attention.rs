//! Decides what needs somebody's attention, which is what `--check` asks.

use crate::answer::{Action, Answer, Category, NoteKind, Outcome, Status, Verdict};

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
        Answer::Purge(_) | Answer::Prune(_) => false,
    }
}

/// Whether a session needs attention after something was done about it.
pub fn of_outcome(outcome: &Outcome) -> bool {
    match outcome.action {
        Action::Restored => false,
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
    is_wrong || notes.any(|note| note.kind == NoteKind::TemporaryFile)
}
