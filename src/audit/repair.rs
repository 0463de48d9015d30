//! Makes the changes of a plan, and no others, if the files have not changed since.

use super::plan::{fingerprint_for_salvage, fingerprint_of, fingerprint_of_pair, why_kept};
use crate::answer::{Action, Change, ChangeKind, Deed, Error, ErrorCode, Outcome, RepairResult};
use crate::app::index;
use crate::app::tombstones::Tombstones;
use crate::directory::{Directory, FsError, Kind};
use crate::history::{self, Run};
use crate::listing::{Listed, Listing, Survey, System};
use crate::recover::{Options, remove_leftovers, restore};
use crate::session::{INDEX, Role, SessionId};
use crate::verdict::inspect::inspect_for_sweep;
use crate::verdict::mend::Depth;

/// Makes changes, in their order. Restores are written to the history of the run.
pub fn repair(
    directory: &impl Directory,
    run: Option<&Run>,
    changes: Vec<Change>,
) -> Result<Vec<RepairResult>, Error> {
    let ids = changes
        .iter()
        .filter_map(|change| change.session_id.as_deref());
    let ids: Vec<_> = ids.filter_map(|id| SessionId::new(id).ok()).collect();
    let survey = Survey::of_some(directory, &ids)?;
    let repair = Repair {
        directory,
        run,
        tombstones: Tombstones::of(survey.system.deleted).carefully(),
        listing: Listing::from(survey.parts),
        leftovers: survey.leftovers,
        system: survey.system,
        endangered: survey.endangered,
    };
    let results = changes.into_iter().map(|change| {
        let made = repair.make(&change);
        RepairResult::of(change, made)
    });
    Ok(results.collect())
}

/// What the directory holds when the repair begins.
struct Repair<'a, D> {
    directory: &'a D,
    run: Option<&'a Run>,
    tombstones: Tombstones,
    listing: Listing,
    leftovers: Vec<String>,
    system: System,
    endangered: Option<String>,
}

/// What came of a change that was made.
struct Made {
    errors: Vec<Error>,
    kept: Option<String>,
}

