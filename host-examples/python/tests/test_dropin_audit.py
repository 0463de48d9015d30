"""The original's audit and safe repair, and what they take from its database."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from session_recovery import (
    OutOfTimeError,
    SessionRecovery,
    audit_session_recovery,
    dropin_command,
    recover_all_sessions_on_startup,
    recover_missing_sidecars_from_state_db,
    recover_session,
    repair_safe_session_recovery,
)
from support import contents, mode, put, put_cleared, put_deleted, said_with_closed, session
from test_audit import put_one_of_each

Message = tuple[str, str | None, float | None]


def put_database(path: Path, sessions: dict[str, list[Message]], source: str = "webui") -> Path:
    """A database as the application makes it, as far as that counts."""
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(
            "CREATE TABLE IF NOT EXISTS sessions (id TEXT PRIMARY KEY, source TEXT, model TEXT,"
            " title TEXT, started_at REAL, parent_session_id TEXT, message_count INTEGER,"
            " worktree_path TEXT);"
            "CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, session_id TEXT,"
            " role TEXT, content TEXT, timestamp REAL);"
        )
        for number, (session_id, messages) in enumerate(sessions.items()):
            row = (session_id, source, number)
            database.execute("INSERT INTO sessions (id, source, started_at) VALUES (?, ?, ?)", row)
            for message in messages:
                database.execute(
                    "INSERT INTO messages (session_id, role, content, timestamp)"
                    " VALUES (?, ?, ?, ?)",
                    (session_id, *message),
                )
    return path


def item(
    session_id: str, kind: str, category: str, recommendation: str, live: int = -1, bak: int = -1
) -> dict[str, Any]:
    return {
        "session_id": session_id,
        "kind": kind,
        "category": category,
        "recommendation": recommendation,
        "live_messages": live,
        "bak_messages": bak,
    }


def audited(status: str, ok: int, items: list[dict[str, Any]]) -> dict[str, Any]:
    categories = [each["category"] for each in items]
    return {
        "status": status,
        "summary": {
            "ok": ok,
            "repairable": categories.count("repairable"),
            "unsafe_to_repair": categories.count("unsafe_to_repair"),
        },
        "items": items,
    }


DELETED = ("state_db_deleted_webui_tombstone", "unsafe_to_repair", "deleted_session_skipped")
MISSING = ("state_db_missing_sidecar", "repairable", "materialize_from_state_db")
EMPTY = ("state_db_orphan_webui_row", "unsafe_to_repair", "manual_review")
HELLO: list[Message] = [("user", "hello", 5.0), ("assistant", None, 6.5)]


def test_the_audit_has_the_originals_items_in_its_order_and_no_others(tmp_path: Path) -> None:
    put_one_of_each(tmp_path)
    before = contents(tmp_path)
    assert audit_session_recovery(tmp_path) == audited(
        "needs_manual_review",
        6,
        [
            item("wiped", "shrunken_live", "repairable", "restore_from_bak", 0, 3),
            item("bad", "malformed_orphan_backup", "unsafe_to_repair", "manual_review"),
            item("deleted", *DELETED, bak=2),
            item("gone", "orphan_backup", "repairable", "restore_from_bak", -1, 2),
            item("nowhere", "index_missing_file", "repairable", "rebuild_index"),
            item("fine", "index_missing_entry", "repairable", "rebuild_index", 2),
        ],
    )
    assert contents(tmp_path) == before


def test_where_there_is_nothing_to_find_the_audit_is_ok(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for path in (tmp_path / "missing", file, file / "below"):
        assert audit_session_recovery(path) == audited("ok", 0, [])
    put_cleared(tmp_path, "a")
    (tmp_path / "broken.json").write_text("?")
    assert audit_session_recovery(tmp_path) == audited("ok", 2, [])
    (tmp_path / "_index.json").write_text("?")
    missing = ("index_missing_entry", "repairable", "rebuild_index")
    assert audit_session_recovery(tmp_path) == audited(
        "warn", 2, [item("a", *missing, live=1), item("broken", *missing)]
    )


def test_ids_and_names_have_different_orders(tmp_path: Path) -> None:
    for session_id in ("a", "a-b"):
        put(tmp_path, session_id, 0, 1)
    (tmp_path / "_index.json").write_text("[]")
    items = audit_session_recovery(tmp_path)["items"]
    assert [each["session_id"] for each in items] == ["a-b", "a", "a", "a-b"]


def put_journal(directory: Path, name: str, *events: dict[str, Any]) -> None:
    journals = directory / "_turn_journal"
    journals.mkdir(exist_ok=True)
    lines = [json.dumps({"version": 1, **event}) + "\n" for event in events]
    (journals / name).write_text("".join(lines))


def submitted(turn_id: str, content: str) -> dict[str, Any]:
    return {"event": "submitted", "turn_id": turn_id, "content": content, "created_at": 5.5}


def test_pending_turns_come_last_with_the_originals_keys(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text('{"messages": [{"role": "user", "content": " hello\\n"}]}')
    put_journal(
        tmp_path,
        "b~17.jsonl",
        submitted("t2", "lost"),
        submitted("t1", "lost too"),
        submitted("t3", "hello"),
        submitted("t4", "done"),
        {"event": "completed", "turn_id": "t4", "created_at": 6.5},
        # Of this one the original sees the last event alone, which has no text.
        submitted("t9", "begun"),
        {"event": "worker_started", "turn_id": "t9", "created_at": 6.5},
    )
    put_journal(tmp_path, "_a.jsonl", submitted("t5", "lost"))
    put_journal(tmp_path, "gone.jsonl", submitted("t6", "lost"))
    journal = ("turn_journal_pending_turn", "repairable", "audit_only_pending_turn_journal")
    database = put_database(tmp_path / "state.db", {"row": []})
    report = audit_session_recovery(tmp_path, database)
    assert report == audited(
        "needs_manual_review",
        1,
        [
            item("row", *EMPTY),
            {**item("_a", *journal), "turn_id": "t5", "event": "submitted"},
            {**item("b", *journal, live=1), "turn_id": "t1", "event": "submitted"},
            {**item("b", *journal, live=1), "turn_id": "t2", "event": "submitted"},
            {**item("gone", *journal), "turn_id": "t6", "event": "submitted"},
        ],
    )


def test_what_made_the_original_fail_is_no_reason_to_fail(tmp_path: Path) -> None:
    put(tmp_path, "a", None, 1)
    (tmp_path / "deep.json.bak").write_text("[" * 100_000)
    (tmp_path / "number.json").write_text('{"messages": 5}')
    journals = tmp_path / "_turn_journal"
    journals.mkdir()
    (journals / "a b.jsonl").write_text("{}\n")
    (journals / "~123.jsonl").write_text("?")
    (journals / "number.jsonl").write_bytes(b'{"turn_id": "t", "created_at": "x"}\n\xff\n' * 2)
    for version in ("Infinity", "-Infinity", "NaN", "1e999", "[]", '"x"', "[" * 100_000):
        (tmp_path / "_deleted_webui_sessions.json").write_text(
            f'{{"version": {version}, "ids": ["a"]}}'
        )
        kinds = [each["kind"] for each in audit_session_recovery(tmp_path)["items"]]
        assert kinds[:2] == ["undecided", "malformed_orphan_backup"]
    assert recover_all_sessions_on_startup(tmp_path)["restored"] == 0
    (tmp_path / "_deleted_webui_sessions.json").unlink()
    assert recover_all_sessions_on_startup(tmp_path)["restored"] == 1


@pytest.mark.parametrize(
    ("text", "has_it"),
    [
        ('{"version": 1, "ids": ["a"]}', True),
        ('{"version": "1", "ids": [" a "]}', True),
        ('{"version": 1.9, "ids": ["a", null, 5]}', True),
        ('{"version": true, "ids": ["b", "a"]}', True),
        ('{"version": 2, "ids": ["a"]}', None),
        ('{"ids": ["a"]}', None),
        ('{"version": 1, "ids": "a"}', None),
        ('{"version": 1, "ids": ["b"]}', False),
        ('{"version": 1, "ids": ["b", 0.0, [], {}]}', False),
        ('{"version": 1, "ids": ["a", 1.5]}', None),
        ('{"version": 1, "ids": [["a"]]}', None),
        ('["a"]', None),
        ("?", None),
        ("", None),
    ],
)
def test_host_and_component_read_the_same_in_the_list_of_deleted_sessions(
    tmp_path: Path, text: str, has_it: bool | None
) -> None:
    (tmp_path / "_deleted_webui_sessions.json").write_text(text)
    database = put_database(tmp_path / "state.db", {"a": HELLO})
    in_doubt = ("state_db_missing_sidecar", "unsafe_to_repair", "manual_review")
    by_host = item("a", *{True: DELETED, False: MISSING, None: in_doubt}[has_it])
    assert audit_session_recovery(tmp_path, database)["items"] == [by_host]
    put(tmp_path, "a", None, 1)
    (found, *more) = audit_session_recovery(tmp_path, database)["items"]
    kinds = {True: DELETED[0], False: "orphan_backup", None: "undecided"}
    assert found["kind"] == kinds[has_it]
    assert len(more) == (0 if has_it else 1)
    summary = recover_all_sessions_on_startup(tmp_path)
    assert (summary["restored"], summary["orphaned_backups"]) == (
        (1, 1) if has_it is False else (0, 0)
    )


def test_where_the_list_of_deleted_sessions_tells_nothing_only_a_named_session_comes_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "_deleted_webui_sessions.json").write_text("?")
    database = put_database(tmp_path / "state.db", {"a": HELLO, "b": HELLO})
    path = put(tmp_path, "a", None, 1)
    repaired = repair_safe_session_recovery(tmp_path, database)
    assert (repaired["repaired"], repaired["clean"]) == (0, False)
    assert repaired["sidecar_repair"]["details"] == [
        {"session_id": each, "materialized": False, "skipped": "deleted_sessions_unknown"}
        for each in ("b", "a")
    ]
    assert not path.exists()
    assert "1 backups without a live file were left as they are" in caplog.text
    assert "Repair the list of deleted sessions" in caplog.text
    assert recover_session(path)["restored"]


@pytest.mark.parametrize("kind", ["fifo", "link", "directory"])
def test_a_list_of_deleted_sessions_that_is_no_file_tells_nothing(
    tmp_path: Path, kind: str
) -> None:
    path = put_deleted(tmp_path, "a", 1).with_name("_deleted_webui_sessions.json")
    path.rename(tmp_path / "elsewhere")
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to("elsewhere")
    else:
        path.mkdir()
    assert recover_all_sessions_on_startup(tmp_path)["restored"] == 0
    assert recover_session(tmp_path / "a.json")["restored"]


def test_a_database_tells_which_orphans_are_none(tmp_path: Path) -> None:
    put(tmp_path, "known", None, 1)
    unknown = put(tmp_path, "unknown", None, 2)
    shrunken = put(tmp_path, "shrunken", 0, 3)
    odd = put(tmp_path, "odd\\name", None, 1)
    database = put_database(tmp_path / "state.db", {"known": []}, source="cli")
    assert audit_session_recovery(tmp_path, database)["items"] == [
        item("shrunken", "shrunken_live", "repairable", "restore_from_bak", 0, 3),
        item("known", "orphan_backup", "repairable", "restore_from_bak", -1, 1),
        item(
            *("unknown", "orphan_backup_without_state_row", "unsafe_to_repair", "manual_review"),
            bak=2,
        ),
    ]
    summary = recover_all_sessions_on_startup(tmp_path, state_db_path=database)
    assert {key: summary[key] for key in ("scanned", "restored", "orphaned_backups")} == {
        "scanned": 2,
        "restored": 2,
        "orphaned_backups": 1,
    }
    assert [each["session_id"] for each in summary["details"]] == ["shrunken", "known"]
    assert shrunken.read_bytes() == session(3)
    assert not unknown.exists()
    assert not odd.exists()
    assert recover_all_sessions_on_startup(tmp_path)["orphaned_backups"] == 2
    assert odd.exists()


def no_database(path: Path) -> None:
    """There is none."""


def garbage(path: Path) -> None:
    path.write_text("no database" * 1000)


def a_directory(path: Path) -> None:
    path.mkdir()


def without_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE others (id TEXT)")


def without_columns(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE sessions (name TEXT)")


@pytest.mark.parametrize(
    "make", [no_database, garbage, a_directory, without_tables, without_columns]
)
def test_a_database_that_does_not_tell_is_none(tmp_path: Path, make: Any) -> None:
    database = tmp_path / "state #1?.db"
    make(database)
    path = put(tmp_path, "a", None, 1)
    (found,) = audit_session_recovery(tmp_path, database)["items"]
    assert found["kind"] == "orphan_backup"
    nothing = {"scanned": 0, "materialized": 0, "details": []}
    assert recover_missing_sidecars_from_state_db(tmp_path, database) == nothing
    assert recover_all_sessions_on_startup(tmp_path, state_db_path=database)["restored"] == 1
    assert path.exists()
    assert database.exists() == (make is not no_database)


def test_a_database_with_a_log_beside_it_is_read_and_stays_as_it_is(tmp_path: Path) -> None:
    database = put_database(tmp_path / "state.db", {"a": HELLO})
    with closing(sqlite3.connect(database)) as writing:
        writing.execute("PRAGMA journal_mode = WAL")
        with writing:
            writing.execute("INSERT INTO sessions (id, source) VALUES ('b', 'webui')")
        before = database.read_bytes()
        found = audit_session_recovery(tmp_path, database)["items"]
        assert [each["session_id"] for each in found] == ["a", "b"]
        assert database.read_bytes() == before


def test_a_database_with_an_unreadable_text_in_it_has_no_rows(tmp_path: Path) -> None:
    database = put_database(tmp_path / "state.db", {"a": HELLO})
    with closing(sqlite3.connect(database)) as writing, writing:
        writing.execute("UPDATE sessions SET title = CAST(x'ff' AS TEXT)")
    assert audit_session_recovery(tmp_path, database)["items"] == []
    assert recover_missing_sidecars_from_state_db(tmp_path, database)["scanned"] == 0


def test_a_locked_database_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect: Any = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, timeout=0))
    database = put_database(tmp_path / "state.db", {"b": HELLO})
    put(tmp_path, "a", None, 1)
    with closing(connect(database)) as other:
        other.execute("BEGIN EXCLUSIVE")
        (found,) = audit_session_recovery(tmp_path, database)["items"]
    assert found["kind"] == "orphan_backup"
    kinds = [each["kind"] for each in audit_session_recovery(tmp_path, database)["items"]]
    assert kinds == ["orphan_backup_without_state_row", "state_db_missing_sidecar"]


def test_sessions_of_the_database_are_found_the_newest_first(tmp_path: Path) -> None:
    put(tmp_path, "there", 1, None)
    put_deleted(tmp_path, "deleted", 2)
    rows: dict[str, list[Message]] = {
        "there": HELLO,
        "deleted": HELLO,
        "empty": [],
        "../out": HELLO,
        "old": HELLO,
        " new ": HELLO,
    }
    database = put_database(tmp_path / "state.db", rows)
    put_database(database, {"other": HELLO}, source="telegram")
    with closing(sqlite3.connect(database)) as writing, writing:
        writing.execute("UPDATE messages SET session_id = trim(session_id)")
    assert audit_session_recovery(tmp_path, database)["items"] == [
        item("deleted", *DELETED, bak=2),
        item("new", *MISSING),
        item("old", *MISSING),
        item("../out", *EMPTY),
        item("empty", *EMPTY),
    ]


def test_a_missing_session_file_is_made_from_the_database(tmp_path: Path) -> None:
    directory = tmp_path / "below" / "sessions"
    database = put_database(tmp_path / "state.db", {"old": HELLO, "a": HELLO, "../a": HELLO})
    with closing(sqlite3.connect(database)) as writing, writing:
        writing.execute("UPDATE sessions SET title = 'A title', model = 'm' WHERE id = 'old'")
    database.chmod(0o640)
    assert recover_missing_sidecars_from_state_db(directory, database) == {
        "scanned": 3,
        "materialized": 2,
        "details": [
            {"session_id": "../a", "materialized": False, "error": "the id is no file's name"},
            {"session_id": "a", "materialized": True, "messages": 2},
            {"session_id": "old", "materialized": True, "messages": 2},
        ],
    }
    assert sorted(os.listdir(directory)) == ["a.json", "old.json"]
    made = json.loads((directory / "a.json").read_bytes())
    expected = {
        "session_id": "a",
        "title": "Recovered WebUI Session",
        "model": "unknown",
        "message_count": 2,
        "created_at": 1.0,
        "updated_at": 6.5,
        "source_tag": "webui",
        "_recovered_from_state_db": True,
        "messages": [
            {"role": "user", "content": "hello", "timestamp": 5.0},
            {"role": "assistant", "content": "", "timestamp": 6.5},
        ],
    }
    assert {key: made[key] for key in expected} == expected
    keys = list(made)
    assert keys.index("source_label") < keys.index("messages")
    assert mode(directory / "a.json") == 0o640
    titled = json.loads((directory / "old.json").read_bytes())
    assert (titled["title"], titled["model"]) == ("A title", "m")
    assert recover_missing_sidecars_from_state_db(directory, database)["materialized"] == 0


def test_messages_are_in_the_order_of_their_times(tmp_path: Path) -> None:
    messages: list[Message] = [("user", "2", 2.0), ("user", "1", 1.0), ("user", "0", None)]
    database = put_database(tmp_path / "state.db", {"a": messages})
    recover_missing_sidecars_from_state_db(tmp_path, database)
    made = json.loads((tmp_path / "a.json").read_bytes())
    assert [each["content"] for each in made["messages"]] == ["0", "1", "2"]
    assert "timestamp" not in made["messages"][0]
    assert made["updated_at"] == 2.0


def test_columns_that_an_older_application_lacks_are_not_needed(tmp_path: Path) -> None:
    database = tmp_path / "state.db"
    with closing(sqlite3.connect(database)) as writing, writing:
        writing.executescript(
            "CREATE TABLE sessions (id TEXT, source TEXT);"
            "CREATE TABLE messages (session_id TEXT, role TEXT, content TEXT);"
            "INSERT INTO sessions VALUES ('a', 'webui'), (NULL, 'webui'), ('', 'webui');"
            "INSERT INTO messages VALUES ('a', 'user', 'x'), ('a', 'assistant', 'y');"
        )
    assert recover_missing_sidecars_from_state_db(tmp_path, database)["materialized"] == 1
    made = json.loads((tmp_path / "a.json").read_bytes())
    assert made["messages"] == [
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": "y"},
    ]
    assert (made["created_at"], made["message_count"]) == (0, 2)


def test_a_row_that_cannot_be_put_is_told_and_does_not_stop_the_rest(tmp_path: Path) -> None:
    database = put_database(
        tmp_path / "state.db", {"good": HELLO, "bytes": HELLO, "x" * 246: HELLO}
    )
    with closing(sqlite3.connect(database)) as writing, writing:
        writing.execute("UPDATE messages SET content = x'ff' WHERE session_id = 'bytes'")
    result = recover_missing_sidecars_from_state_db(tmp_path, database)
    told = [(each["session_id"][:5], "error" in each) for each in result["details"]]
    assert told == [("xxxxx", True), ("bytes", True), ("good", False)]
    assert sorted(os.listdir(tmp_path)) == ["good.json", "state.db"]


def test_a_session_file_that_appears_meanwhile_is_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def save_first(*arguments: Any, **options: Any) -> None:
        put(tmp_path, "a", 7, None)
        link(*arguments, **options)

    monkeypatch.setattr(os, "link", save_first)
    database = put_database(tmp_path / "state.db", {"a": HELLO})
    skipped = {"materialized": False, "skipped": "sidecar_appeared_during_reconcile"}
    assert recover_missing_sidecars_from_state_db(tmp_path, database) == {
        "scanned": 1,
        "materialized": 0,
        "details": [{"session_id": "a", **skipped}],
    }
    assert (tmp_path / "a.json").read_bytes() == session(7)
    assert len(os.listdir(tmp_path)) == 2


def test_where_there_can_be_no_directory_each_row_is_told(tmp_path: Path) -> None:
    database = put_database(tmp_path / "state.db", {"a": HELLO})
    result = recover_missing_sidecars_from_state_db(database, database)
    assert (result["scanned"], result["materialized"]) == (1, 0)
    assert "File exists" in result["details"][0]["error"]


def test_every_handle_of_the_database_is_closed(tmp_path: Path) -> None:
    database = put_database(tmp_path / "state.db", {"a": HELLO, "b": []})
    put(tmp_path, "c", None, 1)
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("the system does not tell which files are open")
    for _ in range(3):
        repair_safe_session_recovery(tmp_path, database)
        audit_session_recovery(tmp_path, database)
    links = (f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd"))
    targets = [os.readlink(link) for link in links if os.path.lexists(link)]
    assert not [target for target in targets if "state.db" in target]


def test_a_safe_repair_restores_and_makes_what_it_can(tmp_path: Path) -> None:
    directory = tmp_path / "sessions"
    directory.mkdir()
    put(directory, "wiped", 0, 3)
    put(directory, "gone", None, 2)
    index = json.dumps([{"session_id": "wiped"}])
    (directory / "_index.json").write_text(index)
    database = put_database(tmp_path / "state.db", {"gone": HELLO, "row": HELLO})
    report = repair_safe_session_recovery(directory, database)
    assert report.keys() == {
        *("clean", "ok", "repaired", "before", "backup_repair", "sidecar_repair", "after"),
    }
    assert (report["clean"], report["ok"], report["repaired"]) == (True, True, 3)
    assert report["before"]["summary"] == {"ok": 1, "repairable": 4, "unsafe_to_repair": 0}
    assert report["backup_repair"]["restored"] == 2
    assert report["sidecar_repair"]["materialized"] == 1
    assert report["after"] == audited("ok", 3, [])
    rows = json.loads((directory / "_index.json").read_bytes())
    assert sorted(row["session_id"] for row in rows) == ["gone", "row", "wiped"]
    again = repair_safe_session_recovery(directory, database)
    assert (again["clean"], again["repaired"]) == (True, 0)


def test_what_a_safe_repair_leaves_is_not_clean(tmp_path: Path) -> None:
    put(tmp_path, "a", 1, None)
    (tmp_path / "_index.json").write_text("?")
    report = repair_safe_session_recovery(tmp_path)
    assert (report["clean"], report["repaired"]) == (False, 0)
    assert "error" not in report
    assert report["before"] == report["after"]
    assert (tmp_path / "_index.json").read_text() == "?"


def test_a_safe_repair_of_no_directory_makes_one(tmp_path: Path) -> None:
    missing = tmp_path / "sessions"
    assert repair_safe_session_recovery(missing)["clean"] is True
    assert missing.is_dir()


def test_an_audit_without_a_verdict_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_arguments: object) -> None:
        raise OutOfTimeError(1)

    monkeypatch.setattr(SessionRecovery, "audit", fail)
    with pytest.raises(OutOfTimeError):
        audit_session_recovery(tmp_path)
    assert dropin_command.main(["--session-dir", str(tmp_path), "--audit"]) == 1
    output = capsys.readouterr()
    assert (output.out, output.err[:27]) == ("", "error: The call was stopped")


def said(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "session_recovery", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_directory_that_the_program_makes_has_the_callers_umask(tmp_path: Path) -> None:
    missing = tmp_path / "new" / "sessions"
    words = ["-m", "session_recovery", f"--session-dir={missing}", "--repair-safe"]
    subprocess.run([sys.executable, *words], capture_output=True, check=True, umask=0o027)
    assert (mode(missing), mode(missing.parent)) == (0o750, 0o750)


def test_an_answer_that_nobody_takes_leaves_no_traceback(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "session_recovery", "--session-dir", str(tmp_path), "--audit"]
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as closed, open("/dev/full", "wb") as full:
        for stream in (closed, full):
            done = subprocess.run(words, stdout=stream, stderr=subprocess.PIPE, check=False)
            assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("closed", [1, 2])
def test_a_closed_stream_leaves_no_traceback(tmp_path: Path, closed: int) -> None:
    said = said_with_closed(closed, "--session-dir", str(tmp_path), "--audit")
    assert "Traceback" not in said


def test_the_module_is_the_originals_program_too(tmp_path: Path) -> None:
    directory = tmp_path / "sessions"
    directory.mkdir()
    put(directory, "a", 0, 3)
    put(directory, "b", None, 3)
    database = put_database(tmp_path / "state.db", {"a": []})
    words = (f"--session-dir={directory}", "--state-db", database)
    audit = said(*words, "--audit")
    assert audit.returncode == 0
    report = audit_session_recovery(directory, database)
    assert audit.stdout == json.dumps(report, sort_keys=True) + "\n"
    assert report["status"] == "needs_manual_review"
    repair = said(*words, "--repair-safe", "--audit")
    assert repair.returncode == 0
    assert json.loads(repair.stdout)["repaired"] == 1
    neither = said("--session-dir", directory)
    assert (neither.returncode, neither.stdout) == (2, "")
    assert "choose --audit or --repair-safe" in neither.stderr
    ours = said("--sessions", directory, "--json", "inspect", "a")
    assert json.loads(ours.stdout)["live_messages"] == 3
    assert said().returncode == 2
