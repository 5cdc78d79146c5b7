"""Rows of a ward's csv folder and values of devices: read by the rules of `label csv`."""

import orjson
import pytest

from opensepsis.data.decode.site import read_site
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.facts import Charted, Described, Rejected
from opensepsis.uses.ward.model.messages import Message

SITE = read_site()
NOON = 1_772_452_800_000_000
TIME = "2026-03-02T11:00:00Z"


def row(header: str, line: str):
    raw = f"{header}\n{line}\n".encode()
    return read(Message(1, "folder", "csv", "k", raw, NOON), SITE)


def event(concept: str, value: str, unit: str | None, text: str = ""):
    column, cell = ("", "") if unit is None else (",unit", f",{unit}")
    facts, _ = row(f"patient,concept,time,value,text{column}", f'P1,{concept},{TIME},"{value}",{text}{cell}')
    (fact,) = facts
    return fact


@pytest.mark.parametrize(
    ("concept", "value", "unit", "number", "limit"),
    [
        ("fio2", "40", "", 0.4, None),
        ("fio2", "40", None, 0.4, None),
        ("lactate", "<0.2", "mmol/L", 0.2, "<"),
        ("lactate", "2.1", None, 2.1, None),
        ("creatinine", "≥ 1,5", "mg/dL", 1.5, ">="),
        ("platelets", "150000", "/uL", 150.0, None),
        ("platelets", "150", "", 150.0, None),
    ],
)
def test_a_value_of_a_csv_row(concept, value, unit, number, limit):
    found = event(concept, value, unit)
    assert isinstance(found, Charted)
    assert (found.event.value, found.event.text) == (number, limit)


@pytest.mark.parametrize(
    ("concept", "value", "unit", "why"),
    [
        ("lactate", "2.1", "", "no unit"),
        ("platelets", "150.000", "/uL", "thousands"),
        ("temperature", "98.6", "Cel", "outside plausible limits"),
        ("lactate", "two", "mmol/L", "not a number"),
        ("lactate", "2.1", "bananas", "no conversion"),
        ("lactate", "NA", "mmol/L", "no value"),
        ("lactate", "", "mmol/L", "no value"),
    ],
)
def test_a_value_that_is_rejected(concept, value, unit, why):
    found = event(concept, value, unit)
    assert isinstance(found, Rejected)
    assert why in found.reason


def test_an_interval_that_ends_before_it_starts():
    facts, _ = row("patient,concept,time,end,text", f"P1,ventilation,{TIME},2026-03-02T10:00:00Z,invasive")
    assert [f.reason for f in facts] == ["ends before it starts"]


@pytest.mark.parametrize(
    ("said", "sex"),
    [
        ("Male", "M"),
        ("m", "M"),
        ("w", "F"),
        ("1", "M"),
        ("2", "F"),
        ("female", "F"),
        ("weiblich", "F"),
        ("X", "O"),
    ],
)
def test_sex_is_read_from_a_list(said, sex):
    facts, problems = row("patient,stay,admitted,sex", f"P1,S1,{TIME},{said}")
    assert [f.sex for f in facts if isinstance(f, Described)] == [sex] and not problems


def test_a_sex_that_no_list_has_is_rejected_and_counted():
    facts, problems = row("patient,stay,admitted,sex", f"P1,S1,{TIME},Smith")
    assert [f.sex for f in facts if isinstance(f, Described)] == [None]
    assert [(p.kind, p.code) for p in problems] == [("unmapped", "sex")]


@pytest.mark.parametrize(("said", "years"), [("60", 60), ("> 89", 90), (">89", 90), ("60,5", 60.5)])
def test_an_age(said, years):
    facts, problems = row("patient,stay,admitted,age", f'P1,S1,{TIME},"{said}"')
    (born,) = [f.born for f in facts if isinstance(f, Described)]
    assert (NOON - born) / 31_557_600_000_000 == pytest.approx(years, abs=0.01) and not problems


@pytest.mark.parametrize("said", ["-3", "300", "sixty"])
def test_an_age_that_cannot_be(said):
    facts, problems = row("patient,stay,admitted,age", f"P1,S1,{TIME},{said}")
    assert [f.born for f in facts if isinstance(f, Described)] == [None] and len(problems) == 1


def device(value, unit="mmol/L", code="2524-7"):
    said = {"patient": "P1", "time": TIME, "values": [{"code": code, "value": value, "unit": unit}]}
    return read(Message(1, "icu", "mqtt", "k", orjson.dumps(said), NOON), SITE)[0]


def test_a_device_sends_numbers_or_texts():
    assert [f.event.value for f in device(2.125)] == [2.125]
    assert [f.event.value for f in device("<0.2")] == [0.2]
    assert [f.event.value for f in device(1.25, "mL", "9187-6")] == [1.25]
    assert [type(f).__name__ for f in device("1.250", "mL", "9187-6")] == ["Voided", "Rejected"]
    assert [type(f).__name__ for f in device(None)] == ["Voided", "Rejected"]


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("1", 1.0),
        ("0", 0.0),
        ("Gram negative rods", 1.0),
        ("No growth", 0.0),
        ("pending", None),
        ("?!x", None),
        ("?MRSA", None),
        ("NG x 5 days", 0.0),
        ("2/2 bottles", 1.0),
    ],
)
def test_a_culture_is_said_in_words_or_numbers(said, value):
    found = event("culture", said, "", "blood")
    assert (found.event.value, found.event.text) == (value, "blood")


