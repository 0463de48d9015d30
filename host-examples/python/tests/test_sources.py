"""Every source of a session: what it is, what is in it, and any of them put in place."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from session_recovery import (
    Action,
    ErrorCode,
    FileState,
    Limits,
    Outcome,
    SessionRecovery,
    SessionRecoveryError,
    Source,
    SourceKind,
    sandbox,
)
from support import contents, cut, damaged, mode, put, session
from test_access import ACCESS, DENIED_GROUP, attributes, set_or_skip
from test_owner import OTHERS, OWNER, SHARED, Layout, layout, owner

__all__ = ["layout"]

TEMPORARY = "a.tmp.4711.140234"
CONFLICT = "a.sync-conflict-20260101-120000-ABCDEFG.json"
COPY = "a.json.bak.1"
SOURCES = (TEMPORARY, CONFLICT, COPY, "a.json.bak", "a.json.replaced.1")

# No names of sources, and whoever takes them for paths leaves the directory or fails.
HOSTILE = ("", ".", "..", "../x", "../canary/a.json", "/etc/passwd", "a/b", "\0", "a.json\0", "\n")


def identified(messages: int) -> bytes:
    """The bytes of a session that says its own ID, as the application writes it."""
    return json.dumps({"session_id": "a", **json.loads(session(messages))}).encode()


def put_sources(directory: Path, live: int | None = 1) -> Path:
    """Make a session whose newest copy is a temporary file, and give its live file's path."""
    path = put(directory, "a", live, 2)
    for messages, name in ((9, TEMPORARY), (5, CONFLICT), (4, COPY), (3, "a.json.replaced.1")):
        (directory / name).write_bytes(identified(messages))
    return path


def by_name(sessions: SessionRecovery) -> dict[str, Source]:
    return {each.name: each for each in sessions.sources("a").sources}


def test_each_source_is_told_with_what_it_brings(tmp_path: Path) -> None:
    put_sources(tmp_path)
    before = contents(tmp_path)
    told = SessionRecovery(tmp_path).sources("a")
    found = [(each.name, each.kind, each.file.messages, each.brings) for each in told.sources]
    assert found[:3] == [
        ("a.json", SourceKind.LIVE, 1, 0),
        ("a.json.bak", SourceKind.BACKUP, 2, 1),
        ("a.json.replaced.1", SourceKind.KEPT, 3, 2),
    ]
    assert sorted(found[3:]) == [
        (COPY, SourceKind.OTHER_COPY, 4, 3),
        (CONFLICT, SourceKind.CONFLICT_COPY, 5, 4),
        (TEMPORARY, SourceKind.TEMPORARY, 9, 8),
    ]
    assert {(each.hides, each.doubled, each.heading.title) for each in told.sources} == {
        (0, 0, "x")
    }
    assert (told.session_id, told.best, told.unread) == ("a", TEMPORARY, 0)
    assert TEMPORARY in told.why
    assert contents(tmp_path) == before


def test_a_damaged_source_tells_its_whole_messages(tmp_path: Path) -> None:
    put(tmp_path, "a", 1, None)
    damaged(tmp_path / TEMPORARY, 9)
    source = by_name(SessionRecovery(tmp_path))[TEMPORARY]
    assert source.file.state is FileState.UNREADABLE
    assert source.file.salvage is not None
    assert (source.file.salvage.messages, source.brings) == (8, 7)


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("live", [1, None])
def test_any_source_is_put_in_place(tmp_path: Path, live: int | None, name: str) -> None:
    path = put_sources(tmp_path, live)
    before = contents(tmp_path)
    sessions = SessionRecovery(tmp_path)
    tried = sessions.recover_from("a", name, dry_run=True)
    assert (tried.action, tried.source, contents(tmp_path)) == (Action.WOULD_RESTORE, name, before)
    outcome = sessions.recover_from("a", name)
    assert (outcome.action, outcome.errors, outcome.source) == (Action.RESTORED, (), name)
    assert path.read_bytes() == before[name]
    assert (outcome.kept is None) == (live is None)
    if outcome.kept is not None:
        assert (tmp_path / outcome.kept).read_bytes() == session(1)
    assert contents(tmp_path).items() >= {name: before[name]}.items()
    again = sessions.recover_from("a", name)
    assert (again.action, again.errors) == (Action.NOTHING, ())


