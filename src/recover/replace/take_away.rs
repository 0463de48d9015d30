//! Takes the live file's name away, because the last restore put the file where none was. Nothing
//! is lost: the file becomes the newest kept file before its name goes. It is moved before it is
//! removed, so that what the application saved meanwhile can be put back.

use super::attempt::{CHANGED, Restore, Stop};
use super::keep::are_equal;
use super::{Done, Placed};
use crate::answer::Error;
use crate::claim::Claim;
use crate::directory::{Directory, File, FsError};
use crate::recover::exchanges::{put_away, take};
use crate::recover::source::Source;
use crate::remove::remove;
use crate::session::SessionId;
use crate::verdict::inspect::Inspection;

/// Takes a session's live file away, and says what happened. `kept` are the numbers of the files
/// kept before.
pub fn take_away<D: Directory>(
    directory: &D,
    id: &SessionId,
    inspection: &Inspection<D::File>,
    kept: &[u32],
) -> Done {
    let nothing = Source {
        name: id.live_name(),
        judged: inspection.status.live.clone(),
        salvaged: None,
        merged: 0,
    };
    let mut restore = Restore {
        directory,
        id,
        inspection,
        reopened: None,
        source: &nothing,
        kept: Some(kept),
    };
    restore.carry_out(Restore::attempt_to_take_away, "taken away")
}

impl<D: Directory> Restore<'_, D> {
    fn attempt_to_take_away(&self, claim: &mut Claim<D>) -> Result<Placed, Stop> {
        let live = self.id.live_name();
        let kept = self.keep()?.ok_or_else(|| self.changed(CHANGED))?;
        self.claim(claim)?;
        self.require_unchanged(&live, Some(&kept))?;
        // This makes the kept name durable before the live file loses its own.
        let taken = take(self.directory, self.id, &live).map_err(|fault| self.not_taken(&fault))?;
        if !self.is_kept(&taken, &kept) {
            let mut errors = vec![self.changed(CHANGED)];
            errors.extend(self.put_back(&taken, &live));
            return Err(Stop::Failed(errors));
        }
        let stuck = remove(self.directory, &taken).err();
        Ok(Placed {
            kept: Some(kept),
            stuck,
        })
    }

    fn not_taken(&self, fault: &FsError) -> Error {
        let live = self.id.live_name();
        match fault {
            FsError::NotFound => self.changed(CHANGED),
            fault => fault.while_replacing(&format!("{live} cannot be taken away")),
        }
    }

    /// Whether all that was taken is kept, or another run has taken it in turn and kept it.
    fn is_kept(&self, taken: &str, kept: &str) -> bool {
        let file = match self.directory.open(taken) {
            Err(FsError::NotFound) => return true,
            opened => opened,
        };
        match (file, self.directory.open(kept)) {
            (Ok(taken), Ok(kept)) => {
                let file_id = taken.file_id();
                (file_id.is_ok() && file_id == kept.file_id())
                    || are_equal(&taken, &kept).unwrap_or(false)
            }
            _ => false,
        }
    }

    /// Gives a file that the application saved meanwhile its name back. If the application has
    /// saved again, the file is kept.
    fn put_back(&self, taken: &str, live: &str) -> Vec<Error> {
        let stuck = match self.directory.link(taken, live) {
            Ok(()) => remove(self.directory, taken).err(),
            Err(FsError::NotFound) => None,
            Err(FsError::Exists) => return put_away(self.directory, &[&taken.to_owned()]),
            // Some file systems have no second names.
            Err(_) => {
                let renamed = self.directory.rename(taken, live);
                renamed.err().map(|fault| self.not_put_back(taken, &fault))
            }
        };
        stuck.into_iter().collect()
    }

    fn not_put_back(&self, taken: &str, fault: &FsError) -> Error {
        let live = self.id.live_name();
        fault.while_replacing(&format!("{taken} cannot be renamed to {live}"))
    }
}
