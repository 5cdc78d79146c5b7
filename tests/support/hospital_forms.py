"""A typed case of a table as what a hospital would send: one patient each, as csv, in the OMOP CDM, and as FHIR.

`facts_of` says what must be charted so that the signals of the case have its values; each writer takes the facts that its form has
a place for, and says which it has not.
"""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path

from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.scores import SCORES
from opensepsis.rules import Kind

START = datetime(2026, 3, 2, tzinfo=UTC)
CHARTED, TICK, END = 9.0, 9, 10  # hours after admission: when it is charted, scored, and when the stay ends
ABOUT = ("case", "row", "points", "source")


@dataclass(frozen=True)
class Fact:
    """A row of a chart, so many hours after admission; `lasting` to the end of the stay."""

    concept: str
    value: float | None = None
    text: str | None = None
    hour: float = CHARTED
    lasting: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Case:
    """A typed case: the patient's number, what is charted, the age in months, and the points of a row."""

    number: int
    facts: tuple[Fact, ...]
    months: int
    row: str
    points: int | None
    inputs: tuple[tuple[str, str], ...]
    pregnant: bool

    @property
    def chart(self) -> tuple[Fact, ...]:
        """What is charted, the pregnancy too."""
        told = [Fact("pregnancy", text="pregnant", hour=0.5)] if self.pregnant else []
        return (*self.facts, *told)


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def born(months: int) -> datetime:
    """Midnight of the day that lies so many months before admission."""
    years, month = divmod(START.month - 1 - months, 12)
    return datetime(START.year + years, month + 1, START.day, tzinfo=UTC)


def cases_of(table: str, score: str, pregnant: bool, first: int) -> list[Case]:
    """The cases of a table that can be charted; left out are those of an unknown age, and of an input nobody charts by itself."""
    with (Path(__file__).parents[1] / "papers" / f"{table}.csv").open(encoding="utf-8") as lines:
        typed = list(csv.DictReader(lines))
    found = []
    for number, line in enumerate(typed, first):
        inputs = {key: text for key, text in line.items() if text and key not in ABOUT}
        facts = facts_of(inputs, score)
        points = None if line["points"] == "?" else int(line["points"])
        of_no_age = points is None and "age_months" in line and "age_months" not in inputs
        if facts is not None and not of_no_age:
            months = int(float(inputs.get("age_months", _usual_age(score))))
            told = tuple(sorted(inputs.items()))
            found.append(Case(number, tuple(facts), months, line["row"], points, told, pregnant))
    return found


def _usual_age(score: str) -> float:
    """An age in months for which the score is made."""
    told = SCORES[score]
    lowest, below = told.lowest_age or 0, told.age_below
    return 6 * (lowest + below) if below is not None and below < 20 else 12 * max(lowest, 30)


def facts_of(inputs: dict[str, str], score: str) -> list[Fact] | None:
    """What is charted where signals have these values; None where one of them cannot be charted by itself."""
    found: list[Fact] = []
    for name, text in inputs.items():
        if name == "age_months":
            continue
        unit = SCORES[score].signals[name].unit if name in CONCEPTS and name in SCORES[score].signals else ""
        made = SPECIAL[name](text, inputs) if name in SPECIAL else _plain(name, text, unit)
        if made is None:
            return None
        found += made
    return found


def _plain(name: str, text: str, unit: str) -> list[Fact] | None:
    """A signal that is a concept as charted: a number, a word, or a sign that is present or absent."""
    concept = CONCEPTS.get(name)
    if concept is None:
        return None
    if text in ("true", "false"):
        return [Fact(name, text="present" if text == "true" else "absent")] if concept.words else None
    if concept.kind is Kind.WORD:
        return [Fact(name, text=text)]
    return [Fact(name, float(text), unit=unit)] if concept.kind is Kind.MEASURE else None


def _hourly(value: float) -> list[Fact]:
    return [Fact("urine_output", value, hour=float(hour)) for hour in range(1, int(CHARTED) + 1)]


def _ratio(text: str, inputs: dict[str, str]) -> list[Fact] | None:
    """A blood gas under half oxygen; not where the case names the share itself."""
    share = 0.5
    return (
        None
        if {"fio2", "spo2_fio2"} & inputs.keys()
        else [Fact("pao2", float(text) * share), Fact("fio2", share)]
    )


def _of_oximeter(text: str, inputs: dict[str, str]) -> list[Fact] | None:
    """A saturation and a share of oxygen whose ratio is exactly this; not where the case names one and no share fits."""
    ratio, said = float(text), inputs.get("spo2")
    for share in [float(said) / ratio] if said else (0.25, 0.5, 1.0, 0.75, 0.3, 0.4, 0.6, 0.8):
        spo2 = float(said or ratio * share)
        if 0.21 <= share <= 1 and 50 <= spo2 <= 100 and spo2 / share == ratio and "fio2" not in inputs:
            return [Fact("fio2", share), *([] if said else [Fact("spo2", spo2)])]
    return None


