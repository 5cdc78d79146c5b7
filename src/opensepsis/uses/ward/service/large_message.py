"""A message so large that reading it takes seconds: read beside the others, and taken in slices between them."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from threading import Thread

from opensepsis.data.decode.facts import Problem
from opensepsis.data.decode.fhir.kept import READ
from opensepsis.uses.ward.model.facts import Charted, Fact, packed
from opensepsis.uses.ward.model.messages import Message

LARGE = 200_000  # bytes
FEWEST, MOST = 25, 500  # facts taken at once
SLICE = 0.1  # seconds that others wait while some are taken
Read = Callable[[Message], tuple[tuple[Fact, ...], tuple[Problem, ...]]]
Noted = Callable[[Message, tuple[Fact, ...]], tuple[Fact, ...]]
_REFERRED_TO = re.compile(rf'"resourceType"\s*:\s*"(?:{"|".join(READ)})"'.encode())


class LargeMessage:
    """Facts of one message, as soon as they are read, without those that are in the log already.

    `holds` says that others of the same feed wait until it is read: a Bundle may tell what they refer to.
    """

    def __init__(self, message: Message, read: Read, logged: Iterable[bytes], when_read: Callable[[], None]):
        self.message = message
        self.facts: tuple[Fact, ...] = ()
        self.problems: tuple[Problem, ...] = ()
        self.holds = message.form == "fhir" and _REFERRED_TO.search(message.raw) is not None
        self._taken, self._noted, self._logged = 0, False, Counter(logged)
        self._at_once = FEWEST
        self._read, self._when_read = read, when_read
        self._thread = Thread(target=self._work, name="ward-large-message", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        self.facts, self.problems = self._read(self.message)
        self._when_read()

    def wait(self) -> None:
        """Returns when it is read."""
        self._thread.join()

    @property
    def is_read(self) -> bool:
        """Whether it is read."""
        return not self._thread.is_alive()

    def note(self, noted: Noted) -> None:
        """Takes note of what it says, once it is read: from now on others of its feed may be read."""
        if self._noted:
            return
        facts = noted(self.message, self.facts)
        # in the order of their times: what comes before all that is there makes everything after it be judged again
        self.facts, self._noted, self.holds = tuple(sorted(facts, key=_moment)), True, False
        if self._logged:
            self.facts = tuple(fact for fact in self.facts if not self._is_logged(fact))

    def _is_logged(self, fact: Fact) -> bool:
        said = packed(fact)
        self._logged[said] -= 1
        return self._logged[said] >= 0

    def next(self) -> tuple[tuple[Fact, ...], bool]:
        """The next facts, and whether they are the last."""
        some = self.facts[self._taken : self._taken + self._at_once]
        self._taken += len(some)
        return some, self._taken >= len(self.facts)

    def took(self, seconds: float) -> None:
        """How long those that came last took: more or fewer come next."""
        fit = int(self._at_once * SLICE / max(seconds, SLICE / 10))
        self._at_once = min(MOST, max(FEWEST, fit))


def _moment(fact: Fact) -> tuple[bool, int]:
    """When a value was measured; all else before it, as it was said."""
    return (True, fact.event.time) if isinstance(fact, Charted) else (False, 0)


def some_of(messages: list[Message]) -> list[Message]:
    """The first messages that together are not large; one at least."""
    size = 0
    for place, message in enumerate(messages):
        size += len(message.raw)
        if size > LARGE:
            return messages[: max(1, place)]
    return messages
