"""The differences that the package's README documents: every other one is a fault."""

import re
from dataclasses import dataclass

from app.differences import Difference


@dataclass(frozen=True)
class Expected:
    """A sentence of the README, and which differences it is about."""

    sentence: str
    pattern: str

    def is_about(self, difference: Difference) -> bool:
        """Tell whether a difference is the one that the sentence documents."""
        return re.search(self.pattern, difference.line) is not None


EXPECTED: tuple[Expected, ...] = ()


def about(difference: Difference) -> Expected | None:
    """Give the sentence that documents a difference."""
    return next((each for each in EXPECTED if each.is_about(difference)), None)