def _fall(text: str, inputs: dict[str, str]) -> list[Fact] | None:
    now = float(inputs.get("systolic_pressure", 120))
    told = [] if "systolic_pressure" in inputs else [Fact("systolic_pressure", now)]
    return [*told, Fact("usual_systolic", now + float(text), hour=1)]


def _doubled(text: str, inputs: dict[str, str]) -> list[Fact] | None:
    now, ratio = float(inputs.get("creatinine", 0.5 * float(text))), float(text)
    before = now / ratio
    told = [] if "creatinine" in inputs else [Fact("creatinine", now)]
    return [Fact("creatinine", before, hour=1), *told] if now / before == ratio and ratio >= 1 else None


def _lasting(concept: str, word: str | None, absent: str | None = None) -> Callable:
    """What lasts while the signal holds; `absent` is the word for its not holding, without which nothing is charted."""

    def made(text: str, inputs: dict[str, str]) -> list[Fact] | None:
        if text in ("true", "1"):
            return [Fact(concept, text=word, lasting=True)]
        return [Fact(concept, text=absent, lasting=True)] if absent else []

    return made


def _drugs(*names: str, value: float = 0.05) -> Callable:
    def made(text: str, inputs: dict[str, str]) -> list[Fact] | None:
        return [Fact(name, value, hour=2, lasting=True) for name in names[: int(float(text))]]

    return made


SPECIAL: dict[str, Callable] = {
    "gcs": lambda text, _: [Fact("gcs_total", float(text))],
    "pao2_fio2": _ratio,
    "spo2_fio2": _of_oximeter,
    "supported": lambda text, inputs: (
        [] if "ventilated" in inputs else _lasting("ventilation", "cpap")(text, inputs)
    ),
    "ventilated": _lasting("ventilation", "invasive"),
    "systolic_fall": _fall,
    "creatinine_ratio": _doubled,
    "on_oxygen": _lasting("oxygen", "nasal cannula", "air"),
    "urinary_catheter": _lasting("device", "urinary catheter"),
    "labour": _lasting("labour", None),
    "urine_per_hour": lambda text, _: _hourly(float(text)),
    "urine_6h": lambda text, _: [Fact("weight", 10.0, hour=1), *_hourly(10 * float(text))],
    "urine_rate_2h": lambda text, _: [Fact("weight", 10.0, hour=1), *_hourly(10 * float(text))],
    "vasopressors": _drugs("norepinephrine", "epinephrine", "dopamine"),
    "inotropes": _drugs("dobutamine", "milrinone", "epinephrine"),
    "steroid_doses": lambda text, _: (
        [Fact("corticosteroid", text="hydrocortisone|iv", hour=8)] * int(float(text))
    ),
}


def csv_carries(fact: Fact) -> bool:
    return True


def write_csv(folder: Path, cases: list[Case]) -> Path:
    """stays.csv and events.csv."""
    folder.mkdir()
    stays = [
        {"patient": c.number, "stay": c.number, "kind": "hospital", "admitted": at(0).isoformat(), "discharged": at(END).isoformat(),
         "born": born(c.months).isoformat(), "sex": "female"}
        for c in cases
    ]  # fmt: skip
    facts = [(c.number, fact) for c in cases for fact in c.chart]
    rows = [
        {"patient": number, "concept": f.concept, "time": at(f.hour).isoformat(), "end": at(END).isoformat() if f.lasting else "",
         "value": "" if f.value is None else f.value, "unit": _unit(f), "text": f.text or ""}
        for number, f in facts
    ]  # fmt: skip
    for name, table in (("stays", stays), ("events", rows)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, list(table[0]))
            writer.writeheader()
            writer.writerows(table)
    return folder


def _unit(fact: Fact) -> str:
    return "" if fact.value is None else fact.unit or CONCEPTS[fact.concept].unit or ""


@cache
def _codes() -> list[dict[str, str]]:
    with (files("opensepsis.data.maps") / "loinc.csv").open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if not row["specimen"]]


def loinc(fact: Fact) -> str:
    """The first LOINC code of a concept for this unit; empty where there is none."""
    other = {"mg/dL": "SCnc", "umol/L": "MCnc", "mmol/L": "MCnc"}.get(_unit(fact), "none")
    return next((r["code"] for r in _codes() if r["concept"] == fact.concept and r["property"] != other), "")


