//! Puts a file's bytes in the live file's place, once this has been decided. The copy is staged,
//! judged again, synced and renamed, or linked if there is no live file. Then the directory is
//! synced. Whenever this stops, the live file is the old one or the restored one, whole.

mod attempt;
mod copy;
mod keep;
mod merge;
mod take_away;

pub use attempt::create_first;
pub use keep::{are_equal, too_long_to_keep};
pub use take_away::take_away;

use super::done::Done;
use super::source::Source;
use crate::answer::{Action, Error, ErrorCode, FileState};
use crate::claim::Claim;
use crate::count::Counter;
use crate::directory::{Directory, File, FsError, WHOLE, file_id_of};
use crate::listing::look_up;
use crate::remove::remove;
use crate::session::SessionId;
use crate::verdict::inspect::Inspection;
use crate::verdict::judge::{messages_of, read};
use crate::verdict::mend::remains;
use attempt::{CHANGED, Restore, Stop};
use copy::{Copy, cannot_read, cannot_write};

/// How often a staging file is made again, if another run's clean-up removes it.
const ATTEMPTS: u32 = 10;
/// How often a live file is opened again that became another file with the same bytes.
const REOPENINGS: u32 = 3;

/// Restores a session, and says what happened.
pub fn replace<D: Directory>(
    directory: &D,
    id: &SessionId,
    inspection: &Inspection<D::File>,
    source: Source,
    kept: Option<&[u32]>,
) -> Done {
    let mut restore = Restore {
        directory,
        id,
        inspection,
        reopened: None,
        source: &source,
        kept,
    };
    let mut done = restore.carry_out(Restore::attempt, "restored");
    if done.action != Action::Failed {
        done.source = Some(source);
    }
    done
}

/// The source's bytes are in place, or the live file's name is free.
struct Placed {
    /// The name of the file that holds what they replaced.
    kept: Option<String>,
    /// Why the staging file's own name could not be removed.
    stuck: Option<Error>,
}

/// One attempt of a restore.
type Attempt<R, D> = fn(&R, &mut Claim<D>) -> Result<Placed, Stop>;

