//! Puts a file's bytes in the live file's place, when it has been decided: staged,
//! judged again, synced, renamed (or linked, where there is none), synced. Whenever this stops, for whatever
//! reason, the live file is the old one or the restored one, whole.

mod claim;
mod copy;
mod keep;
mod merge;

pub use keep::{are_equal, too_long_to_keep};

use super::Done;
use super::leftovers::remove;
use crate::answer::{self, Action, Error, ErrorCode, FileState};
use crate::count::Counter;
use crate::directory::{Directory, Fault, File, WHOLE, mark_of};
use crate::inspect::Inspection;
use crate::judge::read;
use crate::listing::look_up;
use crate::session::{SessionId, staging_name};
use claim::Claim;
use copy::{Copy, cannot_read, cannot_write};

/// How often a staging file is made anew, after another run's clean-up took it.
const ATTEMPTS: u32 = 10;
/// How often a live file is opened anew that became another one with the same bytes.
const REOPENINGS: u32 = 3;
/// How many names are tried for a staging file before it has its own.
const FIRST_NAMES: u128 = 1000;

/// Creates a new file under the first staging name that is free.
pub fn create_first<D: Directory>(directory: &D) -> Result<(D::File, String), Fault> {
    for number in 0..FIRST_NAMES {
        let name = staging_name(number);
        match directory.create(&name) {
            Err(Fault::Exists) => {}
            created => return Ok((created?, name)),
        }
    }
    Err(Fault::Exists)
}

/// What is to be put in the live file's place.
pub struct Source {
    /// The file whose bytes it is.
    pub name: String,
    /// What they were judged to be.
    pub judged: answer::File,
    /// How many messages of the live file are to be added to its messages.
    pub merged: u32,
}

/// Restores a session, and tells what came of it.
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
    let mut claim = Claim::of(directory, id);
    let placed = restore.run(&mut claim);
    let still_claimed = claim.release().err();
    let mut done = match placed {
        Ok(Placed { kept, stuck }) => {
            let mut done = restore.confirm();
            done.kept = kept;
            done.errors.extend(stuck);
            done
        }
        Err(errors) => Done::failed(errors),
    };
    done.errors.extend(still_claimed);
    if done.action != Action::Failed {
        done.source = Some(source);
    }
    done
}

/// One restore that is due.
struct Restore<'a, D: Directory> {
    directory: &'a D,
    id: &'a SessionId,
    inspection: &'a Inspection<D::File>,
    /// The live file as it was opened anew.
    reopened: Option<D::File>,
    source: &'a Source,
    /// The numbers of the files kept before, unless the live file is to be
    /// discarded.
    kept: Option<&'a [u32]>,
}

/// The source's bytes are in place.
struct Placed {
    /// The name of the file that holds what they replaced.
    kept: Option<String>,
    /// Why the staging file's own name could not be removed.
    stuck: Option<Error>,
}

/// Why an attempt stopped.
enum Stop {
    /// Another run took the staging file for a leftover.
    StagingTaken,
    Failed(Vec<Error>),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(vec![error])
    }
}

