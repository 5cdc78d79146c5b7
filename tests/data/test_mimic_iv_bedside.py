"""What nurses chart, and the support that their words tell of."""

import pytest

from opensepsis.uses.label import label, why_stay
from tests.support.hospitals.small_mimic import STAY, at, moment, read, values, write


def charted(itemid: int, clock: str = "12:00", **row) -> dict:
    return {"itemid": itemid, "charttime": at(clock), **row}


def test_pressures_of_cuff_and_line_are_one_concept(tmp_path):
    write(
        tmp_path,
        chartevents=[
            charted(220181, valuenum=70),
            charted(220052, "13:00", valuenum=65),
            charted(999, valuenum=1),
        ],
    )
    events = read(tmp_path, "mean_pressure")
    assert events["value"].to_list() == [70, 65]
    assert events["origin"].to_list() == ["chartevents/220181/", "chartevents/220052/"]
    assert events["patient"].unique().to_list() == ["7"]
    assert events["time"].to_list() == [moment("12:00"), moment("13:00")]


def test_known_is_the_stored_time_or_else_the_time(tmp_path):
    write(
        tmp_path,
        chartevents=[
            charted(220045, "12:00", valuenum=80, storetime=at("12:40")),
            charted(220045, "13:00", valuenum=81),
            charted(220045, "14:00", valuenum=82, storetime=at("13:00")),
        ],
    )
    assert read(tmp_path, "heart_rate")["known"].to_list() == [
        moment("12:40"),
        moment("13:00"),
        moment("14:00"),
    ]


@pytest.mark.parametrize(
    ("itemid", "charted_value", "expected"),
    [
        (223761, 98.6, 37.0),
        (223762, 37.2, 37.2),
        (223762, 99.0, 37.2222),
        (223761, 37.0, 37.0),
        (226329, 36.5, 36.5),
    ],
)
def test_temperature_scale_is_told_by_the_number(tmp_path, itemid, charted_value, expected):
    write(tmp_path, chartevents=[charted(itemid, valuenum=charted_value)])
    assert values(tmp_path, "temperature") == pytest.approx([expected], abs=1e-4)


@pytest.mark.parametrize(
    ("charted_value", "expected"), [(40, 0.4), (100, 1.0), (0.5, 0.5), (1, 1.0), (21, 0.21)]
)
def test_fio2_is_a_fraction_whatever_was_charted(tmp_path, charted_value, expected):
    write(tmp_path, chartevents=[charted(223835, valuenum=charted_value)])
    assert values(tmp_path, "fio2") == pytest.approx([expected])


def test_verbal_score_under_a_tube_is_no_score(tmp_path):
    write(
        tmp_path,
        chartevents=[
            charted(223900, "12:00", value="No Response-ETT", valuenum=1),
            charted(223900, "13:00", value="No Response", valuenum=1),
            charted(223900, "14:00", value="Confused", valuenum=4),
        ],
    )
    assert values(tmp_path, "gcs_verbal") == [1, 4]


def test_coma_words_count_where_the_number_is_missing(tmp_path):
    write(
        tmp_path,
        chartevents=[
            charted(220739, value="To Speech"),
            charted(223901, value="Obeys Commands"),
            charted(223900, value="Oriented"),
            charted(223900, "13:00", value="No Response-ETT"),
            charted(220739, "13:00", value="something else"),
        ],
    )
    assert (values(tmp_path, "gcs_eye"), values(tmp_path, "gcs_motor"), values(tmp_path, "gcs_verbal")) == (
        [3],
        [6],
        [5],
    )


def test_consciousness_is_a_word(tmp_path):
    write(tmp_path, chartevents=[charted(226104, value="Arouse to Voice"), charted(226104, "13:00")])
    assert read(tmp_path, "consciousness")["text"].to_list() == ["V"]


def test_weight_in_pounds_and_height_in_inches(tmp_path):
    write(tmp_path, chartevents=[charted(226531, valuenum=200), charted(226707, valuenum=70)])
    assert values(tmp_path, "weight") == pytest.approx([90.718474])
    assert values(tmp_path, "height") == pytest.approx([177.8])


def intervals(path, concept):
    events = read(path, concept)
    return [(e["text"], e["time"], e["end"]) for e in events.iter_rows(named=True)]


