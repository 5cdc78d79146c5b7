"""Infusions, ventilation, oxygen and treatments of eICU, on made-up tables."""

from pathlib import Path

import pytest

from opensepsis.data.intake.value import NOT_A_NUMBER
from opensepsis.data.sources.eicu import open_eicu
from tests.support.hospitals.small_eicu import events, read, stay, write


def _infused(name: str, rate: str, at: int = 0, **more) -> dict:
    return {"infusionoffset": at, "drugname": name, "drugrate": rate} | more


def _rates(tmp_path: Path, concept: str, *rows: dict, stays: list[dict] | None = None) -> list[tuple]:
    timeline = read(write(tmp_path / "eicu", stays, infusiondrug=list(rows)), tmp_path)
    return events(timeline, concept).select("time", "end", "value").rows()


@pytest.mark.parametrize(
    ("name", "rate", "more", "concept", "value"),
    [
        ("Norepinephrine (mcg/kg/min)", "0.1", {}, "norepinephrine", 0.1),
        ("Norepinephrine (mcg/min)", "8", {}, "norepinephrine", 0.1),  # 80 kg at admission
        (
            "Norepinephrine (mcg/min)",
            "8",
            {"patientweight": "100"},
            "norepinephrine",
            0.08,
        ),  # the row's own weight first
        ("Norepinephrine (ml/hr)", "15", {"drugamount": "8", "volumeoffluid": "250"}, "norepinephrine", 0.1),
        ("Norepinephrine (ml/hr)", "15", {}, "norepinephrine", None),  # no concentration
        ("Norepinephrine (ml/hr)", "15", {"drugamount": "0", "volumeoffluid": "250"}, "norepinephrine", None),
        ("Norepinephrine 8 mg Dextrose 5% 250 ml (ml/hr)", "15", {}, "norepinephrine", 0.1),
        ("Norepinephrine ()", "9.4", {}, "norepinephrine", None),  # no unit
        ("Levophed (mcg/min)", "8", {}, "norepinephrine", 0.1),
        ("Vasopressin (units/min)", "0.04", {}, "vasopressin", 0.04),
        ("Vasopressin (units/hr)", "2.4", {}, "vasopressin", 0.04),
        ("Vasopressin (ml/hr)", "6", {"drugamount": "40", "volumeoffluid": "100"}, "vasopressin", 0.04),
        ("Dopamine (mcg/kg/min)", "5", {}, "dopamine", 5.0),
        (
            "EPINEPHrine(Adrenalin)STD 4 mg Sodium Chloride 0.9% 250 ml (mcg/min)",
            "4",
            {},
            "epinephrine",
            0.05,
        ),
        ("Phenylephrine (mcg/min)", "80", {}, "phenylephrine", 1.0),
    ],
)
def test_a_rate_is_read_by_the_unit_in_the_name_or_is_not_known(
    tmp_path: Path, name: str, rate: str, more: dict, concept: str, value: float | None
) -> None:
    wanted = value if value is None else pytest.approx(value)
    assert _rates(tmp_path, concept, _infused(name, rate, **more)) == [(0.0, 240.0, wanted)]


def test_without_any_weight_a_whole_rate_is_not_known_and_never_guessed(tmp_path: Path) -> None:
    rows = _rates(
        tmp_path,
        "norepinephrine",
        _infused("Norepinephrine (mcg/min)", "8"),
        stays=[stay(admissionweight="")],
    )
    assert rows == [(0.0, 240.0, None)]


def test_a_weight_charted_later_is_not_used(tmp_path: Path) -> None:
    path = "flowsheet|Flowsheet Cell Labels|I&O|Weight|Bodyweight (kg)"
    weight = {
        "intakeoutputoffset": 60,
        "intakeoutputentryoffset": 60,
        "cellpath": path,
        "cellvaluenumeric": 80,
    }
    drug = [_infused("Norepinephrine (mcg/min)", "8", at) for at in (0, 90)]
    made = write(tmp_path / "eicu", [stay(admissionweight="")], infusiondrug=drug, intakeoutput=[weight])
    assert events(read(made, tmp_path), "norepinephrine").select("time", "value").rows() == [
        (0.0, None),
        (90.0, 0.1),
    ]


