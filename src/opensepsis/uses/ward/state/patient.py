"""Everything the ward holds of one patient, and how it takes in facts. No clock and no files: times come with the facts."""

from dataclasses import replace

from opensepsis.data.decode.coded_pregnancy import pregnancy_of
from opensepsis.data.sources.pump_rates import NO_WEIGHT
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.person import BORN
from opensepsis.definitions.concepts.vitals import WEIGHT
from opensepsis.engine.clocks.evaluate import TaskState
from opensepsis.engine.clocks.time_zero import TimeZero
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Event, of_one_thing
from opensepsis.engine.live.phenotypes import Episode
from opensepsis.rules import Kind
from opensepsis.uses.ward.model.facts import (
    Acted,
    Charted,
    Described,
    Ended,
    Fact,
    Flagged,
    Rejected,
    Visited,
    Voided,
)
from opensepsis.uses.ward.state.acts import ATTRIBUTE, CORRECTING, COUNT, attributions, correction_by
from opensepsis.uses.ward.state.alert_record import AlertRecord
from opensepsis.uses.ward.state.burst import VITALS, Burst
from opensepsis.uses.ward.state.endings import Rates, ending_of, holds, order_of, pump, run_again, running
from opensepsis.uses.ward.state.monitored import Watched
from opensepsis.uses.ward.state.order_numbers import OrderNumbers
from opensepsis.uses.ward.state.person import (
    note_flag,
    read_birth,
    remember,
)
from opensepsis.uses.ward.state.pregnancies import Pregnancies, with_rejected
from opensepsis.uses.ward.state.resting import Left, unheard
from opensepsis.uses.ward.state.retold import Retold
from opensepsis.uses.ward.state.seen_in import SeenIn
from opensepsis.uses.ward.state.versions import Source, correction_of, is_gone, keep, source_of
from opensepsis.uses.ward.state.visiting import Visiting
from opensepsis.uses.ward.state.voids import Voids, void_flags
from opensepsis.uses.ward.state.weighing import Weighing, weighed


