//! Puts a backup in its live file's place. Whenever this stops, for whatever
//! reason, the live file is the old one or the restored one, whole.

use std::ops::ControlFlow;

use crate::answer::{
    Action, Error, ErrorCode, FileState, Outcome, ProblemKind, Recommendation, Status,
};
use crate::count::Counter;
use crate::directory::{Directory, Fault, File, each_piece};
use crate::inspect::{Inspection, inspect, read};
use crate::listing::look_up;
use crate::session::{SessionId, staging_name};

/// How often a staging file is made anew, after another run's clean-up took it.
const ATTEMPTS: u32 = 3;
/// How many names are tried for a staging file before it has its own.
const FIRST_NAMES: u128 = 1000;

/// Restores a session from its backup, if that is what should be done. Staging
/// files that interrupted runs left are removed first. One that another run is
/// still writing costs that run a second attempt, no more.
///
/// # Errors
///
/// The directory cannot be listed.
pub fn recover(directory: &impl Directory, id: &SessionId) -> Result<Outcome, Error> {
    let names = look_up(directory, id)?;
    let inspection = inspect(directory, id, &names);
    let stuck = if inspection.status.recommendation == Recommendation::Restore {
        remove_leftovers(directory, &names.leftovers)
    } else {
        Vec::new()
    };
    let mut outcome = restore(directory, id, inspection);
    outcome.errors.extend(stuck);
    Ok(outcome)
}

/// Tells what [`recover`] would do.
///
/// # Errors
///
/// The directory cannot be listed.
pub fn preview(directory: &impl Directory, id: &SessionId) -> Result<Outcome, Error> {
    let names = look_up(directory, id)?;
    Ok(foresee(id, inspect(directory, id, &names)))
}

/// Tells what [`restore`] would do.
#[must_use]
pub fn foresee<F>(id: &SessionId, inspection: Inspection<F>) -> Outcome {
    settle(inspection, |inspection| {
        match in_the_way(id, &inspection.status) {
            Some(error) => failed(error),
            None => (Action::WouldRestore, Vec::new()),
        }
    })
}

/// Does what an inspection recommends.
pub fn restore<D: Directory>(
    directory: &D,
    id: &SessionId,
    inspection: Inspection<D::File>,
) -> Outcome {
    settle(inspection, |inspection| {
        if let Some(error) = in_the_way(id, &inspection.status) {
            return failed(error);
        }
        let restore = Restore {
            directory,
            id,
            inspection,
        };
        match restore.run() {
            Ok(()) => (Action::Restored, Vec::new()),
            Err(Stopped::Before(errors)) => (Action::Failed, errors),
            Err(Stopped::AfterRename(error)) => (Action::RestoredUnconfirmed, vec![error]),
        }
    })
}

/// Removes staging files; gives why some could not be.
pub fn remove_leftovers(directory: &impl Directory, names: &[String]) -> Vec<Error> {
    names
        .iter()
        .filter_map(|name| remove_leftover(directory, name))
        .collect()
}

/// Removes a staging file; gives why it could not be.
fn remove_leftover(directory: &impl Directory, name: &str) -> Option<Error> {
    match directory.remove(name) {
        Ok(()) | Err(Fault::NotFound) => None,
        Err(fault) => {
            Some(fault.while_writing(&format!("The staging file {name} cannot be removed")))
        }
    }
}

/// The outcome of an inspection, of which only the restore itself is open.
fn settle<F>(
    inspection: Inspection<F>,
    restore: impl FnOnce(&Inspection<F>) -> (Action, Vec<Error>),
) -> Outcome {
    let (action, errors) = if let Some(error) = unjudged(&inspection.status) {
        failed(error)
    } else if inspection.status.recommendation == Recommendation::Restore {
        restore(&inspection)
    } else {
        (Action::Nothing, Vec::new())
    };
    Outcome {
        status: inspection.status,
        action,
        errors,
    }
}

fn failed(error: Error) -> (Action, Vec<Error>) {
    (Action::Failed, vec![error])
}

/// The error for a file that the host could not read: nobody knows what a
/// restore would do.
#[must_use]
pub fn unjudged(status: &Status) -> Option<Error> {
    let files = [("json", &status.live), ("json.bak", &status.backup)];
    files
        .into_iter()
        .find_map(|(ending, file)| match &file.state {
            FileState::Undecided(problem) => {
                let code = match problem.kind {
                    ProblemKind::NoPermission => ErrorCode::NoPermission,
                    ProblemKind::Io => ErrorCode::Io,
                    ProblemKind::Other => ErrorCode::Changed,
                    _ => return None,
                };
                let name = format!("{}.{ending}", status.session_id);
                let remedy = "check its permissions and the disk, then run again";
                Some(Error::new(
                    code,
                    format!("{name}: {}. Remedy: {remedy}.", problem.message),
                ))
            }
            _ => None,
        })
}

/// The error for a live name that a restore cannot replace.
fn in_the_way(id: &SessionId, status: &Status) -> Option<Error> {
    let problem = status.live.problem()?;
    (problem.kind == ProblemKind::NotARegularFile).then(|| {
        let (name, kind) = (id.live_name(), &problem.message);
        Error::new(
            ErrorCode::NotARegularFile,
            format!(
                "{name} cannot be replaced: it is {kind}. Remedy: move it away, then run again."
            ),
        )
    })
}

/// One restore that is due.
struct Restore<'a, D: Directory> {
    directory: &'a D,
    id: &'a SessionId,
    inspection: &'a Inspection<D::File>,
}

/// Where a restore stopped.
enum Stopped {
    /// The live file is as it was. More than one error where cleaning up
    /// failed too.
    Before(Vec<Error>),
    /// The backup's bytes are in place, but maybe not for good.
    AfterRename(Error),
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
    fn run(&self) -> Result<(), Stopped> {
        for _ in 0..ATTEMPTS {
            match self.attempt() {
                Ok(()) => {
                    return self
                        .directory
                        .sync()
                        .map_err(|fault| self.unconfirmed(&fault));
                }
                Err(Attempt::StagingTaken) => {}
                Err(Attempt::Failed(errors)) => return Err(Stopped::Before(errors)),
            }
        }
        let error = self.changed("another run removed its staging file again and again");
        Err(Stopped::Before(vec![error]))
    }

    fn attempt(&self) -> Result<(), Attempt> {
        let (staging, name) = self.create()?;
        let committed = self.fill(&staging).and_then(|()| self.commit(&name));
        committed.map_err(|stop| self.clean_up(stop, &name))
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
        let removed = remove_leftover(self.directory, staging);
        match stop {
            Stop::StagingTaken => Attempt::StagingTaken,
            Stop::Failed(error) => {
                Attempt::Failed([Some(error), removed].into_iter().flatten().collect())
            }
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

    fn unconfirmed(&self, fault: &Fault) -> Stopped {
        let what = format!(
            "{} is restored, but the directory cannot be synced",
            self.id.live_name()
        );
        Stopped::AfterRename(fault.while_writing(&what))
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
