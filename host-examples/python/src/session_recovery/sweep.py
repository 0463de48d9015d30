"""The sum of a sweep in parts: what the listing tells, and what each part did."""

from collections.abc import Collection, Iterable

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
        self._oddities += new_among(part.oddities, self._oddities)

    def summary(self) -> Summary:
        """Sum up."""
        return Summary(
            scanned=self._scanned,
            restored=self._restored,
            sessions=tuple(self._sessions),
            orphans=tuple(self._orphans),
            oddities=tuple(self._oddities),
        )


def new_among(oddities: Iterable[Error], told: Collection[Error]) -> list[Error]:
    """Leave out what an earlier part told: some oddities are the directory's, and not a part's."""
    known = set(told)
    return [each for each in oddities if each not in known]
