//! session-recovery in wasmtime: open a session directory, call the
//! operations, get Rust types. The README shows it in use.
//!
//! # The sandbox
//!
//! The component gets one directory and nothing else: no other WASI interface
//! is linked. The grant is read-only for whatever only reads, and for every dry
//! run. Each call runs in a fresh store, within [`Limits`]. Compiled code is kept
//! in wasmtime's own cache, in the user's cache directory.
//!
//! # Permissions
//!
//! WASI can neither read nor set a file's mode, owner and access list, so this library
//! does, in the step in which the component renames. A restored file takes over from the
//! file it replaces, or from its backup if there is none: the mode, the owner, the access
//! list (`system.posix_acl_access`) and the user attributes (`user.*`). If any of them
//! cannot be given, the restore fails and nothing is replaced: run as the sessions' owner
//! or as root.
//!
//! Until then the file must not be readable by others. New files are created with mode
//! 0600, without the entries of the directory's default access list, and checked. In
//! addition the component runs in a thread that has its own umask of 077 (Linux:
//! `unshare(CLONE_FS)`), as a library may not touch the umask of its process.

mod bindings;
mod error;
mod exchange;
mod exhaustion;
mod filesystem;
mod kept;
mod limits;
mod listing;
mod permissions;
mod sandbox;
mod state;
mod translate;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

pub use session_recovery::recover::Options;

pub use session_recovery::answer::{
    Action, AuditReport, Category, Change, ChangeKind, Entry, Error, ErrorCode, File, FileState,
    Finding, FindingKind, Guard, Note, NoteKind, Outcome, Plan, Problem, ProblemKind, Purged,
    Recommendation, RepairResult, Status, Summary, Turn,
};

pub use error::HostError;
pub use limits::Limits;

use sandbox::Sandbox;
use state::Grant;

/// The compiled component.
pub struct Plugin {
    sandbox: Sandbox,
}

impl Plugin {
    /// Compiles the component, or takes it from the cache.
    ///
    /// # Errors
    ///
    /// The component or the machine does not fit this wasmtime, or there are too few open
    /// files or threads left.
    pub fn new(limits: Limits) -> Result<Self, HostError> {
        let sandbox = Sandbox::new(limits)?;
        Ok(Self { sandbox })
    }

    /// The sessions in a directory, which need not exist yet.
    pub fn open(&self, directory: impl Into<PathBuf>) -> Sessions<'_> {
        Sessions {
            sandbox: &self.sandbox,
            directory: directory.into(),
        }
    }
}

/// The sessions of one directory.
pub struct Sessions<'plugin> {
    sandbox: &'plugin Sandbox,
    directory: PathBuf,
}

