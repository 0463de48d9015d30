"""The command: its words, its answers, its streams and its exit code."""

import json
import os
import pty
import signal
import subprocess
import sys
import termios
from importlib.metadata import version
from pathlib import Path

import pytest

from session_recovery import SessionRecovery, Summary
from session_recovery.command import main
from session_recovery.printable import printable
from support import contents, put, put_cleared, said_with_closed, session

Output = pytest.CaptureFixture[str]


def test_the_help_teaches_and_succeeds(capsys: Output) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    for text in (
        "Puts chat sessions back whose messages were lost",
        "inspect ID Compare a session's live file with its backup",
        "recover ID Restore one session from its backup, if it should be",
        "recover-all Restore every session that should be",
        "undo ID Put back what the last restore of a session replaced",
        "list List the sessions",
        "audit Read everything, and tell all that is wrong",
        "plan Tell the changes that would mend what an audit finds",
        "repair Make a plan, and its changes",
        "--sessions DIR",
        "--dry-run",
        "--merge recover, recover-all: append the messages",
        "--ignore-guards recover, recover-all, undo: restore also what is shorter, or gone",
        "`undo ID` puts the newest of them back",
        "cleared, compressed, took back or deleted stays so, unless --ignore-guards",
        "[default: 256]",
        "[default: 600]",
        "Start with `recover-all --dry-run`",
        "Exit code: 0",
    ):
        assert text in shown