impl<D: Directory> Restore<'_, D> {
    /// Puts the source in place; gives where the live file is kept. On failure
    /// the live file is as it was; there is more than one error where cleaning up
    /// failed too.
    fn run(&mut self, claim: &mut Claim<D>) -> Result<Placed, Vec<Error>> {
        let mut reopenings = 0;
        for _ in 0..ATTEMPTS {
            match self.attempt(claim) {
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
        Err(vec![self.changed(
            "another run removed its staging file again and again",
        )])
    }

    /// Opens the live file anew if it is another one by now and holds the same bytes: where
    /// a layered file system (overlayfs) copies a file up, to give it a second name or to
    /// take its name away, it gets another identity.
    fn reopen(&mut self) -> bool {
        let Some(judged) = self.live() else {
            return false;
        };
        let Ok(file) = self.directory.open(&self.id.live_name()) else {
            return false;
        };
        let is_another = file.mark().is_ok_and(|mark| judged.mark() != Ok(mark));
        let is_same = is_another && are_equal(judged, &file).unwrap_or(false);
        if is_same {
            self.reopened = Some(file);
        }
        is_same
    }

    /// The live file that was judged, if there is one.
    fn live(&self) -> Option<&D::File> {
        self.reopened
            .as_ref()
            .or(self.inspection.live.file.as_ref())
    }

    /// Makes the rename durable.
    fn confirm(&self) -> Done {
        match self.directory.sync() {
            Ok(()) => Action::Restored.into(),
            Err(fault) => Done {
                errors: vec![self.unconfirmed(&fault)],
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
        if self.source.merged > 0 {
            self.require_all(name)?;
        }
        let kept = self.keep()?;
        self.sync_names()?;
        self.require_same_source(&source)?;
        Ok(kept)
    }

    /// Fails unless the session is this run's to restore.
    fn claim(&self, claim: &mut Claim<D>) -> Result<(), Stop> {
        let live = self.id.live_name();
        match claim.hold() {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.changed("another run is restoring it").into()),
            Err(fault) => Err(fault
                .while_writing(&format!("{live} cannot be claimed"))
                .into()),
        }
    }

    /// Creates the staging file under a name that no other run can give while
    /// this one has the file open, because it is made of the file's own mark.
    /// So what is renamed over the live file later is this file or nothing.
    fn create(&self) -> Result<(D::File, String), Stop> {
        let cannot = |fault: Fault| {
            fault.while_writing(&format!("A staging file for {} cannot be created", self.id))
        };
        let (file, first_name) = create_first(self.directory).map_err(cannot)?;
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

    /// Copies the source to the staging file and syncs it. The copied bytes are
    /// judged again: they must be what was judged before.
    fn fill(&self, source: &D::File, staging: &D::File) -> Result<(), Stop> {
        let name = &self.source.name;
        let mut copy = Copy::to(staging);
        let added = if self.source.merged == 0 {
            copy.append(name, source, &WHOLE)?;
            0
        } else {
            self.merge(&mut copy, source)?
        };
        if !self.is_as_judged(copy.counter, added) {
            return Err(self
                .changed(&format!("{name} changed while it was copied"))
                .into());
        }
        let synced = staging.sync();
        synced.map_err(|fault| cannot_write(name, &fault).into())
    }

    /// Whether what was copied is the source as it was judged, and so many bytes
    /// longer.
    fn is_as_judged(&self, copied: Counter, added: i64) -> bool {
        let Source { judged, merged, .. } = self.source;
        let mut state = judged.state.clone();
        if let FileState::Readable { messages, .. } = &mut state {
            *messages = messages.saturating_add(*merged);
        }
        let is_as_long = |bytes: u64| bytes.checked_add_signed(added) == Some(copied.fed());
        judged.bytes.is_none_or(is_as_long) && state == copied.finish().into()
    }

    /// Makes the kept name durable before the live file loses its own, and the
    /// staging file's name before it is taken away again.
    fn sync_names(&self) -> Result<(), Stop> {
        let what = || format!("{} cannot be replaced safely", self.id.live_name());
        let synced = self.directory.sync();
        synced.map_err(|fault| fault.while_writing(&what()).into())
    }

    /// Fails unless the source's name still stands for the file that was copied.
    fn require_same_source(&self, source: &D::File) -> Result<(), Stop> {
        let name = &self.source.name;
        let found = mark_of(self.directory, name);
        let found = found.map_err(|fault| cannot_read(name, &fault))?;
        let copied = source.mark().map_err(|fault| cannot_read(name, &fault))?;
        if found == Some(copied) {
            Ok(())
        } else {
            let what = format!("{name} was replaced in the meantime");
            Err(self.changed(&what).into())
        }
    }

    /// Gives the staging file the live file's name, if that is still the file that
    /// was judged.
    fn commit(&self, staging: &str, kept: Option<&str>) -> Result<Option<Error>, Stop> {
        let live = self.id.live_name();
        let is_same = self
            .is_live_unchanged(&live, kept)
            .map_err(|fault| fault.while_reading(&format!("{live} cannot be checked again")))?;
        if !is_same {
            return Err(self.changed(CHANGED).into());
        }
        if self.live().is_none() {
            return self.commit_new(staging, &live);
        }
        self.rename(staging, &live)?;
        Ok(None)
    }

    /// Whether a host failed that had given the live file's name to the staging file, as
    /// another run took what came out; gives what is to be told then.
    fn unless_placed(&self, stop: Stop, staging: &D::File) -> Result<Option<Error>, Stop> {
        let mark = staging.mark();
        let live = self.id.live_name();
        match stop {
            Stop::Failed(_) if mark.is_ok() && self.directory.mark(&live) == mark => {}
            stop => return Err(stop),
        }
        Ok(match self.taken() {
            Ok(None) => None,
            Ok(Some(name)) => Some(
                Error::new(
                    ErrorCode::Changed,
                    format!("{live} is restored. What another program had saved in its place is now in {name}."),
                )
                .remedied_by("Compare the two."),
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
            (Err(Fault::NotFound), _) => true,
            (Ok(file), Some(judged)) => are_equal(judged, &file).unwrap_or(false),
            _ => false,
        }
    }

    /// Does so where there is no live file: one that the application makes
    /// meanwhile stays, as no second name is given that something bears.
    fn commit_new(&self, staging: &str, live: &str) -> Result<Option<Error>, Stop> {
        match self.directory.link(staging, live) {
            Ok(()) => Ok(remove(self.directory, staging).err()),
            Err(Fault::Exists) => Err(self.changed(CHANGED).into()),
            Err(Fault::NotFound) => Err(Stop::StagingTaken),
            // There are file systems without second names.
            Err(_) => self.rename(staging, live).map(|()| None),
        }
    }

    fn rename(&self, staging: &str, live: &str) -> Result<(), Stop> {
        let renamed = self.directory.rename(staging, live);
        renamed.map_err(|fault| match fault {
            Fault::NotFound => Stop::StagingTaken,
            fault => fault
                .while_replacing(&format!("{live} cannot be replaced"))
                .into(),
        })
    }

    /// Whether the judged file still reads as it did, its bytes are kept, and the
    /// name still stands for it. The name comes last, as the application saves by
    /// renaming.
    fn is_live_unchanged(&self, name: &str, kept: Option<&str>) -> Result<bool, Fault> {
        let judged = match self.live() {
            Some(file) if !self.reads_as_judged(file, kept)? => return Ok(false),
            Some(file) => Some(file.mark()?),
            None => None,
        };
        Ok(mark_of(self.directory, name)? == judged)
    }

    /// Whether the live file reads as it did, and as what is kept of it if that is
    /// a file of its own. The live file's bytes come last: it may be written to.
    fn reads_as_judged(&self, live: &D::File, kept: Option<&str>) -> Result<bool, Fault> {
        let copy = match kept {
            Some(kept) if self.directory.mark(kept)? != live.mark()? => {
                Some(self.directory.open(kept)?)
            }
            _ => None,
        };
        if read(live) != self.inspection.status.live {
            return Ok(false);
        }
        copy.map_or(Ok(true), |copy| are_equal(&copy, live))
    }

    /// Removes the staging file of an attempt that stopped; gives why it stopped, with the error
    /// if the file could not be removed.
    fn clean_up(&self, mut stop: Stop, staging: &str) -> Stop {
        let stuck = remove(self.directory, staging).err();
        if let Stop::Failed(errors) = &mut stop {
            errors.extend(stuck);
        }
        stop
    }

    fn changed(&self, what: &str) -> Error {
        let live = self.id.live_name();
        Error::new(
            ErrorCode::Changed,
            format!("{live} was not replaced: {what}."),
        )
        .remedied_by("Run the same command again when no other program is at work in the directory.")
    }

    fn unconfirmed(&self, fault: &Fault) -> Error {
        let what = format!(
            "{} is restored, but the directory cannot be synced",
            self.id.live_name()
        );
        fault.while_writing(&what)
    }
}

fn is_changed(errors: &[Error]) -> bool {
    let first = errors.first();
    first.is_some_and(|error| error.code == ErrorCode::Changed)
}

const CHANGED: &str = "it changed in the meantime";
