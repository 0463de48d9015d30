//! Keeps sessions private, which WASI has no calls for. A restored file gets the mode, the owner,
//! the access list and the user attributes of the file that it replaces, before it takes that
//! file's name. Until then, nobody else can read it.

mod attributes;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::thread;

pub use attributes::Attributes;
use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, fstat, fstatat, umask};
use nix::unistd::{
    AccessFlags, Gid, Uid, UnlinkatFlags, faccessat, fchown, fsync, geteuid, getuid, unlinkat,
};
use session_recovery::session::{Role, SessionId, copies};

use crate::kept::{Kept, Names};
use crate::refusal::Refusal;
use crate::rights::{Capabilities, is_in};

/// Does in the session directory what WASI cannot do.
#[derive(Debug)]
pub struct Permissions {
    directory: OwnedFd,
    kept: Kept,
    /// The names of the files that were read and may be sources of a session.
    read: RefCell<BTreeSet<String>>,
    /// Whether a restored file may belong to this process's user instead of the replaced one's.
    pub accept_owner: bool,
    capabilities: OnceCell<Capabilities>,
}

/// A file's permissions and user attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Access {
    mode: Mode,
    user: Uid,
    group: Gid,
    attributes: Attributes,
}

impl Permissions {
    pub fn in_directory(path: &Path) -> Result<Self, Errno> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let directory = open(path, flags, Mode::empty())?;
        let kept = Kept::default();
        Ok(Self {
            directory,
            kept,
            read: RefCell::default(),
            accept_owner: false,
            capabilities: OnceCell::new(),
        })
    }

    pub const fn directory(&self) -> &OwnedFd {
        &self.directory
    }

    /// Remembers a file that the component read: its bytes may be put in a live file's place.
    pub fn note_read(&self, name: &str) {
        if matches!(Role::of(name), Role::Temporary(_)) || copies::ids(name).next().is_some() {
            self.read.borrow_mut().insert(name.to_owned());
        }
    }

    /// Gives a staging file the permissions of the live file that it is about to replace or copy.
    /// If there is no live file, it gets only what the backup, all kept files and all copies that
    /// were read allow, because its bytes come from one of them.
    pub fn pass_on(&self, staging: &str, to: &str) -> io::Result<()> {
        let (Role::Staging, Role::Live(stem) | Role::Kept(stem, _)) =
            (Role::of(staging), Role::of(to))
        else {
            return Ok(());
        };
        // An ID is a single name, so nothing outside the directory is touched.
        let Ok(id) = SessionId::new(stem) else {
            return Ok(());
        };
        let Some(access) = self.access_of(&id)? else {
            return Ok(());
        };
        let staging = match openat(&self.directory, staging, TO_READ, Mode::empty()) {
            // Another run took it for a leftover. The rename will fail.
            Err(Errno::ENOENT) => return Ok(()),
            opened => File::from(opened?),
        };
        let stat = fstat(&staging)?;
        if stat.st_nlink == 0 {
            // Another run has just taken it. The rename will fail.
            return Ok(());
        }
        // Somebody may have linked another file there, to gain access to it.
        if !is_regular(&stat) || stat.st_nlink > 1 {
            return Err(Errno::EPERM.into());
        }
        access.give_to(&staging, self.accept_owner)
    }

    /// Says why a file, or any file, is not to be replaced by this user. What cannot be looked at is
    /// left to the attempt.
    pub fn refusal(&self, name: &str) -> Option<Refusal> {
        if self.is_read_only() {
            return Some(Refusal::read_only());
        }
        if let Some(owner) = self.owner_of_sticky(name) {
            return Some(Refusal::sticky(name, owner));
        }
        if self.accept_owner {
            return None;
        }
        let stat = self.owner_of(&SessionId::of_live(name)?)?;
        let (user, group) = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
        (!self.can_give(user, group)).then(|| Refusal::foreign(name, user))
    }

    /// Whether no file can be created in the directory. The system answers for the real user, and
    /// counts capabilities only for root.
    fn is_read_only(&self) -> bool {
        let (needed, flags) = (AccessFlags::W_OK | AccessFlags::X_OK, AtFlags::empty());
        let refused = faccessat(&self.directory, ".", needed, flags);
        let is_refused = matches!(refused, Err(Errno::EACCES | Errno::EROFS | Errno::EPERM));
        is_refused && (getuid().is_root() || !self.can(Capabilities::DAC_OVERRIDE))
    }

    /// The owner of a file that only its owner may replace: somebody else, in somebody else's
    /// sticky directory.
    fn owner_of_sticky(&self, name: &str) -> Option<Uid> {
        let directory = fstat(&self.directory).ok()?;
        let is_sticky = Mode::from_bits_truncate(directory.st_mode).contains(Mode::S_ISVTX);
        if !is_sticky || name.contains('/') {
            return None;
        }
        let found = fstatat(&self.directory, name, AtFlags::AT_SYMLINK_NOFOLLOW).ok()?;
        let is_ours = [directory.st_uid, found.st_uid].contains(&geteuid().as_raw());
        let may_replace = is_ours || self.can(Capabilities::FOWNER);
        (!may_replace).then(|| Uid::from_raw(found.st_uid))
    }

    fn can(&self, needed: Capabilities) -> bool {
        let held = self.capabilities.get_or_init(Capabilities::held);
        held.include(needed)
    }

    /// Whether a new file of this process can have this owner and this group.
    fn can_give(&self, user: Uid, group: Gid) -> bool {
        let is_ours = user == geteuid() && (is_in(group) || self.inherited_group() == Some(group));
        is_ours || self.can(Capabilities::CHOWN)
    }

    /// Looks at the file whose owner the restored one gets.
    fn owner_of(&self, id: &SessionId) -> Option<FileStat> {
        let regular = |name: &str| {
            let stat = fstatat(&self.directory, name, AtFlags::AT_SYMLINK_NOFOLLOW);
            stat.ok().filter(is_regular)
        };
        regular(&id.live_name())
            .or_else(|| regular(&id.backup_name()))
            .or_else(|| regular(&self.kept.newest(id, &self.directory).ok()??))
    }

    /// The group that new files get from the directory, if they get it there.
    fn inherited_group(&self) -> Option<Gid> {
        let stat = fstat(&self.directory).ok()?;
        let is_inherited = Mode::from_bits_truncate(stat.st_mode).contains(Mode::S_ISGID);
        is_inherited.then(|| Gid::from_raw(stat.st_gid))
    }

    fn access_of(&self, id: &SessionId) -> io::Result<Option<Access>> {
        if let Some(live) = self.access(&id.live_name())? {
            return Ok(Some(live));
        }
        let kept = self.kept.all(id, &self.directory)?;
        let copies = self.copies_of(id);
        let mut accesses = Vec::new();
        for name in [id.backup_name()].iter().chain(&kept).chain(&copies) {
            accesses.extend(self.access(name)?);
        }
        let accesses = accesses.into_iter();
        Ok(accesses.reduce(|access, other| access.narrowed_by(&other)))
    }

    /// The temporary files and the copies of a session that were read.
    fn copies_of(&self, id: &SessionId) -> Vec<String> {
        let id = id.to_string();
        let is_its =
            |name: &&String| Role::of(name) == Role::Temporary(&id) || copies::may_be_of(name, &id);
        self.read.borrow().iter().filter(is_its).cloned().collect()
    }

    fn access(&self, name: &str) -> io::Result<Option<Access>> {
        match fstatat(&self.directory, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) if is_regular(&stat) => {}
            Ok(_) | Err(Errno::ENOENT) => return Ok(None),
            Err(errno) => return Err(errno.into()),
        }
        match openat(&self.directory, name, TO_READ, Mode::empty()) {
            Err(Errno::ENOENT) => Ok(None),
            opened => Access::of(&opened?.into()).map(Some),
        }
    }
}

