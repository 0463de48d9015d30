"""`session-recovery --sessions DIR recover-all`: the component from a terminal."""

import gc
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from session_recovery import streams, terminal
from session_recovery.answers import ErrorCode
from session_recovery.directory import in_words, opened
from session_recovery.errors import SessionRecoveryError
from session_recovery.escaped import escaped
from session_recovery.limits import Limits
from session_recovery.own_process import own_process

if TYPE_CHECKING:
    from session_recovery.reporter import Command, Report
    from session_recovery.sessions import SessionRecovery

T = TypeVar("T")

_READING = ("inspect", "sessions", "audit", "plan")


def run() -> NoReturn:
    """Run the command as a process of its own."""
    own_process()
    streams.open_missing()
    sys.exit(main())


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words say, and give the exit code."""
    try:
        return _main(sys.argv[1:] if words is None else list(words))
    except KeyboardInterrupt:
        return _fail("interrupted", 1)
    except SessionRecoveryError as error:
        # The report component itself could not be run.
        return _fail(escaped(str(error)), 1)


def _main(words: list[str]) -> int:
    from session_recovery import reporter

    try:
        command = reporter.parse(list(map(in_words, words)))
    except reporter.UsageError as error:
        streams.put("", str(error))
        return 2
    if isinstance(command, str):
        return 0 if streams.put(command) else 1
    report = _report(command, words)
    is_printed = streams.put(report.output, "".join(f"{line}\n" for line in report.diagnostics))
    return report.exit_code if is_printed else 1


def _fail(what: str, code: int) -> int:
    streams.put("", f"error: {what}\n")
    return code


def _report(command: "Command", words: list[str]) -> "Report":
    """Ask the component, and put its answer or its refusal."""
    from session_recovery import reporter

    # At its end Python looks through all that is imported; none of that is garbage.
    gc.freeze()
    kind, answer = _answer(command, words)
    is_dry = command.task.tag in _READING or "dry-run" in command.options
    question = reporter.Question(kind, is_dry, command.check)
    if command.json:
        return reporter.json(question, answer)
    return reporter.text(question, answer, reporter.Page(*terminal.page()))


def _answer(command: "Command", words: list[str]) -> tuple[str, object]:
    from session_recovery.private_thread import privately
    from session_recovery.sessions import SessionRecovery

    directory = _directory(command.sessions, words)
    limits = Limits(command.max_memory << 20, command.max_time)
    try:
        if not command.missing_ok:
            privately(lambda: _require(directory), limits)
        sessions = SessionRecovery(
            directory,
            limits,
            missing_ok=command.missing_ok,
            accept_owner=command.accept_owner,
        )
        kind = "purge" if command.task.tag == "purge-deleted" else command.task.tag
        return kind, _perform(command, sessions)
    except SessionRecoveryError as refused:
        return "error", refused.error


def _require(directory: str) -> None:
    """Raise an error that names the option for a directory that is missing."""
    with opened(directory, option="--missing-ok"):
        pass


def _perform(command: "Command", sessions: "SessionRecovery") -> object:
    dry_run, task = "dry-run" in command.options, command.task
    salvage = "salvage" in command.options
    how: Any = {option.replace("-", "_"): True for option in command.options}

    def recover_all() -> object:
        with terminal.stoppable() as stop, terminal.bar() as show:
            return sessions.recover_all(on_progress=show, stop=stop, **how)

    def repair() -> object:
        plan = sessions.plan(salvage=salvage)
        return {"results": sessions.repair(plan.changes), "withheld": plan.withheld}

    of_one: dict[str, Callable[[str], object]] = {
        "inspect": sessions.inspect,
        "recover": lambda session_id: sessions.recover(session_id, **how),
        "undo": lambda session_id: sessions.undo(session_id, **how),
        "purge": lambda session_id: sessions.purge([session_id], dry_run=dry_run),
    }
    of_all: dict[str, Callable[[], object]] = {
        "recover-all": recover_all,
        "sessions": sessions.sessions,
        "audit": sessions.audit,
        "plan": lambda: sessions.plan(salvage=salvage),
        "repair": repair,
        "purge-deleted": lambda: sessions.purge_deleted(dry_run=dry_run),
        "prune": lambda: sessions.prune(dry_run=dry_run),
    }
    if task.tag in of_one:
        return _named(task.payload, of_one[task.tag])
    return of_all[task.tag]()


def _named(session_id: str, work: Callable[[str], T]) -> T:
    """Do something with a session that is named by its ID, or by one of its files."""
    suffix = next((each for each in (".json.bak", ".json") if session_id.endswith(each)), None)
    try:
        return work(session_id)
    except SessionRecoveryError as error:
        is_no_id = error.code in (ErrorCode.NO_SUCH_SESSION, ErrorCode.INVALID_SESSION_ID)
        if suffix is None or not is_no_id:
            raise
    return work(session_id.removesuffix(suffix))


def _directory(said: str, words: list[str]) -> str:
    """Find the argument that names the directory: its bytes may be no UTF-8."""
    given = (word.removeprefix("--sessions=") for word in words)
    return next((word for word in given if in_words(word) == said), said)
