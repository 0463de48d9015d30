//! A status to a restored file, if that is what should be done and can be.

mod replace;

use crate::answer::{Action, Error, ErrorCode, Outcome, Recommendation};
use crate::directory::{Directory, Fault};
use crate::inspect::{Inspection, inspect};
use crate::listing::look_up;
use crate::session::SessionId;

/// What becomes of a live file that a restore replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It is kept under a name of its own.
    Kept,
    /// It is gone.
    Discarded,
}

impl Replaced {
    /// The numbers of the files kept before, if it is to be kept too.
    pub(crate) fn among(self, kept: &[u32]) -> Option<&[u32]> {
        (self == Self::Kept).then_some(kept)
    }
}

/// Restores a session from its backup, if that is what should be done. Staging
/// files that interrupted runs left are removed first. One that another run is
/// still writing costs that run a second attempt, no more.
///
/// # Errors
///
/// The directory cannot be listed.
pub fn recover(
    directory: &impl Directory,
    id: &SessionId,
    replaced: Replaced,
) -> Result<Outcome, Error> {
    let names = look_up(directory, id)?;
    let inspection = inspect(directory, id, names.kinds);
    let stuck = if inspection.status.recommendation == Recommendation::Restore {
        remove_leftovers(directory, &names.leftovers)
    } else {
        Vec::new()
    };
    let mut outcome = restore(directory, id, inspection, replaced.among(&names.kept));
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
    Ok(foresee(inspect(directory, id, names.kinds)))
}

/// Tells what [`restore`] would do.
#[must_use]
pub fn foresee<F>(inspection: Inspection<F>) -> Outcome {
    settle(inspection, |_| Action::WouldRestore.into())
}

/// Does what an inspection recommends. `kept` are the numbers of the files kept
/// before; without them, what is replaced is discarded.
pub fn restore<D: Directory>(
    directory: &D,
    id: &SessionId,
    inspection: Inspection<D::File>,
    kept: Option<&[u32]>,
) -> Outcome {
    let outcome = settle(inspection, |inspection| {
        replace::replace(directory, id, inspection, kept)
    });
    let backed_off = outcome.action == Action::Failed
        && outcome
            .errors
            .first()
            .is_some_and(|error| error.code == ErrorCode::Changed);
    if backed_off {
        look_again(directory, id, outcome)
    } else {
        outcome
    }
}

/// Removes staging files; gives why some could not be.
pub fn remove_leftovers(directory: &impl Directory, names: &[String]) -> Vec<Error> {
    let remove = |name: &String| match directory.remove(name) {
        Ok(()) | Err(Fault::NotFound) => None,
        Err(fault) => {
            Some(fault.while_writing(&format!("The staging file {name} cannot be removed")))
        }
    };
    names.iter().filter_map(remove).collect()
}

/// The outcome of an inspection, of which only the restore itself is open.
fn settle<F>(inspection: Inspection<F>, restore: impl FnOnce(&Inspection<F>) -> Done) -> Outcome {
    let done = if let Some(obstacle) = &inspection.status.obstacle {
        Done::failed(vec![obstacle.clone()])
    } else if inspection.status.recommendation == Recommendation::Restore {
        restore(&inspection)
    } else {
        Action::Nothing.into()
    };
    Outcome {
        status: inspection.status,
        action: done.action,
        errors: done.errors,
        kept: done.kept,
    }
}

/// What was done about a session.
struct Done {
    action: Action,
    errors: Vec<Error>,
    kept: Option<String>,
}

impl Done {
    fn failed(errors: Vec<Error>) -> Self {
        Self {
            errors,
            ..Action::Failed.into()
        }
    }
}

impl From<Action> for Done {
    fn from(action: Action) -> Self {
        Self {
            action,
            errors: Vec::new(),
            kept: None,
        }
    }
}

/// Another program was at work during a restore: if it left nothing to do, as
/// another recovery does, that is no failure.
fn look_again(directory: &impl Directory, id: &SessionId, outcome: Outcome) -> Outcome {
    let Ok(names) = look_up(directory, id) else {
        return outcome;
    };
    let status = inspect(directory, id, names.kinds).status;
    if status.recommendation == Recommendation::Restore || status.obstacle.is_some() {
        return outcome;
    }
    Outcome {
        status,
        action: Action::Nothing,
        errors: outcome.errors.into_iter().skip(1).collect(),
        kept: None,
    }
}
