"""The application's index, made anew from the session files of its directory.

Without an index the application makes one itself, and before that it removes old temporary files.
One of those may be all that is left of a session.
"""

import json
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from pathlib import Path

from session_recovery import index_rows
from session_recovery.access import Access
from session_recovery.directory import Directory, opened
from session_recovery.staged import staged

_INDEX = "_index.json"
_STAGED = re.compile(r"_index\.tmp\.recovery\.[0-9]+\.[0-9a-f]{16}")
_OF_FILES = 0o666


def is_live(name: str) -> bool:
    """Tell whether a name is like a live file's, and not the application's own."""
    return name.endswith(".json") and not name.startswith("_")


def is_there(session_dir: Path) -> bool:
    """Tell whether the application finds an index."""
    return os.path.exists(os.path.join(session_dir, _INDEX))


def is_staged(name: str) -> bool:
    """Tell whether a name is that of an index which is not whole yet, or never became so."""
    return _STAGED.fullmatch(name) is not None


def rebuild(session_dir: Path) -> None:
    """Replace the index by one that has a row for each session file, and no others."""
    with opened(session_dir, accept_owner=True) as directory:
        names = sorted(filter(is_live, os.listdir(directory.handle)))
        rows = index_rows.rows(Path(session_dir), directory, names)
        # Half a character has no bytes, and gets JSON's own spelling.
        content = json.dumps(rows, ensure_ascii=False, indent=2).encode(errors="backslashreplace")
        # The application removes a file of such a name when it is an hour old.
        temporary = f"_index.tmp.recovery.{os.getpid()}.{secrets.token_hex(8)}"
        with staged(directory, temporary, content, _access(directory, names)):
            handle = directory.handle
            os.rename(temporary, _INDEX, src_dir_fd=handle, dst_dir_fd=handle)


def _access(directory: Directory, names: Iterable[str]) -> Access | None:
    """Tell who may read the index: who could until now, or who may read every session."""
    if (present := directory.access(_INDEX)) is not None:
        return present
    accesses = list(filter(None, map(directory.access, names)))
    if len({(each.user, each.group) for each in accesses}) != 1:
        return None
    common = reduce(Access.narrowed, accesses)
    return replace(common, mode=common.mode & _OF_FILES, attributes=())
