"""The ward at work: reads what was kept, reduces it, writes what follows, and says when the board has changed.

One thread owns the state of all patients. Everything it does can be done again from the log; a snapshot of the state, written now
and then, shortens that.
"""

import gc
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from threading import Event as Flag
from threading import RLock, Thread
from time import monotonic

from opensepsis.uses.ward.model.clock import Clock
from opensepsis.uses.ward.model.facts import Charted, Entry, Fact, Heard
from opensepsis.uses.ward.model.messages import Message
from opensepsis.uses.ward.model.transitions import Problem, Settled, Transition
from opensepsis.uses.ward.service.large_message import LARGE, LargeMessage, Noted, some_of
from opensepsis.uses.ward.service.other_rules import no_call_of_the_past
from opensepsis.uses.ward.service.snapshotting import Snapshots, read_snapshot
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import Watched
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.state.voids import named
from opensepsis.uses.ward.state.ward import Ward
from opensepsis.uses.ward.store import Store

logger = logging.getLogger("opensepsis.ward.engine")
Read = Callable[[Message], tuple[tuple[Fact, ...], tuple[Problem, ...]]]
AT_ONCE = 200
LOOK_AFTER = 500  # entries of the log between two looks at whether to stop
FIRST_SNAPSHOT = 60.0  # seconds after the start
SNAPSHOT_EVERY = 180.0  # only those are written who have changed
TRY_AGAIN = 0.25
READ_BESIDE = frozenset(("hl7", "csv"))  # forms whose readers remember nothing of earlier messages


class Stopped(Exception):
    """The engine was told to stop."""


@dataclass(frozen=True)
class Progress:
    """How far the log has been read at the start: entries read, of how many."""

    read: int
    of: int


class Unworkable(Exception):
    """Messages, by number, that the reducer failed at: a fault of the ward's own, which one of them brought out."""

    def __init__(self, messages: tuple[int, ...], kind: str):
        super().__init__(kind)
        self.messages, self.kind = messages, kind


