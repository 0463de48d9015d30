"""`session-recovery --sessions DIR recover-all`: the component from a terminal."""

import gc
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from session_recovery import streams, terminal
from session_recovery.directory import in_words, opened
from session_recovery.errors import SessionRecoveryError
from session_recovery.escaped import escaped
from session_recovery.limits import Limits
from session_recovery.own_process import own_process

if TYPE_CHECKING:
    from session_recovery.reporter import Chosen, Command, Report, Shown, Task
    from session_recovery.sessions import SessionRecovery

_READING = (
    *("inspect", "sessions", "audit", "plan"),
    *("sources", "show", "diff", "history"),
)
# What the answer to a task is, if not what the task is called.
_KINDS = {"purge-deleted": "purge"}
_FAILURE = 1


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
        return _fail("interrupted")
    except SessionRecoveryError as error:
        # The report component itself could not be run.
        return _fail(escaped(str(error)))


def _main(words: list[str]) -> int:
    from session_recovery import reporter

    try:
        command = reporter.parse(list(map(in_words, words)))
    except reporter.UsageError as error:
        streams.put("", str(error))
        return 2
    except OSError as error:
        return _fail(f"standard input cannot be read: {error.strerror}")
    if isinstance(command, str):
        return 0 if streams.put(command) else _FAILURE
    # At its end Python looks through all that is imported; none of that is garbage.
    gc.freeze()
    return _done(command, words)


def _done(command: "Command", words: list[str]) -> int:
    """Do one task after the other, print each answer, and give the exit code of all."""
    from session_recovery.runs import run_name

    codes, name = [], run_name("python")
    for task in command.tasks:
        report = _report(command, task, words, name)
        diagnostics = "".join(f"{line}\n" for line in report.diagnostics)
        if not streams.put(report.output, diagnostics):
            return _FAILURE
        codes.append(report.exit_code)
    return _FAILURE if _FAILURE in codes else max(codes, default=0)


def _fail(what: str) -> int:
    streams.put("", f"error: {what}\n")
    return _FAILURE


def _report(command: "Command", task: "Task", words: list[str], name: str) -> "Report":
    """Ask the component, and put its answer or its refusal."""
    from session_recovery import reporter

    kind, answer = _answer(command, task, words, name)
    is_dry = task.tag in _READING or "dry-run" in command.options
    question = reporter.Question(kind, is_dry, command.check)
    if command.json:
        return reporter.json(question, answer)
    return reporter.text(question, answer, reporter.Page(*terminal.page()))


def _answer(command: "Command", task: "Task", words: list[str], name: str) -> tuple[str, object]:
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
        return _KINDS.get(task.tag, task.tag), _perform(command, task, sessions, name)
    except SessionRecoveryError as refused:
        return "error", refused.error


def _require(directory: str) -> None:
    """Raise an error that names the option for a directory that is missing."""
    with opened(directory, option="--missing-ok"):
        pass


def _perform(command: "Command", task: "Task", sessions: "SessionRecovery", name: str) -> object:
    """Do a task, as a part of the run of this name."""
    dry_run, salvage = "dry-run" in command.options, "salvage" in command.options
    how: Any = {option.replace("-", "_"): True for option in command.options} | {"run": name}

    def recover(chosen: "Chosen") -> object:
        session_id = sessions.resolve(chosen.session)
        if chosen.source is None:
            return sessions.recover(session_id, **how)
        return sessions.recover_from(session_id, chosen.source, **how)

    def preview(shown: "Shown") -> object:
        session_id = sessions.resolve(shown.of.session)
        return sessions.preview(session_id, shown.of.source, **vars(shown.window))

    def recover_all() -> object:
        with terminal.stoppable() as stop, terminal.bar() as show:
            return sessions.recover_all(on_progress=show, stop=stop, **how)

    def repair() -> object:
        plan = sessions.plan(salvage=salvage)
        results = sessions.repair(plan.changes, run=name)
        return {"results": results, "withheld": plan.withheld}

    def purge(session: str) -> object:
        # A beginning of an ID does not do for what cannot be undone.
        return sessions.purge([session], dry_run=dry_run)

    of_some: dict[str, Callable[[Any], object]] = {
        "inspect": lambda session: sessions.inspect(sessions.resolve(session)),
        "sources": lambda session: sessions.sources(sessions.resolve(session)),
        "undo": lambda session: sessions.undo(sessions.resolve(session), **how),
        "undo-run": lambda undone: sessions.undo_run(undone, **how),
        "recover": recover,
        "show": preview,
        "diff": preview,
        "purge": purge,
    }
    of_all: dict[str, Callable[[], object]] = {
        "recover-all": recover_all,
        "sessions": lambda: sessions.sessions(headings=True),
        "audit": sessions.audit,
        "plan": lambda: sessions.plan(salvage=salvage),
        "repair": repair,
        "purge-deleted": lambda: sessions.purge_deleted(dry_run=dry_run),
        "prune": lambda: sessions.prune(dry_run=dry_run),
        "history": sessions.history,
    }
    if task.tag in of_some:
        return of_some[task.tag](task.payload)
    return of_all[task.tag]()


def _directory(said: str, words: list[str]) -> str:
    """Find the argument that names the directory: its bytes may be no UTF-8."""
    given = (word.removeprefix("--sessions=") for word in words)
    return next((word for word in given if in_words(word) == said), said)
