"""Damages a state directory: each session in the way that its ID says, and the rest by layout."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

_TWO_HOURS = 7200


Damages = dict[str, Callable[[Path, Path], object]]


def as_layout(state: Path, layout: str) -> None:
    """Damage each session in its way, and make one layout of the state directory."""
    _apply(_BY_ID, state)
    _put_beside(_sessions(state))
    for step in LAYOUTS[layout]:
        step(state)


def _apply(damages: Damages, state: Path) -> None:
    for session_id, damage in damages.items():
        live = _sessions(state) / f"{session_id}.json"
        damage(live, live.with_name(f"{live.name}.bak"))


def _cut_off(path: Path, part: float = 0.4) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])


def _zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def _taken_away(path: Path) -> bytes:
    content = path.read_bytes()
    path.unlink()
    return content


def _without_messages(path: Path) -> None:
    session = json.loads(path.read_text("utf-8"))
    del session["messages"]
    path.write_text(json.dumps(session, indent=2), "utf-8")


def _both_with_another_id(*paths: Path) -> None:
    for path in paths:
        session = json.loads(path.read_text("utf-8"))
        session["session_id"] = "another-id"
        path.write_text(json.dumps(session, ensure_ascii=False, indent=2), "utf-8")


def _with_long_integer(path: Path) -> None:
    text = path.read_text("utf-8")
    path.write_text(text.replace("{", '{\n  "n": ' + "9" * 5000 + ",", 1), "utf-8")


def _moved_behind_a_link(path: Path) -> None:
    elsewhere = path.parents[1] / f"elsewhere-{path.name}"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def _a_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _whole_temporary_file(live: Path) -> None:
    temporary = live.with_suffix(".tmp.4242.1")
    shutil.copy2(live, temporary)
    live.write_bytes(b"")


_BY_ID: Damages = {
    "gone-with-backup": lambda live, _: live.unlink(),
    "gone-without-row": lambda live, _: live.unlink(),
    "gone-backup-cut-off": lambda live, backup: backup.write_bytes(_taken_away(live)[:400]),
    "cut-off": lambda live, _: _cut_off(live),
    "empty": lambda live, _: live.write_bytes(b""),
    "zeros": lambda live, _: _zeros(live),
    "zeros-at-the-end": lambda live, _: live.write_bytes(live.read_bytes() + bytes(4096)),
    "without-messages": lambda live, _: _without_messages(live),
    "byte-order-mark": lambda live, _: live.write_bytes(b"\xef\xbb\xbf" + live.read_bytes()),
    "backup-cut-off": lambda _, backup: _cut_off(backup),
    "backup-empty": lambda _, backup: backup.write_bytes(b""),
    "backup-equal": shutil.copy2,
    "live-private": lambda live, _: live.chmod(0o600),
    "single-cut-off": lambda live, _: _cut_off(live),
    "single-empty": lambda live, _: live.write_bytes(b""),
    "single-gone": lambda live, _: live.unlink(),
}


# Damages that come with a layout of their own, as they touch more than their session.
_LISTS: Damages = {
    "a-list": lambda live, _: live.write_text("[]"),
}
_NO_FILES: Damages = {
    "link-elsewhere": lambda live, _: _moved_behind_a_link(live),
    "directory-in-its-place": lambda live, _: _a_directory(live),
    "backup-is-a-link": lambda _, backup: _moved_behind_a_link(backup),
}
_LONG_INTEGERS: Damages = {
    "backup-with-long-integer": lambda _, backup: _with_long_integer(backup),
    "live-with-long-integer": lambda live, _: _with_long_integer(live),
    "single-long-integer": lambda live, _: _with_long_integer(live),
}
_FOREIGN: Damages = {
    "foreign-id-inside": _both_with_another_id,
}


def _put_beside(sessions: Path) -> None:
    """Put into the directory what people and programs leave in one."""
    _copied(sessions, "healthy-05.json", "healthy-05.json.recover.tmp")
    # As from a backup of the whole disk, put back after the deletion.
    _copied(sessions, "shrunken-by-a-save.json.bak", "single-deleted.json.bak")
    _copied(sessions, "shrunken-to-nothing.json.bak", "gone-deleted-before.json.bak")
    _without_row_in_index(sessions / "_index.json", "single-not-in-index")


def _copied(sessions: Path, source: str, target: str) -> None:
    shutil.copy2(sessions / source, sessions / target)


def _without_row_in_index(index: Path, session_id: str) -> None:
    rows = json.loads(index.read_text("utf-8"))
    kept = [row for row in rows if row["session_id"] != session_id]
    index.write_text(json.dumps(kept, indent=2), "utf-8")


def _lists(state: Path) -> None:
    _apply(_LISTS, state)
    (_sessions(state) / "notes.json").write_text('"no session"')


def _no_files(state: Path) -> None:
    _apply(_NO_FILES, state)
    (_sessions(state) / "attachments.json").mkdir()


def _copies(state: Path) -> None:
    """Put sessions there under other names than their IDs, as people and sync programs do."""
    _apply(_FOREIGN, state)
    conflict = "healthy-03.sync-conflict-20260101-120000-ABCDEFG.json"
    _copied(_sessions(state), "healthy-03.json", conflict)
    _copied(_sessions(state), "healthy-04.json", "copy of it.json")
    _copied(_sessions(state), "shrunken-by-a-save.json", "copy of a shrunken one.json")
    _copied(_sessions(state), "shrunken-by-a-save.json.bak", "copy of a shrunken one.json.bak")


def _temporary_files(state: Path) -> None:
    """Leave what a crash between write and rename leaves, older than the application keeps it."""
    sessions = _sessions(state)
    _whole_temporary_file(sessions / "single-whole-temporary-file.json")
    temporary = sessions / "single-whole-temporary-file.tmp.4242.1"
    times = temporary.stat().st_mtime - _TWO_HOURS
    os.utime(temporary, (times, times))


def _no_database(state: Path) -> None:
    (state / "state.db").unlink()


def _no_index(state: Path) -> None:
    _index(state).unlink()


def _long_integers(state: Path) -> None:
    _apply(_LONG_INTEGERS, state)


def _no_webui_rows(state: Path) -> None:
    with closing(sqlite3.connect(state / "state.db")) as database, database:
        database.execute("delete from sessions")
        database.execute("delete from messages")


def _sessions(state: Path) -> Path:
    return state / "webui" / "sessions"


def _index(state: Path) -> Path:
    return _sessions(state) / "_index.json"


def _tombstones(state: Path) -> Path:
    return _sessions(state) / "_deleted_webui_sessions.json"


def _only_backups(state: Path) -> None:
    for path in _sessions(state).glob("*.json"):
        if path.is_file() and not path.name.startswith("_"):
            path.unlink()


# What the user does through the application's routes before anything is damaged.
TAKEN_BACK: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("undo", "undone", {}),
    ("undo", "undone-then-lost", {}),
    ("truncate", "truncated", {"keep_count": 4}),
    ("clear", "cleared", {}),
    ("clear", "cleared-then-written-to", {}),
    ("delete", "single-deleted", {}),
    ("delete", "gone-deleted-before", {}),
    ("delete", "only-in-database-deleted", {}),
)


def _files_of_another_user(state: Path) -> None:
    """Give all files another owner, but not the directories: as after a change of containers."""
    for path in _sessions(state).iterdir():
        if path.is_file():
            os.chown(path, _ANOTHER, _ANOTHER)


_ANOTHER = 12345
FOREIGN = "files of another user"

Layout = tuple[Callable[[Path], object], ...]

# What else is wrong with the directory, and what with the rest of the state.
LAYOUTS: dict[str, Layout] = {
    "every damage": (),
    "lists among the sessions": (_lists,),
    "links and directories": (_no_files,),
    "links and directories, no database": (_no_files, _no_database),
    "long integers": (_long_integers,),
    "copies and foreign IDs": (_copies,),
    "no database": (_no_database,),
    "a database without rows": (_no_webui_rows,),
    "a damaged database": (lambda state: _zeros(state / "state.db"),),
    "no index": (_no_index,),
    "a damaged index": (lambda state: _cut_off(_index(state)),),
    "an empty index": (lambda state: _index(state).write_text("[]"),),
    "a damaged list of deletions": (lambda state: _cut_off(_tombstones(state)),),
    "temporary files": (_temporary_files,),
    "temporary files and no index": (_temporary_files, _no_index),
    "only backups": (_only_backups,),
    FOREIGN: (_files_of_another_user,),
}
