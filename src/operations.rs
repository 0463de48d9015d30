//! Lists the operations on a session directory. The components and the hosts share this one list,
//! so that none of them has an operation that another lacks.

use std::ops::ControlFlow;

use crate::answer::{
    AuditReport, Change, Entry, Error, Outcome, Plan, Purged, RepairResult, Status, Summary,
};
use crate::app::tombstones::Tombstones;
use crate::audit::plan;
use crate::audit::purge;
use crate::audit::repair;
use crate::directory::Directory;
use crate::nearest::look_up_named;
use crate::prune;
use crate::recover::Options;
use crate::session::SessionId;
use crate::sweep::{self, Sweep};
use crate::verdict::inspect;
use crate::{audit, recover};

/// A function that watches a sweep. It gets the number of sessions that are done, and of all with a
/// backup. It says whether to go on.
pub type Watch<'a> = &'a mut (dyn FnMut(usize, usize) -> ControlFlow<()> + Send);

/// What can be done with a session directory, as `wit/recovery.wit` documents it.
#[allow(
    clippy::missing_errors_doc,
    reason = "wit/recovery.wit names the errors of each function"
)]
pub trait Operations {
    /// Why an operation has no answer.
    type Failure: Into<Error>;

    /// Compares a session's live file with its backup.
    fn inspect(&self, session_id: &str) -> Result<Status, Self::Failure>;

    /// Inspects each of these sessions, and answers in their order.
    fn inspect_some(&self, session_ids: &[String]) -> Result<Vec<Status>, Self::Failure>;

    /// Restores a session from its backup if [`Self::inspect`] recommends it.
    fn recover(&self, session_id: &str, options: Options) -> Result<Outcome, Self::Failure>;

    /// Restores every session that should be restored.
    fn recover_all(&self, options: Options) -> Result<Summary, Self::Failure> {
        self.sweep(options, &mut |_, _| ControlFlow::Continue(()))
    }

    /// Does the same as [`Self::recover_all`], until `watch` says to stop.
    fn sweep(&self, options: Options, watch: Watch) -> Result<Summary, Self::Failure>;

    /// Does the same as [`Self::recover_all`] if the host knows all sessions. Of the sessions
    /// without a live file, only the `known` ones are restored.
    fn recover_known(&self, known: Vec<String>, options: Options)
    -> Result<Summary, Self::Failure>;

    /// Does the same as [`Self::recover_all`], but only for these sessions.
    fn recover_some(
        &self,
        session_ids: &[String],
        options: Options,
    ) -> Result<Summary, Self::Failure>;

    /// Puts back what the last restore of a session replaced.
    fn undo(&self, session_id: &str, options: Options) -> Result<Outcome, Self::Failure>;

    /// Lists every session and every odd entry without reading any.
    fn sessions(&self) -> Result<Vec<Entry>, Self::Failure>;

    /// Looks for everything that is wrong in the directory. `known` are the IDs of all sessions, if
    /// the host knows them.
    fn audit(&self, known: Option<Vec<String>>) -> Result<AuditReport, Self::Failure>;

    /// Gives the changes that would repair what an audit finds repairable; with `salvage` also what
    /// it finds salvageable.
    fn plan(&self, known: Option<Vec<String>>, salvage: bool) -> Result<Plan, Self::Failure>;

    /// Makes these changes, which [`Self::plan`] gave, and no others.
    fn repair(&self, changes: Vec<Change>) -> Result<Vec<RepairResult>, Self::Failure>;

    /// Removes the kept files of these sessions for good, or only names them.
    fn purge(&self, session_ids: &[String], dry_run: bool) -> Result<Vec<Purged>, Self::Failure>;

    /// Does the same for every session that the application's list of deleted sessions has and that
    /// has no live file.
    fn purge_deleted(&self, dry_run: bool) -> Result<Vec<Purged>, Self::Failure>;

    /// Removes the kept files of all sessions and of the index that are redundant.
    fn prune(&self, dry_run: bool) -> Result<Vec<Purged>, Self::Failure>;
}