def omop_carries(fact: Fact) -> bool:
    """A CDM has numbers by LOINC code; no words of the bedside, and pumps and devices in tables that are tested elsewhere."""
    return fact.value is not None and not fact.lasting and bool(loinc(fact))


def write_omop(folder: Path, cases: list[Case]) -> Path:
    """person, visit_occurrence, measurement, and the pregnancy as a coded diagnosis."""
    folder.mkdir()
    tables: dict[str, list[dict]] = {"person": [], "visit_occurrence": [], "measurement": []}
    for case in cases:
        date, birth = {"person_id": case.number}, born(case.months)
        tables["person"].append(
            date | {"gender_concept_id": 8532, "year_of_birth": birth.year, "month_of_birth": birth.month, "day_of_birth": birth.day}
        )  # fmt: skip
        tables["visit_occurrence"].append(
            date | {"visit_occurrence_id": case.number, "visit_concept_id": 9201, **_when("visit_start", 0), **_when("visit_end", END)}
        )  # fmt: skip
        for fact in case.facts:
            tables["measurement"].append(
                date | {"measurement_id": len(tables["measurement"]) + 1, "measurement_concept_id": 0, **_when("measurement", fact.hour),
                        "value_as_number": fact.value, "measurement_source_value": loinc(fact),
                        "unit_source_value": _unit(fact), "visit_occurrence_id": case.number}
            )  # fmt: skip
        if case.pregnant:
            tables.setdefault("condition_occurrence", []).append(
                date | {"condition_occurrence_id": case.number, "condition_concept_id": 0, **_when("condition_start", END),
                        "condition_source_value": "O09.9", "visit_occurrence_id": case.number}
            )  # fmt: skip
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def _when(name: str, hour: float) -> dict[str, str]:
    moment = at(hour)
    return {f"{name}_date": f"{moment:%Y-%m-%d}", f"{name}_datetime": f"{moment:%Y-%m-%d %H:%M:%S}"}


def fhir_carries(fact: Fact) -> bool:
    """Drugs are tested elsewhere; everything else is an Observation or a Procedure, by LOINC, a code of the site, or in words."""
    return not (fact.lasting and fact.value is not None) and not CONCEPTS[fact.concept].routed


def write_fhir(folder: Path, cases: list[Case]) -> tuple[Path, Path]:
    """An export of Patients, Encounters and Observations, and the site's folder with its codes."""
    folder.mkdir()
    site = folder.with_name("site")
    site.mkdir(exist_ok=True)
    own = [f"urn:site,{name},{name},{c.unit or ''}" for name, c in CONCEPTS.items()]
    (site / "codes.csv").write_text("\n".join(["system,code,concept,unit", *own]) + "\n", encoding="utf-8")
    resources = []
    for case in cases:
        who = {"reference": f"Patient/{case.number}"}
        resources.append(
            {"resourceType": "Patient", "id": str(case.number), "gender": "female", "birthDate": f"{born(case.months):%Y-%m-%d}"}
        )  # fmt: skip
        period = {"start": at(0).isoformat(), "end": at(END).isoformat()}
        resources.append(
            {"resourceType": "Encounter", "id": f"e{case.number}", "status": "finished", "class": {"code": "IMP"}, "subject": who,
             "period": period}
        )  # fmt: skip
        for n, fact in enumerate(case.chart):
            resources.append(_observation(fact, f"{case.number}-{n}", who))
    lines = "\n".join(json.dumps(one) for one in resources)
    (folder / "export.ndjson").write_text(lines + "\n", encoding="utf-8")
    return folder, site


def _observation(fact: Fact, name: str, who: dict) -> dict:
    coding = {"system": "urn:site", "code": fact.concept}
    if fact.value is not None and loinc(fact):
        coding = {"system": "http://loinc.org", "code": loinc(fact)}
    said: dict = {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"coding": [coding]},
        "subject": who,
    }
    if fact.lasting:
        period = {"start": at(fact.hour).isoformat(), "end": at(END).isoformat()}
        code = {"text": f"{fact.concept}: {fact.text or fact.concept}"}
        return said | {
            "resourceType": "Procedure",
            "status": "completed",
            "code": code,
            "performedPeriod": period,
        }
    said["effectiveDateTime"] = at(fact.hour).isoformat()
    if fact.value is not None:
        unit = _unit(fact)
        said["valueQuantity"] = {
            "value": fact.value,
            "unit": unit,
            "system": "http://unitsofmeasure.org",
            "code": unit,
        }
    elif fact.text in ("present", "absent"):
        said["valueBoolean"] = fact.text == "present"
    else:
        said["valueCodeableConcept"] = {"text": fact.text}
    return said
