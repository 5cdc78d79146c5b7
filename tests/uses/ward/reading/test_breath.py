"""What is breathed, told in words where a flow, an FiO₂ or a device was asked for; and devices that are not there: csv, HL7 and FHIR."""

import polars as pl
import pytest

from opensepsis.data.decode.site import Coded, read_site
from opensepsis.data.intake.checks import split
from opensepsis.data.intake.text_codes_batch import WordsRead
from opensepsis.data.sources.csv_folder import CsvFolder
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.facts import Charted, Rejected, Voided
from opensepsis.uses.ward.model.messages import Message

NOON = 1_772_452_800_000_000
TIME = "2026-03-02T11:00:00Z"
SITE = read_site()
LOCAL = {
    f"X-{name}": name
    for name in (
        "oxygen",
        "ventilation",
        "ecmo",
        "dialysis",
        "mechanical_circulation",
        "device",
        "comfort_care",
    )
}
SITE.codes.update({("", "l", code): Coded(concept) for code, concept in LOCAL.items()})
CODES = {
    "oxygen_flow": ("3151-8", "LN"),
    "fio2": ("3150-0", "LN"),
    "spo2": ("59408-5", "LN"),
    "gcs_total": ("9269-2", "LN"),
} | {name: (code, "L") for code, name in LOCAL.items()}

AIR_FLOW = [("oxygen_flow", 0.0, None), ("oxygen", None, "air")]
AIR_SHARE = [("fio2", 0.21, None), ("oxygen", None, "air")]


INVASIVE_OFF = [("ventilation", None, "off invasive"), ("oxygen", None, "off endotracheal tube")]
SUPPORT = "endotracheal tube|bipap mask|cpap mask|high flow nasal cannula"
NOT_THERE = {name: [(name, None, "off")] for name in ("ecmo", "dialysis", "mechanical_circulation", "comfort_care")} | {
    "ventilation": [("ventilation", None, "off"), ("oxygen", None, f"off {SUPPORT}")],
    "device": [],  # of which there may be several
}  # fmt: skip


def flow(litres, device):
    return [("oxygen_flow", litres, None), ("oxygen", None, device)]


