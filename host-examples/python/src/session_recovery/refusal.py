"""Why a session is not to be restored by this user, which the component cannot know."""

import os
import pwd
from dataclasses import dataclass, replace

from session_recovery.access import Access
from session_recovery.answers import Category, Error, ErrorCode, Finding, FindingKind

_RESTORED = (FindingKind.SHRUNKEN_LIVE, FindingKind.ORPHAN_BACKUP)

_OF_INDEX = (FindingKind.INDEX_MISSING_FILE, FindingKind.INDEX_MISSING_ENTRY)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a session is not to be restored by this user, and what to do next."""

    session_id: str
    why: str
    remedy: str

    @property
    def error(self) -> Error:
        """The refusal as the error of a restore."""
        message = f"{self.session_id}.json was not replaced: {self.why}."
        return Error(ErrorCode.NO_PERMISSION, message, self.remedy)

    @property
    def in_advance(self) -> str:
        """The refusal before anybody has asked for a restore."""
        return f"{self.session_id}.json cannot be restored: {self.why}. {self.remedy}"


def foreign(session_id: str, access: Access) -> Refusal:
    """Refuse to change the owner or the group of a session."""
    owner = "root" if access.user == os.geteuid() else _name_of(access.user)
    return Refusal(
        session_id,
        "its files belong to another user or group, and that cannot be kept",
        f"Run the same command as a user who can keep it (`sudo -u {owner} …`). Or add "
        "--accept-owner (accept_owner=True): the restored file then belongs to you.",
    )


def exposed(session_id: str) -> Refusal:
    """Refuse to show a session to those whom the directory's default list lets in."""
    return Refusal(
        session_id,
        "the directory's default access control list lets others read each new file who may not "
        "read this one",
        "Remove the list for the time of the restore (getfacl and setfacl -k).",
    )


def is_due(finding: Finding) -> bool:
    """Tell whether a repair of what was found restores a session."""
    return finding.category is Category.REPAIRABLE and finding.kind in _RESTORED


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
