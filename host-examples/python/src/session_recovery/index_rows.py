"""Makes the rows of the application's index from session files.

If this process is the application, its own functions make them. Otherwise they hold what those
would take from the file only: no settings, and paths as they stand in the file.
"""

import json
import logging
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from session_recovery import application
from session_recovery.directory import Directory
from session_recovery.escaped import escaped

Row = dict[str, Any]

_logger = logging.getLogger(__name__)

# The keys of every row, by what a session has that lacks them. A value of another kind counts as
# lacking if the default is a list or a mapping.
_DEFAULTS: dict[str, Any] = {
    "title": "Untitled",
    "workspace": "",
    "model": "unknown",
    "model_provider": None,
    "pinned": False,
    "archived": False,
    "project_id": None,
    "profile": None,
    "input_tokens": 0,
    "output_tokens": 0,
    "estimated_cost": None,
    "cache_read_tokens": 0,
    "cache_write_tokens": 0,
    "personality": None,
    "compression_anchor_visible_idx": None,
    "compression_anchor_message_key": None,
    "compression_anchor_summary": None,
    "pre_compression_snapshot": False,
    "context_engine": None,
    "compression_anchor_engine": None,
    "compression_anchor_mode": None,
    "compression_anchor_details": {},
    "context_engine_state": {},
    "context_length": None,
    "threshold_tokens": None,
    "last_prompt_tokens": None,
    "post_compression_context_tokens_estimate": None,
    "compression_recovery": {},
    "recommended_recovery_action": None,
    "gateway_routing": None,
    "gateway_routing_history": [],
    "manual_title": False,
    "active_stream_id": None,
    "pending_user_message": None,
    "is_cli_session": False,
    "source_tag": None,
    "raw_source": None,
    "session_source": None,
    "source_label": None,
    "read_only": False,
    "enabled_toolsets": None,
    "composer_draft": {},
    "process_wakeup_pause": {},
    "share_token": None,
    "share_created_at": None,
}
# Those that a row has only together, if one of the first is there.
_OPTIONAL = (
    (("parent_session_id",), ()),
    (("compression_recovery_source_session_id", "compression_recovery_action"), ()),
    (("worktree_path",), ("worktree_branch", "worktree_repo_root", "worktree_created_at")),
)


def rows(session_dir: Path, directory: Directory, names: Iterable[str]) -> list[Row]:
    """Give a row for each session, the newest first; of files with one ID, the longest."""
    by_id: dict[str, Row] = {}
    row_of = _of_application(session_dir) or _of_file(directory)
    for row in filter(None, (_row(directory, name, row_of) for name in names)):
        known = by_id.get(row["session_id"])
        if known is None or _number(row, "message_count") > _number(known, "message_count"):
            by_id[row["session_id"]] = row
    return sorted(by_id.values(), key=lambda row: _number(row, "updated_at"), reverse=True)


def _row(directory: Directory, name: str, row_of: Callable[[str], Row | None]) -> Row | None:
    """Make a row. One file that is no session never keeps the others out of the index."""
    try:
        # The application follows links; whoever waits for a FIFO waits for ever.
        found = os.stat(name, dir_fd=directory.handle)
        row = row_of(name) if stat.S_ISREG(found.st_mode) else None
    except Exception as error:  # noqa: BLE001 (the application's own functions may fail in any way)
        _logger.debug("%s has no row in the index: %s", escaped(name), escaped(str(error)))
        return None
    session_id = row.get("session_id") if row else None
    return row if session_id and isinstance(session_id, str) else None


def _of_application(session_dir: Path) -> Callable[[str], Row | None] | None:
    models = application.models()
    if models is None:
        return None

    def row(name: str) -> Row | None:
        session = models._load_session_from_path(session_dir / name)  # noqa: SLF001
        return session.compact() if session else None

    return row


def _of_file(directory: Directory) -> Callable[[str], Row | None]:
    def row(name: str) -> Row | None:
        with directory.file(name) as file, open(file, encoding="utf-8", closefd=False) as text:
            changed = os.fstat(file).st_mtime
            session = json.load(text)
        messages = session["messages"] if isinstance(session, dict) else None
        if not isinstance(messages, list):
            return None
        return _told({"session_id": name.removesuffix(".json")} | session, messages, changed)

    return row


def _told(session: Row, messages: list[Any], changed: float) -> Row:
    """Put in a row what a session's file tells."""
    row = {key: _taken(session.get(key), default) for key, default in _DEFAULTS.items()}
    is_pending = bool(row["pending_user_message"])
    updated = session.get("updated_at") or changed
    return {
        "session_id": session["session_id"],
        **row,
        **_optional(session),
        "message_count": max(_count(session, messages), int(is_pending)),
        "user_message_count": sum(_role(message) == "user" for message in messages),
        "created_at": session.get("created_at") or changed,
        "updated_at": updated,
        "last_message_at": (is_pending and session.get("pending_started_at"))
        or _last_time(messages)
        or updated,
        "created_workspace": session.get("created_workspace") or row["workspace"],
        "has_pending_user_message": is_pending,
        "cache_hit_percent": _percent(row["cache_read_tokens"], row["input_tokens"]),
        "is_streaming": False,
    }


def _taken(value: object, default: object) -> object:
    """Give a session's value for a row, or what stands for a missing one."""
    if isinstance(default, bool):
        return bool(value)
    if isinstance(default, dict | list):
        return value if isinstance(value, type(default)) else default
    return default if value is None else value


def _optional(session: Row) -> Row:
    keys = [
        key
        for needed, more in _OPTIONAL
        if any(session.get(each) for each in needed)
        for key in (*needed, *more)
    ]
    return {key: session.get(key) for key in keys}


def _count(session: Row, messages: list[Any]) -> int:
    """Give the number of messages that the application wrote down, or else count them."""
    told = session.get("message_count")
    return told if isinstance(told, int) and told >= 0 else len(messages)


def _last_time(messages: list[Any]) -> float | None:
    """Tell when the last message was written that a reader sees."""
    seen = (message for message in reversed(messages) if _role(message) not in (None, "tool"))
    times = (message.get("_ts") or message.get("timestamp") for message in seen)
    return next((time for time in times if isinstance(time, int | float) and time), None)


def _role(message: object) -> object:
    return message.get("role") if isinstance(message, dict) else None


def _percent(part: object, whole: object) -> int | None:
    if not isinstance(part, int) or not isinstance(whole, int) or part <= 0 or whole <= 0:
        return None
    return min(100, round(part / whole * 100))


def _number(row: Row, key: str) -> float:
    value = row.get(key)
    return value if isinstance(value, int | float) else 0
