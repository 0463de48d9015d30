"""Makes a state directory with the application's own code: `python -m app.made PHASE`.

It runs inside the application, in the folder of its checkout. Between its two phases the
application's own server takes messages back and deletes sessions.
"""

import importlib
import sqlite3
import sys
import uuid
from contextlib import closing
from typing import Any

from app import roles

_SCHEMA = """
create table sessions (
    id text primary key, source text not null, user_id text, model text, title text,
    started_at real not null, ended_at real, end_reason text, message_count integer default 0,
    parent_session_id text
);
create table messages (
    id integer primary key autoincrement, session_id text not null, role text not null,
    content text, timestamp real not null
);
"""


def main() -> None:
    """Make what a phase makes."""
    models = importlib.import_module("api.models")
    if sys.argv[1] == "begin":
        _begin(models)
    else:
        _go_on(models)


def _begin(models: Any) -> None:
    models.SESSION_DIR.mkdir(parents=True)
    for session_id in roles.ALL:
        session = _new(models, session_id)
        session.save(touch_updated_at=False)
    for session_id in roles.SHORTENED:
        _shorten(models, session_id)
    _make_database(models._active_state_db_path())


def _new(models: Any, session_id: str) -> Any:
    made = roles.messages(session_id)
    return models.Session(
        session_id=session_id,
        title=f"About {session_id}",
        messages=made,
        created_at=roles.started(session_id),
        updated_at=roles.started(session_id) + len(made),
        profile="default",
    )


def _shorten(models: Any, session_id: str) -> None:
    session = models.Session.load(session_id)
    whole = list(session.messages)
    if session_id == "compressed":
        session.context_messages = whole
        session.save(touch_updated_at=False)
        session.context_messages = whole[-2:]
        session.compression_anchor_mode = "manual"
        session.compression_anchor_summary = "what was said"
    session.messages = [] if session_id == "shrunken-to-nothing" else whole[: len(whole) // 3]
    session.save(touch_updated_at=False)
    if session_id == "shrunken-then-written-to":
        said_since = {"role": "user", "content": "said since", "timestamp": session.updated_at}
        session.messages = [*session.messages, said_since]
        session.save(touch_updated_at=False)


def _make_database(path: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_SCHEMA)
        for session_id in (*roles.ALL, *roles.ONLY_IN_DATABASE, roles.EMPTY_IN_DATABASE):
            if session_id not in roles.WITHOUT_ROW:
                _put_row(database, session_id)


def _put_row(database: sqlite3.Connection, session_id: str) -> None:
    said = [] if session_id == roles.EMPTY_IN_DATABASE else roles.messages(session_id)
    begun = roles.started(session_id)
    database.execute(
        "insert into sessions (id, source, model, title, started_at, message_count)"
        " values (?, 'webui', 'a-model', ?, ?, ?)",
        (session_id, f"About {session_id}", begun, len(said)),
    )
    database.executemany(
        "insert into messages (session_id, role, content, timestamp) values (?, ?, ?, ?)",
        [(session_id, each["role"], each["content"], each["timestamp"]) for each in said],
    )


def _go_on(models: Any) -> None:
    """Do what comes after the user took messages back."""
    lost = models.Session.load("undone-then-lost")
    lost.messages = lost.messages[:3]
    lost.save(touch_updated_at=False)
    cleared = models.Session.load("cleared-then-written-to")
    cleared.messages = [{"role": "user", "content": "anew", "timestamp": 1_790_000_000.0}]
    cleared.save(touch_updated_at=False)
    compressed = models.Session.load("compressed-then-lost")
    compressed.compression_anchor_mode = "manual"
    compressed.context_messages = []
    compressed.save(touch_updated_at=False)
    journal = importlib.import_module("api.turn_journal")
    submitted = {
        "event": "submitted",
        "turn_id": f"20260101T000000Z-{uuid.UUID(int=1).hex[:12]}",
        "role": "user",
        "content": "was this heard?",
        "created_at": 1_790_000_000.0,
    }
    journal.append_turn_journal_event("pending-turn", submitted)


if __name__ == "__main__":
    main()
