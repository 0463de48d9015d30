"""Who may read a file, and what else it carries that its bytes do not hold."""

import errno
import os
import stat
import sys
from dataclasses import dataclass, field, replace

from session_recovery import acl
from session_recovery.acl import Acl

_PRIVATE = 0o600
_OF_USERS = "user."


@dataclass(frozen=True, slots=True)
class Access:
    """Who may read a file: its owner, its group, its mode and its access control list."""

    user: int
    group: int
    mode: int
    acl: bytes | None = None
    # What its users have put on it, by name; and which file it is.
    attributes: tuple[tuple[str, bytes], ...] = field(default=(), compare=False)
    file: tuple[int, int] | None = field(default=None, compare=False)

    @classmethod
    def of(cls, found: os.stat_result) -> "Access":
        """Take what a file's status tells."""
        mode = stat.S_IMODE(found.st_mode) & 0o777
        file = (found.st_dev, found.st_ino)
        return cls(found.st_uid, found.st_gid, mode, file=file)

    @classmethod
    def of_file(cls, file: int) -> "Access":
        """Take all of it from an open file."""
        told = cls.of(os.fstat(file))
        return cls(
            told.user,
            told.group,
            told.mode,
            acl.attribute(file, acl.ACCESS),
            _attributes(file),
            told.file,
        )

    def narrowed(self, other: "Access") -> "Access":
        """Leave what another file's allows as well."""
        if self.acl == other.acl:
            return Access(self.user, self.group, self.mode & other.mode, self.acl)
        # Whom a list names may be denied what everybody else is granted.
        return Access(self.user, self.group, self.mode & other.mode & 0o700)

    def taken_over(self, user: int, group: int) -> "Access":
        """Give the access of a copy that another user, or another group, owns.

        Whoever could not read the file cannot read the copy, except for its new owner, who can
        read and write it.
        """
        owners, groups, others = (self.mode >> shift & 0o7 for shift in (6, 3, 0))
        if user != self.user:
            # The owner so far may be one of the group, or of the others.
            owners, groups, others = owners | 0o6, groups & owners, others & owners
        if group != self.group:
            groups = others = groups & others
        mode = owners << 6 | groups << 3 | others
        taken = replace(self, user=user, group=group, mode=mode)
        if self.acl is None or (group == self.group and mode == self.mode):
            return taken
        return replace(taken, mode=mode & 0o700, acl=None)

    def owns(self, file: int) -> bool:
        """Tell whether an open file has this owner and this group."""
        found = os.fstat(file)
        return (found.st_uid, found.st_gid) == (self.user, self.group)

    def put_on(self, file: int) -> None:
        """Give it to an open file, which until the end is its owner's alone."""
        has = Access.of_file(file)
        if has == self and has.attributes == self.attributes:
            return
        os.fchmod(file, _PRIVATE)
        if not self.owns(file):
            os.fchown(file, self.user, self.group)
        try:
            for name, value in self.attributes:
                os.setxattr(file, name, value)
        finally:
            self._let_in(file)

    def covers_new_files(self, directory: int) -> bool:
        """Tell whether a new file in an open directory grants nobody what this one may deny."""
        default = acl.default_of(directory)
        if default is None:
            return True
        me = os.geteuid()
        new = Acl.parsed(default, me, _group_of_new_files(directory)).of_new_file(me)
        return new.grants_others_no_more_than(self._as_list(), me)

    def _as_list(self) -> Acl:
        if self.acl is None:
            return Acl.of_mode(self.user, self.group, self.mode)
        return Acl.parsed(self.acl, self.user, self.group)

    def _let_in(self, file: int) -> None:
        """Let in whom it lets in, or nobody but the owner."""
        is_let_in = False
        try:
            self._set_acl(file)
            is_let_in = Access.of_file(file) == self
        finally:
            if not is_let_in:
                os.fchmod(file, self.mode & _PRIVATE)
        if not is_let_in:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    def _set_acl(self, file: int) -> None:
        if self.acl is not None:
            # The mode is a part of it; by itself it would grant the group what others have.
            os.setxattr(file, acl.ACCESS, self.acl)
            return
        if acl.attribute(file, acl.ACCESS) is not None:
            os.removexattr(file, acl.ACCESS)
        os.fchmod(file, self.mode)


def _attributes(file: int) -> tuple[tuple[str, bytes], ...]:
    if sys.platform != "linux":
        return ()
    try:
        names = os.listxattr(file)
        return tuple((name, os.getxattr(file, name)) for name in names if _is_of_users(name))
    except OSError as error:
        if error.errno in acl.NO_ATTRIBUTE:
            return ()
        raise


def _is_of_users(name: str) -> bool:
    return name.startswith(_OF_USERS)


def _group_of_new_files(directory: int) -> int:
    found = os.fstat(directory)
    return found.st_gid if found.st_mode & stat.S_ISGID else os.getegid()
