//! Runs session-recovery in wasmtime: opens a session directory, calls the operations, and gives
//! Rust types.
//!
//! # The sandbox
//!
//! The component gets one directory and nothing else: no other WASI interface is linked. The grant
//! is read-only for operations that only read, and for every dry run. Each call runs in a fresh
//! store, within [`Limits`]. Compiled code is kept in wasmtime's own cache, in the user's cache
//! directory.
//!
//! # Permissions
//!
//! WASI can neither read nor set a file's mode, owner and access list. This library sets them when
//! the component renames a file. A restored file takes over the permissions of the file that it
//! replaces, or of its backup if there is no live file:
//!
//! - the mode and the owner,
//! - the access list (`system.posix_acl_access`),
//! - the user attributes (`user.*`).
//!
//! If the owner or the group cannot be set, the restore is refused before it begins: run the program
//! as the owner of the sessions, or as root, or see [`Sessions::accept_owner`]. If something else
//! cannot be set, the restore fails and nothing is replaced.
//!
//! Until then, nobody else may read the new file. It is created with mode 0600 and without the
//! entries of the directory's default access list, and this is checked. The component also runs in
//! a thread with its own umask of 077 (Linux: `unshare(CLONE_FS)`), because a library must not
//! change the umask of its process.

mod bindings;
mod error;
mod exchange;
mod exhaustion;
mod filesystem;
mod kept;
mod limits;
mod listing;
mod permissions;
mod refusal;
mod rights;
mod run;
mod sandbox;
mod state;
mod sweep;
mod this_user;
mod translate;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

pub use session_recovery::operations::{Operations, Watch};
pub use session_recovery::recover::Options;

pub use session_recovery::answer::{
    Action, AuditReport, Category, Change, ChangeKind, Deed, Entry, Error, ErrorCode, Event,
    Excerpt, File, FileState, Finding, FindingKind, Guard, Heading, Note, NoteKind, Outcome, Plan,
    Problem, ProblemKind, Purged, Recommendation, RepairResult, Source, SourceKind, SourceList,
    Status, Summary, Turn, Verdict, View, Window,
};

pub use error::HostError;
pub use limits::Limits;
pub use run::new_run_name;

use bindings::Guest;
use sandbox::{Answer, Sandbox};
use session_recovery::history::Run;
use state::{Grant, State};
use wasmtime::Store;

/// The compiled component. One serves any number of directories and threads.
///
/// ```no_run
/// use session_recovery_host::{Limits, Operations, Options, Plugin};
///
/// let plugin = Plugin::new(Limits::default())?;
/// let sessions = plugin.open("/srv/webui/sessions");
///
/// let options = Options { dry_run: true, ..Options::default() };
/// let summary = sessions.recover_all(options)?;
/// for outcome in summary.sessions {
///     println!("{}: {}", outcome.status.session_id, outcome.status.reason);
/// }
/// # Ok::<(), session_recovery_host::HostError>(())
/// ```
pub struct Plugin {
    sandbox: Sandbox,
}

impl Plugin {
    /// Compiles the component, or takes it from the cache.
    ///
    /// # Errors
    ///
    /// The component or the machine does not fit this wasmtime, or there are too few open files or
    /// threads left.
    pub fn new(limits: Limits) -> Result<Self, HostError> {
        let sandbox = Sandbox::new(limits)?;
        Ok(Self { sandbox })
    }

    /// The sessions in a directory.
    pub fn open(&self, directory: impl Into<PathBuf>) -> Sessions<'_> {
        Sessions {
            sandbox: &self.sandbox,
            directory: directory.into(),
            missing_ok: false,
            accept_owner: false,
            run: None,
        }
    }
}

/// The sessions of one directory. The trait [`Operations`] has what can be done with them.
///
/// ```no_run
/// use session_recovery_host::{Operations, Options, Plugin};
///
/// let plugin = Plugin::new(session_recovery_host::Limits::default())?;
/// let sessions = plugin.open("/srv/webui/sessions").missing_ok();
///
/// let outcome = sessions.recover("3f2a90c41b7e", Options::default())?;
/// println!("{:?}, kept as {:?}", outcome.action, outcome.kept);
/// # Ok::<(), session_recovery_host::HostError>(())
/// ```
pub struct Sessions<'plugin> {
    sandbox: &'plugin Sandbox,
    directory: PathBuf,
    missing_ok: bool,
    accept_owner: bool,
    run: Option<String>,
}

