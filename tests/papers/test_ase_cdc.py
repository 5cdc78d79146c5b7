"""The examples of the CDC toolkit, sentence by sentence, through both engines. Days are hospital days."""

import csv
from pathlib import Path

import pytest

from opensepsis.definitions import PHENOTYPES
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.live.adult_sepsis_event import drug_runs, qualifying_days
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Event
from opensepsis.engine.live.surveillance_days import blood, windows
from opensepsis.engine.semantics.stays import Stay
from opensepsis.rules import Kind, concepts_read
from tests.support.parity.surveillance import DAY, HOUR, batch, live

ADMISSION = 20_000  # an arbitrary calendar day
ASE = PHENOTYPES["adult_sepsis_event"]
with open(Path(__file__).parent / "ase_cdc.csv", encoding="utf-8") as lines:
    CASES = {row["case"]: row for row in csv.DictReader(lines)}


def at(day: str | int, hour: float = 12) -> int:
    """Noon, or another hour, of a hospital day."""
    return (ADMISSION + int(day) - 1) * DAY + round(hour * HOUR)


def events(case: dict) -> list[Event]:
    """The typed cell of a case as events."""
    found = [Event("culture", at(d), None, at(d), None, "blood") for d in case["cultures"].split()]
    for course in filter(None, case["doses"].split(";")):
        text, days = course.split("@")
        found += [Event("antibiotic", at(d), None, at(d), None, text) for d in days.split()]
    if case["failure"]:
        day = case["failure"]
        found.append(Event("phenylephrine", at(day), at(day, 14), at(day), 0.5))
    for entry in filter(None, case["labs"].split(";")):
        found.append(_entry(entry))
    return found


def _entry(entry: str) -> Event:
    """`concept@day=value`, or `concept@day=value@last day` for what runs; last day 0: no length."""
    name, _, rest = entry.partition("@")
    day, _, said = rest.partition("=")
    said, _, last = said.partition("@")
    number = float(said) if said.replace(".", "").isdigit() else None
    end = None
    if last:
        end = at(day) if last == "0" else at(last, 13)
    return Event(name, at(day), end, at(day), number, None if number is not None else said)


def stay(case: dict) -> tuple:
    """Admission to discharge, age, death, and where to."""
    left = at(case["stay_days"], 20)
    died = left if case["discharged_to"] == "died" else None
    return at(1, float(case["admitted_hour"])), left, float(case["age"]), died, case["discharged_to"]


