"""What a patient breathes by is one thing at a time: charted without an end, it holds until the next is charted."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from opensepsis.uses.label import label
from tests.support.hospitals.csv_folder import folder

ADMITTED = datetime(2026, 1, 1, tzinfo=UTC)
STAYS = "patient,stay,admitted,discharged,age\na,1,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,60\n"
BREATHED = "a,{},2026-01-01T{}:00Z,{},{},{},{}\n"
CANNULA, AIR, MASK = (("oxygen", "", "", text) for text in ("nasal cannula", "room air", "bipap mask"))


def scored(
    tmp_path, hour: int, *rows: tuple, as_known: bool = False, only="sofa,sofa2,news2"
) -> dict[str, dict]:
    """The scores at an hour from rows of (HH:MM, concept, value, unit, text, end as HH:MM)."""
    events = "patient,concept,time,end,value,unit,text\n"
    for time, concept, value, unit, text, *end in rows:
        until = f"2026-01-01T{end[0]}:00Z" if end else ""
        events += BREATHED.format(concept, time, until, value, unit, text)
    found = label("csv", folder(tmp_path / "h", STAYS, events), definitions=only, as_known=as_known)
    at = pl.col("time") == ADMITTED + timedelta(hours=hour)
    return {name: frame.filter(at).row(0, named=True) for name, frame in found.scores.items()}


@pytest.mark.parametrize("as_known", [False, True])
def test_a_cannula_ends_with_air(tmp_path, as_known):
    rows = [("01:00", *CANNULA), ("03:00", *AIR), ("05:00", *CANNULA)]
    points = [scored(tmp_path / str(h), h, *rows, as_known=as_known)["news2"]["oxygen"] for h in (2, 4, 6)]
    assert points == [2, 0, 2]


def test_support_ends_with_a_cannula(tmp_path):
    gas = [("04:00", "fio2", "0.6", "1", ""), ("04:30", "pao2", "60", "mm[Hg]", "")]
    assert scored(tmp_path / "a", 5, ("01:00", *MASK), *gas)["sofa"]["respiration"] == 3
    both = scored(tmp_path / "b", 5, ("01:00", *MASK), ("03:00", *CANNULA), *gas)
    assert (both["sofa"]["respiration"], both["sofa2"]["respiration"]) == (2, 2)


def test_invasive_ventilation_ends_with_high_flow(tmp_path):
    gas = [("04:00", "fio2", "0.6", "1", ""), ("04:30", "pao2", "50", "mm[Hg]", "")]
    rows = [("01:00", "ventilation", "", "", "IMV"), ("03:00", "ventilation", "", "", "HFNC"), *gas]
    found = scored(tmp_path, 5, *rows)
    assert (found["sofa"]["respiration"], found["sofa2"]["respiration"]) == (2, 3)


def test_one_with_an_end_goes_on_within_another(tmp_path):
    rows = [("01:00", *CANNULA), ("03:00", *MASK, "04:00")]
    assert [scored(tmp_path / str(h), h, *rows)["news2"]["oxygen"] for h in (2, 4, 6)] == [2, 2, 2]
    lasting = [("01:00", *MASK, "12:00"), ("03:00", *CANNULA)]
    gas = [("04:00", "fio2", "0.6", "1", ""), ("04:30", "pao2", "60", "mm[Hg]", "")]
    assert scored(tmp_path / "x", 5, *lasting, *gas)["sofa"]["respiration"] == 3


@pytest.mark.parametrize(("flow", "sofa"), [(4, None), (0, 2)])
@pytest.mark.parametrize("as_known", [False, True])
def test_a_flow_of_oxygen_tells_against_air(tmp_path, flow, sofa, as_known):
    rows = [
        ("01:00", *AIR),
        ("02:00", "oxygen_flow", flow, "L/min", ""),
        ("03:00", "pao2", "50", "mm[Hg]", ""),
    ]
    assert scored(tmp_path, 4, *rows, as_known=as_known)["sofa"]["respiration"] == sofa


def test_a_flow_before_air_was_charted_does_not(tmp_path):
    rows = [("01:00", "oxygen_flow", 4, "L/min", ""), ("02:00", *AIR), ("03:00", "pao2", "50", "mm[Hg]", "")]
    assert scored(tmp_path, 4, *rows)["sofa"]["respiration"] == 2


@pytest.mark.parametrize(
    ("told", "sofa", "oxygen"),
    [(("oxygen_flow", "room air", "", ""), 2, 0), (("fio2", "RA", "", ""), 2, 0), (("spo2", "91 % RA", "", ""), 2, 0),
     (("oxygen_flow", "", "", "off"), 2, 0), (("oxygen_flow", "2 L/min NC", "", ""), None, 2),
     (("spo2", "91% on 2 L NC", "", ""), None, 2)],
)  # fmt: skip
def test_what_is_breathed_counts_wherever_it_is_told(tmp_path, told, sofa, oxygen):
    found = scored(tmp_path, 5, ("03:00", *told), ("04:00", "pao2", "50", "mm[Hg]", ""))
    assert (found["sofa"]["respiration"], found["news2"]["oxygen"]) == (sofa, oxygen)


IMV, TUBE = ("ventilation", "", "", "IMV"), ("oxygen", "", "", "ETT")
GAS = [("04:00", "fio2", "0.6", "1", ""), ("04:30", "pao2", "60", "mm[Hg]", "")]


@pytest.mark.parametrize("as_known", [False, True])
@pytest.mark.parametrize("charted", [[IMV], [TUBE], [IMV, TUBE]])
@pytest.mark.parametrize(
    "off",
    [("ventilation", "", "", "off"), ("ventilation", "off", "", ""), ("ventilation", "0", "", ""), ("ventilation", "no", "", "IMV"),
     ("ventilation", "", "", "extubated"), ("oxygen", "", "", "extubated"), ("oxygen", "", "", "ETT removed"),
     ("ventilation", "", "", "ventilator aus")],
)  # fmt: skip
def test_what_is_charted_as_off_ends_what_ran(tmp_path, off, charted, as_known):
    """From then on, and not before."""
    early = [("02:00", "fio2", "0.6", "1", ""), ("02:30", "pao2", "60", "mm[Hg]", "")]
    began = [("01:00", *row) for row in charted]
    for name, gas, points in (("after", GAS, 2), ("before", early, 3)):
        rows = [*began, ("03:00", *off), *gas]
        found = scored(tmp_path / name, 5, *rows, as_known=as_known, only="sofa,sofa2")
        assert [found[score]["respiration"] for score in ("sofa", "sofa2")] == [points, points]


@pytest.mark.parametrize(
    ("rows", "points"),
    [([("03:00", "ventilation", "", "", "BiPAP off")], 3),  # another kind
     ([("03:00", "oxygen", "", "", "off")], 3),  # no oxygen is added to what a ventilator gives
     ([("03:00", "ventilation", "", "", "not weaned")], 3),
     ([("02:50", "ventilation", "", "", "NIV"), ("03:00", "ventilation", "", "", "extubated")], 3),  # it was followed by a mask
     ([("03:00", "ventilation", "", "", "NIV"), ("03:00", "ventilation", "", "", "extubated")], 3),
     ([("03:00", "ventilation", "", "", "off"), ("04:00", "ventilation", "", "", "IMV")], 3),
     ([("03:00", "ventilation", "", "", "off"), ("04:15", *CANNULA)], 2),
     ([("02:00", *IMV, "06:00"), ("03:00", "ventilation", "", "", "off")], 3)],  # its end was told
)  # fmt: skip
def test_what_off_does_not_end(tmp_path, rows, points):
    found = scored(tmp_path, 5, ("01:00", *IMV), *rows, *GAS, only="sofa,sofa2")
    assert [found[score]["respiration"] for score in ("sofa", "sofa2")] == [points, points]
