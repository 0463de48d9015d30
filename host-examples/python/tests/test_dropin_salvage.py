"""The drop-in's keyword `salvage`: off, it changes no answer; on, damaged files count, too."""

import json
import logging
import sqlite3
from pathlib import Path

import pytest

from session_recovery import (
    OutOfTimeError,
    hermes,
    inspect_session_recovery_status,
    recover_all_sessions_on_startup,
    recover_session,
    repair_safe_session_recovery,
    sandbox,
)
from support import HISTORY, contents, damaged, mode, put, put_deleted, session

KEYS = {"session_id", "live_messages", "bak_messages", "recommend", "restored"}


def count(path: Path) -> int:
    return len(json.loads(path.read_bytes())["messages"])


def put_each_kind(directory: Path) -> None:
    """Damage a live file, an orphan's backup, and what a restore has kept; two are not due."""
    damaged(directory / "a.json", 9)
    damaged(directory / "b.json.bak", 9)
    put(directory, "c", 3, 3)
    damaged(directory / "c.json.replaced.1", 9)
    put(directory, "d", 3, None)
    put(directory, "e", 1, 4)


def test_without_the_keyword_a_sweep_restores_only_what_is_whole(tmp_path: Path) -> None:
    put_each_kind(tmp_path)
    before = contents(tmp_path)
    answer = recover_all_sessions_on_startup(tmp_path)
    assert (answer["scanned"], answer["restored"], answer["orphaned_backups"]) == (4, 1, 0)
    (detail,) = answer["details"]
    assert (detail["session_id"], set(detail)) == ("e", KEYS)
    after = contents(tmp_path)
    assert {name for name in after if after[name] != before.get(name)} == {"e.json", HISTORY}
    assert set(after) == {*before, HISTORY}


def test_with_it_a_sweep_brings_back_what_damaged_files_hold(tmp_path: Path) -> None:
    put_each_kind(tmp_path)
    (tmp_path / "a.json").chmod(0o640)
    before = contents(tmp_path)
    answer = recover_all_sessions_on_startup(tmp_path, rebuild_index=True, salvage=True)
    assert "error" not in answer
    assert (answer["scanned"], answer["restored"], answer["orphaned_backups"]) == (5, 4, 1)
    assert [(each["session_id"], each.get("salvaged")) for each in answer["details"]] == [
        ("a", 8),
        ("c", 8),
        ("e", None),
        ("b", 8),
    ]
    salvaged = answer["details"][0]
    assert salvaged == {
        "session_id": "a",
        "live_messages": -1,
        "bak_messages": -1,
        "recommend": "no_backup",
        "restored": True,
        "source": "a.json",
        "salvaged": 8,
    }
    assert [count(tmp_path / f"{each}.json") for each in "abcde"] == [8, 8, 8, 3, 4]
    assert mode(tmp_path / "a.json") == 0o640
    rows = json.loads((tmp_path / "_index.json").read_bytes())
    assert {row["session_id"] for row in rows} == set("abcde")
    kept = contents(tmp_path)
    assert kept["a.json.replaced.1"] == before["a.json"]
    assert kept["c.json.replaced.1"] == before["c.json.replaced.1"]
    again = recover_all_sessions_on_startup(tmp_path, rebuild_index=True, salvage=True)
    assert (again["restored"], again["details"]) == (0, [])


def test_a_start_never_prunes_a_damaged_file_that_holds_messages(tmp_path: Path) -> None:
    live = put(tmp_path, "a", None, 2)
    damaged(live, 9)
    before = live.read_bytes()
    for salvage in (False, False, True, True):
        recover_all_sessions_on_startup(tmp_path, salvage=salvage)
        assert (tmp_path / "a.json.replaced.1").read_bytes() == before
    assert count(live) == 8


def test_a_session_that_is_gone_on_purpose_stays_so(tmp_path: Path) -> None:
    damaged(put_deleted(tmp_path, "a", 1).with_suffix(".json.bak"), 9)
    # The application removes a deleted session's live file and backup, and knows no kept files.
    damaged(tmp_path / "b.json.replaced.1", 9)
    put(tmp_path, "c", 1, 1)
    answer = recover_all_sessions_on_startup(tmp_path, salvage=True)
    assert (answer["restored"], answer["orphaned_backups"]) == (0, 0)
    assert not {"a.json", "b.json"} & set(contents(tmp_path))
    for session_id in ("a", "b"):
        path = tmp_path / f"{session_id}.json"
        assert recover_session(path, salvage=True)["salvaged"] == 8


def test_only_orphans_that_the_database_has_come_back(tmp_path: Path) -> None:
    sessions = tmp_path / "sessions"
    sessions.mkdir()
    damaged(sessions / "a.json.bak", 9)
    damaged(sessions / "b.json.bak", 9)
    database = tmp_path / "state.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE sessions (id TEXT, source TEXT)")
        connection.execute("INSERT INTO sessions VALUES ('a', 'webui')")
    answer = recover_all_sessions_on_startup(sessions, state_db_path=database, salvage=True)
    assert [each["session_id"] for each in answer["details"]] == ["a"]


