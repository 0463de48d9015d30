"""Files of another user or group: not replaced, unless the caller accepts another owner."""

import errno
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from session_recovery import Action, SessionRecovery, command
from session_recovery.access import Access
from support import contents, damaged, mode, put, session
from test_access import DEFAULT, FOR_EVERYBODY, set_or_skip

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")

# A user and a group that have no names, and those that the files belong to.
ME, OWNER, OTHERS = 54_321, 54_322, 54_323
PRIVATE, SHARED = 0o600, 0o644

# The interpreter may lie where only root may read, so all of it is there before.
PROGRAM = f"""
import os, pkgutil, sys
from importlib import import_module
import session_recovery
from session_recovery import SessionRecovery, SessionRecoveryError, command, reporter
for module in pkgutil.iter_modules(session_recovery.__path__):
    if not module.name.startswith("__"):
        import_module(f"session_recovery.{{module.name}}")
at = sys.argv.index("--")
groups, path, words = sys.argv[1:at], sys.argv[at + 1], sys.argv[at + 2:]
reporter.parse(["--version"])
SessionRecovery(path).sessions()
os.setgroups(list(map(int, groups)))
os.setgid({ME})
os.setuid({ME})
sys.exit(command.main(["--sessions", path, *words]))
"""


class Layout:
    """A directory of an unprivileged user with a session that somebody else's process wrote."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.chmod(0o755)
        os.chown(path, ME, ME)

    def put(self, session_id: str, user: int, group: int, bits: int = SHARED) -> Path:
        """Make a session that is to be restored."""
        live = put(self.path, session_id, 1, 9)
        for file in (live, Path(f"{live}.bak")):
            file.chmod(bits)
            os.chown(file, user, group)
        return live

    def run(self, *words: str, groups: tuple[int, ...] = ()) -> Any:
        """Run the program as the directory's owner, and give its answer."""
        return json.loads(self._done("--json", *words, groups=groups).stdout)

    def says(self, *words: str) -> str:
        """Run it, and give what it says on standard error."""
        return self._done(*words).stderr

    def _done(self, *words: str, groups: tuple[int, ...] = ()) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, *map(str, groups), "--", str(self.path), *words],
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def layout() -> Iterator[Layout]:
    with tempfile.TemporaryDirectory() as shared:
        Path(shared).chmod(0o755)
        path = Path(shared, "sessions")
        path.mkdir()
        yield Layout(path)