def test_the_version_is_the_packages(capsys: Output) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"session-recovery {version('session-recovery')}\n"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "required: --sessions"),
        (["--sessions", "."], "a command is missing"),
        (["--sessions", ".", "restore\x1b"], "'restore\\u{1b}' is no command"),
        (["--sessions", ".", "inspect"], "inspect takes one ID"),
        (["--sessions", ".", "recover", "a", "b"], "recover takes one ID"),
        (["--sessions", ".", "undo"], "undo takes one ID"),
        (["--sessions", ".", "list", "a"], "list takes no ID"),
        (["--sessions", ".", "repair", "a"], "repair takes no ID"),
        (["--sessions", ".", "repair", "--merge"], "--merge is for recover and recover-all only"),
        (["--sessions", ".", "undo", "a", "--discard"], "--discard is for recover"),
        (["--sessions", ".", "--ignore-guards", "audit"], "--ignore-guards is for recover"),
        (["--sessions", ".", "list", "--all"], "unrecognized arguments: --all"),
        (["--sessions", "a", "list", "--sessions=b"], "--sessions cannot be used multiple times"),
        (["--json", "--sessions", "a", "list", "--json"], "--json cannot be used multiple times"),
        (["--sessions", ".", "list", "--max-time", "-1"], "--max-time"),
        (["--sessions", ".", "list", "--max-memory", "much"], "'much' is no whole number"),
    ],
)
def test_wrong_words_end_with_1_and_a_reason(
    capsys: Output, words: list[str], complaint: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 1
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


def test_a_sweep_in_words(tmp_path: Path, capsys: Output) -> None:
    put(tmp_path, "日本", 0, 1000)
    put(tmp_path, "long-id", 0, 1)
    put(tmp_path, "gone", None, 1)
    (tmp_path / "broken.json").write_text("")
    (tmp_path / "broken.json.bak").write_text("")
    (tmp_path / "d\n.json").mkdir()
    put_cleared(tmp_path, "cleared")
    assert main(["--sessions", str(tmp_path), "recover-all"]) == 0
    assert capsys.readouterr().out == (
        "SESSION  LIVE        BACKUP      RESULT\n"
        "broken   unreadable  unreadable  not to be restored\n"
        "cleared  1           2           on purpose\n"
        "gone     missing     1           restored\n"
        "long-id  0           1           restored\n"
        "日本     0           1000        restored\n"
        "\n"
        "5 sessions scanned, 3 restored.\n"
        "\n"
        "Left as they are:\n"
        "  broken: The live file is damaged: it is empty. The backup is damaged: it is empty.\n"
        "  cleared: The backup holds 2 messages, the live file 1. "
        "The backup lacks 1 of the live file's messages. "
        "But the live file records that the user cleared the conversation.\n"
        "\n"
        "Messages in the live file that are not in the backup "
        "(`--merge` adds them; where it is done, `undo ID` first):\n"
        "  cleared: 1\n"
        "\n"
        "Backups whose live file was gone:\n"
        "  gone\n"
        "\n"
        "Also found:\n"
        "  d\\u{a}.json was skipped: it is a directory. Remedy: move it away.\n"
        "\n"
        "Next: open the restored sessions in the application. Their backups are still there.\n"
    )


def test_an_inspection_in_words(tmp_path: Path, capsys: Output) -> None:
    put(tmp_path, "a", 0, 1)
    assert main(["--sessions", str(tmp_path), "inspect", "a"]) == 0
    assert capsys.readouterr().out == (
        "session  a\n"
        f"live     0 messages ({len(session(0))} bytes)\n"
        f"backup   1 message ({len(session(1))} bytes)\n"
        "verdict  restore\n"
        "\n"
        "The backup holds 1 message, the live file 0.\n"
        "Next: `recover` with this id puts the backup in place.\n"
    )


def test_a_merge_and_its_undo_in_words(tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "a.json").write_text('{"messages": ["new"]}')
    (tmp_path / "a.json.bak").write_text('{"messages": [1, 2, 3]}')
    words = ["--sessions", str(tmp_path)]
    details = (
        "session  a\n"
        "live     1 message (21 bytes)\n"
        "backup   3 messages (23 bytes)\n"
        "verdict  restore\n"
        "\n"
        "The backup holds 3 messages, the live file 1. "
        "The backup lacks 1 of the live file's messages.\n"
    )
    assert main([*words, "inspect", "a"]) == 0
    assert capsys.readouterr().out == (
        f"{details}Next: `recover` with this id puts the backup in place; "
        "with --merge it adds what only the live file holds.\n"
    )
    assert main([*words, "recover-all", "--dry-run"]) == 0
    assert (
        "Messages in the live file that are not in the backup "
        "(`--merge` adds them; where it is done, `undo ID` first):\n  a: 1\n"
    ) in capsys.readouterr().out
    assert main([*words, "recover-all", "--dry-run", "--merge"]) == 0
    sweep = capsys.readouterr().out
    assert "would be restored, merged\n" in sweep
    assert "Messages in the live file" not in sweep
    assert main([*words, "recover", "a", "--merge"]) == 0
    assert capsys.readouterr().out == (
        f"{details}Restored. The backup is still there.\n"
        "1 message of the live file comes after the backup's.\n"
        "What it replaced is kept as a.json.replaced.1.\n"
    )
    assert main([*words, "undo", "a", "--dry-run"]) == 0
    assert "A kept file would be put back; nothing was changed.\n" in capsys.readouterr().out
    assert main([*words, "undo", "a"]) == 0
    assert capsys.readouterr().out.endswith(
        "Put back. Where the backup holds more messages, the next recover-all restores it again.\n"
        "What it replaced is kept as a.json.replaced.2.\n"
        "The source is a.json.replaced.1.\n"
    )
    assert (tmp_path / "a.json").read_text() == '{"messages": ["new"]}'


def test_a_failure_is_told_and_ends_with_1(tmp_path: Path, capsys: Output) -> None:
    put(tmp_path, "a", None, 1)
    (tmp_path / "a.json").mkdir()
    assert main(["--sessions", str(tmp_path), "recover", "a"]) == 1
    output = capsys.readouterr()
    assert "Nothing was changed." in output.out
    assert output.err.startswith("error: a.json cannot be replaced")


def test_a_missing_directory_is_noted(tmp_path: Path, capsys: Output) -> None:
    missing = str(tmp_path / "missing\x1b")
    assert main(["--sessions", missing, "recover-all"]) == 0
    output = capsys.readouterr()
    assert output.out == "0 sessions scanned, 0 restored.\nNothing is to be restored.\n"
    assert output.err == f"note: there is no directory {printable(missing)}\n"


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
    assert main([*words, "--max-time", "0"]) == 1
    assert main([*words, "--max-memory", "1"]) == 1
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert answers == [
        {"error": "The call was ended after 0 seconds. Remedy: allow more time.", "code": "other"},
        {"error": "The call needs more than 1 MiB of memory. Remedy: allow more.", "code": "other"},
    ]


def test_an_interrupted_sweep_tells_what_it_restored(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a", 0, 1)
    put(tmp_path, "b", 0, 1)
    recover_some = SessionRecovery._recover_some

    def interrupted(self: SessionRecovery, ids: list[str], options: frozenset[str]) -> Summary:
        signal.raise_signal(signal.SIGINT)
        return recover_some(self, ids, options)

    monkeypatch.setattr(SessionRecovery, "_recover_some", interrupted)
    before = signal.getsignal(signal.SIGINT)
    assert main(["--sessions", str(tmp_path), "recover-all"]) == 1
    assert signal.getsignal(signal.SIGINT) == before
    output = capsys.readouterr()
    assert "2 sessions scanned, 1 restored." in output.out
    assert output.err == (
        "error: The sweep was stopped: 1 restored, 1 with a backup not looked at. "
        "Remedy: run it again.\n"
    )
    assert contents(tmp_path)["b.json"] == session(0)


def test_an_interrupt_elsewhere_leaves_no_traceback(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    said = said_with_closed(closed, "--sessions", str(tmp_path / "missing"), "list")
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
    assert b"1 session scanned, 1 restored." in done.stdout
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