impl Sessions<'_> {
    /// Treats a directory that does not exist as an empty one. Otherwise it is an error.
    #[must_use]
    pub fn missing_ok(mut self) -> Self {
        self.missing_ok = true;
        self
    }

    /// Restores files of another user, or of a group that this process cannot give. Otherwise they
    /// are not replaced. The restored file belongs to this process's user. Nobody else can read it
    /// who could not read the replaced file.
    #[must_use]
    pub fn accept_owner(mut self) -> Self {
        self.accept_owner = true;
        self
    }

    /// Writes all that is restored from now on to the history under this name, as one run that can
    /// be undone at once. Otherwise each call is a run of its own. The name has 64 characters of
    /// ASCII at most, and should be one that no other run has.
    #[must_use]
    pub fn in_run(mut self, name: impl Into<String>) -> Self {
        self.run = Some(name.into());
        self
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether the directory is missing, and that is allowed.
    fn is_missing(&self) -> bool {
        self.missing_ok && matches!(self.directory.try_exists(), Ok(false))
    }

    fn call<T: Send>(&self, grant: Grant, call: impl sandbox::Call<T>) -> Result<T, HostError> {
        self.call_in_run(grant, None, call)
    }

    /// Makes a call that may restore, as a run.
    fn restoring_call<T: Send>(
        &self,
        dry_run: bool,
        call: impl sandbox::Call<T>,
    ) -> Result<T, HostError> {
        self.call_in_run(grant(dry_run), self.begun(dry_run).as_ref(), call)
    }

    fn call_in_run<T: Send>(
        &self,
        grant: Grant,
        run: Option<&Run>,
        call: impl sandbox::Call<T>,
    ) -> Result<T, HostError> {
        let call = |recovery: &Guest, store: &mut Store<State>| {
            store.data_mut().permissions.accept_owner = self.accept_owner;
            if let Some(run) = run {
                recovery.call_begin_run(&mut *store, run.name(), run.time())?;
            }
            call(recovery, store)
        };
        permissions::privately(|| self.sandbox.call(&self.directory, grant, call))
            .map_err(HostError::TooFewThreads)?
    }

    /// The run of a call, which begins now. A dry run has nothing to write to the history.
    fn begun(&self, dry_run: bool) -> Option<Run> {
        let run = (!dry_run).then(run::begin)?;
        Some(match &self.run {
            Some(name) => Run::new(name, run.time()),
            None => run,
        })
    }

    /// Does the same, but gives an empty answer if the directory is missing and that is allowed.
    fn call_or_empty<T: Send + Default>(
        &self,
        grant: Grant,
        call: impl sandbox::Call<T>,
    ) -> Result<T, HostError> {
        if self.is_missing() {
            return Ok(T::default());
        }
        self.call(grant, call)
    }
}

