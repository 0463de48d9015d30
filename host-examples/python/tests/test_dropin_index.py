"""The index that the drop-in writes: when, of what, and for whom to read."""

import json
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from session_recovery import recover_all_sessions_on_startup
from support import HISTORY, contents, mode, put, session

INDEX = "_index.json"


def put_session(directory: Path, name: str, **fields: Any) -> Path:
    """A session file with these fields."""
    path = directory / f"{name}.json"
    told = {"session_id": name, "messages": [], **fields}
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def rebuilt(directory: Path) -> list[dict[str, Any]]:
    """The rows of the index after a sweep that had to make one."""
    (directory / INDEX).unlink(missing_ok=True)
    recover_all_sessions_on_startup(directory, rebuild_index=True)
    rows: list[dict[str, Any]] = json.loads((directory / INDEX).read_bytes())
    return rows


def test_an_index_is_made_if_something_was_restored_or_there_is_none(tmp_path: Path) -> None:
    put(tmp_path, "a", 1, 1)
    recover_all_sessions_on_startup(tmp_path)
    assert not (tmp_path / INDEX).exists()
    recover_all_sessions_on_startup(tmp_path, rebuild_index=True)
    assert [row["session_id"] for row in json.loads((tmp_path / INDEX).read_text())] == ["a"]
    (tmp_path / INDEX).write_text("[1]")
    recover_all_sessions_on_startup(tmp_path, rebuild_index=True)
    assert (tmp_path / INDEX).read_text() == "[1]"
    put(tmp_path, "a", 0, 1)
    recover_all_sessions_on_startup(tmp_path)
    assert (tmp_path / INDEX).read_text() == "[1]"
    put(tmp_path, "a", 0, 1)
    recover_all_sessions_on_startup(tmp_path, rebuild_index=True)
    (row,) = json.loads((tmp_path / INDEX).read_text())
    assert (row["session_id"], row["message_count"]) == ("a", 1)
    assert sorted(os.listdir(tmp_path)) == [HISTORY, INDEX, "a.json", "a.json.bak"]


def test_a_directory_without_sessions_gets_an_empty_index_and_no_directory_none(
    tmp_path: Path,
) -> None:
    assert rebuilt(tmp_path) == []
    for path in (tmp_path / "missing", tmp_path / INDEX):
        before = contents(tmp_path)
        recover_all_sessions_on_startup(path, rebuild_index=True)
        assert contents(tmp_path) == before


def test_no_other_file_is_touched(tmp_path: Path) -> None:
    put(tmp_path, "a", 0, 1)
    for name in ("b.tmp.1.2", "_index.tmp.1.2", "a.json.bak.tmp.1.2"):
        (tmp_path / name).write_bytes(session(9))
        os.utime(tmp_path / name, (0, 0))
    before = contents(tmp_path)
    recover_all_sessions_on_startup(tmp_path, rebuild_index=True)
    after = contents(tmp_path)
    assert {name: after[name] for name in before if name != "a.json"} == {
        name: before[name] for name in before if name != "a.json"
    }
    assert after.keys() - before.keys() == {HISTORY, INDEX}


def test_a_row_has_what_the_file_tells(tmp_path: Path) -> None:
    messages = [
        {"role": "user", "content": "x", "timestamp": 5.5},
        {"role": "assistant", "content": "y", "_ts": 7.5, "timestamp": 6.5},
        {"role": "tool", "content": "z", "timestamp": 8.5},
        "odd",
    ]
    fields = {
        "title": "A title ä \ud800",
        "workspace": "/home/x",
        "model": "m",
        "pinned": 1,
        "created_at": 1.5,
        "updated_at": 9.5,
        "input_tokens": 200,
        "cache_read_tokens": 50,
        "composer_draft": "odd",
        "gateway_routing_history": [1],
        "worktree_path": "/w",
        "parent_session_id": "b",
        "unknown": 1,
        "tool_calls": [1],
    }
    put_session(tmp_path, "a", messages=messages, **fields)
    (row,) = rebuilt(tmp_path)
    expected = {
        "session_id": "a",
        "title": "A title ä \ud800",
        "workspace": "/home/x",
        "model": "m",
        "created_workspace": "/home/x",
        "pinned": True,
        "archived": False,
        "profile": None,
        "created_at": 1.5,
        "updated_at": 9.5,
        "last_message_at": 7.5,
        "message_count": 4,
        "user_message_count": 1,
        "input_tokens": 200,
        "cache_hit_percent": 25,
        "composer_draft": {},
        "gateway_routing_history": [1],
        "is_streaming": False,
        "worktree_path": "/w",
        "worktree_branch": None,
        "parent_session_id": "b",
        "has_pending_user_message": False,
        "pending_user_message": None,
    }
    assert {key: row[key] for key in expected} == expected
    assert not row.keys() & {"messages", "tool_calls", "unknown", "compression_recovery_action"}


