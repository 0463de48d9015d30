"""`session-recovery --sessions DIR recover-all`: the component from a terminal."""

import argparse
import gc
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from session_recovery import streams
from session_recovery.directory import in_words, is_missing
from session_recovery.errors import SessionRecoveryError, SweepStoppedError
from session_recovery.limits import Limits
from session_recovery.own_process import own_process
from session_recovery.printable import printable_lines
from session_recovery.report import Format, Report

if TYPE_CHECKING:
    from session_recovery.sessions import RestoreOptions, SessionRecovery

_ABOUT = "Puts chat sessions back whose messages were lost, from the backups beside them."

_COMMANDS = """\
commands:
  inspect ID   Compare a session's live file with its backup
  recover ID   Restore one session from its backup, if it should be
  recover-all  Restore every session that should be
  undo ID      Put back what the last restore of a session replaced
  list         List the sessions and whether they have a backup, without reading them
  audit        Read everything, and tell all that is wrong
  plan         Tell the changes that would mend what an audit finds
  repair       Make a plan, and its changes
  purge ID     Remove what restores kept of a session, for good; with --deleted, of all
               sessions that the application's users deleted

  ID is the session's id: the name of its file without .json. One that begins with - goes
  after --."""

_AFTER_HELP = """\
A session ID is two files: ID.json, which the application uses, and ID.json.bak, which it
left when a save made the session shorter. A session is restored where the backup holds more
messages than the live file, or where the live file is damaged or missing. The backup always
stays, and what a restored file replaces is kept as ID.json.replaced.1 and so on: `undo ID`
puts the newest of them back. What the user cleared, compressed, took back or deleted stays
so, unless --ignore-guards is given. Start with `recover-all --dry-run`: it changes nothing.

Exit code: 0 where nothing failed, also where nothing was to be restored; 1 where something
failed or the words are wrong."""

_USAGE = (
    "session-recovery --sessions DIR [OPTIONS] "
    "(inspect ID | recover ID | recover-all | undo ID | list | audit | plan | repair | "
    "purge (ID | --deleted))"
)

_OPERANDS = {
    "inspect": 1,
    "recover": 1,
    "recover-all": 0,
    "undo": 1,
    "list": 0,
    "audit": 0,
    "plan": 0,
    "repair": 0,
    "purge": 1,
}


_TASKS_OF_OPTIONS = {
    "discard": ("recover", "recover-all"),
    "merge": ("recover", "recover-all"),
    "ignore_guards": ("recover", "recover-all", "undo"),
    "force": ("recover",),
    "deleted": ("purge",),
}


def _operands(task: str, *, is_deleted: bool) -> int:
    """Tell how many ids a task takes."""
    return 0 if task == "purge" and is_deleted else _OPERANDS[task]


def run() -> NoReturn:
    """Run the command as a process of its own."""
    own_process()
    streams.open_missing()
    sys.exit(main())


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words say, and give the exit code."""
    try:
        arguments = _Arguments(sys.argv[1:] if words is None else words)
        is_noted = _noted(arguments.directory)
        report = _report(arguments)
        is_printed = streams.put(report.answer, "".join(f"{line}\n" for line in report.diagnostics))
    except KeyboardInterrupt:
        _complain("error: interrupted")
        return 1
    return 0 if is_noted and is_printed and report.is_success else 1


class _Parser(streams.Parser):
    """A parser whose complaints are harmless on a terminal, and end with 1."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the words."""
        _complain(f"error: {message}")
        _complain(f"\nUsage: {_USAGE}\n\nFor more, try '--help'.")
        sys.exit(1)


