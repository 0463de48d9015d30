//! Removes redundant kept files, unless another run is at work on their session.
//!
//! A restore may rely on a kept file: it looks at the file, and then replaces the live file. So a
//! kept file is first taken, by giving it a name that nobody else gives. A restore that looks later
//! does not find it. A restore that looked earlier has a staging file from before its look until
//! the live file is replaced. After the taking, no such file may be in the directory, and the files
//! that stay must be the same. Otherwise the kept file gets its name back.

use std::mem;

use super::redundant::{Redundant, Session};
use super::standing::{Standing, removed_but_unsynced, stuck, unseen};
use crate::answer::{Error, ErrorCode, Purged};
use crate::directory::{Directory, File, FsError};
use crate::listing::{DirEntry, scan};
use crate::recover::{are_equal, create_first, put_back};
use crate::session::{Role, SessionId};

/// Removes files in a directory.
pub struct Removal<'a, D: Directory> {
    directory: &'a D,
    dry_run: bool,
    /// A file of this run that has no name. Its ID is in the names that the run gives.
    own: Option<D::File>,
}

impl<'a, D: Directory> Removal<'a, D> {
    pub const fn in_directory(directory: &'a D, dry_run: bool) -> Self {
        Self {
            directory,
            dry_run,
            own: None,
        }
    }

    /// Removes what is redundant of these sessions, and says what was removed.
    pub fn remove(&mut self, sessions: &mut Vec<Session<D::File>>, purged: &mut Vec<Purged>) {
        let mut sessions = mem::take(sessions);
        let is_due = sessions.iter().any(|session| !session.redundant.is_empty());
        if is_due && !self.dry_run {
            self.take_and_remove(&mut sessions);
        }
        purged.extend(sessions.into_iter().map(Session::purged));
    }

    fn take_and_remove(&mut self, sessions: &mut [Session<D::File>]) {
        let own = self.own_file_id();
        let mut obstacle = Obstacle::in_directory(self.directory);
        obstacle.add(own.as_ref().map(drop));
        obstacle.add(self.directory.sync().as_ref().map(drop));
        for session in &mut *sessions {
            session.take(
                self.directory,
                own.as_ref().copied().unwrap_or(0),
                &obstacle,
            );
        }
        let obstacle = Obstacle::in_directory(self.directory);
        for session in &mut *sessions {
            session.remove(self.directory, &obstacle);
        }
        if let Err(fault) = self.directory.sync() {
            for session in sessions
                .iter_mut()
                .filter(|each| !each.redundant.is_empty())
            {
                session.errors.push(removed_but_unsynced(&fault));
            }
        }
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
        self.own.insert(own).file_id()
    }
}

/// Why nothing of some sessions may be removed.
#[derive(Default)]
struct Obstacle {
    failure: Option<Error>,
    /// Whether another run is at work on a session, or was interrupted.
    is_staging: bool,
    /// The claims of other runs.
    claims: Vec<String>,
}

impl Obstacle {
    fn in_directory(directory: &impl Directory) -> Self {
        let mut obstacle = Self::default();
        match scan(directory) {
            Err(error) => obstacle.failure = Some(error),
            Ok(entries) => entries.for_each(|entry| {
                if let DirEntry::Leftover(name) = entry {
                    match Role::of(&name) {
                        Role::Claim => obstacle.claims.push(name),
                        role => obstacle.is_staging |= role == Role::Staging,
                    }
                }
            }),
        }
        obstacle
    }

    fn add(&mut self, result: Result<(), &FsError>) {
        let failure = result.map_err(|fault| fault.while_writing("No kept file is removed"));
        self.failure = self.failure.take().or_else(|| failure.err());
    }

    fn to(&self, id: &SessionId) -> Result<(), Error> {
        match &self.failure {
            Some(error) => Err(error.clone()),
            None if self.is_staging || self.claims.contains(&id.claim_name()) => {
                Err(stay(id, "another run is at work on it, or was interrupted"))
            }
            None => Ok(()),
        }
    }
}

