"""What was given, from CLIF's two medication tables: rates, stops, units, doses."""

import polars as pl
import pytest

from opensepsis.data.decode.medications import NOT_BY_VEIN, WITH_ANAESTHETIC
from opensepsis.data.intake.medicines import NO_CRYSTALLOID
from opensepsis.data.intake.not_given import NO_DOSE, NOT_GIVEN
from opensepsis.data.sources.clif.names import ANOTHER_DRUG
from tests.support.hospitals.small_clif import at, read, read_all, texts, values, write


def row(clock: str, dose: float | None, action: str | None = "dose_change", **others) -> dict:
    return {
        "med_category": "norepinephrine",
        "med_order_id": "1",
        "admin_dttm": at(clock),
        "med_dose": dose,
        "med_dose_unit": "mcg/kg/min",
        "mar_action_category": action,
        **others,
    }


def weight(clock: str, kg: float) -> dict:
    return {"vital_category": "weight_kg", "recorded_dttm": at(clock), "vital_value": kg}


def rates(path) -> list[tuple]:
    return read(path, "norepinephrine").select("value", "time", "end").rows()


def test_a_rate_holds_to_the_next_row_and_dose_0_stops_it(tmp_path):
    write(
        tmp_path,
        medication_admin_continuous=[
            row("12:00", 0.1, "start"),
            row("13:00", 0.2),
            row("15:00", 0.0, "stop"),
        ],
    )
    assert rates(tmp_path) == [(0.1, at("12:00"), at("13:00")), (0.2, at("13:00"), at("15:00"))]


def test_a_stop_without_dose_0_stops_too(tmp_path):
    rows = [row("12:00", 0.1, "start"), row("13:00", 0.1, "stop"), row("14:00", None, "stop")]
    write(tmp_path, medication_admin_continuous=rows)
    assert rates(tmp_path) == [(0.1, at("12:00"), at("13:00"))]


def test_an_order_that_is_written_in_several_ways_is_one_order(tmp_path):
    rows = [
        row("12:00", 0.1, "START", med_category="NOREPINEPHRINE"),
        row("13:00", 0.2, "Dose_Change", med_category="norepinephrine"),
        row("14:00", 0.0, "STOP", med_category="Norepinephrine"),
    ]
    write(tmp_path, medication_admin_continuous=rows)
    assert rates(tmp_path) == [(0.1, at("12:00"), at("13:00")), (0.2, at("13:00"), at("14:00"))]


def test_in_one_minute_the_row_that_runs_holds_whatever_the_order_of_rows(tmp_path):
    rows = [
        row("12:00", 0.1, "start"), row("13:00", 0.0, "stop"), row("13:00", 0.2, "start"), row("14:00", 0.3, "start"),
        row("14:00", 0.0, "stop"), row("15:00", 0.0, "stop"),
    ]  # fmt: skip
    write(tmp_path, medication_admin_continuous=rows)
    expected = [
        (0.1, at("12:00"), at("13:00")),
        (0.2, at("13:00"), at("14:00")),
        (0.3, at("14:00"), at("15:00")),
    ]
    assert rates(tmp_path) == expected


def test_the_next_bag_of_another_order_in_the_minute_of_the_stop(tmp_path):
    rows = [
        row("12:00", 0.1, "start"),
        row("13:00", 0.0, "stop"),
        row("13:00", 0.2, "start", med_order_id="2"),
    ]
    write(tmp_path, medication_admin_continuous=[*rows, row("14:00", 0.0, "stop", med_order_id="2")])
    assert rates(tmp_path) == [(0.1, at("12:00"), at("13:00")), (0.2, at("13:00"), at("14:00"))]


def test_two_orders_of_one_drug_run_side_by_side(tmp_path):
    rows = [
        row("12:00", 0.1, "start"), row("13:00", 0.2, "start", med_order_id="2"), row("14:00", 0.0, "stop"),
        row("15:00", 0.0, "stop", med_order_id="2"),
    ]  # fmt: skip
    write(tmp_path, medication_admin_continuous=rows)
    assert rates(tmp_path) == [(0.1, at("12:00"), at("14:00")), (0.2, at("13:00"), at("15:00"))]


