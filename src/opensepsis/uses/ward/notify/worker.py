"""The worker that empties the outbox: a thread for each channel, tries with growing pauses, dead letters at the end.

A letter is marked as sent after the other side has taken it, so a crash between the two sends it twice, never not at all.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic
from typing import Protocol

from opensepsis.uses.ward.model.clock import SECOND, Clock, WallClock
from opensepsis.uses.ward.model.transitions import AlertState, Transition
from opensepsis.uses.ward.notify.http import Undelivered
from opensepsis.uses.ward.notify.receiver_answer import ReceiverAnswer
from opensepsis.uses.ward.store import Store, outbox
from opensepsis.uses.ward.store.commit import AlertRoute

logger = logging.getLogger("opensepsis.ward.delivery")


class Channel(Protocol):
    """Someone who is told of alerts."""

    @property
    def name(self) -> str:
        """What the site calls it."""
        ...

    @property
    def states(self) -> frozenset[AlertState]:
        """The states of an alert that it is told of."""
        ...

    def send(self, transition: Transition, history: tuple[Transition, ...]) -> ReceiverAnswer | None:
        """Returns when it has arrived, with what was answered about the alert, if anything; Undelivered otherwise."""


Answered = Callable[[str, Transition, ReceiverAnswer], None]  # told of the answer of a channel to a change


def _unheard(channel: str, transition: Transition, answer: ReceiverAnswer) -> None:
    """For who does not listen to answers."""


@dataclass(frozen=True)
class Patience:
    """How often a letter is tried before it is dead, and the pauses between, in seconds: doubled up to the longest."""

    tries: int = 20
    first: float = 1.0
    longest: float = 300.0

    def pause(self, tries: int) -> float:
        """The pause after so many tries.

        >>> [Patience().pause(tries) for tries in (1, 2, 3, 20)]
        [1.0, 2.0, 4.0, 300.0]
        """
        return min(self.longest, self.first * 2.0 ** min(tries - 1, 60))


def outlets(channels: Sequence[Channel]) -> tuple[AlertRoute, ...]:
    """What the store must know of the channels."""
    return tuple(AlertRoute(channel.name, channel.states) for channel in channels)


def deliver(
    store: Store,
    channel: Channel,
    now: int,
    patience: Patience,
    limit: int = 100,
    may_send: Callable[[], bool] = lambda: True,
    on_answer: Answered = _unheard,
) -> int:
    """Tries what is due for a channel; how many letters arrived. After a failure the same alert's later changes wait.

    What is answered about an alert is taken before the letter counts as sent: after a crash between it is sent and answered again.
    """
    arrived = 0
    held = set()
    for letter in outbox.due(store.database, channel.name, now, limit):
        alert = (letter.transition.patient, letter.transition.alert)
        if alert in held:
            continue
        if not may_send():
            break
        try:
            answer = channel.send(letter.transition, outbox.history(store.database, letter.transition))
            if answer:
                on_answer(channel.name, letter.transition, answer)
        except Undelivered as problem:
            held.add(alert)
            _failed(store, letter, str(problem), now, patience)
        except Exception as problem:  # a fault of a channel must not stop the others' letters
            held.add(alert)
            _failed(store, letter, type(problem).__name__, now, patience)
        else:
            outbox.sent(store.database, letter, now, answer.problem if answer else "")
            arrived += 1
    return arrived


def _failed(store: Store, letter: outbox.OutboxItem, words: str, now: int, patience: Patience) -> None:
    tries = letter.tries + 1
    again = now + int(patience.pause(tries) * SECOND) if tries < patience.tries else None
    outbox.failed(store.database, letter, words, again)
    outcome = "will be retried" if again else "is now a dead letter"
    logger.warning("Channel %s: try %d failed (%s); the letter %s", letter.outlet, tries, words, outcome)


class Delivery:
    """Delivers until it is closed. `wake` says that there is something new; `may_send` whether this ward has the say now."""

    def __init__(
        self,
        store: Store,
        channels: Sequence[Channel],
        patience: Patience | None = None,
        clock: Clock | None = None,
        may_send: Callable[[], bool] = lambda: True,
        on_answer: Answered = _unheard,
    ):
        self.store, self.may_send, self.on_answer = store, may_send, on_answer
        self.channels = tuple(channels)
        self.patience = patience or Patience()
        self.clock = clock or WallClock()
        self._closed = False
        self._news = {channel.name: Event() for channel in channels}
        self._threads = [
            Thread(target=self._run, args=(channel,), name=f"ward-delivery-{channel.name}", daemon=True)
            for channel in channels
        ]

    def start(self) -> "Delivery":
        """Starts the threads."""
        for thread in self._threads:
            thread.start()
        return self

    def wake(self) -> None:
        """There may be something new to send."""
        for news in self._news.values():
            news.set()

    def close(self, patience: float = 1.0) -> None:
        """Ends after the tries that are under way, or after `patience` seconds: what was not finished then will be retried."""
        self._closed = True
        self.wake()
        end = monotonic() + patience
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, end - monotonic()))

    def _run(self, channel: Channel) -> None:
        news = self._news[channel.name]
        while not self._closed:
            news.clear()
            try:
                now = self.clock.now()
                arrived = deliver(
                    self.store,
                    channel,
                    now,
                    self.patience,
                    may_send=self.may_send,
                    on_answer=self.on_answer,
                )
            except Exception as problem:  # the database is away for a moment
                logger.error("Channel %s: %s", channel.name, type(problem).__name__)
                arrived = 0
            if not arrived:
                news.wait(0.5)