/// Only regular files, and never wait for one.
const TO_READ: OFlag = OFlag::O_RDONLY
    .union(OFlag::O_NOFOLLOW)
    .union(OFlag::O_NONBLOCK)
    .union(OFlag::O_CLOEXEC);
const OTHERS: Mode = Mode::S_IRWXG.union(Mode::S_IRWXO);

impl Names for OwnedFd {
    fn list(&self) -> Result<Vec<String>, Errno> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let mut directory = Dir::openat(self, ".", flags, Mode::empty())?;
        let mut names = Vec::new();
        for entry in directory.iter() {
            let entry = entry?;
            names.extend(entry.file_name().to_str().ok().map(str::to_owned));
        }
        Ok(names)
    }

    fn is_there(&self, name: &str) -> Result<bool, Errno> {
        match fstatat(self, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::ENOENT | Errno::ENAMETOOLONG) => Ok(false),
            Err(errno) => Err(errno),
        }
    }
}

impl Access {
    fn of(file: &File) -> io::Result<Self> {
        let stat = fstat(file)?;
        Ok(Self {
            mode: mode_of(&stat),
            user: Uid::from_raw(stat.st_uid),
            group: Gid::from_raw(stat.st_gid),
            attributes: Attributes::of(file)?,
        })
    }

    /// What both allow. Two different lists are not merged: then only the owner may read the file.
    fn narrowed_by(mut self, other: &Self) -> Self {
        self.mode &= other.mode;
        if self.attributes.list != other.attributes.list {
            self.mode &= Mode::S_IRWXU;
            self.attributes.list = None;
        }
        self
    }

