"""The sandbox: one directory, a fresh store for each call, bounded memory and time."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from math import ceil
from types import NoneType
from typing import Any, TypeVar

from wasmtime import Config, Engine, Store, WasiConfig, WasmtimeError
from wasmtime.component import Component, Func, Linker, Variant

from session_recovery import reserve, wit
from session_recovery.answers import Error, ErrorCode
from session_recovery.directory import Directory
from session_recovery.errors import OutOfMemoryError, OutOfTimeError, SessionRecoveryError
from session_recovery.limits import Limits
from session_recovery.private_thread import goes_on
from session_recovery.runs import RunStart

T = TypeVar("T")

_COMPONENT = os.path.join(os.path.dirname(__file__), "session-recovery.wasm")
_INTERFACE = "session-recovery:api/recovery@0.3.0"
_SECONDS_A_TICK = 0.05
_LARGEST_LIMIT = 1 << 62
_MOST_TABLE_ELEMENTS = 10_000


@dataclass(frozen=True, slots=True)
class Grant:
    """The directory that a call gets, and what it may do with it."""

    directory: Directory
    is_writable: bool
    limits: Limits
    # What it does is written to the history as a part of this run, or not at all.
    run: RunStart | None = None


class _Clock:
    """Lets time pass for an engine while calls run."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._calls = 0
        self._changed = threading.Condition()
        threading.Thread(target=self._tick, name="session-recovery-clock", daemon=True).start()

    @contextmanager
    def running(self) -> Iterator[None]:
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, calls: int) -> None:
        with self._changed:
            self._calls += calls
            self._changed.notify()

    def _tick(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._calls > 0)
            time.sleep(_SECONDS_A_TICK)
            self._engine.increment_epoch()


class _Machine:
    """The compiled component, which all calls of the process share."""

    def __init__(self, component: bytes) -> None:
        config = Config()
        config.epoch_interruption = True
        # The component is optimized: to do so again takes a fifth of the time and gains nothing.
        config.cranelift_opt_level = "none"
        # An image of the memory is a file, which counts against a limit on their sizes.
        config.memory_init_cow = False
        with suppress(WasmtimeError):
            # Without a cache directory every start compiles; that is no reason to fail.
            config.cache = True
        self.engine = Engine(config)
        self.component = Component(self.engine, component)
        self.linker = Linker(self.engine)
        self.linker.add_wasip2()
        self.clock = _Clock(self.engine)

    def store(self, grant: Grant) -> Store:
        """Grant one directory: no environment, no arguments, no standard streams."""
        store = Store(self.engine)
        memory = _in_range(grant.limits.memory)
        # wasmtime limits each memory by itself, so there is to be one alone.
        store.set_limits(memory_size=memory, table_elements=_MOST_TABLE_ELEMENTS, memories=1)
        wasi = WasiConfig()
        wasi.preopen_dir(grant.directory.path_by_handle, "/sessions", grant.is_writable)
        store.set_wasi(wasi)
        return store


def _in_range(limit: float) -> int:
    """Fit a limit into what wasmtime takes: it reads a negative one as none."""
    return ceil(min(max(limit, 0), _LARGEST_LIMIT))


class _Shared:
    """The process's machine, built when it is needed first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._machine: _Machine | None = None
        self._last_end: float | None = None
        self._is_forked = False
        os.register_at_fork(after_in_child=self._after_fork)

    def machine(self) -> _Machine:
        if self._is_forked:
            raise SessionRecoveryError(
                ErrorCode.OTHER,
                "This process was forked from one that had run the component, and lacks its "
                "threads.",
                "Use session_recovery only after the fork, or spawn processes.",
            )
        self._reserve().require()
        with self._lock:
            if self._machine is None:
                self._machine = _built()
            return self._machine

    def require_for_step(self) -> None:
        """Raise an error with a remedy unless the process has what a call of an instance needs."""
        replace(self._reserve(), address_space=reserve.STEP).require()

    def has_run(self) -> None:
        """Take note that a call has come to its end."""
        self._last_end = time.monotonic()

    def _reserve(self) -> reserve.Reserve:
        """Tell what the next call needs; the first one starts all of wasmtime's threads."""
        if self._last_end is None:
            return reserve.start()
        is_soon = time.monotonic() - self._last_end < reserve.SOON
        return reserve.CALL_SOON_AFTER if is_soon else reserve.CALL

    def _after_fork(self) -> None:
        self._is_forked = self._is_forked or self._machine is not None
        self._lock = threading.Lock()