def test_ventilation_from_device_and_mode_words_until_the_next(tmp_path):
    write(
        tmp_path,
        chartevents=[
            charted(226732, "12:00", value="Endotracheal tube"),
            charted(223849, "14:00", value="CPAP/PSV"),
            charted(226732, "16:00", value="Bipap mask "),
            charted(226732, "18:00", value="High flow nasal cannula"),
            charted(226732, "19:00", value="Nasal cannula"),
            charted(229314, "20:00", value="NIV"),
        ],
    )
    assert intervals(tmp_path, "ventilation") == [
        ("invasive", moment("12:00"), moment("14:00")),
        ("invasive", moment("14:00"), moment("16:00")),
        ("noninvasive", moment("16:00"), moment("18:00")),
        ("high_flow", moment("18:00"), moment("19:00")),
        ("noninvasive", moment("20:00"), moment("10:00", 2)),
    ]


def test_of_two_devices_at_one_minute_the_stronger_counts(tmp_path):
    write(tmp_path, chartevents=[charted(226732, value="Nasal cannula"), charted(223849, value="CMV/ASSIST")])
    assert [kind for kind, _, _ in intervals(tmp_path, "ventilation")] == ["invasive"]


def test_charted_ventilation_ends_with_extubation_and_with_the_stay(tmp_path):
    tube = [{"itemid": 227194, "starttime": at("15:00"), "endtime": at("15:01")}]
    write(
        tmp_path,
        chartevents=[
            charted(226732, "12:00", value="Endotracheal tube"),
            {"itemid": 223849, "charttime": at("09:00", 5), "value": "CMV"},
        ],
        procedureevents=tube,
    )
    assert intervals(tmp_path, "ventilation") == [
        ("invasive", moment("12:00"), moment("15:00")),
        ("invasive", moment("09:00", 5), moment("10:00", 5)),
    ]


def test_tracheostomy_tube_alone_is_no_ventilation(tmp_path):
    write(tmp_path, chartevents=[charted(226732, value="Tracheostomy tube")])
    assert intervals(tmp_path, "ventilation") == []
    assert [kind for kind, _, _ in intervals(tmp_path, "oxygen")] == ["tracheostomy tube"]


def test_oxygen_holds_eight_hours_and_none_is_air(tmp_path):
    write(
        tmp_path,
        chartevents=[charted(226732, "12:00", value="Nasal cannula"), charted(226732, "23:00", value="None")],
    )
    assert intervals(tmp_path, "oxygen") == [
        ("nasal cannula", moment("12:00"), moment("20:00")),
        ("air", moment("23:00"), moment("07:00", 2)),
    ]
    assert read(tmp_path, "fio2").select("time", "value").rows() == [(moment("23:00"), 0.21)]


def test_none_beside_another_device_is_not_air(tmp_path):
    write(tmp_path, chartevents=[charted(226732, value="None"), charted(226732, value="Face tent")])
    assert values(tmp_path, "fio2") == []


def test_procedures_run_from_start_to_end_and_are_known_at_the_start(tmp_path):
    kinds = {
        225792: ("ventilation", "invasive"),
        225441: ("dialysis", "hemodialysis"),
        229529: ("ecmo", None),
    }
    rows = [
        {
            "itemid": i,
            "starttime": at("11:00"),
            "endtime": at("18:00"),
            "storetime": at("18:05"),
            "orderid": 5,
        }
        for i in kinds
    ]
    write(tmp_path, procedureevents=[*rows, {**rows[0], "statusdescription": "Rewritten"}])
    events = read(tmp_path, "ventilation", "dialysis", "ecmo")
    assert sorted(events.select("concept", "text").rows()) == sorted(kinds.values())
    assert set(events.select("time", "end", "known").rows()) == {
        (moment("11:00"), moment("18:00"), moment("11:00"))
    }


def test_dialysis_is_seen_in_charted_modes(tmp_path):
    write(tmp_path, chartevents=[charted(227290, "12:00", value="CVVHDF"), charted(227290, "13:00")])
    assert intervals(tmp_path, "dialysis") == [
        ("crrt", moment("12:00"), moment("13:00")),
        ("crrt", moment("13:00"), moment("17:00")),
    ]


