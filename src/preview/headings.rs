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
/// file. A session whose file cannot be read stays without.
pub fn add_headings(directory: &impl Directory, entries: &mut [Entry]) {
    for entry in entries {
        if let Some(name) = name_of(entry) {
            entry.heading = heading(directory, &name).ok();
        }
    }
}

/// The name of the file that is read. Beside a live file, the backup may be a FIFO: to open it would
/// wait for its writer.
fn name_of(entry: &Entry) -> Option<String> {
    let id = entry
        .session_id
        .as_ref()
        .filter(|_| entry.oddity.is_none())?;
    let id = SessionId::new(id).ok()?;
    Some(if entry.live {
        id.live_name()
    } else {
        id.backup_name()
    })
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