    /// The permissions of a copy that another user, or another group, owns. Whoever could not read
    /// the file cannot read the copy, except for its new owner, who can read and write it.
    fn taken_over_by(mut self, user: Uid, group: Gid) -> Self {
        let mode = self.mode.bits();
        let [mut owner, mut of_group, mut others] = [mode >> 6 & 0o7, mode >> 3 & 0o7, mode & 0o7];
        if user != self.user {
            // The owner so far may be one of the group, or of the others.
            (of_group, others) = (of_group & owner, others & owner);
            owner |= 0o6;
        }
        if group != self.group {
            (of_group, others) = (of_group & others, of_group & others);
        }
        let taken = Mode::from_bits_truncate(owner << 6 | of_group << 3 | others);
        let is_as_it_was = group == self.group && taken == self.mode;
        if self.attributes.list.is_some() && !is_as_it_was {
            self.attributes.list = None;
            self.mode = taken & Mode::S_IRWXU;
        } else {
            self.mode = taken;
        }
        (self.user, self.group) = (user, group);
        self
    }

    fn give_owner_to(&self, file: &File) -> Result<(), Errno> {
        let stat = fstat(file)?;
        if (stat.st_uid, stat.st_gid) == (self.user.as_raw(), self.group.as_raw()) {
            return Ok(());
        }
        fchown(file, Some(self.user), Some(self.group))
    }

    /// Gives these permissions to a file that nobody else can read yet, and makes that durable. If
    /// the owner or the group cannot be given, `accept_owner` gives what then remains.
    fn give_to(self, file: &File, accept_owner: bool) -> io::Result<()> {
        // A user attribute needs the right to write, which the mode may take away.
        self.attributes.give_users_to(file)?;
        match self.give_owner_to(file) {
            Err(Errno::EPERM | Errno::EINVAL) if accept_owner => {
                self.taken_over(file)?.let_in(file)
            }
            given => {
                given?;
                self.let_in(file)
            }
        }
    }

    /// Gives a file of this process the group, if that is possible. Says what it may have then.
    fn taken_over(self, file: &File) -> io::Result<Self> {
        if Uid::from_raw(fstat(file)?.st_uid) != geteuid() {
            // Somebody may have put a file of their own there.
            return Err(Errno::EPERM.into());
        }
        match fchown(file, None, Some(self.group)) {
            Ok(()) | Err(Errno::EPERM | Errno::EINVAL) => {}
            Err(errno) => return Err(errno.into()),
        }
        let stat = fstat(file)?;
        Ok(self.taken_over_by(Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid)))
    }

    fn let_in(&self, file: &File) -> io::Result<()> {
        // With a list, its group bits are the mask: set first, they would be the group's.
        if !self.attributes.give_list_to(file)? {
            fchmod(file, self.mode)?;
        }
        let given = Self::of(file)?;
        if given.mode != self.mode || given.attributes.list != self.attributes.list {
            return Err(Errno::EPERM.into());
        }
        Ok(fsync(file)?)
    }
}

/// Creates a file for writing that only its owner may read, whatever the directory's defaults are.
pub fn create(directory: &impl AsFd, name: &str) -> io::Result<File> {
    let flags =
        OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let file = File::from(openat(
        directory,
        name,
        flags,
        Mode::S_IRUSR | Mode::S_IWUSR,
    )?);
    if let Err(error) = make_private(&file) {
        let _ = unlinkat(directory, name, UnlinkatFlags::NoRemoveDir);
        return Err(error);
    }
    Ok(file)
}

fn make_private(file: &File) -> io::Result<()> {
    let own = Attributes::default();
    own.give_list_to(file)?;
    if mode_of(&fstat(file)?).intersects(OTHERS) {
        fchmod(file, Mode::S_IRUSR | Mode::S_IWUSR)?;
        if mode_of(&fstat(file)?).intersects(OTHERS) {
            return Err(Errno::EPERM.into());
        }
    }
    Ok(())
}

fn mode_of(stat: &FileStat) -> Mode {
    Mode::from_bits_truncate(stat.st_mode) & Mode::S_IRWXU.union(OTHERS)
}

const fn is_regular(stat: &FileStat) -> bool {
    stat.st_mode & SFlag::S_IFMT.bits() == SFlag::S_IFREG.bits()
}