class Processor:
    """Brings the ward up to date, again and again. `read` turns a message into facts and problems.

    `limits`: how long each feed that ought to speak may say nothing before it counts as silent. `forget` is called before messages
    are read again. `beside` reads a large message of a form whose reader remembers earlier ones, in another thread; `noted` gives its
    facts as they are to be taken.
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
        forget: Callable[[], None] = lambda: None,
        beside: Read | None = None,
        noted: Noted = lambda message, facts: facts,
        on_hour: Callable[[Patient, int], None] | None = None,
    ):
        self._on_hour = on_hour
        self.forget, self._beside, self._noted_as_taken = forget, beside, noted
        self.store, self.read, self.clock, self.on_told = store, read, clock, on_told
        self.limits = dict(limits or {})
        self.lock = RLock()  # held while the state changes or is looked at
        self._watching, self._policy = watching, policy
        self.ward = self._empty()
        self.progress: Progress | None = None
        self._large: LargeMessage | None = None
        self._snapshots = Snapshots(store.database, self.ward)
        self._snapshot_at = monotonic() + FIRST_SNAPSHOT
        self.version = 0
        self.updated = 0
        self._entries = store.last_entry()
        self._wake, self._stopped = Flag(), Flag()
        self._thread: Thread | None = None
        self.failed: str = ""
        self.unwritten: str = ""  # the kind of failure for which what came of messages is not written yet
        self._one_by_one = 0  # messages still to be taken alone, because one of them could not be worked out

    def rebuild(self) -> None:
        """The state as it was when the ward stopped, from the newest snapshot and the log after it; nothing is told twice."""
        before = gc.isenabled()
        gc.disable()  # what is made here stays: looking through it for cycles takes longer than making it
        try:
            self._rebuild()
        finally:
            gc.freeze()
            if before:
                gc.enable()

    def _rebuild(self) -> None:
        self.forget()
        self.progress = Progress(0, self._entries)
        ward, found, digests = read_snapshot(
            self.store.database, self._empty, lambda: not self._stopped.is_set()
        )
        after = found.entry if found else 0
        snapshots = Snapshots(self.store.database, ward, found, digests)
        until = self.store.horizon()
        told = ward.take_log(self._noted(self.store.log(after=after)))
        told = no_call_of_the_past(told + ward.run_timers(until), until, self.store.transitions)
        with self.lock:
            self.ward, self._snapshots = ward, snapshots
        self._snapshot_at = monotonic() + FIRST_SNAPSHOT
        self._settle((), (), (), told)
        self.progress = None
        self.version += 1

    def _noted(self, log: Iterator[Entry]) -> Iterator[Entry]:
        """The log; how far it has been read is noted. Stopped when the engine is to stop."""
        for number, entry in enumerate(log):
            if number % LOOK_AFTER == 0:
                self.progress = Progress(entry.number - 1, self._entries)
                if self._stopped.is_set():
                    raise Stopped
            yield entry

    def _empty(self) -> Ward:
        ward = Ward(self._watching, self._policy, self._recall, self.limits)
        ward.on_hour = self._on_hour
        return ward

    def start(self, catch_up: bool = False) -> None:
        """Runs in a thread of its own until `stop`; with `catch_up` it first brings back the state, while messages are kept."""
        if catch_up:
            self.progress = Progress(0, self._entries)
        self._thread = Thread(target=self._run, args=(catch_up,), name="ward-engine", daemon=True)
        self._thread.start()

    def begin_stop(self) -> None:
        """Ends the thread after the messages that it is at; a log that is being read is read again at the next start."""
        self._stopped.set()
        self._wake.set()

    def stop(self, patience: float | None = None) -> bool:
        """The same; returns when the thread has ended, or after `patience` seconds. Whether the state is whole and at rest."""
        self.begin_stop()
        if self._thread is None:
            return False
        self._thread.join(patience)
        return not (self._thread.is_alive() or self.progress or self.failed or self.unwritten)

    def wake(self) -> None:
        """Something was kept."""
        self._wake.set()

    def _run(self, catch_up: bool) -> None:
        if catch_up:
            self._begin_again()
        while not self._stopped.is_set():
            self._wake.wait(timeout=0.25)
            self._wake.clear()
            try:
                if self.progress:  # the log could not be read to its end
                    self.rebuild()
                self.round(self._stopped.is_set)
                self.failed = ""
            except Stopped:
                return
            except Unworkable as problem:
                self.failed = problem.kind
                logger.error("Processing a message failed (%s); the engine starts again.", problem.kind)
                self._begin_again()
                self._leave_aside(problem)
            except (
                Exception
            ) as problem:  # the board greys by itself; words of an error may hold a patient's value
                self.failed = type(problem).__name__
                logger.error("A processing round failed (%s); the engine starts again.", self.failed)
                self._stopped.wait(1.0)
                self._begin_again()

    def _begin_again(self) -> None:
        """The state is made from what is written: at the start, and after a failure between state and store."""
        try:
            self._entries, self._large = self.store.last_entry(), None
            self.rebuild()
        except Stopped:
            return
        except Exception as problem:  # the store is away: the next round tries again
            self.progress = self.progress or Progress(0, self._entries)
            logger.error("The state could not be rebuilt (%s).", type(problem).__name__)

    def _leave_aside(self, problem: Unworkable) -> None:
        """Finds the message that cannot be worked out, and leaves it to a person: it must not stop the ward for all the others."""
        self._one_by_one = len(problem.messages)
        if self._one_by_one > 1:
            return
        words = f"Internal error while processing this message ({problem.kind}). Please report it."
        found = ((problem.messages[0], Problem("dead", words)),)
        try:
            self._settle(problem.messages, (), found, ())
        except Exception as fault:  # the store is away: it is found again in the next round
            logger.error("A message could not be moved to the dead letters (%s).", type(fault).__name__)

    def round(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Everything that was kept so far, then the timers up to now; ends early when `stopped` says so."""
        now = self.clock.now()
        self.store.no_earlier_than(now + 1)
        while messages := self._next_messages():
            if stopped():
                return
            if messages != [self._large and self._large.message]:
                self._take(messages)
                self._one_by_one = max(0, self._one_by_one - len(messages))
            self._take_slice()
        with self.lock:
            told = self.ward.run_timers(now)
        if told:
            self._settle((), (), (), told)
        with self.lock:
            gone = self.ward.release()
        self.version += bool(told or gone)
        self.updated = self.clock.now()
        self._write_snapshot()

    def _write_snapshot(self) -> None:
        """A part of the snapshot that is being written; a new one is begun every few minutes. All that came is settled here."""
        snapshots = self._snapshots
        if not snapshots.writing and monotonic() < self._snapshot_at:
            return
        try:
            with self.lock:
                if not snapshots.writing:
                    snapshots.begin(self._entries)
                snapshots.go_on()
            if snapshots.writing:
                self._wake.set()
            else:
                self._snapshot_at = monotonic() + SNAPSHOT_EVERY
        except Exception as problem:  # the ward works without it; a restart takes longer
            logger.warning("A snapshot could not be written (%s).", type(problem).__name__)
            self._snapshots = Snapshots(self.store.database, self.ward)
            self._snapshot_at = monotonic() + FIRST_SNAPSHOT

    def take_snapshot(self, patience: float = float("inf")) -> None:
        """Writes a whole snapshot now, unless that takes longer than `patience` seconds."""
        end = self._snapshot_at = monotonic()
        end += patience
        self._write_snapshot()
        while self._snapshots.writing and monotonic() < end:
            self._write_snapshot()

    def _next_messages(self) -> list[Message]:
        """What is taken next: some messages; only the large one when there are none beside it and it is read."""
        longest = LARGE if self._large else None
        held = self._large.message.feed if self._large and self._large.holds else None
        messages = self.store.unread(1 if self._one_by_one else AT_ONCE, longest, held)
        if not messages and self._large and (self._large.is_read or self._thread is None):
            return [self._large.message]
        messages = some_of(messages)
        if messages and len(messages[0].raw) > LARGE and (read := self._reader_beside(messages[0].form)):
            logged = self.store.logged(messages[0].number)
            self._large = LargeMessage(messages[0], read, logged, self.wake)
            return self._next_messages()
        return messages

    def _reader_beside(self, form: str) -> Read | None:
        """What reads a large message of a form in another thread; None where it must be read in its turn."""
        return self.read if form in READ_BESIDE else self._beside if form == "fhir" else None

    def _take_slice(self) -> None:
        """A part of the large message, if it is read. It counts as received when it is taken: others went before it."""
        large = self._large
        if large is None or not (large.is_read or self._thread is None):
            return
        if self._snapshots.writing:  # the patient would have to be written whole before anything changes
            return self._write_snapshot()
        began = monotonic()
        large.wait()
        large.note(self._noted_as_taken)
        facts, last = large.next()
        number = large.message.number
        if not large.facts and large.message.feed in self.limits:
            facts = (Heard(),)
        received = max(large.message.received, self.ward.horizon + 1)
        entries = self._entries_of(large.message, facts, received)
        with self.lock:
            try:
                told = self.ward.take(entries)
            except Exception as problem:
                raise Unworkable((number,), type(problem).__name__) from problem
        problems = tuple((number, problem) for problem in large.problems) if last else ()
        self._settle((number,) if last else (), tuple(entries), problems, told)
        self._large = None if last else large
        large.took(monotonic() - began)
        self.version += 1
        self.updated = self.clock.now()

    def _entries_of(self, message: Message, facts, received: int) -> list[Entry]:
        first = self._entries + 1
        self._entries += len(facts)
        return [
            Entry(number, message.number, received, fact, message.feed)
            for number, fact in enumerate(facts, first)
        ]

    def _take(self, messages: list[Message]) -> None:
        entries: list[Entry] = []
        problems: list[tuple[int, Problem]] = []
        for message in messages:
            facts, found = self.read(message)
            if not facts and message.feed in self.limits:
                facts = (Heard(),)
            problems += [(message.number, problem) for problem in found]
            entries += self._entries_of(message, facts, message.received)
            self.updated = self.clock.now()
        numbers = tuple(m.number for m in messages)
        with self.lock:
            told = self.ward.run_timers(
                messages[0].received - 1
            )  # a failure here is none of the messages' fault
            try:
                for _, of_one in groupby(entries, lambda entry: entry.message):
                    told += self.ward.take(of_one)
                    self.updated = (
                        self.clock.now()
                    )  # busy is not frozen: on a slow machine a round takes long
            except Exception as problem:
                raise Unworkable(numbers, type(problem).__name__) from problem
        self._settle(numbers, tuple(entries), tuple(problems), told)
        self.version += 1
        self.updated = self.clock.now()

    def _settle(self, messages, entries, problems, told: tuple[Transition, ...]) -> None:
        self._write(Settled(messages, entries, problems, told, self.ward.horizon))
        if told:
            self.on_told()
        with self.lock:
            self.ward.release()

    def _write(self, settled: Settled) -> None:
        """Writes what came of messages; while the database is away or full, again and again, for the state is right."""
        while True:
            try:
                self.store.settle(settled)
                self.unwritten = ""
                return
            except Exception as problem:
                if not self.store.database.is_failure(problem) or self._stopped.is_set():
                    raise
                if not self.unwritten:
                    logger.error("The results of messages are not written yet (%s).", type(problem).__name__)
                self.unwritten = type(problem).__name__
            self._stopped.wait(TRY_AGAIN)
            if settled.messages and self._is_written(settled):
                self.unwritten = ""
                return

    def _is_written(self, settled: Settled) -> bool:
        """Whether a transaction whose answer was lost went through."""
        try:
            return not self.store.is_unread(settled.messages[0])
        except Exception:
            return False

    def charted(self, names: Iterable[str], patients: Iterable[str]) -> list[Charted]:
        """The rows of the last version of each of these resources, from the log; none of one that was never charted.

        `patients` are those of whom they are now: asked for where whoever had one has left.
        """
        asked = frozenset(names)
        known = {p for name in asked for p in self.ward.owners.of.get(name, ())}
        if any(name not in self.ward.owners.of for name in asked):
            known |= {p for p in patients if self.ward.root(p) in self.ward.left}
        rows: dict[str, tuple[int, list[Charted]]] = {}
        for entry in self.store.log(sorted({k for p in known for k in self.store.kin(p)})) if known else ():
            fact = entry.fact
            if isinstance(fact, Charted) and (name := named(fact.event.origin or "")) in asked:
                message, found = rows.get(name, (0, []))
                rows[name] = entry.message, [*(found if entry.message == message else ()), fact]
        return [row for _, found in rows.values() for row in found]

    def _recall(self, patient: str, before: int) -> list[Entry]:
        return [e for e in self.store.log(sorted(self.store.kin(patient))) if e.number < before]
