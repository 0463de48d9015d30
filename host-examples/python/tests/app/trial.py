"""Starts the application on a damaged state directory, and notes down what it answers.

The answers of the two modules are then compared, so what is of this run only is left out.
"""

import hashlib
import json
import shutil
import stat
import subprocess
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app import roles
from app.serving import Application, Server

Answers = dict[str, Any]

# What no two runs have in common.
_OF_THIS_RUN = {"server_time", "server_tz"}
_OWN_FOLDER = b"the application's folder"


@dataclass
class Trial:
    """What one of the two modules made of a state directory."""

    application: Application

    answers: Answers = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)

    @property
    def comparable(self) -> Any:
        """The answers, without what tells which of the two copies of the application gave them."""
        text = json.dumps(self.answers)
        return json.loads(text.replace(str(self.application.folder), _OWN_FOLDER.decode()))


def start(application: Application, damaged: Path) -> Trial:
    """Start the server as an operator does after the damage, look at all it shows, and repair."""
    trial = Trial(application)
    answers = trial.answers
    _put(application, damaged)
    with application.serving() as server:
        answers["console"] = server.said_about_recovery()
        answers["files after the start"] = _files(application)
        answers["owners after the start"] = _owners(application)
        begun = time.perf_counter()
        listed = server.get("/api/sessions")
        trial.figures["first list"] = f"{time.perf_counter() - begun:.2f} s"
        answers["first list"] = _without(listed)
        answers["sessions"] = _sessions(server, application.sessions)
        answers["audit"] = _reported(server.get("/api/session/recovery/audit"))
        answers["repair"] = _reported(server.post("/api/session/recovery/repair-safe", {}))
        answers["audit after the repair"] = _reported(server.get("/api/session/recovery/audit"))
        answers["list after the repair"] = _without(server.get("/api/sessions"))
        answers["sessions after the repair"] = _sessions(server, application.sessions)
    answers["files after the repair"] = _files(application)
    with application.serving() as server:
        answers["console of the second start"] = server.said_about_recovery()
        answers["list of the second start"] = _without(server.get("/api/sessions"))
        answers["audit of the second start"] = _reported(server.get("/api/session/recovery/audit"))
    answers["index of the second start"] = _index(application)
    return trial


def programs(application: Application, damaged: Path) -> Trial:
    """Run the module's program, and the program that takes private names from the module."""
    answers: Answers = {}
    where = ["--session-dir", str(application.sessions), "--state-db", str(application.database)]
    for task in ("--audit", "--repair-safe"):
        _put(application, damaged)
        said = _json(application.run("api.session_recovery", *where, task))
        answers[f"program {task}"] = _reported(said)
        answers[f"files after program {task}"] = _files(application)
    _put(application, damaged)
    aside = str(application.state / "aside")
    apply = ["--repair-safe", "--apply", "--backup-dir", aside]
    said = _json(application.run("api.session_discoverability", *where, *apply))
    answers["program discoverability"] = _reported(said)
    answers["files after program discoverability"] = _files(application)
    return Trial(application, answers)


def restarts(application: Application, damaged: Path, count: int) -> Trial:
    """Start again and again, load every session each time, and count the files."""
    _put(application, damaged)
    counts = []
    for _ in range(count):
        with application.serving() as server:
            server.get("/api/sessions")
            _sessions(server, application.sessions)
        counts.append(len(list(application.sessions.iterdir())))
    answers: Answers = {
        "files grow from start to start": max(counts[2:]) > counts[1],
        "files after all starts": _files(application),
    }
    return Trial(
        application, answers, {f"files after each of {count} starts": " ".join(map(str, counts))}
    )


def deletion(application: Application, damaged: Path) -> Trial:
    """Delete what was restored, start again, and look for its words on the disk."""
    _put(application, damaged)
    doomed = [*roles.SHORTENED, roles.LOOP, "undone-then-lost"]
    with application.serving() as server:
        _sessions(server, application.sessions)
    with application.serving() as server:
        refused = [each for each in doomed if _delete(server, each) != 200]
    answers: Answers = {"deletions refused": refused}
    for each_start in ("first", "second"):
        with application.serving() as server:
            server.get("/api/sessions")
        found = {each: _with_word(application.state, each) for each in doomed}
        answers[f"words at the {each_start} start after it"] = found
    return Trial(application, answers)


