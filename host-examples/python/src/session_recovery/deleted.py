"""The application's list of deleted sessions, which tells what is gone on purpose."""

import json
import os
import stat

from session_recovery.directory import StrPath

_LIST = "_deleted_webui_sessions.json"


def sessions(session_dir: StrPath) -> set[str]:
    """Give the ids in the list; none where it is no such list."""
    try:
        found = json.loads(_read(os.path.join(session_dir, _LIST)))
        is_list = isinstance(found, dict) and int(found.get("version", 0)) == 1
        ids = found.get("ids") if is_list else None
        return {str(each).strip() for each in ids if each} if isinstance(ids, list) else set()
    except (OSError, TypeError, ValueError, OverflowError, RecursionError):
        return set()


def _read(path: str) -> str:
    """Read a regular file: nothing else is followed or waited for."""
    with open(path, encoding="utf-8", opener=_open_the_file_itself) as file:
        return file.read() if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else ""


def _open_the_file_itself(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