def test_a_rate_holds_to_the_next_of_its_name_and_four_hours_at_most(tmp_path: Path) -> None:
    name = "Norepinephrine (mcg/kg/min)"
    rows = [
        _infused(name, rate, at)
        for rate, at in (("0.1", 0), ("0.2", 60), ("0", 90), ("0.3", 120), ("OFF", 150), ("0.1", 200))
    ]
    assert _rates(tmp_path, "norepinephrine", *rows) == [
        (0, 60, 0.1),
        (60, 90, 0.2),
        (120, 150, 0.3),
        (200, 440, 0.1),
    ]


@pytest.mark.parametrize("said", ["", "ERROR", "Documentation undone"])
def test_a_rate_that_is_no_number_neither_runs_nor_stops(tmp_path: Path, said: str) -> None:
    name = "Norepinephrine (mcg/kg/min)"
    assert _rates(tmp_path, "norepinephrine", _infused(name, "0.1", 0), _infused(name, said, 30)) == [
        (0, 240, 0.1)
    ]


@pytest.mark.parametrize(
    "said",
    [
        "OFF",
        "off ",
        "HOLD",
        "on hold",
        "Paused",
        "Stopped - MAP 80",
        "infusion complete",
        "D/C",
        "dc'd",
        "0.0",
    ],
)
def test_a_word_for_a_pump_that_stands_still_ends_the_rate(tmp_path: Path, said: str) -> None:
    rows = [_infused("Norepinephrine (mcg/kg/min)", "0.1"), _infused("Norepinephrine (mcg/kg/min)", said, 60)]
    assert _rates(tmp_path, "norepinephrine", *rows) == [(0.0, 60.0, 0.1)]


@pytest.mark.parametrize(
    ("said", "told"),
    [("ERROR", 1), ("Documentation undone", 1), ("5 mcg", 1), (">0.2", 1), ("-0.1", 1), ("", 0), ("NULL", 0)],
)
def test_a_rate_that_cannot_be_read_is_rejected_and_an_empty_one_is_nothing(
    tmp_path: Path, said: str, told: int
) -> None:
    rows = [_infused("Norepinephrine (mcg/kg/min)", "0.1"), _infused("Norepinephrine (mcg/kg/min)", said, 60)]
    made = write(tmp_path / "eicu", infusiondrug=rows)
    source = open_eicu(made)
    found = [reason for batch in source.events(frozenset({"norepinephrine"})) if "reason" in batch.columns
             for reason in batch["reason"].drop_nulls()]  # fmt: skip
    assert found == [NOT_A_NUMBER] * told


@pytest.mark.parametrize("rates", [("0.1", "0", "0.3"), ("0.3", "0.1", "0"), ("0", "0.3", "0.1")])
def test_of_several_rates_of_one_minute_the_fastest_holds_in_any_order(tmp_path: Path, rates: tuple) -> None:
    rows = [_infused("Norepinephrine (mcg/kg/min)", rate, 10) for rate in rates]
    rows.append(_infused("Norepinephrine (mcg/kg/min)", "0", 70))
    assert _rates(tmp_path, "norepinephrine", *rows) == [(10.0, 70.0, 0.3)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Norepinephrine 4 mg Dextrose 5% 250 ml (ml/hr)", 0.05),
        ("Norepinephrine 16 mcg/ml 250 ml (ml/hr)", 0.05),
        ("Norepinephrine 16 mcg/ml (ml/hr)", 0.05),
        ("Norepinephrine 0.016 mg/ml (ml/hr)", 0.05),
        ("Norepinephrine 4 mg/4 ml in 250 ml (ml/hr)", None),
        ("Norepinephrine 4 mg or 8 mg in 250 ml (ml/hr)", None),
        ("Norepinephrine 4 mg (ml/hr)", None),
        ("Norepinephrine 4 mg in 0 ml (ml/hr)", None),
        ("Norepinephrine 4.4.4 mg in 250 ml (ml/hr)", None),
    ],
)
def test_a_concentration_counts_where_the_name_tells_one_and_not_two(
    tmp_path: Path, name: str, value: float | None
) -> None:
    found = _rates(tmp_path, "norepinephrine", _infused(name, "15"), _infused(name, "0", 60))
    assert found == [(0.0, 60.0, value if value is None else pytest.approx(value))]


