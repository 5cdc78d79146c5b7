"""Waiting for what other threads and processes do: always for the whole of what is asserted afterwards."""

import asyncio
import time

LONGEST = 60.0  # seconds: a busy machine is slow, and only a fault waits so long


def waited_for(holds, pause: float = 0.05):
    """What `holds` returns once it is true.

    >>> waited_for(lambda: 7)
    7
    """
    end = time.monotonic() + LONGEST
    while not (found := holds()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(pause)
    return found


async def awaited(holds) -> None:
    """The same in a loop that goes on meanwhile."""
    async with asyncio.timeout(LONGEST):
        while not holds():
            await asyncio.sleep(0.02)
