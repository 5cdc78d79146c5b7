"""The ward's clock: of the wall, or a day that is played again at any speed, or set by hand. Whole microseconds (UTC)."""

import asyncio
import time
from threading import Lock
from time import monotonic_ns, time_ns
from typing import Protocol

SECOND = 1_000_000


STEP = SECOND  # a correction of the machine's clock up to this is followed
SLOWER = 15  # sixteenths of a second in a second: an hour is made up for in sixteen


class Clock(Protocol):
    """Something that tells the time of the ward."""

    def now(self) -> int:
        """The moment it is in the ward."""
        ...

    def jump(self) -> int:
        """By how much the machine's clock is ahead of the ward's own, which does not follow a jump; 0 while they agree."""
        ...

    async def until(self, moment: int) -> None:
        """Returns when the moment has come, at once if it has passed."""
        ...


def _since_boot() -> int:
    """Nanoseconds that no setting of the clock changes; those of a sleeping machine count where the system can say."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)  # Linux
    return monotonic_ns() if boot is None else time.clock_gettime_ns(boot)


class WallClock:
    """The time of the machine, as far as its clock can be believed.

    A small correction is followed, though never backwards. After a jump of more than a second the time goes on by the clock that
    nobody sets, until the two agree again; `jump` says by how much they differ. While the machine is behind the time that it already
    was, here or in an earlier process, the time goes on a little more slowly: what is due comes, and the two will agree.
    """

    def __init__(self):
        self._lock = Lock()
        self._read = _since_boot()
        self._ahead = time_ns() - self._read  # of the wall's clock before the one that nobody sets
        self._last = 0  # nanoseconds

    def no_earlier_than(self, moment: int) -> None:
        """It was this moment already, before this process began."""
        with self._lock:
            self._last = max(self._nanoseconds(), moment * 1000)

    def now(self) -> int:
        """The moment it is; never earlier than it was."""
        with self._lock:
            return self._nanoseconds() // 1000

    def _nanoseconds(self) -> int:
        boot = _since_boot()
        ahead = time_ns() - boot
        if abs(ahead - self._ahead) <= STEP * 1000:
            self._ahead = ahead
        if self._last - (boot + self._ahead) > STEP * 1000:
            self._last += (boot - self._read) * SLOWER // 16
        self._last, self._read = max(self._last, boot + self._ahead), boot
        return self._last

    def jump(self) -> int:
        """By how much the machine's clock is ahead, in microseconds; 0 while it can be believed."""
        with self._lock:
            off = time_ns() - self._nanoseconds()
        return off // 1000 if abs(off) > STEP * 1000 else 0

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

    def jump(self) -> int:
        """0: no setting of the machine's clock changes it."""
        return 0

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

    def jump(self) -> int:
        """0: it is set by hand."""
        return 0

    async def until(self, moment: int) -> None:
        """Returns when it has been set to the moment or later."""
        while self._now < moment:
            await self._set.wait()
