"""The file in the original module's place: its program, and the names that it has to have."""

import json
import os
import re
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from session_recovery import audit_session_recovery, hermes
from session_recovery.hermes import (
    _msg_count,
    _read_state_db_missing_sidecar_rows,
    _rebuild_recovery_session_index,
    _state_db_row_to_sidecar,
)
from support import put, put_deleted, session
from test_dropin_audit import HELLO, put_database

README = Path(__file__).parents[1] / "README.md"


def replacement() -> str:
    """The lines that the README gives an operator."""
    blocks = re.findall(r"```py\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    (block,) = (each for each in blocks if "session_recovery.hermes" in each)
    return textwrap.dedent(block)


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """A folder with a package `api`, whose module of recovery is replaced."""
    package = tmp_path / "application" / "api"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "session_recovery.py").write_text(replacement())
    return package.parent


def run(application: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, words)]
    return subprocess.run(command, cwd=application, capture_output=True, text=True, check=False)


def sessions_in(directory: Path) -> Path:
    sessions = directory / "sessions"
    sessions.mkdir()
    put(sessions, "a", 0, 3)
    put(sessions, "b", None, 3)
    return sessions


def test_the_module_is_the_originals_program(application: Path, tmp_path: Path) -> None:
    sessions = sessions_in(tmp_path)
    database = put_database(tmp_path / "state.db", {"a": []})
    words = ("-m", "api.session_recovery", "--session-dir", sessions, "--state-db", database)
    audit = run(application, *words, "--audit")
    assert (audit.returncode, audit.stderr) == (0, "")
    report = audit_session_recovery(sessions, database)
    assert audit.stdout == json.dumps(report, sort_keys=True) + "\n"
    repair = run(application, *words, "--repair-safe")
    assert (repair.returncode, json.loads(repair.stdout)["repaired"]) == (0, 1)
    assert (sessions / "a.json").read_bytes() == session(3)
    neither = run(application, *words)
    assert neither.returncode == 2
    assert "python -m api.session_recovery: error: choose --audit or --repair" in neither.stderr


def test_its_program_makes_the_index_with_the_applications_functions(
    application: Path, tmp_path: Path
) -> None:
    (application / "api" / "models.py").write_text(
        "from types import SimpleNamespace\n"
        "def _load_session_from_path(path):\n"
        "    return SimpleNamespace(compact=lambda: {'session_id': path.stem, 'by': 'api'})\n"
    )
    sessions = sessions_in(tmp_path)
    words = ("-m", "api.session_recovery", "--session-dir", sessions, "--repair-safe")
    assert json.loads(run(application, *words).stdout)["clean"] is True
    assert json.loads((sessions / "_index.json").read_bytes()) == [
        {"session_id": "a", "by": "api"},
        {"session_id": "b", "by": "api"},
    ]


def test_the_module_has_every_name_that_the_application_imports(application: Path) -> None:
    names = """
from api.session_recovery import audit_session_recovery, repair_safe_session_recovery
from api.session_recovery import inspect_session_recovery_status, recover_session
from api.session_recovery import recover_all_sessions_on_startup
from api.session_recovery import recover_missing_sidecars_from_state_db
from api.session_recovery import _read_state_db_missing_sidecar_rows, _state_db_row_to_sidecar
from api.session_recovery import _rebuild_recovery_session_index, _msg_count, _main
import api.session_recovery as module
print(module.main.__module__)
"""
    found = run(application, "-c", names)
    assert (found.stdout, found.stderr) == ("session_recovery.hermes\n", "")
    exported = {name for name in vars(hermes) if not name.startswith("__")}
    assert set(hermes.__all__) <= exported


@pytest.mark.parametrize("name", ["a.json", "a.json.bak", "_a.json", "a b"])
@pytest.mark.parametrize(
    ("content", "count"),
    [
        (session(3), 3),
        (b'{"messages": []}', 0),
        (b'{"messages": null}', -1),
        (b"[1, 2]", -1),
        (b'{"messages": [', -1),
        (b"", -1),
    ],
)
def test_a_count_is_of_any_file(tmp_path: Path, name: str, content: bytes, count: int) -> None:
    (tmp_path / name).write_bytes(content)
    assert _msg_count(tmp_path / name) == count
    assert os.listdir(tmp_path) == [name]


def test_what_is_no_file_counts_minus_one(tmp_path: Path) -> None:
    (tmp_path / "directory.json").mkdir()
    os.mkfifo(tmp_path / "fifo.json")
    for name in ("missing.json", "directory.json", "fifo.json", "missing/a.json"):
        assert _msg_count(tmp_path / name) == -1


ROW = {
    "source": "webui",
    "title": None,
    "model": None,
    "parent_session_id": None,
    "message_count": None,
    "workspace": None,
    "worktree_path": None,
    "worktree_branch": None,
    "worktree_repo_root": None,
    "worktree_created_at": None,
}


