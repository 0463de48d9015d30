"""A call that does not return does not hold up its caller, nor the end of the process."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from deaf import can_mount, deaf
from support import contents, put, session

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what hangs here is Linux's")

# A user who has no other processes.
NOBODY_ELSE = 54_322

TOLD = """
def told(ask):
    try:
        return ask()
    except SessionRecoveryError as error:
        return [type(error).__name__, str(error)]
"""

# A call that waits in C for a signal that never comes, as one does that waits for a lock.
HANGING = """
import ctypes, json, sys
from session_recovery import Limits, SessionRecovery, SessionRecoveryError, command, limits, sandbox

path = sys.argv[1]
sessions = SessionRecovery(path, Limits(wall_seconds=1))
find = sandbox.Instance._function
steps = []

def hang(*_):
    ctypes.CDLL(None).pause()

def hang_after(count):
    def found(self, name):
        if name == "[method]sweep.next":
            steps.append(name)
            if len(steps) > count:
                return hang
        return find(self, name)
    sandbox.Instance._function = found
"""

LEFT = "The call did not return in 1 seconds, and may still be at work."
END = "Check that the disk answers, and end this process before you try again."


def said_by(script: str, directory: Path) -> list[object]:
    """What a process says, on lines of JSON, that comes to its end by itself."""
    done = subprocess.run(
        [sys.executable, "-c", script, directory],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_call_that_hangs_is_left_and_none_is_begun_after_it(tmp_path: Path) -> None:
    script = f"""{HANGING}{TOLD}
sandbox.Instance._function = lambda *_: hang
for _ in range(2):
    print(json.dumps(told(lambda: sessions.recover("a"))))
"""
    put(tmp_path, "a", 1, 9)
    before = contents(tmp_path)
    first, second = said_by(script, tmp_path)
    assert first == ["NotReturnedError", f"{LEFT} {END}"]
    nothing = "Nothing was begun, as an earlier call of this process has not returned."
    assert second == ["NotReturnedError", f"{nothing} {END}"]
    assert contents(tmp_path) == before


def test_after_a_call_that_returns_late_others_are_begun(tmp_path: Path) -> None:
    script = f"""{HANGING}{TOLD}
import threading
from session_recovery import private_thread
goes_on = threading.Lock()
goes_on.acquire()
sandbox.Instance._function = lambda *_: lambda *_: goes_on.acquire() and sys.exit()
print(json.dumps(told(lambda: sessions.recover("a"))))
sandbox.Instance._function = find
goes_on.release()
while private_thread._left:
    pass
print(json.dumps(sessions.recover("a").action))
"""
    put(tmp_path, "a", 1, 9)
    assert said_by(script, tmp_path) == [["NotReturnedError", f"{LEFT} {END}"], "restored"]


def test_a_sweep_ends_where_it_hangs_and_says_what_it_did_before(tmp_path: Path) -> None:
    script = f"""{HANGING}
hang_after(1)
try:
    sessions.recover_all()
except SessionRecoveryError as error:
    print(json.dumps([str(error), [each.status.session_id for each in error.outcomes]]))
"""
    for number in range(32):
        put(tmp_path, f"a{number:02}", 1, 1 if number else 9)
    put(tmp_path, "b", 1, 9)
    put(tmp_path, "c", 1, 9)
    assert said_by(script, tmp_path) == [[f"{LEFT} Restored before: a00. {END}", ["a00"]]]
    assert (tmp_path / "a00.json").read_bytes() == session(9)
    assert (tmp_path / "b.json").read_bytes() == session(1)


def test_the_callers_own_time_is_not_counted(tmp_path: Path) -> None:
    script = f"""{HANGING}
import time
sessions = SessionRecovery(path, Limits(wall_seconds=0.5))
def tell(*_):
    begun = time.monotonic()
    while time.monotonic() < begun + 0.6:
        pass
print(json.dumps(sessions.recover_all(on_progress=tell).restored))
"""
    put(tmp_path, "a", 1, 9)
    assert said_by(script, tmp_path) == [1]


def test_the_program_ends_with_an_error_where_a_sweep_hangs(tmp_path: Path) -> None:
    script = f"""{HANGING}
limits._SECONDS_TO_END = 0
hang_after(0)
print(command.main(["--max-time", "1", "--sessions", path, "--json", "recover-all"]))
"""
    put(tmp_path, "a", 1, 9)
    answer, code = said_by(script, tmp_path)
    assert isinstance(answer, dict)
    assert (answer["error"], code) == (f"{LEFT} {END}", 1)


@pytest.mark.skipif(not can_mount(), reason="only root mounts, and only where there is /dev/fuse")
def test_a_disk_that_does_not_answer_holds_nobody_up(tmp_path: Path) -> None:
    asked = [
        "sessions.inspect('a')",
        "sessions.recover_all()",
        "sessions.audit()",
        "SessionRecovery(path, Limits(wall_seconds=1), missing_ok=True).sessions()",
        "command.main(['--max-time', '1', '--sessions', path, 'recover-all'])",
    ]
    with deaf(tmp_path):
        for ask in asked:
            script = f"""{HANGING}{TOLD}
limits._SECONDS_TO_END = 0
print(json.dumps(told(lambda: {ask})))
"""
            (said,) = said_by(script, tmp_path)
            assert said == (1 if "command" in ask else ["NotReturnedError", f"{LEFT} {END}"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody without processes")
def test_a_hang_inside_wasmtime_holds_nobody_up() -> None:
    """With some numbers of threads wasmtime waits for ever for those that it could not start.

    With others it ends the process, and with more it works. Which these are depends on the
    processors, so all are tried, and what would find that out before is left out.
    """
    script = f"""{HANGING}{TOLD}
import os, resource
from session_recovery import reserve
reserve.Reserve.require = lambda _: None
os.setgroups([])
os.setgid({NOBODY_ELSE})
os.setuid({NOBODY_ELSE})
for free in range(2, 8 + 2 * len(os.sched_getaffinity(0))):
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        resource.setrlimit(resource.RLIMIT_NPROC, (free, free))
        said = told(lambda: str(sessions.recover("a").action))
        print(json.dumps(said), flush=True)
        sys.exit()
    os.waitpid(child, 0)
"""
    with tempfile.TemporaryDirectory() as shared:
        directory = Path(shared)
        directory.chmod(0o777)
        put(directory, "a", 1, 9)
        said = said_by(script, directory)
    assert ["NotReturnedError", f"{LEFT} {END}"] in said
