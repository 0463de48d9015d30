//! Adds what stands in the live file alone to the copy of its backup.

use super::copy::{Copy, cannot_read};
use super::{CHANGED, Restore, Stop};
use crate::answer::Error;
use crate::compare::{Comparison, Messages};
use crate::directory::{Directory, Fault};
use crate::inspect::messages_of;

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
        for part in &parts {
            copy.write(&live_name, b",")?;
            copy.append(&live_name, live.file, part)?;
        }
        let added = copy.counter.fed().saturating_sub(end);
        copy.append(name, source, &(end..u64::MAX))?;
        Ok(added)
    }

    fn live_messages(&self) -> Result<Messages<'_, D::File>, Error> {
        let live = self.inspection.live.as_ref();
        live.and_then(messages_of)
            .ok_or_else(|| self.changed("it is damaged"))
    }

    /// Fails unless the staging file holds all messages that are now in the live
    /// file: that may have been written to while they were merged.
    pub fn require_all(&self, staging: &str) -> Result<(), Stop> {
        let cannot_read = |fault: Fault| cannot_read(staging, &fault);
        let staged = self.directory.open(staging).map_err(cannot_read)?;
        let staged = messages_of(&staged).ok_or_else(|| self.changed(CHANGED))?;
        let comparison = Comparison::of(&self.live_messages()?, &staged).map_err(cannot_read)?;
        match comparison.map(|comparison| comparison.live_only()) {
            Some(0) => Ok(()),
            _ => Err(self.changed(CHANGED).into()),
        }
    }
}
