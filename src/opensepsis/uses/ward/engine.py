"""The ward at work: reads what was kept, reduces it, writes what follows, and says when the board has changed.

One thread owns the state of all patients. Everything it does can be done again from the log.
"""

import logging
from collections.abc import Callable, Mapping
from threading import Event as Flag
from threading import RLock, Thread

from opensepsis.uses.ward.effects import Problem, Settled, Transition
from opensepsis.uses.ward.facts import Entry, Fact, Heard
from opensepsis.uses.ward.message import Message
from opensepsis.uses.ward.policy import AlertPolicy
from opensepsis.uses.ward.reducer.ward import Ward
from opensepsis.uses.ward.reducer.watched import Watched
from opensepsis.uses.ward.store import Store
from opensepsis.uses.ward.time import Clock

logger = logging.getLogger("opensepsis.ward.engine")
Read = Callable[[Message], tuple[tuple[Fact, ...], tuple[Problem, ...]]]
AT_ONCE = 200


class Unworkable(Exception):
    """Messages, by number, that the reducer failed at: a fault of the ward's own, which one of them brought out."""

    def __init__(self, messages: tuple[int, ...], kind: str):
        super().__init__(kind)
        self.messages, self.kind = messages, kind


class Engine:
    """Brings the ward up to date, again and again. `read` turns a message into facts and problems.

    `limits`: how long each feed that ought to speak may say nothing before it counts as silent.
    """

    def __init__(
        self,
        store: Store,
        read: Read,
        watching: Watched,
        policy: AlertPolicy,
        clock: Clock,
        on_told: Callable[[], None] = lambda: None,
        limits: Mapping[str, int] | None = None,
    ):
        self.store, self.read, self.clock, self.on_told = store, read, clock, on_told
        self.limits = dict(limits or {})
        self.lock = RLock()  # held while the state changes or is looked at
        self.ward = Ward(watching, policy, self._recall, self.limits)
        self.version = 0
        self.updated = 0
        self._entries = store.last_entry()
        self._wake, self._stopped = Flag(), Flag()
        self._thread: Thread | None = None
        self.failed: str = ""
        self._one_by_one = 0  # messages still to be taken alone, because one of them could not be worked out

    def rebuild(self) -> None:
        """The state as it was when the ward stopped, from the log; nothing is told twice."""
        with self.lock:
            told = self.ward.take(self.store.log())
            told += self.ward.run_timers(self.store.horizon())
        self._settle((), (), (), told)

    def start(self) -> None:
        """Runs in a thread of its own until `stop`."""
        self._thread = Thread(target=self._run, name="ward-engine", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after what it is at."""
        self._stopped.set()
        self._wake.set()
        if self._thread:
            self._thread.join()

    def wake(self) -> None:
        """Something was kept."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait(timeout=0.25)
            self._wake.clear()
            try:
                self.round()
                self.failed = ""
            except Unworkable as problem:
                self.failed = problem.kind
                logger.error("The engine could not work out a message (%s); it begins again.", problem.kind)
                self._begin_again()
                self._leave_aside(problem)
            except (
                Exception
            ) as problem:  # the board greys by itself; words of an error may hold a patient's value
                self.failed = type(problem).__name__
                logger.error("The engine could not finish its round (%s); it begins again.", self.failed)
                self._stopped.wait(1.0)
                self._begin_again()

    def _begin_again(self) -> None:
        """After a failure between state and store: the state is made again from what is written."""
        try:
            with self.lock:
                self.ward = Ward(self.ward.watching, self.ward.policy, self._recall, self.limits)
                self._entries = self.store.last_entry()
            self.rebuild()
        except Exception as problem:  # the store is still away: the next round tries again
            logger.error("The state could not be made again (%s).", type(problem).__name__)

    def _leave_aside(self, problem: Unworkable) -> None:
        """Finds the message that cannot be worked out, and leaves it to a person: it must not stop the ward for all the others."""
        self._one_by_one = len(problem.messages)
        if self._one_by_one > 1:
            return
        words = f"the ward could not work it out ({problem.kind}); tell the makers of opensepsis"
        found = ((problem.messages[0], Problem("dead", words)),)
        try:
            self._settle(problem.messages, (), found, ())
        except Exception as fault:  # the store is away: it is found again in the next round
            logger.error("A message could not be left aside (%s).", type(fault).__name__)

    def round(self) -> None:
        """Everything that was kept so far, then the timers up to now."""
        now = self.clock.now()
        self.store.no_earlier_than(now + 1)
        while messages := self.store.unread(1 if self._one_by_one else AT_ONCE):
            self._take(messages)
            self._one_by_one = max(0, self._one_by_one - len(messages))
        with self.lock:
            told = self.ward.run_timers(now)
        if told:
            self._settle((), (), (), told)
        with self.lock:
            gone = self.ward.release()
        self.version += bool(told or gone)
        self.updated = self.clock.now()

    def _take(self, messages: list[Message]) -> None:
        entries: list[Entry] = []
        problems: list[tuple[int, Problem]] = []
        for message in messages:
            facts, found = self.read(message)
            if not facts and message.feed in self.limits:
                facts = (Heard(),)
            problems += [(message.number, problem) for problem in found]
            for fact in facts:
                self._entries += 1
                entries.append(Entry(self._entries, message.number, message.received, fact, message.feed))
        numbers = tuple(m.number for m in messages)
        with self.lock:
            told = self.ward.run_timers(
                messages[0].received - 1
            )  # a failure here is none of the messages' fault
            try:
                told += self.ward.take(entries)
            except Exception as problem:
                raise Unworkable(numbers, type(problem).__name__) from problem
        self._settle(numbers, tuple(entries), tuple(problems), told)
        self.version += 1
        self.updated = self.clock.now()

    def _settle(self, messages, entries, problems, told: tuple[Transition, ...]) -> None:
        self.store.settle(Settled(messages, entries, problems, told, self.ward.horizon))
        if told:
            self.on_told()
        with self.lock:
            self.ward.release()

    def _recall(self, patient: str, before: int) -> list[Entry]:
        return [e for e in self.store.log(sorted(self.store.kin(patient))) if e.number < before]