class Patient(Visiting):
    """One patient: told in any order, the same facts end in the same state."""

    def __init__(self, name: str, watching: Watched, rest_after: int):
        self.name, self.watching, self.rest_after = name, watching, rest_after
        self.told: list[tuple[int, int, Fact]] = []  # message, received, fact
        self.alert_record = AlertRecord(name)
        self.burst = Burst()
        self.findings: dict[str, list[TimeZero]] = {}
        self.first_found: dict[tuple[str, int], int] = {}  # by phenotype and suspicion
        self.attributed: dict[str, Acted] = {}
        self.seen_until = self.heard = 0
        self.unheard = []
        self.looks = 0  # counted, so that what is drawn from the state is drawn again after one
        self._empty()

    def _empty(self) -> None:
        self.bedside = Bedside(list(self.watching.scores), self.watching.concepts, self.watching.calendar)
        self.described = {}
        self._person = None
        self.steps = set()
        self.visits = []
        self.seen_in = SeenIn()
        self.alive = {}
        self.looked_at = None
        self.ended = set()
        self.born: int | None = None
        self.sex = None
        self.first_charted = None
        self.assumed_moved = False
        self.ahead: set[int] = set()
        self.last_charted = {}
        self.sources: dict[str, Source] = {}
        self.values = {}
        self.flags: dict[str, Flagged] = {}  # by what each is called: as stated last
        self.rejected: list[tuple[int, Rejected]] = []
        self.acts: list[Acted] = []
        self.endings: dict[tuple[str, str | None], list[Ended]] = {}
        self.voids, self.weighing, self.pregnancies = Voids(), Weighing(), Pregnancies()
        self.rates = Rates()
        self.order_numbers, self.retold = OrderNumbers(), Retold()
        self.set_aside: dict[str, list[Event]] = {}  # put down to a chronic condition: shown, not counted
        self.tasks: list[TaskState] = []
        self.tasks_due: int | None = None
        self.zeros: dict[str, tuple[TimeZero, ...]] = {}
        self.found: dict[str, list[Episode]] = {}
        self.corrections: list[str] = []
        self.changed = set()
        self.ticks = None

    def rebuilt(self) -> None:
        """Works everything out again from what was told: after a merge, or for a patient who came back."""
        told, corrections = self.told, self.corrections
        self.attributed = attributions(fact for _, _, fact in told)
        self.unheard = unheard((received for _, received, _ in told), self.rest_after)
        self.heard = max((received for _, received, _ in told), default=0)
        self.bedside.chart.let_go()
        self._empty()
        for message, received, fact in told:
            if isinstance(fact, Described):
                self._describe(message, received, fact)
        self.rejected += self.retold.read((message, fact) for message, _, fact in told)
        self.voids.add_all(self.retold.void(self.name))
        self._tell_birth()
        self.told = [(m, r, fact) for m, r, fact in told if isinstance(fact, Described)]
        for message, received, fact in told:
            if not isinstance(fact, Described):
                self._take(message, received, fact)
        self.settle_visits()
        self.corrections = corrections  # since the last look: what was corrected before is no news

    def let_go(self) -> Left:
        """What is kept of a patient who left: the chart comes back from the log."""
        discharged = self.visit is None or self.visit.discharged is not None
        since = self.since_leaving
        self.bedside.chart.let_go()
        return Left(self.alert_record, self.findings, self.first_found, self.seen_until, discharged, since)

    def come_back(self, left: Left, told: list[tuple[int, int, Fact]]) -> None:
        """The patient as before leaving, from what was kept and what the log says."""
        self.alert_record, self.findings, self.seen_until = left.alert_record, left.findings, left.seen_until
        self.first_found = left.first_found
        self.told = told
        self.rebuilt()

    def take(self, message: int, received: int, fact: Fact) -> None:
        """Takes in one fact."""
        self._take(message, received, fact)
        if isinstance(fact, Acted) and fact.act in (ATTRIBUTE, COUNT):
            self._attribute(fact)

    def _take(self, message: int, received: int, fact: Fact) -> None:
        self.told.append((message, received, fact))
        if received > self.heard:
            self.unheard += unheard([received], self.rest_after, self.heard or None)
            self.heard = received
        for one in self.order_numbers.named(fact):
            for also in (one, *self.retold.told(message, one)):
                self._take_in(message, received, also)
        if self.retold.renamed:
            self.rebuilt()

    def _take_in(self, message: int, received: int, fact: Fact) -> None:
        match fact:
            case Charted():
                self._chart(message, fact)
                if pregnancy := pregnancy_of(fact.event):
                    self._chart(message, replace(fact, event=pregnancy))
            case Ended():
                self.endings.setdefault((fact.concept, order_of(fact)), []).append(fact)
                chart = self.bedside.chart
                for event in running(fact, chart, self.rates) if holds(fact, chart) else ():
                    self._end(event, fact)
            case Voided():
                self.voids.add(fact)
                self._void(fact)
            case Visited():
                self.steps.add(fact)
                self._visits_changed()
            case Described():
                self._describe(message, received, fact)
                self._person_changed()
            case Flagged():
                note_flag(self.flags, fact, self.voids)
                self.changed.add("person")
            case Rejected():
                self.rejected.append((message, fact))
            case Acted():
                self.acts.append(fact)
                self.changed.add("visit")
                if fact.act in CORRECTING:
                    self.corrections.append(correction_by(fact))

    def _attribute(self, act: Acted) -> None:
        """After a person put a measurement down to a chronic condition, or took that back, everything is judged again."""
        attributed = attributions(fact for _, _, fact in self.told)
        if attributed != self.attributed:
            self.attributed = attributed
            self.rebuilt()
            self.corrections.append(correction_by(act))

    def _endings_of(self, event: Event) -> list[Ended]:
        orders = dict.fromkeys((pump(event.origin), self.rates.order(event.origin)))
        return [ended for order in orders for ended in self.endings.get((event.concept, order), ())]

    def _run_again(self, gone: Event) -> None:
        """After a rate was taken back, the rate that it had replaced runs until what is told next."""
        for again in run_again(gone, self.bedside.chart, self.rates):
            self.bedside.see(again)
            if ended := ending_of(again, self._endings_of(again), self.bedside.chart, self.rates):
                self._end(again, ended)

    def _end(self, event: Event, ended: Ended) -> None:
        until = max(ended.time, event.time)
        known = max(ended.known, event.known + (ended.known <= event.known))
        self.bedside.see(replace(event, end=until, known=known))
        self.changed.add(event.concept)
        if self.ticks:
            self.ticks.charted(event.time, event.concept)
            self.ticks.charted(until, event.concept)

    def _void(self, void: Voided) -> None:
        """Takes back the earlier versions of what is void, flags too."""
        if void_flags(self.flags, void):
            self.changed.add("person")
        for name, time in self.voids.places(void.origin):
            for event in list(self.bedside.chart.seen[name].get(time, ())):
                if void.covers(event) and self._take_back(event, void.known):
                    self.corrections.append(f"taken back or moved: {CONCEPTS[name].label}")

    def _take_back(self, event: Event, known: int) -> bool:
        """Takes back a row, unless it was, or a later version stands at its time, as one that says the same again."""
        chart = self.bedside.chart
        kind = chart.concepts[event.concept].kind
        versions = (*chart.seen[event.concept][event.time], *chart.again.get((event.concept, event.time), ()))
        if any(
            e.origin == event.origin and e.known >= known and of_one_thing(e, event, kind) for e in versions
        ):
            return False
        end = event.time if kind is Kind.INTERVAL else None
        gone = Event(event.concept, event.time, end, known, None, None, event.origin)
        self.bedside.see(gone)
        if end is not None:
            self._run_again(gone)
        if event.concept == WEIGHT.name:
            self._weigh_again(known)
        self.changed.add(event.concept)
        if self.ticks:
            self.ticks.charted(event.time, event.concept)
        return True

    def _describe(self, message: int, received: int, fact: Described) -> None:
        """Takes in who the patient is; a date of birth that cannot be is rejected, and one that is another person's is told."""
        fact, rejected = read_birth(fact, received, self.person.born)
        self.rejected += [(message, one) for one in rejected]
        remember(self.described, fact)
        self._person = None

    def _person_changed(self) -> None:
        """Tells the chart of the birth; another birth than before makes another patient of every age."""
        self.changed.add("person")
        born = self.person.born
        if (born != self.born and self.born is not None) or self.pregnancies.judged_otherwise(self.person):
            self.rebuilt()
        elif born != self.born or self._told_sex() != self.sex:
            self._tell_birth()
            self._visits_changed(anew=True)

    def _tell_birth(self) -> None:
        self.born = self.person.born
        if self.born is not None and BORN.name in self.bedside.chart.concepts:
            self.bedside.see(Event(BORN.name, self.born, known=self.born, origin="birth"))

    def _chart(self, message: int, fact: Charted) -> None:
        if fact.event.concept not in self.bedside.chart.concepts:
            return
        if why := self.pregnancies.why_not(fact.event, self.person):
            self.rejected = with_rejected(self.rejected, message, fact, why)
            return
        event = self._weighed(message, fact)
        if self.counts(event):
            if correction := correction_of(event, self.bedside.chart):
                self.corrections.append(correction)
            self.bedside.see(event)
            self.changed.add(event.concept)
            self.voids.charted(event)
            for void in self.voids.of(event):
                self._take_back(event, void.known)
            if event.concept == WEIGHT.name:
                self._weigh_again(event.known)
            told, chart = self._endings_of(event), self.bedside.chart
            if told and (ended := ending_of(event, told, chart, self.rates)):
                self._end(event, ended)
            if is_gone(event) and event.origin:
                self._run_again(event)
        else:
            self.set_aside.setdefault(event.concept, []).append(event)
        if event.time > self.heard:  # a clock that runs ahead: it counts from its own moment on
            self.ahead.add(event.time)
        self.last_charted[event.concept] = max(event.time, self.last_charted.get(event.concept, event.time))
        self.seen_in.note(fact.visit, event.time)
        if event.concept in VITALS and event.value is not None:
            self.alive[fact.patient] = max(event.time, self.alive.get(fact.patient, event.time))
        if event.origin:
            keep(source_of(message, fact, event), event, self.sources, self.values)
        if self.first_charted is None or event.time < self.first_charted:
            self.first_charted = event.time
        if all(visit.assumed and event.time < visit.admitted for visit in self.visits):
            self.assumed_moved = True
        if self.ticks:
            self.ticks.charted(event.time, event.concept)

    def _weights(self) -> list[Event]:
        chart = self.bedside.chart
        return chart.standing_measures(WEIGHT.name) if WEIGHT.name in chart.concepts else []

    def _weighed(self, message: int, fact: Charted) -> Event:
        """What is charted: a rate for the whole patient by the weight that is known now."""
        self.weighing.note(fact)
        self.rates.note(fact)
        if fact.whole is None:
            return fact.event
        event, why = weighed(fact, self._weights())
        if why:
            label = CONCEPTS[event.concept].label
            self.rejected.append((message, Rejected(fact.patient, event.time, label, why, fact.shown)))
        return event

    def _weigh_again(self, known: int) -> None:
        """After a weight was charted or taken back, the rates that it changes."""
        for stands, event, why in self.weighing.changed(self._weights(), self.bedside.chart):
            self.bedside.see(replace(stands, value=event.value, known=max(known, stands.known + 1)))
            if not why:
                lacked = NO_WEIGHT, event.time
                self.rejected = [n for n in self.rejected if (n[1].reason, n[1].time) != lacked]
            self.changed.add(event.concept)
            if self.ticks:
                self.ticks.charted(event.time, event.concept)

    def counts(self, event: Event) -> bool:
        """Whether a value is counted: not while its concept is put down to a chronic condition."""
        act = self.attributed.get(event.concept)
        return act is None or (act.until is not None and event.time >= act.until)
