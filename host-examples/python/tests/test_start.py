"""What a start costs: nothing is imported before it is needed."""

import subprocess
import sys
from pathlib import Path

import pytest

import session_recovery


def imported_by(script: str) -> set[str]:
    """The modules that a process has imported in the end."""
    told = "import atexit, sys\natexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
    done = subprocess.run(
        [sys.executable, "-c", told + script], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_every_name_of_the_package_is_there_when_it_is_asked_for() -> None:
    names: dict[str, object] = {}
    exec("from session_recovery import *", names)  # noqa: S102
    assert names.keys() >= set(session_recovery.__all__)
    assert not hasattr(session_recovery, "recover")


@pytest.mark.parametrize(
    "script",
    [
        "import session_recovery",
        "from session_recovery import Limits, Summary, SessionRecoveryError",
    ],
)
def test_without_a_call_wasmtime_is_not_imported(script: str) -> None:
    assert "wasmtime" not in imported_by(script)


def test_a_command_imports_no_more_than_it_needs() -> None:
    script = "from session_recovery.command import main; main(['--sessions', '.', 'list'])"
    found = imported_by(script)
    assert "wasmtime" in found
    assert not found & {"tqdm", "argparse", "importlib.metadata", "logging", "tempfile"}


def test_only_a_process_of_its_own_stays_on_one_processor(tmp_path: Path) -> None:
    told = "import os, sys; allowed = os.sched_getaffinity(0)\n"
    command = f"""
import atexit
from session_recovery import command
atexit.register(lambda: print(len(os.sched_getaffinity(0)), os.sched_getaffinity(0) <= allowed))
sys.argv = ["session-recovery", "--sessions", {str(tmp_path)!r}, "list"]
command.run()
"""
    library = f"""
from session_recovery import SessionRecovery
SessionRecovery({str(tmp_path)!r}).sessions()
print(os.sched_getaffinity(0) == allowed)
"""
    printed = [
        subprocess.run(
            [sys.executable, "-c", told + script], capture_output=True, text=True, check=True
        ).stdout.splitlines()[-1]
        for script in (command, library)
    ]
    assert printed == ["1 True", "True"]
