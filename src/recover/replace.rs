//! Puts a backup in its live file's place, when it has been decided: staged,
//! judged again, synced, renamed, synced. Whenever this stops, for whatever
//! reason, the live file is the old one or the restored one, whole.

mod keep;

use std::ops::ControlFlow;

use super::{Done, remove_leftovers};
use crate::answer::{Action, Error, ErrorCode};
use crate::count::Counter;
use crate::directory::{Directory, Fault, File, each_piece};
use crate::inspect::{Inspection, read};
use crate::session::{SessionId, staging_name};

/// How often a staging file is made anew, after another run's clean-up took it.
const ATTEMPTS: u32 = 3;
/// How many names are tried for a staging file before it has its own.
const FIRST_NAMES: u128 = 1000;

/// Restores a session, and tells what came of it.
pub fn replace<D: Directory>(
    directory: &D,
    id: &SessionId,
    inspection: &Inspection<D::File>,
    kept: Option<&[u32]>,
) -> Done {
    let restore = Restore {
        directory,
        id,
        inspection,
        kept,
    };
    match restore.run() {
        Ok(kept) => restore.confirm(kept),
        Err(errors) => Done::failed(errors),
    }
}

/// One restore that is due.
struct Restore<'a, D: Directory> {
    directory: &'a D,
    id: &'a SessionId,
    inspection: &'a Inspection<D::File>,
    /// The numbers of the files kept before, unless the live file is to be
    /// discarded.
    kept: Option<&'a [u32]>,
}

/// How an attempt ended, with the staging file cleaned up.
enum Attempt {
    /// Another run took the staging file for a leftover.
    StagingTaken,
    Failed(Vec<Error>),
}

/// How an attempt ended, with the staging file still to be cleaned up.
enum Stop {
    StagingTaken,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl<D: Directory> Restore<'_, D> {
    /// Puts the backup in place; gives where the live file is kept. On failure
    /// the live file is as it was; there is more than one error where cleaning up
    /// failed too.
    fn run(&self) -> Result<Option<String>, Vec<Error>> {
        for _ in 0..ATTEMPTS {
            match self.attempt() {
                Ok(kept) => return Ok(kept),
                Err(Attempt::StagingTaken) => {}
                Err(Attempt::Failed(errors)) => return Err(errors),
            }
        }
        Err(vec![self.changed(
            "another run removed its staging file again and again",
        )])
    }

    /// Makes the rename durable.
    fn confirm(&self, kept: Option<String>) -> Done {
        let done = match self.directory.sync() {
            Ok(()) => Action::Restored.into(),
            Err(fault) => Done {
                errors: vec![self.unconfirmed(&fault)],
                ..Action::RestoredUnconfirmed.into()
            },
        };
        Done { kept, ..done }
    }

    fn attempt(&self) -> Result<Option<String>, Attempt> {
        let (staging, name) = self.create()?;
        let committed = self
            .fill(&staging)
            .and_then(|()| self.keep_and_commit(&name));
        committed.map_err(|stop| self.clean_up(stop, &name))
    }

    fn keep_and_commit(&self, staging: &str) -> Result<Option<String>, Stop> {
        let kept = self.keep()?;
        self.commit(staging)?;
        Ok(kept)
    }

    /// Creates the staging file under a name that no other run can give while
    /// this one has the file open, because it is made of the file's own mark.
    /// So what is renamed over the live file later is this file or nothing.
    fn create(&self) -> Result<(D::File, String), Attempt> {
        let cannot = |fault: Fault| {
            fault.while_writing(&format!("A staging file for {} cannot be created", self.id))
        };
        let (file, first_name) = self
            .create_first()
            .map_err(|fault| Attempt::Failed(vec![cannot(fault)]))?;
        let mark = file
            .mark()
            .map_err(|fault| self.clean_up(cannot(fault).into(), &first_name))?;
        let name = staging_name(mark);
        match self.directory.rename(&first_name, &name) {
            Ok(()) => {}
            Err(Fault::NotFound) => return Err(self.clean_up(Stop::StagingTaken, &first_name)),
            Err(fault) => return Err(self.clean_up(cannot(fault).into(), &first_name)),
        }
        match self.directory.mark(&name) {
            Ok(found) if found == mark => Ok((file, name)),
            Ok(_) | Err(Fault::NotFound) => Err(self.clean_up(Stop::StagingTaken, &name)),
            Err(fault) => Err(self.clean_up(cannot(fault).into(), &name)),
        }
    }

