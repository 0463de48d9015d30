"""Session directories for the tests."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

HISTORY = ".session-recovery-log.jsonl"


def session(messages: int) -> bytes:
    """The bytes of a session with so many messages."""
    content = [
        {"role": "user", "content": f"message {number} ä „ok“"} for number in range(messages)
    ]
    return json.dumps({"title": "x", "messages": content}).encode()


def put(directory: Path, session_id: str, live: int | None, backup: int | None) -> Path:
    """Make a session's files, and give the live one's path."""
    path = directory / f"{session_id}.json"
    if live is not None:
        path.write_bytes(session(live))
    if backup is not None:
        Path(f"{path}.bak").write_bytes(session(backup))
    return path


def cut(whole: object) -> bytes:
    """The bytes of a session that was cut off in the middle of its last message."""
    written = json.dumps(whole).encode()
    return written[: written.rindex(b'"')]


def damaged(path: Path, messages: int) -> Path:
    """Make a file that was cut off in the last of so many messages, and give its path."""
    path.write_bytes(cut(json.loads(session(messages))))
    return path


def put_cleared(directory: Path, session_id: str) -> Path:
    """Make a session that its user cleared and has written to since."""
    path = put(directory, session_id, None, 2)
    fields = {"clear_generation": "c1", "truncation_watermark": 0, "truncation_boundary": 0}
    path.write_text(json.dumps({**fields, "messages": ["new"]}))
    return path


def put_deleted(directory: Path, session_id: str, backup: int) -> Path:
    """Make the backup of a session that its user deleted."""
    deleted = {"version": 1, "ids": [session_id]}
    (directory / "_deleted_webui_sessions.json").write_text(json.dumps(deleted))
    return put(directory, session_id, None, backup)


def contents(directory: Path) -> dict[str, bytes]:
    """Everything in a directory, by name."""
    return {
        name: (directory / name).read_bytes() if (directory / name).is_file() else b""
        for name in os.listdir(directory)
    }


def mode(path: Path) -> int:
    """Who may do what with a file."""
    return stat.S_IMODE(os.lstat(path).st_mode)


def said_with_closed(stream: int, *words: str) -> str:
    """What the program says, and ends well, when its caller has closed a stream of it."""
    script = f"""
import os, sys
os.close({stream})
os.execv(sys.executable, [sys.executable, "-m", "session_recovery", *sys.argv[1:]])
"""
    program = [sys.executable, "-c", script, *words]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr
