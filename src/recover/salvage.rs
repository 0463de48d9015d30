//! Says what a salvage puts in the live file's place.

use super::not_mergeable;
use super::source::Source;
use crate::answer::Error;
use crate::directory::File;
use crate::session::SessionId;
use crate::verdict::compare::Comparison;
use crate::verdict::inspect::Inspection;
use crate::verdict::judge::Whole;
use crate::verdict::mend::Remains;
use crate::verdict::obstacle::in_the_way;
use crate::verdict::salvage::Salvaging;
use crate::verdict::salvaging::Damaged;

/// The source of a salvage. With `merge`, the messages that only the live file holds are added to
/// those of the other file.
pub fn source<F: File>(
    id: &SessionId,
    inspection: &Inspection<F>,
    salvaging: &Salvaging<F>,
    merge: bool,
) -> Result<Source, Error> {
    let status = &inspection.status;
    if let Some(obstacle) = in_the_way(&id.live_name(), &status.live) {
        return Err(obstacle);
    }
    let is_live = salvaging.which == Damaged::Live;
    let may_have_more = inspection.backup.whole().is_some() && status.backup.only_here != Some(0);
    if is_live && merge && may_have_more {
        return of_backup(id, inspection);
    }
    let merged = if merge && !is_live {
        live_only(id, inspection, salvaging)?
    } else {
        0
    };
    Ok(Source {
        name: salvaging.source.name.clone(),
        judged: status.live.clone(),
        salvaged: Some(salvaging.source.messages),
        merged,
    })
}

/// The backup, with what only the damaged live file holds. The backup's messages come first, because
/// they are older.
fn of_backup<F: File>(id: &SessionId, inspection: &Inspection<F>) -> Result<Source, Error> {
    let status = &inspection.status;
    let merged = status.live.only_here.ok_or_else(|| uncompared(id))?;
    let remains = inspection.backup.remains.as_ref();
    Ok(Source {
        name: id.backup_name(),
        judged: status.backup.clone(),
        salvaged: remains.map(Remains::messages),
        merged,
    })
}

/// How many messages of the live file the source lacks.
fn live_only<F: File>(
    id: &SessionId,
    inspection: &Inspection<F>,
    salvaging: &Salvaging<F>,
) -> Result<u32, Error> {
    let Some(live) = inspection.live.whole() else {
        return Ok(0);
    };
    let kept = salvaging
        .kept
        .as_ref()
        .filter(|_| salvaging.which == Damaged::Kept);
    let source = match kept {
        Some(kept) => Some(Whole::Mended(kept.remains.whole(&kept.file))),
        None => inspection.backup.whole(),
    };
    let source = source.ok_or_else(|| uncompared(id))?;
    let comparison = Comparison::of(&live.messages(), &source.messages());
    let comparison = comparison.ok().flatten().ok_or_else(|| uncompared(id))?;
    Ok(comparison.difference().live_only)
}

fn uncompared(id: &SessionId) -> Error {
    not_mergeable(id, "The two files could not be compared")
        .remedied_by("Restore it without --merge. The replaced file is kept.")
}
