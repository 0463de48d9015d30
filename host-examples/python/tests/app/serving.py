"""Runs the application: its server, and its programs."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

_PATIENCE = 60


@dataclass(frozen=True)
class Application:
    """A copy of the application, with one of the two modules, and where its state is."""

    folder: Path
    state: Path
    # What stands before its command lines.
    before: tuple[str, ...] = ()

    @property
    def sessions(self) -> Path:
        """The session directory."""
        return self.state / "webui" / "sessions"

    @property
    def database(self) -> Path:
        """The database beside it."""
        return self.state / "state.db"

    def run(self, module: str, *words: str) -> tuple[int, str]:
        """Run one of its programs, or one of ours inside it: its exit code, and what it prints."""
        ours = Path(__file__).parents[1]
        run = subprocess.run(
            [*self.before, sys.executable, "-m", module, *words],
            cwd=self.folder,
            env={**self._environment(), "PYTHONPATH": str(ours)},
            capture_output=True,
            text=True,
            check=False,
        )
        return run.returncode, run.stdout or run.stderr

    @contextlib.contextmanager
    def serving(self) -> Iterator["Server"]:
        """Start its server, wait until it answers, and stop it as an operator does."""
        port = _free_port()
        log = self.state.parent / "console.txt"
        environment = {**self._environment(), "HERMES_WEBUI_PORT": str(port)}
        with log.open("w", encoding="utf-8") as console:
            process = subprocess.Popen(
                [*self.before, sys.executable, "server.py"],
                cwd=self.folder,
                env=environment,
                stdout=console,
                stderr=subprocess.STDOUT,
            )
        server = Server(port, log)
        try:
            server.wait(process)
            yield server
        finally:
            process.terminate()
            process.wait(_PATIENCE)

    def _environment(self) -> dict[str, str]:
        """Give nothing of the caller's, and no way to the network."""
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ}
        home = str(self.state)
        return {
            **kept,
            "HOME": home,
            "HERMES_HOME": home,
            "HERMES_BASE_HOME": home,
            "HERMES_CONFIG_PATH": f"{home}/config.yaml",
            "HERMES_WEBUI_STATE_DIR": f"{home}/webui",
            "HERMES_WEBUI_DEFAULT_WORKSPACE": f"{home}/workspace",
            "HERMES_WEBUI_HOST": "127.0.0.1",
            "HERMES_WEBUI_PASSWORD": "",
            "HERMES_WEBUI_TEST_NETWORK_BLOCK": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
        }


@dataclass(frozen=True)
class Server:
    """The application's server, while it runs."""

    port: int
    log: Path

    def wait(self, process: "subprocess.Popen[bytes]") -> None:
        """Wait until it answers."""
        end = time.monotonic() + _PATIENCE
        while process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(OSError):
                self.get("/health")
                return
            time.sleep(0.02)
        raise RuntimeError(f"the server does not answer:\n{self.log.read_text('utf-8')}")

    def get(self, path: str) -> tuple[int, Any]:
        """Give the status and the answer to a question."""
        return self._ask("GET", path)

    def post(self, path: str, body: dict[str, object]) -> tuple[int, Any]:
        """Give the status and the answer to an order."""
        return self._ask("POST", path, json.dumps(body))

    def said_about_recovery(self) -> list[str]:
        """Give the lines on the console that the recovery is meant to print."""
        lines = self.log.read_text("utf-8").splitlines()
        return [line for line in lines if line.startswith("[recovery]")]

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
        with contextlib.closing(
            HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        ) as connection:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.load(answer)


def _free_port() -> int:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        port: int = any_port.getsockname()[1]
        return port
