//! Lists the operations on a session directory. The components and the hosts share this one list,
//! so that none of them has an operation that another lacks.

use std::ops::ControlFlow;

use crate::answer::{
    AuditReport, Change, Deed, Entry, Error, Event, Outcome, Plan, Purged, RepairResult,
    SourceList, Status, Summary, View, Window,
};
use crate::app::tombstones::Tombstones;
use crate::audit::plan;
use crate::audit::purge;
use crate::audit::repair;
use crate::directory::Directory;
use crate::history::{self, Run};
use crate::nearest::look_up_with_certain_copies;
use crate::preview;
use crate::prune;
use crate::recover::Options;
use crate::resolve::{resolve, whole};
use crate::session::SessionId;
use crate::sources;
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

    /// Lists every session and every odd entry; with `headings` also what each session is about.
    fn sessions(&self, headings: bool) -> Result<Vec<Entry>, Self::Failure>;

    /// Looks for everything that is wrong in the directory. `known` are the IDs of all sessions, if
    /// the host knows them.
    fn audit(&self, known: Option<Vec<String>>) -> Result<AuditReport, Self::Failure>;

    /// Gives the changes that would repair what an audit finds repairable; with `salvage` also what
    /// it finds salvageable.
    fn plan(&self, known: Option<Vec<String>>, salvage: bool) -> Result<Plan, Self::Failure>;

    /// Makes these changes, which [`Self::plan`] gave, and no others.
    fn repair(&self, changes: Vec<Change>) -> Result<Vec<RepairResult>, Self::Failure>;

    /// Says what was done in the directory, the newest first.
    fn history(&self) -> Result<Vec<Event>, Self::Failure>;

    /// Gives the ID of the session that somebody means by `name`: an ID, the name of a file, or
    /// the beginning of an ID that no other session has.
    fn resolve(&self, name: &str) -> Result<String, Self::Failure>;

    /// Lists every file that holds messages of a session.
    fn sources(&self, session_id: &str) -> Result<SourceList, Self::Failure>;

    /// Shows messages of a source, and what changes if it is put in place.
    fn preview(
        &self,
        session_id: &str,
        source: Option<&str>,
        window: Window,
    ) -> Result<View, Self::Failure>;

    /// Puts a source in the live file's place, whatever it holds.
    fn recover_from(
        &self,
        session_id: &str,
        source: &str,
        options: Options,
    ) -> Result<Outcome, Self::Failure>;

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
/// let sessions = Sessions::new(directory.clone());
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
pub struct Sessions<D> {
    /// The directory.
    pub directory: D,
    /// The run to which the operations belong. Without one, nothing is written to the history.
    pub run: Option<Run>,
}

impl<D: Directory> Sessions<D> {
    /// The sessions of a directory, without a history.
    #[must_use]
    pub const fn new(directory: D) -> Self {
        Self {
            directory,
            run: None,
        }
    }

    fn noted(&self, deed: Deed, outcome: Outcome) -> Outcome {
        history::note(&self.directory, self.run.as_ref(), deed, outcome)
    }
}

/// The fewest sessions of one step, if somebody watches a sweep.
const STEP: usize = 16;
/// The most steps of such a sweep.
const MOST_STEPS: usize = 100;

impl<D: Directory> Operations for Sessions<D> {
    type Failure = Error;

    fn inspect(&self, session_id: &str) -> Result<Status, Error> {
        let id = SessionId::parse(session_id)?;
        let names = look_up_with_certain_copies(&self.directory, &id)?;
        let tombstones = Tombstones::of(names.system.deleted);
        Ok(inspect::inspect_listed(
            &self.directory,
            &id,
            &names.listed,
            &tombstones,
        ))
    }

    fn inspect_some(&self, session_ids: &[String]) -> Result<Vec<Status>, Error> {
        inspect::inspect_some(&self.directory, &parse_all(session_ids)?)
    }

