"""Which file a restore put in place.

wasmtime's Python interface does not tell. The application may have saved the session since, and
what it saved is not to be given the access of an older file.
"""

import errno
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from session_recovery.directory import Directory

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Copy:
    """A file that holds the bytes of one of these files, one of which was put in place."""

    sources: tuple[str, ...]

    def is_in(self, directory: "Directory", file: int) -> bool:
        """Tell whether an open file is the one."""
        return any(_hold_the_same(directory, source, file) for source in self.sources)


@dataclass(frozen=True, slots=True)
class Seen:
    """A file that was looked at, and found to be the one."""

    identity: tuple[int, int] | None

    def is_in(self, _directory: "Directory", file: int) -> bool:
        """Tell whether an open file is the one."""
        found = os.fstat(file)
        return (found.st_dev, found.st_ino) == self.identity


@dataclass(frozen=True, slots=True)
class Unknown:
    """A file that could not be looked at."""

    why: str

    def is_in(self, _directory: "Directory", _file: int) -> bool:
        """Say why it is not known which file is the one."""
        raise OSError(errno.EIO, self.why)


Restored = Copy | Seen | Unknown


def _hold_the_same(directory: "Directory", source: str, file: int) -> bool:
    try:
        with directory.file(source) as other:
            return _is_same(os.fstat(other), os.fstat(file)) and _have_same_bytes(other, file)
    except FileNotFoundError:
        return False


def _is_same(one: os.stat_result, other: os.stat_result) -> bool:
    """Tell whether two are files of the same length."""
    is_file = stat.S_ISREG(one.st_mode) and stat.S_ISREG(other.st_mode)
    return is_file and one.st_size == other.st_size


def _have_same_bytes(one: int, other: int) -> bool:
    at = 0
    while piece := os.pread(one, _PIECE, at):
        if piece != os.pread(other, len(piece), at):
            return False
        at += len(piece)
    return True
