"""The command: its words, its answers, its streams and its exit code."""

import errno
import io
import json
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from session_recovery import SessionRecovery, sandbox
from session_recovery.command import main
from support import contents, put, put_cleared, put_deleted, said_with_closed, session

Output = pytest.CaptureFixture[str]


def test_the_help_succeeds(capsys: Output) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for text in ("Usage: session-recovery --sessions <DIR>", "--missing-ok", "Exit codes:"):
        assert text in shown


def test_the_version_is_the_packages(capsys: Output) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"session-recovery {version('session-recovery')}\n"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["list"], "--sessions"),
        (["--sessions", ".", "restore\x1b"], "restore\\u{1b}"),
        (["--sessions", ".", "repair", "--merge"], "--merge applies only to"),
        (["--sessions", ".", "list", "--max-time", "x"], "--max-time"),
        (["--sessions", ".", "inspect", os.fsdecode(b"caf\xe9")], "UTF-8"),
    ],
)
def test_wrong_words_end_with_2_and_a_reason(
    capsys: Output, words: list[str], complaint: str
) -> None:
    assert main(words) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("error: ")
    assert complaint in output.err


@pytest.mark.parametrize(
    "words",
    [
        ["--sessions", "DIR", "--json", "--dry-run", "recover", "a"],
        ["recover", "a", "--dry-run", "--json", "--sessions", "DIR"],
        ["--json", "recover", "--dry-run", "a", "--sessions=DIR"],
        ["--json", "--sessions", "DIR", "--dry-run", "recover", "--", "a"],
        [
            "--json",
            "--dry-run",
            "recover",
            "--sessions",
            "DIR",
            "--max-time=9",
            "--max-memory=9",
            "a",
        ],
    ],
)
def test_options_stand_before_or_after_the_command(
    tmp_path: Path, capsys: Output, words: list[str]
) -> None:
    put(tmp_path, "a", 0, 1)
    assert main([word.replace("DIR", str(tmp_path)) for word in words]) == 0
    assert json.loads(capsys.readouterr().out)["action"] == "would_restore"


def test_an_id_that_begins_with_a_dash_stands_after_two(tmp_path: Path, capsys: Output) -> None:
    put(tmp_path, "-x", 0, 1)
    assert main(["--sessions", str(tmp_path), "--json", "recover", "--", "-x"]) == 0
    assert json.loads(capsys.readouterr().out)["restored"] is True


@pytest.mark.parametrize("name", ["a", "a.json", "a.json.bak"])
@pytest.mark.parametrize("task", ["inspect", "recover", "undo", "purge"])
def test_a_session_may_be_named_by_its_file(
    tmp_path: Path, capsys: Output, task: str, name: str
) -> None:
    put(tmp_path, "a", 0, 1)
    assert main(["--sessions", str(tmp_path), "--json", "--dry-run", task, name]) == 0
    assert '"session_id":"a"' in capsys.readouterr().out


def test_only_a_whole_id_names_a_session_to_purge(tmp_path: Path) -> None:
    put(tmp_path, "3f2a90", 0, 1)
    words = ["--sessions", str(tmp_path), "--dry-run", "purge"]
    assert main([*words, "3f2a"]) == 1
    assert main([*words, "3f2a90.json"]) == 0


