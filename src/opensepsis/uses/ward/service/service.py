"""The ward as the pages see it: the board, one patient, what users do, feeds and dead letters."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from time import monotonic

from opensepsis.counted import counted
from opensepsis.data.decode.facts import Described, Merged, Problem
from opensepsis.data.decode.site import Site, read_site
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import minutes
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.model.facts import Acted, packed
from opensepsis.uses.ward.model.messages import Arrival, Kept, Message
from opensepsis.uses.ward.model.patient_key import patient_key
from opensepsis.uses.ward.model.transitions import Transition
from opensepsis.uses.ward.model.views import (
    BedView,
    FeedView,
    IdentityView,
    LeftView,
    LetterView,
    ListenerView,
    Notice,
    PatientView,
    ReceiptView,
)
from opensepsis.uses.ward.service.processor import Processor
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.store import outbox
from opensepsis.uses.ward.store.older_spaces import parted_patients
from opensepsis.uses.ward.views.bed import bed_view
from opensepsis.uses.ward.views.identities import identity_view, is_servers_id, issuers_of_servers, same_names
from opensepsis.uses.ward.views.left import left_views
from opensepsis.uses.ward.views.next_act import ACKNOWLEDGE
from opensepsis.uses.ward.views.page import patient_view
from opensepsis.uses.ward.views.receipts import receipt_view
from opensepsis.uses.ward.views.volumes import low_in_ward

LEVELS = ("critical", "alert", "watch")
SILENT_AFTER = minutes(20)  # of a feed without a limit of its own
USERS = "users"
UNUSED = "unused"
BEHIND_AFTER = 10.0  # seconds that the oldest unread message may wait before everybody is told
COUNTED_EVERY = 1.0
LAST = 2**62
NOT_WRITTEN = (
    "Nothing can be written: the disk may be full or the database unavailable. Messages are refused, so that senders repeat them; "
    "what is shown may be out of date."
)
CLOCK = (
    "The machine's clock jumped: it is {off} (hours) {side} the ward's own time. Correct the clock; if it is correct now, restart "
    "the ward. While the clock is behind the last messages, the ward continues from their time, one sixteenth slower."
)
PARTED = "Patients whom an older version took for one were separated: check that all values of each are their own (page Feeds)."
STARTING = "The ward is starting: {read:,} of {of:,} entries of its log are read. No patients are shown yet; messages are stored."


class WardService:
    """A `Place` over the engine. `keep` keeps an arrival durably; `limits` says when each feed counts as silent.

    `speed`: how fast the ward's clock runs against the wall's; `cannot_keep` says that nothing can be kept just now.
    `keep_soon` keeps an arrival without a thread that waits for it.
    """

    def __init__(
        self,
        engine: Processor,
        keep: Callable[[Arrival], Kept],
        secret: bytes,
        limits: Mapping[str, int] | None = None,
        speed: float = 1.0,
        cannot_keep: Callable[[], bool] = lambda: False,
        keep_soon: Callable[[Arrival], Awaitable[Kept]] | None = None,
        site: Site | None = None,
    ):
        self.site = site or read_site()
        self.keep_soon = keep_soon
        self.listeners: Callable[[], tuple[ListenerView, ...]] = tuple
        self.speed, self.cannot_keep = speed, cannot_keep
        self._backlog: tuple[float, tuple[int, float]] = (float("-inf"), (0, 0.0))
        self.engine, self.keep, self.secret, self.limits = engine, keep, secret, dict(limits or {})
        self.began = self.now()
        self._servers = issuers_of_servers(self.site)
        self._parted = parted_patients(engine.store.database)
        self._keys: dict[str, str] = {}
        self._beds: dict[str, tuple[tuple, BedView]] = {}

    def now(self) -> int:
        """The ward's clock."""
        return self.engine.clock.now()

    def version(self) -> int:
        """Rises with every change of the board."""
        return self.engine.version

    def updated(self) -> int:
        """When the engine last finished a round."""
        return self.engine.updated

    def notices(self) -> tuple[Notice, ...]:
        """What is wrong with the ward itself, the gravest first."""
        found = []
        if self.cannot_keep() or self.engine.unwritten:
            found.append(Notice("storage", NOT_WRITTEN))
        if off := self.engine.clock.jump():
            side = "ahead of" if off > 0 else "behind"
            found.append(Notice("clock", CLOCK.format(off=timedelta(seconds=abs(off) // SECOND), side=side)))
        if progress := self.engine.progress:
            found.append(Notice("starting", STARTING.format(read=progress.read, of=progress.of)))
        count, age = self.backlog()
        if age > BEHIND_AFTER:
            words = f"The board is behind: {counted(count, 'message waits', 'messages wait')}, the oldest for {age:,.0f} s."
            found.append(Notice("backlog", words, healthy=True))
        if self._parted_here():
            found.append(Notice("parted", PARTED, healthy=True))
        return tuple(found)

    def backlog(self) -> tuple[int, float]:
        """How many messages wait to be read, and for how many seconds the oldest has waited; counted once a second."""
        counted, found = self._backlog
        if monotonic() - counted > COUNTED_EVERY:
            try:
                count, oldest = self.engine.store.backlog()
            except Exception:  # the database is away, which is told by itself
                return found
            found = count, max(0.0, (self.now() - (oldest or self.now())) / SECOND / self.speed)
            self._backlog = monotonic(), found
        return found

    def key_of(self, patient: str) -> str:
        """What stands for a patient in addresses: nothing can be read from it."""
        key = patient_key(self.secret, patient)
        self._keys[key] = patient
        return key

    def _named(self, key: str) -> str | None:
        """The patient of a key; one from before a restart is found among all who are here or were merged."""
        if key not in self._keys:
            with self.engine.lock:
                names = [*self.engine.ward.patients, *self.engine.ward.survivors]
            for name in names:
                self.key_of(name)
        return self._keys.get(key)

    def board(self, wards: frozenset[str] | None) -> tuple[BedView, ...]:
        """The beds of these wards (None: all): what nobody has answered first, then what is due next."""
        now = self.now()
        with self.engine.lock:
            here = [p for p in self.engine.ward.patients.values() if _here(p, now)]
            alike = same_names(here)
            beds = [self._bed(p, now, p.name in alike) for p in here if _in(p, wards)]
            self._forget()
        return tuple(sorted(beds, key=_urgency))

    def _forget(self) -> None:
        """Lets go what was drawn of patients who are no longer in memory."""
        ward = self.engine.ward
        if len(self._beds) > len(ward.patients) + 100:
            self._beds = {name: bed for name, bed in self._beds.items() if name in ward.patients}
            self._keys = {k: name for k, name in self._keys.items() if ward.root(name) in ward.patients}

    def _bed(self, patient: Patient, now: int, same_name: bool) -> BedView:
        """The line of a patient, drawn again when something came or a quarter of an hour has passed."""
        mark = (patient.looks, now // to_microseconds(minutes(15)), same_name)
        held = self._beds.get(patient.name)
        if held is None or held[0] != mark:
            ward = self.engine.ward
            others = (old for old in ward.survivors if ward.root(old) == patient.name)
            merged = tuple(o for o in others if not is_servers_id(o, ward.survivors[o][1], self._servers))
            key = self.key_of(patient.name)
            held = mark, bed_view(patient, key, now, ward.policy, same_name, merged)
            self._beds[patient.name] = held
        return held[1]

    def patient(self, key: str, wards: frozenset[str] | None) -> PatientView | None:
        """One patient's page; None when there is none in these wards."""
        name = self._named(key)
        if name is None:
            return None
        with self.engine.lock:
            patient = self.engine.ward.patients.get(self.engine.ward.root(name))
            if patient is None or patient.visit is None or not _in(patient, wards):
                return None
            now = self.now()
            here = [p for p in self.engine.ward.patients.values() if _here(p, now)]
            history = tuple(self.engine.store.transitions(patient.name))
            bed = self._bed(patient, now, patient.name in same_names(here))
            return patient_view(
                patient, bed, now, self.engine.ward.policy, history, self._receipts(patient.name)
            )

    def _receipts(self, name: str) -> dict[str, tuple[ReceiptView, ...]]:
        """Who has taken which change of a patient's alerts, and what became of the others."""
        found = outbox.receipts(self.engine.store.database, name)
        return {change: tuple(receipt_view(one) for one in some) for change, some in found.items()}

    def bed(self, key: str) -> BedView | None:
        """The line of a patient by the board's key; None for one who is not here."""
        name = self._named(key)
        if name is None:
            return None
        with self.engine.lock:
            found = self.engine.ward.patients.get(self.engine.ward.root(name))
            now = self.now()
            return self._bed(found, now, self._shares_name(found)) if found and _here(found, now) else None

    def _shares_name(self, patient: Patient) -> bool:
        """Whether somebody else on the ward had the same name when the line was last drawn."""
        held = self._beds.get(patient.name)
        return held is not None and held[0][2]

    def bed_of(self, feed: str, patient: bytes) -> BedView | None:
        """The line of the patient whom a FHIR Patient of a feed names, found as that feed's own messages are.

        None for one who is not here, and for one whose birth date differs: a card may not be another patient's.
        """
        message = Message(0, feed, "fhir", "", patient, self.now())
        facts, _ = read(message, self.site)
        said = [fact for fact in facts if isinstance(fact, Described)]
        names = {fact.patient for fact in facts if isinstance(fact, (Described, Merged))}
        now = self.now()
        with self.engine.lock:
            ward = self.engine.ward
            here = {ward.root(name) for name in names} & ward.patients.keys()
            if len(said) != 1 or len(here) != 1:
                return None
            found = ward.patients[here.pop()]
            born = said[0].born, found.person.born
            if not _here(found, now) or (None not in born and born[0] != born[1]):
                return None
            return self._bed(found, now, self._shares_name(found))

    def is_silent(self, ward: str) -> bool:
        """Whether alerts of a ward are only recorded."""
        return self.engine.ward.policy.is_silent(ward)

    def knows(self, clock: str, trigger: str, task: str, concept: str) -> bool:
        """Whether what somebody names is the ward's own; what is left empty is."""
        watching, policy = self.engine.ward.watching, self.engine.ward.policy
        if task or clock:
            return (clock, trigger, task) in watching.titles
        triggers = {t.name for t in watching.triggers}
        return (not trigger or trigger in triggers) and (not concept or concept in policy.attributable)

    def silent_wards(self, wards: frozenset[str] | None) -> tuple[tuple[str, int], ...]:
        """The wards of whose patients nothing at all has been heard for long, and since when."""
        now, last = self.now(), {}
        with self.engine.lock:
            for patient in self.engine.ward.patients.values():
                name = patient.visit.ward if patient.visit else ""
                if name and _here(patient, now) and _in(patient, wards):
                    last[name] = max(patient.heard, last.get(name, 0))
        limit = to_microseconds(self.engine.ward.policy.ward_silent_after)
        return tuple((name, heard) for name, heard in sorted(last.items()) if now - heard > limit)

    def act(self, key: str, act: Acted) -> None:
        """Keeps what a user did; it takes effect like any other message."""
        name = self._named(key)
        said = packed(replace(act, patient=name))
        self.receive(USERS, "act", sha256(said).hexdigest(), said)

    def receive(
        self,
        feed: str,
        form: str,
        key: str,
        raw: bytes,
        may_return: bool = False,
        resources: tuple[str, ...] = (),
    ) -> bool:
        """Keeps something durably; False for a duplicate."""
        arrival = Arrival(feed, form, key, raw, self.now(), may_return=may_return, resources=resources)
        kept = self.keep(arrival)
        self.engine.wake()
        return not kept.duplicate

    async def receive_soon(
        self,
        feed: str,
        form: str,
        key: str,
        raw: bytes,
        may_return: bool = False,
        resources: tuple[str, ...] = (),
    ) -> bool:
        """The same for the event loop."""
        if self.keep_soon is None:
            return await to_thread(self.receive, feed, form, key, raw, may_return, resources)
        arrival = Arrival(feed, form, key, raw, self.now(), may_return=may_return, resources=resources)
        kept = await self.keep_soon(arrival)
        return not kept.duplicate

    def feeds(self) -> tuple[FeedView, ...]:
        """How the feeds do; a feed that ought to speak and never did is silent too."""
        now, store = self.now(), self.engine.store
        counted = {count.name: count for count in store.feeds() if count.name != USERS}
        unmapped = store.unmapped()
        found = []
        for name in sorted({*counted, *self.limits}):
            count = counted.get(name)
            limit = self.limits.get(name, to_microseconds(SILENT_AFTER))
            last = count.last if count else None
            heard = last if last is not None else self.began if name in self.limits else now
            silent = heard + limit if now - heard > limit else None
            own = [u for u in unmapped if u.feed == name]
            mine = tuple((u.system, u.code, u.times) for u in own if u.kind != UNUSED)
            unused = tuple((" ".join((u.system, u.code)), u.times) for u in own if u.kind == UNUSED)
            messages, dead = (count.messages, count.dead) if count else (0, 0)
            found.append(FeedView(name, last, messages, dead, silent, mine, unused))
        return tuple(found)

    def silent_patients(self) -> int:
        """How many patients were never discharged and left the board, because nothing about them came for long."""
        with self.engine.lock:
            return self.engine.ward.silent_patients

    def measured_after_leaving(self, wards: frozenset[str] | None) -> tuple[LeftView, ...]:
        """The patients of these wards who were discharged and have vital signs since."""
        with self.engine.lock:
            mine = [patient for patient in self.engine.ward.patients.values() if _in(patient, wards)]
            return left_views(mine, self.key_of, self.now(), self.engine.ward.policy)

    def identities(self) -> IdentityView:
        """How many patients may have values of another, or lack their own."""
        shared = sorted(self.site.shared_feeds)
        with self.engine.lock:
            found, ward = identity_view(self.engine.ward.patients.values()), self.engine.ward
            since = ward.since_leaving(self.now() - to_microseconds(ward.policy.leave_after))
        found = replace(found, left=len(since), values_since=sum(one.values for one in since))
        return replace(found, shared=tuple(shared) if len(shared) > 1 else (), parted=self._parted_here())

    def _parted_here(self) -> int:
        """How many are here who were one with another patient in an older version of the database."""
        return sum(name in self.engine.ward.patients for name in self._parted)

    def low_volumes(self) -> tuple[str, ...]:
        """Values that are too often too low, such as venous blood that is sent as arterial, over all patients at hand."""
        with self.engine.lock:
            return low_in_ward(self.engine.ward.patients.values())

    def dead_letters(self, longest: int) -> tuple[tuple[Message, Problem], ...]:
        """Messages that could not be read, newest first; so many bytes of each."""
        return tuple(self.engine.store.dead_letters(longest=longest))

    def is_dead(self, number: int) -> bool:
        """Whether a message is a dead letter that is not mended yet."""
        return self.engine.store.is_dead(number)

    def reprocess(self, number: int, raw: bytes, by: str) -> None:
        """Sends a mended dead letter through again."""
        self.engine.store.reprocess(number, raw, by, self.now())
        self.engine.wake()

    def undelivered(self) -> tuple[LetterView, ...]:
        """Changes of alerts that could not be delivered, newest first."""
        letters = outbox.undelivered(self.engine.store.database)
        return tuple(
            LetterView(
                one.outlet, one.number, one.transition.time, one.transition.state.value, one.transition.ward, one.tries, one.words
            )
            for one in letters
        )  # fmt: skip

    def deliver_again(self, outlet: str, number: int) -> bool:
        """Lets a letter wait again, with all its tries."""
        again = outbox.try_again(self.engine.store.database, outlet, number)
        self.engine.on_told()
        return again

    def changes_after(self, number: int) -> Iterable[Transition]:
        """The changes of alerts in the order in which they were written, without so many of the first."""
        return self.engine.store.transitions(after=number)

    def message(self, number: int) -> Message | None:
        """One message as it came."""
        return self.engine.store.message(number)


def _here(patient: Patient, now: int) -> bool:
    """Whether a patient is on the board: not left, or only just."""
    visit = patient.visit
    return visit is not None and (visit.discharged is None or now < visit.discharged)


def _in(patient: Patient, wards: frozenset[str] | None) -> bool:
    return wards is None or (patient.visit is not None and patient.visit.ward in wards)


def _urgency(bed: BedView) -> tuple:
    """What nobody has answered comes first, the loudest before; then what is due next, then the level, then the highest score."""
    level = LEVELS.index(bed.alert.level) if bed.alert else len(LEVELS)
    waits = bed.next_act is not None and bed.next_act.act == ACKNOWLEDGE
    due = bed.next_due.due_by if bed.next_due and not bed.comfort_care else LAST
    highest = max((s.total for s in bed.scores if s.total is not None), default=-1)
    return (not waits, level if waits else 0, due, level, -highest, bed.ward, bed.bed, bed.key)
