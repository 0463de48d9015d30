"""The report component: it reads a command line, and puts answers in words and in JSON.

It imports nothing, so it can do nothing else. All calls of the process share one instance.
"""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from wasmtime import Config, Engine, Store, WasmtimeError
from wasmtime.component import Component, Func, Linker, Variant

from session_recovery import reserve, streams, wit
from session_recovery.answers import ErrorCode
from session_recovery.errors import SessionRecoveryError
from session_recovery.private_thread import within

_COMPONENT = os.path.join(os.path.dirname(__file__), "session-recovery-report.wasm")
_REPORT = "session-recovery:api/report@0.3.0"
_COMMAND_LINE = "session-recovery:api/command-line@0.3.0"
# The longest report takes some seconds; wasmtime itself may hang where it cannot start a thread.
_SECONDS = 60
_ROOM_TO_GROW = 64 << 20


@dataclass(frozen=True, slots=True)
class Question:
    """The operation that gave an answer, and how it was asked."""

    kind: str
    dry_run: bool = False
    check: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Where a text is shown."""

    width: int | None = None
    escapes: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """An answer, ready to be printed."""

    output: str
    diagnostics: tuple[str, ...]
    exit_code: int


class Task(Protocol):
    """What is to be done. The payload is a session's name, `Chosen`, `Shown` or nothing."""

    tag: str
    payload: Any


class Chosen(Protocol):
    """A session as its user names it, and one of its sources."""

    session: str
    source: str | None


class Shown(Protocol):
    """What to show of a source: the window has how many messages."""

    of: Chosen
    window: object


@dataclass(frozen=True, slots=True)
class Command:
    """What was asked for on a command line."""

    tasks: list[Task]
    options: set[str]
    json: bool
    check: bool
    sessions: str
    missing_ok: bool
    accept_owner: bool
    max_memory: int
    max_time: int


class UsageError(Exception):
    """The arguments are wrong; its text says how, in lines for standard error."""


def parse(arguments: list[str], read_input: Callable[[], str] = streams.taken_in) -> Command | str:
    """Read a command line: to what is to be done, or to the help or the version.

    If the arguments say that standard input lists the sessions, it is read, too.
    """
    value = _parsed(arguments)
    if value is None:
        value = _parsed(arguments, read_input())
    return value if isinstance(value, str) else wit.lift(Command, value)


def _parsed(arguments: list[str], standard_input: str | None = None) -> Any:  # noqa: ANN401 (as below)
    is_understood, value = _call(_COMMAND_LINE, "parse", arguments, standard_input)
    if not is_understood:
        raise UsageError(value)
    return value


def json(question: Question, answer: object) -> Report:
    """Put an answer as one JSON document on one line."""
    return _report("json", wit.lower(question), wit.in_json(answer))


def text(question: Question, answer: object, page: Page) -> Report:
    """Put an answer in words."""
    return _report("text", wit.lower(question), wit.in_json(answer), wit.lower(page))


def _report(function: str, *arguments: object) -> Report:
    is_report, value = _call(_REPORT, function, *arguments)
    return wit.lift(Report, value) if is_report else _fail(value)


def _call(interface: str, function: str, *arguments: object) -> tuple[bool, Any]:
    """Call a function and open its `result`. A plain string is the failure of a report."""

    def call() -> Any:  # noqa: ANN401 (wasmtime's values have no types)
        with _shared.lock:
            return _shared.instance().call(interface, function, *arguments)

    try:
        value = within(_SECONDS, call)
    except WasmtimeError as error:
        _fail(error)
    if isinstance(value, Variant):
        return value.tag == "ok", value.payload
    return not isinstance(value, str), value


def _fail(cause: object) -> NoReturn:
    message = f"The report component failed: {cause}"
    remedy = "Install the package again. Report it if it happens again."
    raise SessionRecoveryError(ErrorCode.OTHER, message, remedy) from None


class _Instance:
    """The component, compiled and started."""

    def __init__(self) -> None:
        config = Config()
        # A text is soon written: to compile for speed, or in many threads, takes longer.
        config.cranelift_opt_level = "none"
        config.parallel_compilation = False
        config.memory_reservation = 0
        # Without a number wasmtime reserves 2 GiB to grow into, which not every process has.
        config.memory_reservation_for_growth = _ROOM_TO_GROW
        config.memory_init_cow = False
        with suppress(WasmtimeError):
            # Without a cache directory every start compiles; that is no reason to fail.
            config.cache = True
        engine = Engine(config)
        self._store = Store(engine)
        with open(_COMPONENT, "rb") as file:
            component = Component(engine, file.read())
        self._exports = Linker(engine).instantiate(self._store, component)

    def call(self, interface: str, name: str, *arguments: object) -> object:
        """Call a function of an interface."""
        return self._function(interface, name)(self._store, *arguments)

    def _function(self, interface: str, name: str) -> Func:
        exported = self._exports.get_export_index(self._store, interface)
        index = self._exports.get_export_index(self._store, name, exported)
        function = None if index is None else self._exports.get_func(self._store, index)
        if function is None:
            raise WasmtimeError(f"it has no function {name}")
        return function


class _Shared:
    """The process's instance, started when it is needed first."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._instance: _Instance | None = None
        os.register_at_fork(after_in_child=self._after_fork)

    def instance(self) -> _Instance:
        if self._instance is None:
            reserve.report().require()
            try:
                self._instance = _Instance()
            except (OSError, RuntimeError) as error:
                _fail(error)
        return self._instance

    def _after_fork(self) -> None:
        self.lock = threading.Lock()


_shared = _Shared()