/// Does the work in a thread with its own umask, so that only the user may read new files. If there
/// is no such thread, the process's umask applies. Fails, with nothing done, if no thread can be
/// started.
#[cfg(target_os = "linux")]
pub fn privately<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    use nix::sched::{CloneFlags, unshare};

    thread::scope(|scope| {
        let worker = thread::Builder::new().spawn_scoped(scope, || {
            if unshare(CloneFlags::CLONE_FS).is_ok() {
                umask(Mode::S_IRWXG | Mode::S_IRWXO);
            }
            work()
        })?;
        let done = worker.join();
        Ok(done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

#[cfg(not(target_os = "linux"))]
pub fn privately<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    Ok(work())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    const STAGING: &str = ".session-recovery-0123456789abcdef0123456789abcdef.staging";

    /// A directory with a staging file and a live file of other modes.
    fn directory() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for (name, mode) in [(STAGING, 0o600), ("a.json", 0o640), ("victim", 0o400)] {
            let path = directory.path().join(name);
            fs::write(&path, name).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
        directory
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn refused(permissions: &Permissions) -> Option<i32> {
        let refused = permissions.pass_on(STAGING, "a.json");
        refused.unwrap_err().raw_os_error()
    }

    #[test]
    fn a_kept_copy_gets_the_mode_of_what_it_is_a_copy_of() {
        for to in ["a.json", "a.json.replaced.1"] {
            let directory = directory();
            let permissions = Permissions::in_directory(directory.path()).unwrap();
            permissions.pass_on(STAGING, to).unwrap();
            assert_eq!(mode(&directory.path().join(STAGING)), 0o640, "{to}");
        }
    }

    #[test]
    fn only_files_with_our_names_get_permissions() {
        let directory = directory();
        let [staging, victim] = [STAGING, "victim"].map(|name| directory.path().join(name));
        let permissions = Permissions::in_directory(directory.path()).unwrap();
        fs::remove_file(&staging).unwrap();
        fs::hard_link(&victim, &staging).unwrap();
        assert_eq!(refused(&permissions), Some(Errno::EPERM as i32));
        fs::remove_file(&staging).unwrap();
        std::os::unix::fs::symlink("victim", &staging).unwrap();
        assert_eq!(refused(&permissions), Some(Errno::ELOOP as i32));
        fs::remove_file(&staging).unwrap();
        fs::create_dir(&staging).unwrap();
        assert_eq!(refused(&permissions), Some(Errno::EPERM as i32));
        assert_eq!(mode(&victim), 0o400);
    }

    #[test]
    fn nobody_may_read_a_file_taken_over_who_could_not_before() {
        const OWNER: u32 = 1;
        const ME: u32 = 2;
        let access = |mode, user, group, list: Option<&[u8]>| Access {
            mode: Mode::from_bits_truncate(mode),
            user: Uid::from_raw(user),
            group: Gid::from_raw(group),
            attributes: Attributes {
                list: list.map(<[u8]>::to_vec),
                ..Attributes::default()
            },
        };
        let list = Some(&b"list"[..]);
        for (before, user, group, after, has_list) in [
            (0o644, ME, OWNER, 0o644, true),
            (0o640, ME, OWNER, 0o640, true),
            (0o640, ME, ME, 0o600, false),
            (0o664, ME, ME, 0o644, false),
            (0o604, ME, ME, 0o600, false),
            (0o604, OWNER, ME, 0o600, false),
            (0o440, OWNER, ME, 0o400, false),
            // The owner so far may be one of the others.
            (0o044, ME, OWNER, 0o600, false),
            (0o466, ME, OWNER, 0o644, false),
            (0o444, ME, OWNER, 0o644, false),
        ] {
            let taken_over =
                |access: Access| access.taken_over_by(Uid::from_raw(user), Gid::from_raw(group));
            let taken = taken_over(access(before, OWNER, OWNER, None));
            assert_eq!(taken, access(after, user, group, None), "{before:o}");
            let listed = taken_over(access(before, OWNER, OWNER, list));
            let (left, mode) = if has_list {
                (list, before)
            } else {
                (None, after & 0o700)
            };
            assert_eq!(listed, access(mode, user, group, left), "{before:o}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn only_the_owner_may_read_a_new_file_whatever_the_directorys_defaults() {
        let directory = tempfile::tempdir().unwrap();
        let default = ["-m", "d:u::rwx,d:g::rwx,d:o::rwx,d:u:1234:rwx,d:m::rwx"];
        let mut command = std::process::Command::new("setfacl");
        let is_set = command.args(default).arg(directory.path()).status();
        if !is_set.is_ok_and(|status| status.success()) {
            println!("skipped: there are no access lists");
        }
        let opened = File::open(directory.path()).unwrap();
        let file = create(&opened, "new").unwrap();
        assert_eq!(mode(&directory.path().join("new")), 0o600);
        assert_eq!(Attributes::of(&file).unwrap(), Attributes::default());
        // Neither is it when its mode is set: no list comes to light.
        fchmod(&file, Mode::from_bits_truncate(0o640)).unwrap();
        assert_eq!(Attributes::of(&file).unwrap(), Attributes::default());
        let taken = create(&opened, "new").unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
    }
}
