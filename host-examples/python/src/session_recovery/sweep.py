"""The sum of a sweep in parts: what the listing tells, and what each part did."""

from session_recovery.answers import Error, Outcome, Summary
from session_recovery.listing import Listing


class Sweep:
    """What a sweep did until now."""

    def __init__(self, listing: Listing | None = None) -> None:
        self._scanned = 0 if listing is None else listing.scanned
        self._restored = 0
        self._sessions: list[Outcome] = []
        self._orphans: list[str] = []
        self._oddities: list[Error] = [] if listing is None else list(listing.oddities)

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
