//! Calls the operations that restore, or that promise a restore, so that sessions that this user
//! cannot restore are judged only. The component cannot know who runs it.

use std::collections::BTreeMap;

use session_recovery::answer::{
    AuditReport, Category, Change, ChangeKind, Finding, FindingKind, Outcome, Plan, RepairResult,
    Summary,
};
use session_recovery::recover::Options;
use wasmtime::Store;

use crate::bindings::{self, Guest};
use crate::refusal::Refusal;
use crate::sandbox::Answer;
use crate::state::State;
use crate::{all_lifted, lifted};

/// Restores one session.
pub fn restore(
    store: &mut Store<State>,
    id: &str,
    options: Options,
    call: impl FnOnce(&mut Store<State>, Options) -> Answer<bindings::Outcome>,
) -> Answer<Outcome> {
    let Some(refusal) = refusal(store, id) else {
        return lifted(call(store, options));
    };
    let judged: Answer<Outcome> = lifted(call(store, dry(options)));
    Ok(judged?.map(|outcome| outcome.withheld(&refusal.error)))
}

/// Restores these sessions.
pub fn recover_some(
    recovery: &Guest,
    store: &mut Store<State>,
    ids: &[String],
    options: Options,
) -> Answer<Summary> {
    let refusals: BTreeMap<_, _> = ids
        .iter()
        .filter_map(|id| Some((id.clone(), refusal(store, id)?)))
        .collect();
    if refusals.is_empty() {
        return lifted(recovery.call_recover_some(store, ids, options.into()));
    }
    let (foreign, ours): (Vec<_>, Vec<_>) = ids
        .iter()
        .cloned()
        .partition(|id| refusals.contains_key(id));
    let done = recovery.call_recover_some(&mut *store, &ours, options.into());
    let done: Summary = match lifted(done)? {
        Ok(done) => done,
        Err(refused) => return Ok(Err(refused)),
    };
    let judged = recovery.call_recover_some(store, &foreign, dry(options).into());
    let judged: Answer<Summary> = lifted(judged);
    Ok(judged?.map(|judged| joined(done, judged, &refusals)))
}

/// Looks for everything that is wrong. Nothing is repairable that a repair refuses.
pub fn audit(
    recovery: &Guest,
    store: &mut Store<State>,
    known: Option<&[String]>,
) -> Answer<AuditReport> {
    let report: Answer<AuditReport> = lifted(recovery.call_audit(&mut *store, known));
    Ok(report?.map(|mut report| {
        for finding in &mut report.findings {
            if let Some(refusal) = refusal_to_mend(store, finding) {
                finding.category = Category::ManualReview;
                finding.remedy = refusal.in_advance;
            }
        }
        report
    }))
}

/// Gives the changes that would repair it. Those that a repair refuses are left out.
pub fn plan(
    recovery: &Guest,
    store: &mut Store<State>,
    known: Option<&[String]>,
    salvage: bool,
) -> Answer<Plan> {
    let mut plan: Plan = match lifted(recovery.call_plan(&mut *store, known, salvage))? {
        Ok(plan) => plan,
        Err(refused) => return Ok(Err(refused)),
    };
    let mut withheld = Vec::new();
    plan.changes
        .retain(|change| match refusal_of(store, change) {
            None => true,
            Some(Refusal { in_advance, .. }) => {
                if !withheld.contains(&in_advance) {
                    withheld.push(in_advance);
                }
                false
            }
        });
    if !withheld.is_empty() && !plan.changes.iter().any(is_restore) {
        // Only the restores may have been the reason to rename the index.
        let report: AuditReport = match lifted(recovery.call_audit(&mut *store, known))? {
            Ok(report) => report,
            Err(refused) => return Ok(Err(refused)),
        };
        if !report.findings.iter().any(is_about_the_index) {
            let stays = |change: &Change| change.kind != ChangeKind::SetIndexAside;
            plan.changes.retain(stays);
        }
    }
    plan.withheld.extend(withheld);
    Ok(Ok(plan))
}

/// Makes these changes, except for those that this user cannot make.
pub fn repair(
    recovery: &Guest,
    store: &mut Store<State>,
    changes: Vec<Change>,
) -> Answer<Vec<RepairResult>> {
    let refusals: Vec<_> = changes
        .iter()
        .map(|change| refusal_of(store, change))
        .collect();
    let ours = changes.iter().zip(&refusals);
    let ours: Vec<_> = ours
        .filter(|(_, refusal)| refusal.is_none())
        .map(|(change, _)| change.clone().into())
        .collect();
    let made: Answer<Vec<RepairResult>> = all_lifted(recovery.call_repair(store, &ours));
    Ok(made?.map(|made| {
        let mut made = made.into_iter();
        let all = changes.into_iter().zip(refusals);
        all.filter_map(|(change, refusal)| match refusal {
            Some(refusal) => Some(refused(change, refusal)),
            None => made.next(),
        })
        .collect()
    }))
}

/// Says why a session is not to be restored.
pub fn refusal(store: &Store<State>, id: &str) -> Option<Refusal> {
    store.data().permissions.refusal(&format!("{id}.json"))
}

fn refusal_of(store: &Store<State>, change: &Change) -> Option<Refusal> {
    match &change.session_id {
        Some(id) if is_restore(change) => refusal(store, id),
        _ => store.data().permissions.refusal(&change.source),
    }
}

/// Says why what was found is not to be mended, if a repair would do so.
fn refusal_to_mend(store: &Store<State>, finding: &Finding) -> Option<Refusal> {
    if finding.category != Category::Repairable {
        return None;
    }
    match finding.kind {
        FindingKind::ShrunkenLive | FindingKind::OrphanBackup | FindingKind::Salvageable => {
            refusal(store, finding.session_id.as_deref()?)
        }
        _ => store.data().permissions.refusal(finding.name.as_deref()?),
    }
}

fn is_restore(change: &Change) -> bool {
    matches!(change.kind, ChangeKind::Restore | ChangeKind::Salvage)
}

fn refused(change: Change, refusal: Refusal) -> RepairResult {
    RepairResult {
        change,
        done: false,
        errors: vec![refusal.error],
        kept: None,
    }
}

fn dry(options: Options) -> Options {
    Options {
        dry_run: true,
        ..options
    }
}

/// Joins what was done with what was only judged, in the order of the files' names.
fn joined(done: Summary, judged: Summary, refusals: &BTreeMap<String, Refusal>) -> Summary {
    let refused =
        judged
            .sessions
            .into_iter()
            .map(|outcome| match refusals.get(&outcome.status.session_id) {
                Some(refusal) => outcome.withheld(&refusal.error),
                None => outcome,
            });
    let mut sessions: Vec<_> = done.sessions.into_iter().chain(refused).collect();
    sessions.sort_by_key(|outcome| format!("{}.json", outcome.status.session_id));
    let mut oddities = done.oddities;
    for oddity in judged.oddities {
        if !oddities.contains(&oddity) {
            oddities.push(oddity);
        }
    }
    Summary {
        scanned: done.scanned + judged.scanned,
        sessions,
        oddities,
        ..done
    }
}

/// Whether the index differs from the directory as it is.
fn is_about_the_index(finding: &Finding) -> bool {
    let is_about_it = matches!(
        finding.kind,
        FindingKind::IndexMissingFile | FindingKind::IndexMissingEntry
    );
    is_about_it && finding.category == Category::Repairable
}