impl Operations for Sessions<'_> {
    type Failure = HostError;

    fn inspect(&self, session_id: &str) -> Result<Status, HostError> {
        self.call(Grant::ReadOnly, |recovery, store| {
            lifted(recovery.call_inspect(store, session_id))
        })
    }

    fn inspect_some(&self, session_ids: &[String]) -> Result<Vec<Status>, HostError> {
        self.call(Grant::ReadOnly, |recovery, store| {
            all_lifted(recovery.call_inspect_some(store, session_ids))
        })
    }

    fn recover(&self, session_id: &str, options: Options) -> Result<Outcome, HostError> {
        self.restoring_call(options.dry_run, |recovery, store| {
            this_user::restore(store, session_id, options, |store, options| {
                recovery.call_recover(store, session_id, options.into())
            })
        })
    }

    fn sweep(&self, options: Options, watch: Watch) -> Result<Summary, HostError> {
        if self.is_missing() {
            return Ok(Summary::default());
        }
        sweep::run(self, None, options, watch)
    }

    fn recover_known(&self, known: Vec<String>, options: Options) -> Result<Summary, HostError> {
        if self.is_missing() {
            return Ok(Summary::default());
        }
        let watch: Watch = &mut |_, _| ControlFlow::Continue(());
        sweep::run(self, Some(known), options, watch)
    }

    fn recover_some(&self, session_ids: &[String], options: Options) -> Result<Summary, HostError> {
        self.restoring_call(options.dry_run, |recovery, store| {
            this_user::recover_some(recovery, store, session_ids, options)
        })
    }

    fn undo(&self, session_id: &str, options: Options) -> Result<Outcome, HostError> {
        self.restoring_call(options.dry_run, |recovery, store| {
            this_user::restore(store, session_id, options, |store, options| {
                recovery.call_undo(store, session_id, options.into())
            })
        })
    }

    fn sessions(&self, headings: bool) -> Result<Vec<Entry>, HostError> {
        self.call_or_empty(Grant::ReadOnly, |recovery, store| {
            all_lifted(recovery.call_sessions(store, headings))
        })
    }

    fn audit(&self, known: Option<Vec<String>>) -> Result<AuditReport, HostError> {
        self.call_or_empty(Grant::ReadOnly, |recovery, store| {
            this_user::audit(recovery, store, known.as_deref())
        })
    }

    fn plan(&self, known: Option<Vec<String>>, salvage: bool) -> Result<Plan, HostError> {
        self.call_or_empty(Grant::ReadOnly, |recovery, store| {
            this_user::plan(recovery, store, known.as_deref(), salvage)
        })
    }

    fn repair(&self, changes: Vec<Change>) -> Result<Vec<RepairResult>, HostError> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        self.restoring_call(false, |recovery, store| {
            this_user::repair(recovery, store, changes)
        })
    }

    fn history(&self) -> Result<Vec<Event>, HostError> {
        self.call_or_empty(Grant::ReadOnly, |recovery, store| {
            all_lifted(recovery.call_history(store))
        })
    }

    fn resolve(&self, name: &str) -> Result<String, HostError> {
        self.call(Grant::ReadOnly, |recovery, store| {
            recovery.call_resolve(store, name)
        })
    }

    fn sources(&self, session_id: &str) -> Result<SourceList, HostError> {
        self.call(Grant::ReadOnly, |recovery, store| {
            lifted(recovery.call_sources(store, session_id))
        })
    }

    fn preview(
        &self,
        session_id: &str,
        source: Option<&str>,
        window: Window,
    ) -> Result<View, HostError> {
        self.call(Grant::ReadOnly, |recovery, store| {
            lifted(recovery.call_preview(store, session_id, source, window.into()))
        })
    }

    fn recover_from(
        &self,
        session_id: &str,
        source: &str,
        options: Options,
    ) -> Result<Outcome, HostError> {
        self.restoring_call(options.dry_run, |recovery, store| {
            this_user::restore(store, session_id, options, |store, options| {
                recovery.call_recover_from(store, session_id, source, options.into())
            })
        })
    }

    fn purge(&self, session_ids: &[String], dry_run: bool) -> Result<Vec<Purged>, HostError> {
        self.call(grant(dry_run), |recovery, store| {
            all_lifted(recovery.call_purge(store, session_ids, dry_run))
        })
    }

    fn purge_deleted(&self, dry_run: bool) -> Result<Vec<Purged>, HostError> {
        self.call_or_empty(grant(dry_run), |recovery, store| {
            all_lifted(recovery.call_purge_deleted(store, dry_run))
        })
    }

    fn prune(&self, dry_run: bool) -> Result<Vec<Purged>, HostError> {
        self.call_or_empty(grant(dry_run), |recovery, store| {
            all_lifted(recovery.call_prune(store, dry_run))
        })
    }
}

/// The grant for a call with these options. A dry run only needs to read.
fn grant(dry_run: bool) -> Grant {
    if dry_run {
        Grant::ReadOnly
    } else {
        Grant::ReadWrite
    }
}

fn lifted<W, T: From<W>>(answer: Answer<W>) -> Answer<T> {
    Ok(answer?.map(Into::into))
}

fn all_lifted<W, T: From<W>>(answers: Answer<Vec<W>>) -> Answer<Vec<T>> {
    Ok(answers?.map(|answers| answers.into_iter().map(Into::into).collect()))
}
