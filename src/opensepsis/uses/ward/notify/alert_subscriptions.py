"""Tells other systems of changes of alerts, as their Subscriptions ask: at least once, in order, with a heartbeat.

What is told is worked out from the changes in the store, so nothing is lost when the ward ends, and `$events` can say it again.
"""

import logging
from collections.abc import Callable
from itertools import islice
from threading import Event as Flag
from threading import Thread

import orjson

from opensepsis.uses.ward.model.clock import SECOND, Clock
from opensepsis.uses.ward.model.transitions import Transition
from opensepsis.uses.ward.notify.alert_events import Event, Wanted, events, notification, wanted_of
from opensepsis.uses.ward.notify.http import Undelivered, post
from opensepsis.uses.ward.notify.worker import Patience
from opensepsis.uses.ward.store import Store
from opensepsis.uses.ward.store.reader_subscriptions import (
    ACTIVE,
    ERROR,
    REQUESTED,
    ReaderSubscription,
    ReaderSubscriptions,
)

logger = logging.getLogger("opensepsis.ward.delivery")
AT_ONCE = 100  # changes in one notification
LOOK_EVERY = 1.0
JSON = {"Content-Type": "application/fhir+json"}


class AlertSubscriptions:
    """The Subscriptions at work. `base` is the ward's FHIR address; `fits` says whether a resource fits parameters."""

    def __init__(
        self,
        store: Store,
        base: str,
        clock: Clock,
        fits: Callable[[dict, list[tuple[str, str]]], bool],
        may_send: Callable[[], bool] = lambda: True,
        patience: Patience | None = None,
    ):
        self.store, self.base, self.clock, self.fits = store, base.rstrip("/"), clock, fits
        self.kept, self.may_send, self.patience = (
            ReaderSubscriptions(store.database),
            may_send,
            patience or Patience(),
        )
        self._closed, self._news = False, Flag()
        self._thread = Thread(target=self._run, name="ward-alert-subscriptions", daemon=True)

    def start(self) -> None:
        """Tells in a thread of its own until `close`."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to tell."""
        self._news.set()

    def close(self, patience: float = 1.0) -> None:
        """Ends after what is being sent; what was not taken is sent again at the next start."""
        self._closed = True
        self._news.set()
        if self._thread.is_alive():
            self._thread.join(patience)

    def _run(self) -> None:
        while not self._closed:
            self._news.clear()
            try:
                self.tell_all()
            except Exception as problem:  # the database is away for a moment
                logger.error("Subscriptions on alerts: %s", type(problem).__name__)
            self._news.wait(LOOK_EVERY)

    def tell_all(self) -> None:
        """What is due for each Subscription."""
        for one in self.kept.every():
            if self._closed or not self.may_send():
                return
            if one.status != ERROR and one.again <= self.clock.now():
                self._tell(one)

    def _tell(self, one: ReaderSubscription) -> None:
        now, wanted = self.clock.now(), wanted_of(one.said)
        if one.status == REQUESTED:
            if not wanted.by_topic or self._sent(one, wanted, "handshake", []):
                self.kept.note(one.name, status=ACTIVE, tries=0, again=0, sent=now)
            return
        changes = list(islice(self._changes(one.told), AT_ONCE))
        if changes:
            some = list(events(wanted, changes, self._histories(changes), self.fits, one.number))
            if not some or self._sent(one, wanted, "event-notification", some):
                number = some[-1].number if some else one.number
                told = changes[-1][0]
                sent = {"sent": now} if some else {}
                self.kept.note(one.name, told=told, number=number, tries=0, again=0, **sent)
        elif self._is_quiet(one, wanted, now) and self._sent(one, wanted, "heartbeat", []):
            self.kept.note(one.name, sent=now, tries=0, again=0)

    def _is_quiet(self, one: ReaderSubscription, wanted: Wanted, now: int) -> bool:
        """Whether it is time for a heartbeat."""
        return bool(wanted.heartbeat) and now - one.sent >= wanted.heartbeat * SECOND

    def _sent(self, one: ReaderSubscription, wanted: Wanted, kind: str, some: list[Event]) -> bool:
        """Whether a notification was taken; what was not is tried again, with growing pauses, until it is given up."""
        try:
            if wanted.by_topic:
                since = some[-1].number if some else one.number
                made = notification(one.name, self.base, wanted, ACTIVE, kind, since, some)
                post(wanted.endpoint, orjson.dumps(made), JSON | wanted.headers)
            else:
                for event in some:
                    body = orjson.dumps(event.resource) if one.said["channel"].get("payload") else b""
                    post(wanted.endpoint, body, JSON | wanted.headers)
            return True
        except Undelivered as problem:
            tries = one.tries + 1
            over = tries >= self.patience.tries
            again = self.clock.now() + int(self.patience.pause(tries) * SECOND)
            self.kept.note(one.name, tries=tries, again=again, status=ERROR if over else one.status)
            logger.warning(
                "Subscription %s: try %d failed (%s)%s", one.name, tries, problem, "; given up" * over
            )
            return False

    def events_of(self, one: ReaderSubscription, first: int, last: int) -> list[Event]:
        """The events of a Subscription that were told, by their numbers."""
        wanted = wanted_of(one.said)
        changes = [c for c in self._changes(one.begun) if c[0] <= one.told]
        return [
            e
            for e in events(wanted, changes, self._histories(changes), self.fits)
            if first <= e.number <= last
        ]

    def _changes(self, after: int):
        return enumerate(self.store.transitions(after=after), after + 1)

    def _histories(self, changes: list[tuple[int, Transition]]) -> dict[int, tuple[Transition, ...]]:
        """The changes of the same alert up to each of these."""
        patients = {change.patient for _, change in changes}
        every = {patient: list(self.store.transitions(patient)) for patient in patients}
        found = {}
        for place, change in changes:
            same = [one for one in every[change.patient] if one.alert == change.alert]
            names = [one.name for one in same]
            found[place] = tuple(same[: names.index(change.name) + 1])
        return found