TOLD = [
    *(("oxygen_flow", said, AIR_FLOW) for said in ("Room air", "RA", "on air", "ambient", "ROOM AIR", "off", "Raumluft", "air ambiant")),
    *(("fio2", said, AIR_SHARE) for said in ("Room air", "RA", "air", "21 % room air")),
    ("oxygen_flow", "2 L/min NC", flow(2.0, "nasal cannula")),
    ("oxygen_flow", "15 L NRB", flow(15.0, "non-rebreather mask")),
    ("oxygen_flow", "NC 3", flow(3.0, "nasal cannula")),
    ("oxygen_flow", "Nasenbrille 2,5 l/min", flow(2.5, "nasal cannula")),
    ("oxygen_flow", "HFNC 50L 40%", flow(50.0, "high flow nasal cannula")),
    ("oxygen_flow", "2-4 L NC", [("oxygen", None, "nasal cannula")]),
    ("oxygen_flow", ">15 L NRB", [("oxygen", None, "non-rebreather mask")]),
    ("oxygen_flow", "NRB", [("oxygen", None, "non-rebreather mask")]),
    ("oxygen_flow", "2", [("oxygen_flow", 2.0, None)]),
    ("oxygen_flow", "2L", [("oxygen_flow", 2.0, None)]),
    ("oxygen_flow", "1,5 Liter", [("oxygen_flow", 1.5, None)]),
    ("oxygen_flow", "3 litres O2", [("oxygen_flow", 3.0, None)]),
    ("oxygen_flow", "some", []),
    ("spo2", "98 % RA", [("spo2", 98.0, None), ("oxygen", None, "air")]),
    ("spo2", "94% on 2 L", [("spo2", 94.0, None), ("oxygen", None, "oxygen")]),
    ("spo2", "94 @ 2 L/min O2", [("spo2", 94.0, None), ("oxygen", None, "oxygen")]),
    ("spo2", "96 % (0 L)", [("spo2", 96.0, None), ("oxygen", None, "air")]),
    ("spo2", "94% on 2 L NC", [("spo2", 94.0, None), ("oxygen", None, "nasal cannula")]),
    ("spo2", "91 (room air)", [("spo2", 91.0, None), ("oxygen", None, "air")]),
    ("spo2", "98%", [("spo2", 98.0, None)]),
    ("spo2", "98 % left hand", []),
    ("spo2", "room air", []),
    *(("gcs_total", said, [("gcs_total", total, None)])
      for said, total in (("E4V5M6", 15.0), ("E3 V4 M5", 12.0), ("14/15", 14.0), ("GCS 13/15", 13.0))),
    *(("gcs_total", said, []) for said in ("E4VTM6", "E4V5M6=14", "16/15", "3T", "E4V5", "10/10")),
    ("spo2", "15 RA", []),
    ("oxygen_flow", "room air 2 L", []),
    ("fio2", "40 % venturi", [("fio2", 0.4, None), ("oxygen", None, "venturi mask")]),
    ("fio2", "1 L NC", [("oxygen", None, "nasal cannula")]),  # litres are no share
    ("fio2", "0.5 L NC", [("oxygen", None, "nasal cannula")]),
    ("fio2", "NC 0.5", [("oxygen", None, "nasal cannula")]),
    ("fio2", "NC 28%", [("fio2", 0.28, None), ("oxygen", None, "nasal cannula")]),
    ("oxygen_flow", "O2", [("oxygen", None, "oxygen")]),  # the 2 of O2
    ("oxygen_flow", "O2-Brille", [("oxygen", None, "nasal cannula")]),
    ("oxygen_flow", "CPAP 8", [("oxygen", None, "cpap mask")]),  # a pressure
    ("oxygen_flow", "venturi mask 24", [("oxygen", None, "venturi mask")]),  # per cent
    ("oxygen_flow", "trach collar 35", [("oxygen", None, "tracheostomy mask")]),
    ("oxygen_flow", "CPAP 5 10L", flow(10.0, "cpap mask")),
    ("oxygen_flow", "HFNC 60", flow(60.0, "high flow nasal cannula")),
    ("fio2", "0.35 venturi", [("fio2", 0.35, None), ("oxygen", None, "venturi mask")]),
    ("oxygen", "2 L/min NC", [("oxygen", None, "nasal cannula")]),
    ("oxygen", "15 L NRB", [("oxygen", None, "non-rebreather mask")]),
    ("oxygen", "room air", [("oxygen", None, "air")]),
    ("oxygen", "no", [("oxygen", None, "air")]),
    ("ventilation", "BiPAP", [("ventilation", None, "noninvasive")]),
    ("mechanical_circulation", "IABP", [("mechanical_circulation", None, "balloon pump")]),
    ("mechanical_circulation", "Impella CP", [("mechanical_circulation", None, "impella")]),
    *((name, said, rows) for name, rows in NOT_THERE.items() for said in ("no", "off", "removed", "0", "nein", "abgesetzt")),
    *(("ventilation", said, INVASIVE_OFF) for said in ("extubated", "Extubiert", "vent off", "not intubated", "nicht beatmet")),
    *(("oxygen", said, INVASIVE_OFF[::-1]) for said in ("extubated", "ETT removed", "off ventilator")),
    ("ventilation", "BiPAP discontinued", [("ventilation", None, "off noninvasive"), ("oxygen", None, "off bipap mask")]),
    ("oxygen", "HFNC off", [("oxygen", None, "off high flow nasal cannula"), ("ventilation", None, "off high_flow")]),
    ("oxygen", "nasal cannula off", [("oxygen", None, "off nasal cannula")]),
    *(("oxygen", said, [("oxygen", None, "air")]) for said in ("removed", "0", "switched off")),
    ("device", "Foley removed", [("device", None, "off urinary catheter")]),
    *(("ventilation", said, []) for said in ("not weaned", "weaning", "extubation planned", "trial off at noon")),
    ("mechanical_circulation", "something else", []),
    *((name, said, [(name, 1.0, None)]) for name in ("ventilation", "oxygen", "dialysis", "ecmo") for said in ("yes", "TRUE", "on", "ja")),
    ("ecmo", "yesterday", []),
]  # fmt: skip


def by_csv(folder, concept, said, column):
    (folder / "stays.csv").write_text("patient,stay,admitted\np,s,2026-03-02T00:00:00Z\n", encoding="utf-8")
    cells = {"value": f'"{said}",', "text": f',"{said}"'}[column]
    lines = f"patient,concept,time,value,text\np,{concept},{TIME},{cells}\n"
    (folder / "events.csv").write_text(lines, encoding="utf-8")
    words = WordsRead()
    kept = pl.concat([split(words.read(batch))[0] for batch in CsvFolder(folder).events(None)])
    return lines, list(kept.select("concept", "value", "text").iter_rows())


def by_ward(form, raw):
    facts, _ = read(Message(1, "feed", form, "k", raw.encode(), NOON), SITE)
    assert all(isinstance(fact, Charted | Rejected | Voided) for fact in facts)
    return [(f.event.concept, f.event.value, f.event.text) for f in facts if isinstance(f, Charted)]


