"""A directory filled with ill intent: nothing outside it is touched, and nothing hangs."""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from session_recovery import SessionRecovery
from support import put, session

NAMES = [
    b"a",
    b"con",
    b".",
    b"a.json.bak",
    b"-x",
    b"a b\n\x1b[31m",
    b"x" * 239,
    b"x" * 246,
    b"x" * 250,
    b"back\\slash",
    b"..\\canary\\victim",
    b"caf\xe9",
    b"_own",
]
ROLES = [b".json", b".json.bak", b".json.replaced.1", b".json.replaced.2"]
STAGING = b".session-recovery-%032x.staging"
LONGEST_NAME = 255

# Everything that can be asked, of every name that is there and of some that are not.
ASK_EVERYTHING = """
import os, sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from session_recovery import (
    SessionRecovery,
    SessionRecoveryError,
    audit_session_recovery,
    inspect_session_recovery_status,
    recover_all_sessions_on_startup,
    recover_session,
    repair_safe_session_recovery,
)

path = Path(sys.argv[1])
sessions = SessionRecovery(path)
names = sorted(os.listdir(path))
ids = sorted({id for name in names for id in (name.partition(".json")[0], name[:-5])})
ids += ["..", "../canary/victim", str(path.parent / "canary" / "victim"), "in/../a", "\\0"]
answers = []
# Any file may be said to be a source.
for name in names:
    with suppress(SessionRecoveryError):
        sessions.recover_from("a", name)

def ask(call, *arguments, **options):
    with suppress(SessionRecoveryError):
        answers.append(call(*arguments, **options))

for id in ids:
    ask(sessions.inspect, id)
    ask(sessions.inspect_some, [id])
    ask(sessions.resolve, id)
    ask(sessions.sources, id)
    for source in (None, "../canary/victim.json"):
        ask(sessions.preview, id, source)
for headings in (False, True):
    ask(sessions.sessions, headings=headings)
ask(sessions.history)
ask(sessions.audit)
ask(sessions.audit, ["a"])
ask(sessions.recover_known, ["a"], dry_run=True)
for merge in (False, True):
    ask(sessions.recover_all, dry_run=True, merge=merge)
    for id in ids:
        ask(sessions.recover, id, dry_run=True, merge=merge)
        ask(sessions.undo, id, dry_run=True)
for change in sessions.plan().changes[:3]:
    ask(sessions.repair, [replace(change, session_id=id) for id in ids])
    ask(sessions.repair, [replace(change, source=name, target=name) for name in [*names, *ids]])
ask(lambda: sessions.repair(sessions.plan().changes))
ask(sessions.recover_known, ["a"])
for merge in (True, False):
    for id in ids:
        ask(sessions.recover, id, merge=merge)
        ask(sessions.recover_some, [id], merge=merge)
        ask(sessions.undo, id)
        ask(sessions.undo, id)
    for id in ids if merge else ():
        for source in (f"{id}.json", f"{id}.json.replaced.1", "../canary/victim.json"):
            ask(sessions.recover_from, id, source)
    ask(sessions.recover_all, merge=merge)
    ask(sessions.recover_all, merge=merge, best=True, run="best")
    ask(sessions.undo_run, "best")
    ask(sessions.recover_all, merge=merge, discard=True, ignore_guards=True)
for name in names:
    inspect_session_recovery_status(path / name)
    recover_session(path / name)
audit_session_recovery(path)
recover_all_sessions_on_startup(path, rebuild_index=True)
repair_safe_session_recovery(path)
print(len(answers), sum(getattr(answer, "is_restored", False) for answer in answers))
"""


def snapshot(root: Path) -> dict[str, tuple[object, ...]]:
    """Everything below a directory: what it is, whose it is, when it changed, what it holds."""
    paths = [root, *sorted(root.rglob("*"))]
    return {str(path.relative_to(root)): seen(path) for path in paths}


def seen(path: Path) -> tuple[object, ...]:
    found = path.lstat()
    holds = ""
    if stat.S_ISREG(found.st_mode):
        holds = sha256(path.read_bytes()).hexdigest()
    elif stat.S_ISLNK(found.st_mode):
        holds = os.readlink(path)
    return found.st_mode, found.st_uid, found.st_gid, found.st_size, found.st_mtime_ns, holds


