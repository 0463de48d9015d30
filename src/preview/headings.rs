//! Finds out what each session of a list is about. It reads only the beginning of one file of each.

use std::ops::{ControlFlow, Range};

use crate::answer::{Entry, Heading};
use crate::count::Counter;
use crate::directory::{Directory, FsError, each_chunk};
use crate::session::SessionId;
use crate::verdict::heading::heading_of;

/// What is read of a file. The application writes the title and the time of the save before the
/// messages.
const BEGINNING: Range<u64> = 0..64 * 1024;

/// Adds to each session what its live file says it is about, or its backup if there is no live
/// file, or none that gives a title. A session whose files cannot be read stays without.
pub fn add_headings(directory: &impl Directory, entries: &mut [Entry]) {
    for entry in entries {
        let mut found: Option<Heading> = None;
        for name in names_of(entry) {
            if let Ok(heading) = heading(directory, &name) {
                let is_better = heading.title.is_some() || found.is_none();
                found = if is_better { Some(heading) } else { found };
            }
            if found.as_ref().is_some_and(|found| found.title.is_some()) {
                break;
            }
        }
        entry.heading = found;
    }
}

/// The names of the files that are read, until one gives a title.
fn names_of(entry: &Entry) -> Vec<String> {
    let id = entry.session_id.as_ref().filter(|_| entry.oddity.is_none());
    let Some(id) = id.and_then(|id| SessionId::new(id).ok()) else {
        return Vec::new();
    };
    let live = entry.live.then(|| id.live_name());
    let backup = entry.backup.then(|| id.backup_name());
    live.into_iter().chain(backup).collect()
}

fn heading(directory: &impl Directory, name: &str) -> Result<Heading, FsError> {
    let file = directory.open(name)?;
    let mut counter = Counter::default();
    each_chunk(&file, &BEGINNING, &mut |_, bytes| {
        counter.feed(bytes);
        if counter.is_settled() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Ok(heading_of(&counter.facts_so_far()))
}