@pytest.mark.parametrize(
    "name",
    ["Epinephrine-Lidocaine 1% (ml/hr)", "Bupivacaine with epinephrine epidural (ml/hr)", "Epinephrine nebulizer (mg/hr)",
     "Norepinephrine HELD (mcg/min)", "Epinephrine level (mcg/min)"],
)  # fmt: skip
def test_what_is_given_locally_or_not_at_all_is_no_infusion(tmp_path: Path, name: str) -> None:
    concept = "norepinephrine" if "Norepinephrine" in name else "epinephrine"
    assert _rates(tmp_path, concept, _infused(name, "10")) == []


def test_an_infusion_ends_with_the_unit_stay_at_the_latest(tmp_path: Path) -> None:
    assert _rates(tmp_path, "norepinephrine", _infused("Norepinephrine (mcg/kg/min)", "0.1", 590)) == [
        (590, 600, 0.1)
    ]


def test_a_dose_beside_its_own_volume_is_not_counted_twice(tmp_path: Path) -> None:
    import opensepsis

    rows = [
        _infused(f"Norepinephrine ({unit})", rate, at)
        for at in range(0, 600, 60)
        for unit, rate in (("mcg/min", "6.4"), ("ml/hr", "12"))
    ]
    for row in rows:
        row |= {"drugamount": "8", "volumeoffluid": "250"}
    labels = opensepsis.label(
        "eicu", write(tmp_path / "eicu", infusiondrug=rows), stay_kind="icu", definitions="sofa"
    )
    assert (
        labels.scores["sofa"]["circulation"].max() == 3
    )  # 0.08: twice of it would be above 0.1, four points


def test_a_note_of_a_drug_that_a_pump_gives_adds_nothing_to_its_rate(tmp_path: Path) -> None:
    import opensepsis

    pump = [_infused("Norepinephrine (mcg/kg/min)", "0.1", at) for at in range(0, 600, 60)]
    path = "cardiovascular|shock|vasopressors|norepinephrine <= 0.1 micrograms/kg/min"
    notes = [{"treatmentoffset": at, "treatmentstring": path} for at in range(0, 600, 60)]
    labels = opensepsis.label(
        "eicu",
        write(tmp_path / "eicu", infusiondrug=pump, treatment=notes),
        stay_kind="icu",
        definitions="sofa",
    )
    assert labels.scores["sofa"]["circulation"].max() == 3  # 0.1 and not above it


def test_an_infusion_of_unknown_rate_gives_the_least_that_it_can_mean(tmp_path: Path) -> None:
    import opensepsis

    rows = [_infused("Norepinephrine (ml/hr)", "40", at) for at in range(0, 600, 60)]
    labels = opensepsis.label(
        "eicu", write(tmp_path / "eicu", infusiondrug=rows), stay_kind="icu", definitions="sofa"
    )
    assert labels.scores["sofa"]["circulation"].max() == 3


def test_sedatives_run_without_a_rate_and_other_drugs_are_counted(tmp_path: Path) -> None:
    rows = [
        _infused("Propofol (ml/hr)", "13"),
        _infused("Lorazepam (mg/hr)", "2"),
        _infused("Heparin (units/hr)", "700"),
    ]
    timeline = read(write(tmp_path / "eicu", infusiondrug=rows), tmp_path)
    assert events(timeline, "sedative")["value"].to_list() == [None, None]
    assert timeline.counts["source"]["unmapped"]["infusiondrug"] == [
        {"code": "Heparin (units/hr)", "count": 1}
    ]