def owner(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid, mode(path)


def test_another_users_session_is_refused_with_the_command_that_would_do_it(
    layout: Layout,
) -> None:
    layout.put("a", OWNER, OWNER)
    before = contents(layout.path)
    for words in (["recover", "a"], ["recover", "a", "--from", "a.json.bak"], ["undo", "a"]):
        if words[0] == "undo":
            Path(layout.path, "a.json.replaced.1").write_bytes(session(3))
            before = contents(layout.path)
        for dry in ([], ["--dry-run"]):
            answer = layout.run(*words, *dry)
            assert answer["action"] == "failed"
            (error,) = answer["errors"]
            assert error["code"] == "no_permission"
            assert f"sudo -u '#{OWNER}'" in error["remedy"]
            assert "--accept-owner" in error["remedy"]
    assert contents(layout.path) == before


def test_an_audit_calls_nothing_repairable_that_a_repair_refuses(layout: Layout) -> None:
    layout.put("a", OWNER, OWNER)
    layout.put("b", ME, ME)
    Path(layout.path, "_index.json").write_text("[]")
    found = {each["name"]: each for each in layout.run("audit")["items"]}
    assert found["a.json"]["category"] == "unsafe_to_repair"
    assert found["a.json"]["recommendation"] == "manual_review"
    assert f"sudo -u '#{OWNER}'" in found["a.json"]["remedy"]
    assert found["b.json"]["category"] == "repairable"
    plan = layout.run("plan")
    kinds = [(each["kind"], each.get("session_id")) for each in plan["changes"]]
    assert kinds == [("restore", "b"), ("set_index_aside", None)]
    (withheld,) = plan["withheld"]
    assert withheld.startswith("a.json cannot be restored: its files belong to another user")
    repaired = layout.run("repair")
    assert (repaired["repaired"], repaired["failed"]) == (2, 0)
    assert repaired["withheld"] == plan["withheld"]
    accepted = layout.run("audit", "--accept-owner")
    assert {each["category"] for each in accepted["items"] if each["name"] == "a.json"} == {
        "repairable"
    }


def test_a_plan_without_its_restores_leaves_the_index_that_they_would_have_changed(
    layout: Layout,
) -> None:
    layout.put("a", OWNER, OWNER)
    row = {"session_id": "a", "title": "x", "message_count": 1}
    Path(layout.path, "_index.json").write_text(json.dumps([row]))
    assert layout.run("plan")["changes"] == []
    changes = layout.run("plan", "--accept-owner")["changes"]
    assert [each["kind"] for each in changes] == ["restore", "set_index_aside"]


@pytest.mark.parametrize(
    "words",
    [["recover", "a"], ["recover", "a", "--merge"], ["recover-all"], ["repair"]],
)
def test_another_users_session_then_belongs_to_this_one(layout: Layout, words: list[str]) -> None:
    live = layout.put("a", OWNER, OWNER)
    layout.run(*words, "--accept-owner")
    assert live.read_bytes() == session(9)
    assert owner(live) == (ME, ME, SHARED)
    kept = Path(f"{live}.replaced.1")
    assert kept.read_bytes() == session(1)
    assert mode(kept) & 0o77 in (0, 0o44)
    layout.run("undo", "a", "--accept-owner")
    assert (live.read_bytes(), owner(live)) == (session(1), (ME, ME, SHARED))


@pytest.mark.parametrize("words", [["recover", "a"], ["recover-all"], ["repair"]])
@pytest.mark.parametrize(
    ("before", "after"), [(0o044, 0o600), (0o004, 0o600), (0o604, 0o600), (0o444, 0o644)]
)
def test_whoever_takes_a_file_over_can_read_and_write_it(
    layout: Layout, words: list[str], before: int, after: int
) -> None:
    live = layout.put("a", OWNER, OWNER, before)
    layout.run(*words, "--accept-owner")
    assert (live.read_bytes(), owner(live)) == (session(9), (ME, ME, after))
    assert layout.run("undo", "a", "--accept-owner")["action"] == "restored"
    assert (live.read_bytes(), owner(live)) == (session(1), (ME, ME, after))


def test_a_group_that_can_be_kept_is_kept(layout: Layout) -> None:
    live = layout.put("a", OWNER, OTHERS, 0o640)
    layout.run("recover", "a", "--accept-owner", groups=(OTHERS,))
    assert owner(live) == (ME, OTHERS, 0o640)


def test_a_group_that_cannot_be_kept_costs_what_only_its_members_could_read(
    layout: Layout,
) -> None:
    private = layout.put("a", ME, OTHERS, 0o640)
    shared = layout.put("b", ME, OTHERS, 0o644)
    denied = layout.put("c", ME, OTHERS, 0o604)
    refused = layout.run("recover-all")
    assert {each["action"] for each in refused["sessions"]} == {"failed"}
    assert "sudo -u root" in refused["sessions"][0]["errors"][0]["remedy"]
    layout.run("recover-all", "--accept-owner")
    assert owner(private) == (ME, ME, 0o600)
    assert owner(shared) == (ME, ME, 0o644)
    assert owner(denied) == (ME, ME, 0o600)


def test_a_directory_gives_its_own_group(layout: Layout) -> None:
    os.chown(layout.path, ME, OTHERS)
    layout.path.chmod(0o2755)
    same = layout.put("a", OWNER, OTHERS, 0o664)
    other = layout.put("b", OWNER, OWNER, 0o664)
    mine = layout.put("c", ME, OTHERS, 0o640)
    assert [each["action"] for each in layout.run("recover-all")["sessions"]] == [
        "failed",
        "failed",
        "restored",
    ]
    layout.run("recover-all", "--accept-owner")
    assert owner(same) == (ME, OTHERS, 0o664)
    assert owner(other) == (ME, OTHERS, 0o644)
    assert owner(mine) == (ME, OTHERS, 0o640)


def require_that_all_refuse(layout: Layout, code: str, why: str) -> None:
    """Require that every way to ask refuses a session that is due but cannot be replaced."""
    before = contents(layout.path)
    for accept in ([], ["--accept-owner"]):
        for dry in ([], ["--dry-run"]):
            answers = [layout.run(*words, "a", *accept, *dry) for words in (["recover"], ["undo"])]
            answers.append(layout.run("recover-all", *accept, *dry)["sessions"][0])
            for answer in answers:
                assert (answer["action"], answer["errors"][0]["code"]) == ("failed", code)
        assert layout.run("audit", *accept)["summary"]["repairable"] == 0
        plan, repaired = layout.run("plan", *accept), layout.run("repair", *accept)
        assert (plan["changes"], repaired["items"]) == ([], [])
        (withheld,) = plan["withheld"]
        assert why in withheld
        assert repaired["withheld"] == plan["withheld"]
    assert contents(layout.path) == before


def test_nothing_is_promised_where_only_a_files_owner_may_replace_it(layout: Layout) -> None:
    os.chown(layout.path, OTHERS, OTHERS)
    layout.path.chmod(0o1777)
    live = layout.put("a", OWNER, OWNER)
    Path(f"{live}.replaced.1").write_bytes(session(3))
    require_that_all_refuse(layout, "no_permission", "sticky")
    remedy = layout.run("recover", "a")["errors"][0]["remedy"]
    assert f"sudo -u '#{OWNER}'" in remedy
    assert "--accept-owner" not in remedy


def test_the_sticky_bit_does_not_matter_where_nothing_is_replaced_or_by_its_owner(
    layout: Layout,
) -> None:
    layout.path.chmod(0o1777)
    layout.put("mine", OWNER, OWNER)
    assert layout.run("recover", "mine", "--accept-owner")["action"] == "restored"
    os.chown(layout.path, OTHERS, OTHERS)
    layout.put("a", OWNER, OWNER).unlink()
    layout.put("b", ME, ME)
    for session_id in ("a", "b"):
        assert layout.run("recover", session_id, "--accept-owner")["action"] == "restored"


def test_an_index_of_somebody_else_in_a_sticky_directory_stays(layout: Layout) -> None:
    live = layout.put("a", ME, ME)
    Path(layout.path, "_index.json").write_text("[]")
    os.chown(layout.path, OTHERS, OTHERS)
    layout.path.chmod(0o1777)
    assert layout.run("audit")["summary"]["repairable"] == 1
    repaired = layout.run("repair")
    assert (repaired["repaired"], repaired["failed"]) == (1, 0)
    assert repaired["withheld"][0].startswith("_index.json cannot be replaced: ")
    assert live.read_bytes() == session(9)


def test_nothing_is_promised_where_nothing_can_be_created(layout: Layout) -> None:
    live = layout.put("a", ME, ME)
    layout.put("b", ME, ME)
    Path(f"{live}.replaced.1").write_bytes(session(3))
    Path(layout.path, "_index.json").write_text("[]")
    layout.path.chmod(0o555)
    require_that_all_refuse(layout, "read_only", "The session directory is read-only: ")
    assert layout.says("recover-all", "--dry-run").count("read-only") == 1


def put_damaged(directory: Path, name: str, bits: int, group: int = OWNER) -> None:
    """Damage a file of somebody else's. A sweep looks at a kept file if there is another one."""
    files = [damaged(directory / name, 9)]
    if ".replaced." in name:
        files.append(put(directory, "a", None, 1).with_suffix(".json.bak"))
    for file in files:
        file.chmod(bits)
        os.chown(file, OWNER, group)


DAMAGED = ["a.json", "a.json.bak", "a.json.replaced.1"]


@pytest.mark.parametrize("name", DAMAGED)
def test_a_salvage_of_another_users_session_is_refused_like_a_restore(
    layout: Layout, name: str
) -> None:
    put_damaged(layout.path, name, SHARED)
    layout.put("b", ME, ME)
    damaged(layout.path / "b.json", 20)
    os.chown(layout.path / "b.json", ME, ME)
    before = contents(layout.path)
    for words in (["recover", "a"], ["recover-all"]):
        for dry in (["--dry-run"], []):
            answer = layout.run(*words, "--salvage", *dry)
            one = answer if words[0] == "recover" else answer["sessions"][0]
            assert (one["action"], one["errors"][0]["code"]) == ("failed", "no_permission")
            assert f"sudo -u '#{OWNER}'" in one["errors"][0]["remedy"]
            assert not {"source", "salvaged"} & set(one)
    assert {each: contents(layout.path)[each] for each in before if each[0] == "a"} == {
        each: found for each, found in before.items() if each[0] == "a"
    }


@pytest.mark.parametrize("name", DAMAGED)
def test_an_audit_calls_no_salvage_repairable_that_a_repair_refuses(
    layout: Layout, name: str
) -> None:
    put_damaged(layout.path, name, SHARED)
    mine = damaged(layout.path / "b.json", 9)
    os.chown(mine, ME, ME)
    items = layout.run("audit")["items"]
    found = {each["session_id"]: each for each in items if each["kind"] == "salvageable"}
    assert found["a"]["category"] == "unsafe_to_repair"
    assert f"sudo -u '#{OWNER}'" in found["a"]["remedy"]
    assert found["b"]["category"] == "repairable"
    accepted = layout.run("plan", "--salvage", "--accept-owner")["changes"]
    assert [each["session_id"] for each in accepted] == ["a", "b"]
    plan = layout.run("plan", "--salvage")
    assert [(each["kind"], each["session_id"]) for each in plan["changes"]] == [("salvage", "b")]
    (withheld,) = plan["withheld"]
    assert withheld.startswith("a.json cannot be restored: its files belong to another user")
    repaired = layout.run("repair", "--salvage")
    assert (repaired["repaired"], repaired["failed"]) == (1, 0)
    assert repaired["withheld"] == plan["withheld"]
    assert owner(mine) == (ME, ME, mode(mine))


@pytest.mark.parametrize("words", [["recover", "a"], ["recover-all"], ["repair"]])
@pytest.mark.parametrize("name", DAMAGED)
def test_another_users_salvaged_session_then_belongs_to_this_one(
    layout: Layout, words: list[str], name: str
) -> None:
    put_damaged(layout.path, name, 0o604)
    layout.put("b", ME, ME)
    layout.run(*words, "--salvage", "--accept-owner")
    live = layout.path / "a.json"
    assert len(json.loads(live.read_bytes())["messages"]) == 8
    assert owner(live) == (ME, ME, 0o600)


@pytest.mark.parametrize("words", [["recover", "a"], ["recover-all"], ["repair"]])
@pytest.mark.parametrize("name", DAMAGED)
def test_root_gives_the_owner_back_to_what_it_salvages(
    tmp_path: Path, words: list[str], name: str
) -> None:
    put_damaged(tmp_path, name, 0o640, OTHERS)
    command.main(["--sessions", str(tmp_path), "--json", *words, "--salvage"])
    live = tmp_path / "a.json"
    assert len(json.loads(live.read_bytes())["messages"]) == 8
    assert owner(live) == (OWNER, OTHERS, 0o640)


def test_a_salvaged_kept_file_is_given_to_nobody_else(tmp_path: Path) -> None:
    kept, newer = tmp_path / "a.json.replaced.1", tmp_path / "a.json.replaced.2"
    backup = put(tmp_path, "a", None, 2).with_suffix(".json.bak")
    for file, messages, user, bits in ((kept, 9, OWNER, 0o600), (newer, 3, OTHERS, 0o666)):
        damaged(file, messages).chmod(bits)
        os.chown(file, user, user)
    backup.chmod(0o666)
    os.chown(backup, OTHERS, OTHERS)
    outcome = SessionRecovery(tmp_path).recover("a", salvage=True)
    assert (outcome.source, outcome.errors) == ("a.json.replaced.1", ())
    assert owner(tmp_path / "a.json") == (OWNER, OWNER, 0o600)


def test_a_salvage_is_refused_where_new_files_let_others_in(tmp_path: Path) -> None:
    put(tmp_path, "a", None, 1).with_suffix(".json.bak").chmod(0o600)
    damaged(tmp_path / "a.json.replaced.1", 9).chmod(0o600)
    set_or_skip(tmp_path, DEFAULT, FOR_EVERYBODY)
    put(tmp_path, "b", 1, 1)
    sessions = SessionRecovery(tmp_path)
    (swept,) = sessions.recover_all(salvage=True).sessions
    for outcome in (sessions.recover("a", salvage=True), swept):
        assert (outcome.action, outcome.salvaged) == (Action.FAILED, None)
        assert "default access control list" in outcome.errors[0].message
    assert sessions.plan(salvage=True).changes == ()


@pytest.mark.parametrize("why", [errno.EPERM, errno.EINVAL])
def test_an_owner_that_the_system_refuses_after_all_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: int
) -> None:
    give = os.fchown

    def refuse(file: int, user: int, group: int) -> None:
        if user == OWNER:
            raise OSError(why, os.strerror(why))
        give(file, user, group)

    live = put(tmp_path, "a", 1, 9)
    os.chown(live, OWNER, os.getegid())
    live.chmod(0o640)
    monkeypatch.setattr(os, "fchown", refuse)
    (failed,) = SessionRecovery(tmp_path).recover("a").errors
    assert failed.message.startswith("a.json is restored, but its owner and mode")
    put(tmp_path, "a", 1, 9)
    os.chown(live, OWNER, os.getegid())
    live.chmod(0o640)
    assert SessionRecovery(tmp_path, accept_owner=True).recover("a").errors == ()
    assert owner(live) == (os.geteuid(), os.getegid(), 0o640)