def make_canary(canary: Path) -> None:
    """What somebody might want to read, to replace, or to have made."""
    canary.mkdir()
    put(canary, "victim", 1, 9)
    (canary / "victim.json").chmod(0o640)
    (canary / "empty.json").touch(0o600)
    (canary / "inner").mkdir(0o700)
    put(canary / "inner", "a", 0, 3)
    (canary / "to victim").symlink_to("victim.json")


def socket_at(path: bytes) -> None:
    """A socket, where the system takes a name of this length."""
    directory, name = os.path.split(path)
    here = os.open(directory, os.O_RDONLY)
    back = os.open(".", os.O_RDONLY)
    try:
        os.fchdir(here)
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(name)
    except OSError:
        os.mkfifo(path)
    finally:
        os.fchdir(back)
        os.close(here)
        os.close(back)


def link_to(target: bytes) -> Callable[[bytes], None]:
    return lambda path: os.symlink(target, path)


def hard_link_to(target: Path) -> Callable[[bytes], None]:
    return lambda path: os.link(target, path)


def holding(content: bytes) -> Callable[[bytes], None]:
    def make(path: bytes) -> None:
        Path(os.fsdecode(path)).write_bytes(content)

    return make


def makers(canary: Path) -> dict[str, Callable[[bytes], None]]:
    victim = canary / "victim.json"
    return {
        "link out": link_to(os.fsencode(victim)),
        "relative link out": link_to(b"../canary/victim.json"),
        "link in": link_to(b"a.json"),
        "dangling link out": link_to(b"../canary/made"),
        "loop": link_to(b"a.json.bak"),
        "link to a directory": link_to(b"../canary"),
        "hard link": hard_link_to(victim),
        "hard link to the empty": hard_link_to(canary / "empty.json"),
        "FIFO": os.mkfifo,
        "socket": socket_at,
        "directory": os.mkdir,
        "empty": holding(b""),
        "short": holding(session(2)),
        "long": holding(session(20)),
    }


def fill(directory: Path, canary: Path, first: int) -> None:
    """Give each name and role another of all kinds, by turns, from the first one on."""
    directory.mkdir()
    kinds = list(makers(canary).values())
    turn = first
    for name in NAMES:
        for role in ROLES:
            turn += 5 if role == ROLES[0] else 1
            if len(name + role) <= LONGEST_NAME:
                kinds[turn % len(kinds)](os.path.join(os.fsencode(directory), name + role))
    for number in range(6):
        kinds[(turn + number) % len(kinds)](os.path.join(os.fsencode(directory), STAGING % number))


def ask_everything(directory: Path) -> tuple[int, int]:
    """How many answers there were, and how many of them tell of a restore."""
    done = subprocess.run(
        [sys.executable, "-c", ASK_EVERYTHING, directory],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    answers, restores = map(int, done.stdout.split())
    return answers, restores


@pytest.mark.parametrize("first", range(4))
def test_the_rest_of_the_disk_is_as_it_was(tmp_path: Path, first: int) -> None:
    canary = tmp_path / "canary"
    make_canary(canary)
    directory = tmp_path / "sessions"
    fill(directory, canary, first)
    before = snapshot(canary)
    answers, restores = ask_everything(directory)
    assert answers > 100
    assert restores > 0
    assert snapshot(canary) == before
    assert sorted(os.listdir(tmp_path)) == ["canary", "sessions"]


@pytest.mark.parametrize("role", [".json", ".json.bak", ".json.replaced.1"])
def test_one_odd_file_of_a_session_does_no_harm_and_does_not_stop_the_rest(
    tmp_path: Path, role: str
) -> None:
    canary = tmp_path / "canary"
    make_canary(canary)
    directory = tmp_path / "sessions"
    directory.mkdir()
    for name, make in makers(canary).items():
        put(directory, name, 1, 9)
        (directory / f"{name}.json.replaced.1").write_bytes(session(4))
        odd = directory / f"{name}{role}"
        odd.unlink()
        make(os.fsencode(odd))
    sound = put(directory, "sound", 0, 9)
    before = snapshot(canary)
    summary = SessionRecovery(directory).recover_all(dry_run=True, merge=True)
    assert "sound" in {each.status.session_id for each in summary.sessions}
    SessionRecovery(directory).recover_all()
    assert sound.read_bytes() == session(9)
    ask_everything(directory)
    assert snapshot(canary) == before