def _breath(label: str, value: str, at: int, entered: int | None = None) -> dict:
    return {
        "respchartoffset": at, "respchartentryoffset": at if entered is None else entered, "respchartvaluelabel": label,
        "respchartvalue": value,
    }  # fmt: skip


def test_settings_of_a_ventilator_are_read_and_an_empty_field_of_0_is_not(tmp_path: Path) -> None:
    rows = [
        _breath("FiO2", "50", 5), _breath("FiO2", "60%", 6), _breath("FiO2", "0.4", 7), _breath("FiO2", "0", 8), _breath("PEEP", "8", 5),
        _breath("PEEP", "0", 9), _breath("LPM O2", "3", 5), _breath("RR (patient)", "22", 5), _breath("TV/kg IBW", "7", 5),
    ]  # fmt: skip
    timeline = read(write(tmp_path / "eicu", respiratorycharting=rows), tmp_path)
    assert events(timeline, "fio2").select("time", "value").rows() == [(5.0, 0.5), (6.0, 0.6), (7.0, 0.4)]
    assert events(timeline, "peep")["value"].to_list() == [8.0]
    assert events(timeline, "oxygen_flow")["value"].to_list() == [3.0]


def test_a_set_tidal_volume_tells_of_a_tube_until_a_device_says_otherwise(tmp_path: Path) -> None:
    rows = [
        _breath("Tidal Volume (set)", "450", 0),
        _breath("O2 Device", "Nasal cannula", 120),
        _breath("O2 Device", "None (Room air)", 300),
    ]
    timeline = read(write(tmp_path / "eicu", respiratorycharting=rows), tmp_path)
    assert events(timeline, "ventilation").select("time", "end", "text").rows() == [(0.0, 120.0, "invasive")]
    assert events(timeline, "oxygen").select("time", "end", "text").rows() == [
        (120, 300, "nasal cannula"),
        (300, 600, "air"),
    ]
    assert events(timeline, "fio2").select("time", "value").rows() == [(300.0, 0.21)]


@pytest.mark.parametrize(
    ("said", "oxygen", "ventilation"),
    [
        ("HFNC", "high flow nasal cannula", "high_flow"),
        ("vapotherm", "high flow nasal cannula", "high_flow"),
        ("2L NC", "nasal cannula", None),
        ("Trach collar 40%", "tracheostomy mask", None),
        ("Non-rebreather mask 15L", "non-rebreather mask", None),
        ("Simple mask", "face mask", None),
        ("ETT", None, None),  # with or without a ventilator
        ("BiPAP?", None, None),
        ("refused", None, None),
    ],
)
def test_a_device_in_another_spelling_is_read_by_the_list_for_all_sources(
    tmp_path: Path, said: str, oxygen: str | None, ventilation: str | None
) -> None:
    timeline = read(write(tmp_path / "eicu", respiratorycharting=[_breath("O2 Device", said, 0)]), tmp_path)
    for concept, word in (("oxygen", oxygen), ("ventilation", ventilation)):
        assert events(timeline, concept)["text"].to_list() == ([] if word is None else [word])


def test_a_device_that_is_off_ends_ventilation(tmp_path: Path) -> None:
    rows = [_breath("Tidal Volume (set)", "450", 0), _breath("O2 Device", "extubated", 60)]
    found = events(read(write(tmp_path / "eicu", respiratorycharting=rows), tmp_path), "ventilation")
    assert found.select("time", "end").rows() == [(0.0, 60.0)]


