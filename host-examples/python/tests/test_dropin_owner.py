"""The drop-in where the session files belong to somebody else, as in containers."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support import contents, put, session
from test_owner import ME, OTHERS, OWNER, SHARED, Layout, layout, owner

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")

# The interpreter may lie where only root may read, so all of it is used before.
PROGRAM = f"""
import json, os, sys, tempfile
from pathlib import Path
from session_recovery import hermes
with tempfile.TemporaryDirectory() as empty:
    Path(empty, "a.json.bak").write_text('{{"messages": []}}')
    Path(empty, "_a.json.bak").write_text('{{"messages": []}}')
    hermes.recover_session(Path(empty, "_a.json"))
    hermes.repair_safe_session_recovery(Path(empty))
os.setgroups([])
os.setgid({ME})
os.setuid({ME})
path, function = Path(sys.argv[1]), getattr(hermes, sys.argv[2])
print(json.dumps(function(path, *map(json.loads, sys.argv[3:]))))
"""

__all__ = ["layout"]

WITH_INDEX = True


def call(function: str, path: Path, *arguments: Any) -> Any:
    """What a function of the drop-in says to the directory's owner."""
    words = [str(path), function, *map(json.dumps, arguments)]
    command = [sys.executable, "-c", PROGRAM, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def put_three(layout: Layout) -> list[Path]:
    """Sessions of another user, of another group, and of both."""
    return [
        layout.put("a", OWNER, OWNER, SHARED),
        layout.put("b", ME, OTHERS, 0o640),
        layout.put("c", OWNER, OTHERS, 0o600),
    ]


@pytest.mark.parametrize("setgid", [False, True])
def test_a_start_restores_what_belongs_to_somebody_else_and_lets_nobody_else_in(
    layout: Layout, setgid: bool
) -> None:
    paths = put_three(layout)
    if setgid:
        os.chown(layout.path, ME, OTHERS)
        layout.path.chmod(0o2770)
    group = OTHERS if setgid else ME
    for path in paths:
        # A file that this user cannot read is not restored.
        path.chmod(0o644)
        Path(f"{path}.bak").chmod(0o644)
    answer = call("recover_all_sessions_on_startup", layout.path, WITH_INDEX)
    assert (answer["restored"], "error" in answer) == (3, False)
    for path in paths:
        assert path.read_bytes() == session(9)
        assert owner(path)[:2] == (ME, group)
    assert owner(layout.path / "_index.json")[:2] == (ME, group)
    assert call("audit_session_recovery", layout.path)["status"] == "ok"
    assert call("recover_all_sessions_on_startup", layout.path)["restored"] == 0


def test_a_file_that_cannot_be_read_stops_nothing_else(layout: Layout) -> None:
    layout.put("a", OWNER, OWNER, 0o600)
    layout.put("b", ME, ME, 0o600)
    odd = layout.put("o\\dd", ME, ME, 0o600)
    kept = layout.path / "b.json.replaced.1"
    kept.write_bytes(session(1))
    os.chown(kept, ME, ME)
    answer = call("recover_all_sessions_on_startup", layout.path)
    assert (answer["restored"], "error" in answer) == (2, False)
    assert odd.read_bytes() == session(9)
    assert not kept.exists()
    (item,) = call("audit_session_recovery", layout.path)["items"]
    assert (item["session_id"], item["category"]) == ("a", "unsafe_to_repair")


def test_an_audit_calls_repairable_what_a_repair_restores(layout: Layout) -> None:
    layout.put("a", OWNER, OWNER)
    unreadable = layout.put("b", OWNER, OWNER)
    Path(f"{unreadable}.bak").chmod(0o600)
    audit = call("audit_session_recovery", layout.path)
    found = [(each["session_id"], each["category"]) for each in audit["items"]]
    assert found == [("a", "repairable")]
    answer = call("repair_safe_session_recovery", layout.path)
    assert answer["repaired"] == 1
    assert answer["after"]["summary"]["repairable"] == 0
    assert unreadable.read_bytes() == session(1)


def test_a_session_with_an_odd_name_is_restored_there_too(layout: Layout) -> None:
    live = layout.put("_odd", OWNER, OWNER, 0o664)
    assert call("recover_session", live)["restored"] is True
    assert (live.read_bytes(), owner(live)) == (session(9), (ME, ME, 0o644))
    assert Path(f"{live}.replaced.1").read_bytes() == session(1)
    assert len(os.listdir(layout.path)) == 3


@pytest.mark.parametrize("before", [0o044, 0o004, 0o604])
def test_the_application_can_read_and_write_what_it_takes_over(layout: Layout, before: int) -> None:
    index = layout.path / "_index.json"
    index.write_text("[]")
    os.chown(index, OWNER, OWNER)
    index.chmod(before)
    paths = [layout.put(name, OWNER, OWNER, before) for name in ("a", "_odd", "o\\dd")]
    assert call("recover_session", paths[1])["restored"] is True
    answer = call("recover_all_sessions_on_startup", layout.path, WITH_INDEX)
    assert (answer["restored"], "error" in answer) == (2, False)
    assert {path.read_bytes() for path in paths} == {session(9)}
    assert {owner(path) for path in [*paths, index]} == {(ME, ME, 0o600)}
    again = call("recover_all_sessions_on_startup", layout.path, WITH_INDEX)
    assert (again["restored"], "error" in again) == (0, False)


def test_a_copy_of_a_file_lets_in_nobody_else(layout: Layout) -> None:
    live = layout.put("_odd", OWNER, OTHERS, 0o604)
    assert call("recover_session", live)["restored"] is True
    kept = Path(f"{live}.replaced.1")
    assert kept.read_bytes() == session(1)
    assert owner(kept) in [(OWNER, OTHERS, 0o604), (ME, ME, 0o600)]


@pytest.mark.parametrize(
    ("bits", "why"), [(0o1777, "sticky"), (0o555, "The session directory is read-only: ")]
)
def test_an_audit_promises_nothing_that_the_directory_refuses(
    layout: Layout, bits: int, why: str
) -> None:
    paths = [layout.put(name, OWNER, OWNER) for name in ("a", "_odd")]
    (layout.path / "_index.json").write_text("[]")
    os.chown(layout.path, OTHERS, OTHERS)
    layout.path.chmod(bits)
    before = contents(layout.path)
    audit = call("audit_session_recovery", layout.path)
    assert {each["kind"] for each in audit["items"]} == {"shrunken_live", "index_missing_entry"}
    assert audit["summary"]["repairable"] == 0
    assert {each["recommendation"] for each in audit["items"]} == {"manual_review"}
    for path in paths:
        assert why in call("recover_session", path)["error"]
    call("repair_safe_session_recovery", layout.path)
    assert contents(layout.path) == before


def test_a_default_list_that_would_let_others_in_is_an_item_to_look_at(layout: Layout) -> None:
    live = layout.put("a", ME, ME, 0o600)
    words = ["setfacl", "-d", "-m", f"u:{OTHERS}:rw", str(layout.path)]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no access control lists here")
    (item,) = call("audit_session_recovery", layout.path)["items"]
    assert (item["category"], item["recommendation"]) == ("unsafe_to_repair", "manual_review")
    assert call("recover_all_sessions_on_startup", layout.path)["restored"] == 0
    assert live.read_bytes() == session(1)


def test_an_index_of_somebody_else_is_replaced_and_as_private(layout: Layout) -> None:
    index = layout.path / "_index.json"
    index.write_text("[]")
    os.chown(index, OWNER, OWNER)
    index.chmod(0o640)
    put(layout.path, "a", 0, 1)
    call("recover_all_sessions_on_startup", layout.path, WITH_INDEX)
    (row,) = json.loads(index.read_text())
    assert (row["session_id"], owner(index)) == ("a", (ME, ME, 0o600))
