"""Removes what nobody needs any more, after a sweep of the drop-in.

Without it an application that shortens a session at each of its starts gets two more files each
time. And the words of a deleted session would outlive it: the application does not know these
files.
"""

import logging
import os
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from session_recovery import deleted
from session_recovery.answers import ErrorCode, Purged
from session_recovery.directory import is_session_id, live_of_kept
from session_recovery.errors import NotReturnedError, SessionRecoveryError
from session_recovery.escaped import escaped
from session_recovery.index_file import is_staged
from session_recovery.sessions import SessionRecovery

_EXCHANGED = re.compile(r"\.session-recovery-.*\.exchange")
# The application, too, takes older files for leftovers.
_SECONDS = 3600

_logger = logging.getLogger(__name__)


def tidy(sessions: SessionRecovery, session_dir: Path) -> None:
    """Remove the kept files of deleted sessions, redundant ones, and old parts of an index.

    What fails is a warning: the sweep before it was not in vain.
    """
    try:
        names = set(os.listdir(session_dir))
        _remove_parts(session_dir, names)
        # What a killed run was about to remove has another name.
        if ids := _deleted(session_dir, names):
            _try(lambda: sessions.purge(ids))
        if any(map(live_of_kept, names)):
            _try(sessions.prune)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return
    except (NotReturnedError, OSError) as error:
        _logger.warning("kept files were not removed: %s", escaped(str(error)))


def _deleted(session_dir: Path, names: set[str]) -> list[str]:
    """List the deleted sessions without live file and backup that may have kept files."""
    kept = set(filter(None, map(live_of_kept, names)))
    is_exchanged = any(map(_EXCHANGED.fullmatch, names))
    if not kept and not is_exchanged:
        return []
    gone = deleted.sessions(session_dir)
    if gone is None:
        _logger.warning("kept files of deleted sessions stay: the list of these cannot be used")
    ids = (each for each in sorted(gone or ()) if is_session_id(each))
    return [
        each
        for each in ids
        if not names & {f"{each}.json", f"{each}.json.bak"}
        and (is_exchanged or f"{each}.json" in kept)
    ]


def _remove_parts(session_dir: Path, names: Iterable[str]) -> None:
    """Remove what a killed process left of an index: it holds titles, also of deleted sessions."""
    for name in filter(is_staged, names):
        path = os.path.join(session_dir, name)
        if time.time() - os.lstat(path).st_mtime > _SECONDS:
            os.unlink(path)


def _try(remove: Callable[[], Iterable[Purged]]) -> None:
    try:
        removals = remove()
    except NotReturnedError:
        raise
    except SessionRecoveryError as error:
        if error.code is not ErrorCode.NO_SUCH_SESSION:
            _logger.warning("kept files were not removed: %s", escaped(str(error)))
        return
    for stuck in (each for removal in removals for each in removal.errors):
        _logger.warning("a kept file was not removed: %s", escaped(stuck.in_full))
