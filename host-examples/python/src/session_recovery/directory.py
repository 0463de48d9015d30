"""A session directory by handle, for what WASI cannot do in it: who may read a file."""

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce

from session_recovery.access import Access
from session_recovery.answers import ErrorCode
from session_recovery.errors import SessionRecoveryError
from session_recovery.reserve import is_short_of_descriptors, too_few_descriptors
from session_recovery.restored import Restored
from session_recovery.rights import Capability, holds

StrPath = str | os.PathLike[str]

_LONGEST_ID = 246

# What the file system does not take as a name is not there either.
_NO_SUCH_FILE = (errno.ENOENT, errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ)
# Why a name does not lead to the file that a restore has put there, which this user can open.
_SOMEBODY_ELSES = (errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.EACCES)
# Why a file is not given an owner: this process may not, or the system has no such owner.
_NO_SUCH_OWNER = (errno.EPERM, errno.EINVAL)

_HIGHEST_NUMBER = (1 << 32) - 1
_KEPT = re.compile(r"(?P<live>.*\.json)\.replaced\.(?P<number>[1-9][0-9]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Directory:
    """An open session directory."""

    handle: int
    path: str
    # Whether a restored file may belong to this process's user instead of the replaced one's.
    accept_owner: bool = False
    # The highest numbers of kept files by live files' names, as one listing told them.
    _newest_kept: dict[str, int] = field(default_factory=dict, compare=False)

    @property
    def path_by_handle(self) -> str:
        """A path that leads to this very directory, whatever bytes its name has."""
        by_handle = f"/proc/self/fd/{self.handle}"
        return by_handle if os.path.isdir(by_handle) else self.path

    def access_of(self, session_id: str, source: str | None = None) -> Access | None:
        """Tell who may read a session: its live file, or both its backup and its newest kept file.

        A backup may be older than a session that was made private. `source` is a file to put in
        place instead of the backup. Then whoever may not read it may not read the session.
        """
        live = f"{session_id}.json"
        if present := self.access(live):
            return present
        backup = f"{live}.bak"
        first = backup if source is None or source == live else source
        names = dict.fromkeys([first, backup, self._newest_kept_of(live)])
        access, *others = [None if name is None else self.access(name) for name in names]
        return None if access is None else reduce(Access.narrowed, filter(None, others), access)

    def has_kept(self, session_id: str) -> bool:
        """Tell whether a session has kept files."""
        return self._newest_kept_of(f"{session_id}.json") is not None

    def _newest_kept_of(self, live: str) -> str | None:
        if not self._newest_kept:
            self._newest_kept.update(_newest_kept(os.listdir(self.handle)))
        newest = self._newest_kept.get(live)
        return None if newest is None else f"{live}.replaced.{newest}"

    def access(self, name: str) -> Access | None:
        """Tell who may read a file, if there is a regular one of this name."""
        if "/" in name:
            return None
        try:
            found = os.stat(name.encode(), dir_fd=self.handle, follow_symlinks=False)
            return self._access_of_file(name, found) if stat.S_ISREG(found.st_mode) else None
        except ValueError:
            return None
        except OSError as error:
            if error.errno in _NO_SUCH_FILE:
                return None
            raise _cannot_look_at(name, error) from None

    def _access_of_file(self, name: str, found: os.stat_result) -> Access:
        try:
            with self.file(name) as file:
                return Access.of_file(file)
        except PermissionError:
            # What cannot be read is not replaced.
            return Access.of(found)

    @contextmanager
    def file(self, name: str) -> Iterator[int]:
        """Open the file that has a name, for as long as it is needed."""
        file = self._open(name)
        try:
            yield file
        finally:
            os.close(file)

    def _open(self, name: str) -> int:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        return os.open(name.encode(), flags, dir_fd=self.handle)

    def names_of_copies(self, session_id: str) -> list[str]:
        """List the files that may be copies of a session: their names begin with its ID."""
        with os.scandir(self.handle) as entries:
            files = [each.name for each in entries if each.is_file(follow_symlinks=False)]
        copies = (each for each in files if each.startswith(session_id) and is_unicode(each))
        return [each for each in copies if each != f"{session_id}.json"]

    @property
    def is_mounted_read_only(self) -> bool:
        """Whether nothing can be written here: wasmtime says of that only that there was an error.

        Of a grant that is for reading only it says so.
        """
        try:
            return bool(os.fstatvfs(self.handle).f_flag & os.ST_RDONLY)
        except OSError:
            return False

    @property
    def is_read_only(self) -> bool:
        """Whether no file can be created here.

        The system answers for the real user, and counts capabilities only for root.
        """
        if os.access(".", os.W_OK | os.X_OK, dir_fd=self.handle):
            return False
        return os.getuid() == 0 or not holds(Capability.DAC_OVERRIDE)

    def owner_of_sticky(self, name: str) -> int | None:
        """Give the owner of a file that only its owner may replace.

        That is somebody else, in somebody else's sticky directory.
        """
        try:
            directory = os.fstat(self.handle)
            if not directory.st_mode & stat.S_ISVTX or "/" in name:
                return None
            owner = os.stat(name.encode(), dir_fd=self.handle, follow_symlinks=False).st_uid
        except (OSError, ValueError):
            return None
        is_ours = os.geteuid() in (directory.st_uid, owner)
        return None if is_ours or holds(Capability.FOWNER) else owner

    def lets_nobody_else_in(self, access: Access) -> bool:
        """Tell whether whoever may read a new file here may read one of this access as well."""
        try:
            return access.covers_new_files(self.handle)
        except OSError as error:
            raise _cannot_look_at("The directory", error) from None

    def can_pass_on(self, access: Access) -> bool:
        """Tell whether a new file of this process can get this owner and group."""
        is_ours = access.user == os.geteuid() and self._can_give_group(access.group)
        return is_ours or _may_give_files_away()

    def _can_give_group(self, group: int) -> bool:
        return group in {os.getegid(), *os.getgroups(), *self._inherited_group()}

    def _inherited_group(self) -> set[int]:
        """Give the group that new files get from the directory, if they get it there."""
        try:
            directory = os.fstat(self.handle)
        except OSError:
            return set()
        return {directory.st_gid} if directory.st_mode & stat.S_ISGID else set()

    def pass_on(self, access: Access, session_id: str, restored: Restored) -> None:
        """Give a restored live file the access of the file that it replaced.

        What somebody else has put in its place meanwhile has the access that they want.
        """
        live = f"{session_id}.json"
        try:
            file = self._open(live)
        except OSError as error:
            if error.errno in _SOMEBODY_ELSES:
                return
            raise
        try:
            if restored.is_in(self, file):
                self._give(access, live, file)
        finally:
            os.close(file)

    def _give(self, access: Access, live: str, file: int) -> None:
        if self._has_other_names(live, os.fstat(file)):
            # Somebody may have put another file's second name there, to be given that file.
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        self.give(access, file)
        os.fsync(file)

    def give(self, access: Access, file: int) -> None:
        """Give a new file the access of what it replaces, or what its new owner leaves of that."""
        try:
            access.put_on(file)
        except OSError as refused:
            if not self.accept_owner or refused.errno not in _NO_SUCH_OWNER or access.owns(file):
                raise
            self._taken_over(access, file).put_on(file)

    def _taken_over(self, access: Access, file: int) -> Access:
        """Give the access of a file that belongs to this process's user."""
        if os.fstat(file).st_uid != os.geteuid():
            # Somebody may have put a file of their own there.
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        if self._can_give_group(access.group):
            return access.taken_over(os.geteuid(), access.group)
        inherited = self._inherited_group() or {os.getegid()}
        return access.taken_over(os.geteuid(), *inherited)

    def _has_other_names(self, live: str, found: os.stat_result) -> bool:
        """Tell whether a live file has names other than its own and those of its kept files.

        Another restore at the same time may have kept the file that was just put in place.
        """
        if found.st_nlink == 1:
            return False
        with os.scandir(self.handle) as entries:
            names = [entry.name for entry in entries if entry.inode() == found.st_ino]
        ours = [name for name in names if name == live or name.startswith(f"{live}.replaced.")]
        return len(ours) != found.st_nlink


@contextmanager
def opened(
    path: StrPath, *, option: str = "missing_ok=True", accept_owner: bool = False
) -> Iterator[Directory]:
    """Open a session directory for as long as it is needed.

    `option` is what lets a directory be missing, for the error that says so.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except (OSError, ValueError) as error:
        raise _cannot_open(path, error, option) from None
    try:
        yield Directory(handle, os.fspath(path), accept_owner)
    finally:
        os.close(handle)


def is_missing(path: StrPath) -> bool:
    """Tell whether there is nothing at a path."""
    try:
        os.stat(path)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return False


def is_session_id(text: str) -> bool:
    """Tell whether the component takes a text for a session ID."""
    if text in {"", ".", ".."} or text.startswith("_") or {"/", "\\", "\0"} & set(text):
        return False
    return is_unicode(text) and len(text.encode()) <= _LONGEST_ID


def is_unicode(text: str) -> bool:
    """Tell whether a text is one outside Python, too: a file's name may be no such text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def live_of_kept(name: str) -> str | None:
    """Give the live file's name, if a name is that of a kept file."""
    found = _KEPT.fullmatch(name)
    return found["live"] if found and int(found["number"]) <= _HIGHEST_NUMBER else None


def _newest_kept(names: Iterable[str]) -> dict[str, int]:
    newest: dict[str, int] = {"": 0}
    for found in filter(None, map(_KEPT.fullmatch, names)):
        live, number = found["live"], int(found["number"])
        newest[live] = max(number, newest.get(live, 0))
    return newest


def in_words(path: StrPath) -> str:
    """Put a path in characters, whatever bytes it has."""
    return os.fsencode(path).decode(errors="replace")


def _cannot_open(path: StrPath, error: OSError | ValueError, option: str) -> SessionRecoveryError:
    name, code = in_words(path), ErrorCode.NO_DIRECTORY
    remedy = "Name the directory that holds the sessions"
    if isinstance(error, ValueError):
        return SessionRecoveryError(code, f"{name} cannot be opened: {error}.", f"{remedy}.")
    if is_short_of_descriptors(error):
        return too_few_descriptors()
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        is_file = os.path.exists(path)
        message = f"{name} is a file, not a directory." if is_file else _missing(name)
        if not is_file:
            remedy = f"{remedy}, or add {option} if it need not exist yet"
        return SessionRecoveryError(code, message, f"{remedy}.")
    if isinstance(error, PermissionError):
        code = ErrorCode.NO_PERMISSION
        remedy = "Check its permissions, and those of the directories above it"
    return SessionRecoveryError(code, f"{name} cannot be opened: {error.strerror}.", f"{remedy}.")


def _missing(name: str) -> str:
    return f"There is no directory {name}."


def cannot_list(path: StrPath, cause: OSError) -> SessionRecoveryError:
    """Say why it is not known what a directory holds."""
    return _cannot_open(path, cause, "")


def _cannot_look_at(name: str, cause: OSError) -> SessionRecoveryError:
    """Say why it is not known who may read a file, so that it is not replaced."""
    if is_short_of_descriptors(cause):
        return too_few_descriptors()
    is_denied = isinstance(cause, PermissionError)
    return SessionRecoveryError(
        ErrorCode.NO_PERMISSION if is_denied else ErrorCode.IO,
        f"{name} cannot be looked at: {cause.strerror}.",
        "Check the directory's permissions and the disk, then run the same command again.",
    )


def _may_give_files_away() -> bool:
    return holds(Capability.CHOWN)