def _files(application: Application) -> dict[str, str]:
    """Give what is in the session directory: a digest of each file's content."""
    paths = application.sessions.iterdir()
    return {path.name: _content(application, path) for path in paths if path.name != "_index.json"}


def _owners(application: Application) -> dict[str, str]:
    """Give who may do what with the live files."""
    found = {path.name: path.lstat() for path in application.sessions.glob("*.json")}
    return {
        name: f"{each.st_uid}:{each.st_gid} {stat.filemode(each.st_mode)}"
        for name, each in found.items()
    }


def _content(application: Application, path: Path) -> str:
    if path.is_symlink():
        return "a link"
    if path.is_dir():
        return "a directory"
    content = path.read_bytes().replace(str(application.folder).encode(), _OWN_FOLDER)
    backup = path.with_name(f"{path.name}.bak")
    if backup.is_file() and backup.read_bytes() == content:
        return "the bytes of its backup"
    return _digest(_ordered(content))


def _ordered(content: bytes) -> bytes:
    """Give the keys of a session one order: the application does not mind another."""
    try:
        return json.dumps(json.loads(content), sort_keys=True).encode()
    except ValueError:
        return content


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _json(ending: tuple[int, str]) -> tuple[int, Any]:
    code, said = ending
    try:
        return code, json.loads(said)
    except ValueError:
        return code, said


def _put(application: Application, damaged: Path) -> None:
    shutil.rmtree(application.state, ignore_errors=True)
    # Only `cp` keeps the owners.
    subprocess.run(["cp", "-a", damaged, application.state], check=True)  # noqa: S607


def _delete(server: Server, session_id: str) -> int:
    return server.post("/api/session/delete", {"session_id": session_id})[0]


def _with_word(state: Path, session_id: str) -> list[str]:
    word = roles.word(session_id).encode()
    paths = (path for path in state.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(str(path.relative_to(state)) for path in paths if word in path.read_bytes())


def _sessions(server: Server, sessions: Path) -> dict[str, Any]:
    """Load every session through the application, also those that are not in its list."""
    stems = {path.name.partition(".json")[0] for path in sessions.iterdir()}
    ids = sorted({*roles.ALL, *roles.ONLY_IN_DATABASE, *stems, "another-id"})
    return {session_id: _session(server, session_id) for session_id in ids}


def _session(server: Server, session_id: str) -> Any:
    status, said = server.get(f"/api/session?session_id={urllib.parse.quote(session_id)}")
    session = said.get("session")
    if not isinstance(session, dict):
        return {"status": status, "error": said.get("error")}
    messages = session.get("messages", [])
    digest = _digest(json.dumps(messages, sort_keys=True).encode())
    return {"status": status, "messages": len(messages), "digest": digest}


def _index(application: Application) -> Any:
    try:
        return json.loads((application.sessions / "_index.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        return type(error).__name__


def _without(answer: tuple[int, Any]) -> dict[str, Any]:
    status, said = answer
    kept = {key: value for key, value in said.items() if key not in _OF_THIS_RUN}
    return {"code": status, **kept}


def _reported(answer: tuple[int, Any]) -> dict[str, Any]:
    """Leave out what follows from the items, if it does."""
    status, said = answer
    return {"code": status, "said": _without_what_follows(said)}


def _without_what_follows(report: Any) -> Any:
    if not isinstance(report, dict):
        return report
    inner = {key: _without_what_follows(value) for key, value in report.items()}
    if "items" in report and _sums_up(report):
        inner["status"] = "as the items say"
        inner["summary"] = {"ok": report["summary"]["ok"]}
    return inner


def _sums_up(report: dict[str, Any]) -> bool:
    counts = Counter(item.get("category") for item in report["items"])
    summary = report["summary"]
    unsafe, repairable = counts["unsafe_to_repair"], counts["repairable"]
    status = "needs_manual_review" if unsafe else "warn" if repairable else "ok"
    counted = (unsafe, repairable, status)
    return counted == (
        summary.get("unsafe_to_repair"),
        summary.get("repairable"),
        report["status"],
    )
