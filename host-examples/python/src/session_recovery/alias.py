"""Sessions whose names are no session IDs: the component judges them under an alias.

The original module takes any path. If the component refuses a name as an ID, the session's two
files get an alias: a name that the component takes, in a private directory.
"""

import errno
import filecmp
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from session_recovery import acl
from session_recovery.access import Access
from session_recovery.answers import Action, Error, ErrorCode, Outcome, Recommendation, Status
from session_recovery.directory import opened
from session_recovery.refusal import to_replace
from session_recovery.sessions import SessionRecovery

_ID = "alias"
_LIVE = f"{_ID}.json"
_BACKUP = f"{_LIVE}.bak"
# A name that is too long for the file system cannot be there either.
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)


@dataclass(frozen=True, slots=True)
class Pair:
    """The two files of a session, whatever their names."""

    live: Path
    backup: Path

    def inspect(self) -> Status:
        """Judge copies, so that nothing is written beside the session."""
        with tempfile.TemporaryDirectory(prefix="session-recovery-") as private:
            _copy(self.live, Path(private, _LIVE))
            _copy(self.backup, Path(private, _BACKUP))
            return SessionRecovery(private).inspect(_ID)

    def recover(self) -> Outcome:
        """Restore the session if it should be."""
        status = self.inspect()
        if status.recommendation is not Recommendation.RESTORE:
            return Outcome(status, Action.NOTHING)
        with opened(self.live.parent) as directory:
            refused = to_replace(directory, self.live.name)
        if refused is not None:
            return _failed(status, refused.error)
        try:
            return self._restore()
        except OSError as cause:
            is_denied = isinstance(cause, PermissionError)
            code = ErrorCode.NO_PERMISSION if is_denied else ErrorCode.IO
            message = f"{self.live.name} was not replaced: {cause.strerror}."
            remedy = "Check the directory's permissions and the disk, then run the same call again."
            return _failed(status, Error(code, message, remedy))

    def _restore(self) -> Outcome:
        """Restore beside the session, then give the restored file the live file's name."""
        before = _seen(self.live)
        with _private_directory(self.live.parent) as private:
            restored = private / _LIVE
            _link(self.live, restored)
            _link(self.backup, private / _BACKUP)
            sessions = SessionRecovery(private, accept_owner=True)
            outcome = self._under_its_name(sessions.recover(_ID))
            if not outcome.is_restored:
                return outcome
            if not self._takes_on(restored):
                return _failed(outcome.status, self._foreign())
            if _seen(self.live) != before:
                return _failed(outcome.status, self._changed())
            if outcome.kept is not None:
                outcome = replace(outcome, kept=self._keep(private / outcome.kept))
            os.replace(restored, self.live)
            _sync(self.live.parent)
        return outcome

    def _takes_on(self, restored: Path) -> bool:
        """Give the restored file its access, unless it has other names that would get it, too."""
        access = _access(self.live, self.backup)
        with (
            opened(self.live.parent, accept_owner=True) as directory,
            open(restored, "rb", opener=_open_the_file_itself) as file,
        ):
            if Access.of_file(file.fileno()) == access:
                return True
            if os.fstat(file.fileno()).st_nlink != 1:
                return False
            directory.give(access, file.fileno())
            os.fsync(file)
        return True

    def _keep(self, replaced: Path) -> str:
        """Give what is replaced a name beside the session, and make it durable."""
        for number in count(1):
            kept = self.live.with_name(f"{self.live.name}.replaced.{number}")
            if _holds_the_same(kept, replaced):
                return kept.name
            if not os.path.lexists(kept):
                _link(replaced, kept)
                _sync(kept.parent)
                return kept.name
        raise AssertionError

    def _under_its_name(self, outcome: Outcome) -> Outcome:
        errors = (
            replace(error, message=error.message.replace(_LIVE, self.live.name))
            for error in outcome.errors
        )
        return replace(outcome, errors=tuple(errors))

    def _foreign(self) -> Error:
        return Error(
            ErrorCode.NO_PERMISSION,
            f"{self.live.name} was not replaced: its files belong to another user or group, and "
            "that could not be kept.",
            "Run the same call as the session's owner or as root.",
        )

    def _changed(self) -> Error:
        return Error(
            ErrorCode.CHANGED,
            f"{self.live.name} was not replaced: it changed in the meantime.",
            "Run the same call again when no other program is at work in the directory.",
        )


def _failed(status: Status, error: Error) -> Outcome:
    return Outcome(status, Action.FAILED, (error,))


@contextmanager
def _private_directory(beside: Path) -> Iterator[Path]:
    """Make a directory that only this user can enter, and remove it afterwards."""
    path = Path(tempfile.mkdtemp(prefix=".session-recovery-", dir=beside))
    try:
        acl.forget_default(path)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _holds_the_same(kept: Path, replaced: Path) -> bool:
    """Tell whether a file is kept already."""
    is_file = kept.is_file() and not kept.is_symlink()
    return is_file and filecmp.cmp(kept, replaced, shallow=False)


def _seen(path: Path) -> tuple[int, int, int, int] | None:
    """Take what changes with a file, or nothing where there is none."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _access(*paths: Path) -> Access:
    """Tell who may read the first of these files that is there."""
    path = next(path for path in paths if os.path.lexists(path))
    with open(path, "rb", opener=_open_the_file_itself) as file:
        return Access.of_file(file.fileno())


def _link(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where it takes none."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    """Make something of the same kind, and of the same bytes if it can be read.

    What cannot be read becomes a link, which the component neither follows nor replaces.
    """
    try:
        kind = os.lstat(source).st_mode
        if stat.S_ISREG(kind):
            _copy_bytes(source, target)
        elif stat.S_ISDIR(kind):
            target.mkdir()
        elif stat.S_ISLNK(kind):
            target.symlink_to(os.curdir)
        else:
            os.mkfifo(target)
    except PermissionError:
        target.unlink(missing_ok=True)
        target.symlink_to(os.curdir)
    except OSError as cause:
        if cause.errno not in _NOT_THERE:
            raise


def _copy_bytes(source: Path, target: Path) -> None:
    with (
        open(source, "rb", opener=_open_the_file_itself) as bytes_from,
        open(target, "xb", opener=_create_privately) as bytes_to,
    ):
        shutil.copyfileobj(bytes_from, bytes_to)
        copy = os.fstat(bytes_to.fileno())
        access = Access.of_file(bytes_from.fileno()).taken_over(copy.st_uid, copy.st_gid)
        os.fchmod(bytes_to.fileno(), access.mode if access.acl is None else access.mode & 0o700)


def _open_the_file_itself(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _create_privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
