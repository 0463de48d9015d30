"""The application's index: set aside, so that the application makes a new one.

It is not made here, because its rows need what is outside the directory: the application's
settings, and the places that paths lead to.
"""

import logging
import os
import stat
from itertools import count

from session_recovery.directory import StrPath
from session_recovery.escaped import escaped

_INDEX = "_index.json"

_logger = logging.getLogger(__name__)


def set_aside(session_dir: StrPath) -> None:
    """Give the index the first of its other names that is free, if there is one.

    Before the application makes a new one it removes what matches `*.tmp.*`, and such a file may
    be all that is left of a session: while one stands there, the index stays.
    """
    index = os.path.join(session_dir, _INDEX)
    try:
        if endangered := _endangered(session_dir):
            _logger.warning(
                "%s is left where it is: before the application makes a new one it removes %s, "
                "which may hold a session",
                _INDEX,
                escaped(endangered),
            )
            return
        if stat.S_ISREG(os.lstat(index).st_mode):
            _rename(index)
    except FileNotFoundError:
        return
    except OSError as cause:
        _logger.warning("%s cannot be set aside: %s", _INDEX, escaped(str(cause)))


def _endangered(session_dir: StrPath) -> str | None:
    """Find a file that the application removes when it makes a new index."""
    with os.scandir(session_dir) as entries:
        names = (os.fsdecode(entry.name) for entry in entries)
        return next((name for name in names if ".tmp." in name and name[0] != "_"), None)


def _rename(index: str) -> None:
    for number in count(1):
        other = f"{index}.replaced.{number}"
        try:
            os.link(index, other, follow_symlinks=False)
        except FileExistsError:
            continue
        except OSError:
            # There are file systems without second names.
            if os.path.lexists(other):
                continue
            os.rename(index, other)
        else:
            os.unlink(index)
        return
