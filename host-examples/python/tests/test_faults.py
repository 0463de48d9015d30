"""What fails at the system: each has a typed answer, and the live file is the old or the new one.

The faults are real ones: limits of a process, full and read-only file systems, permissions.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from session_recovery import (
    Action,
    ErrorCode,
    Limits,
    Outcome,
    SessionRecovery,
    SessionRecoveryError,
    reserve,
    sandbox,
)
from session_recovery.directory import opened
from session_recovery.private_thread import privately
from support import contents, put, session

NOBODY = 65534
CALLS = ("recover", "merge", "sweep", "undo")

# What the children share: how to put the files, to ask, and to say what came of it.
CHILD = f"""
import contextlib, json, os, resource, subprocess, sys
from pathlib import Path
from session_recovery import SessionRecovery, SessionRecoveryError

sys.path.insert(0, {str(Path(__file__).parent)!r})
from support import contents, put, session

path = Path(sys.argv[1])
sessions = SessionRecovery(path)

def files():
    put(path, "a", 1, 99)
    (path / "a.json.replaced.1").write_bytes(session(50))
    return contents(path)

ASK = {{
    "recover": lambda: [sessions.recover("a")],
    "merge": lambda: [sessions.recover("a", merge=True)],
    "sweep": lambda: sessions.recover_all().sessions,
    "undo": lambda: [sessions.undo("a")],
}}

def answer(call):
    try:
        (outcome,) = ASK[call]()
    except SessionRecoveryError as error:
        return ["refused", error.code]
    return [outcome.action, *(error.code for error in outcome.errors)]

def say(*found):
    print(json.dumps(found), flush=True)
"""


def said_by(
    script: str, directory: Path, words: tuple[str, ...] = (sys.executable,)
) -> list[list[object]]:
    """What a child says, a line each."""
    done = subprocess.run(
        [*words, "-c", CHILD + script, directory],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def shared() -> Iterator[Path]:
    """A directory that other users reach."""
    with tempfile.TemporaryDirectory() as path:
        Path(path).chmod(0o777)
        yield Path(path)


def test_a_write_that_fails_half_way_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    script = """
before = files()
sessions.inspect("a")
for most in (0, 1, len(session(50)) - 1):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    for call in ASK:
        say(answer(call), contents(path) == before)
"""
    assert said_by(script, tmp_path) == [[["failed", "io"], True]] * 3 * len(CALLS)


def test_wherever_files_cannot_be_opened_any_more_there_is_an_answer(tmp_path: Path) -> None:
    script = """
sessions.inspect_some([])
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
used = max(map(int, os.listdir("/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd")))
for call in ASK:
    for spare in range(40):
        for name in os.listdir(path):
            (path / name).unlink()
        before = files()
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + spare, hard))
        said = answer(call)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        is_old = (path / "a.json").read_bytes() == before["a.json"]
        sessions.recover("a")
        sessions.recover_all()
        litter = [name for name in os.listdir(path) if name.endswith((".staging", ".claim"))]
        say(said, is_old, litter)
"""
    found = said_by(script, tmp_path)
    for said, is_old, litter in found:
        assert isinstance(said, list)
        assert said in (["refused", reserve.EXHAUSTED], ["restored"])
        assert is_old == (said != ["restored"])
        assert litter == []
    assert {str(said[0]) for said, *_ in found if isinstance(said, list)} == {"refused", "restored"}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not bound the address space")
def test_where_the_process_has_no_memory_for_the_component_it_says_so(tmp_path: Path) -> None:
    script = """
before = files()
sessions.inspect("a")
pages = int(Path("/proc/self/statm").read_text().split()[0])
used = pages * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (1 << 28), resource.RLIM_INFINITY))
for call in ASK:
    say(answer(call), contents(path) == before)
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
say(answer("recover"))
"""
    *refused, restored = said_by(script, tmp_path)
    assert refused == [[["refused", reserve.EXHAUSTED], True]] * len(CALLS)
    assert restored == [["restored"]]


# A user who is root in a mount namespace of his own, where that is permitted.
APART = ("unshare", "--user", "--map-root-user", "--mount")
MOUNTED = """
import subprocess, sys

def mount(options):
    words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", sys.argv[1]]
    subprocess.run(words, check=True)
"""


def mounting(directory: Path) -> tuple[str, ...]:
    """The words before a program that may mount; where there are none the test is skipped."""
    words = (*APART, sys.executable)
    script = f"{MOUNTED}mount('size=1m')"
    try:
        subprocess.run(
            [*words, "-c", script, directory], capture_output=True, text=True, check=True
        )
    except OSError as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no file system can be mounted here: {error.stderr.strip()}")
    return words


def test_on_a_full_disk_nothing_changes_until_there_is_room(tmp_path: Path) -> None:
    script = f"""{MOUNTED}
mount("size=256k")
before = files()
room = path / "room"
with open(room, "wb", buffering=0) as file, contextlib.suppress(OSError):
    while True:
        file.write(bytes(4096))
filled = contents(path)
for call in ASK:
    say(answer(call), contents(path) == filled)