_shared = _Shared()


def _built() -> _Machine:
    try:
        return _Machine(_component())
    except RuntimeError:
        # Somebody else has taken what was free.
        raise reserve.too_few_threads() from None


def _component() -> bytes:
    try:
        with open(_COMPONENT, "rb") as component:
            return component.read()
    except OSError as error:
        raise _failed(f"the package lacks it: {error}", "Install the package again.") from None


class Instance:
    """The component in a store of its own: for one call, or for the calls of a sweep."""

    def __init__(self, grant: Grant) -> None:
        self.grant = grant
        goes_on()
        with _explaining(grant.limits):
            machine = _shared.machine()
            self._clock = machine.clock
            self._store = machine.store(grant)
            self._let_time_begin()
            self._exports = machine.linker.instantiate(self._store, machine.component)
            self._interface = self._exports.get_export_index(self._store, _INTERFACE)
        if grant.run is not None:
            self.call(NoneType, "begin-run", grant.run.name, grant.run.time)

    def call(self, kind: type[T], function: str, *arguments: object) -> T:
        """Run a function of the component, and give its answer as a value of this type."""
        goes_on()
        with _explaining(self.grant.limits):
            _shared.require_for_step()
            self._let_time_begin()
            with self._clock.running():
                result = self._function(function)(self._store, *arguments)
            goes_on()
            _shared.has_run()
            is_answered, value = _opened(result)
            if not is_answered:
                refused = wit.lift(Error, value)
                raise SessionRecoveryError(refused.code, refused.message, refused.remedy)
            return wit.lift(kind, value)

    def _let_time_begin(self) -> None:
        ticks = self.grant.limits.seconds / _SECONDS_A_TICK
        self._store.set_epoch_deadline(_in_range(ticks))

    def _function(self, name: str) -> Func:
        index = self._exports.get_export_index(self._store, name, self._interface)
        function = None if index is None else self._exports.get_func(self._store, index)
        if function is None:
            raise WasmtimeError(f"it has no function {name}")
        return function


def call(grant: Grant, kind: type[T], function: str, *arguments: object) -> T:
    """Run one function of the component in a store of its own."""
    return Instance(grant).call(kind, function, *arguments)


@contextmanager
def _explaining(limits: Limits) -> Iterator[None]:
    try:
        yield
    except UnicodeEncodeError:
        raise _not_unicode() from None
    except WasmtimeError as error:
        raise _explained(error, limits) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _failed(f"its answer is not understood: {error}") from error


def _opened(result: Any) -> tuple[bool, Any]:  # noqa: ANN401 (wasmtime's values have no types)
    """Open a `result`: wasmtime tags it only if its sides have the same Python type."""
    if isinstance(result, Variant):
        return result.tag == "ok", result.payload
    return not hasattr(result, "code"), result


def _explained(error: WasmtimeError, limits: Limits) -> SessionRecoveryError:
    """Tell limits from other failures: wasmtime gives words only."""
    message = str(error)
    if "wasm trap: interrupt" in message:
        return OutOfTimeError(limits.seconds)
    if "mmap failed" in message:
        return reserve.too_few_addresses()
    # Refused memory ends a component written in Rust by `unreachable`.
    if "exceeds memory limits" in message or "`unreachable`" in message:
        return OutOfMemoryError(limits.memory)
    return _failed(message)


def _failed(
    cause: str, remedy: str = "Try again. Report it if it happens again."
) -> SessionRecoveryError:
    return SessionRecoveryError(ErrorCode.OTHER, f"The component failed: {cause}", remedy)


def _not_unicode() -> SessionRecoveryError:
    return SessionRecoveryError(
        ErrorCode.INVALID_SESSION_ID,
        "A session ID is not valid Unicode.",
        "Give the name of a session's file without .json.",
    )