impl<D: Directory> Repair<'_, D> {
    fn make(&self, change: &Change) -> Result<Made, Vec<Error>> {
        match change.kind {
            ChangeKind::Restore => self.restore(change),
            ChangeKind::Salvage => self.salvage(change),
            ChangeKind::RemoveLeftover => self.remove(change),
            ChangeKind::SetIndexAside => self.set_aside(change),
        }
    }

    fn restore(&self, change: &Change) -> Result<Made, Vec<Error>> {
        let id = change.session_id.as_deref().unwrap_or_default();
        let id = SessionId::parse(id).map_err(|error| vec![error])?;
        let listed = self.listing.get(&id);
        let Some(Listed { kinds, kept, .. }) = listed else {
            return Err(vec![changed(change)]);
        };
        let mut found = [kinds.live, kinds.backup].into_iter().flatten();
        let are_files = found.all(|kind| kind == Kind::File);
        let is_same = are_files
            && change.source == id.backup_name()
            && change.target.as_ref() == Some(&id.live_name())
            && fingerprint_of_pair(self.directory, &id)
                .is_ok_and(|fingerprint| is_as_planned(change, &fingerprint));
        if !is_same {
            return Err(vec![changed(change)]);
        }
        let told = self.put_away(&id);
        let inspection = inspect_for_sweep(
            self.directory,
            &id,
            *kinds,
            Depth::to_tell(&[]),
            &self.tombstones,
        );
        let mut outcome = restore(self.directory, &id, inspection, Options::default(), kept);
        outcome.errors.extend(told);
        self.made(change, outcome)
    }

    fn salvage(&self, change: &Change) -> Result<Made, Vec<Error>> {
        let id = change.session_id.as_deref().unwrap_or_default();
        let id = SessionId::parse(id).map_err(|error| vec![error])?;
        let Some(listed) = self.listing.get(&id) else {
            return Err(vec![changed(change)]);
        };
        let Listed { kinds, kept, .. } = listed;
        let inspection = inspect_for_sweep(
            self.directory,
            &id,
            *kinds,
            Depth::to_salvage(kept).carefully(),
            &self.tombstones,
        );
        let salvaging = inspection.salvaging.as_ref();
        let is_same = salvaging.is_some_and(|salvaging| salvaging.source.name == change.source)
            && change.target.as_ref() == Some(&id.live_name())
            && fingerprint_for_salvage(self.directory, &id, &change.source)
                .is_ok_and(|fingerprint| is_as_planned(change, &fingerprint));
        if !is_same {
            return Err(vec![changed(change)]);
        }
        let told = self.put_away(&id);
        let options = Options {
            salvage: true,
            ..Options::default()
        };
        let mut outcome = restore(self.directory, &id, inspection, options, kept);
        outcome.errors.extend(told);
        self.made(change, outcome)
    }

    /// What came of a restore.
    fn made(&self, change: &Change, outcome: Outcome) -> Result<Made, Vec<Error>> {
        let Outcome {
            action,
            errors,
            kept,
            ..
        } = history::note(self.directory, self.run, Deed::Restored, outcome);
        match action {
            Action::Restored | Action::RestoredUnconfirmed => Ok(Made { errors, kept }),
            Action::Failed => Err(errors),
            Action::Nothing | Action::WouldRestore => Err([vec![changed(change)], errors].concat()),
        }
    }

    /// Puts away what an interrupted restore of the session exchanged.
    fn put_away(&self, id: &SessionId) -> Vec<Error> {
        let is_own = |name: &&String| id.owns_exchange(name);
        let exchanged: Vec<_> = self.leftovers.iter().filter(is_own).cloned().collect();
        remove_leftovers(self.directory, &exchanged)
    }

    fn remove(&self, change: &Change) -> Result<Made, Vec<Error>> {
        let name = &change.source;
        let is_exchanged = Role::of(name) == Role::Exchange;
        if !self.leftovers.contains(name) || is_exchanged || change.target.is_some() {
            return Err(vec![changed(change)]);
        }
        match fingerprint_of(self.directory, name) {
            // With a claim all staging files are removed.
            Err(FsError::NotFound) => {}
            Ok(fingerprint) if is_as_planned(change, &fingerprint) => {
                let errors = remove_leftovers(self.directory, std::slice::from_ref(name));
                if !errors.is_empty() {
                    return Err(errors);
                }
            }
            _ => return Err(vec![changed(change)]),
        }
        Ok(Made {
            errors: Vec::new(),
            kept: None,
        })
    }

    fn set_aside(&self, change: &Change) -> Result<Made, Vec<Error>> {
        let is_file = self.system.index == Some(Kind::File);
        let is_same = is_file
            && fingerprint_of(self.directory, INDEX)
                .is_ok_and(|fingerprint| is_as_planned(change, &fingerprint));
        if let Some(name) = &self.endangered {
            return Err(vec![Error::new(ErrorCode::Changed, why_kept(name))]);
        }
        if change.source != INDEX || !is_same {
            return Err(vec![changed(change)]);
        }
        let cannot =
            |fault: FsError| vec![fault.while_writing(&format!("{INDEX} cannot be renamed"))];
        let kept = index::set_aside(self.directory).map_err(cannot)?;
        let synced = self.directory.sync();
        let errors = synced.map_err(cannot).err().unwrap_or_default();
        let kept = Some(kept);
        Ok(Made { errors, kept })
    }
}

/// Whether a file is what a change says, as a digest and a length.
fn is_as_planned(change: &Change, (fingerprint, bytes): &(String, u64)) -> bool {
    *fingerprint == change.fingerprint && *bytes == change.bytes
}

fn changed(change: &Change) -> Error {
    Error::new(
        ErrorCode::Changed,
        format!(
            "{} was not touched: it has changed since the plan was made.",
            change.source
        ),
    )
    .remedied_by("Make a new plan.")
}

impl RepairResult {
    fn of(change: Change, made: Result<Made, Vec<Error>>) -> Self {
        let done = made.is_ok();
        let made = made.unwrap_or_else(|errors| Made { errors, kept: None });
        Self {
            change,
            done,
            errors: made.errors,
            kept: made.kept,
        }
    }
}
