"""Values and units in the `csv` source: converted, left out, doubtful, limits, and rates by weight."""

import polars as pl

from tests.support.hospitals.csv_folder import STAYS, convert, folder


def units(tmp_path, rows, header="patient,concept,time,value,unit"):
    lines = [f"a,{c},2026-01-01T01:00:00Z,{v}" + (f",{u}" if u is not None else "") for c, v, u in rows]
    path = folder(tmp_path / "h", STAYS, "\n".join([header, *lines]) + "\n")
    return convert(path)


def test_units_are_converted(tmp_path):
    made = units(
        tmp_path,
        [("creatinine", 106.104, "umol/L"), ("fio2", 40, "%"), ("fio2", 40, "1"), ("wbc", 7, "10*9/L")],
    )
    assert made.events().collect()["value"].to_list() == [1.2, 0.4, 0.4, 7.0]
    assert any("as percent for 1 event" in note for note in made.counts["source"]["notes"])


def test_without_a_unit_column_all_is_in_own_units(tmp_path):
    rows = [("lactate", 2, None), ("creatinine", 1, None), ("norepinephrine", 0.1, None), ("fio2", 50, None)]
    made = units(tmp_path, rows, "patient,concept,time,value")
    assert made.events().collect()["value"].to_list() == [2.0, 1.0, 0.1, 0.5]
    assert any("own unit" in note for note in made.counts["source"]["notes"])


def test_a_unit_column_that_is_empty_throughout_is_none(tmp_path):
    made = units(tmp_path, [("lactate", 2, ""), ("glucose", 100, "  ")])
    assert made.events().collect()["value"].to_list() == [2.0, 100.0]


def test_a_blank_unit_among_units(tmp_path):
    quarantined = [
        "lactate",
        "creatinine",
        "bilirubin",
        "glucose",
        "temperature",
        "norepinephrine",
        "vasopressin",
    ]
    own = ["platelets", "gcs_total", "heart_rate", "ph", "inr"]
    value = {
        "temperature": 37,
        "glucose": 100,
        "gcs_total": 15,
        "heart_rate": 80,
        "ph": 7.3,
        "vasopressin": 0.03,
    }
    rows = [(c, value.get(c, 5), "") for c in quarantined + own]
    made = units(tmp_path, [*rows, ("wbc", 7, "K/uL"), ("ventilation", "", "")])
    assert made.counts["rejected"] == {"no unit": len(quarantined)}
    assert set(made.rejected["concept"]) == set(quarantined)
    assert set(made.events().collect()["concept"]) == {*own, "wbc", "ventilation"}


def test_doses_may_have_any_unit(tmp_path):
    made = units(
        tmp_path, [("antibiotic", 1, "g"), ("insulin", 4, "U"), ("sedative", 3, "mg/h"), ("wbc", 7, "K/uL")]
    )
    assert made.events().collect().height == 4


def test_missing_words_and_limits(tmp_path):
    rows = [("lactate", "<0.2", "mmol/L"), ("lactate", "NA", "mmol/L"), ("lactate", "\\N", "mmol/L"),
            ("lactate", "NULL", "mmol/L"), ("wbc", '"≥ 12,5"', "K/uL"), ("platelets", "150.000", "/uL")]  # fmt: skip
    made = units(tmp_path, rows)
    assert made.events().collect().sort("concept").select("value", "text").rows() == [
        (0.2, "<"),
        (12.5, ">="),
    ]
    told = {(one["concept"], one["reason"]): one["rows"] for one in made.counts["rejections"]}
    assert told == {
        ("lactate", "no value"): [3, 4, 5],
        ("platelets", "ambiguous separator: thousands or decimals"): [7],
    }


def test_pump_rates_by_the_weight_charted_last(tmp_path):
    at = "a,{},2026-01-01T{:02}:00:00Z,{},{}\n"
    rows = [("norepinephrine", 1, 4, "mg/h"), ("weight", 2, 80, "kg"), ("norepinephrine", 3, 480, "mcg/min"),
            ("weight", 4, 100, "kg"), ("norepinephrine", 5, 6, "mg/h"), ("norepinephrine", 6, 5, "mL/h"),
            ("vasopressin", 6, "0.0003", "U/kg/min"), ("epinephrine", 7, 0, "mg/h")]  # fmt: skip
    path = folder(
        tmp_path / "h", STAYS, "patient,concept,time,value,unit\n" + "".join(at.format(*row) for row in rows)
    )
    made = convert(path)
    read = made.events().collect().filter(pl.col("concept") != "weight").sort("time", "concept")
    assert read.select("concept", "value").rows() == [
        ("norepinephrine", 6.0), ("norepinephrine", 1.0), ("vasopressin", 0.03), ("epinephrine", None),  # off
    ]  # fmt: skip
    told = [(one["rows"], one["reason"]) for one in made.counts["rejections"]]
    assert ([2], "no weight charted before to convert the rate with") in told
    assert any(rows == [7] and "concentration" in reason for rows, reason in told) and len(told) == 2


def test_a_rate_whose_other_reading_cannot_be_is_read(tmp_path):
    """1.250 mg/h may be 1,250 only where so much can be given."""
    rows = [("weight", "80", "kg"), ("norepinephrine", "1.200", "mg/h"), ("dobutamine", "24", "mg/h")]
    made = units(tmp_path, rows)
    assert made.events().collect().sort("value")["value"].to_list() == [0.25, 5.0, 80.0]


def test_a_unit_that_other_rows_of_the_concept_have(tmp_path):
    made = units(tmp_path, [("wbc", 7, "K/uL"), ("wbc", 8, ""), ("heart_rate", 80, "")])
    assert sorted(made.events().collect()["value"]) == [7.0, 80.0]
    assert made.counts["rejections"][0]["reason"] == "no unit"