def test_an_order_without_a_stop_ends_with_the_next_row_of_its_drug_or_stays_open(tmp_path):
    rows = [row("12:00", 0.1, "start"), row("13:00", 0.2, "start", med_order_id="2")]
    write(tmp_path, medication_admin_continuous=rows)
    assert rates(tmp_path) == [(0.1, at("12:00"), at("13:00")), (0.2, at("13:00"), None)]


def test_a_verified_row_without_a_dose_changes_nothing_and_a_start_without_one_runs_at_an_unknown_rate(
    tmp_path,
):
    rows = [
        row("12:00", 0.1, "start"),
        row("13:00", None, "verify"),
        row("14:00", None, "dose_change"),
        row("15:00", 0.0, "stop"),
    ]
    write(tmp_path, medication_admin_continuous=rows)
    assert rates(tmp_path) == [(0.1, at("12:00"), at("14:00")), (None, at("14:00"), at("15:00"))]


def test_a_row_that_was_not_administered_ends_what_ran_and_a_bolus_is_no_rate(tmp_path):
    rows = [
        row("12:00", 0.1, "start", mar_action_group="administered"),
        row("12:30", 5.0, "bolus", mar_action_group="administered"),
        row("13:00", 0.1, "other", mar_action_group="not_administered"),
    ]
    write(tmp_path, medication_admin_continuous=rows)
    assert rates(tmp_path) == [(0.1, at("12:00"), at("13:00"))]


def test_doses_in_32_bits_are_widened_by_their_shortest_decimal(tmp_path):
    rows = [row("12:00", 0.1, "start"), row("13:00", 0.0, "stop")]
    write(tmp_path, schema={"med_dose": pl.Float32}, medication_admin_continuous=rows)
    assert values(tmp_path, "norepinephrine") == [0.1]


@pytest.mark.parametrize(
    ("unit", "dose", "expected"),
    [
        ("mcg/kg/min", 0.1, 0.1), ("MCG/KG/MIN", 0.1, 0.1), ("mcg/kg/hour", 6, 0.1), ("mcg/min", 8, 0.1), ("mg/hr", 0.48, 0.1),
        ("ng/kg/min", 100, 0.1),
    ],
)  # fmt: skip
def test_units_with_and_without_weight(tmp_path, unit, dose, expected):
    rows = [
        row("12:00", float(dose), "start", med_dose_unit=unit),
        row("13:00", 0.0, "stop", med_dose_unit=unit),
    ]
    write(tmp_path, medication_admin_continuous=rows, vitals=[weight("09:00", 80.0)])
    assert values(tmp_path, "norepinephrine") == pytest.approx([expected])


def test_the_weight_charted_last_before_the_rate_counts(tmp_path):
    rows = [
        row("12:00", 8.0, "start", med_dose_unit="mcg/min"),
        row("14:00", 8.0, med_dose_unit="mcg/min"),
        row("15:00", 0.0),
    ]
    write(tmp_path, medication_admin_continuous=rows, vitals=[weight("09:00", 80.0), weight("13:00", 40.0)])
    assert values(tmp_path, "norepinephrine") == pytest.approx([0.1, 0.2])


def test_a_rate_that_cannot_be_converted_is_set_aside_with_its_reason(tmp_path):
    rows = [
        row("12:00", 10.0, "start", med_dose_unit="mcg/min"),
        row("13:00", 5.0, med_dose_unit="mL/hr"),
        row("14:00", 0.0),
    ]
    write(tmp_path, medication_admin_continuous=rows)
    found = read_all(tmp_path, "norepinephrine")
    no_weight, no_concentration = found["reason"]
    assert no_weight == "no weight charted before to convert the rate with"
    assert "concentration" in no_concentration


def test_the_converted_dose_of_clifpy_counts_only_where_its_status_is_success(tmp_path):
    # without a weight clifpy leaves 10.0 mcg/min in the converted column: never 10 µg/kg/min
    converted = {"med_dose": None, "med_dose_unit": None, "med_dose_unit_converted": "mcg/kg/min"}
    rows = [
        row("12:00", None, "start") | converted | {"med_dose_converted": 0.1, "_convert_status": "success"},
        row("13:00", None)
        | converted
        | {"med_dose_converted": 10.0, "_convert_status": "cannot convert to a weighted unit"},
        row("14:00", 0.0, "stop"),
    ]
    write(tmp_path, medication_admin_continuous=rows)
    found = read_all(tmp_path, "norepinephrine")
    assert found.select("value", "reason").rows() == [(0.1, None), (None, "its conversion failed")]


