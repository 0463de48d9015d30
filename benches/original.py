"""What the module that this project replaces does in a sweep and in a restore, to be timed.

It parses the files whole, copies without a sync, and keeps nothing of what it replaces.
"""

import json
import shutil
from pathlib import Path
from typing import Any


def count(path: Path) -> int:
    """Give the length of the session's `messages`, or -1."""
    try:
        session = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return -1
    messages = session.get("messages") if isinstance(session, dict) else None
    return len(messages) if isinstance(messages, list) else -1


def inspect(live: Path) -> dict[str, Any]:
    """Give the counts of a session's two files, and what should be done."""
    backup = _backup_of(live)
    status: dict[str, Any] = {
        "session_id": live.stem,
        "live_messages": count(live),
        "bak_messages": -1,
    }
    if not backup.exists():
        return status | {"recommend": "no_backup"}
    status["bak_messages"] = count(backup)
    is_longer = status["bak_messages"] > status["live_messages"]
    return status | {"recommend": "restore" if is_longer else "no_action"}


def recover(live: Path) -> dict[str, Any]:
    """Put the backup in the live file's place, if it holds more messages."""
    status = inspect(live)
    if status["recommend"] != "restore":
        return status | {"restored": False}
    staging = live.with_suffix(".json.recover.tmp")
    try:
        shutil.copyfile(_backup_of(live), staging)
        staging.replace(live)
    except OSError as error:
        staging.unlink(missing_ok=True)
        return status | {"restored": False, "error": str(error)}
    return status | {"restored": True}


def recover_all(sessions: Path) -> dict[str, Any]:
    """Look at each session that has a backup, and restore those that should be."""
    live = {path for path in sessions.glob("*.json") if not path.name.startswith("_")}
    backed_up = {path.with_suffix("") for path in sessions.glob("*.json.bak")}
    orphans = [path for path in sorted(backed_up - live) if count(_backup_of(path)) >= 0]
    results = [recover(path) for path in [*sorted(live & backed_up), *orphans]]
    restored = [result for result in results if result["restored"]]
    scanned = len(live) + len(orphans)
    return {"scanned": scanned, "restored": len(restored), "details": restored}


def _backup_of(live: Path) -> Path:
    return live.with_suffix(".json.bak")