@pytest.mark.parametrize(
    ("said", "specimen"),
    [("E. coli", "MRSA SCREEN"), ("MRSA screen positive", "swab"), ("Specimen rejected", "blood")],
)
def test_no_culture_at_all(said, specimen):
    assert isinstance(event("culture", said, "", specimen), Rejected)


GERMAN = """
[format]
separator = ";"
decimal = ","
encoding = "cp1252"
times = "DD.MM.YYYY hh:mm"
timezone = "Europe/Berlin"
missing = ["n.b."]
[events.columns]
patient = "Fall"
concept = "Parameter"
time = "Datum + Uhrzeit"
value = "Wert"
unit = "Einheit"
drug = "Mittel"
route = "Weg"
[concepts]
"Thrombozyten" = { concept = "platelets", unit = "Gpt/l" }
"Laktat" = "lactate"
"Gabe" = "antibiotic"
"O2" = "oxygen"
[drugs]
"Hausmischung" = { ingredient = "ceftriaxone", concept = "antibiotic" }
[words.route]
"Tropf" = "iv"
"""


def german(tmp_path, line: str, header="Fall;Parameter;Datum;Uhrzeit;Wert;Einheit;Mittel;Weg"):
    (tmp_path / "site.toml").write_text(GERMAN, encoding="utf-8")
    raw = f"{header}\n{line}\n".encode("cp1252")
    return read(Message(1, "folder", "csv", "k", raw, NOON), read_site(tmp_path))


@pytest.mark.parametrize(
    ("line", "concept", "value", "text"),
    [
        ("1;Laktat;02.03.2026;12:00;<3;mmol/l;;", "lactate", 3.0, "<"),
        ("1;Laktat;02.03.2026;12:00;2,125;mmol/l;;", "lactate", 2.125, None),
        ("1;Thrombozyten;02.03.2026;12:00;182,5;;;", "platelets", 182.5, None),
        ("1;Thrombozyten;02.03.2026;12:00;182.500;/µl;;", "platelets", 182.5, None),
        ("1;Gabe;02.03.2026;12:00;;;Hausmischung;Tropf", "antibiotic", None, "ceftriaxone|iv"),
    ],
)
def test_a_german_export_is_read_by_its_site_file(tmp_path, line, concept, value, text):
    facts, problems = german(tmp_path, line)
    (found,) = facts
    assert not problems
    assert (found.event.concept, found.event.value, found.event.text) == (concept, value, text)
    assert found.event.time == NOON - 3_600_000_000


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("1;Laktat;02.03.2026;12:00;n.b.;mmol/l;;", "no value"),
        ("1;Laktat;02.03.2026;12:00;2.1;mmol/l;;", "not a number"),
        ("1;Laktat;2026-03-02;;2,1;mmol/l;;", "'time' is no time to the minute"),
    ],
)
def test_what_a_german_export_cannot_say(tmp_path, line, why):
    facts, _ = german(tmp_path, line)
    assert [f.reason for f in facts] == [why]


@pytest.mark.parametrize("cells", ["2026-03-02T11:00Z,never", "2026-03-02,", "11 o'clock,"])
def test_a_time_that_cannot_be_read_is_not_replaced(cells):
    facts, problems = row("patient,concept,time,end,text", f"P1,ventilation,{cells},invasive")
    assert isinstance(facts[0], Rejected) and problems[0].kind == "time"


@pytest.mark.parametrize("born", ["2026-03-03", "1850-01-01"])
def test_a_birth_that_cannot_be(born):
    facts, problems = row("patient,stay,admitted,born", f"P1,S1,{TIME},{born}")
    assert [f.born for f in facts if isinstance(f, Described)] == [None] and problems[0].code == "born"


def test_a_diagnosis_in_words_that_may_take_it_back_is_shown():
    fact = event("diagnosis", "", None, "ICD10:A41.9|rule out")
    assert isinstance(fact, Rejected) and "may take it back" in fact.reason
    assert event("diagnosis", "", None, "ICD10:A41.9|principal").event.text == "ICD10:A41.9|principal"


@pytest.mark.parametrize(
    ("said", "dead", "died", "problems"),
    [("alive at discharge", False, None, 0), ("not dead", False, None, 0), ("yes", True, None, 0), ("", None, None, 0),
     ("NA", None, None, 0), ("died?", None, None, 1), ("see notes", None, None, 1), ("2026-03-02T10:00:00Z", None, NOON - 7_200_000_000, 0),
     ("2026-03-01", None, NOON - 43_200_000_001, 0), ("2026-03-02", None, NOON, 0), ("2026-03", True, None, 0)],
)  # fmt: skip
def test_only_a_listed_word_or_a_time_tells_of_death(said, dead, died, problems):
    facts, found = row("patient,stay,admitted,died", f"P1,S1,{TIME},{said}")
    (who,) = [fact for fact in facts if isinstance(fact, Described)]
    assert (who.dead, who.died, len(found)) == (dead, died, problems)
