"""How fast a replay goes, and when it stops by itself."""

from dataclasses import dataclass, field
from typing import Literal

StoppedBy = Literal["canary", "failures"]

WINDOW = 200
"""Most letters whose outcome is awaited at a time."""

BURST_SECONDS = 0.2
"""What was not used of the rate is forgotten after so long."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many letters of a replay were sent, and what those came to that have an outcome."""

    sent: int = 0
    replayed: int = 0
    failed: int = 0

    @property
    def in_flight(self) -> int:
        """Sent, outcome unknown."""
        return self.sent - self.replayed - self.failed


@dataclass(frozen=True, slots=True)
class Limits:
    """Send `canary` letters first and go on only if all are handled; stop after so many failures."""

    canary: int | None = None
    failures: int | None = None

    def room(self, progress: Progress) -> int:
        """How many more may be sent now. So few that there cannot be more failures than are allowed."""
        room = WINDOW - progress.in_flight
        if self.failures is not None:
            room = min(room, self.failures - progress.failed - progress.in_flight)
        if self.canary is not None and progress.replayed < self.canary:
            room = min(room, self.canary - progress.sent)
        return max(0, room)

    def stopped_by(self, progress: Progress) -> StoppedBy | None:
        """The limit that ends the replay."""
        if self.canary is not None and progress.failed and progress.sent <= self.canary:
            return "canary"
        if self.failures is not None and progress.failed >= self.failures:
            return "failures"
        return None


@dataclass(slots=True)
class Throttle:
    """At most `rate` letters a second; None is unlimited. Times are seconds of one clock."""

    rate: float | None
    at: float
    tokens: float = field(default=1.0)

    def allowed(self, now: float, wanted: int) -> int:
        """How many of the wanted may go now."""
        if self.rate is None:
            return wanted
        most = max(1.0, self.rate * BURST_SECONDS)
        self.tokens = min(most, self.tokens + (now - self.at) * self.rate)
        self.at = now
        return min(wanted, int(self.tokens))

    def spend(self, count: int) -> None:
        """So many were sent."""
        self.tokens -= count