@pytest.mark.parametrize("task", ["inspect", "recover", "undo"])
def test_a_session_may_be_named_by_the_beginning_of_its_id(
    tmp_path: Path, capsys: Output, task: str
) -> None:
    put(tmp_path, "3f2a90", 0, 1)
    put(tmp_path, "3f2b11", 0, 1)
    words = ["--sessions", str(tmp_path), "--json", "--dry-run", task]
    assert main([*words, "3f2a"]) == 0
    assert '"session_id":"3f2a90"' in capsys.readouterr().out
    assert main([*words, "3f2"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["code"], "3f2b11" in answer["remedy"]) == ("no_such_session", True)


@pytest.mark.parametrize("name", ["a.bak", "a.txt", "a.json.json"])
def test_no_other_name_is_a_sessions_files(tmp_path: Path, capsys: Output, name: str) -> None:
    put(tmp_path, "a", 0, 1)
    assert main(["--sessions", str(tmp_path), "--json", "inspect", name]) == 1
    assert json.loads(capsys.readouterr().out)["code"] == "no_such_session"


def test_a_session_that_is_named_like_a_file_goes_first(tmp_path: Path, capsys: Output) -> None:
    put(tmp_path, "a", 0, 1)
    put(tmp_path, "a.json", 0, 1)
    assert main(["--sessions", str(tmp_path), "--json", "inspect", "a.json"]) == 0
    assert json.loads(capsys.readouterr().out)["session_id"] == "a.json"


TASKS = (
    *("recover-all", "list", "audit", "plan", "repair", "prune", "purge --deleted"),
    *("inspect a", "recover a", "undo a", "purge a"),
)


@pytest.mark.parametrize("task", TASKS)
def test_each_task_has_an_answer_in_words_and_in_json(
    tmp_path: Path, capsys: Output, task: str
) -> None:
    put(tmp_path, "a", 0, 1)
    put_deleted(tmp_path, "b", 1)
    words = ["--sessions", str(tmp_path), *task.split()]
    assert main([*words, "--dry-run"]) == 0
    assert main([*words, "--json"]) == 0
    output = capsys.readouterr()
    assert json.loads(output.out.splitlines()[-1])
    assert output.err == ""


def test_a_merge_and_its_undo(tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "a.json").write_text('{"messages": ["new"]}')
    (tmp_path / "a.json.bak").write_text('{"messages": [1, 2, 3]}')
    words = ["--sessions", str(tmp_path), "--json"]
    assert main([*words, "recover", "a", "--merge"]) == 0
    assert main([*words, "undo", "a"]) == 0
    merged, undone = map(json.loads, capsys.readouterr().out.splitlines())
    assert (merged["action"], merged["merged"]) == ("restored", 1)
    assert (undone["action"], undone["source"]) == ("restored", "a.json.replaced.1")
    assert (tmp_path / "a.json").read_text() == '{"messages": ["new"]}'


def test_a_guard_is_ignored_only_on_demand(tmp_path: Path, capsys: Output) -> None:
    put_cleared(tmp_path, "a")
    words = ["--sessions", str(tmp_path), "--json", "recover", "a"]
    assert main(words) == 0
    assert main([*words, "--ignore-guards"]) == 0
    left, restored = map(json.loads, capsys.readouterr().out.splitlines())
    assert (left["action"], restored["action"]) == ("nothing", "restored")


def test_a_failure_ends_with_1_and_a_reason(tmp_path: Path, capsys: Output) -> None:
    put(tmp_path, "a", None, 1)
    (tmp_path / "a.json").mkdir()
    assert main(["--sessions", str(tmp_path), "recover", "a"]) == 1
    output = capsys.readouterr()
    assert "Nothing was changed." in output.out
    assert output.err.startswith("error: a.json cannot be replaced")


def test_a_check_ends_with_3_if_something_needs_attention(tmp_path: Path) -> None:
    put(tmp_path, "a", 0, 1)
    words = ["--sessions", str(tmp_path), "--check"]
    for task in ("recover-all", "repair"):
        assert main([*words, task, "--dry-run"]) == 3
    assert main([*words, "recover-all"]) == 0
    assert main([*words, "recover-all"]) == 0


@pytest.mark.parametrize("task", TASKS)
def test_a_missing_directory_ends_with_2(tmp_path: Path, capsys: Output, task: str) -> None:
    (tmp_path / "file").touch()
    name_one = "Name the directory that holds the sessions"
    name_it = f"{name_one}, or add --missing-ok if it need not exist yet"
    for name, message in (
        ("missing\x1b", f"There is no directory {tmp_path}/missing\\u{{1b}}. {name_it}."),
        ("file", f"{tmp_path}/file is a file, not a directory. {name_one}."),
    ):
        assert main(["--sessions", str(tmp_path / name), *task.split()]) == 2
        output = capsys.readouterr()
        assert (output.out, output.err) == ("", f"error: {message}\n")


def test_a_directory_may_be_missing(tmp_path: Path, capsys: Output) -> None:
    words = ["--sessions", str(tmp_path / "missing"), "--missing-ok", "--json"]
    for task in ("recover-all", "list", "audit", "plan", "repair"):
        assert main([*words, task]) == 0
    output = capsys.readouterr()
    assert len(output.out.splitlines()) == 5
    assert output.err == ""


def test_the_directory_may_have_any_name(tmp_path: Path, capsys: Output) -> None:
    directory = tmp_path / os.fsdecode(b"caf\xe9 \n")
    directory.mkdir()
    put(directory, "a", 0, 1)
    for words in (["--sessions", str(directory)], [f"--sessions={directory}"]):
        assert main([*words, "--json", "recover", "a"]) == 0
    done, again = map(json.loads, capsys.readouterr().out.splitlines())
    assert (done["action"], again["action"]) == ("restored", "nothing")


def test_json_is_one_line_of_ascii(tmp_path: Path, capsys: Output) -> None:
    put(tmp_path, "ä\x1b\x7f", 0, 1)
    assert main(["--sessions", str(tmp_path), "--json", "recover-all"]) == 0
    answer = capsys.readouterr().out
    assert answer.isascii()
    assert answer.count("\n") == 1
    assert answer.startswith(
        '{"scanned":1,"restored":1,"orphaned_backups":0,"details":[{"session_id":"\\u00e4\\u001b\\u007f",'
    )


def test_limits_are_the_options(tmp_path: Path, capsys: Output) -> None:
    put(tmp_path, "a", 0, 1)
    words = ["--sessions", str(tmp_path), "--json", "inspect", "a"]
    assert main([*words, "--max-memory", "1"]) == 1
    answer = json.loads(capsys.readouterr().out)
    remedy = "Allow more memory."
    assert answer == {
        "error": f"The call needs more than 1 MiB of memory. {remedy}",
        "code": "other",
        "remedy": remedy,
    }


def test_an_interrupted_sweep_tells_what_it_restored(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        put(tmp_path, f"s{number:02}", 0, 1)
    call = sandbox.Instance.call

    def interrupted(self: sandbox.Instance, kind: Any, function: str, *arguments: Any) -> Any:
        if function.endswith("sweep.next"):
            os.kill(os.getpid(), signal.SIGINT)
        return call(self, kind, function, *arguments)

    monkeypatch.setattr(sandbox.Instance, "call", interrupted)
    before = signal.getsignal(signal.SIGINT)
    assert main(["--sessions", str(tmp_path), "--json", "recover-all"]) == 1
    assert signal.getsignal(signal.SIGINT) == before
    output = capsys.readouterr()
    answer = json.loads(output.out)
    assert (answer["scanned"], answer["restored"], answer["left"]) == (40, 32, 8)
    assert output.err.startswith("error: The sweep was stopped: 8 sessions")
    assert contents(tmp_path)["s32.json"] == session(0)


def test_an_interrupt_elsewhere_leaves_no_traceback(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a", 0, 1)

    def interrupted(_self: SessionRecovery, _session_id: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(SessionRecovery, "inspect", interrupted)
    assert main(["--sessions", str(tmp_path), "inspect", "a"]) == 1
    assert capsys.readouterr().err == "error: interrupted\n"


def test_a_closed_pipe_leaves_no_traceback(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "session_recovery", "--sessions", tmp_path, "list"],
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("closed", [1, 2])
def test_a_closed_stream_leaves_no_traceback(tmp_path: Path, closed: int) -> None:
    said = said_with_closed(closed, "--sessions", str(tmp_path), "list")
    assert "Traceback" not in said


def test_a_terminal_gets_a_progress_bar_and_a_file_does_not(tmp_path: Path) -> None:
    put(tmp_path, "a", 0, 1)
    words = [sys.executable, "-m", "session_recovery", "--sessions", str(tmp_path), "recover-all"]
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=theirs, check=True)
    shown = os.read(ours, 1 << 16)
    os.close(ours)
    os.close(theirs)
    assert b"sessions with a backup" in shown
    assert b"Checked 1 session: 1 restored." in done.stdout
    again = subprocess.run(words, capture_output=True, check=True)
    assert again.stderr == b""


def test_the_process_makes_private_files_only(tmp_path: Path) -> None:
    script = """
import os
from session_recovery import command
command.main = lambda: print(oct(os.umask(0)))
command.run()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == "0o77\n"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Give standard input something to read."""

    def give(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    return give


def lines(capsys: Output) -> list[Any]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("task", ["inspect", "recover", "undo", "sources", "show", "diff"])
def test_several_sessions_get_an_answer_each(tmp_path: Path, capsys: Output, task: str) -> None:
    put(tmp_path, "one", 0, 1)
    put(tmp_path, "two", 0, 2)
    words = ["--sessions", str(tmp_path), "--json", "--dry-run", task]
    assert main([*words, "two", "one.json", "two"]) == 0
    answered = [each["session_id"] for each in lines(capsys)]
    assert answered[:2] == ["two", "one"]


@pytest.mark.parametrize(
    ("typing", "answered"),
    [
        (b"one\ntwo\n", ["one", "two"]),
        (b"\n\r\n  \ntwo.json\r\none", ["two", "one"]),
        ("ä\n".encode(), ["ä"]),
    ],
)
def test_a_dash_stands_for_the_sessions_on_standard_input(
    tmp_path: Path,
    capsys: Output,
    typed: Callable[[bytes], None],
    typing: bytes,
    answered: list[str],
) -> None:
    for session_id in ("one", "two", "ä"):
        put(tmp_path, session_id, 0, 1)
    typed(typing)
    assert main(["--sessions", str(tmp_path), "--json", "recover", "-"]) == 0
    assert [each["session_id"] for each in lines(capsys)] == answered


@pytest.mark.parametrize("typing", [b"", b"\n \n", b"caf\xe9\n", b"\xff\xfe\n"])
def test_no_session_and_no_utf8_on_standard_input_are_refused(
    tmp_path: Path, capsys: Output, typed: Callable[[bytes], None], typing: bytes
) -> None:
    before = contents(tmp_path)
    typed(typing)
    assert main(["--sessions", str(tmp_path), "recover", "-"]) == 2
    output = capsys.readouterr()
    assert (output.out, output.err[:7]) == ("", "error: ")
    assert contents(tmp_path) == before


def test_a_closed_standard_input_has_no_session(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["--sessions", str(tmp_path), "recover", "-"]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_standard_input_that_cannot_be_read_is_an_error(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(io.BytesIO):
        def read(self, _most: int | None = -1) -> bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Broken()))
    assert main(["--sessions", str(tmp_path), "recover", "-"]) == 1
    assert capsys.readouterr().err == "error: standard input cannot be read: Input/output error\n"


def test_standard_input_is_read_only_if_it_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read() -> str:
        raise AssertionError

    monkeypatch.setattr("session_recovery.streams.taken_in", read)
    assert main(["--sessions", str(tmp_path), "recover-all"]) == 0


@pytest.mark.parametrize(
    ("names", "code"),
    [(["two", "none"], 1), (["none", "two"], 1), (["one", "two"], 3), (["whole"], 0)],
)
def test_the_exit_code_is_that_of_the_worst_task(
    tmp_path: Path, capsys: Output, names: list[str], code: int
) -> None:
    put(tmp_path, "one", 0, 1)
    put(tmp_path, "two", 0, 2)
    put(tmp_path, "whole", 2, 2)
    words = ["--sessions", str(tmp_path), "--json", "--check", "recover", "--dry-run"]
    assert main([*words, *names]) == code
    assert len(lines(capsys)) == len(names)


def test_each_answer_is_printed_before_the_next_task_begins(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "one", 0, 1)
    put(tmp_path, "two", 0, 2)
    inspect = SessionRecovery.inspect
    said: list[str] = []

    def listening(self: SessionRecovery, session_id: str) -> Any:
        said.append(capsys.readouterr().out)
        return inspect(self, session_id)

    monkeypatch.setattr(SessionRecovery, "inspect", listening)
    assert main(["--sessions", str(tmp_path), "--json", "inspect", "one", "two"]) == 0
    assert [text[:19] for text in said] == ["", '{"session_id":"one"']


def test_all_restores_of_a_command_are_one_run(tmp_path: Path, capsys: Output) -> None:
    put(tmp_path, "one", 0, 1)
    put(tmp_path, "two", 0, 2)
    words = ["--sessions", str(tmp_path), "--json"]
    assert main([*words, "recover", "one", "two"]) == 0
    assert main([*words, "history"]) == 0
    events = lines(capsys)[-1]["events"]
    assert {each["session_id"] for each in events} == {"one", "two"}
    assert len({each["run"] for each in events}) == 1


def test_a_source_is_shown_and_put_in_place(tmp_path: Path, capsys: Output) -> None:
    path = put(tmp_path, "one", 1, None)
    (tmp_path / "one.tmp.1.2").write_bytes(session(9))
    words = ["--sessions", str(tmp_path), "--json"]
    for task in (["sources", "one"], ["show", "one", "--from", "one.tmp.1.2"]):
        assert main([*words, *task]) == 0
    for task in (["diff", "one", "--from", "one.tmp.1.2"], ["show", "one", "--all"]):
        assert main([*words, *task]) == 0
    assert main([*words, "show", "one", "--from", "one.tmp.1.2", "--after", "4"]) == 0
    sources, shown, changed, whole, later = lines(capsys)
    assert sources["best"] == "one.tmp.1.2"
    assert [each["number"] for each in (*shown["first"], *shown["last"])] == [1, 2, 3, 7, 8, 9]
    assert (changed["brings"], len(changed["brought"]), changed["hides"]) == (8, 8, 0)
    assert whole["session_id"] == "one"
    assert later["first"][0]["number"] == 5
    assert main([*words, "recover", "one", "--from", "one.tmp.1.2"]) == 0
    assert path.read_bytes() == session(9)
    assert main([*words, "recover", "one", "--from", "../one.json"]) == 1
    assert '"no_such_source"' in capsys.readouterr().out


def test_a_list_shows_titles(tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "one.json").write_text('{"title": "Lisbon\\u001b[31m", "messages": []}')
    words = ["--sessions", str(tmp_path)]
    assert main([*words, "list"]) == 0
    assert "Lisbon\\u{1b}[31m" in capsys.readouterr().out
    assert main([*words, "--json", "list"]) == 0
    (listed,) = lines(capsys)[0]["sessions"]
    assert listed["title"] == "Lisbon\x1b[31m"
