//! Says what keeps a session from being judged or restored, so that a caller knows it before
//! anything is tried.

use crate::answer::{Error, ErrorCode, File, FileState, ProblemKind, Recommendation};
use crate::session::SessionId;

/// What is in the way, if anything is.
pub fn obstacle(
    id: &SessionId,
    live: &File,
    backup: &File,
    recommendation: Recommendation,
) -> Option<Error> {
    unjudged(&id.live_name(), &live.state)
        .or_else(|| unjudged(&id.backup_name(), &backup.state))
        .or_else(|| {
            let is_due = recommendation == Recommendation::Restore;
            is_due.then(|| in_the_way(&id.live_name(), live)).flatten()
        })
}

/// What is in the way of replacing the live file by one that it was before.
pub fn obstacle_to_undo(id: &SessionId, live: &File) -> Option<Error> {
    let name = id.live_name();
    unjudged(&name, &live.state)
        .or_else(|| in_the_way(&name, live))
        .or_else(|| undecided(&name, &live.state))
}

/// Gives the error for a file that was read but could not be judged.
fn undecided(name: &str, state: &FileState) -> Option<Error> {
    let FileState::Undecided(problem) = state else {
        return None;
    };
    let message = format!("{}. So it was not replaced.", problem.said_of(name));
    let error = Error::new(ErrorCode::Other, message);
    Some(error.remedied_by("Move it away, then run the same command again."))
}

/// The error for a file that the host could not read: nobody knows what a restore would do.
pub fn unjudged(name: &str, state: &FileState) -> Option<Error> {
    let FileState::Undecided(problem) = state else {
        return None;
    };
    let code = match problem.kind {
        ProblemKind::NoPermission => ErrorCode::NoPermission,
        ProblemKind::Exhausted => ErrorCode::Exhausted,
        ProblemKind::Io => ErrorCode::Io,
        ProblemKind::Other => ErrorCode::Other,
        _ => return None,
    };
    let remedy = match problem.kind {
        ProblemKind::Exhausted => {
            "Raise the limit of open files (`ulimit -n`), then run the same command again."
        }
        _ => "Check its permissions and the disk, then run the same command again.",
    };
    let error = Error::new(code, format!("{}.", problem.said_of(name)));
    Some(error.remedied_by(remedy))
}

/// The error for a live name that a restore cannot replace.
pub fn in_the_way(name: &str, live: &File) -> Option<Error> {
    let problem = live.problem()?;
    let is_in_the_way = matches!(
        problem.kind,
        ProblemKind::NotARegularFile | ProblemKind::Link
    );
    is_in_the_way.then(|| {
        let message = format!("{name} cannot be replaced. It is {}.", problem.message);
        Error::new(ErrorCode::NotARegularFile, message)
            .remedied_by("Move it away, then run the same command again.")
    })
}