def test_one_session_is_salvaged_only_on_demand(tmp_path: Path) -> None:
    path = damaged(tmp_path / "a.json", 9)
    plain = {**inspect_session_recovery_status(path), "restored": False}
    assert recover_session(path) == plain
    assert set(plain) == KEYS
    expected = {**plain, "restored": True, "source": "a.json", "salvaged": 8}
    assert recover_session(path, salvage=True) == expected
    assert recover_session(path, salvage=True)["restored"] is False
    assert count(path) == 8


def test_a_whole_backup_is_restored_as_without_it(tmp_path: Path) -> None:
    path = put(tmp_path, "a", None, 9)
    damaged(path, 5)
    answer = recover_session(path, salvage=True)
    assert (set(answer), answer["restored"]) == (KEYS, True)
    assert path.read_bytes() == session(9)


def test_a_session_whose_name_is_no_id_is_restored_only_from_a_whole_backup(
    tmp_path: Path,
) -> None:
    alone = damaged(tmp_path / "back\\slash.json", 9)
    paired = put(tmp_path, "two\\slashes", 0, 2)
    before = alone.read_bytes()
    answer = recover_all_sessions_on_startup(tmp_path, salvage=True)
    assert [each["session_id"] for each in answer["details"]] == ["two\\slashes"]
    assert recover_session(alone, salvage=True)["restored"] is False
    assert (alone.read_bytes(), paired.read_bytes()) == (before, session(2))


def test_a_safe_repair_salvages_before_it_makes_sessions_from_the_database(
    tmp_path: Path,
) -> None:
    sessions, database = tmp_path / "sessions", tmp_path / "state.db"
    sessions.mkdir()
    damaged(sessions / "a.json.bak", 9)
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE sessions (id TEXT, source TEXT)")
        connection.execute("CREATE TABLE messages (session_id TEXT, role TEXT, content TEXT)")
        connection.execute("INSERT INTO sessions VALUES ('a', 'webui')")
        connection.execute("INSERT INTO messages VALUES ('a', 'user', 'only this')")
    repaired = repair_safe_session_recovery(sessions, database, salvage=True)
    assert (repaired["repaired"], repaired["sidecar_repair"]["materialized"]) == (1, 0)
    assert count(sessions / "a.json") == 8


def test_the_application_has_the_same_functions(tmp_path: Path) -> None:
    path = damaged(tmp_path / "a.json", 9)
    assert hermes.recover_all_sessions_on_startup(tmp_path)["restored"] == 0
    assert hermes.recover_all_sessions_on_startup(tmp_path, salvage=True)["restored"] == 1
    assert count(path) == 8


def test_a_salvage_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = damaged(tmp_path / "a.json", 9)
    before = path.read_bytes()

    def fail(*_arguments: object) -> None:
        raise OutOfTimeError(1)

    with monkeypatch.context() as patch:
        patch.setattr(sandbox.Instance, "call", fail)
        assert "error" not in recover_session(path)
        assert "1 seconds" in recover_session(path, salvage=True)["error"]
        assert "error" not in recover_session(tmp_path / "none.json", salvage=True)
        assert "1 seconds" in recover_all_sessions_on_startup(tmp_path, salvage=True)["error"]
    assert path.read_bytes() == before


def test_a_salvage_is_logged_with_its_source(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    damaged(tmp_path / "a.json", 9)
    recover_all_sessions_on_startup(tmp_path, salvage=True)
    salvaged, summary = (record.getMessage() for record in caplog.records)
    assert "salvaged a.json from a.json (8 whole messages); kept as a.json.replaced.1" in salvaged
    assert "restored 1/1 sessions from .bak or from damaged files" in summary


@pytest.mark.parametrize("of_one", [False, True])
def test_what_stays_in_a_damaged_file_is_a_warning_with_the_command(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, of_one: bool
) -> None:
    path = put(tmp_path, "a", None, 2)
    damaged(path, 9)
    recover_session(path) if of_one else recover_all_sessions_on_startup(tmp_path)
    (warning,) = (each for each in caplog.records if "--salvage" in each.getMessage())
    said = warning.getMessage()
    assert warning.levelno == logging.WARNING
    assert "6 whole messages of a.json" in said
    assert f"session-recovery --sessions {tmp_path} recover-all --salvage" in said


def test_what_only_a_person_can_force_is_no_warning_at_each_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    live = put(tmp_path, "a", 9, None)
    live.write_text(json.dumps({"messages": json.loads(session(9))["messages"][3:]}))
    damaged(Path(f"{live}.bak"), 5)
    for salvage in (False, True):
        assert recover_all_sessions_on_startup(tmp_path, salvage=salvage)["restored"] == 0
        assert recover_session(live, salvage=salvage)["restored"] is False
    assert caplog.records == []
