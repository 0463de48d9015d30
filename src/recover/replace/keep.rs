//! Keeps the live file that a restore is about to replace, because it may hold what its backup does
//! not. The kept file has a name of its own. It stays, even if the restore fails afterwards:
//! another run may rely on it, and the next restore finds it. Only its number may change, to a
//! newer one.

use std::ops::ControlFlow;

use super::attempt::{CHANGED, Restore, Stop};
use super::copy::Copy;
use crate::answer::{Error, ErrorCode};
use crate::directory::{
    Bytes, Chunk, Directory, File, FsError, WHOLE, each_common_chunk, file_id_of,
};
use crate::session::SessionId;

/// How many numbers are tried beyond the last one that is known.
const NUMBERS: usize = 1000;

impl<D: Directory> Restore<'_, D> {
    /// Keeps the live file, if there is one and it is to be kept. A file with the same bytes is not
    /// kept twice.
    pub fn keep(&self) -> Result<Option<String>, Stop> {
        let (Some(live), Some(numbers)) = (self.live(), self.kept) else {
            return Ok(None);
        };
        let newest = numbers.iter().copied().max().unwrap_or_default();
        let older = numbers.iter().copied().filter(|number| *number < newest);
        // Another run may just have answered with the newest name: that stays.
        for number in (newest > 0).then_some(newest).into_iter().chain(older) {
            let name = self.kept_name(number)?;
            if !self.holds_the_same(&name, live) {
                continue;
            }
            return if number == newest {
                Ok(Some(name))
            } else {
                self.require_number_after(newest)?;
                self.make_newest(&name, newest).map(Some)
            };
        }
        self.require_number_after(newest)?;
        self.keep_anew(live, newest).map(Some)
    }

    fn require_number_after(&self, newest: u32) -> Result<(), Stop> {
        if newest < u32::MAX {
            return Ok(());
        }
        let message = format!(
            "{} was not replaced. Its kept file {} has the highest possible number.",
            self.id.live_name(),
            self.kept_name(newest)?
        );
        let error = Error::new(ErrorCode::Other, message);
        Err(error.remedied_by("Rename or remove that kept file.").into())
    }

    /// Gives a kept file the newest number. The file with the old name is not the live file, and
    /// may be the only one with its bytes. It stays unless the new name has them as well.
    fn make_newest(&self, name: &str, newest: u32) -> Result<String, Stop> {
        let old = self.directory.open(name);
        let old = old.map_err(|fault| self.cannot(&fault))?;
        let kept = match self.name_anew(name, &old, newest)? {
            Ok(kept) => kept,
            Err(_) => self.copy(name, &old, newest)?,
        };
        if self.holds_the_same(&kept, &old) {
            // If this fails, the file has two names, which loses nothing.
            let _ = self.directory.remove(name);
        }
        Ok(kept)
    }

    fn keep_anew(&self, live: &D::File, newest: u32) -> Result<String, Stop> {
        let live_name = self.id.live_name();
        // What another program has put there by now is not what is replaced.
        self.require_judged(&live_name, live)?;
        match self.name_anew(&live_name, live, newest)? {
            Ok(kept) => self.require_judged(&kept, live).map(|()| kept),
            Err(FsError::NotFound) => Err(self.changed("it is gone").into()),
            Err(FsError::NoSpace) => Err(self.cannot(&FsError::NoSpace)),
            // Some file systems have no second names.
            Err(_) => self.copy(&live_name, live, newest),
        }
    }

    /// Gives a file a second name: the first kept name that is free, or that another run, or an
    /// earlier attempt, gave it just now.
    fn name_anew(
        &self,
        from: &str,
        file: &D::File,
        newest: u32,
    ) -> Result<Result<String, FsError>, Stop> {
        for number in numbers_after(newest) {
            let name = self.kept_name(number)?;
            match self.directory.link(from, &name) {
                Err(FsError::Exists) if !self.is_named(&name, file) => {}
                Err(FsError::Exists) => return Ok(Ok(name)),
                linked => return Ok(linked.map(|()| name)),
            }
        }
        Ok(Err(FsError::Exists))
    }

    fn is_named(&self, name: &str, file: &D::File) -> bool {
        let file_id = file.file_id();
        file_id.is_ok() && self.directory.file_id(name) == file_id
    }

    /// Fails unless a name stands for the file that was judged.
    fn require_judged(&self, name: &str, live: &D::File) -> Result<(), Stop> {
        let judged = live.file_id().map_err(|fault| self.cannot(&fault))?;
        match self.directory.file_id(name) {
            Ok(found) if found == judged => Ok(()),
            Ok(_) => Err(self.changed(CHANGED).into()),
            Err(fault) => Err(self.cannot(&fault)),
        }
    }

    /// Copies the file of this name, by way of a staging file.
    fn copy(&self, name: &str, file: &D::File, newest: u32) -> Result<String, Stop> {
        let (staging, staging_name) = self.create()?;
        let copied = self
            .fill_copy(name, file, &staging)
            .and_then(|()| self.free_name(newest))
            .and_then(|name| {
                let renamed = self.directory.rename(&staging_name, &name);
                renamed.map(|()| name).map_err(|fault| self.cannot(&fault))
            });
        copied.map_err(|stop| self.clean_up(stop, &staging_name))
    }

    fn fill_copy(&self, name: &str, file: &D::File, staging: &D::File) -> Result<(), Stop> {
        Copy::to(staging).append(name, file, &WHOLE)?;
        staging.sync().map_err(|fault| self.cannot(&fault))
    }

    fn free_name(&self, newest: u32) -> Result<String, Stop> {
        for number in numbers_after(newest) {
            let name = self.kept_name(number)?;
            let found = file_id_of(self.directory, &name);
            if found.map_err(|fault| self.cannot(&fault))?.is_none() {
                return Ok(name);
            }
        }
        Err(self.cannot(&FsError::Exists))
    }

    /// Whether a kept file holds what the live file does. One that cannot be read does not.
    fn holds_the_same(&self, name: &str, live: &D::File) -> bool {
        let kept = self.directory.open(name);
        kept.is_ok_and(|kept| are_equal(live, &kept).unwrap_or(false))
    }

    fn kept_name(&self, number: u32) -> Result<String, Stop> {
        let name = self.id.kept_name(number);
        name.ok_or_else(|| too_long_to_keep(self.id).into())
    }

    fn cannot(&self, fault: &FsError) -> Stop {
        let what = format!("{} cannot be kept", self.id.live_name());
        fault.while_writing(&what).into()
    }
}