def test_a_ventilator_and_a_mask_at_one_minute_are_the_stronger_of_the_two(tmp_path: Path) -> None:
    rows = [
        _breath("O2 Device", "Bi-PAP", 0),
        _breath("RT Vent On/Off", "Start", 0),
        _breath("RT Vent On/Off", "Off", 60),
    ]
    found = events(read(write(tmp_path / "eicu", respiratorycharting=rows), tmp_path), "ventilation")
    assert found.select("time", "end", "text").rows() == [(0.0, 60.0, "invasive")]


def _care(at: int, **more) -> dict:
    zero = dict.fromkeys(
        ("ventstartoffset", "ventendoffset", "priorventstartoffset", "priorventendoffset"), 0
    )
    return {"respcarestatusoffset": at} | zero | more


def test_ventilation_of_respiratory_care_goes_on_until_a_later_row_tells_its_end(tmp_path: Path) -> None:
    rows = [
        _care(-61, ventstartoffset=-361), _care(100), _care(1188, priorventstartoffset=-361, priorventendoffset=542),
    ]  # fmt: skip
    found = events(read(write(tmp_path / "eicu", respiratorycare=rows), tmp_path), "ventilation")
    assert found.select("time", "end", "known", "text").rows() == [
        (-361, 600, -61, "invasive"),
        (-361, 542, 1188, "invasive"),
    ]
    assert found["origin"].n_unique() == 1  # so that the second corrects the first


def test_an_offset_of_0_is_no_ventilation(tmp_path: Path) -> None:
    made = write(tmp_path / "eicu", respiratorycare=[_care(50, airwaytype="Oral ETT")])
    assert events(read(made, tmp_path), "ventilation").is_empty()


@pytest.mark.parametrize(
    ("path", "concept", "text"),
    [
        (
            "pulmonary|ventilation and oxygenation|mechanical ventilation|assist controlled",
            "ventilation",
            "invasive",
        ),
        (
            "pulmonary|ventilation and oxygenation|mechanical ventilation|non-invasive ventilation|face mask",
            "ventilation",
            "noninvasive",
        ),
        ("renal|dialysis|hemodialysis|for acute renal failure", "dialysis", "hemodialysis"),
        ("renal|dialysis|C V V H D", "dialysis", "crrt"),
        ("cardiovascular|shock|vasopressors|norepinephrine > 0.1 micrograms/kg/min", "norepinephrine", None),
        ("cardiovascular|shock|vasopressors|dopamine  5-15 micrograms/kg/min", "dopamine", None),
        ("cardiovascular|shock|vasopressors", "other_vasoactive", "vasopressor"),
        ("cardiovascular|shock|intraaortic balloon pump", "mechanical_circulation", None),
    ],
)
def test_a_noted_treatment_runs_for_the_hour_after_its_note_at_no_known_rate(
    tmp_path: Path, path: str, concept: str, text: str | None
) -> None:
    made = write(tmp_path / "eicu", treatment=[{"treatmentoffset": 30, "treatmentstring": path}])
    found = events(read(made, tmp_path), concept)
    assert found.select("time", "end", "value", "text").rows() == [(30.0, 90.0, None, text)]


@pytest.mark.parametrize(
    "path",
    [
        "renal|dialysis|insertion of venous catheter for hemodialysis",
        "cardiovascular|non-operative procedures|intraaortic balloon pump removal",
        "infectious diseases|medications|prophylactic antibacterials",
        "pulmonary|ventilation and oxygenation|CPAP/PEEP therapy",
        "cardiovascular|ventricular dysfunction|inotropic agent|digoxin",
        "pulmonary|radiologic procedures / bronchoscopy|pulmonary ventilation perfusion study",
    ],
)
def test_words_that_only_sound_like_a_treatment_are_none(tmp_path: Path, path: str) -> None:
    timeline = read(
        write(tmp_path / "eicu", treatment=[{"treatmentoffset": 30, "treatmentstring": path}]), tmp_path
    )
    assert set(timeline.events().collect()["concept"]) == {"weight", "height"}