    fn recover(&self, session_id: &str, options: Options) -> Result<Outcome, Error> {
        let id = SessionId::parse(session_id)?;
        recover::recover(&self.directory, &id, options.checked()?)
            .map(|outcome| self.noted(Deed::Restored, outcome))
    }

    fn sweep(&self, options: Options, watch: Watch) -> Result<Summary, Error> {
        let mut sweep =
            Sweep::start(&self.directory, None, None, options)?.noted_by(self.run.clone());
        let step = (sweep.total() / MOST_STEPS).max(STEP);
        let mut outcomes = Vec::new();
        while watch(sweep.done(), sweep.total()).is_continue() && sweep.done() < sweep.total() {
            outcomes.extend(sweep.next(&self.directory, step));
        }
        Ok(sweep.finish(&self.directory).with(outcomes))
    }

    fn recover_known(&self, known: Vec<String>, options: Options) -> Result<Summary, Error> {
        Ok(Sweep::start(&self.directory, Some(known), None, options)?
            .noted_by(self.run.clone())
            .run(&self.directory))
    }

    fn recover_some(&self, session_ids: &[String], options: Options) -> Result<Summary, Error> {
        Ok(
            Sweep::of_some(&self.directory, &parse_all(session_ids)?, options)?
                .noted_by(self.run.clone())
                .run(&self.directory),
        )
    }

    fn undo(&self, session_id: &str, options: Options) -> Result<Outcome, Error> {
        let id = SessionId::parse(session_id)?;
        recover::undo(&self.directory, &id, options)
            .map(|outcome| self.noted(Deed::Undone, outcome))
    }

    fn sessions(&self, headings: bool) -> Result<Vec<Entry>, Error> {
        let mut entries = sweep::sessions(&self.directory)?;
        if headings {
            preview::add_headings(&self.directory, &mut entries);
        }
        Ok(entries)
    }

    fn audit(&self, known: Option<Vec<String>>) -> Result<AuditReport, Error> {
        audit::audit(&self.directory, known)
    }

    fn plan(&self, known: Option<Vec<String>>, salvage: bool) -> Result<Plan, Error> {
        plan::make_plan(&self.directory, known, salvage)
    }

    fn repair(&self, changes: Vec<Change>) -> Result<Vec<RepairResult>, Error> {
        repair::repair(&self.directory, self.run.as_ref(), changes)
    }

    fn history(&self) -> Result<Vec<Event>, Error> {
        history::history(&self.directory)
    }

    fn resolve(&self, name: &str) -> Result<String, Error> {
        resolve(&self.directory, name)
    }

    fn sources(&self, session_id: &str) -> Result<SourceList, Error> {
        sources::sources(&self.directory, &SessionId::parse(session_id)?)
    }

    fn preview(
        &self,
        session_id: &str,
        source: Option<&str>,
        window: Window,
    ) -> Result<View, Error> {
        let id = SessionId::parse(session_id)?;
        preview::preview(&self.directory, &id, source, window)
    }

    fn recover_from(
        &self,
        session_id: &str,
        source: &str,
        options: Options,
    ) -> Result<Outcome, Error> {
        let id = SessionId::parse(session_id)?;
        recover::recover_from(&self.directory, &id, source, options)
            .map(|outcome| self.noted(Deed::Restored, outcome))
    }

    fn purge(&self, session_ids: &[String], dry_run: bool) -> Result<Vec<Purged>, Error> {
        let ids = match session_ids {
            [name] => vec![whole(&self.directory, name)?],
            ids => parse_all(ids)?,
        };
        purge::purge(&self.directory, &ids, dry_run)
    }

    fn purge_deleted(&self, dry_run: bool) -> Result<Vec<Purged>, Error> {
        purge::purge_deleted(&self.directory, dry_run)
    }

    fn prune(&self, dry_run: bool) -> Result<Vec<Purged>, Error> {
        prune::prune(&self.directory, None, dry_run)
    }
}

fn parse_all(session_ids: &[String]) -> Result<Vec<SessionId>, Error> {
    session_ids.iter().map(|id| SessionId::parse(id)).collect()
}