/// Why a session cannot be restored without discarding what is replaced.
pub fn too_long_to_keep(id: &SessionId) -> Error {
    let live = id.live_name();
    let message =
        format!("{live} was not replaced: its name leaves no room for a kept file's name.");
    Error::new(ErrorCode::Other, message)
        .remedied_by("Rename its kept files if it has any, or restore it with --discard.")
}

/// The numbers that are tried; the highest one has none after it.
fn numbers_after(newest: u32) -> impl Iterator<Item = u32> {
    (newest..=u32::MAX).skip(1).take(NUMBERS)
}

/// Whether two files hold the same bytes, however short the host's reads are.
pub fn are_equal(one: &dyn Bytes, other: &dyn Bytes) -> Result<bool, FsError> {
    let mut end = 0;
    let [in_one, in_other] = each_common_chunk([one, other], [0; 2], &mut |bytes| {
        end += bytes.len() as u64;
        ControlFlow::Continue(())
    });
    let (in_one, in_other) = (in_one?, in_other?);
    end += in_one.bytes.len() as u64;
    Ok(in_one.bytes == in_other.bytes
        && ends_at(end, one, &in_one)?
        && ends_at(end, other, &in_other)?)
}

/// Whether a file ends there, after its last chunk. Some hosts say so only if nothing is left.
fn ends_at(end: u64, file: &dyn Bytes, last: &Chunk) -> Result<bool, FsError> {
    if last.is_last {
        return Ok(true);
    }
    let rest = file.read(end, 1)?;
    Ok(rest.is_last && rest.bytes.is_empty())
}
