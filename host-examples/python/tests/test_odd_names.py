"""Paths that the original takes and whose stems are no session ids."""

import os
from pathlib import Path

import pytest

from session_recovery import (
    alias,
    inspect_session_recovery_status,
    recover_all_sessions_on_startup,
    recover_session,
)
from session_recovery.access import Access
from support import contents, mode, session

ODD_NAMES = [
    "_index.json",
    "back\\slash.json",
    "..json",
    ".json",
    "name",
    "name.txt",
    "two.dots.txt",
    f"{'x' * 247}.json",
    os.fsdecode(b"caf\xe9.json"),
]


def is_possible(path: Path) -> bool:
    return len(path.with_suffix(".json.bak").name) <= 255


@pytest.mark.parametrize("name", ODD_NAMES)
def test_an_odd_name_is_judged_and_restored_like_any_other(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(session(1))
    path.chmod(0o640)
    expected = {
        "session_id": path.stem,
        "live_messages": 1,
        "bak_messages": -1,
        "recommend": "no_backup",
    }
    assert inspect_session_recovery_status(path) == expected
    assert recover_session(path) == {**expected, "restored": False}
    if not is_possible(path):
        return
    path.with_suffix(".json.bak").write_bytes(session(3))
    expected |= {"bak_messages": 3, "recommend": "restore"}
    assert inspect_session_recovery_status(path) == expected
    assert recover_session(path) == {**expected, "restored": True}
    assert path.read_bytes() == path.with_suffix(".json.bak").read_bytes() == session(3)
    assert mode(path) == 0o640
    kept = path.with_name(f"{path.name}.replaced.1")
    assert kept.read_bytes() == session(1)
    assert mode(kept) == 0o640
    assert len(os.listdir(tmp_path)) == 3


def test_a_sweep_takes_odd_names_too_and_leaves_the_applications_own(tmp_path: Path) -> None:
    names = [name for name in ODD_NAMES if name.endswith(".json")]
    for name in [*names, "a.json"]:
        path = tmp_path / name
        path.write_bytes(session(1))
        if is_possible(path):
            path.with_suffix(".json.bak").write_bytes(session(3))
    summary = recover_all_sessions_on_startup(tmp_path)
    restored = {detail["session_id"] for detail in summary["details"]}
    assert restored == {"a", "back\\slash", ".", ".json", os.fsdecode(b"caf\xe9")}
    # The backup of `.json` is one of `.json.json` as well, which is not there.
    assert (summary["scanned"], summary["restored"], summary["orphaned_backups"]) == (7, 6, 1)
    assert (tmp_path / "_index.json").read_bytes() == session(1)


def test_a_lone_backup_with_an_odd_name_is_put_in_place(tmp_path: Path) -> None:
    backup = tmp_path / "_a.json.bak"
    backup.write_bytes(session(3))
    backup.chmod(0o600)
    assert recover_session(tmp_path / "_a.json")["restored"] is True
    assert (tmp_path / "_a.json").read_bytes() == session(3)
    assert mode(tmp_path / "_a.json") == 0o600


def test_what_is_no_file_is_neither_followed_nor_replaced(tmp_path: Path) -> None:
    backup = tmp_path / "_a.json.bak"
    backup.write_bytes(session(3))
    live = tmp_path / "_a.json"
    live.symlink_to("elsewhere")
    assert recover_session(live)["recommend"] == "no_action"
    assert live.is_symlink()
    live.unlink()
    os.mkfifo(live)
    assert recover_session(live)["error"].startswith("_a.json cannot be replaced")
    live.unlink()
    live.mkdir()
    assert recover_session(live)["error"].startswith("_a.json cannot be replaced")
    assert len(os.listdir(tmp_path)) == 2


def test_where_no_second_name_can_be_given_a_copy_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_arguments: object, **_options: object) -> None:
        raise PermissionError(1, "no links here")

    path = tmp_path / "_a.json"
    path.write_bytes(session(1))
    path.chmod(0o600)
    Path(f"{path}.bak").write_bytes(session(3))
    monkeypatch.setattr(os, "link", link)
    assert recover_session(path)["restored"] is True
    assert path.read_bytes() == session(3)
    assert mode(path) == 0o600


def test_a_save_during_the_restore_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "_a.json"
    path.write_bytes(session(1))
    Path(f"{path}.bak").write_bytes(session(3))
    access = alias._access

    def save_then_look(*paths: Path) -> Access:
        path.write_bytes(session(7))
        return access(*paths)

    monkeypatch.setattr(alias, "_access", save_then_look)
    result = recover_session(path)
    assert result["restored"] is False
    assert "changed in the meantime" in result["error"]
    assert contents(tmp_path) == {"_a.json": session(7), "_a.json.bak": session(3)}
