//! Removes redundant kept files, unless another run is at work on their session.
//!
//! A restore may rely on a kept file: it looks at the file, and then replaces the live file. So a
//! kept file is first taken, by giving it a name that nobody else gives. A restore that looks later
//! does not find it. A restore that looked earlier has a staging file from before its look until
//! the live file is replaced. After the taking, no such file may be in the directory, and the files
//! that stay must be the same. Otherwise the kept file gets its name back.

use super::redundant::Session;
use super::standing::Standing;
use crate::answer::{Error, ErrorCode, Purged};
use crate::directory::{Directory, File, FsError};
use crate::listing::{DirEntry, scan};
use crate::recover::{are_equal, create_first, put_back};
use crate::session::{Role, SessionId};

/// Removes files in a directory.
pub struct Removal<'a, D: Directory> {
    directory: &'a D,
    /// A file of this run that has no name. Its ID is in the names that the run gives.
    own: Option<D::File>,
}

impl<'a, D: Directory> Removal<'a, D> {
    pub const fn in_directory(directory: &'a D) -> Self {
        let own = None;
        Self { directory, own }
    }

    /// Removes what is redundant of these sessions, and says what was removed.
    pub fn remove(&mut self, sessions: Vec<Session<D::File>>) -> Vec<Purged> {
        if sessions.is_empty() {
            return Vec::new();
        }
        let own = self.prepare();
        let before = AtWork::in_directory(self.directory);
        let mut taken = Vec::new();
        for session in sessions {
            let own = own.as_ref().map(|own| *own).map_err(Clone::clone);
            let found = before.as_ref().map_err(Clone::clone);
            taken.push(Taken::of(self.directory, session, own, found));
        }
        let after = AtWork::in_directory(self.directory);
        let mut removed: Vec<_> = taken
            .into_iter()
            .map(|taken| taken.remove(self.directory, after.as_ref().map_err(Clone::clone)))
            .collect();
        self.confirm(&mut removed);
        removed
    }

    /// Makes durable which names there are, and gives the ID of this run's own file.
    fn prepare(&mut self) -> Result<u128, Error> {
        let prepared = self.own_file_id().and_then(|own| {
            self.directory.sync()?;
            Ok(own)
        });
        prepared.map_err(|fault| fault.while_writing("No kept file is removed"))
    }

    fn own_file_id(&mut self) -> Result<u128, FsError> {
        if let Some(own) = &self.own {
            return own.file_id();
        }
        let (own, name) = create_first(self.directory)?;
        match self.directory.remove(&name) {
            Ok(()) | Err(FsError::NotFound) => {}
            Err(fault) => return Err(fault),
        }
        let own_id = own.file_id();
        self.own = Some(own);
        own_id
    }

    /// Makes the removals durable.
    fn confirm(&self, removed: &mut [Purged]) {
        if let Err(fault) = self.directory.sync() {
            let what = "The kept files are removed, but the directory cannot be synced";
            for purged in removed {
                if !purged.removed.is_empty() {
                    purged.errors.push(fault.while_writing(what));
                }
            }
        }
    }
}

/// What shows that another run is at work in the directory, or was interrupted.
struct AtWork {
    is_staging: bool,
    claims: Vec<String>,
}

impl AtWork {
    fn in_directory(directory: &impl Directory) -> Result<Self, Error> {
        let mut at_work = Self {
            is_staging: false,
            claims: Vec::new(),
        };
        for entry in scan(directory)? {
            match entry {
                DirEntry::Leftover(name) if Role::of(&name) == Role::Claim => {
                    at_work.claims.push(name);
                }
                DirEntry::Leftover(name) => {
                    at_work.is_staging |= Role::of(&name) == Role::Staging;
                }
                _ => {}
            }
        }
        Ok(at_work)
    }

    /// Fails if a run may be at work on this session.
    fn require_none(&self, id: &SessionId) -> Result<(), Error> {
        if self.is_staging || self.claims.contains(&id.claim_name()) {
            Err(stays(
                id,
                "another run is at work on it, or was interrupted",
            ))
        } else {
            Ok(())
        }
    }
}

/// The redundant files of a session under their last names.
struct Taken<F> {
    session: Session<F>,
    files: Vec<(String, Standing<F>)>,
    purged: Purged,
}

