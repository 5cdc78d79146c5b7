"""How much may come from whom: requests by name, connections by address."""

from collections import Counter
from collections.abc import Callable, Sequence
from ipaddress import ip_address, ip_network
from time import monotonic

from opensepsis.errors import OutputError

MOST_NAMES = 10_000
MOST_FEEDS = 1_000


class Recent:
    """The names that were noted last, up to so many.

    >>> recent = Recent(most=1)
    >>> recent.add("a"), recent.add("b"), "a" in recent, "b" in recent
    (None, None, False, True)
    """

    def __init__(self, most: int = MOST_NAMES):
        self.most = most
        self._names: dict[str, None] = {}

    def add(self, name: str) -> None:
        """Notes a name."""
        self._names[name] = None
        if len(self._names) > self.most:
            self._names.pop(next(iter(self._names)), None)

    def discard(self, name: str) -> None:
        """Forgets a name."""
        self._names.pop(name, None)

    def __contains__(self, name: str) -> bool:
        return name in self._names


class Buckets:
    """So much at once and so much a second, by name.

    >>> buckets = Buckets()
    >>> [buckets.wait("ada", 1.0, 2.0, now) for now in (0.0, 0.0, 0.0, 1.0)]
    [0.0, 0.0, 1.0, 0.0]
    """

    def __init__(self):
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, name: str, rate: float, burst: float, now: float | None = None) -> float:
        """Takes one of a name and gives 0; how many seconds to wait when there is none."""
        now = monotonic() if now is None else now
        left, then = self._left.get(name, (burst, now))
        left = min(burst, left + (now - then) * rate)
        if left < 1:
            self._left[name] = left, now
            return (1 - left) / rate
        self._left[name] = left - 1, now
        if len(self._left) > MOST_NAMES:  # the longest silent ones are full again
            oldest = sorted(self._left, key=lambda n: self._left[n][1])
            for one in oldest[: MOST_NAMES // 2]:
                del self._left[one]
        return 0.0


def in_networks(named: Sequence[str]) -> Callable[[str], bool]:
    """Whether an address is one of these or in one of these networks; OutputError for what is neither.

    >>> [in_networks(("10.0.0.0/8",))(address) for address in ("10.1.2.3", "192.0.2.1", "testclient")]
    [True, False, False]
    """
    try:
        networks = [ip_network(name) for name in named]
    except ValueError as problem:
        raise OutputError(
            "--trusted-proxy takes an address or a network, such as 10.1.2.3 or 10.1.0.0/16."
        ) from problem

    def holds(address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in networks)
        except ValueError:
            return False

    return holds


class Connections:
    """How many connections there are, by address. Some are kept for addresses from which feeds have sent.

    >>> two = Connections(most=2, of_address=1, for_feeds=1)
    >>> two.came("a"), two.came("a"), two.came("b")
    (True, False, False)
    >>> two.feeds.add("b")
    >>> two.came("b")
    True
    """

    def __init__(
        self, most: int, of_address: int, for_feeds: int, is_proxy: Callable[[str], bool] = lambda a: False
    ):
        self.most, self.of_address, self.for_feeds, self.is_proxy = most, of_address, for_feeds, is_proxy
        self.open: Counter[str] = Counter()
        self.feeds = Recent(MOST_FEEDS)

    def came(self, address: str) -> bool:
        """Counts a new connection; False when there may not be another."""
        trusted = address in self.feeds or self.is_proxy(address)
        if self.open.total() >= self.most - (0 if trusted else self.for_feeds):
            return False
        if self.open[address] >= self.of_address and not self.is_proxy(address):
            return False
        self.open[address] += 1
        return True

    def went(self, address: str) -> None:
        """A connection that was counted has ended."""
        self.open[address] -= 1
        if not self.open[address]:
            del self.open[address]
