//! The operations on the granted directory, as both components offer
//! them.

use crate::answer::{AuditReport, Change, Entry, Error, Outcome, RepairResult, Status, Summary};
use crate::directory::wasi::Granted;
use crate::gone::Gone;
use crate::listing::look_up;
use crate::recover::Options;
use crate::session::SessionId;
use crate::sweep::{self, Progress};
use crate::{audit, inspect, plan, recover, repair};

/// Compares a session's live file with its backup.
///
/// # Errors
///
/// The id or the grant is wrong, or the directory cannot be listed.
pub fn inspect(session_id: &str) -> Result<Status, Error> {
    let id = SessionId::parse(session_id)?;
    let directory = Granted::open()?;
    let names = look_up(&directory, &id)?;
    let gone = Gone::of(&directory, names.system.deleted);
    Ok(inspect::inspect(&directory, &id, names.listed.kinds, &gone).status)
}

/// Does what [`inspect`] does for some sessions, in their order.
///
/// # Errors
///
/// An id or the grant is wrong, or the directory cannot be listed.
pub fn inspect_some(session_ids: &[String]) -> Result<Vec<Status>, Error> {
    let ids = parse_all(session_ids)?;
    inspect::inspect_some(&Granted::open()?, &ids)
}

/// Restores a session if it should be, or tells whether it would be.
///
/// # Errors
///
/// The id or the grant is wrong, or the directory cannot be listed.
pub fn recover(session_id: &str, options: Options) -> Result<Outcome, Error> {
    let id = SessionId::parse(session_id)?;
    recover::recover(&Granted::open()?, &id, options)
}

/// Restores every session that should be, or tells which ones would be. `known` are
/// the sessions that there are, if the host knows.
///
/// # Errors
///
/// The grant is wrong, or the directory cannot be listed.
pub fn recover_all(
    known: Option<Vec<String>>,
    options: Options,
    progress: Progress,
) -> Result<Summary, Error> {
    sweep::recover_all(&Granted::open()?, known, options, progress)
}

/// Does what [`recover_all`] does, for these sessions alone.
///
/// # Errors
///
/// An id or the grant is wrong, or the directory cannot be listed.
pub fn recover_some(session_ids: &[String], options: Options) -> Result<Summary, Error> {
    let ids = parse_all(session_ids)?;
    sweep::recover_some(&Granted::open()?, &ids, options)
}

/// Puts back what the last restore of a session replaced, or tells what would be.
///
/// # Errors
///
/// The id or the grant is wrong, or the directory cannot be listed.
pub fn undo(session_id: &str, dry_run: bool) -> Result<Outcome, Error> {
    let id = SessionId::parse(session_id)?;
    recover::undo(&Granted::open()?, &id, dry_run)
}

/// Lists every session and every odd entry.
///
/// # Errors
///
/// The grant is wrong, or the directory cannot be listed.
pub fn sessions() -> Result<Vec<Entry>, Error> {
    sweep::sessions(&Granted::open()?)
}

/// Looks for everything that is wrong. `known` are the sessions that there are, if
/// the host knows.
///
/// # Errors
///
/// The grant is wrong, or the directory cannot be listed.
pub fn audit(known: Option<Vec<String>>) -> Result<AuditReport, Error> {
    audit::audit(&Granted::open()?, known)
}

/// Gives the changes that would mend what an [`audit`] finds repairable.
///
/// # Errors
///
/// The grant is wrong, or the directory cannot be listed.
pub fn plan(known: Option<Vec<String>>) -> Result<Vec<Change>, Error> {
    plan::plan(&Granted::open()?, known)
}

/// Makes the changes of a plan.
///
/// # Errors
///
/// The grant is wrong, or the directory cannot be listed.
pub fn repair(changes: Vec<Change>) -> Result<Vec<RepairResult>, Error> {
    repair::repair(&Granted::open()?, changes)
}

fn parse_all(session_ids: &[String]) -> Result<Vec<SessionId>, Error> {
    session_ids.iter().map(|id| SessionId::parse(id)).collect()
}
