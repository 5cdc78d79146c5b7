"""All patients of a ward: which facts go to whom, which timers run, which alerts change. A pure function of the log.

Timers run at the moments for which they were set, before anything received later: a replay of the log gives the same
alerts, byte for byte. Times are whole microseconds (UTC).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from heapq import heappop, heappush
from itertools import groupby

from opensepsis.engine.semantics.time import HOUR, to_microseconds
from opensepsis.rules import State
from opensepsis.uses.ward.model.facts import Acted, Entry, Fact, Heard, Merged, Resource
from opensepsis.uses.ward.model.transitions import Transition
from opensepsis.uses.ward.state.alert_answers import answer, merged
from opensepsis.uses.ward.state.alert_inputs import situation
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.alerts import advance, next_time
from opensepsis.uses.ward.state.burst import Burst
from opensepsis.uses.ward.state.detection import (
    bring_findings_up_to_date,
    found_now,
    next_due,
    note_first_found,
    tasks_now,
)
from opensepsis.uses.ward.state.feeds import Feeds
from opensepsis.uses.ward.state.monitored import Watched
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.state.resource_owners import Owners
from opensepsis.uses.ward.state.resting import Left
from opensepsis.uses.ward.state.since_leaving import SinceLeaving

PARTED = "the merge was taken back"
Recall = Callable[[str, int], Iterable[Entry]]


class Ward:
    """Every patient's state. `recall` gives the log of a patient who had left and comes back, before an entry.

    >>> from opensepsis.uses.ward.state.monitored import watched
    >>> Ward(watched(("news2",), (), ()), AlertPolicy()).take([])
    ()
    """

    def __init__(
        self,
        watching: Watched,
        policy: AlertPolicy,
        recall: Recall = lambda patient, before: (),
        limits: Mapping[str, int] | None = None,
    ):
        self.watching, self.policy, self.recall = watching, policy, recall
        self.feeds = Feeds(limits or {})
        self.owners = Owners()
        self.patients: dict[str, Patient] = {}
        self.left: dict[str, Left] = {}
        self.survivors: dict[str, tuple[int, str]] = {}  # old identifier: when that was stated, who survives
        self.parted: dict[
            frozenset[str], int
        ] = {}  # two identifiers: when it was stated that they are not one
        self.alert_numbers: dict[str, int] = {}  # of records that were merged: how many alerts each has had
        self.horizon = 0
        self.before_change: Callable[[Patient], None] | None = None  # told of each patient who may change now
        self.on_hour: Callable[[Patient, int], None] | None = (
            None  # told of each hour that a patient was judged at
        )
        self.after_look: Callable[[Patient, int], None] | None = None  # told of each look at a patient
        self._entry = 0
        self._leaving: list[str] = []
        self._timers: list[tuple[int, str]] = []

    def take(self, entries: Iterable[Entry]) -> tuple[Transition, ...]:
        """Takes in log entries in their order; those of one message are judged together."""
        told: list[Transition] = []
        touched: dict[str, Patient] = {}
        message = received = None
        for entry in entries:
            if (entry.message, entry.received) != (message, received):
                told += self._judge(touched, received)
                touched, (message, received) = {}, (entry.message, entry.received)
                told += self.run_timers(entry.received - 1)  # what comes at the same moment is known at it
            self._entry = entry.number
            if self.feeds.hear(entry):
                self._received_again(touched)
            told += self._one(entry, touched)
        return (*told, *self._judge(touched, received))

    def take_log(self, entries: Iterable[Entry]) -> tuple[Transition, ...]:
        """Takes in a long log of what was settled before: whoever leaves in it is let go on the way, as when it happened."""
        told: list[Transition] = []
        for _, of_one in groupby(entries, lambda entry: (entry.message, entry.received)):
            told += self.take(of_one)
            self.release()
        return tuple(told)

    def run_timers(self, until: int) -> tuple[Transition, ...]:
        """Everything that happens by itself up to a moment: hours, deadlines, snoozes, escalations."""
        told: list[Transition] = []
        while self._timers and self._timers[0][0] <= until:
            at, name = heappop(self._timers)
            patient = self.patients.get(name)
            if patient and self._next(patient) == at:
                told += self._look(patient, at, by_timer=True)
        self.horizon = max(self.horizon, until)
        return tuple(told)

    @property
    def silent_patients(self) -> int:
        """How many were never discharged and rest, because no message about them came for long."""
        return sum(not left.discharged for left in self.left.values())

    def since_leaving(self, after: int) -> list[SinceLeaving]:
        """What was measured of each patient who was discharged, where the last of it was measured later than a moment."""
        gone = [
            *(p.since_leaving for p in self.patients.values()),
            *(left.since for left in self.left.values()),
        ]
        return [since for since in gone if since.last is not None and since.last > after]

    @property
    def next_timer(self) -> int | None:
        """The moment at which something happens by itself next."""
        return self._timers[0][0] if self._timers else None

    def root(self, name: str) -> str:
        """The identifier under which a patient goes on after merges."""
        seen = set()
        while name in self.survivors and name not in seen:
            seen.add(name)
            name = self.survivors[name][1]
        return name

    def patient(self, name: str) -> Patient:
        """The patient of an identifier, made or recalled if need be."""
        name = self.root(name)
        if name in self.patients:
            return self._changing(self.patients[name])
        patient = Patient(name, self.watching, to_microseconds(self.policy.rest_after))
        if left := self.left.pop(name, None):
            log = self.recall(name, self._entry)
            told = [(e.message, e.received, e.fact) for e in log if self._is_about(e.fact, name)]
            told += [(m, r, void) for m, r, fact in told for void in self.owners.note(fact)]
            patient.come_back(left, told)
        self.patients[name] = patient
        return patient

    def _changing(self, patient: Patient) -> Patient:
        if self.before_change:
            self.before_change(patient)
        return patient

    def _is_about(self, fact: Fact, name: str) -> bool:
        """Whether a fact is about a patient now: not about somebody who was taken for the same one for a while."""
        return not isinstance(fact, Merged) and self.root(fact.patient) == name

    def _received_again(self, touched: dict[str, Patient]) -> None:
        """A feed that was silent speaks: every task that waited for its word is looked at again."""
        for patient in self.patients.values():
            if any(t.state is State.NOT_KNOWN for t in patient.tasks):
                self._changing(patient).changed.add("feeds")
                touched[patient.name] = patient

    def _one(self, entry: Entry, touched: dict[str, Patient]) -> tuple[Transition, ...]:
        if isinstance(entry.fact, Merged):
            return self._merge(entry.fact, entry.received, touched)
        if isinstance(entry.fact, Heard | Resource):
            return ()
        if entry.fact.patient:  # none where a resource is deleted, whosever it was
            self._tell(self.patient(entry.fact.patient), entry, entry.fact, touched)
        for void in self.owners.note(entry.fact):
            self._tell(self.patient(void.patient), entry, void, touched)
        return self._answer(entry.fact, entry.received)

    def _tell(self, patient: Patient, entry: Entry, fact: Fact, touched: dict[str, Patient]) -> None:
        patient.take(entry.message, entry.received, fact)
        patient.burst = patient.burst.after(fact, entry.received, self.policy)
        touched[patient.name] = patient

    def _answer(self, fact: Fact, now: int) -> tuple[Transition, ...]:
        if not isinstance(fact, Acted):
            return ()
        patient = self.patient(fact.patient)
        ward = patient.visit.ward if patient.visit else ""
        patient.alert_record, told = answer(
            patient.alert_record,
            fact.act,
            fact.user,
            now,
            self.policy,
            words=fact.reason,
            until=fact.until,
            ward=ward,
            alert=fact.alert,
            seen=fact.step,
        )
        return told

    def _merge(self, fact: Merged, now: int, touched: dict[str, Patient]) -> tuple[Transition, ...]:
        held = self.survivors.get(fact.old)
        if fact.old == fact.survivor or (held and held[0] > fact.stated):
            return ()
        pair = frozenset((fact.old, fact.survivor))
        if fact.undone:
            self.parted[pair] = max(fact.stated, self.parted.get(pair, fact.stated))
            stated, survivor = self.survivors.get(fact.survivor, (0, ""))
            if survivor == fact.old and stated > fact.stated:  # linked again since, the other way round
                return ()
            return self._part(fact, touched)
        if fact.stated <= self.parted.get(pair, fact.stated - 1):  # taken back since, though that came before
            return ()
        if self.root(fact.old) == self.root(fact.survivor):  # known to be one already: no ring of names
            if held and held[1] == fact.survivor:
                self.survivors[fact.old] = (fact.stated, fact.survivor)
            return ()
        if held:  # merged with another before, and now moved on from there
            self._part(replace(fact, patient=held[1]), touched)
        before, after = self.patient(fact.old), self.patient(fact.survivor)
        self.survivors[fact.old] = (fact.stated, fact.survivor)
        self.patients.pop(before.name)
        before.bedside.chart.let_go()
        touched.pop(before.name, None)
        after.told = sorted((*after.told, *before.told), key=lambda t: (t[1], t[0]))
        after.seen_until = max(after.seen_until, before.seen_until)
        after.rebuilt()
        for name, findings in before.findings.items():
            mine = after.findings.setdefault(name, [])
            known = {(f.time, f.set_by) for f in mine}
            mine.extend(f for f in findings if (f.time, f.set_by) not in known)
        after.first_found = before.first_found | after.first_found
        self.alert_numbers[before.name] = before.alert_record.number
        after.alert_record, told = merged(after.alert_record, before.alert_record, now, self.policy)
        touched[after.name] = after
        return told

    def _part(self, fact: Merged, touched: dict[str, Patient]) -> tuple[Transition, ...]:
        """Takes a merge back: each half gets again what was told of it."""
        if self.root(fact.old) != self.root(fact.survivor):
            return ()
        whole = self.patient(fact.survivor)
        for one, other in ((fact.old, fact.survivor), (fact.survivor, fact.old)):
            if self.survivors.get(one, (0, ""))[1] == other:
                del self.survivors[one]
        roots = {self.root(fact.old), self.root(fact.survivor)}
        if len(roots) == 1:  # one over others still
            return ()
        half = self.patient((roots - {whole.name}).pop())
        half.seen_until, half.first_found = whole.seen_until, dict(whole.first_found)
        number = max(whole.alert_record.number, self.alert_numbers.get(half.name, 0))
        half.alert_record = replace(
            half.alert_record, number=number
        )  # no alert gets the name of one from before
        parts = {whole: [], half: []}
        for told in whole.told:
            parts[half if self.root(told[2].patient) == half.name else whole].append(told)
        for patient, told in parts.items():
            patient.told = told
            patient.rebuilt()
            patient.findings = {}
            patient.corrections.append(PARTED)  # whose alert rested on the other's values has none
            touched[patient.name] = patient
        return ()

    def _judge(self, touched: dict[str, Patient], now: int | None) -> tuple[Transition, ...]:
        if now is None:
            return ()  # nothing has come yet
        return tuple(t for patient in touched.values() for t in self._look(patient, now))

    def _look(self, patient: Patient, now: int, by_timer: bool = False) -> tuple[Transition, ...]:
        """One look at one patient: hours that passed, findings, clocks, alert, and when to look again.

        An hour is judged by its timer, after all that came at its very moment.
        """
        self._changing(patient)
        patient.settle_visits()
        patient.seen_until = max(patient.seen_until, now)
        patient.looks += 1
        self._judge_hours(patient, now + by_timer)
        found = found_now(patient, now)
        note_first_found(patient, found, now)
        bring_findings_up_to_date(patient, found, now)
        self._tasks(patient, now)
        patient.found = found
        told = () if patient.burst.is_on(now) else self._alert(patient, now)
        patient.changed.clear()
        patient.ahead = {time for time in patient.ahead if time > now}
        self._set_timer(patient)
        if self.after_look:
            self.after_look(patient, now)
        return told

    def _judge_hours(self, patient: Patient, before: int) -> None:
        hours = patient.ticks
        while hours is not None and (hour := self._hour(patient)) is not None and hour < before:
            hours.hour(hour)
            if self.on_hour:
                self.on_hour(patient, hour)

    def _alert(self, patient: Patient, now: int) -> tuple[Transition, ...]:
        """How the alert goes on; within a burst of messages that is judged when it is over."""
        patient.burst = Burst()
        patient.alert_record, told = advance(
            patient.alert_record, situation(patient, patient.found, now, self.policy), self.policy
        )
        patient.corrections.clear()
        return told

    def _tasks(self, patient: Patient, now: int) -> None:
        """The tasks, worked out again only when something they read has come, or the time of one."""
        zeros = {name: tuple(findings) for name, findings in patient.findings.items()}
        came = patient.changed & self.watching.clock_reads_set
        due = patient.tasks_due is not None and now >= patient.tasks_due
        if came or due or zeros != patient.zeros:
            patient.tasks, patient.zeros = tasks_now(patient, now, self.feeds.alive_until()), zeros
        patient.tasks_due = next_due(patient.tasks, now, self.feeds.next_silence(now))

    def _hour(self, patient: Patient) -> int | None:
        """The next hour to be judged: none after the visit, none long after the last message about the patient."""
        hour, visit = patient.next_hour, patient.visit
        if hour is None or visit is None or visit.discharged is None:
            return hour
        return hour if hour < visit.discharged + HOUR else None

    def _next(self, patient: Patient) -> int | None:
        after = patient.seen_until
        times = [
            next_time(patient.alert_record, self.policy),
            patient.tasks_due,
            patient.burst.judged_at,
            *patient.ahead,
        ]
        visit = patient.visit
        if visit and visit.discharged is not None:
            leaves = visit.discharged + to_microseconds(self.policy.leave_after)
            if leaves <= after:
                return None
            times.append(leaves)
        found = [t for t in times if t is not None and t > after]
        if (hour := self._hour(patient)) is not None:
            found.append(max(hour, after))
        return min(found, default=None)

    def _set_timer(self, patient: Patient) -> None:
        at = self._next(patient)
        if at is not None:
            heappush(self._timers, (at, patient.name))
        elif not patient.alert_record.open:
            self._leaving.append(patient.name)

    def release(self) -> int:
        """Lets the charts of patients go who left, or were not heard of, for long; what was found and told stays.

        Call it when all is written. Answers how many went.
        """
        before = len(self.left)
        for name in self._leaving:
            patient = self.patients.get(name)
            if patient and self._next(patient) is None and not patient.alert_record.open:
                del self.patients[self._changing(patient).name]
                self.owners.forget(
                    name,
                    (*patient.sources, *patient.flags, *(step.origin for step in patient.steps)),
                    self.horizon - patient.rest_after,
                )
                self.left[name] = patient.let_go()
        self._leaving.clear()
        return len(self.left) - before