def test_a_damaged_source_is_put_in_place_in_its_salvaged_form(tmp_path: Path) -> None:
    path = put(tmp_path, "a", 1, None)
    path.chmod(0o640)
    damaged(tmp_path / TEMPORARY, 9)
    sessions = SessionRecovery(tmp_path)
    with_discard = sessions.recover_from("a", TEMPORARY, discard=True)
    assert with_discard.errors[0].code is ErrorCode.CONFLICTING_OPTIONS
    outcome = sessions.recover_from("a", TEMPORARY)
    assert (outcome.errors, outcome.salvaged, mode(path)) == ((), 8, 0o640)
    assert len(json.loads(path.read_bytes())["messages"]) == 8


@pytest.mark.parametrize("name", [TEMPORARY, COPY])
def test_a_source_is_merged_with_the_live_file(tmp_path: Path, name: str) -> None:
    path = put_sources(tmp_path)
    path.write_bytes(b'{"messages": [{"role": "user", "content": "new"}]}')
    path.chmod(0o640)
    outcome = SessionRecovery(tmp_path).recover_from("a", name, merge=True)
    assert (outcome.action, outcome.errors, outcome.merged) == (Action.RESTORED, (), 1)
    assert mode(path) == 0o640
    assert json.loads(path.read_bytes())["messages"][-1]["content"] == "new"


def test_a_guard_holds_for_a_source_unless_it_is_ignored(tmp_path: Path) -> None:
    put_sources(tmp_path, None)
    deleted = {"version": 1, "ids": ["a"]}
    (tmp_path / "_deleted_webui_sessions.json").write_text(json.dumps(deleted))
    sessions = SessionRecovery(tmp_path)
    assert sessions.recover_from("a", TEMPORARY).action is Action.NOTHING
    assert sessions.recover_from("a", TEMPORARY, ignore_guards=True).action is Action.RESTORED


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("live", [1, None])
def test_a_hostile_name_is_no_source_and_nothing_is_touched(
    tmp_path: Path, live: int | None, name: str
) -> None:
    directory = tmp_path / "sessions"
    directory.mkdir()
    put_sources(directory, live)
    (tmp_path / "x").write_bytes(session(20))
    put(tmp_path, "canary", None, None).with_suffix("").mkdir()
    put(tmp_path / "canary", "a", 20, 20)
    before = contents(directory), contents(tmp_path / "canary")
    sessions = SessionRecovery(directory)
    for dry_run in (True, False):
        outcome = sessions.recover_from("a", name, dry_run=dry_run)
        assert outcome.action is Action.FAILED
        assert [each.code for each in outcome.errors] == [ErrorCode.NO_SUCH_SOURCE]
        assert (outcome.source, outcome.kept) == (None, None)
    assert (contents(directory), contents(tmp_path / "canary")) == before


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_is_shown_of_a_hostile_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "x").write_bytes(session(20))
    directory = tmp_path / "sessions"
    directory.mkdir()
    put_sources(directory)
    with pytest.raises(SessionRecoveryError) as refused:
        SessionRecovery(directory).preview("a", name)
    assert refused.value.code is ErrorCode.NO_SUCH_SOURCE


@pytest.mark.parametrize("name", ["\ud800", b"a.json.bak", 7, Path("a.json.bak")])
def test_what_is_no_text_is_no_source(tmp_path: Path, name: Any) -> None:
    put_sources(tmp_path)
    before = contents(tmp_path)
    for ask in (SessionRecovery(tmp_path).recover_from, SessionRecovery(tmp_path).preview):
        with pytest.raises(SessionRecoveryError) as refused:
            ask("a", name)
        assert refused.value.code is ErrorCode.NO_SUCH_SOURCE
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["b.json", "b.tmp.1.2", "_index.json", "a.json.replaced.2"])
def test_other_files_of_the_directory_are_no_sources(tmp_path: Path, name: str) -> None:
    put_sources(tmp_path)
    if name != "a.json.replaced.2":
        (tmp_path / name).write_bytes(session(20))
    outcome = SessionRecovery(tmp_path).recover_from("a", name)
    assert [each.code for each in outcome.errors] == [ErrorCode.NO_SUCH_SOURCE]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("../x")])
