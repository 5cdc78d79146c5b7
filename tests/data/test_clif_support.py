"""Support of organs, from CLIF: devices and modes of breathing, settings, dialysis, ECMO and pumps."""

import polars as pl
import pytest

from tests.support.hospitals.small_clif import at, read, texts, values, write


def breath(clock: str, device: str | None = None, mode: str | None = None, **settings) -> dict:
    return {"recorded_dttm": at(clock), "device_category": device, "mode_category": mode, **settings}


@pytest.mark.parametrize(
    ("device", "oxygen", "ventilation"),
    [
        ("IMV", "endotracheal tube", "invasive"), ("imv", "endotracheal tube", "invasive"), ("NIPPV", "bipap mask", "noninvasive"),
        ("High Flow NC", "high flow nasal cannula", "high_flow"), ("hfnc", "high flow nasal cannula", "high_flow"),
        ("high flow nc", "high flow nasal cannula", "high_flow"), ("Nasal Cannula", "nasal cannula", None),
        ("nasal_cannula", "nasal cannula", None), ("Room Air", "air", None), ("room_air", "air", None), ("CPAP", "cpap mask", "cpap"),
        ("Trach Collar", "tracheostomy mask", None), ("t_piece", "t-piece", None),
    ],
)  # fmt: skip
def test_devices_in_the_words_of_every_version_and_of_the_waterfall(tmp_path, device, oxygen, ventilation):
    write(tmp_path, respiratory_support=[breath("12:00", device)])
    found = read(tmp_path, "oxygen", "ventilation", "fio2")
    assert found.filter(concept="oxygen")["text"].to_list() == [oxygen]
    assert found.filter(concept="ventilation")["text"].to_list() == ([ventilation] if ventilation else [])
    assert found.filter(concept="fio2")["value"].to_list() == ([0.21] if oxygen == "air" else [])


@pytest.mark.parametrize(
    ("device", "name", "oxygen", "ventilation", "fio2"),
    [
        ("Nasal Cannula", "High flow nasal cannula", "high flow nasal cannula", "high_flow", []),
        ("High Flow NC", "High flow neb", "high flow nebuliser", None, []),
        ("Nasal Cannula", "Room air", "air", None, [0.21]),
        ("Room Air", "2L NC", "nasal cannula", None, []),
        ("Face Mask", "BiPAP mask", "bipap mask", "noninvasive", []),
        ("Face Mask", "Venturi mask", "face mask", None, []),
        ("IMV", "Tracheostomy tube", "endotracheal tube", "invasive", []),
        ("IMV", "Puritan Bennett", "endotracheal tube", "invasive", []),
        ("Other", "CPAP mask", "cpap mask", "cpap", []),
        (None, "CPAP mask", "cpap mask", "cpap", []),
        ("unmapped", "CPAP mask", "cpap mask", "cpap", []),
        (None, "Vent 3", None, None, []),
        ("IMV", "Extubated", None, None, []),
        ("NIPPV", "BiPAP off", None, None, []),
        ("NIPPV", "BiPAP?", "bipap mask", "noninvasive", []),
    ],
)  # fmt: skip
def test_the_hospitals_own_name_of_a_device_counts_where_it_is_of_another(
    tmp_path, device, name, oxygen, ventilation, fio2
):
    schema = {"device_category": pl.String, "device_name": pl.String}
    write(tmp_path, schema=schema, respiratory_support=[breath("12:00", device, device_name=name)])
    found = read(tmp_path, "oxygen", "ventilation")
    said = {concept: text for concept, text in found.select("concept", "text").rows()}
    assert (said.get("oxygen"), said.get("ventilation"), values(tmp_path, "fio2")) == (
        oxygen,
        ventilation,
        fio2,
    )


def test_a_device_that_is_named_as_off_ends_ventilation(tmp_path):
    rows = [breath("12:00", "IMV", device_name="Vent"), breath("15:00", "IMV", device_name="Extubated")]
    write(tmp_path, respiratory_support=rows)
    assert read(tmp_path, "ventilation")["end"].to_list() == [at("15:00")]


def test_ventilation_holds_to_the_next_device_and_a_row_of_settings_ends_nothing(tmp_path):
    rows = [breath("12:00", "IMV", "SIMV"), breath("13:00", peep_set=8.0), breath("15:00", "Nasal Cannula")]
    write(tmp_path, respiratory_support=rows)
    assert read(tmp_path, "ventilation").select("text", "time", "end").rows() == [
        ("invasive", at("12:00"), at("15:00"))
    ]
    assert values(tmp_path, "peep") == [8]


def test_a_mode_of_the_ventilator_tells_ventilation_without_a_device(tmp_path):
    rows = [
        breath("12:00", None, "acvc"),
        breath("14:00", None, "Pressure-Regulated Volume Control"),
        breath("16:00", None, "ps_or_cpap"),
    ]
    write(tmp_path, respiratory_support=rows)
    assert read(tmp_path, "ventilation")["time"].to_list() == [at("12:00"), at("14:00")]


