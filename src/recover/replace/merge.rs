//! Adds the messages that only the live file holds to the copy of its backup, and corrects the
//! number of messages that the copy says it holds.

use std::mem;
use std::ops::{ControlFlow, Range};

use super::attempt::{CHANGED, Restore, Stop};
use super::copy::{Copy, cannot_read};
use crate::answer::Error;
use crate::directory::{Bytes, Directory, File, FsError, each_chunk};
use crate::verdict::compare::Comparison;
use crate::verdict::judge::{Judged, messages_of};
use crate::verdict::mend::Depth;
use crate::verdict::messages::Messages;

/// How many bytes are worth a call of the host.
const ENOUGH: usize = 64 * 1024;

impl<D: Directory> Restore<'_, D> {
    /// Copies the source with the messages added that only the live file holds, and gives by how
    /// many bytes that is longer.
    pub fn merge(
        &self,
        copy: &mut Copy<D::File>,
        source: &dyn Bytes,
        messages: Option<Messages>,
    ) -> Result<i64, Stop> {
        let (name, live_name) = (&self.source.name, self.id.live_name());
        let live = self.look_at_live()?;
        let live = live.whole().ok_or_else(|| self.changed("it is damaged"))?;
        let live = live.messages();
        let backup = messages.ok_or_else(|| self.changed("its backup is damaged"))?;
        let cannot_read_live = |fault: FsError| cannot_read(&live_name, &fault);
        let comparison = Comparison::of(&live, &backup).map_err(cannot_read_live)?;
        let comparison = comparison.ok_or_else(|| self.changed(CHANGED))?;
        let end = comparison.backup_end;
        let parts = comparison.parts(&live).map_err(cannot_read_live)?;
        let count = backup.count.saturating_add(self.source.merged);
        let number = Number::of(&backup, count).map_err(|fault| cannot_read(name, &fault))?;

        append_numbered(copy, name, source, 0..end, number.as_ref())?;
        let before = copy.counter.fed();
        append_parts(copy, &live_name, &live, &parts)?;
        let added = copy.counter.fed().saturating_sub(before);
        append_numbered(copy, name, source, end..u64::MAX, number.as_ref())?;
        let added = i64::try_from(added).unwrap_or(i64::MAX);
        Ok(number.map_or(added, |number| added.saturating_add(number.longer())))
    }

    /// Judges the live file again. If it is damaged, its whole messages count.
    fn look_at_live(&self) -> Result<Judged<&D::File>, Error> {
        let live = self.live().ok_or_else(|| self.changed(CHANGED))?;
        Ok(Judged::with_remains(live, self.id, Depth::to_salvage(&[])))
    }

    /// Fails unless the staging file holds all messages that are now in the live file: that may
    /// have been written to while they were merged.
    pub fn require_all(&self, staging: &str) -> Result<(), Stop> {
        let cannot_read = |fault: FsError| cannot_read(staging, &fault);
        let staged = match self.directory.open(staging) {
            Err(FsError::NotFound) => return Err(Stop::StagingTaken),
            opened => opened.map_err(cannot_read)?,
        };
        let staged = messages_of(&staged).ok_or_else(|| self.changed(CHANGED))?;
        let live = self.look_at_live()?;
        let live = live.whole().ok_or_else(|| self.changed("it is damaged"))?;
        let comparison = Comparison::of(&live.messages(), &staged).map_err(cannot_read)?;
        match comparison.map(|comparison| comparison.difference().live_only) {
            Some(0) => Ok(()),
            _ => Err(self.changed(CHANGED).into()),
        }
    }
}

/// The number of messages that a file says it holds, and what it is to say.
struct Number {
    place: Range<u64>,
    text: String,
}

impl Number {
    /// If the file has a `message_count`, and that is a plain integer.
    fn of(messages: &Messages, count: u32) -> Result<Option<Self>, FsError> {
        let place = messages.number_place()?;
        Ok(place.map(|place| Self {
            place,
            text: count.to_string(),
        }))
    }

    /// By how many bytes it is longer than before.
    fn longer(&self) -> i64 {
        let length = self.place.end - self.place.start;
        i64::try_from(self.text.len()).unwrap_or_default()
            - i64::try_from(length).unwrap_or_default()
    }
}

/// Copies a part of the source, with the new number if that is in it.
fn append_numbered<F: File>(
    copy: &mut Copy<F>,
    name: &str,
    source: &dyn Bytes,
    part: Range<u64>,
    number: Option<&Number>,
) -> Result<(), Error> {
    let Some(Number { place, text }) = number.filter(|number| part.contains(&number.place.start))
    else {
        return copy.append(name, source, &part);
    };
    copy.append(name, source, &(part.start..place.start))?;
    copy.write(name, text.as_bytes())?;
    copy.append(name, source, &(place.end..part.end))
}

/// Copies these parts of the live file, each after a comma, in few calls of the host however many
/// there are.
fn append_parts<F: File>(
    copy: &mut Copy<F>,
    name: &str,
    live: &Messages,
    parts: &[Range<u64>],
) -> Result<(), Error> {
    let mut rest = parts;
    let mut buffer = Vec::new();
    let stopped = each_chunk(live.file, &live.elements, &mut |start, chunk| {
        let end = start + chunk.len() as u64;
        let within = |at: u64| usize::try_from(at.clamp(start, end) - start).unwrap_or_default();
        while let Some((part, more)) = rest.split_first().filter(|(part, _)| part.start < end) {
            if part.start >= start {
                buffer.push(b',');
            }
            buffer.extend_from_slice(&chunk[within(part.start)..within(part.end)]);
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
