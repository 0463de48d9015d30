//! Finds traces of lost messages that the counts of the two files do not show.

use std::ops::ControlFlow;

use crate::answer::{FileState, Finding, FindingKind, ProblemKind, Recommendation};
use crate::app::guard::guard;
use crate::count::{Event, EventReader, Key};
use crate::directory::{Bytes, File, WHOLE, each_chunk};
use crate::session::SessionId;
use crate::verdict::inspect::Inspection;
use crate::verdict::recommend::many;

/// Finds what the files of a session say about messages that its live file lacks. If a restore is
/// due, it may bring them back, so there is nothing to say yet.
pub fn of<F: File>(id: &SessionId, inspection: &Inspection<F>) -> Vec<Finding> {
    let status = &inspection.status;
    if status.recommendation == Recommendation::Restore || status.guard.is_some() {
        return Vec::new();
    }
    let found = [
        missing_messages(id, inspection),
        recorded_count(id, inspection),
        richer_context(id, inspection),
    ];
    found.into_iter().flatten().collect()
}

/// More messages than in the backup, and yet some of the backup's are not among them.
fn missing_messages<F: File>(id: &SessionId, inspection: &Inspection<F>) -> Option<Finding> {
    let status = &inspection.status;
    let (live, backup) = (status.live.messages()?, status.backup.messages()?);
    let missing = status.backup_only.filter(|number| *number > 0)?;
    let files = [&inspection.live, &inspection.backup].map(|file| file.judgement.meta());
    let is_on_purpose =
        matches!(files, [Some(live), Some(backup)] if guard(live, backup).is_some());
    if live <= backup || is_on_purpose {
        return None;
    }
    let seen = format!(
        "The live file holds {}, the backup {backup}. But it lacks {missing} of the backup's messages.",
        many(live)
    );
    Some(Finding::about(
        FindingKind::MissingMessages,
        id,
        status,
        &seen,
    ))
}

/// The file says that it held more when it was saved.
fn recorded_count<F: File>(id: &SessionId, inspection: &Inspection<F>) -> Option<Finding> {
    let facts = inspection.live.judgement.facts()?;
    let recorded = facts.value(Key::MessageCount).number()?;
    let messages = inspection.status.live.messages()?;
    let seen = format!(
        "The live file records {recorded} messages (`message_count`), but holds {messages}."
    );
    let found = Finding::about(FindingKind::RecordedCount, id, &inspection.status, &seen);
    (recorded > u64::from(messages)).then_some(found)
}

/// What the model was given is more than what the user sees.
fn richer_context<F: File>(id: &SessionId, inspection: &Inspection<F>) -> Option<Finding> {
    let context = inspection.live.judgement.facts()?.context?;
    let messages = inspection.status.live.messages()?;
    let seen = format!(
        "The live file holds {}, but {context} in `context_messages`.",
        many(messages)
    );
    let found = Finding::about(FindingKind::RicherContext, id, &inspection.status, &seen);
    (context > messages).then_some(found)
}

/// Finds a live file without `messages` that is still a session.
pub fn other_layout<F: File>(id: &SessionId, inspection: &Inspection<F>) -> Option<Finding> {
    let FileState::Unreadable(problem) = &inspection.status.live.state else {
        return None;
    };
    if problem.kind != ProblemKind::NoMessages {
        return None;
    }
    let keys = top_level_keys(inspection.live.file.as_ref()?)?;
    let seen = "The live file is complete and names its session, but has no `messages`.";
    let found = Finding::about(FindingKind::OtherLayout, id, &inspection.status, seen);
    keys.then_some(found)
}

/// Whether an object says whose session it is and how many messages that has.
fn top_level_keys(file: &dyn Bytes) -> Option<bool> {
    let mut events = EventReader::default();
    let (mut has_id, mut has_count) = (false, false);
    each_chunk(file, &WHOLE, &mut |_, bytes| {
        events.feed(bytes, &mut |depth, event| {
            if let (1, Event::Key(key)) = (depth, event) {
                has_id |= key.is("session_id");
                has_count |= key.is("message_count");
            }
        });
        ControlFlow::<()>::Continue(())
    })
    .ok()?;
    Some(has_id && has_count)
}