@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("live", [1, None])
def test_a_source_that_is_no_file_is_neither_followed_nor_put_in_place(
    tmp_path: Path, live: int | None, name: str, make: Callable[[Path], object]
) -> None:
    directory = tmp_path / "sessions"
    directory.mkdir()
    (tmp_path / "x").write_bytes(identified(20))
    path = put(directory, "a", live, None)
    make(directory / name)
    (directory / "a.json.orig").write_bytes(identified(2))
    before = contents(directory)
    sessions = SessionRecovery(directory, Limits(wall_seconds=30))
    assert sessions.sources("a").best != name
    outcome = sessions.recover_from("a", name)
    assert (outcome.action, outcome.source, outcome.kept) == (Action.FAILED, None, None)
    assert (contents(directory), path.exists()) == (before, live is not None)


def to_best(sessions: SessionRecovery) -> Outcome:
    (outcome,) = sessions.recover_all(best=True).sessions
    return outcome


def some_to_best(sessions: SessionRecovery) -> Outcome:
    (outcome,) = sessions.recover_some(["a"], best=True).sessions
    return outcome


TO_TEMPORARY: dict[str, Callable[[SessionRecovery], Outcome]] = {
    "from": lambda sessions: sessions.recover_from("a", TEMPORARY),
    "best": to_best,
    "some": some_to_best,
}


@pytest.fixture(params=TO_TEMPORARY)
def restore(request: pytest.FixtureRequest) -> Callable[[SessionRecovery], Outcome]:
    return TO_TEMPORARY[request.param]


@pytest.mark.parametrize("before", [0o600, 0o640, 0o644])
def test_a_live_file_keeps_its_mode_whatever_the_source_has(
    tmp_path: Path, restore: Callable[[SessionRecovery], Outcome], before: int
) -> None:
    path = put_sources(tmp_path)
    path.chmod(before)
    (tmp_path / TEMPORARY).chmod(0o666)
    outcome = restore(SessionRecovery(tmp_path))
    assert (outcome.action, outcome.errors, outcome.source) == (Action.RESTORED, (), TEMPORARY)
    assert (len(json.loads(path.read_bytes())["messages"]), mode(path)) == (9, before)


@pytest.mark.parametrize(
    ("source", "backup", "kept", "after"),
    [
        (0o600, 0o644, 0o644, 0o600),
        (0o644, 0o600, 0o644, 0o600),
        (0o644, 0o644, 0o600, 0o600),
        (0o664, 0o644, 0o640, 0o640),
    ],
)
def test_without_a_live_file_nobody_reads_more_than_source_backup_and_newest_kept_file(
    tmp_path: Path,
    restore: Callable[[SessionRecovery], Outcome],
    source: int,
    backup: int,
    kept: int,
    after: int,
) -> None:
    path = put_sources(tmp_path, None)
    (tmp_path / "a.json.replaced.2").write_bytes(identified(2))
    modes = ((TEMPORARY, source), ("a.json.bak", backup), ("a.json.replaced.2", kept))
    for name, bits in modes:
        (tmp_path / name).chmod(bits)
    (tmp_path / "a.json.replaced.1").chmod(0o666)
    outcome = restore(SessionRecovery(tmp_path))
    assert (outcome.action, outcome.errors, outcome.source) == (Action.RESTORED, (), TEMPORARY)
    assert mode(path) == after


def test_a_source_that_is_all_that_is_left_gives_its_access(
    tmp_path: Path, restore: Callable[[SessionRecovery], Outcome]
) -> None:
    source = tmp_path / TEMPORARY
    source.write_bytes(identified(9))
    source.chmod(0o640)
    outcome = restore(SessionRecovery(tmp_path))
    assert (outcome.action, outcome.errors) == (Action.RESTORED, ())
    assert mode(tmp_path / "a.json") == 0o640


def test_a_source_gives_its_list_where_nothing_else_is_left(tmp_path: Path) -> None:
    source = tmp_path / CONFLICT
    source.write_bytes(identified(9))
    set_or_skip(source, ACCESS, DENIED_GROUP)
    (tmp_path / COPY).write_bytes(identified(1))
    assert SessionRecovery(tmp_path).recover_from("a", CONFLICT).errors == ()
    assert attributes(tmp_path / "a.json") == {ACCESS: DENIED_GROUP}


