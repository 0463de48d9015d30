"""A process that lacks what wasmtime needs is told so, goes on, and is served when it has more."""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from session_recovery import reserve
from support import put, session

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limits are Linux's")

# A user who has no other processes.
NOBODY_ELSE = 54_321

# Each try is a process of its own, as the first call of a process needs the most.
CHILD = f"""
import json, os, resource, sys, threading
from pathlib import Path
from session_recovery import SessionRecovery, SessionRecoveryError, sandbox

sys.path.insert(0, {str(Path(__file__).parent)!r})
from support import put

path, when = Path(sys.argv[1]), sys.argv[2]
sessions = SessionRecovery(path)
NO_LIMIT = (resource.RLIM_INFINITY,) * 2

def answer():
    try:
        return sessions.recover("a").action
    except SessionRecoveryError as error:
        return [error.code, str(error)]

def with_free_descriptors(free):
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    taken = [os.open(os.devnull, os.O_RDONLY)]
    try:
        while True:
            taken.append(os.dup(taken[0]))
    except OSError:
        for descriptor in taken[len(taken) - free :]:
            os.close(descriptor)
    said = answer()
    for descriptor in taken[: len(taken) - free]:
        os.close(descriptor)
    return said

def with_free_threads(free):
    resource.setrlimit(resource.RLIMIT_NPROC, (len(os.listdir("/proc/self/task")) + free, 4096))
    said = answer()
    resource.setrlimit(resource.RLIMIT_NPROC, (4096, 4096))
    return said

def with_free_mebibytes(free):
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (free << 20), NO_LIMIT[1]))
    said = answer()
    resource.setrlimit(resource.RLIMIT_AS, NO_LIMIT)
    return said

def attempt(with_free, free):
    put(path, "a", 1, 9)
    if when != "first":
        sessions.inspect("a")
    if when == "much later":
        # wasmtime has ended the threads that wait for nothing.
        sandbox._shared._last_end -= 60
    said = with_free(free)
    put(path, "a", 1, 9)
    print(json.dumps([free, said, answer()]), flush=True)

def try_all(with_free, amounts):
    for free in amounts:
        child = os.fork()
        if child == 0:
            attempt(with_free, free)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0, free
"""


@pytest.fixture
def shared() -> Iterator[Path]:
    """A directory that other users reach."""
    with tempfile.TemporaryDirectory() as path:
        Path(path).chmod(0o777)
        yield Path(path)


def said_by(script: str, directory: Path, when: str) -> list[tuple[int, object, object]]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD + script, directory, when],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def assert_refused_below_some_amount(found: list[tuple[int, object, object]], remedy: str) -> None:
    """Nothing else than refused or restored, the one or the other, and then restored."""
    assert [after for *_, after in found] == ["restored"] * len(found)
    refused = [said for _, said, _ in found if said != "restored"]
    assert [said for _, said, _ in found] == refused + ["restored"] * (len(found) - len(refused))
    assert 0 < len(refused) < len(found)
    for said in refused:
        assert isinstance(said, list)
        assert said[0] == reserve.EXHAUSTED
        assert remedy in said[1]


@pytest.mark.parametrize("when", ["first", "later"])
def test_a_process_with_few_descriptors_is_told_so(tmp_path: Path, when: str) -> None:
    script = "try_all(with_free_descriptors, range(32))"
    assert_refused_below_some_amount(said_by(script, tmp_path, when), "ulimit -n")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody without processes")
@pytest.mark.parametrize("when", ["first", "later", "much later"])
def test_a_process_with_few_threads_is_told_so(shared: Path, when: str) -> None:
    script = f"""
os.setgroups([])
os.setgid({NOBODY_ELSE})
os.setuid({NOBODY_ELSE})
try_all(with_free_threads, [*range(12), 12 + 2 * len(os.sched_getaffinity(0))])
"""
    found = said_by(script, shared, when)
    if when == "much later":
        # The call's own thread, and one of wasmtime's.
        assert sum(said != "restored" for _, said, _ in found) >= 2
    assert_refused_below_some_amount(found, "ulimit -u")


@pytest.mark.parametrize("when", ["first", "later"])
def test_a_process_with_little_address_space_is_told_so(tmp_path: Path, when: str) -> None:
    script = "try_all(with_free_mebibytes, [0, 1, 2, 3, 4, 9, 13, 21, 48, 300, 4097, 9000])"
    assert_refused_below_some_amount(said_by(script, tmp_path, when), "ulimit -v")


def test_the_program_ends_with_an_error_where_too_little_can_be_opened(tmp_path: Path) -> None:
    put(tmp_path, "a", 1, 9)
    script = """
import os, resource, sys
from session_recovery import command, sessions
resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))
sys.exit(command.main(["--sessions", sys.argv[1], "recover-all"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Raise the limit of open files (ulimit -n)." in done.stderr
    assert (tmp_path / "a.json").read_bytes() == session(1)


PROGRAM = """
import os, resource, sys
from session_recovery import command, sandbox, sessions
limit, most, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
if limit == resource.RLIMIT_NPROC:
    os.setgroups([])
    os.setgid(54_323)
    os.setuid(54_323)
resource.setrlimit(limit, (most, most))
sys.exit(command.main(["--sessions", path, "--json", "recover-all"]))
"""


def run_with(limit: int, most: int, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run the program in a process that has no more than that from its start on."""
    words = [sys.executable, "-c", PROGRAM, str(limit), str(most), str(directory)]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.parametrize("gigabytes", [3, 4, 4.2, 4.4, 4.6, 5])
def test_the_program_says_that_its_address_space_is_too_small(
    tmp_path: Path, gigabytes: float
) -> None:
    put(tmp_path, "a", 1, 9)
    done = run_with(resource.RLIMIT_AS, int(gigabytes * 1e9), tmp_path)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["code"]) == (1, "exhausted")
    assert "ulimit -v" in answer["error"]
    assert (tmp_path / "a.json").read_bytes() == session(1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody without processes")
@pytest.mark.parametrize("processes", range(1, 13))
def test_the_program_ends_by_itself_with_any_number_of_processes(
    shared: Path, processes: int
) -> None:
    put(shared, "a", 1, 9)
    done = run_with(resource.RLIMIT_NPROC, processes, shared)
    if done.returncode == 0:
        assert json.loads(done.stdout)["restored"] == 1
        assert (shared / "a.json").read_bytes() == session(9)
    else:
        assert done.returncode == 1
        assert "ulimit -u" in done.stdout + done.stderr
        assert (shared / "a.json").read_bytes() == session(1)