def test_where_the_dose_as_charted_is_there_the_converted_one_is_never_read(tmp_path):
    failed = {
        "med_dose_converted": 10.0,
        "med_dose_unit_converted": "mcg/kg/min",
        "_convert_status": "failed",
    }
    rows = [
        row("12:00", 10.0, "start", med_dose_unit="mcg/min", **failed),
        row("13:00", 0.0, "stop", **failed),
    ]
    write(tmp_path, medication_admin_continuous=rows, vitals=[weight("09:00", 100.0)])
    assert values(tmp_path, "norepinephrine") == pytest.approx([0.1])


def test_sedatives_run_without_a_rate_and_opioids_are_none(tmp_path):
    rows = [
        row("12:00", 20.0, "start", med_category="propofol"), row("13:00", 0.0, "stop", med_category="propofol"),
        row("12:00", 50.0, "start", med_category="fentanyl", med_dose_unit="mcg/hr"),
    ]  # fmt: skip
    write(tmp_path, medication_admin_continuous=rows)
    assert read(tmp_path, "sedative").select("text", "value", "end").rows() == [
        ("propofol", None, at("13:00"))
    ]


def saline(clock: str, dose: float, **others) -> dict:
    named = {"med_category": "sodium chloride", "med_dose_unit": "mL/hour", "med_name": "NaCl 0.9%"}
    return row(clock, dose, "start") | named | others


def test_crystalloids_count_when_they_are_in_and_hypertonic_saline_is_none(tmp_path):
    rows = [
        saline("12:00", 100.0), saline("14:00", 0.0), saline("12:00", 50.0, med_order_id="2", med_name="NaCl 3% (Hypertonic)"),
        saline("13:00", 0.0, med_order_id="2"),
    ]  # fmt: skip
    bolus = dose("15:00", "sodium_chloride", med_dose=500.0, med_dose_unit="mL")
    salt = bolus | {"admin_dttm": at("16:00"), "med_name": "sodium chloride 23.4 % injection"}
    write(tmp_path, medication_admin_continuous=rows, medication_admin_intermittent=[bolus, salt])
    assert read(tmp_path, "crystalloid").select("time", "value").rows() == [
        (at("14:00"), 200),
        (at("15:00"), 500),
    ]
    aside = read_all(tmp_path, "crystalloid").drop_nulls("reason")
    assert aside.select("time", "reason").rows() == [
        (at("13:00"), NO_CRYSTALLOID),
        (at("16:00"), NO_CRYSTALLOID),
    ]


def test_crystalloids_of_the_input_table_stand_for_those_of_the_medication_tables(tmp_path):
    given = {
        "input_category": "iv_crystalloid",
        "input_group": "iv_fluids",
        "input_volume": 250.0,
        "recorded_dttm": at("13:00"),
    }
    rows = [saline("12:00", 100.0), saline("14:00", 0.0)]
    write(tmp_path, medication_admin_continuous=rows, input=[given])
    assert read(tmp_path, "crystalloid").select("time", "value").rows() == [(at("13:00"), 250)]


def dose(clock: str, drug: str, route: str = "iv", action: str | None = "given", **others) -> dict:
    return {
        "med_category": drug,
        "admin_dttm": at(clock),
        "med_route_category": route,
        "med_dose": 1.0,
        "med_dose_unit": "grams",
        "mar_action_category": action,
        **others,
    }


def test_doses_with_ingredient_and_route_in_every_spelling(tmp_path):
    rows = [
        dose("12:00", "ceftriaxone"), dose("13:00", "piperacillin_tazobactam"), dose("14:00", "Vancomycin", "enteral"),
        dose("15:00", "meropenem", action="bolus"),
    ]  # fmt: skip
    write(tmp_path, medication_admin_intermittent=rows)
    assert texts(tmp_path, "antibiotic") == [
        "ceftriaxone|iv",
        "piperacillin/tazobactam|iv",
        "vancomycin|enteral",
        "meropenem|iv",
    ]