def test_a_call_without_an_answer_leaves_the_mode_that_the_live_file_had(
    tmp_path: Path,
    restore: Callable[[SessionRecovery], Outcome],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = put_sources(tmp_path)
    path.chmod(0o640)
    call = sandbox.Instance.call
    failures = [SessionRecoveryError(ErrorCode.OTHER, "no answer")]

    def fail_after(self: sandbox.Instance, kind: Any, function: str, *arguments: Any) -> Any:
        result = call(self, kind, function, *arguments)
        is_restoring = function in ("recover-from", "recover-some", "[method]sweep.next")
        if is_restoring and failures:
            raise failures.pop()
        return result

    monkeypatch.setattr(sandbox.Instance, "call", fail_after)
    # A sweep goes on behind the failure, and has no more to tell.
    with suppress(SessionRecoveryError, ValueError):
        restore(SessionRecovery(tmp_path))
    assert (path.read_bytes(), mode(path)) == (identified(9), 0o640)


def test_in_a_read_only_directory_a_source_is_refused(layout: Layout) -> None:
    path = layout.put("a", *[os.stat(layout.path).st_uid] * 2)
    source = layout.path / TEMPORARY
    source.write_bytes(identified(20))
    os.chown(source, *[path.stat().st_uid] * 2)
    layout.path.chmod(0o555)
    before = contents(layout.path)
    for dry in ([], ["--dry-run"]):
        answer = layout.run("recover", "a", "--from", TEMPORARY, *dry)
        assert (answer["action"], answer["errors"][0]["code"]) == ("failed", "read_only")
    assert layout.run("sources", "a")["best"] == TEMPORARY
    assert contents(layout.path) == before


@pytest.mark.parametrize("live", [1, None])
@pytest.mark.parametrize(
    "words", [["recover", "a", "--from", TEMPORARY], ["recover-all", "--best"]]
)
def test_a_source_of_another_user_is_refused_unless_another_owner_is_accepted(
    layout: Layout, words: list[str], live: int | None
) -> None:
    path = put_sources(layout.path, live)
    for name in contents(layout.path):
        (layout.path / name).chmod(SHARED)
        os.chown(layout.path / name, OWNER, OWNER)
    before = contents(layout.path)
    answer = layout.run(*words)
    (refused,) = answer.get("sessions", [answer])
    assert (refused["action"], refused["errors"][0]["code"]) == ("failed", "no_permission")
    assert contents(layout.path) == before
    layout.run(*words, "--accept-owner")
    assert path.read_bytes() == identified(9)
    assert owner(path)[2] == SHARED


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_root_gives_a_source_to_nobody_else(
    tmp_path: Path, restore: Callable[[SessionRecovery], Outcome]
) -> None:
    path = put_sources(tmp_path, None)
    os.chown(tmp_path / TEMPORARY, OWNER, OTHERS)
    (tmp_path / TEMPORARY).chmod(0o640)
    outcome = restore(SessionRecovery(tmp_path))
    assert (outcome.action, outcome.errors) == (Action.RESTORED, ())
    assert owner(path) == (OWNER, OTHERS, 0o640)


def test_a_preview_shows_what_comes_back(tmp_path: Path) -> None:
    put_sources(tmp_path)
    (tmp_path / "a.json").write_bytes(b'{"messages": [{"role": "user", "content": "new"}]}')
    before = contents(tmp_path)
    view = SessionRecovery(tmp_path).preview("a", TEMPORARY, first=2, last=1, changed=3)
    assert (view.name, view.messages, view.heading.title) == (TEMPORARY, 9, "x")
    assert [each.number for each in (*view.first, *view.last)] == [1, 2, 9]
    assert view.first[0].text == "message 0 ä „ok“"
    assert (view.brings, len(view.brought), view.hides) == (9, 3, 1)
    assert [(each.role, each.text, each.is_cut) for each in view.hidden] == [("user", "new", False)]
    after = SessionRecovery(tmp_path).preview("a", TEMPORARY, after=4, first=2, last=0, changed=0)
    assert [each.number for each in after.first] == [5, 6]
    assert (after.last, after.brought, after.hidden) == ((), (), ())
    assert contents(tmp_path) == before


@pytest.mark.parametrize("number", [-1, -(1 << 70), 1 << 32, 1 << 70])
def test_a_window_of_any_size_is_one(tmp_path: Path, number: int) -> None:
    put_sources(tmp_path)
    view = SessionRecovery(tmp_path).preview("a", TEMPORARY, first=number, last=0, changed=number)
    assert len(view.first) == (0 if number < 0 else 9)


def test_what_a_cut_source_holds_is_shown(tmp_path: Path) -> None:
    put(tmp_path, "a", 1, None)
    (tmp_path / TEMPORARY).write_bytes(cut(json.loads(identified(9))))
    view = SessionRecovery(tmp_path).preview("a", TEMPORARY)
    assert (view.messages, view.last[-1].number) == (8, 8)