class _Arguments:
    """What the words mean."""

    def __init__(self, words: Sequence[str]) -> None:
        options, operands = _split(words)
        parser = _parser()
        known = parser.parse_intermixed_args(options)
        _require_each_once(parser, options)
        self.task, *ids = known.words + operands or [""]
        self.ids = ids
        if self.task not in _OPERANDS:
            parser.error(f"'{self.task}' is no command" if self.task else "a command is missing")
        number = _operands(self.task, is_deleted=known.deleted)
        if len(ids) != number:
            wanted = "one ID" if number else "no ID"
            parser.error(f"{self.task} takes {wanted}")
        if not known.sessions:
            parser.error("--sessions DIR is empty")
        self._require_that_restores(parser, known)
        self.format = Format.JSON if known.json else Format.TEXT
        self.dry_run: bool = known.dry_run
        self.how: RestoreOptions = {
            "dry_run": known.dry_run,
            "discard": known.discard,
            "merge": known.merge,
            "ignore_guards": known.ignore_guards,
        }
        self.force: bool = known.force
        self.directory: str = known.sessions
        self.limits = Limits(known.max_memory << 20, known.max_time)

    def _require_that_restores(self, parser: "_Parser", known: argparse.Namespace) -> None:
        """Let nobody believe that a repair merged, or that an undo discarded."""
        for name, tasks in _TASKS_OF_OPTIONS.items():
            if getattr(known, name) and self.task not in tasks:
                *others, last = tasks
                wanted = f"{', '.join(others)} and {last}" if others else last
                parser.error(f"--{name.replace('_', '-')} is for {wanted} only")


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Cut the words at the `--` after which nothing is an option."""
    if "--" not in words:
        return list(words), []
    cut = words.index("--")
    return list(words[:cut]), list(words[cut + 1 :])


def _require_each_once(parser: _Parser, words: Sequence[str]) -> None:
    """Let nobody believe that the first of two directories is the one."""
    names = [word.partition("=")[0] for word in words if word.startswith("--")]
    for name in names:
        if names.count(name) > 1:
            parser.error(f"{name} cannot be used multiple times")


def _parser() -> _Parser:
    parser = _Parser(
        prog="session-recovery",
        usage=_USAGE,
        description=f"{_ABOUT}\n\n{_COMMANDS}",
        epilog=_AFTER_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    defaults = Limits()
    add = parser.add_argument
    add("words", nargs="*", help=argparse.SUPPRESS)
    add(
        "--sessions",
        metavar="DIR",
        required=True,
        help="The directory that holds the sessions; the component sees nothing else",
    )
    add("--json", action="store_true", help="Print one JSON document instead of text")
    add("--dry-run", action="store_true", help="Tell what would be done, and change nothing")
    add(
        "--discard",
        action="store_true",
        help="recover, recover-all: do not keep what the restored files replace",
    )
    add(
        "--merge",
        action="store_true",
        help="recover, recover-all: append the messages that only the live file holds "
        "to the backup's",
    )
    add(
        "--ignore-guards",
        action="store_true",
        help="recover, recover-all, undo: restore also what is shorter, or gone, on purpose",
    )
    add(
        "--force",
        action="store_true",
        help="recover: restore although the backup holds no more messages than the live file",
    )
    add(
        "--deleted",
        action="store_true",
        help="purge: of all sessions that the application's users deleted",
    )
    add(
        "--max-memory",
        metavar="MIB",
        type=_number,
        default=defaults.memory >> 20,
        help="How much memory the component may use [default: %(default)s]",
    )
    add(
        "--max-time",
        metavar="SECONDS",
        type=_number,
        default=int(defaults.seconds),
        help="How long a call of the component may compute [default: %(default)s]",
    )
    add("-h", "--help", action="help", help="Print this help")
    add("-V", "--version", action=_PrintVersion, nargs=0, help="Print the version")
    return parser


class _PrintVersion(argparse.Action):
    """Looks the version up only where it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **_named: object) -> NoReturn:
        from importlib.metadata import version

        is_printed = streams.put(f"{parser.prog} {version('session-recovery')}\n")
        parser.exit(0 if is_printed else 1)


def _number(word: str) -> int:
    if not (word.isascii() and word.isdigit()):
        raise argparse.ArgumentTypeError(f"'{word}' is no whole number")
    return int(word)


def _noted(directory: str) -> bool:
    """Say where there is no directory; give whether that could be said."""
    return not is_missing(directory) or _complain(
        f"note: there is no directory {in_words(directory)}"
    )


def _report(arguments: _Arguments) -> Report:
    from session_recovery.sessions import SessionRecovery

    # At its end Python looks through all that is imported; none of that is garbage.
    gc.freeze()
    sessions = SessionRecovery(arguments.directory, arguments.limits)
    try:
        return _do(arguments, sessions)
    except SessionRecoveryError as refused:
        return arguments.format.refusal(refused.error)


def _do(arguments: _Arguments, sessions: "SessionRecovery") -> Report:
    if arguments.ids:
        return _of_one(arguments, sessions, *arguments.ids)
    return _of_all(arguments, sessions)


def _of_one(arguments: _Arguments, sessions: "SessionRecovery", session_id: str) -> Report:
    put = arguments.format
    match arguments.task:
        case "inspect":
            return put.inspection(sessions.inspect(session_id))
        case "recover":
            return put.recovery(
                sessions.recover(session_id, force=arguments.force, **arguments.how)
            )
        case "purge":
            purged = sessions.purge([session_id], dry_run=arguments.dry_run)
            return put.purge(purged, dry_run=arguments.dry_run)
        case _:
            ignored = arguments.how["ignore_guards"]
            undone = sessions.undo(session_id, dry_run=arguments.dry_run, ignore_guards=ignored)
            return put.undoing(undone)


def _of_all(arguments: _Arguments, sessions: "SessionRecovery") -> Report:
    put = arguments.format
    match arguments.task:
        case "recover-all":
            return _sweep(arguments, sessions)
        case "list":
            return put.listing(sessions.sessions())
        case "audit":
            return put.audit(sessions.audit())
        case "repair" if not arguments.dry_run:
            plan = sessions.plan()
            return put.repair(sessions.repair(plan.changes), plan.withheld)
        case "purge":
            purged = sessions.purge_deleted(dry_run=arguments.dry_run)
            return put.purge(purged, dry_run=arguments.dry_run)
        case _:
            return put.plan(sessions.plan())


def _sweep(arguments: _Arguments, sessions: "SessionRecovery") -> Report:
    put, dry_run = arguments.format, arguments.dry_run
    try:
        with _stoppable() as stop, _bar() as show:
            summary = sessions.recover_all(on_progress=show, stop=stop, **arguments.how)
            return put.sweep(summary, dry_run=dry_run)
    except SweepStoppedError as stopped:
        so_far = put.sweep(stopped.summary, dry_run=dry_run)
        return replace(so_far, errors=(*so_far.errors, stopped.message))


@contextmanager
def _stoppable() -> Iterator[threading.Event]:
    """Let Ctrl-C stop a sweep between two parts; a second one ends the process."""
    stop = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def on_interrupt(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        stop.set()

    signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Show progress on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from tqdm import tqdm

    look = "{bar:30} {n_fmt} of {total_fmt} sessions with a backup"
    with tqdm(bar_format=look, leave=False, total=0) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.n = done
            bar.refresh()

        yield show


def _complain(text: str) -> bool:
    return streams.put("", printable_lines(text))
