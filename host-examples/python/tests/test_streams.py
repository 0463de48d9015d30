"""A program that could not say all of its answer does not end with 0."""

import os
import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from support import put

PROGRAM = [sys.executable, "-m", "session_recovery"]
ANSWERS = {
    "json": ["--sessions", "DIR", "--json", "list"],
    "words": ["--sessions", "DIR", "list"],
    "missing": ["--sessions", "DIR/none", "--json", "list"],
    "help": ["--help"],
    "version": ["--version"],
    "original": ["--session-dir", "DIR", "--audit"],
    "original's help": ["--session-dir", "DIR", "--help"],
}


@pytest.fixture(params=["0", "1"], ids=["buffered", "unbuffered"])
def environment(request: pytest.FixtureRequest) -> dict[str, str]:
    given = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    return given | ({"PYTHONUNBUFFERED": "1"} if request.param == "1" else {})


@pytest.fixture(params=ANSWERS)
def words(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    for number in range(300):
        put(tmp_path, f"s{number}", 1, 1)
    return [word.replace("DIR", str(tmp_path)) for word in ANSWERS[request.param]]


def ended(
    words: list[str], environment: dict[str, str], **streams: int | IO[bytes]
) -> tuple[int, bytes]:
    """How the program ended, and what it said on the streams that are not given."""
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    done = subprocess.run([*PROGRAM, *words], env=environment, check=False, **given)  # type: ignore[call-overload]
    return done.returncode, (done.stdout or b"") + (done.stderr or b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_on_a_full_disk(words: list[str], environment: dict[str, str]) -> None:
    with open("/dev/full", "wb") as full:
        code, said = ended(words, environment, stdout=full)
    assert code == 1
    assert b"Traceback" not in said
    assert b"Exception" not in said


def test_to_a_closed_pipe(words: list[str], environment: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        code, said = ended(words, environment, stdout=writing)
    finally:
        os.close(writing)
    assert code == 1
    assert b"Traceback" not in said
    assert b"Exception" not in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_note_that_nobody_can_read(tmp_path: Path, environment: dict[str, str]) -> None:
    words = ["--sessions", str(tmp_path / "none"), "--json", "list"]
    with open("/dev/full", "wb") as full:
        code, said = ended(words, environment, stderr=full)
    assert (code, said.strip()[:1]) == (1, b"{")


def test_a_stream_that_takes_a_part_at_a_time_gets_all(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    # Where a file may grow no further, it takes what there is room for, and then nothing.
    script = f"""
import resource, sys
from session_recovery import streams
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, {resource.RLIM_INFINITY}))
sys.exit(0 if streams.put("x" * 999) and not streams.put("y" * 999) else 1)
"""
    target = tmp_path / "answer"
    with open(target, "wb") as answer:
        subprocess.run([sys.executable, "-c", script], stdout=answer, env=environment, check=True)
    assert re.fullmatch(b"x{999}y?", target.read_bytes())


def test_a_pipe_that_takes_no_more_for_now_is_an_error(environment: dict[str, str]) -> None:
    script = """
import os, sys
from session_recovery import streams
reading, writing = os.pipe()
os.set_blocking(writing, False)
os.dup2(writing, 1)
sys.exit(0 if not streams.put("x" * (1 << 20)) else 1)
"""
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
