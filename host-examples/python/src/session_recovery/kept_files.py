"""Removes kept files that nobody needs any more, after a sweep of the drop-in.

Without it an application that shortens a session at each of its starts gets two more files each
time. And the words of a deleted session would outlive it: the application does not know these
files.
"""

import logging
import os
from collections.abc import Iterable
from pathlib import Path

from session_recovery import deleted
from session_recovery.answers import Purged
from session_recovery.directory import is_session_id
from session_recovery.errors import SessionRecoveryError
from session_recovery.escaped import escaped
from session_recovery.sessions import SessionRecovery

_KEPT = ".json.replaced."

_logger = logging.getLogger(__name__)


def tidy(session_dir: Path) -> None:
    """Remove redundant kept files, and those of deleted sessions that have no other file.

    What fails is a warning: the sweep before it was not in vain.
    """
    try:
        if not any(_KEPT in name for name in os.listdir(session_dir)):
            return
        sessions = SessionRecovery(session_dir)
        _warn(sessions.prune())
        if ids := _deleted(session_dir):
            _warn(sessions.purge(ids))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return
    except (SessionRecoveryError, OSError) as error:
        _logger.warning("kept files were not removed: %s", escaped(str(error)))


def _deleted(session_dir: Path) -> list[str]:
    """List the deleted sessions of which only kept files are left."""
    gone = deleted.sessions(session_dir)
    if not gone:
        return []
    names = set(os.listdir(session_dir))
    kept = {name.rpartition(_KEPT)[0] for name in names if _KEPT in name}
    left = (each for each in sorted(gone & kept) if is_session_id(each))
    return [each for each in left if not names & {f"{each}.json", f"{each}.json.bak"}]


def _warn(removals: Iterable[Purged]) -> None:
    for error in (error for removal in removals for error in removal.errors):
        _logger.warning("a kept file was not removed: %s", escaped(error.in_full))
