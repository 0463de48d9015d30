"""What the module that this project replaces does in a sweep and in a restore, to be timed.

It reads every live file whole, also where there is no backup, copies without a sync, and
keeps nothing of what it replaces.
"""

import json
import shutil
import sys
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
    backup = live.with_suffix(".json.bak")
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
        shutil.copyfile(live.with_suffix(".json.bak"), staging)
        staging.replace(live)
    except OSError as error:
        staging.unlink(missing_ok=True)
        return status | {"restored": False, "error": str(error)}
    return status | {"restored": True}


def recover_all(sessions: Path) -> dict[str, Any]:
    """Look at each session of the directory, and restore those that should be."""
    live = sorted(path for path in sessions.glob("*.json") if not path.name.startswith("_"))
    results = [recover(path) for path in live]
    restored = [result for result in results if result["restored"]]
    return {"scanned": len(results), "restored": len(restored), "details": restored}


if __name__ == "__main__":
    sessions, *ids = sys.argv[1:]
    if ids:
        answer: object = [recover(Path(sessions, f"{session}.json")) for session in ids]
    else:
        answer = recover_all(Path(sessions))
    print(json.dumps(answer))