def hl7(concept, said):
    code, system = CODES[concept]
    return "\r".join(
        (
            r"MSH|^~\&|NUR|H|||20260302120000+0000||ORU^R01|1|P|2.5.1|||||||UNICODE UTF-8",
            "PID|1||77^^^HOSP^MR",
            "OBR|1||F1|x^x^L|||202603021100+0000",
            f"OBX|1|ST|{code}^x^{system}||{said}||||||F|||202603021100+0000",
        )
    )


def fhir(concept, value):
    code, system = CODES[concept]
    system = "http://loinc.org" if system == "LN" else "l"
    return (
        '{"resourceType": "Observation", "id": "o", "status": "final", "subject": {"reference": "Patient/7"}, '
        f'"effectiveDateTime": "{TIME}", "code": {{"coding": [{{"system": "{system}", "code": "{code}"}}]}}, {value}}}'
    )


@pytest.mark.parametrize(("concept", "said", "rows"), TOLD)
def test_what_is_breathed_or_runs_is_read_alike_from_every_way_in(tmp_path, concept, said, rows):
    column = "value" if (concept in CODES and concept not in LOCAL.values()) or said == "0" else "text"
    lines, labelled = by_csv(tmp_path, concept, said, column)
    assert labelled == rows
    assert by_ward("csv", lines) == rows
    assert by_ward("hl7", hl7(concept, said)) == rows
    assert by_ward("fhir", fhir(concept, f'"valueString": "{said}"')) == rows
    assert by_ward("fhir", fhir(concept, f'"valueCodeableConcept": {{"text": "{said}"}}')) == rows


def test_a_flow_in_words_may_stand_in_the_column_of_texts(tmp_path):
    lines, labelled = by_csv(tmp_path, "oxygen_flow", "room air", "text")
    assert labelled == by_ward("csv", lines) == AIR_FLOW


def test_a_code_says_that_air_is_breathed():
    coded = '"valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": "722742002"}]}'
    assert by_ward("fhir", fhir("oxygen_flow", coded)) == AIR_FLOW
    assert by_ward("fhir", fhir("oxygen", coded)) == [("oxygen", None, "air")]


@pytest.mark.parametrize(
    ("said", "rows"), [("true", [("ecmo", 1.0, None)]), ("false", [("ecmo", None, "off")])]
)
def test_yes_and_no_of_a_device(said, rows):
    assert by_ward("fhir", fhir("ecmo", f'"valueBoolean": {said}')) == rows


@pytest.mark.parametrize("said", ["no", "off", "none", "0"])
def test_a_word_for_none_in_the_column_of_values_is_no_device(tmp_path, said):
    lines, labelled = by_csv(tmp_path, "mechanical_circulation", said, "value")
    assert labelled == by_ward("csv", lines) == [("mechanical_circulation", None, "off")]
    lines, labelled = by_csv(tmp_path, "device", said, "value")
    assert labelled == by_ward("csv", lines) == []


@pytest.mark.parametrize(
    ("cells", "row"),
    [("IMV,", (None, "invasive")), ("yes,", (1.0, None)), ("yes,BiPAP", (None, "noninvasive")), ("1,BiPAP", (1.0, "noninvasive")),
     ("off,BiPAP", (None, "off noninvasive"))],
)  # fmt: skip
def test_a_word_may_stand_in_the_column_of_values(tmp_path, cells, row):
    value, text = cells.split(",")
    lines, _ = by_csv(tmp_path, "ventilation", "x", "value")
    lines = lines.replace('"x",', f"{value},{text}")
    (tmp_path / "events.csv").write_text(lines, encoding="utf-8")
    words = WordsRead()
    kept = pl.concat([split(words.read(batch))[0] for batch in CsvFolder(tmp_path).events(None)])
    first = kept.filter(pl.col("concept").cast(pl.String) == "ventilation").select("value", "text").row(0)
    assert first == row and by_ward("csv", lines)[0] == ("ventilation", *row)


def test_a_number_that_corrects_words_takes_the_device_back():
    first = hl7("oxygen_flow", "2 L NC")
    again = hl7("oxygen_flow", "3").replace("||||||F|", "||||||C|")
    origin = next(f.event.origin for f in read(Message(1, "feed", "hl7", "k", first.encode(), NOON), SITE)[0]
                  if isinstance(f, Charted) and f.event.concept == "oxygen")  # fmt: skip
    void = [
        f
        for f in read(Message(2, "feed", "hl7", "k2", again.encode(), NOON), SITE)[0]
        if isinstance(f, Voided)
    ]
    assert any(f"{origin} ".startswith(f"{fact.origin} ") for fact in void)
