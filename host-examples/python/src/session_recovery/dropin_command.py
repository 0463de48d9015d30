"""`python -m session_recovery --session-dir D --audit`: the original module from a terminal.

It is also the program of the file in the original's place, as `python -m api.session_recovery`.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from session_recovery import streams
from session_recovery.errors import SessionRecoveryError
from session_recovery.escaped import escaped
from session_recovery.own_process import own_process

PROGRAM = "python -m session_recovery"


def is_meant(words: Sequence[str]) -> bool:
    """Tell whether the words are the original's, and not those of `session-recovery`."""
    return any(word.partition("=")[0] == "--session-dir" for word in words)


def run(program: str = PROGRAM) -> NoReturn:
    """Run the command as a process of its own."""
    callers_umask = own_process()
    streams.open_missing()
    sys.exit(main(callers_umask=callers_umask, program=program))


def main(
    words: Sequence[str] | None = None,
    *,
    callers_umask: int | None = None,
    program: str = PROGRAM,
) -> int:
    """Print the report on one line, clean or not, and give the exit code."""
    from session_recovery.dropin_audit import audit_session_recovery, repair_safe_session_recovery

    parser = _parser(program)
    arguments = parser.parse_args(words)
    ask: Callable[..., dict[str, Any]]
    if arguments.repair_safe:
        ask = repair_safe_session_recovery
    elif arguments.audit:
        ask = audit_session_recovery
    else:
        parser.error("choose --audit or --repair-safe")
    if callers_umask is not None and not os.path.isdir(arguments.session_dir):
        # There is nothing to restore, and the directory that a repair makes is the application's.
        os.umask(callers_umask)
    try:
        report = ask(arguments.session_dir, state_db_path=arguments.state_db)
    except SessionRecoveryError as error:
        streams.put("", f"error: {escaped(str(error))}\n")
        return 1
    return 0 if streams.put(f"{json.dumps(report, sort_keys=True)}\n") else 1


class _Parser(argparse.ArgumentParser):
    """A parser that ends with 1 if nobody could read the help."""

    def print_help(self, file: object = None) -> None:
        """Print the help, or end; argparse itself does not mind a full disk."""
        del file
        if not streams.put(self.format_help()):
            self.exit(1)


def _parser(program: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=program,
        description="Audit a session directory, or repair what can be repaired safely.",
    )
    add = parser.add_argument
    add("--session-dir", type=Path, required=True, help="The directory that holds the sessions")
    add("--state-db", type=Path, help="The application's database")
    add("--audit", action="store_true", help="Tell what is wrong, and change nothing")
    add("--repair-safe", action="store_true", help="Restore what should be, and audit again")
    return parser
