"""The sum of a sweep in parts: what the listing tells, and what each part did."""

from collections.abc import Iterable

from session_recovery.answers import Entry, Error, Outcome, Summary


class Sweep:
    """What a sweep did until now."""

    def __init__(self, listing: Iterable[Entry]) -> None:
        self._scanned = 0
        self._restored = 0
        self._sessions: list[Outcome] = []
        self._orphans: list[str] = []
        self._oddities: list[Error] = []
        for entry in listing:
            self._add_entry(entry)

    def add(self, part: Summary) -> None:
        """Add what was done about some of the sessions."""
        self._restored += part.restored
        self._sessions += part.sessions
        self._orphans += part.orphans
        self._oddities += part.oddities

    def summary(self) -> Summary:
        """Sum up."""
        return Summary(
            scanned=self._scanned,
            restored=self._restored,
            sessions=tuple(self._sessions),
            orphans=tuple(self._orphans),
            oddities=tuple(self._oddities),
        )

    def _add_entry(self, entry: Entry) -> None:
        self._scanned += entry.live
        if entry.is_pair:
            return
        if entry.oddity is not None:
            self._oddities.append(entry.oddity)
        elif entry.session_id is not None and entry.backup:
            self._orphans.append(entry.session_id)
