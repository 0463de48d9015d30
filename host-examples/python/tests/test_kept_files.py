"""Kept files do not grow without end, and do not outlive the session that a user deleted."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from session_recovery import recover_all_sessions_on_startup
from support import contents, put_deleted, session

WORDS = "the words of a secret"


def partial(count: int, turns: int = 3) -> bytes:
    """A session whose last answer stands there as often as it was begun."""
    asked = [{"role": "user", "content": f"{WORDS} {turn}"} for turn in range(turns)]
    answer = {"role": "assistant", "content": "half", "_partial": True}
    messages = [*asked, *[answer] * count]
    told = {"session_id": "a", "message_count": len(messages), "messages": messages}
    return json.dumps(told, indent=2).encode()


class Application:
    """A server that collapses repeated parts of an answer in the first session that it loads."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.live = directory / "a.json"

    def boot(self) -> dict[str, Any]:
        answer = recover_all_sessions_on_startup(self.directory, rebuild_index=True)
        assert "error" not in answer
        return answer

    def load(self) -> None:
        """Collapse, and save what is shorter now beside a backup of what it was."""
        found = self.live.read_bytes()
        collapsed = partial(1)
        if len(found) > len(collapsed):
            Path(f"{self.live}.bak").write_bytes(found)
            self.live.write_bytes(collapsed)

    def delete(self) -> None:
        self.live.unlink()
        Path(f"{self.live}.bak").unlink(missing_ok=True)
        put_deleted(self.directory, "a", 1).with_suffix(".json.bak").unlink()
        rows = json.loads((self.directory / "_index.json").read_bytes())
        rest = [row for row in rows if row["session_id"] != "a"]
        (self.directory / "_index.json").write_text(json.dumps(rest))


def kept(directory: Path) -> list[str]:
    return sorted(name for name in contents(directory) if ".replaced." in name)


def said(directory: Path) -> list[str]:
    """The names of the files that hold words of the session."""
    return [name for name, found in contents(directory).items() if WORDS.encode() in found]


def test_in_twenty_boots_kept_files_do_not_grow(tmp_path: Path) -> None:
    application = Application(tmp_path)
    application.live.write_bytes(partial(4))
    numbers = []
    for _ in range(20):
        application.load()
        assert application.boot()["restored"] == 1
        numbers.append(len(contents(tmp_path)))
    assert max(numbers) <= numbers[0]
    assert len(kept(tmp_path)) <= 1
    assert application.live.read_bytes() == partial(4)


def test_a_kept_file_with_a_message_of_its_own_stays(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(session(3))
    only_there = json.dumps({"messages": [{"role": "user", "content": "nowhere else"}]}).encode()
    (tmp_path / "a.json.replaced.1").write_bytes(only_there)
    (tmp_path / "a.json.replaced.2").write_bytes(session(2))
    Application(tmp_path).boot()
    assert kept(tmp_path) == ["a.json.replaced.1"]


def test_no_words_of_a_deleted_session_outlive_the_next_boot(tmp_path: Path) -> None:
    application = Application(tmp_path)
    application.live.write_bytes(partial(4))
    application.load()
    application.boot()
    (tmp_path / "a.json.replaced.7").write_bytes(partial(2, turns=9))
    application.boot()
    assert said(tmp_path)
    application.delete()
    assert said(tmp_path) == ["a.json.replaced.7"]
    application.boot()
    assert said(tmp_path) == []
    assert not kept(tmp_path)


def test_kept_files_stay_if_the_session_may_not_be_deleted(tmp_path: Path) -> None:
    deleted = tmp_path / "_deleted_webui_sessions.json"
    only_there = tmp_path / "gone.json.replaced.1"
    cases = ('{"version": 1, "ids": ["other"]}', '{"version": 2, "ids": ["gone"]}', "?", None)
    for text in cases:
        deleted.unlink(missing_ok=True)
        if text is not None:
            deleted.write_text(text)
        only_there.write_bytes(session(2))
        Application(tmp_path).boot()
        assert only_there.exists()


def test_kept_files_of_a_session_that_is_back_stay(tmp_path: Path) -> None:
    for name in ("gone.json", "gone.json.bak"):
        put_deleted(tmp_path, "gone", 1).with_suffix(".json.bak").unlink()
        (tmp_path / name).write_bytes(session(1))
        (tmp_path / "gone.json.replaced.1").write_bytes(session(2))
        Application(tmp_path).boot()
        assert kept(tmp_path) == ["gone.json.replaced.1"]
        (tmp_path / name).unlink()


# A kept file of the session `a`, which a prune was about to remove when it was killed.
TAKEN = f".session-recovery-5fcd71c2553704083710b5e872fbf647-{1:032x}-{(1 << 31) + 1}.exchange"


def test_what_a_killed_prune_left_of_a_deleted_session_goes_too(tmp_path: Path) -> None:
    for others in ([], ["b.json"]):
        put_deleted(tmp_path, "a", 1).with_suffix(".json.bak").unlink()
        for name in others:
            (tmp_path / name).write_bytes(session(1))
        (tmp_path / TAKEN).write_bytes(partial(1))
        Application(tmp_path).boot()
        assert said(tmp_path) == []


def test_odd_names_are_no_kept_files(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put_deleted(tmp_path, "a", 1).with_suffix(".json.bak").unlink()
    odd = ["a.json.replaced.01", "a.json.replaced.1.orig", "a.json.replaced.99999999999"]
    for name in odd:
        (tmp_path / name).write_bytes(session(1))
    (tmp_path / "a.json.replaced.2").mkdir()
    Application(tmp_path).boot()
    assert kept(tmp_path) == sorted([*odd, "a.json.replaced.2"])
    assert caplog.records == []


def test_a_list_that_cannot_be_used_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "_deleted_webui_sessions.json").write_text("?")
    (tmp_path / "a.json.replaced.1").write_bytes(session(1))
    Application(tmp_path).boot()
    (record,) = caplog.records
    assert "the list of these cannot be used" in record.getMessage()


def test_an_index_that_a_killed_process_left_is_removed_when_it_is_old(tmp_path: Path) -> None:
    left = tmp_path / f"_index.tmp.recovery.7.{1:016x}"
    other = tmp_path / "_index.tmp.recovery.7.8"
    for path in (left, other):
        path.write_text(WORDS)
    Application(tmp_path).boot()
    assert left.exists()
    for path in (left, other):
        os.utime(path, (1, 1))
    Application(tmp_path).boot()
    assert (left.exists(), other.exists()) == (False, True)