impl Sessions<'_> {
    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Compares a session's live file with its backup.
    ///
    /// # Errors
    ///
    /// The id or the directory is wrong.
    pub fn inspect(&self, session_id: &str) -> Result<Status, HostError> {
        let status = self.call(Grant::ReadOnly, |recovery, store| {
            recovery.call_inspect(store, session_id)
        })?;
        Ok(status.into())
    }

    /// Does what [`Self::inspect`] does for some sessions, in their order, for
    /// one listing of the directory.
    ///
    /// # Errors
    ///
    /// An id or the directory is wrong.
    pub fn inspect_some(&self, ids: &[String]) -> Result<Vec<Status>, HostError> {
        let statuses = self.call(Grant::ReadOnly, |recovery, store| {
            recovery.call_inspect_some(store, ids)
        })?;
        Ok(statuses.into_iter().map(Into::into).collect())
    }

    /// Restores a session if it should be, or tells whether it would be.
    ///
    /// # Errors
    ///
    /// The id or the directory is wrong.
    pub fn recover(&self, session_id: &str, options: Options) -> Result<Outcome, HostError> {
        let outcome = self.call(grant(options.dry_run), |recovery, store| {
            recovery.call_recover(store, session_id, options.into())
        })?;
        Ok(outcome.into())
    }

    /// Puts back what the last restore of a session replaced, or tells what would
    /// be. Of the options only `dry_run` and `ignore_guards` apply.
    ///
    /// # Errors
    ///
    /// The id or the directory is wrong.
    pub fn undo(&self, session_id: &str, options: Options) -> Result<Outcome, HostError> {
        let outcome = self.call(grant(options.dry_run), |recovery, store| {
            recovery.call_undo(store, session_id, options.into())
        })?;
        Ok(outcome.into())
    }

    /// Restores every session that should be, or tells which ones would be, in
    /// one call. A directory that does not exist gives zeros.
    ///
    /// # Errors
    ///
    /// The directory cannot be listed.
    pub fn recover_all(&self, options: Options) -> Result<Summary, HostError> {
        if self.is_missing() {
            return Ok(Summary::default());
        }
        let summary = self.call(grant(options.dry_run), |recovery, store| {
            recovery.call_recover_all(store, options.into())
        })?;
        Ok(summary.into())
    }

    /// Does what [`Self::recover_all`] does, where it is known which sessions there
    /// are: of those whose live file is gone no other one is restored.
    ///
    /// # Errors
    ///
    /// The directory cannot be listed.
    pub fn recover_known(&self, known: &[String], options: Options) -> Result<Summary, HostError> {
        if self.is_missing() {
            return Ok(Summary::default());
        }
        let summary = self.call(grant(options.dry_run), |recovery, store| {
            recovery.call_recover_known(store, known, options.into())
        })?;
        Ok(summary.into())
    }

    /// Does what [`Self::recover_all`] does, in about so many parts: after each,
    /// `progress` is told how many of the sessions with a backup are done, and of
    /// how many. Where it breaks off, the rest is not looked at, and the summary is of
    /// what was done. Each part costs one listing of the directory. A part that has no
    /// answer is tried session by session; those that have none either are listed
    /// as failed. What such a part restored before it stopped is in place, but no
    /// longer listed.
    ///
    /// # Errors
    ///
    /// The directory cannot be listed.
    pub fn recover_all_in_parts(
        &self,
        options: Options,
        parts: usize,
        progress: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Summary, HostError> {
        let entries = self.sessions()?;
        // What is no file, and has no live file beside it, is told of already.
        let is_odd = |entry: &&Entry| !entry.live && entry.oddity.is_some();
        let backups = entries
            .iter()
            .filter(|entry| entry.backup && !is_odd(entry));
        let ids: Vec<_> = backups
            .filter_map(|entry| entry.session_id.clone())
            .collect();
        let mut summary = Summary::of_listing(entries);
        let part = ids.len().div_ceil(parts.max(1)).max(1);
        let mut chunks = ids.chunks(part);
        let mut done = 0;
        while progress(done, ids.len()).is_continue()
            && let Some(ids_of_part) = chunks.next()
        {
            summary.add_part(
                self.recover_some(ids_of_part, options)
                    .unwrap_or_else(|_| self.recover_one_by_one(ids_of_part, options)),
            );
            done += ids_of_part.len();
        }
        if ids.is_empty() && !self.is_missing() {
            // There may be leftovers of an interrupted run nonetheless.
            summary.add_part(self.recover_some(&[], options)?);
        }
        Ok(summary)
    }

    /// Does what [`Self::recover_all`] does, for these sessions alone.
    ///
    /// # Errors
    ///
    /// An id is wrong, or the directory cannot be listed.
    pub fn recover_some(&self, ids: &[String], options: Options) -> Result<Summary, HostError> {
        let summary = self.call(grant(options.dry_run), |recovery, store| {
            recovery.call_recover_some(store, ids, options.into())
        })?;
        Ok(summary.into())
    }

    fn recover_one_by_one(&self, ids: &[String], options: Options) -> Summary {
        let mut summary = Summary::default();
        for id in ids {
            match self.recover_some(std::slice::from_ref(id), options) {
                Ok(part) => summary.add_part(part),
                Err(error) => summary.sessions.push(Outcome::unanswered(id, error.into())),
            }
        }
        summary
    }

    /// Lists every session and every odd entry. A directory that does not
    /// exist gives none.
    ///
    /// # Errors
    ///
    /// The directory cannot be listed.
    pub fn sessions(&self) -> Result<Vec<Entry>, HostError> {
        if self.is_missing() {
            return Ok(Vec::new());
        }
        let entries = self.call(Grant::ReadOnly, |recovery, store| {
            recovery.call_sessions(store)
        })?;
        Ok(entries.into_iter().map(Into::into).collect())
    }

    /// Looks for everything that is wrong in the directory, and reads all of it for
    /// that. `known` are the sessions that there are, if that is known. A directory
    /// that does not exist gives no findings.
    ///
    /// # Errors
    ///
    /// The directory cannot be listed.
    pub fn audit(&self, known: Option<&[String]>) -> Result<AuditReport, HostError> {
        if self.is_missing() {
            return Ok(AuditReport::default());
        }
        let report = self.call(Grant::ReadOnly, |recovery, store| {
            recovery.call_audit(store, known)
        })?;
        Ok(report.into())
    }

    /// Gives the changes that would mend what [`Self::audit`] finds repairable.
    ///
    /// # Errors
    ///
    /// The directory cannot be listed.
    pub fn plan(&self, known: Option<&[String]>) -> Result<Plan, HostError> {
        if self.is_missing() {
            return Ok(Plan::default());
        }
        let plan = self.call(Grant::ReadOnly, |recovery, store| {
            recovery.call_plan(store, known)
        })?;
        Ok(Plan {
            changes: plan.changes.into_iter().map(Into::into).collect(),
            withheld: plan.withheld,
        })
    }

    /// Removes the kept files of these sessions for good, or tells which ones it would
    /// remove.
    ///
    /// # Errors
    ///
    /// An id or the directory is wrong.
    pub fn purge(&self, session_ids: &[String], dry_run: bool) -> Result<Vec<Purged>, HostError> {
        let purged = self.call(grant(dry_run), |recovery, store| {
            recovery.call_purge(store, session_ids, dry_run)
        })?;
        Ok(purged.into_iter().map(Into::into).collect())
    }

    /// Does so for every session that the application's users deleted.
    ///
    /// # Errors
    ///
    /// The directory or the list of deleted sessions cannot be read.
    pub fn purge_deleted(&self, dry_run: bool) -> Result<Vec<Purged>, HostError> {
        if self.is_missing() {
            return Ok(Vec::new());
        }
        let purged = self.call(grant(dry_run), |recovery, store| {
            recovery.call_purge_deleted(store, dry_run)
        })?;
        Ok(purged.into_iter().map(Into::into).collect())
    }

    /// Makes the changes of a plan, and no others.
    ///
    /// # Errors
    ///
    /// The directory cannot be listed.
    pub fn repair(&self, plan: Vec<Change>) -> Result<Vec<RepairResult>, HostError> {
        if plan.is_empty() {
            return Ok(Vec::new());
        }
        let changes: Vec<_> = plan.into_iter().map(Into::into).collect();
        let results = self.call(Grant::ReadWrite, |recovery, store| {
            recovery.call_repair(store, &changes)
        })?;
        Ok(results.into_iter().map(Into::into).collect())
    }

    /// Whether there is no such directory.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self.directory.try_exists(), Ok(false))
    }

    fn call<T: Send>(&self, grant: Grant, call: impl sandbox::Call<T>) -> Result<T, HostError> {
        permissions::privately(|| self.sandbox.call(&self.directory, grant, call))
            .map_err(HostError::TooFewThreads)?
    }
}

const fn grant(dry_run: bool) -> Grant {
    if dry_run {
        Grant::ReadOnly
    } else {
        Grant::ReadWrite
    }
}