def test_comfort_care_holds_until_another_code_status(tmp_path):
    words = [("12:00", "Full code"), ("13:00", "Comfort measures only"), ("15:00", "DNR (do not resuscitate)"),
             ("16:00", "Comfort measures only")]  # fmt: skip
    write(tmp_path, chartevents=[charted(223758, clock, value=word) for clock, word in words])
    assert intervals(tmp_path, "comfort_care") == [
        (None, moment("13:00"), moment("15:00")),
        (None, moment("16:00"), None),
    ]


def test_events_outside_any_stay_are_kept(tmp_path):
    write(tmp_path, chartevents=[{"itemid": 220045, "charttime": at("01:00"), "valuenum": 90, "stay_id": ""}])
    assert values(tmp_path, "heart_rate") == [90]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("Non-reactive", "Nonreactive", [1]),
        ("Non-reactive", "Brisk", [0]),
        ("Brisk", None, [0]),
        ("Non-reactive", None, []),
        ("Non-reactive", "unable to assess", []),
    ],
)
def test_pupils_are_fixed_when_both_are(tmp_path, left, right, expected):
    sides = [(227288, left), (227121, right)]
    write(tmp_path, chartevents=[charted(item, value=word) for item, word in sides if word])
    assert values(tmp_path, "fixed_pupils") == expected


def test_long_term_dialysis_is_ticked_in_the_history(tmp_path):
    ticks = [("12:00", "0"), ("13:00", "1"), ("14:00", "1")]
    write(tmp_path, chartevents=[charted(225126, clock, value=word) for clock, word in ticks])
    assert intervals(tmp_path, "chronic_dialysis") == [(None, moment("13:00"), None)]


def test_ecmo_runs_for_the_reason_of_its_last_circuit(tmp_path):
    write(
        tmp_path,
        chartevents=[
            charted(229270, "11:00", valuenum=4),
            charted(229268, "12:00", value="VA"),
            charted(229270, "15:00", valuenum=4),
            charted(229268, "16:00", value="VV"),
            charted(229270, "16:00", valuenum=4),
        ],
    )
    assert intervals(tmp_path, "ecmo") == [
        (None, moment("11:00"), moment("12:00")),
        ("cardiovascular", moment("12:00"), moment("15:00")),
        ("cardiovascular", moment("15:00"), moment("16:00")),
        ("respiratory", moment("16:00"), moment("20:00")),
    ]


def test_dialysis_mode_is_that_of_the_word(tmp_path):
    write(
        tmp_path, chartevents=[charted(227290, "12:00", value="SCUF"), charted(227290, "13:00", value="CVVH")]
    )
    assert [mode for mode, *_ in intervals(tmp_path, "dialysis")] == ["scuf", "crrt"]


def test_lines_run_and_bedside_procedures_happen(tmp_path):
    rows = [{"itemid": 224264, "starttime": at("11:00"), "endtime": at("18:00")}]
    write(
        tmp_path,
        procedureevents=[*rows, {"itemid": 225445, "starttime": at("12:00"), "endtime": at("12:30")}],
    )
    assert intervals(tmp_path, "device") == [("central line", moment("11:00"), moment("18:00"))]
    assert intervals(tmp_path, "procedure") == [("paracentesis", moment("12:00"), None)]


def test_peep_set_and_total_are_one_concept(tmp_path):
    write(tmp_path, chartevents=[charted(220339, valuenum=8), charted(224700, "13:00", valuenum=9.5)])
    assert values(tmp_path, "peep") == [8, 9.5]


def test_evidence_of_what_is_charted_names_its_row(tmp_path):
    """chartevents numbers no rows: item and time tell which."""
    write(
        tmp_path / "m",
        chartevents=[charted(220052, "11:00", valuenum=80), charted(220052, "12:00", valuenum=60)],
    )
    out = tmp_path / "out"
    label("mimic-iv", tmp_path / "m", out, stay_kind="icu", definitions="sofa")
    assert "MAP 60 mmHg (< 70), 2152-03-01 12:00  [chartevents/220052/2152-03-01T12:00:00Z]" in why_stay(
        out, str(STAY), moment("12:30")
    )
