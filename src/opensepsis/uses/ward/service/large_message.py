"""A message so large that reading it takes seconds: read beside the others, and taken in slices between them."""

from collections.abc import Callable
from threading import Thread

from opensepsis.data.decode.facts import Problem
from opensepsis.uses.ward.model.facts import Fact
from opensepsis.uses.ward.model.messages import Message

LARGE = 200_000  # bytes
AT_ONCE = 500  # facts


class LargeMessage:
    """Facts of one message, as soon as they are read; `taken` of them are in the log already."""

    def __init__(
        self,
        message: Message,
        read: Callable[[Message], tuple[tuple[Fact, ...], tuple[Problem, ...]]],
        taken: int,
        when_read: Callable[[], None],
    ):
        self.message, self.taken = message, taken
        self.facts: tuple[Fact, ...] = ()
        self.problems: tuple[Problem, ...] = ()
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

    def next(self) -> tuple[tuple[Fact, ...], bool]:
        """The next facts, and whether they are the last."""
        some = self.facts[self.taken : self.taken + AT_ONCE]
        self.taken += len(some)
        return some, self.taken >= len(self.facts)


def some_of(messages: list[Message]) -> list[Message]:
    """The first messages that together are not large; one at least."""
    size = 0
    for place, message in enumerate(messages):
        size += len(message.raw)
        if size > LARGE:
            return messages[: max(1, place)]
    return messages
