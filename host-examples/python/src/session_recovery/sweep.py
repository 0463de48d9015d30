"""A sweep: many sessions, some at a time, with one listing of the directory for all of them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import NoneType

from wasmtime.component import ResourceAny

from session_recovery import wit
from session_recovery.access import Access
from session_recovery.answers import Error, Outcome, Summary
from session_recovery.directory import Directory
from session_recovery.errors import SessionRecoveryError
from session_recovery.run import Options, Run
from session_recovery.sandbox import Instance

# Modes and owners are set after each step, so a process that is killed leaves at most so many
# files without them.
SESSIONS_A_STEP = 32


@dataclass(frozen=True, slots=True)
class Watch:
    """What its caller sees of a sweep, and how it ends one."""

    tell: Callable[[int, int], object]
    is_stopped: Callable[[], bool]


@dataclass(slots=True)
class Sweep:
    """What a sweep did until now."""

    directory: Directory
    run: Run
    options: Options
    watch: Watch
    known: list[str] | None = None
    _after: str | None = None
    _outcomes: dict[str, Outcome] = field(default_factory=dict)
    # Contested sessions come again with the last ones.
    _accesses: dict[str, Access | None] = field(default_factory=dict)
    # The sessions at hand; and how many more are taken one by one, because a step failed.
    _step: list[str] = field(default_factory=list)
    _singly: int = 0

    @property
    def outcomes(self) -> list[Outcome]:
        """What was done until now, also from another thread, by file name."""
        return sorted(self._outcomes.values(), key=lambda each: f"{each.status.session_id}.json")

    def complete(self) -> Summary:
        """Go through all sessions, in as many attempts as that takes."""
        while True:
            try:
                return self._attempt()
            except SessionRecoveryError as error:
                if not self._step:
                    raise
                self._leave_out(error.error)

    def _leave_out(self, error: Error) -> None:
        """Go on behind a session that has no answer; of several, find out which one it is."""
        if len(self._step) > 1:
            self._singly = len(self._step)
        else:
            (session_id,) = self._step
            self._outcomes[session_id] = Outcome.unanswered(session_id, error)
            self._end_step()
        self._step = []

    def _attempt(self) -> Summary:
        component = self.run.instance(self.options)
        start, options = "[static]sweep.start", set(self.options)
        sweep = component.call(ResourceAny, start, self.known, self._after, options)
        self._go_on(component, sweep)
        return self._summary(component.call(Summary, "[static]sweep.finish", sweep))

    def _go_on(self, component: Instance, sweep: ResourceAny) -> None:
        total = component.call(int, "[method]sweep.total", sweep)
        while True:
            self.watch.tell(component.call(int, "[method]sweep.done", sweep), total)
            most = 1 if self._singly else SESSIONS_A_STEP
            ids = component.call(list[str], "[method]sweep.upcoming", sweep, most)
            if not ids or self.watch.is_stopped():
                return
            self._step = ids
            self._take_step(component, sweep)
            self._end_step()

    def _take_step(self, component: Instance, sweep: ResourceAny) -> None:
        ours: dict[str, Access | None] = {}
        sources = self.run.sources_of_missing(self._step, self.options)
        for session_id in self._step:
            access, refusal = self._access_to_keep(session_id, sources.get(session_id))
            if refusal is None:
                ours[session_id] = access
            else:
                why = wit.lower(refusal)
                component.call(NoneType, "[method]sweep.withhold", sweep, session_id, why)
        self._accesses |= ours
        with self.run.passing_on(ours):
            most = len(self._step)
            done = component.call(list[Outcome], "[method]sweep.next", sweep, most)
        for outcome in self.run.with_accesses(done, self._accesses):
            self._outcomes[outcome.status.session_id] = outcome

    def _end_step(self) -> None:
        self._after = self._step[-1]
        self._singly = max(0, self._singly - len(self._step))
        self._step = []

    def _access_to_keep(
        self, session_id: str, source: str | None
    ) -> tuple[Access | None, Error | None]:
        try:
            access = self.directory.access_of(session_id, source)
            return access, self.run.refusal(session_id, access)
        except SessionRecoveryError as unknown:
            return None, unknown.error

    def _summary(self, last: Summary) -> Summary:
        """Sum up: the component knows neither other attempts, nor of modes and owners."""
        outcomes = {each.status.session_id: each for each in last.sessions} | self._outcomes
        by_file_name = sorted(outcomes.values(), key=lambda each: f"{each.status.session_id}.json")
        restored = sum(each.is_restored for each in by_file_name)
        return replace(last, restored=restored, sessions=tuple(by_file_name))
