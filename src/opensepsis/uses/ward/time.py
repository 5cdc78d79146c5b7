"""The ward's clock: of the wall, or a day that is played again at any speed, or set by hand. Whole microseconds (UTC)."""

import asyncio
from time import monotonic_ns, time_ns
from typing import Protocol

SECOND = 1_000_000


class Clock(Protocol):
    """Something that tells the time of the ward."""

    def now(self) -> int:
        """The moment it is in the ward."""

    async def until(self, moment: int) -> None:
        """Returns when the moment has come, at once if it has passed."""


class WallClock:
    """The time of the machine."""

    def now(self) -> int:
        """The moment it is."""
        return time_ns() // 1000

    async def until(self, moment: int) -> None:
        """Returns when the moment has come."""
        while (left := moment - self.now()) > 0:
            await asyncio.sleep(min(left / SECOND, 60))


class RunningClock:
    """Starts at a moment and runs `factor` times as fast as the wall's."""

    def __init__(self, start: int, factor: float = 1.0):
        self.start = start
        self.factor = factor
        self._since = monotonic_ns()

    def now(self) -> int:
        """The moment it is in the day that is played."""
        return self.start + int((monotonic_ns() - self._since) * self.factor) // 1000

    async def until(self, moment: int) -> None:
        """Returns when the moment has come."""
        while (left := moment - self.now()) > 0:
            await asyncio.sleep(min(left / self.factor / SECOND, 60))


class HandClock:
    """Stands until it is set; for tests, and for playing as fast as it goes.

    >>> clock = HandClock(5)
    >>> clock.set(7)
    >>> clock.now()
    7
    """

    def __init__(self, start: int = 0):
        self._now = start
        self._set = asyncio.Event()

    def now(self) -> int:
        """The moment it was set to."""
        return self._now

    def set(self, moment: int) -> None:
        """Sets it forward; it never goes back."""
        self._now = max(self._now, moment)
        self._set.set()
        self._set = asyncio.Event()

    async def until(self, moment: int) -> None:
        """Returns when it has been set to the moment or later."""
        while self._now < moment:
            await self._set.wait()
