"""The report component: it imports nothing, and one instance serves all threads."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from wasmtime import Engine
from wasmtime.component import Component

from session_recovery import Error, ErrorCode, Plan, SessionRecoveryError, Summary, reporter
from session_recovery.reporter import Command, Page, Question


def test_it_imports_nothing() -> None:
    engine = Engine()
    component = Component(engine, Path(reporter._COMPONENT).read_bytes())
    assert component.type.imports(engine) == {}


def test_a_command_line_is_a_task_and_its_options() -> None:
    command = reporter.parse(["--sessions", "x", "recover", "a", "--merge", "--max-time=9"])
    assert isinstance(command, Command)
    (task,) = command.tasks
    assert (task.tag, task.payload.session, task.payload.source) == ("recover", "a", None)
    assert command.options == {"merge"}
    assert (command.sessions, command.max_memory, command.max_time) == ("x", 256, 9)
    assert not any([command.json, command.check, command.missing_ok])


def test_an_error_is_put_with_its_remedy() -> None:
    error = Error(ErrorCode.NO_SPACE, "The disk is full.", "Free some space.")
    for report in (
        reporter.json(Question("error"), error),
        reporter.text(Question("error"), error, Page()),
    ):
        assert report.diagnostics == ("error: The disk is full. Free some space.",)
        assert report.exit_code == 1


def test_a_terminal_gets_its_width_and_colors() -> None:
    plan = Plan(withheld=("x" * 200,))
    bare, shown = (
        reporter.text(Question("plan"), plan, page).output
        for page in (Page(), Page(width=40, escapes=True))
    )
    assert "\x1b" not in bare
    assert "\x1b" in shown


def test_an_answer_of_another_shape_is_an_error_of_ours() -> None:
    with pytest.raises(SessionRecoveryError, match="report component failed") as refused:
        reporter.json(Question("recover-all"), Plan())
    assert refused.value.remedy is not None


def test_threads_share_the_instance() -> None:
    def put(number: int) -> str:
        return reporter.json(Question("recover-all"), Summary(scanned=number)).output

    with ThreadPoolExecutor(8) as threads:
        outputs = list(threads.map(put, range(64)))
    assert all(f'"scanned":{number},' in output for number, output in enumerate(outputs))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_goes_on_with_it() -> None:
    script = """
import os
from session_recovery import reporter
reporter.parse(["--version"])
with reporter._shared.lock:
    child = os.fork()
    if child == 0:
        print(reporter.parse(["--version"]), end="", flush=True)
        os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    words = [sys.executable, "-W", "ignore", "-c", script]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("session-recovery ")
