"""The application's list of deleted sessions, which tells what is gone on purpose."""

import json
import os
import stat

from session_recovery.directory import StrPath

_LIST = "_deleted_webui_sessions.json"
# What the component does not put in Python's spelling: it may be any session.
_NO_IDS = (float, list, dict)


def sessions(session_dir: StrPath) -> set[str] | None:
    """Give the ids in the list, or nothing where it is there and tells nothing."""
    try:
        found = json.loads(_read(os.path.join(session_dir, _LIST)))
        is_list = isinstance(found, dict) and int(found.get("version", 0)) == 1
        ids = found.get("ids") if is_list else None
    except (FileNotFoundError, NotADirectoryError):
        return set()
    except (OSError, TypeError, ValueError, OverflowError, RecursionError):
        return None
    if not isinstance(ids, list) or any(each and isinstance(each, _NO_IDS) for each in ids):
        return None
    return {str(each).strip() for each in ids if each}


def _read(path: str) -> str:
    """Read a regular file: nothing else is followed or waited for."""
    with open(path, encoding="utf-8", opener=_open_the_file_itself) as file:
        return file.read() if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else ""


def _open_the_file_itself(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