@pytest.mark.parametrize(
    "others",
    [
        {"mar_action_category": "not_given"},
        *(
            {"mar_action_category": word}
            for word in ("held", "MAR Hold", "Refused", "missed", "Canceled Entry", "due", "stopped")
        ),
        {"mar_action_category": "Not Given"},
        {"mar_action_category": "other", "mar_action_group": "not_administered"},
        {"med_dose": 0.0},
        {"med_name": "Vancomycin level"},
        {"med_name": "Vancomycin 1 g (refused by patient)"},
        {"med_name": "Hydrocortisone 100 mg"},
    ],
)
def test_what_was_not_given_is_not_given(tmp_path, others):
    write(tmp_path, medication_admin_intermittent=[dose("12:00", "vancomycin", **others)])
    assert texts(tmp_path, "antibiotic") == []


@pytest.mark.parametrize(
    ("name", "category", "route"),
    [
        ("Vancomycin Antibiotic Lock", "iv", "lock"),
        ("Vancomycin 125 mg capsule", "", "oral"),
        ("Vancomycin 1 g", "iv", "iv"),
        (None, "iv", "iv"),
        ("Vancomycin 1 g", None, ""),
    ],
)
def test_a_form_in_the_hospitals_own_name_tells_the_route(tmp_path, name, category, route):
    given = dose("12:00", "vancomycin", med_name=name, med_route_category=category)
    write(
        tmp_path,
        schema={"med_name": pl.String, "med_route_category": pl.String},
        medication_admin_intermittent=[given],
    )
    assert texts(tmp_path, "antibiotic") == [f"vancomycin|{route}"]


def test_a_tablet_of_a_drug_without_routes_is_a_dose(tmp_path):
    write(
        tmp_path,
        medication_admin_intermittent=[dose("12:00", "quetiapine", med_name="Quetiapine 25 mg tablet")],
    )
    assert len(read(tmp_path, "delirium_drug")) == 1


@pytest.mark.parametrize(
    ("category", "name", "reason"),
    [
        ("epinephrine", "Bupivacaine-epinephrine epidural", WITH_ANAESTHETIC),
        ("epinephrine", "Racemic epinephrine nebulizer", NOT_BY_VEIN),
        ("epinephrine", "Norepinephrine 8 mg in NaCl 0.9 %", ANOTHER_DRUG),
        ("norepinephrine", "Levophed (HELD)", NOT_GIVEN),
        ("norepinephrine", "Levophed", None),
        ("norepinephrine", "NaCl 0.9 %", None),
        ("norepinephrine", "Hausmischung 4", None),
        ("norepinephrine", None, None),
        ("propofol", "Propofol level", NO_DOSE),
        ("propofol", "Diprivan", None),
    ],
)
def test_what_the_hospital_calls_a_drug_may_deny_its_category(tmp_path, category, name, reason):
    rows = [
        row("12:00", 0.1, med_category=category, med_name=name),
        row("14:00", 0.0, "stop", med_category=category, med_name=name),
    ]
    write(tmp_path, schema={"med_name": pl.String}, medication_admin_continuous=rows)
    concept = "sedative" if category == "propofol" else category
    assert read_all(tmp_path, concept)["reason"].to_list() == [reason]


def test_antifungals_antivirals_steroids_and_insulin_are_told_apart(tmp_path):
    drugs = ["fluconazole", "acyclovir", "hydrocortisone", "insulin", "acetaminophen"]
    write(tmp_path, medication_admin_intermittent=[dose("12:00", drug) for drug in drugs])
    found = read(tmp_path).filter(pl.col("origin").str.starts_with("medication"))
    assert sorted(found["concept"].cast(pl.String)) == [
        "antifungal",
        "antiviral",
        "corticosteroid",
        "insulin",
    ]


def test_a_drip_of_a_drug_that_counts_by_doses_counts_when_it_begins(tmp_path):
    rows = [row("12:00", 2.0, "start", med_category="insulin", med_dose_unit="units/hour")]
    rows += [row("13:00", 3.0, "dose_change", med_category="insulin", med_dose_unit="units/hour")]
    write(tmp_path, medication_admin_continuous=rows)
    assert read(tmp_path, "insulin")["time"].to_list() == [at("12:00")]


@pytest.mark.parametrize("action", ["held", "paused", "Stopped", "refused"])
def test_an_infusion_that_is_held_runs_no_longer(tmp_path, action):
    write(tmp_path, medication_admin_continuous=[row("12:00", 0.1, "start"), row("13:00", 0.1, action)])
    assert rates(tmp_path) == [(0.1, at("12:00"), at("13:00"))]