/// Carries out the operations on a directory.
///
/// ```
/// use session_recovery::answer::{Action, Verdict};
/// use session_recovery::operations::{Operations, Sessions};
/// use session_recovery::recover::Options;
/// use session_recovery_testing::InMemoryDirectory;
///
/// let directory = InMemoryDirectory::default();
/// directory.put("a.json", r#"{"messages": []}"#);
/// directory.put("a.json.bak", r#"{"messages": [1, 2]}"#);
/// let sessions = Sessions(directory.clone());
///
/// assert_eq!(sessions.inspect("a")?.verdict(), Verdict::Shrunken);
///
/// let outcome = sessions.recover("a", Options::default())?;
/// assert_eq!(outcome.action, Action::Restored);
/// assert_eq!(outcome.kept.as_deref(), Some("a.json.replaced.1"));
/// assert_eq!(directory.bytes("a.json"), directory.bytes("a.json.bak"));
///
/// let undone = sessions.undo("a", Options::default())?;
/// assert_eq!(undone.source.as_deref(), Some("a.json.replaced.1"));
/// # Ok::<(), session_recovery::answer::Error>(())
/// ```
#[derive(Debug)]
pub struct Sessions<D>(pub D);

/// The fewest sessions of one step, if somebody watches a sweep.
const STEP: usize = 16;
/// The most steps of such a sweep.
const MOST_STEPS: usize = 100;

impl<D: Directory> Operations for Sessions<D> {
    type Failure = Error;

    fn inspect(&self, session_id: &str) -> Result<Status, Error> {
        let id = SessionId::parse(session_id)?;
        let names = look_up_named(&self.0, &id)?;
        let tombstones = Tombstones::of(names.system.deleted);
        Ok(inspect::inspect_listed(
            &self.0,
            &id,
            &names.listed,
            &tombstones,
        ))
    }

    fn inspect_some(&self, session_ids: &[String]) -> Result<Vec<Status>, Error> {
        inspect::inspect_some(&self.0, &parse_all(session_ids)?)
    }

    fn recover(&self, session_id: &str, options: Options) -> Result<Outcome, Error> {
        let id = SessionId::parse(session_id)?;
        recover::recover(&self.0, &id, options.checked()?)
    }

    fn sweep(&self, options: Options, watch: Watch) -> Result<Summary, Error> {
        let mut sweep = Sweep::start(&self.0, None, None, options)?;
        let step = (sweep.total() / MOST_STEPS).max(STEP);
        let mut outcomes = Vec::new();
        while watch(sweep.done(), sweep.total()).is_continue() && sweep.done() < sweep.total() {
            outcomes.extend(sweep.next(&self.0, step));
        }
        Ok(sweep.finish(&self.0).with(outcomes))
    }

    fn recover_known(&self, known: Vec<String>, options: Options) -> Result<Summary, Error> {
        sweep::recover_all(&self.0, Some(known), options)
    }

    fn recover_some(&self, session_ids: &[String], options: Options) -> Result<Summary, Error> {
        sweep::recover_some(&self.0, &parse_all(session_ids)?, options)
    }

    fn undo(&self, session_id: &str, options: Options) -> Result<Outcome, Error> {
        let id = SessionId::parse(session_id)?;
        recover::undo(&self.0, &id, options)
    }

    fn sessions(&self) -> Result<Vec<Entry>, Error> {
        sweep::sessions(&self.0)
    }

    fn audit(&self, known: Option<Vec<String>>) -> Result<AuditReport, Error> {
        audit::audit(&self.0, known)
    }

    fn plan(&self, known: Option<Vec<String>>, salvage: bool) -> Result<Plan, Error> {
        plan::make_plan(&self.0, known, salvage)
    }

    fn repair(&self, changes: Vec<Change>) -> Result<Vec<RepairResult>, Error> {
        repair::repair(&self.0, changes)
    }

    fn purge(&self, session_ids: &[String], dry_run: bool) -> Result<Vec<Purged>, Error> {
        let ids = parse_all(session_ids)?;
        if let [id] = &*ids {
            look_up_named(&self.0, id)?;
        }
        purge::purge(&self.0, &ids, dry_run)
    }

    fn purge_deleted(&self, dry_run: bool) -> Result<Vec<Purged>, Error> {
        purge::purge_deleted(&self.0, dry_run)
    }

    fn prune(&self, dry_run: bool) -> Result<Vec<Purged>, Error> {
        prune::prune(&self.0, None, dry_run)
    }
}

fn parse_all(session_ids: &[String]) -> Result<Vec<SessionId>, Error> {
    session_ids.iter().map(|id| SessionId::parse(id)).collect()
}
