"""The log of a ward again under other rules, by the ward's own reducer: the calls are those that it would have made."""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context

from opensepsis.engine.live.phenotypes import Episode
from opensepsis.uses.ward.model.facts import Entry
from opensepsis.uses.ward.model.transitions import Transition
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.state.ward import Ward
from opensepsis.uses.ward.store import commit as logs
from opensepsis.uses.ward.store.database import open_database
from opensepsis.uses.ward.workbench.difference import Witness, difference
from opensepsis.uses.ward.workbench.groups import groups
from opensepsis.uses.ward.workbench.scenario import Scenario

_TOGETHER = 25  # groups of patients that a process takes at once


@dataclass(frozen=True)
class Stay:
    """One visit: when it began and ended within the log, and the episodes by which calls are judged (onset, found here). Microseconds."""

    patient: str
    visit: str
    ward: str
    begin: int
    end: int
    episodes: tuple[tuple[int, int], ...] = ()


@dataclass
class Replayed:
    """What the rules make of the log: every change of every alert, and the stays with their episodes."""

    transitions: list[Transition] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)

    def add(self, other: "Replayed") -> None:
        """Takes in what became of other patients."""
        self.transitions += other.transitions
        self.stays += other.stays


def replay(
    address: str,
    scenarios: Sequence[Scenario],
    outcome: str,
    limits: Mapping[str, int] | None = None,
    processes: int = 2,
) -> list[Replayed]:
    """What each scenario makes of the log of a ward's database, in their order; nothing is written there.

    Patients of whom another scenario cannot have made another call than the first (`difference`) are not worked out again for it.
    `limits` are those of the feeds (microseconds of silence): with any, patients are not independent of one another, and one
    process takes the whole log in its order.
    """
    database = open_database(address)
    try:
        horizon = _horizon(database)
        kin = groups(database)
    finally:
        database.close()
    if limits:
        kin, processes, together = [tuple(name for group in kin for name in group)], 1, 1
    else:
        together = _TOGETHER
    parts = [kin[i : i + together] for i in range(0, len(kin), together)]
    work = partial(_some, address, scenarios, outcome, limits or {}, horizon)
    found = [Replayed() for _ in scenarios]
    if processes == 1 or len(parts) == 1:
        answers = map(work, parts)
        _collect(found, answers)
    else:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            _collect(found, pool.map(work, parts))
    for one in found:
        one.transitions.sort(key=lambda t: (t.time, t.patient, t.alert, t.step))
        one.stays.sort(key=lambda s: (s.begin, s.patient, s.visit))
    return found


def _collect(found: list[Replayed], answers: Iterable[list[Replayed]]) -> None:
    for answer in answers:
        for mine, its in zip(found, answer, strict=True):
            mine.add(its)


def _horizon(database) -> int:
    rows = database.rows("SELECT value FROM standing WHERE name = 'horizon'")
    return rows[0][0] if rows else 0


def _some(
    address: str, scenarios: Sequence[Scenario], outcome: str, limits: Mapping[str, int], horizon: int, kin: Sequence[tuple[str, ...]]
) -> list[Replayed]:  # fmt: skip
    """Some groups of patients, each under every scenario, with a connection of this process."""
    database, often = open_database(address), gc.get_threshold()
    gc.set_threshold(
        100_000
    )  # a ward holds few cycles: looking for them every 700 objects takes a twentieth of the time
    try:
        found = [Replayed() for _ in scenarios]
        for names in kin:
            # what is taken back of nobody who is named may be of anybody
            entries = list(logs.log(database, None if limits else [*names, ""], 0))
            for mine, its in zip(
                found, _under_each(entries, scenarios, outcome, horizon, limits), strict=True
            ):
                mine.add(its)
        return found
    finally:
        gc.set_threshold(*often)
        database.close()


def _under_each(
    entries: Sequence[Entry],
    scenarios: Sequence[Scenario],
    outcome: str,
    horizon: int,
    limits: Mapping[str, int],
) -> Iterator[Replayed]:
    """What each scenario makes of some patients: those that cannot differ from the first answer as it did."""
    base, *others = scenarios
    witnesses = {one.name: Witness(how) for one in others if (how := difference(base, one)) is not None}
    first = replayed(entries, base, outcome, horizon, limits, tuple(witnesses.values()))
    yield first
    for scenario in others:
        witness = witnesses.get(scenario.name)
        alike = witness is not None and not witness.mattered
        yield first if alike else replayed(entries, scenario, outcome, horizon, limits)


def replayed(
    entries: Iterable[Entry],
    scenario: Scenario,
    outcome: str,
    horizon: int,
    limits: Mapping[str, int] | None = None,
    witnesses: Sequence[Witness] = (),
) -> Replayed:
    """What a scenario makes of some entries of a log, up to a moment, while witnesses look on."""
    ward = Ward(scenario.watching, scenario.policy, limits=limits or {})
    episodes: dict[tuple[str, str], tuple[Episode, ...]] = {}

    def looked(patient: Patient, now: int) -> None:
        if patient.visit is not None and patient.found:
            episodes[patient.name, patient.visit.name] = tuple(patient.found.get(outcome, ()))
        for witness in witnesses:
            witness.look(patient, now)

    ward.after_look = looked
    told = [*ward.take(entries), *ward.run_timers(horizon)]
    stays = []
    for patient in ward.patients.values():
        stays += _stays(patient, outcome, episodes, horizon)
    return Replayed(told, stays)


def _stays(
    patient: Patient, outcome: str, episodes: Mapping[tuple[str, str], tuple[Episode, ...]], horizon: int
) -> list[Stay]:
    found = []
    for visit in patient.visits:
        if visit.admitted >= horizon or visit.outpatient:
            continue
        end = horizon if visit.discharged is None else min(visit.discharged, horizon)
        told = []
        for episode in episodes.get((patient.name, visit.name), ()):
            here = patient.first_found.get((outcome, episode.suspected))
            told.append((episode.onset, episode.known if here is None else max(episode.known, here)))
        found.append(Stay(patient.name, visit.name, visit.ward, visit.admitted, end, tuple(told)))
    return found
