//! Finds the file that somebody wants to see.

use crate::answer::{Error, ErrorCode, Problem, Recommendation, SourceKind};
use crate::app::tombstones::Tombstones;
use crate::directory::{Directory, File, Kind};
use crate::listing::Names;
use crate::session::SessionId;
use crate::sources::{Choice, Gathered, kind_of, no_such_source};
use crate::verdict::inspect::inspect_for_sweep;
use crate::verdict::judge::Judged;
use crate::verdict::mend::Depth;

/// What the name of a source stands for, if it may be one of the session's.
pub fn locate(id: &SessionId, names: &Names, name: &str) -> Result<SourceKind, Error> {
    let found = kind_of(id, &names.listed, name);
    let found = found.ok_or_else(|| no_such_source(id, name))?;
    let kinds = names.listed.kinds.beside_backup();
    let kind = match found {
        SourceKind::Live => kinds.live,
        SourceKind::Backup => kinds.backup,
        _ => Some(Kind::File),
    };
    match kind {
        Some(Kind::File) => Ok(found),
        // To open a FIFO would wait for its writer.
        Some(kind) => Err(not_a_file(name, kind)),
        None => Err(no_such_source(id, name)),
    }
}

fn not_a_file(name: &str, kind: Kind) -> Error {
    let message = Problem::from(kind).said_of(name) + ".";
    Error::new(ErrorCode::NotARegularFile, message).remedied_by("Choose another source.")
}

/// The name of the file that `recover` would put in place. If it would do nothing, that of the live
/// file. If that holds nothing, that of the best source, or of any other one that holds messages.
pub fn default_source(
    directory: &impl Directory,
    id: &SessionId,
    names: &Names,
) -> Result<String, Error> {
    let listed = &names.listed;
    let tombstones = Tombstones::of(names.system.deleted);
    let kinds = listed.kinds.beside_backup();
    let depth = Depth::to_tell(&[]);
    let inspection = inspect_for_sweep(directory, id, kinds, depth, &tombstones);
    if inspection.status.recommendation == Recommendation::Restore {
        return Ok(id.backup_name());
    }
    if holds_any(&inspection.live) {
        return Ok(id.live_name());
    }
    let gathered = Gathered::of(directory, id, listed);
    let sources = gathered.with(id, [&inspection.live, &inspection.backup]);
    let best = Choice::of(directory, id, &sources, &tombstones, gathered.terms()).best();
    let any = || sources.iter().position(|source| holds_any(source.judged));
    let found = best.or_else(any).unwrap_or_default();
    let name = sources.get(found).map(|source| source.name.clone());
    name.ok_or_else(|| no_such_source(id, &id.live_name()))
}

fn holds_any<F: File>(judged: &Judged<F>) -> bool {
    let whole = judged.whole();
    whole.is_some_and(|whole| whole.messages().count > 0)
}
