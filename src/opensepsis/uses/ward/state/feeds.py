"""Which feeds tell of which concepts, and up to when each of them was heard. Times are whole microseconds (UTC)."""

from collections.abc import Mapping

from opensepsis.uses.ward.model.facts import Charted, Entry


class Feeds:
    """The feeds that ought to speak: `limits` says how long each may say nothing before it counts as silent.

    >>> feeds = Feeds({"lab": 10})
    >>> feeds.hear(Entry(1, 1, 5, None, "lab")), feeds.hear(Entry(2, 2, 16, None, "lab"))
    (False, True)
    """

    def __init__(self, limits: Mapping[str, int]):
        self.limits = limits
        self.last: dict[str, int] = {}
        self.tellers: dict[str, set[str]] = {}

    def hear(self, entry: Entry) -> bool:
        """Takes note of a sign of life; True when the feed had been silent."""
        limit = self.limits.get(entry.feed)
        if limit is None:
            return False
        if isinstance(entry.fact, Charted):
            self.tellers.setdefault(entry.fact.event.concept, set()).add(entry.feed)
        before = self.last.get(entry.feed, entry.received)
        self.last[entry.feed] = entry.received
        return entry.received - before > limit

    def alive_until(self) -> dict[str, int] | None:
        """Up to when the feeds that ever told of a concept count as alive; None when no feed has a limit."""
        if not self.limits:
            return None
        return {name: max(self._alive_until(f) for f in feeds) for name, feeds in self.tellers.items()}

    def next_silence(self, after: int) -> int | None:
        """When the next feed falls silent unless it speaks before."""
        ends = (self._alive_until(feed) + 1 for feed in self.last)
        return min((end for end in ends if end > after), default=None)

    def _alive_until(self, feed: str) -> int:
        return self.last[feed] + self.limits[feed]