@pytest.mark.parametrize(
    ("before", "user", "group", "after"),
    [
        (0o644, ME, OWNER, 0o644),
        (0o640, ME, OWNER, 0o640),
        (0o640, ME, ME, 0o600),
        (0o664, ME, ME, 0o644),
        (0o604, ME, ME, 0o600),
        (0o604, OWNER, ME, 0o600),
        (0o440, OWNER, ME, 0o400),
        # The owner so far may be one of the others.
        (0o044, ME, OWNER, 0o600),
        (0o466, ME, OWNER, 0o644),
        (0o444, ME, OWNER, 0o644),
    ],
)
def test_nobody_may_read_a_file_taken_over_who_could_not_before(
    before: int, user: int, group: int, after: int
) -> None:
    taken = Access(OWNER, OWNER, before).taken_over(user, group)
    assert taken == Access(user, group, after)


def test_a_list_stays_only_with_its_group() -> None:
    listed = Access(OWNER, OWNER, 0o640, b"list")
    assert listed.taken_over(ME, OWNER) == Access(ME, OWNER, 0o640, b"list")
    assert listed.taken_over(ME, ME) == Access(ME, ME, 0o600)
    denied = Access(OWNER, OWNER, 0o240, b"list")
    assert denied.taken_over(ME, OWNER) == Access(ME, OWNER, 0o600)