def test_rows_are_those_of_the_original(tmp_path: Path) -> None:
    database = put_database(tmp_path / "state.db", {"a": HELLO, "gone": HELLO, "empty": []})
    put_database(database, {"there": HELLO})
    put(tmp_path, "there", 1, None)
    put_deleted(tmp_path, "gone", 1)
    messages = [
        {"role": "user", "content": "hello", "timestamp": 5.0},
        {"role": "assistant", "content": "", "timestamp": 6.5},
    ]
    row = {"id": "a", **ROW, "started_at": 0.0, "messages": messages}
    row["_state_db_empty_messages"] = False
    assert _read_state_db_missing_sidecar_rows(tmp_path, database) == [row]
    found = _read_state_db_missing_sidecar_rows(tmp_path, database, include_empty=True)
    is_deleted = {"_state_db_deleted_webui_tombstone": True}
    assert found == [
        {**row, "id": "empty", "started_at": 2.0, "messages": []}
        | {"_state_db_empty_messages": True},
        {**row, "id": "gone", "started_at": 1.0} | is_deleted,
        row,
    ]
    for none in (None, tmp_path / "missing.db", tmp_path):
        assert _read_state_db_missing_sidecar_rows(tmp_path, none) == []


def test_columns_that_are_missing_are_none(tmp_path: Path) -> None:
    import sqlite3

    with closing(sqlite3.connect(tmp_path / "state.db")) as writing, writing:
        writing.executescript(
            "CREATE TABLE sessions (id TEXT, source TEXT);"
            "CREATE TABLE messages (session_id TEXT, role TEXT, content TEXT);"
            "INSERT INTO sessions VALUES ('a', 'webui'), ('../b', 'webui');"
            "INSERT INTO messages VALUES ('a', 'user', 'x'), ('../b', 'user', 'y');"
        )
    (row,) = _read_state_db_missing_sidecar_rows(tmp_path, tmp_path / "state.db")
    messages = [{"role": "user", "content": "x"}]
    assert row == {
        "id": "a",
        **ROW,
        "started_at": 0,
        "messages": messages,
        "_state_db_empty_messages": False,
    }


def test_a_list_of_deleted_sessions_that_tells_nothing_leaves_no_row(tmp_path: Path) -> None:
    database = put_database(tmp_path / "state.db", {"a": HELLO})
    (tmp_path / "_deleted_webui_sessions.json").write_text("?")
    assert _read_state_db_missing_sidecar_rows(tmp_path, database) == []
    (row,) = _read_state_db_missing_sidecar_rows(tmp_path, database, include_empty=True)
    assert row["id"] == "a"


def test_a_session_made_of_a_row_is_that_of_the_original() -> None:
    messages = [{"role": "user", "content": "x", "timestamp": 7}, {"role": "user", "content": ""}]
    row = {
        "id": "a",
        "source": " WebUI ",
        "title": "A title",
        "model": "m",
        "started_at": 5,
        "workspace": "/w",
        "worktree_path": "/t",
        "worktree_branch": "b",
        "message_count": 9,
        "compression_recovery": {"k": 1},
        "compression_recovery_action": "x",
        "parent_session_id": "p",
        "messages": messages,
    }
    nothing = (
        *("model_provider", "project_id", "profile", "estimated_cost", "personality"),
        *("active_stream_id", "pending_user_message", "pending_started_at"),
        *("compression_anchor_visible_idx", "compression_anchor_message_key"),
        *("compression_anchor_summary", "context_length", "threshold_tokens"),
        *("last_prompt_tokens", "recommended_recovery_action", "gateway_routing"),
        *("compression_recovery_source_session_id", "enabled_toolsets"),
        *("worktree_repo_root", "worktree_created_at"),
    )
    made = _state_db_row_to_sidecar(row)
    assert made == {
        **dict.fromkeys(nothing),
        "session_id": "a",
        "title": "A title",
        "model": "m",
        "workspace": "/w",
        "created_at": 5,
        "updated_at": 5,
        "message_count": 9,
        "parent_session_id": "p",
        "pinned": False,
        "archived": False,
        "llm_title_generated": False,
        "is_cli_session": False,
        "input_tokens": 0,
        "output_tokens": 0,
        "pending_attachments": [],
        "gateway_routing_history": [],
        "composer_draft": {},
        "worktree_path": "/t",
        "worktree_branch": "b",
        "compression_recovery": {"k": 1},
        "compression_recovery_action": "x",
        "source_tag": "webui",
        "raw_source": "webui",
        "session_source": "webui",
        "source_label": "WebUI",
        "messages": messages,
        "tool_calls": [],
        "_recovered_from_state_db": True,
    }
    made["pending_attachments"].append("x")
    bare = _state_db_row_to_sidecar({"messages": 5, "workspace": 5, "compression_recovery": 5})
    told = {
        key: bare[key] for key in ("session_id", "title", "workspace", "model", "message_count")
    }
    assert list(told.values()) == [None, "Recovered WebUI Session", "", "unknown", 0]
    assert (bare["source_tag"], bare["source_label"]) == (None, None)
    assert (bare["compression_recovery"], bare["pending_attachments"]) == ({}, [])


def test_an_index_is_made_on_demand(tmp_path: Path) -> None:
    put(tmp_path, "a", 2, None)
    _rebuild_recovery_session_index(tmp_path)
    (row,) = json.loads((tmp_path / "_index.json").read_bytes())
    assert (row["session_id"], row["message_count"]) == ("a", 2)
    with pytest.raises(Exception, match="missing"):
        _rebuild_recovery_session_index(tmp_path / "missing")