def hospital_day(moment: int) -> str:
    """The hospital day of a moment."""
    return str(moment // DAY - ADMISSION + 1)


@pytest.mark.parametrize("engine", [batch, live])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_event(case, engine):
    found = engine(ASE, [events(case)], [(0, *stay(case))])
    assert [(hospital_day(e["onset"]), e["onset_type"]) for e in found] == (
        [(case["onset"], case["type"])] if case["present"] == "yes" else []
    )
    assert all(e["onset"] % DAY == 0 for e in found)


@pytest.mark.parametrize("case", [c for c in CASES.values() if c["qad"]], ids=lambda c: c["case"])
def test_qualifying_days(case):
    span, bedside = Stay(*stay(case)), Bedside([], concepts_read(ASE))
    for event in events(case):
        bedside.see(event)
    around = list(windows(ASE, span, blood(ASE, bedside.chart)))[-1]
    days = qualifying_days(ASE, span, bedside.chart, around, drug_runs(ASE, bedside.chart))
    assert " ".join(str(d - ADMISSION + 1) for d in days) == case["qad"]


@pytest.mark.parametrize(
    "cultures, expected",
    [("4", {4: (2, 6)}), ("1 7", {1: (1, 3), 7: (5, 9)}), ("1 4", {1: (1, 3), 4: (2, 6)})],
)
def test_figure_1_windows(cultures, expected):
    """Figure 1 draws hospital days only; days −1 and 0 belong to the window of a culture on day 1 too."""
    case = CASES["figure 6 onset date"] | {"cultures": cultures, "doses": "", "failure": ""}
    bedside = Bedside([], concepts_read(ASE))
    for event in events(case):
        bedside.see(event)
    found = windows(ASE, Stay(*stay(case)), blood(ASE, bedside.chart))
    days = {w.culture: (w.first, w.last) for w in found}
    asked = {c + ADMISSION - 1: tuple(d + ADMISSION - 1 for d in w) for c, w in expected.items()}
    assert {c: (max(a, ADMISSION), b) for c, (a, b) in days.items()} == asked


def test_lactate_counts_in_its_variant():
    case = CASES["lactate is optional"]
    assert live(PHENOTYPES["adult_sepsis_event:lactate"], [events(case)], [(0, *stay(case))])


@pytest.mark.parametrize("second, events_counted", [(17, 1), (18, 2)])
@pytest.mark.parametrize("engine", [batch, live])
def test_repeat_infection_timeframe(second, events_counted, engine):
    """Of 14 days, the onset being day 1: a second onset counts from the fifteenth day on."""
    case = CASES["four days are enough"] | {"cultures": f"4 {second}", "stay_days": "30"}
    again = " ".join(str(second + i) for i in range(4))
    case |= {"doses": f"vancomycin|IV@4 5 6 7;cefepime|IV@{again}"}
    case |= {"labs": f"norepinephrine@{second}=0.1@{second}"}
    for name, count in (("adult_sepsis_event", 1), ("adult_sepsis_event:rit_14_days", events_counted)):
        assert len(engine(PHENOTYPES[name], [events(case)], [(0, *stay(case))])) == count


def test_comfort_care_excuses_fewer_days():
    case = CASES["three days are too few"]
    comfort = Event("comfort_care", at(7), None, at(7))
    assert not live(ASE, [events(case)], [(0, *stay(case))])
    assert live(ASE, [[*events(case), comfort]], [(0, *stay(case))])


@pytest.mark.parametrize(
    "organism, fits",
    [
        ("STAPH AUREUS COAG +", True),
        ("CANDIDA ALBICANS", True),
        ("Staphylococcus epidermidis", False),
        ("", False),
        ("CYTOMEGALOVIRUS", False),
        ("HIV-1", False),
        ("Hepatitis C virus", False),
        ("Plasmodium falciparum", False),
    ],
)
@pytest.mark.parametrize("vasopressor_day, inside", [(1, False), (2, True), (6, True), (7, False)])
@pytest.mark.parametrize("engine", [batch, live])
def test_bacteremia_shock_event(organism, fits, vasopressor_day, inside, engine):
    """A pathogen on day 4 and a new vasopressor within two days, whose day is the onset."""
    grown = Event("organism", at(4), None, at(6), None, f"blood|{organism}")
    pressor = Event("norepinephrine", at(vasopressor_day), at(vasopressor_day, 13), at(vasopressor_day), 0.1)
    case = CASES["four days are enough"]
    found = engine(PHENOTYPES["bacteremia_shock_event"], [[grown, pressor]], [(0, *stay(case))])
    days = [(hospital_day(e["onset"]), e["onset_type"]) for e in found]
    kind = "hospital" if vasopressor_day >= 3 else "community"
    assert days == ([(str(vasopressor_day), kind)] if fits and inside else [])


@pytest.mark.parametrize(
    "days, organisms, onsets",
    [
        ("4", "ESCHERICHIA COLI", ["4"]),
        ("4", "Staphylococcus epidermidis", []),
        ("4 5", "Staphylococcus epidermidis", ["4"]),
        ("4 6", "Staphylococcus epidermidis", []),
        ("4 5", "Staphylococcus epidermidis;MICROCOCCUS LUTEUS", []),
        ("4 18", "ESCHERICHIA COLI", ["4"]),
        ("4 19", "ESCHERICHIA COLI", ["4", "19"]),
        ("4", "LACTOBACILLUS SPECIES", ["4"]),
        ("4", "BACILLUS SPECIES; NOT ANTHRACIS", []),
        ("4", "CYTOMEGALOVIRUS", []),
        ("4", "HIV-1", []),
        ("4", "Hepatitis C virus", []),
        ("4", "Plasmodium falciparum", []),
        ("4", "CANDIDA ALBICANS", ["4"]),
    ],
)
@pytest.mark.parametrize("engine", [batch, live])
def test_bacteremia(days, organisms, onsets, engine):
    names = organisms.split(";") if organisms.count(";") and "NOT" not in organisms else [organisms] * 2
    grown = [
        Event("organism", at(d), None, at(d), None, f"blood|{n}")
        for d, n in zip(days.split(), names, strict=False)
    ]
    case = CASES["four days are enough"] | {"stay_days": "30"}
    found = engine(PHENOTYPES["bacteremia"], [grown], [(0, *stay(case))])
    assert [hospital_day(e["onset"]) for e in found] == onsets


def test_the_concepts_of_the_cases_exist():
    assert CONCEPTS["norepinephrine"].kind is Kind.INTERVAL and CONCEPTS["organism"].kind is Kind.EVENT
