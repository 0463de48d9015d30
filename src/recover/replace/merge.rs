//! Adds what stands in the live file alone to the copy of its backup.

use std::mem;
use std::ops::{ControlFlow, Range};

use super::copy::{Copy, cannot_read};
use super::{CHANGED, Restore, Stop};
use crate::answer::Error;
use crate::compare::{Comparison, Messages};
use crate::directory::{Directory, Fault, File, each_piece};
use crate::judge::messages_of;

/// So many bytes are worth a call of the host.
const ENOUGH: usize = 64 * 1024;

impl<D: Directory> Restore<'_, D> {
    /// Copies the source with the messages added that stand in the live file
    /// alone, and gives how many bytes they are.
    pub fn merge(&self, copy: &mut Copy<D::File>, source: &D::File) -> Result<u64, Stop> {
        let (name, live_name) = (&self.source.name, self.id.live_name());
        let live = self.live_messages()?;
        let backup = messages_of(source).ok_or_else(|| self.changed("its backup is damaged"))?;
        let cannot_read = |fault: Fault| cannot_read(&live_name, &fault);
        let comparison = Comparison::of(&live, &backup).map_err(cannot_read)?;
        let comparison = comparison.ok_or_else(|| self.changed(CHANGED))?;
        let end = comparison.backup_end;
        let parts = comparison.parts(&live).map_err(cannot_read)?;

        copy.append(name, source, &(0..end))?;
        append_parts(copy, &live_name, &live, &parts)?;
        let added = copy.counter.fed().saturating_sub(end);
        copy.append(name, source, &(end..u64::MAX))?;
        Ok(added)
    }

    fn live_messages(&self) -> Result<Messages<'_, D::File>, Error> {
        self.live()
            .and_then(messages_of)
            .ok_or_else(|| self.changed("it is damaged"))
    }

    /// Fails unless the staging file holds all messages that are now in the live
    /// file: that may have been written to while they were merged.
    pub fn require_all(&self, staging: &str) -> Result<(), Stop> {
        let cannot_read = |fault: Fault| cannot_read(staging, &fault);
        let staged = match self.directory.open(staging) {
            Err(Fault::NotFound) => return Err(Stop::StagingTaken),
            opened => opened.map_err(cannot_read)?,
        };
        let staged = messages_of(&staged).ok_or_else(|| self.changed(CHANGED))?;
        let comparison = Comparison::of(&self.live_messages()?, &staged).map_err(cannot_read)?;
        match comparison.map(|comparison| comparison.live_only()) {
            Some(0) => Ok(()),
            _ => Err(self.changed(CHANGED).into()),
        }
    }
}

/// Copies these parts of the live file, each after a comma, in few calls of the
/// host however many there are.
fn append_parts<F: File>(
    copy: &mut Copy<F>,
    name: &str,
    live: &Messages<F>,
    parts: &[Range<u64>],
) -> Result<(), Error> {
    let mut rest = parts;
    let mut buffer = Vec::new();
    let stopped = each_piece(live.file, &live.elements, &mut |start, piece| {
        let end = start + piece.len() as u64;
        let within = |at: u64| usize::try_from(at.clamp(start, end) - start).unwrap_or_default();
        while let Some((part, more)) = rest.split_first().filter(|(part, _)| part.start < end) {
            if part.start >= start {
                buffer.push(b',');
            }
            buffer.extend_from_slice(&piece[within(part.start)..within(part.end)]);
            if part.end > end {
                break;
            }
            rest = more;
        }
        if buffer.len() < ENOUGH {
            return ControlFlow::Continue(());
        }
        match copy.write(name, &mem::take(&mut buffer)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    });
    match stopped {
        Ok(None) => copy.write(name, &buffer),
        Ok(Some(error)) => Err(error),
        Err(fault) => Err(cannot_read(name, &fault)),
    }
}
