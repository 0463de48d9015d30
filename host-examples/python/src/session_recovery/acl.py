"""Access control lists as Linux keeps them: what a directory's default list lets others read.

New files get it whatever the umask is, and wasmtime makes files in no other way.
"""

import errno
import os
import struct
import sys
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Self

StrPath = str | os.PathLike[str]

ACCESS = "system.posix_acl_access"
_DEFAULT = "system.posix_acl_default"

# The file has no such attribute, or its file system has none at all.
NO_ATTRIBUTE = (errno.ENODATA, errno.ENOTSUP)

_HEADER = struct.Struct("<I")
_ENTRY = struct.Struct("<HHI")

_OWNER, _USER, _OWN_GROUP, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_ALL = 0o7
# A file that is no program is made with these.
_OF_NEW_FILES = 0o6


@dataclass(frozen=True, slots=True)
class Acl:
    """Who is granted what: users and groups by their numbers, and everybody else."""

    users: dict[int, int]
    groups: dict[int, int]
    others: int

    @classmethod
    def of_mode(cls, user: int, group: int, mode: int) -> Self:
        """Take what a mode alone grants."""
        return cls({user: mode >> 6 & _ALL}, {group: mode >> 3 & _ALL}, mode & _ALL)

    @classmethod
    def parsed(cls, value: bytes, user: int, group: int) -> Self:
        """Read a list of a file with this owner and this group."""
        entries = [_ENTRY.unpack_from(value, at) for at in range(_HEADER.size, len(value), 8)]
        mask = next((granted for tag, granted, _ in entries if tag == _MASK), _ALL)
        users: dict[int, int] = {}
        groups: dict[int, int] = {}
        others = 0
        for tag, granted, who in entries:
            if tag == _USER:
                users[who] = granted & mask
            elif tag in (_OWN_GROUP, _GROUP):
                found = group if tag == _OWN_GROUP else who
                groups[found] = groups.get(found, 0) | granted & mask
            elif tag == _OTHER:
                others = granted
        users[user] = next(granted for tag, granted, _ in entries if tag == _OWNER)
        return cls(users, groups, others)

    def of_new_file(self, user: int) -> "Acl":
        """Take what a new file of this user inherits."""
        users = {who: granted & _OF_NEW_FILES for who, granted in self.users.items()}
        groups = {who: granted & _OF_NEW_FILES for who, granted in self.groups.items()}
        return Acl(users | {user: _OF_NEW_FILES}, groups, self.others & _OF_NEW_FILES)

    def grants_others_no_more_than(self, other: "Acl", user: int) -> bool:
        """Tell whether nobody but this user is granted what the other list may deny."""
        users = (self.users.keys() | other.users.keys()) - {user}
        groups = self.groups.keys() | other.groups.keys()
        return (
            _is_within(self.others, other.others)
            and all(_is_within(self.most(each), other.least(each)) for each in users)
            and all(
                _is_within(self.groups.get(each, self.others), other.least_of_group(each))
                for each in groups
            )
        )

    def most(self, user: int) -> int:
        """Tell what a user may be granted, whatever groups the user is in."""
        return self.users.get(user, reduce(or_, self.groups.values(), self.others))

    def least(self, user: int) -> int:
        """Tell what a user is granted at least, whatever groups the user is in."""
        return self.users.get(user, self._least_of_all())

    def least_of_group(self, group: int) -> int:
        """Tell what a member of a group is granted at least for being one."""
        return self.groups.get(group, self._least_of_all())

    def _least_of_all(self) -> int:
        return reduce(and_, self.groups.values(), self.others)


def default_of(directory: int) -> bytes | None:
    """Give the list that new files in an open directory get, if there is one."""
    return attribute(directory, _DEFAULT)


def forget_default(directory: StrPath) -> None:
    """Let new files in a directory get what the umask says."""
    if attribute(directory, _DEFAULT) is not None:
        os.removexattr(directory, _DEFAULT)


def attribute(file: int | StrPath, name: str) -> bytes | None:
    """Give an attribute of a file, if it has it, or can have any."""
    if sys.platform != "linux":
        return None
    try:
        return os.getxattr(file, name)
    except OSError as error:
        if error.errno in NO_ATTRIBUTE:
            return None
        raise


def _is_within(granted: int, limit: int) -> bool:
    return granted & ~limit == 0