impl<F: File> Taken<F> {
    fn of<D: Directory<File = F>>(
        directory: &D,
        mut session: Session<F>,
        own: Result<u128, Error>,
        at_work: Result<&AtWork, Error>,
    ) -> Self {
        let redundant = std::mem::take(&mut session.redundant);
        let mut taken = Self {
            purged: Purged {
                session_id: Some(session.id.to_string()),
                removed: Vec::new(),
                errors: std::mem::take(&mut session.errors),
            },
            session,
            files: Vec::new(),
        };
        match taken.may_take(own, at_work) {
            Ok(own) => {
                for (number, file) in redundant {
                    taken.take(directory, own, number, file);
                }
            }
            Err(error) => taken.purged.errors.push(error),
        }
        taken
    }

    /// Makes durable what the files that stay hold, if no other run is at work on the session.
    fn may_take(
        &self,
        own: Result<u128, Error>,
        at_work: Result<&AtWork, Error>,
    ) -> Result<u128, Error> {
        let own = own?;
        at_work?.require_none(&self.session.id)?;
        for Standing { name, file, .. } in &self.session.standing {
            let what = || format!("The kept files beside {name} stay, because it cannot be synced");
            file.sync().map_err(|fault| fault.while_writing(&what()))?;
        }
        Ok(own)
    }

    fn take<D: Directory<File = F>>(
        &mut self,
        directory: &D,
        own: u128,
        number: u32,
        file: Standing<F>,
    ) {
        let Some(taken) = self.session.id.pruned_name(own, number) else {
            return;
        };
        match directory.rename(&file.name, &taken) {
            Ok(()) if is_same(directory, &taken, &file.file) => self.files.push((taken, file)),
            Ok(()) => {
                let error = stays(&self.session.id, "a kept file changed in the meantime");
                self.purged.errors.push(error);
                self.put_back(directory, &taken);
            }
            Err(FsError::NotFound) => {}
            Err(fault) => self.cannot_remove(&file.name, &fault),
        }
    }

    fn remove<D: Directory<File = F>>(
        mut self,
        directory: &D,
        at_work: Result<&AtWork, Error>,
    ) -> Purged {
        let files = std::mem::take(&mut self.files);
        if let Err(error) = self.require_same(directory, at_work) {
            if !files.is_empty() {
                self.purged.errors.push(error);
            }
            for (taken, _) in files {
                self.put_back(directory, &taken);
            }
            return self.purged;
        }
        for (taken, file) in files {
            match directory.remove(&taken) {
                Ok(()) => self.purged.removed.push(file.name),
                // Another run took it for a leftover.
                Err(FsError::NotFound) => {}
                Err(fault) => {
                    self.cannot_remove(&file.name, &fault);
                    self.put_back(directory, &taken);
                }
            }
        }
        self.purged
    }

    /// Fails unless the files that stay are there, and no other run is at work on the session.
    fn require_same<D: Directory<File = F>>(
        &self,
        directory: &D,
        at_work: Result<&AtWork, Error>,
    ) -> Result<(), Error> {
        let Session { id, standing, .. } = &self.session;
        at_work?.require_none(id)?;
        for file in standing {
            match file.has_its_name(directory) {
                Ok(true) => {}
                Ok(false) => {
                    return Err(stays(id, &format!("{} changed in the meantime", file.name)));
                }
                Err(fault) => {
                    let what = format!("{} cannot be checked again", file.name);
                    return Err(fault.while_reading(&what));
                }
            }
        }
        Ok(())
    }

    fn put_back<D: Directory<File = F>>(&mut self, directory: &D, taken: &str) {
        let put_back = put_back(directory, &self.session.id, taken, self.session.newest);
        self.purged.errors.extend(put_back.err());
    }

    fn cannot_remove(&mut self, name: &str, fault: &FsError) {
        let what = format!("{name} cannot be removed");
        self.purged.errors.push(fault.while_writing(&what));
    }
}

/// Whether a name stands for a file, or for a copy of it. A layered file system (overlayfs) copies
/// a file before it renames it.
fn is_same<D: Directory>(directory: &D, name: &str, file: &D::File) -> bool {
    let is_it = directory
        .file_id(name)
        .is_ok_and(|found| file.file_id() == Ok(found));
    is_it || {
        let opened = directory.open(name);
        opened.is_ok_and(|opened| are_equal(&opened, file).unwrap_or(false))
    }
}

fn stays(id: &SessionId, why: &str) -> Error {
    let live = id.live_name();
    let message = format!("The kept files of {live} were not removed: {why}.");
    Error::new(ErrorCode::Changed, message).remedied_by(
        "Run the same command again when no other program is at work in the directory. `recover-all` removes what an interrupted run left.",
    )
}