    /// Creates a new file under the first staging name that is free.
    fn create_first(&self) -> Result<(D::File, String), Fault> {
        for number in 0..FIRST_NAMES {
            let name = staging_name(number);
            match self.directory.create(&name) {
                Err(Fault::Exists) => {}
                created => return Ok((created?, name)),
            }
        }
        Err(Fault::Exists)
    }

    /// Copies the backup to the staging file and syncs it. The copied bytes are
    /// judged again: they must be what was judged before.
    fn fill(&self, staging: &D::File) -> Result<(), Stop> {
        let name = self.id.backup_name();
        let cannot_read = |fault: Fault| fault.while_reading(&format!("{name} cannot be copied"));
        let cannot_write =
            |fault: Fault| fault.while_writing(&format!("The copy of {name} cannot be written"));

        let backup = self.directory.open(&name).map_err(cannot_read)?;
        let mut counter = Counter::default();
        let stopped = each_piece(&backup, |offset, bytes| {
            counter.feed(bytes);
            match write_all(staging, offset, bytes) {
                Ok(()) => ControlFlow::Continue(()),
                Err(fault) => ControlFlow::Break(fault),
            }
        });
        if let Some(fault) = stopped.map_err(cannot_read)? {
            return Err(cannot_write(fault).into());
        }

        let judged = &self.inspection.status.backup;
        if judged.bytes != Some(counter.fed()) || judged.state != counter.finish().into() {
            return Err(self
                .changed(&format!("{name} changed while it was copied"))
                .into());
        }
        staging.sync().map_err(|fault| cannot_write(fault).into())
    }

    /// Renames the staging file over the live file, if that is still the one
    /// that was judged.
    fn commit(&self, staging: &str) -> Result<(), Stop> {
        let live = self.id.live_name();
        let is_same = self
            .is_live_unchanged(&live)
            .map_err(|fault| fault.while_reading(&format!("{live} cannot be checked again")))?;
        if !is_same {
            return Err(self.changed("it changed in the meantime").into());
        }
        self.directory
            .rename(staging, &live)
            .map_err(|fault| match fault {
                Fault::NotFound => Stop::StagingTaken,
                fault => fault
                    .while_writing(&format!("{live} cannot be replaced"))
                    .into(),
            })
    }

    /// Whether the judged file still reads as it did, and the name still stands
    /// for it. The name comes last, as the application saves by renaming.
    fn is_live_unchanged(&self, name: &str) -> Result<bool, Fault> {
        let judged = match &self.inspection.live {
            Some(file) if read(file) != self.inspection.status.live => return Ok(false),
            Some(file) => Some(file.mark()?),
            None => None,
        };
        match self.directory.mark(name) {
            Ok(mark) => Ok(judged == Some(mark)),
            Err(Fault::NotFound) => Ok(judged.is_none()),
            Err(fault) => Err(fault),
        }
    }

    /// Removes the staging file of an attempt that stopped.
    fn clean_up(&self, stop: Stop, staging: &str) -> Attempt {
        let stuck = remove_leftovers(self.directory, &[staging.to_owned()]);
        match stop {
            Stop::StagingTaken => Attempt::StagingTaken,
            Stop::Failed(error) => Attempt::Failed([vec![error], stuck].concat()),
        }
    }

    fn changed(&self, what: &str) -> Error {
        let live = self.id.live_name();
        Error::new(
            ErrorCode::Changed,
            format!(
                "{live} was not replaced: {what}. \
                 Remedy: run again when no other program is at work in the directory."
            ),
        )
    }

    fn unconfirmed(&self, fault: &Fault) -> Error {
        let what = format!(
            "{} is restored, but the directory cannot be synced",
            self.id.live_name()
        );
        fault.while_writing(&what)
    }
}

/// Writes all of `bytes` at `offset`, however little the host takes at a time.
fn write_all(file: &impl File, mut offset: u64, mut bytes: &[u8]) -> Result<(), Fault> {
    while !bytes.is_empty() {
        let written = file.write(offset, bytes)?;
        if written == 0 {
            return Err(Fault::Io("the host writes no bytes".to_owned()));
        }
        offset += written as u64;
        bytes = &bytes[written..];
    }
    Ok(())
}
