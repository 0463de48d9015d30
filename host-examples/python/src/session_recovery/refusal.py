"""Why a file is not to be replaced by this user, which the component cannot know."""

import os
import pwd
from dataclasses import dataclass, replace

from session_recovery.access import Access
from session_recovery.answers import (
    Category,
    Change,
    ChangeKind,
    Error,
    ErrorCode,
    Finding,
    FindingKind,
)
from session_recovery.directory import Directory

_RESTORED = (FindingKind.SHRUNKEN_LIVE, FindingKind.ORPHAN_BACKUP, FindingKind.SALVAGEABLE)

_OF_INDEX = (FindingKind.INDEX_MISSING_FILE, FindingKind.INDEX_MISSING_ENTRY)

# The component's own error, in a directory in which it can create nothing.
_READ_ONLY = Error(
    ErrorCode.READ_ONLY,
    "The session directory is read-only: no file can be created in it.",
    "Check that its file system is mounted for writing, and run this as a user who may write in "
    "the directory.",
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file is not to be replaced by this user, and what to do next."""

    # The refusal as the error of a restore, and before anybody has asked for one.
    error: Error
    in_advance: str


def to_replace(directory: Directory, name: str) -> Refusal | None:
    """Refuse what the directory lets this user replace by nothing.

    What cannot be looked at is left to the attempt.
    """
    if directory.is_read_only:
        return Refusal(_READ_ONLY, _READ_ONLY.in_full)
    owner = directory.owner_of_sticky(name)
    if owner is None:
        return None
    return _refusal(
        name,
        "replaced",
        "the directory has the sticky bit, so only the owner of the file or of the directory may "
        "replace it",
        f"Run the same command as that user (`sudo -u {_name_of(owner)} …`), or as root.",
    )


def foreign(session_id: str, access: Access) -> Refusal:
    """Refuse to change the owner or the group of a session."""
    owner = "root" if access.user == os.geteuid() else _name_of(access.user)
    return _refusal(
        f"{session_id}.json",
        "restored",
        "its files belong to another user or group, and that cannot be kept",
        f"Run the same command as a user who can keep it (`sudo -u {owner} …`). Or add "
        "--accept-owner (accept_owner=True): the restored file then belongs to you.",
    )


def exposed(session_id: str) -> Refusal:
    """Refuse to show a session to those whom the directory's default list lets in."""
    return _refusal(
        f"{session_id}.json",
        "restored",
        "the directory's default access control list lets others read each new file who may not "
        "read this one",
        "Remove the list for the time of the restore (getfacl and setfacl -k).",
    )


def _refusal(name: str, done: str, why: str, remedy: str) -> Refusal:
    error = Error(ErrorCode.NO_PERMISSION, f"{name} was not replaced: {why}.", remedy)
    return Refusal(error, f"{name} cannot be {done}: {why}. {remedy}")


def is_restored(finding: Finding) -> bool:
    """Tell whether a repair of what was found restores a session."""
    return finding.kind in _RESTORED


def is_restore(change: Change) -> bool:
    """Tell whether a change puts something in the place of a session's live file."""
    return change.kind in (ChangeKind.RESTORE, ChangeKind.SALVAGE)


def is_about_the_index(finding: Finding) -> bool:
    """Tell whether the index differs from the directory as it is."""
    return finding.category is Category.REPAIRABLE and finding.kind in _OF_INDEX


def for_review(finding: Finding, why: str) -> Finding:
    """Leave to somebody what a repair refuses."""
    return replace(finding, category=Category.MANUAL_REVIEW, remedy=why)


def _name_of(user: int) -> str:
    """Give the name of a user, or what `sudo` takes for one without a name."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"'#{user}'"
