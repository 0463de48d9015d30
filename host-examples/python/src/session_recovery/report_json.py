"""Answers as JSON: the keys of the original module, and further keys that it lacks."""

import json
from enum import StrEnum

from session_recovery.answers import Action, Entry, Error, File, Outcome, Problem, Status, Summary

Json = dict[str, object]


def status(status: Status) -> str:
    """Put the answer of `inspect`."""
    obstacle = status.obstacle
    error = {} if obstacle is None else {"error": obstacle.message}
    return _document(_counts(status) | error | _findings(status))


def outcome(outcome: Outcome) -> str:
    """Put the answer of `recover` or `undo`."""
    return _document(_outcome(outcome))


def summary(summary: Summary, *, dry_run: bool) -> str:
    """Put the answer of `recover-all`."""
    sessions = summary.sessions
    return _document(
        {
            "scanned": summary.scanned,
            "restored": summary.restored,
            "details": [_outcome(each) for each in sessions if each.is_restored],
            "dry_run": dry_run,
            "sessions": [_outcome(each) for each in sessions],
            "orphans": list(summary.orphans),
            "oddities": [_error(each) for each in summary.oddities],
        }
    )


def entries(entries: list[Entry]) -> str:
    """Put the answer of `list`."""
    return _document({"sessions": [_entry(entry) for entry in entries]})


def error(error: Error) -> str:
    """Put why there is no answer."""
    return _document({"error": error.message, "code": _word(error.code)})


def _outcome(outcome: Outcome) -> Json:
    session = _counts(outcome.status)
    session["restored"] = outcome.is_restored
    if outcome.action is Action.FAILED and outcome.errors:
        session["error"] = outcome.errors[0].message
    session["action"] = _word(outcome.action)
    session |= _findings(outcome.status)
    session |= _present(
        {"source": outcome.source, "merged": outcome.merged or None, "kept": outcome.kept}
    )
    if outcome.errors:
        session["errors"] = [_error(each) for each in outcome.errors]
    return session


def _counts(status: Status) -> Json:
    return {
        "session_id": status.session_id,
        "live_messages": _count(status.live),
        "bak_messages": _count(status.backup),
        "recommend": _word(status.recommendation),
    }


def _findings(status: Status) -> Json:
    return _present(
        {
            "reason": status.reason,
            "live": _file(status.live),
            "bak": _file(status.backup),
            "live_only": status.live_only,
        }
    )


def _count(file: File) -> int:
    return -1 if file.messages is None else file.messages


def _file(file: File) -> Json:
    problem = None if file.problem is None else _problem(file.problem)
    return _present({"state": file.state.value, "bytes": file.bytes, "problem": problem})


def _problem(problem: Problem) -> Json:
    return _present(
        {
            "kind": _word(problem.kind),
            "offset": problem.offset,
            "expected": problem.expected,
            "message": problem.message,
        }
    )


def _entry(entry: Entry) -> Json:
    listed: Json = {"session_id": entry.session_id, "live": entry.live, "bak": entry.backup}
    if entry.oddity is not None:
        listed["oddity"] = _error(entry.oddity)
    return listed


def _error(error: Error) -> Json:
    return {"code": _word(error.code), "message": error.message}


def _word(code: StrEnum) -> str:
    return code.value.replace("-", "_")


def _present(keys: Json) -> Json:
    return {key: value for key, value in keys.items() if value is not None}


def _document(shape: Json) -> str:
    """Put one document on one line, in ASCII: a terminal would obey some characters."""
    return json.dumps(shape, separators=(",", ":")) + "\n"