def test_settings_and_a_fraction_in_percent(tmp_path):
    rows = [
        breath("12:00", "IMV", fio2_set=0.4, peep_set=10.0, lpm_set=None, resp_rate_obs=18.0),
        breath("13:00", "IMV", fio2_set=60.0),
    ]
    write(tmp_path, respiratory_support=rows)
    assert values(tmp_path, "fio2") == [0.4, 0.6]
    assert values(tmp_path, "peep") == [10] and values(tmp_path, "respiratory_rate") == [18]


def test_scaffold_rows_of_the_waterfall_were_never_charted(tmp_path):
    rows = [
        breath("12:00:00", "imv", fio2_set=0.5, is_scaffold=False), breath("12:59:59", "imv", fio2_set=0.5, is_scaffold=True),
        breath("13:59:59", "imv", fio2_set=0.6, is_scaffold=False), breath("14:59:59", "imv", fio2_set=0.6, is_scaffold=True),
    ]  # fmt: skip
    write(tmp_path, respiratory_support=rows)
    assert values(tmp_path, "fio2") == [0.5, 0.6]
    assert read(tmp_path, "oxygen")["time"].to_list() == [at("12:00"), at("13:59:59")]


@pytest.mark.parametrize("yes, no", [(True, False), (1, 0), (1.0, 0.0), ("TRUE", "False")])
def test_the_flag_of_a_scaffold_row_in_every_type(tmp_path, yes, no):
    rows = [
        breath("12:00:00", "imv", fio2_set=0.5, is_scaffold=no),
        breath("12:59:59", "imv", fio2_set=0.6, is_scaffold=yes),
    ]
    write(tmp_path, respiratory_support=rows)
    assert values(tmp_path, "fio2") == [0.5]


def test_rows_at_hh5959_of_a_waterfall_without_its_flag_are_left_out_too(tmp_path):
    rows = [
        breath("12:00:00", "imv", fio2_set=0.5, device_cat_id=1),
        breath("12:59:59", "imv", fio2_set=0.5, device_cat_id=1),
    ]
    write(tmp_path, respiratory_support=rows)
    assert values(tmp_path, "fio2") == [0.5]


def test_dialysis_in_its_mode_until_its_pump_stands_still(tmp_path):
    rows = [
        {"recorded_dttm": at("12:00"), "crrt_mode_category": "CVVHDF", "blood_flow_rate": 200.0},
        {"recorded_dttm": at("13:00"), "crrt_mode_category": None, "blood_flow_rate": 200.0},
        {"recorded_dttm": at("14:00"), "crrt_mode_category": None, "blood_flow_rate": 0.0},
    ]
    write(tmp_path, crrt_therapy=rows)
    assert read(tmp_path, "dialysis").select("text", "time", "end").rows() == [
        ("crrt", at("12:00"), at("13:00")), ("crrt", at("13:00"), at("14:00")),
    ]  # fmt: skip


def test_dialysis_of_the_tables_of_3_0(tmp_path):
    rows = [
        {"recorded_dttm": at("12:00"), "mode_category": "ihd"},
        {"recorded_dttm": at("20:00"), "mode_category": "scuf"},
    ]
    session = {"recorded_dttm": at("12:00", 2), "blood_flow_rate": 300.0, "dialysate_flow_rate": 600.0}
    write(tmp_path, renal_replacement_therapy=rows, intermittent_dialysis=[session])
    assert texts(tmp_path, "dialysis") == ["hemodialysis", "scuf", "hemodialysis"]
    assert read(tmp_path, "dialysis")["end"][0] == at("16:00")  # at most four hours


@pytest.mark.parametrize(
    ("table", "row", "expected"),
    [
        ("ecmo_mcs", {"device_category": "VV_ECMO"}, ("ecmo", "respiratory")),
        ("ecmo_mcs", {"device_category": "ECMO"}, ("ecmo", None)),
        (
            "ecmo_mcs",
            {"device_category": "cardiohelp_ecmo", "ecmo_configuration_category": "va"},
            ("ecmo", "cardiovascular"),
        ),
        ("ecmo_mcs", {"device_category": "Impella_5.5"}, ("mechanical_circulation", "impella")),
        ("mcs", {"support_category": "ecmo", "config_category": "v_v"}, ("ecmo", "respiratory")),
        (
            "mcs",
            {"support_category": "iabp", "config_category": None},
            ("mechanical_circulation", "balloon pump"),
        ),
    ],
)
def test_ecmo_and_pumps_in_the_words_of_every_version(tmp_path, table, row, expected):
    write(tmp_path, **{table: [{"recorded_dttm": at("12:00"), **row}]})
    assert read(tmp_path).select(pl.col("concept").cast(pl.String), "text").rows() == [expected]
