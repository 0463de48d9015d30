//! A status to a restored file, if that is what should be done and can be.

mod exchanges;
mod leftovers;
mod replace;
mod undo;

pub use leftovers::remove_leftovers;
pub use undo::undo;

use crate::answer::{Action, Error, ErrorCode, Outcome, Recommendation, Status};
use crate::compare::MOST;
use crate::directory::Directory;
use crate::gone::Gone;
use crate::inspect::{Inspection, inspect};
use crate::listing::{Names, look_up};
use crate::session::SessionId;
use replace::{Source, replace, too_long_to_keep};

/// How to go about a restore.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option by itself")]
pub struct Options {
    /// Tell what would be done, and change nothing.
    pub dry_run: bool,
    /// Do not keep what is replaced.
    pub discard: bool,
    /// Add the messages that stand in the live file alone to the backup's.
    pub merge: bool,
    /// Restore also what is shorter, or gone, on purpose.
    pub ignore_guards: bool,
}

impl Options {
    /// Whether a session is to be restored.
    #[must_use]
    pub const fn is_due(self, status: &Status) -> bool {
        matches!(status.recommendation, Recommendation::Restore)
            || (self.ignore_guards && status.guard.is_some())
    }
}

/// Restores a session from its backup, if that is what should be done. What
/// interrupted runs left is removed first. Where it is another run's that is still
/// at work, that costs it a second attempt, no more.
///
/// # Errors
///
/// The directory cannot be listed.
pub fn recover(
    directory: &impl Directory,
    id: &SessionId,
    options: Options,
) -> Result<Outcome, Error> {
    let names = look_up(directory, id)?;
    let gone = Gone::of(directory, names.system.deleted);
    let inspection = inspect(directory, id, names.listed.kinds, &gone);
    let is_due = options.is_due(&inspection.status);
    let stuck = if !options.dry_run && (is_due || was_interrupted(directory, id, &names)) {
        remove_leftovers(directory, &names.leftovers)
    } else {
        Vec::new()
    };
    let mut outcome = restore(directory, id, inspection, options, &names.listed.kept);
    outcome.errors.extend(stuck);
    Ok(outcome)
}

/// Whether a restore of this session ended before it was done: its claim is there, or what
/// it exchanged, or its staging file, as the live file's second name.
fn was_interrupted(directory: &impl Directory, id: &SessionId, names: &Names) -> bool {
    if names.leftovers.is_empty() {
        return false;
    }
    let live = directory.mark(&id.live_name());
    let is_live = |name: &String| live.is_ok() && directory.mark(name) == live;
    let is_own = |name: &String| *name == id.claim_name() || id.owns_exchange(name);
    names.leftovers.iter().any(is_own) || names.leftovers.iter().any(is_live)
}

/// Does what an inspection recommends. `kept` are the numbers of the files kept
/// before.
pub fn restore<D: Directory>(
    directory: &D,
    id: &SessionId,
    inspection: Inspection<D::File>,
    options: Options,
    kept: &[u32],
) -> Outcome {
    let done = match plan(id, &inspection, options) {
        Err(error) => Done::failed(vec![error]),
        Ok(None) => Action::Nothing.into(),
        Ok(Some(source)) if options.dry_run => Done::of(Action::WouldRestore, source),
        Ok(Some(source)) => {
            let kept = (!options.discard).then_some(kept);
            replace(directory, id, &inspection, source, kept)
        }
    };
    let outcome = done.about(inspection.status);
    if outcome.has_backed_off() {
        look_again(directory, id, outcome, options)
    } else {
        outcome
    }
}

/// What is to be put in the live file's place, if anything is.
fn plan<F>(
    id: &SessionId,
    inspection: &Inspection<F>,
    options: Options,
) -> Result<Option<Source>, Error> {
    let status = &inspection.status;
    if let Some(obstacle) = &status.obstacle {
        return Err(obstacle.clone());
    }
    if !options.is_due(status) {
        return Ok(None);
    }
    if !options.discard && inspection.live.file.is_some() && id.kept_name(1).is_none() {
        return Err(too_long_to_keep(id));
    }
    Ok(Some(Source {
        name: id.backup_name(),
        judged: status.backup.clone(),
        merged: if options.merge {
            mergeable(id, status)?
        } else {
            0
        },
    }))
}

/// How many messages are to be added to the backup's.
fn mergeable(id: &SessionId, status: &Status) -> Result<u32, Error> {
    let why = match (status.live_only, status.live.problem()) {
        (Some(0), _) => return Ok(0),
        (Some(live_only), None) => return Ok(live_only),
        (_, Some(problem)) => problem.message.clone(),
        (None, None) => format!(
            "it could not be compared with its backup, or it holds more than {MOST} messages"
        ),
    };
    let live = id.live_name();
    Err(Error::new(
        ErrorCode::NotMergeable,
        format!(
            "{live} cannot be merged: {why}. Remedy: restore without merging; what is replaced is kept."
        ),
    ))
}

/// What was done about a session.
struct Done {
    action: Action,
    errors: Vec<Error>,
    source: Option<Source>,
    kept: Option<String>,
}

impl Done {
    fn of(action: Action, source: Source) -> Self {
        Self {
            source: Some(source),
            ..action.into()
        }
    }

    fn failed(errors: Vec<Error>) -> Self {
        Self {
            errors,
            ..Action::Failed.into()
        }
    }

    fn about(self, status: Status) -> Outcome {
        Outcome {
            status,
            action: self.action,
            errors: self.errors,
            merged: self.source.as_ref().map_or(0, |source| source.merged),
            source: self.source.map(|source| source.name),
            kept: self.kept,
        }
    }
}

impl From<Action> for Done {
    fn from(action: Action) -> Self {
        Self {
            action,
            errors: Vec::new(),
            source: None,
            kept: None,
        }
    }
}

/// Another program was at work during a restore: if it left nothing to do, as
/// another recovery does, that is no failure.
fn look_again(
    directory: &impl Directory,
    id: &SessionId,
    outcome: Outcome,
    options: Options,
) -> Outcome {
    let Ok(names) = look_up(directory, id) else {
        return outcome;
    };
    let gone = Gone::of(directory, names.system.deleted);
    let status = inspect(directory, id, names.listed.kinds, &gone).status;
    if options.is_due(&status) || status.obstacle.is_some() {
        return outcome;
    }
    Outcome {
        status,
        action: Action::Nothing,
        errors: outcome.errors.into_iter().skip(1).collect(),
        source: None,
        merged: 0,
        kept: None,
    }
}