impl<D: Directory> Restore<'_, D> {
    /// Makes attempts under the session's claim, and says what happened. `what` is what the live
    /// file is after it.
    fn carry_out(&mut self, attempt: Attempt<Self, D>, what: &str) -> Done {
        let mut claim = Claim::of(self.directory, self.id);
        let placed = self.run(attempt, &mut claim);
        let still_claimed = claim.release().err();
        let mut done = match placed {
            Ok(Placed { kept, stuck }) => {
                let mut done = self.confirm(what);
                done.kept = kept;
                done.errors.extend(stuck);
                done
            }
            Err(errors) => Done::failed(errors),
        };
        done.errors.extend(still_claimed);
        done
    }

    /// Puts the source in place, and gives the name of the kept file. On failure the live file is
    /// as it was. There is more than one error if cleaning up failed too.
    fn run(
        &mut self,
        attempt: Attempt<Self, D>,
        claim: &mut Claim<D>,
    ) -> Result<Placed, Vec<Error>> {
        let mut reopenings = 0;
        for _ in 0..ATTEMPTS {
            match attempt(self, claim) {
                Ok(placed) => return Ok(placed),
                Err(Stop::StagingTaken) => {}
                Err(Stop::Failed(errors)) => {
                    if reopenings == REOPENINGS || !is_changed(&errors) || !self.reopen() {
                        return Err(errors);
                    }
                    reopenings += 1;
                }
            }
        }
        Err(vec![
            self.changed("other runs removed its staging file each time"),
        ])
    }

    /// Opens the live file again if it is now another file with the same bytes. A layered file
    /// system (overlayfs) copies a file up to give it a second name or to take its name away. The
    /// copy has another identity.
    fn reopen(&mut self) -> bool {
        let Some(judged) = self.live() else {
            return false;
        };
        let Ok(file) = self.directory.open(&self.id.live_name()) else {
            return false;
        };
        let is_another = file
            .file_id()
            .is_ok_and(|file_id| judged.file_id() != Ok(file_id));
        let is_same = is_another && are_equal(judged, &file).unwrap_or(false);
        if is_same {
            self.reopened = Some(file);
        }
        is_same
    }

    /// Makes the rename durable.
    fn confirm(&self, what: &str) -> Done {
        match self.directory.sync() {
            Ok(()) => Action::Restored.into(),
            Err(fault) => Done {
                errors: vec![self.unconfirmed(what, &fault)],
                ..Action::RestoredUnconfirmed.into()
            },
        }
    }

    fn attempt(&self, claim: &mut Claim<D>) -> Result<Placed, Stop> {
        let (staging, name) = self.create()?;
        let kept = self.fill_and_keep(&staging, &name);
        let committed = kept.and_then(|kept| {
            self.claim(claim)?;
            let committed = self.commit(&name, kept.as_deref());
            let stuck = committed.or_else(|stop| self.unless_placed(stop, &staging))?;
            Ok(Placed { kept, stuck })
        });
        committed.map_err(|stop| self.clean_up(stop, &name))
    }

    /// Fills the staging file and keeps the live file, both durably.
    fn fill_and_keep(&self, staging: &D::File, name: &str) -> Result<Option<String>, Stop> {
        let source = self.directory.open(&self.source.name);
        let source = source.map_err(|fault| cannot_read(&self.source.name, &fault))?;
        self.fill(&source, staging)?;
        self.look_again()?;
        if self.source.merged > 0 {
            self.require_all(name)?;
        }
        let kept = self.keep()?;
        self.sync_names()?;
        self.require_same_source(&source)?;
        Ok(kept)
    }

    /// Opens the live file once more. A host may take the live file that was opened last for the
    /// judged one, and a source may have the name of another live file.
    fn look_again(&self) -> Result<(), Stop> {
        let Some(judged) = self.live() else {
            return Ok(());
        };
        let live = self.id.live_name();
        let cannot =
            |fault: FsError| fault.while_reading(&format!("{live} cannot be opened again"));
        let opened = match self.directory.open(&live) {
            Err(FsError::NotFound) => return Err(self.changed("it is gone").into()),
            opened => opened.map_err(cannot)?,
        };
        let is_same = opened.file_id().map_err(cannot)? == judged.file_id().map_err(cannot)?;
        if is_same {
            Ok(())
        } else {
            Err(self.changed(CHANGED).into())
        }
    }

    /// Fails unless the session is this run's to restore.
    fn claim(&self, claim: &mut Claim<D>) -> Result<(), Stop> {
        let live = self.id.live_name();
        match claim.hold() {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.changed("another run is restoring it").into()),
            Err(fault) => Err(fault
                .while_writing(&format!("The claim for {live} cannot be created"))
                .into()),
        }
    }

    /// Copies the source to the staging file and syncs it. The copied bytes are judged again: they
    /// must be what was judged before.
    fn fill(&self, source: &D::File, staging: &D::File) -> Result<(), Stop> {
        let name = &self.source.name;
        let cannot_read = |fault| cannot_read(name, &fault);
        let salvaged = self.source.salvaged.map(|_| remains(source, self.id));
        let salvaged = salvaged.transpose().map_err(cannot_read)?;
        let formed = salvaged.as_ref().map(|remains| remains.whole(source));
        let mut copy = Copy::to(staging);
        let added = match (self.source.merged, &formed) {
            (0, None) => copy.append(name, source, &WHOLE).map(|()| 0)?,
            (0, Some(formed)) => copy.append(name, formed, &WHOLE).map(|()| 0)?,
            (_, None) => self.merge(&mut copy, source, messages_of(source))?,
            (_, Some(formed)) => self.merge(&mut copy, formed, Some(formed.messages()))?,
        };
        if !self.is_as_judged(copy.counter, added) {
            return Err(self
                .changed(&format!("{name} changed while it was copied"))
                .into());
        }
        let synced = staging.sync();
        synced.map_err(|fault| cannot_write(name, &fault).into())
    }

    /// Whether the copy is the source as it was judged, plus `added` bytes.
    fn is_as_judged(&self, copied: Counter, added: i64) -> bool {
        let Source {
            judged,
            salvaged,
            merged,
            ..
        } = self.source;
        if let Some(messages) = salvaged {
            return self.is_as_salvaged(copied, messages.saturating_add(*merged));
        }
        let mut state = judged.state.clone();
        if let FileState::Readable { messages, .. } = &mut state {
            *messages = messages.saturating_add(*merged);
        }
        let is_as_long = |bytes: u64| bytes.checked_add_signed(added) == Some(copied.fed());
        judged.bytes.is_none_or(is_as_long) && state == copied.finish().into()
    }

    /// Whether the copy is a session with so many messages. If the live file is readable, every
    /// interpreter must read the copy too.
    fn is_as_salvaged(&self, copied: Counter, expected: u32) -> bool {
        let is_live_readable = self.inspection.status.live.messages().is_some();
        copied.finish().is_ok_and(|count| {
            count.messages == expected && !(is_live_readable && count.caveat.is_some())
        })
    }

    /// Makes the kept name durable before the live file loses its own, and the staging file's name
    /// before it is taken away again.
    fn sync_names(&self) -> Result<(), Stop> {
        let what = || {
            format!(
                "{} was not replaced, because the directory cannot be synced",
                self.id.live_name()
            )
        };
        let synced = self.directory.sync();
        synced.map_err(|fault| fault.while_writing(&what()).into())
    }

    /// Fails unless the source's name still stands for the file that was copied.
    fn require_same_source(&self, source: &D::File) -> Result<(), Stop> {
        let name = &self.source.name;
        let found = file_id_of(self.directory, name);
        let found = found.map_err(|fault| cannot_read(name, &fault))?;
        let copied = source
            .file_id()
            .map_err(|fault| cannot_read(name, &fault))?;
        if found == Some(copied) {
            Ok(())
        } else {
            let what = format!("{name} was replaced at the same time");
            Err(self.changed(&what).into())
        }
    }

    /// Gives the staging file the live file's name, if that is still the file that was judged.
    fn commit(&self, staging: &str, kept: Option<&str>) -> Result<Option<Error>, Stop> {
        let live = self.id.live_name();
        self.require_unchanged(&live, kept)?;
        if self.live().is_none() {
            return self.commit_new(staging, &live);
        }
        self.rename(staging, &live)?;
        Ok(None)
    }

    /// Fails unless the live file is the one that was judged.
    fn require_unchanged(&self, live: &str, kept: Option<&str>) -> Result<(), Stop> {
        let is_same = self.is_live_unchanged(live, kept);
        let cannot =
            |fault: FsError| fault.while_reading(&format!("{live} cannot be checked again"));
        if is_same.map_err(cannot)? {
            Ok(())
        } else {
            Err(self.changed(CHANGED).into())
        }
    }

    /// Handles a host that failed after it had given the live file's name to the staging file,
    /// because another run took what came out. Gives the warning for that case.
    fn unless_placed(&self, stop: Stop, staging: &D::File) -> Result<Option<Error>, Stop> {
        let file_id = staging.file_id();
        let live = self.id.live_name();
        match stop {
            Stop::Failed(_) if file_id.is_ok() && self.directory.file_id(&live) == file_id => {}
            stop => return Err(stop),
        }
        Ok(match self.taken() {
            Ok(None) => None,
            Ok(Some(name)) => Some(
                Error::new(
                    ErrorCode::Changed,
                    format!("{live} is restored. Another program saved it at the same time. That program's file is now {name}."),
                )
                .remedied_by("Compare the two files."),
            ),
            Err(error) => Some(error),
        })
    }

    /// What another run took, if that is not what was judged.
    fn taken(&self) -> Result<Option<String>, Error> {
        let names = look_up(self.directory, self.id)?;
        let known = self.kept.unwrap_or_default().iter().max().copied();
        let kept = names.listed.kept.into_iter();
        let kept = kept.filter(|number| Some(*number) > known);
        let exchanged = names.leftovers.into_iter();
        let mut taken = exchanged
            .filter(|name| self.id.owns_exchange(name))
            .chain(kept.filter_map(|number| self.id.kept_name(number)));
        Ok(taken.find(|name| !self.holds_judged(name)))
    }

    /// Whether a file holds what the judged one does, or is gone.
    fn holds_judged(&self, name: &str) -> bool {
        match (self.directory.open(name), self.live()) {
            (Err(FsError::NotFound), _) => true,
            (Ok(file), Some(judged)) => are_equal(judged, &file).unwrap_or(false),
            _ => false,
        }
    }

    /// Does so if there is no live file. If the application creates one in the meantime, it stays:
    /// a link never replaces a file.
    fn commit_new(&self, staging: &str, live: &str) -> Result<Option<Error>, Stop> {
        match self.directory.link(staging, live) {
            Ok(()) => Ok(remove(self.directory, staging).err()),
            Err(FsError::Exists) => Err(self.changed(CHANGED).into()),
            Err(FsError::NotFound) => Err(Stop::StagingTaken),
            // Some file systems have no second names.
            Err(_) => self.rename(staging, live).map(|()| None),
        }
    }

    fn rename(&self, staging: &str, live: &str) -> Result<(), Stop> {
        let renamed = self.directory.rename(staging, live);
        renamed.map_err(|fault| match fault {
            FsError::NotFound => Stop::StagingTaken,
            fault => fault
                .while_replacing(&format!("{live} cannot be replaced"))
                .into(),
        })
    }

    /// Whether the judged file still reads as it did, its bytes are kept, and the name still stands
    /// for it. The name comes last, as the application saves by renaming.
    fn is_live_unchanged(&self, name: &str, kept: Option<&str>) -> Result<bool, FsError> {
        let judged = match self.live() {
            Some(file) if !self.reads_as_judged(file, kept)? => return Ok(false),
            Some(file) => Some(file.file_id()?),
            None => None,
        };
        Ok(file_id_of(self.directory, name)? == judged)
    }

    /// Whether the live file reads as it did, and as what is kept of it if that is a file of its
    /// own. The live file's bytes come last: it may be written to.
    fn reads_as_judged(&self, live: &D::File, kept: Option<&str>) -> Result<bool, FsError> {
        let copy = match kept {
            Some(kept) if self.directory.file_id(kept)? != live.file_id()? => {
                Some(self.directory.open(kept)?)
            }
            _ => None,
        };
        let (found, judged) = (read(live), &self.inspection.status.live);
        if found.state != judged.state || found.bytes != judged.bytes {
            return Ok(false);
        }
        copy.map_or(Ok(true), |copy| are_equal(&copy, live))
    }

    fn unconfirmed(&self, what: &str, fault: &FsError) -> Error {
        let what = format!(
            "{} is {what}, but the directory cannot be synced",
            self.id.live_name()
        );
        fault.while_writing(&what)
    }
}

fn is_changed(errors: &[Error]) -> bool {
    let first = errors.first();
    first.is_some_and(|error| error.code == ErrorCode::Changed)
}
