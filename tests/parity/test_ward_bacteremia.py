"""The ward finds the events of bacteremia that `label` finds, from the same messages: FHIR against an export, and HL7 against FHIR."""

from random import Random

import orjson
import polars as pl
import pytest

from opensepsis.data.decode.facts import Resource
from opensepsis.data.decode.fhir.kept import Memory
from opensepsis.data.decode.site import read_site
from opensepsis.uses.label import label
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.facts import Entry
from opensepsis.uses.ward.model.messages import Message
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.ward import Ward
from tests.support.hospitals.bulk_export import START, export
from tests.support.ward.hospital import FOREVER
from tests.support.ward.microbiology import as_fhir, as_hl7, weeks

EVENTS = (
    "bacteremia",
    "bacteremia:nhsn_draft",
    "bacteremia:nhsn_draft:each_organism",
    "bacteremia:nhsn_draft:earlier_growth",
)
SECOND, MINUTE, HOUR = 1_000_000, 60_000_000, 3_600_000_000
FIRST = int(START.timestamp()) * 1_000_000
PATIENTS = [weeks(Random(f"bacteremia {n}")) for n in range(60)]


def on_the_ward(messages, form: str):
    """The patient as the ward has them after the last message."""
    ward = Ward(watched(("news2",), EVENTS, ()), AlertPolicy(leave_after=FOREVER))
    site, memory, number, entries = read_site(), Memory(lambda name: None), 0, []
    for count, (hours, said) in enumerate(messages, 1):
        received = FIRST + int(hours * HOUR) + MINUTE
        raw = said if isinstance(said, bytes) else orjson.dumps(said)
        facts, _ = read(Message(count, "feed", form, str(count), raw, received), site, memory)
        for fact in facts:
            if isinstance(fact, Resource):
                memory.note(fact)
            else:
                number += 1
                entries.append(Entry(number, count, received, fact))
    ward.take(entries)
    ward.run_timers(FIRST + int(messages[-1][0] * HOUR) + HOUR)
    (patient,) = ward.patients.values()
    return patient


def found(patient) -> dict[str, list[tuple]]:
    """The events; `known` to the second, as versions of a resource count microseconds."""
    return {
        name: [
            (e.onset, e.known // SECOND, e.suspected, e.onset_type, e.strata)
            for e in patient.found.get(name, ())
        ]
        for name in EVENTS
    }


def without_known(rows: list[tuple]) -> list[tuple]:
    return [(row[0], *row[2:]) for row in rows]


def organisms(patient) -> list[tuple]:
    return sorted((e.time, e.text) for e in patient.bedside.chart.standing("organism") if e.text)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory) -> pl.DataFrame:
    """The episodes of all patients from one export, by the number of the patient."""
    folder = tmp_path_factory.mktemp("bacteremia")
    lines = [line for n, told in enumerate(PATIENTS) for _, said in as_fhir(told) for line in [_of(said, n)]]
    export(folder / "export", a=lines)
    label("fhir", folder / "export", folder / "out", definitions=",".join(EVENTS))
    return pl.read_parquet(folder / "out" / "episodes.parquet")


def _of(said: dict, n: int) -> dict:
    """A resource under names of its own patient."""
    text = orjson.dumps({**said, "id": f"{said['id']}-{n}"}).decode().replace("Patient/p", f"Patient/p-{n}")
    return orjson.loads(text)


def test_from_fhir_as_from_an_export(labelled):
    compared = alike = 0
    for n, told in enumerate(PATIENTS):
        ward = found(on_the_ward(as_fhir(told), "fhir"))
        for name in EVENTS:
            mine = labelled.filter(pl.col("definition") == name, pl.col("stay") == f"e-{n}").sort("onset")
            onset, known, suspected = (pl.col(c).to_physical() for c in ("onset", "known", "suspected"))
            rows = mine.select(onset, known // SECOND, suspected, "onset_type", "strata").rows()
            assert without_known(ward[name]) == without_known(rows), f"{name} of {n}"
            # what a correction took away and another gave back could be told at the first time, and stands since the second
            assert all(first[1] <= now[1] for first, now in zip(rows, ward[name], strict=True))
            compared += len(rows)
            alike += sum(first[1] == now[1] for first, now in zip(rows, ward[name], strict=True))
    assert compared > 60 and alike > 0.9 * compared


def test_from_hl7_as_from_fhir():
    kinds, compared = set(), 0
    for n, told in enumerate(PATIENTS):
        hl7, fhir = on_the_ward(as_hl7(told), "hl7"), on_the_ward(as_fhir(told), "fhir")
        assert organisms(hl7) == organisms(fhir), n
        assert found(hl7) == found(fhir), n
        kinds |= {row[3] for rows in found(hl7).values() for row in rows}
        compared += len(organisms(hl7))
    assert compared > 60 and {"outpatient", "community", "hospital"} <= kinds
