//! Appends to the log, and reads its newest lines. WASI has no call for either without a clock or
//! streams, so the end of the file is searched for.
//!
//! Two hosts that append at the same moment take turns: each holds a claim meanwhile. A host that
//! does not get it soon writes without it, because its owner may be dead. In the worst case a line
//! is lost or torn, and whoever reads the log skips it.

use std::mem;
use std::ops::ControlFlow;

use super::line::{Line, Reader};
use crate::answer::Error;
use crate::claim::Claim;
use crate::directory::{Bytes, CHUNK, Directory, File, FsError, Kind, each_chunk, write_all};
use crate::session::{LOG, log_claim_name};

/// How many bytes of the log are read, the newest ones.
const MOST: u64 = 8 << 20;
/// How often a claim is asked for.
const ATTEMPTS: u32 = 50;

/// Appends whole lines, and makes them durable.
///
/// # Errors
///
/// They could not be written, or the claim could not be removed.
pub fn append(directory: &impl Directory, lines: &str) -> Result<(), Error> {
    let mut claim = Claim::named(directory, log_claim_name());
    for _ in 0..ATTEMPTS {
        if claim.hold() != Ok(false) {
            break;
        }
    }
    let written = write(directory, lines);
    // Only the write is a matter of turns.
    let released = claim.release();
    let durable = written.and_then(|file| file.sync());
    durable.map_err(|fault| {
        let what = format!("This was not written to the history, {LOG}");
        fault.while_replacing(&what)
    })?;
    released
}

fn write<D: Directory>(directory: &D, lines: &str) -> Result<D::File, FsError> {
    let (file, end) = match directory.edit(LOG) {
        Err(FsError::NotFound) => (directory.create(LOG)?, End::default()),
        edited => {
            let file = edited?;
            let end = end_of(&file)?;
            (file, end)
        }
    };
    if end.is_torn {
        write_all(&file, end.offset, format!("\n{lines}").as_bytes())?;
    } else {
        write_all(&file, end.offset, lines.as_bytes())?;
    }
    Ok(file)
}

/// Where a file ends.
#[derive(Debug, Default)]
struct End {
    offset: u64,
    /// Whether its last line has no end.
    is_torn: bool,
}

/// Finds the end of a file in few reads, however long it is.
fn end_of(file: &dyn Bytes) -> Result<End, FsError> {
    let has = |bytes: u64| file.read(bytes - 1, 1).map(|chunk| !chunk.bytes.is_empty());
    let (mut least, mut most) = (0, CHUNK);
    while has(most)? {
        least = most;
        let twice = most.checked_mul(2);
        most = twice.ok_or_else(|| FsError::Io("it has no end".to_owned()))?;
    }
    while most - least > CHUNK {
        let middle = least.midpoint(most);
        if has(middle)? {
            least = middle;
        } else {
            most = middle;
        }
    }
    let mut end = End::default();
    let rest = least.saturating_sub(1)..u64::MAX;
    each_chunk(file, &rest, &mut |offset, bytes| {
        if let Some(last) = bytes.last() {
            end.offset = offset + bytes.len() as u64;
            end.is_torn = *last != b'\n';
        }
        ControlFlow::<()>::Continue(())
    })?;
    Ok(end)
}

/// Reads the newest lines, the oldest of them first. `kind` is the kind of entry that has the log's
/// name.
///
/// # Errors
///
/// It is not a file, or cannot be read.
pub fn read(
    directory: &impl Directory,
    kind: Option<Kind>,
    take: &mut dyn FnMut(Line),
) -> Result<(), Error> {
    let opened = match kind {
        None => return Ok(()),
        Some(Kind::File) => directory.open(LOG),
        Some(Kind::Link) => Err(FsError::IsLink),
        Some(Kind::Directory) => Err(FsError::IsDirectory),
        Some(Kind::Special) => Err(FsError::Io(format!("it is {}", Kind::Special.in_words()))),
    };
    match opened.and_then(|file| read_newest(&file, take)) {
        Err(FsError::NotFound) => Ok(()),
        read => read
            .map_err(|fault| fault.while_reading(&format!("The history, {LOG}, cannot be read"))),
    }
}

fn read_newest(file: &dyn Bytes, take: &mut dyn FnMut(Line)) -> Result<(), FsError> {
    let end = end_of(file)?.offset;
    let mut reader = Reader::default();
    // The first line may lack its beginning, and is none then.
    let newest = end.saturating_sub(MOST)..end;
    each_chunk(file, &newest, &mut |_, bytes| {
        let mut lines = bytes.split(|byte| *byte == b'\n');
        reader.feed(lines.next().unwrap_or_default());
        for line in lines {
            mem::take(&mut reader)
                .line()
                .into_iter()
                .for_each(&mut *take);
            reader.feed(line);
        }
        ControlFlow::<()>::Continue(())
    })?;
    reader.line().into_iter().for_each(take);
    Ok(())
}
