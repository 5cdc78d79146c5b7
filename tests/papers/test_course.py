"""The course of made-up patients, typed by hand: every finding there and absent, and every edge, through the csv source."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import opensepsis
from opensepsis.definitions import COURSE
from opensepsis.definitions.course.lists import rows
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.live.findings import Basis, FindingStay, course_of
from opensepsis.rules import Had, Reached, course_concepts, lists_of, marks_of
from opensepsis.uses.label import why_stay

HERE = Path(__file__).parent / "course"
START = datetime(2026, 1, 1, tzinfo=UTC)
STAY = {
    "stay": "",
    "admitted_hour": "0",
    "discharged_hour": "48",
    "age": "50",
    "died_hour": "",
    "discharged_to": "HOME",
}
UNITS = {
    "crystalloid": "mL", "weight": "kg", "norepinephrine": "ug/kg/min", "creatinine": "mg/dL", "pao2": "mm[Hg]", "fio2": "1",
    "peep": "cm[H2O]", "platelets": "10*3/uL", "d_dimer": "mg/L{FEU}", "gcs_total": "{score}", "lactate": "mmol/L",
}  # fmt: skip


def read(name: str) -> list[dict]:
    with open(HERE / f"{name}.csv", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


EXPECTED = read("expected")
CASES = list(dict.fromkeys(row["case"] for row in EXPECTED))


def stays_of(case: str) -> list[dict]:
    return [row for row in read("stays") if row["case"] == case] or [{"case": case, **STAY}]


def clock(hour: str) -> datetime | None:
    return START + timedelta(seconds=round(float(hour) * 3600)) if hour else None


def iso(hour: str) -> str:
    return clock(hour).isoformat() if hour else ""


def write_csv(path: Path, rows: list[dict]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def hospital(folder: Path, cases: list[str]) -> Path:
    """The cases as a folder of the csv source; the stay that is judged has the name of its case."""
    stays = [
        {
            "patient": s["case"], "stay": f"{s['case']} {s['stay']}".strip(), "admitted": iso(s["admitted_hour"]),
            "discharged": iso(s["discharged_hour"]), "age": s["age"], "died": iso(s["died_hour"]),
            "discharged_to": s["discharged_to"],
        }
        for case in cases
        for s in stays_of(case)
    ]  # fmt: skip
    events = [
        {
            "patient": e["case"], "concept": e["concept"], "time": iso(e["hour"]), "end": iso(e["end_hour"]),
            "known": iso(e["known_hour"]), "value": e["value"], "unit": UNITS.get(e["concept"], "") if e["value"] else "",
            "text": e["text"], "origin": e["origin"],
        }
        for e in read("events")
        if e["case"] in cases
    ]  # fmt: skip
    write_csv(folder / "stays.csv", stays)
    write_csv(folder / "events.csv", events)
    return folder


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    folder = hospital(tmp_path_factory.mktemp("course"), CASES)
    return opensepsis.label("csv", folder, definitions="course,suspected_infection,bacteremia,septic_shock")


def found(course: pl.DataFrame, case: str, finding: str) -> dict:
    rows = course.filter(pl.col("stay") == case, pl.col("finding") == finding).to_dicts()
    assert len(rows) <= 1
    return (
        rows[0]
        if rows
        else {"state": "no", **dict.fromkeys(("time", "known", "value", "text", "reason")), "evidence": []}
    )


@pytest.mark.parametrize("row", EXPECTED, ids=lambda r: f"{r['case']}-{r['finding']}")
def test_finding(labels, row):
    told = found(labels.course, row["case"], row["finding"])
    value = float(row["value"]) if row["value"] else None
    assert (told["state"], told["time"], told["known"]) == (
        row["state"],
        clock(row["hour"]),
        clock(row["known_hour"]),
    )
    assert told["value"] == (pytest.approx(value) if value is not None else None)
    assert (told["text"], told["reason"]) == (row["text"] or None, row["reason"] or None)
    if row["evidence"]:
        assert told["evidence"] == row["evidence"].split()


def test_every_finding_is_typed_there_and_absent_or_not_known():
    there = {row["finding"] for row in EXPECTED if row["state"] == "yes"}
    assert there == {f.name for f in COURSE.findings}


def moment(hour: str) -> int | None:
    return int(clock(hour).timestamp()) * 1_000_000 if hour else None


@pytest.mark.parametrize("case", CASES)
def test_plain_engine_finds_the_same(labels, case):
    concepts = course_concepts(COURSE)
    chart = Chart(concepts)
    for e in (e for e in read("events") if e["case"] == case):
        known = moment(e["known_hour"] or e["hour"])
        value = float(e["value"]) if e["value"] else None
        times = (moment(e["hour"]), moment(e["end_hour"]), known)
        chart.see(Event(e["concept"], *times, value, e["text"] or None, e["origin"] or None))
    (mine,) = [s for s in stays_of(case) if not s["stay"]]
    span = (moment(mine["admitted_hour"]), moment(mine["discharged_hour"]))
    others = [(moment(s["admitted_hour"]), moment(s["discharged_hour"])) for s in stays_of(case) if s["stay"]]
    age = float(mine["age"]) if mine["age"] else None
    stay = FindingStay(
        *span, span, moment(mine["died_hour"]), age, mine["discharged_to"] or None, tuple(others)
    )
    plain = {f.finding: f for f in course_of(COURSE, chart, stay, episodes(labels, case))}
    worked_out = {f.name for f in COURSE.findings for m in f.marks if isinstance(m, Reached)}
    for name in {f.name for f in COURSE.findings} - worked_out:
        told, batch = plain.get(name), found(labels.course, case, name)
        assert (told.state if told else "no") == batch["state"]
        if told and told.state == "yes":
            assert datetime.fromtimestamp(told.time / 1e6, UTC) == batch["time"]
            assert list(told.evidence) == batch["evidence"]
            assert (told.text, told.value) == (batch["text"], batch["value"])


def episodes(labels, case: str) -> Basis:
    names = [COURSE.infection.name, *(m.phenotype.name for m in marks_of(COURSE) if isinstance(m, Had))]
    mine = labels.episodes.filter(pl.col("stay") == case).with_columns(pl.col("onset", "known").to_physical())
    by_name = {n: mine.filter(definition=n).select("onset", "known", "evidence").rows() for n in names}
    return Basis({name: [(o, k, tuple(e)) for o, k, e in found] for name, found in by_name.items()})


def test_what_the_source_never_gives_is_not_known(tmp_path):
    labels = opensepsis.label("csv", hospital(tmp_path, ["norepinephrine"]), definitions="course")
    vasopressors = found(labels.course, "norepinephrine", "vasopressors")
    assert vasopressors["state"] == "yes"
    reasons = {r["finding"]: r["reason"] for r in labels.course.filter(state="not known").to_dicts()}
    assert reasons["diabetes"] == "the source gives no diagnosis"
    assert reasons["gram_negative"] == "the source gives no organism"
    assert reasons["insulin"] == "the source gives no insulin"
    assert reasons["fluids"] == "the source gives no crystalloid"
    assert "recent_stay" not in reasons and "died_in_stay" not in reasons
    assert "readmitted_with_infection" not in reasons  # there was no later stay


def test_codes_of_a_range_are_of_one_length_and_none_stands_twice_in_a_list():
    listed = rows("codes")
    keys = [(r["list"], r["system"], r["code"]) for r in listed]
    assert len(set(keys)) == len(keys)
    for row in (r for r in listed if r["system"] != "word"):
        low, _, high = row["code"].partition("-")
        assert not high or (len(low) == len(high) and low < high), row
    assert {r["system"] for r in listed} == {"ICD9", "ICD10", "word"}
    assert all(r["source"] and r["verified"] in ("yes", "no") for r in listed)


def test_every_list_of_codes_is_read():
    read_by_marks = {
        name for mark in marks_of(COURSE) for part in lists_of(mark) for name in part.name.split(" and ")
    }
    assert {r["list"] for r in rows("codes")} <= read_by_marks


def test_why_tells_the_course_and_a_run_as_known_tells_when_scores_were_known(tmp_path):
    folder = tmp_path / "hospital"
    folder.mkdir()
    hospital(folder, ["kidney injury", "fluid without a weight"])
    labels = opensepsis.label("csv", folder, tmp_path / "out", definitions="course", as_known=True)
    injury = found(labels.course, "kidney injury", "aki")
    assert (injury["time"], injury["known"]) == (clock("10"), clock("10"))
    told = why_stay(tmp_path / "out", "kidney injury")
    assert "Acute kidney injury (KDIGO): 2026-01-01 10:00; 2 stage; l2" in told
    told = why_stay(tmp_path / "out", "fluid without a weight")
    assert "Crystalloid around the infection: not known: no weight is recorded" in told
    assert labels.run["course"]["aki"] == {"yes": 1, "not known": 1}
    (definition,) = [d for d in labels.run["definitions"] if d["kind"] == "course"]
    assert definition["verified"] == "no"
