"""One value through label csv, the ward's csv folder, HL7 and FHIR: four equal events, or four rejections."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from opensepsis.data.decode.site import read_site
from opensepsis.data.intake.checks import split
from opensepsis.data.sources.csv_folder import CsvFolder
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.facts import Charted
from opensepsis.uses.ward.model.messages import Message

SITE = read_site()
NOON = 1_772_452_800_000_000
TIME, STAMP = "2026-03-02T11:00:00Z", "202603021100+0000"
CODED = [
    ("lactate", "mmol/L", "2524-7"), ("lactate", "", "2524-7"), ("lactate", "bananas", "2524-7"), ("creatinine", "mg/dL", "2160-0"),
    ("creatinine", "umol/L", "14682-9"), ("creatinine", "", "2160-0"), ("platelets", "10*3/uL", "777-3"), ("platelets", "/uL", "777-3"),
    ("platelets", "Gpt/l", "777-3"), ("bilirubin", "mg/dL", "1975-2"), ("heart_rate", "bpm", "8867-4"), ("temperature", "Cel", "8310-5"),
    ("temperature", "degF", "8310-5"), ("fio2", "%", "3150-0"), ("spo2", "%", "59408-5"), ("gcs_total", "{score}", "9269-2"),
    ("systolic_pressure", "mmHg", "8480-6"), ("weight", "kg", "29463-7"), ("glucose", "mg/dL", "2345-7"),
]  # fmt: skip
SIGNS = {"": "", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "≤": "<=", "≥": ">="}
numbers = st.one_of(
    st.integers(0, 200_000).map(str),
    st.decimals(0, 400, places=1, allow_nan=False).map(str),
    st.decimals(0, 60, places=2, allow_nan=False).map(str),
)
rows = st.lists(
    st.tuples(st.sampled_from(CODED), st.sampled_from(sorted(SIGNS)), numbers), min_size=1, max_size=12
)


def by_label(table) -> list:
    with tempfile.TemporaryDirectory() as folder:
        stays = "".join(f"p{n},s{n},2026-03-02T00:00:00Z,2026-03-03T00:00:00Z\n" for n in range(len(table)))
        lines = "".join(
            f"p{n},{concept},{TIME},{sign}{number},{unit}\n"
            for n, ((concept, unit, _), sign, number) in enumerate(table)
        )
        lines += (
            f"p0,height,{TIME},170,cm\n"  # a file whose units are empty throughout is in each concept's own
        )
        Path(folder, "stays.csv").write_text("patient,stay,admitted,discharged\n" + stays, encoding="utf-8")
        Path(folder, "events.csv").write_text("patient,concept,time,value,unit\n" + lines, encoding="utf-8")
        kept = [split(batch)[0] for batch in CsvFolder(Path(folder)).events(None)]
    found = {
        row[0]: row[1:]
        for batch in kept
        for row in batch.select("patient", "concept", "value", "text").iter_rows()
        if row[1] != "height"
    }
    return [found.get(f"p{n}") for n in range(len(table))]


def by_ward(form: str, raw: str):
    facts, _ = read(Message(1, "feed", form, "k", raw.encode(), NOON), SITE)
    return next(
        ((f.event.concept, f.event.value, f.event.text) for f in facts if isinstance(f, Charted)), None
    )


def csv_row(concept, unit, said) -> str:
    return f"patient,concept,time,value,unit\np,{concept},{TIME},{said},{unit}\n"


def hl7_message(code, unit, said) -> str:
    kind = "NM" if said[0].isdigit() else "ST"
    return "\r".join(
        (
            r"MSH|^~\&|LAB|H|||20260302120000+0000||ORU^R01|1|P|2.5.1|||||||UNICODE UTF-8",
            "PID|1||77^^^HOSP^MR",
            f"OBR|1||F1|{code}^x^LN|||{STAMP}",
            f"OBX|1|{kind}|{code}^x^LN||{said}|{unit}|||||F|||{STAMP}",
        )
    )


def fhir_resource(code, unit, sign, number) -> str:
    comparator = f'"comparator": "{SIGNS[sign]}", ' if sign else ""
    return (
        '{"resourceType": "Observation", "id": "o", "status": "final", "subject": {"reference": "Patient/7"}, '
        f'"effectiveDateTime": "{TIME}", "code": {{"coding": [{{"system": "http://loinc.org", "code": "{code}"}}]}}, '
        f'"valueQuantity": {{{comparator}"value": {number}, "unit": "{unit}"}}}}'
    )


@settings(max_examples=25, deadline=None)
@given(rows)
def test_four_readings_of_one_value_are_equal(table):
    labelled = by_label(table)
    for ((concept, unit, code), sign, number), expected in zip(table, labelled, strict=True):
        said = sign + number
        assert by_ward("csv", csv_row(concept, unit, said)) == expected
        assert by_ward("hl7", hl7_message(code, unit, said)) == expected
        assert by_ward("fhir", fhir_resource(code, unit, sign, number)) == expected


def test_a_limit_and_a_rejection():
    table = [(CODED[0], "<", "0.2"), (CODED[1], "", "2.1"), (CODED[7], "", "150000")]
    assert by_label(table) == [("lactate", 0.2, "<"), None, ("platelets", 150.0, None)]


def test_ambiguous_thousands_are_rejected_by_the_three_that_send_text():
    for said in ("150.000", '"150,000"', "1.234"):
        assert by_label([(CODED[7], "", said)]) == [None]
        assert by_ward("csv", csv_row("platelets", "/uL", said)) is None
        assert by_ward("hl7", hl7_message("777-3", "/uL", said.strip('"'))) is None
