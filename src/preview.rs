//! Shows messages of a file, and what changes if it is put in place, so that somebody can look
//! before they choose. It reads only this file and the live file, and changes nothing.

mod beside;
mod excerpts;
mod gather;
mod head;
mod headings;
mod locate;

use crate::answer::{Error, ErrorCode, FileState, SourceKind, View, Window};
use crate::count::Key;
use crate::directory::{Directory, File, FsError};
use crate::nearest::look_up_with_copies;
use crate::session::SessionId;
use crate::sources::{is_source, no_such_source};
use crate::verdict::compare::Changed;
use crate::verdict::heading::{heading_of, seconds};
use crate::verdict::judge::{Judged, Whole, judge};
use crate::verdict::mend::{is_damaged, remains};
use crate::verdict::obstacle::unjudged;
use crate::verdict::salvage::cannot_look_into;

use beside::Beside;
use gather::gather;
use locate::{default_source, locate};

pub use headings::add_headings;

/// The most messages that are shown for each number of a window.
const MOST: u32 = 10_000;

/// Shows messages of a source.
///
/// # Errors
///
/// There is no such session or source, or the source or the directory cannot be read.
pub fn preview(
    directory: &impl Directory,
    id: &SessionId,
    source: Option<&str>,
    window: Window,
) -> Result<View, Error> {
    let names = look_up_with_copies(directory, id)?;
    let name = match source {
        Some(name) => name.to_owned(),
        None => default_source(directory, id, &names)?,
    };
    let kind = locate(id, &names, &name)?;
    let shown = open(directory, id, &name)?;
    if !is_source(id, &name, kind, shown.facts()) {
        return Err(no_such_source(id, &name));
    }
    let live = if kind == SourceKind::Live {
        Beside::Itself
    } else {
        Beside::open(directory, id, names.listed.kinds.live)
    };
    view(id, name, &shown, &live, window)
}

/// Opens a source, and finds its messages.
fn open<D: Directory>(directory: &D, id: &SessionId, name: &str) -> Result<Judged<D::File>, Error> {
    let file = directory.open(name).map_err(|fault| match fault {
        FsError::NotFound => no_such_source(id, name),
        fault => fault.while_reading(&format!("{name} cannot be opened")),
    })?;
    let judgement = judge(&file);
    let state = &judgement.answer.state;
    if let FileState::Undecided(problem) = state {
        let error = || Error::new(ErrorCode::Other, problem.said_of(name) + ".");
        return Err(unjudged(name, state).unwrap_or_else(error));
    }
    let remains = if is_damaged(state) {
        Some(remains(&file, id).map_err(|fault| cannot_look_into(name, &fault))?)
    } else {
        None
    };
    Ok(Judged {
        judgement,
        file: Some(file),
        remains,
    })
}

fn view<F: File>(
    id: &SessionId,
    name: String,
    shown: &Judged<F>,
    live: &Beside<F>,
    window: Window,
) -> Result<View, Error> {
    let [held, beside] = [shown.whole(), live.whole()];
    let messages = held.as_ref().map(Whole::messages);
    let others = beside.as_ref().map(Whole::messages);
    let changed = live.changed(others.as_ref(), messages.as_ref(), window.changed.min(MOST));
    let difference = changed.as_ref().map(|changed| changed.difference);
    let changed = changed.unwrap_or_else(|| Changed::of_counts(0, 0, 0));
    let count = messages.as_ref().map_or(0, |messages| messages.count);
    let [first, last] = numbers(window, count);
    let wanted = [&*first, &last, &changed.backup_only];
    let [first, last, brought] = gather(&name, messages.as_ref(), wanted)?;
    let wanted = [&*changed.live_only, &[], &[]];
    let [hidden, ..] = gather(&id.live_name(), others.as_ref(), wanted)?;
    let facts = shown.facts();
    Ok(View {
        session_id: id.to_string(),
        name,
        heading: facts.map(heading_of).unwrap_or_default(),
        created: facts.and_then(|facts| seconds(facts.value(Key::CreatedAt))),
        messages: count,
        first,
        last,
        brings: difference.map(|difference| difference.backup_only),
        brought,
        hides: difference.map(|difference| difference.live_only),
        hidden,
    })
}

/// The numbers of the first and of the last messages that are shown. None of the last ones comes
/// before the first ones.
fn numbers(window: Window, count: u32) -> [Vec<u32>; 2] {
    let start = window.after.min(count);
    let end = start.saturating_add(window.first.min(MOST)).min(count);
    let last = end.max(count - window.last.min(MOST).min(count));
    [start..end, last..count].map(|range| range.map(|before| before + 1).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_messages_are_not_among_the_first_ones_or_before_them() {
        for (after, first, last, shown) in [
            (0, 3, 3, [vec![1, 2, 3], vec![8, 9, 10]]),
            (0, 9, 3, [(1..=9).collect(), vec![10]]),
            (0, 20, 3, [(1..=10).collect(), vec![]]),
            (8, 3, 3, [vec![9, 10], vec![]]),
            (6, 1, 9, [vec![7], vec![8, 9, 10]]),
            (0, 0, 2, [vec![], vec![9, 10]]),
            (u32::MAX, u32::MAX, u32::MAX, [vec![], vec![]]),
            (0, 0, 0, [vec![], vec![]]),
        ] {
            let window = Window {
                after,
                first,
                last,
                changed: 0,
            };
            assert_eq!(numbers(window, 10), shown, "{window:?}");
        }
        let most = Window {
            after: 5,
            first: u32::MAX,
            last: u32::MAX,
            changed: 0,
        };
        let [first, last] = numbers(most, u32::MAX);
        assert_eq!([first[0], first[9_999]], [6, 10_005]);
        assert_eq!([last[0], last[9_999]], [u32::MAX - 9_999, u32::MAX]);
        assert_eq!([first.len(), last.len()], [10_000; 2]);
    }
}