def test_a_row_of_a_session_with_an_unanswered_prompt_says_so(tmp_path: Path) -> None:
    fields = {"pending_user_message": "lost?", "pending_started_at": 8.5, "updated_at": 3}
    put_session(tmp_path, "a", **fields)
    (row,) = rebuilt(tmp_path)
    found = (row["has_pending_user_message"], row["message_count"], row["last_message_at"])
    assert found == (True, 1, 8.5)


def test_rows_are_by_the_id_inside_and_the_newest_comes_first(tmp_path: Path) -> None:
    put_session(tmp_path, "old", updated_at=1)
    put_session(tmp_path, "new", updated_at=9)
    put_session(tmp_path, "x-copy", session_id="x", message_count=3, updated_at=5)
    put_session(tmp_path, "x", message_count=2, updated_at=6)
    put_session(tmp_path, "no-number", updated_at="soon")
    (tmp_path / "bare.json").write_text('{"messages": []}')
    os.utime(tmp_path / "bare.json", (7, 7))
    rows = [(row["session_id"], row["message_count"]) for row in rebuilt(tmp_path)]
    assert rows == [("new", 0), ("bare", 0), ("x", 3), ("old", 0), ("no-number", 0)]


def test_what_is_no_session_has_no_row(tmp_path: Path) -> None:
    put_session(tmp_path, "a")
    put_session(tmp_path, "_settings")
    for name, text in {
        "list": "[1]",
        "cut": '{"messages": [',
        "bare": "{}",
        "odd": '{"messages": 5}',
        "deep": "[" * 100_000,
        "bytes": "\ufeff{}",
        "no-id": '{"session_id":[1],"messages":[]}',
    }.items():
        (tmp_path / f"{name}.json").write_text(text)
    (tmp_path / "link.json").symlink_to("a.json")
    os.mkfifo(tmp_path / "fifo.json")
    (tmp_path / "directory.json").mkdir()
    assert [row["session_id"] for row in rebuilt(tmp_path)] == ["a"]


def test_an_index_that_cannot_be_made_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / INDEX).mkdir()
    put(tmp_path, "a", 0, 1)
    assert recover_all_sessions_on_startup(tmp_path, rebuild_index=True)["restored"] == 1
    (warning,) = [each for each in caplog.records if "the index" in each.getMessage()]
    assert warning.levelname == "WARNING"
    assert "directory" in warning.getMessage()
    assert not [name for name in os.listdir(tmp_path) if ".tmp." in name]


def test_who_could_read_the_index_still_can_and_nobody_else(tmp_path: Path) -> None:
    index = tmp_path / INDEX
    for bits in (0o600, 0o640, 0o644):
        index.write_text("[]")
        index.chmod(bits)
        put(tmp_path, "a", 0, 1)
        recover_all_sessions_on_startup(tmp_path, rebuild_index=True)
        assert mode(index) == bits


def test_who_may_read_every_session_may_read_a_new_index(tmp_path: Path) -> None:
    for bits, others in ((0o644, 0o644), (0o664, 0o640), (0o644, 0o600), (0o777, 0o666)):
        put(tmp_path, "a", 1, None).chmod(bits)
        put(tmp_path, "b", 1, None).chmod(others)
        rebuilt(tmp_path)
        assert mode(tmp_path / INDEX) == bits & others & 0o666


class Application:
    """A module `api.models`, as far as an index needs it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        models: Any = ModuleType("api.models")
        models._load_session_from_path = self.load
        models._write_session_index = self.never
        monkeypatch.setitem(sys.modules, "api", ModuleType("api"))
        monkeypatch.setitem(sys.modules, "api.models", models)

    def load(self, path: Path) -> Any:
        self.asked.append(path.name)
        data = json.loads(path.read_text())
        row = {"session_id": data["session_id"], "updated_at": data["updated_at"]}
        return SimpleNamespace(compact=lambda: row | {"by": "the application"})

    def never(self, *_arguments: Any, **_options: Any) -> None:
        raise AssertionError


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch) -> Application:
    return Application(monkeypatch)


def test_in_the_application_its_own_functions_make_the_rows(
    tmp_path: Path, application: Application
) -> None:
    put_session(tmp_path, "a", updated_at=1)
    put_session(tmp_path, "b", updated_at=2)
    (tmp_path / "bad.json").write_text("[]")
    os.mkfifo(tmp_path / "fifo.json")
    assert rebuilt(tmp_path) == [
        {"session_id": "b", "updated_at": 2, "by": "the application"},
        {"session_id": "a", "updated_at": 1, "by": "the application"},
    ]
    assert application.asked == ["a.json", "b.json", "bad.json"]


def test_another_projects_package_is_neither_imported_nor_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "api"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "models.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    sessions = tmp_path / "sessions"
    sessions.mkdir()
    put_session(sessions, "a")
    assert [row["session_id"] for row in rebuilt(sessions)] == ["a"]
    monkeypatch.setitem(sys.modules, "api", ModuleType("api"))
    monkeypatch.setitem(sys.modules, "api.models", ModuleType("api.models"))
    assert [row["session_id"] for row in rebuilt(sessions)] == ["a"]