room.unlink()
say(answer("recover"), len(os.listdir(path)))
"""
    *full, restored = said_by(script, tmp_path, mounting(tmp_path))
    assert full == [[["failed", "no-space"], True]] * len(CALLS)
    assert restored == [["restored"], 5]


@pytest.mark.parametrize("spare", [0, 1])
def test_where_there_is_no_room_for_another_name_nothing_changes(
    tmp_path: Path, spare: int
) -> None:
    script = f"""{MOUNTED}
# The directory itself and its three files take four.
mount("size=1m,nr_inodes={4 + spare}")
before = files()
for call in ASK:
    say(answer(call), contents(path) == before)
subprocess.run(["mount", "-o", "remount,size=1m,nr_inodes=99", path], check=True)
say(answer("recover"), len(os.listdir(path)))
"""
    *full, restored = said_by(script, tmp_path, mounting(tmp_path))
    assert full == [[["failed", "no-space"], True]] * len(CALLS)
    assert restored == [["restored"], 5]


def test_a_read_only_file_system_stays_as_it_is(tmp_path: Path) -> None:
    script = f"""{MOUNTED}
mount("size=1m")
before = files()
(path / ".session-recovery-{"0" * 32}.staging").write_bytes(b"half")
subprocess.run(["mount", "-o", "remount,ro", path], check=True)
for call in ASK:
    say(answer(call)[:2], len(os.listdir(path)))
subprocess.run(["mount", "-o", "remount,rw", path], check=True)
say(answer("recover"), len(os.listdir(path)))
"""
    *read_only, restored = said_by(script, tmp_path, mounting(tmp_path))
    assert read_only == [[["failed", "read-only"], 4]] * len(CALLS)
    assert restored == [["restored"], 5]


def test_a_sweep_says_once_that_a_file_system_is_read_only(tmp_path: Path) -> None:
    script = f"""{MOUNTED}
from session_recovery import command
mount("size=1m")
for session_id in "abc":
    put(path, session_id, 1, 9)
subprocess.run(["mount", "-o", "remount,ro", path], check=True)
sys.stdout, standard = sys.stderr, sys.stdout
code = command.main(["--sessions", str(path), "recover-all"])
sys.stdout = standard
say(code)
"""
    words = [*mounting(tmp_path), "-c", CHILD + script, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == "[1]\n"
    errors = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    (error,) = errors
    assert error.startswith("error: The session directory is read-only: ")


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (0o555, ["failed", "read-only"]),
        (0o444, ["refused", "no-permission"]),
        (0o333, ["refused", "no-permission"]),
        (0o000, ["refused", "no-permission"]),
    ],
)
def test_a_directory_that_its_user_may_not_change_stays_as_it_is(
    shared: Path, mode: int, said: list[str]
) -> None:
    script = f"""
sessions.inspect_some([])
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid({NOBODY})
    os.setuid({NOBODY})
inner = path / "sessions"
inner.mkdir()
path, sessions = inner, SessionRecovery(inner)
before = files()
inner.chmod({mode})
found = [answer(call)[:2] for call in ASK]
inner.chmod(0o700)
say(*found, contents(path) == before)
say(answer("recover"))
"""
    assert said_by(script, shared) == [[*[said] * len(CALLS), True], [["restored"]]]


def forms_of_asking(sessions: SessionRecovery) -> list[Callable[[], object]]:
    return [
        lambda: sessions.inspect("a"),
        lambda: sessions.inspect_some(["a"]),
        lambda: sessions.recover("a"),
        lambda: sessions.recover("a", merge=True),
        lambda: sessions.recover_some(["a"]),
        lambda: sessions.undo("a"),
    ]


def test_a_directory_that_goes_away_between_two_calls_is_missed_until_it_is_back(
    tmp_path: Path,
) -> None:
    directory = tmp_path / "sessions"
    sessions = SessionRecovery(directory)
    for put_in_its_place in (None, Path.touch):
        directory.mkdir()
        put(directory, "a", 0, 1)
        assert sessions.recover("a", dry_run=True).action is Action.WOULD_RESTORE
        shutil.rmtree(directory)
        if put_in_its_place is not None:
            put_in_its_place(directory)
        for ask in forms_of_asking(sessions):
            with pytest.raises(SessionRecoveryError) as refused:
                ask()
            assert refused.value.code is ErrorCode.NO_DIRECTORY
            assert refused.value.remedy is not None
        directory.unlink(missing_ok=True)
    directory.mkdir()
    path = put(directory, "a", 0, 1)
    assert sessions.recover("a").action is Action.RESTORED
    assert path.read_bytes() == session(1)


def test_a_directory_that_goes_away_during_a_call_is_not_sought_elsewhere(tmp_path: Path) -> None:
    directory = tmp_path / "sessions"
    directory.mkdir()
    with opened(directory) as handle:
        directory.rename(tmp_path / "moved")
        directory.mkdir()
        put(directory, "a", 0, 1)
        before = contents(directory)
        shutil.rmtree(tmp_path / "moved")
        grant = sandbox.Grant(handle, is_writable=True, limits=Limits())
        for function in ("recover", "undo"):
            ask = partial(sandbox.call, grant, Outcome, function, "a", set())
            with pytest.raises(SessionRecoveryError) as refused:
                privately(ask)
            assert refused.value.code is ErrorCode.NO_SUCH_SESSION
    assert contents(directory) == before