impl<F: File> Session<F> {
    /// Gives the redundant files other names, if they may be removed.
    fn take(&mut self, directory: &impl Directory<File = F>, own: u128, obstacle: &Obstacle) {
        let mut redundant = mem::take(&mut self.redundant);
        if redundant.is_empty() {
            return;
        }
        if let Err(error) = self.may_take(obstacle) {
            self.errors.push(error);
            return;
        }
        redundant.retain_mut(|each| self.take_one(directory, own, each));
        self.redundant = redundant;
    }

    /// Makes durable what the files that stay hold, if nothing is in the way.
    fn may_take(&self, obstacle: &Obstacle) -> Result<(), Error> {
        obstacle.to(&self.id)?;
        for Standing { name, file, .. } in &self.standing {
            file.sync()
                .map_err(|fault| fault.while_writing(&format!("{name} cannot be synced")))?;
        }
        Ok(())
    }

    /// Takes one file, and says whether it is to be removed.
    fn take_one<D: Directory<File = F>>(
        &mut self,
        directory: &D,
        own: u128,
        redundant: &mut Redundant<F>,
    ) -> bool {
        let Redundant { file, number, .. } = redundant;
        let Some(taken) = self.id.pruned_name(own, *number) else {
            return false;
        };
        match directory.rename(&file.name, &taken) {
            Ok(()) if is_same(directory, &taken, &file.file) => {
                redundant.taken = Some(taken);
                return true;
            }
            Ok(()) => self.put_back(directory, &taken),
            Err(FsError::NotFound) => {}
            Err(fault) => self.errors.push(stuck(&file.name, &fault)),
        }
        false
    }

    /// Removes the files that were taken, or puts them back.
    fn remove(&mut self, directory: &impl Directory<File = F>, obstacle: &Obstacle) {
        let mut redundant = mem::take(&mut self.redundant);
        if redundant.is_empty() {
            return;
        }
        let may_remove = self.require_same(directory, obstacle);
        redundant.retain(|Redundant { file, taken, .. }| {
            let taken = taken.as_deref().unwrap_or_default();
            let removed = may_remove.is_ok().then(|| directory.remove(taken));
            match removed {
                Some(Ok(())) => return true,
                // Another run took it for a leftover.
                Some(Err(FsError::NotFound)) => {}
                Some(Err(fault)) => {
                    self.errors.push(stuck(&file.name, &fault));
                    self.put_back(directory, taken);
                }
                None => self.put_back(directory, taken),
            }
            false
        });
        self.redundant = redundant;
        self.errors.extend(may_remove.err());
    }

    /// Fails unless the files that stay are there, and nothing is in the way.
    fn require_same(
        &self,
        directory: &impl Directory<File = F>,
        obstacle: &Obstacle,
    ) -> Result<(), Error> {
        obstacle.to(&self.id)?;
        for file in &self.standing {
            match file.has_its_name(directory) {
                Ok(true) => {}
                Ok(false) => return Err(stay(&self.id, "a file changed in the meantime")),
                Err(fault) => return Err(unseen(&file.name, &fault)),
            }
        }
        Ok(())
    }

    fn put_back(&mut self, directory: &impl Directory<File = F>, taken: &str) {
        let put_back = put_back(directory, &self.id, taken, self.newest);
        self.errors.extend(put_back.err());
    }
}

/// Whether a name stands for a file, or for a copy of it. A layered file system (overlayfs) copies
/// a file before it renames it.
fn is_same<D: Directory>(directory: &D, name: &str, file: &D::File) -> bool {
    let found = directory.file_id(name);
    (found.is_ok() && found == file.file_id()) || {
        let opened = directory.open(name);
        opened.is_ok_and(|opened| are_equal(&opened, file).unwrap_or(false))
    }
}

fn stay(id: &SessionId, why: &str) -> Error {
    let live = id.live_name();
    let message = format!("The kept files of {live} were not removed: {why}.");
    Error::new(ErrorCode::Changed, message).remedied_by(
        "Run the same command again when no other program is at work in the directory. `recover-all` removes what an interrupted run left.",
    )
}
