"""Words of ordinary charts, as hospitals write them, through `label`: expected values from the papers' tables."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

import opensepsis

START = datetime(2025, 1, 6, tzinfo=UTC)


def at(hour: float) -> str:
    return (START + timedelta(hours=hour)).isoformat()


def event(concept, hour, value=None, unit=None, text=None, end=None):
    ended = None if end is None else at(end)
    return {"concept": concept, "time": at(hour), "end": ended, "value": value, "unit": unit, "text": text}


def labelled(tmp_path, patients, only, hours=48, gone_to="home"):
    """Labels of patients who have nothing in common, each with a name and events."""
    places = gone_to if isinstance(gone_to, dict) else dict.fromkeys(patients, gone_to)
    stays = [
        {"patient": n, "stay": n, "admitted": at(0), "discharged": at(hours), "age": 60, "discharged_to": places[n]}
        for n in patients
    ]  # fmt: skip
    pl.DataFrame(stays).write_csv(tmp_path / "stays.csv")
    rows = [
        {"patient": n, "origin": f"{n}/{i}", **e} for n, mine in patients.items() for i, e in enumerate(mine)
    ]
    pl.DataFrame(rows, infer_schema_length=None).write_csv(tmp_path / "events.csv")
    return opensepsis.label("csv", tmp_path, definitions=only)


def points(labels, score, row, hour):
    ticks = labels.scores[score].filter(pl.col("time") == START + timedelta(hours=hour))
    return dict(ticks.select("patient", row).iter_rows())


def test_air_in_any_spelling_is_no_oxygen(tmp_path):
    words = ["air", "Air", "AIR", "room air", "Room-Air", "RA", "nasal prongs", "O2"]
    told = labelled(tmp_path, {w: [event("oxygen", 1, text=w, end=9)] for w in words}, "news2")
    expected = dict.fromkeys(words, 0) | {"nasal prongs": 2, "O2": 2}
    assert points(told, "news2", "oxygen", 4) == expected


@pytest.mark.parametrize(
    ("words", "circulation"), [("Cardiovascular", 4), ("VA", 4), ("V-A ECMO", 4), ("VV", 0)]
)
def test_why_ecmo_runs_in_any_spelling(tmp_path, words, circulation):
    chart = [event("ecmo", 1, text=words, end=9), event("mean_pressure", 2, 80, "mm[Hg]")]
    told = labelled(tmp_path, {"a": chart}, "sofa2")
    assert points(told, "sofa2", "respiration", 4) == {"a": 4}
    assert points(told, "sofa2", "circulation", 4) == {"a": circulation}


def test_only_dialysis_in_sessions_lasts_between_them(tmp_path):
    words = [
        "CRRT",
        "CVVHDF",
        "crrt",
        "IHD",
        "Intermittent haemodialysis",
        "Non_Renal",
        "non renal",
        "toxin removal",
    ]
    chart = {w: [event("dialysis", 1, text=w, end=5), event("creatinine", 40, 1.0, "mg/dL")] for w in words}
    told = labelled(tmp_path, chart, "sofa2")
    running, later = points(told, "sofa2", "kidney", 4), points(told, "sofa2", "kidney", 45)
    assert [running[w] for w in words] == [4] * 5 + [None] * 3
    assert [later[w] for w in words] == [0] * 3 + [4] * 2 + [0] * 3


def test_salts_of_norepinephrine_in_any_spelling(tmp_path):
    # base of 0.5: over 0.4, 4 points; its half as bitartrate and 0.41 as hydrochloride: footnote k
    words = {
        "base": 4, "Bitartrate": 3, "norepinephrine bitartrate": 3, "Noradrenaline acid tartrate": 3,
        "anhydrous_bitartrate": 3, "HCl": 4, "Norepinephrine Hydrochloride": 4,
    }  # fmt: skip
    chart = {w: [event("norepinephrine", 1, 0.5, "ug/kg/min", w, 9)] for w in words}
    chart["HCl low"] = [event("norepinephrine", 1, 0.48, "ug/kg/min", "HCl", 9)]
    told = labelled(tmp_path, chart, "sofa2")
    assert points(told, "sofa2", "circulation", 4) == words | {"HCl low": 3}  # 0.48 ÷ 1.22 = 0.39


def test_a_word_that_no_list_has_is_counted_and_set_aside(tmp_path):
    chart = {f"p{i}": [event("oxygen", 1, text="Frobnicator", end=9)] for i in range(3)}
    chart["q"] = [
        event("ecmo", 1, text="John Smith", end=9),
        event("norepinephrine", 1, 0.5, "ug/kg/min", "line 2", 9),
    ]
    told = labelled(tmp_path, chart, "news2,sofa2")
    assert points(told, "news2", "oxygen", 4)["p1"] is None
    assert points(told, "sofa2", "circulation", 4)["q"] == 4  # the infusion is never set aside with its word
    counts = told.run["counts"]
    assert counts["rejected"] == {"word that the concept does not allow": 4}
    assert counts["unmapped_text"]["oxygen"] == {"frobnicator": 3}
    assert "john smith" not in str(counts).lower()  # a word that one patient has may be a name
    assert sum(counts["unmapped_text"]["ecmo"].values()) == 1
    assert sum(counts["unmapped_text"]["norepinephrine"].values()) == 1


SEPTIC = [
    event("culture", 10, text="blood"),
    event("creatinine", 9, 1.0, "mg/dL"),
    event("creatinine", 12, 3.0, "mg/dL"),
]
COUNTS_FOR_ASE = [
    "ceftriaxone|IV", "ceftriaxone|IV DRIP", "ceftriaxone|IVPB", "ceftriaxone|IV push", "ceftriaxone|Injection",
    "ceftriaxone sodium|intravenously", "ceftriaxone|IV over 30 min", "vancomycin hydrochloride|IV", "ceftriaxone|by drone",
]  # fmt: skip
NOT_FOR_ASE = ["ceftriaxone|topical", "ceftriaxone|PO", "ceftriaxone|IV lock", "ceftriaxone|under the skin"]


def test_doses_by_vein_in_any_spelling_make_an_adult_sepsis_event(tmp_path):
    doses = COUNTS_FOR_ASE + NOT_FOR_ASE
    chart = {d: [*SEPTIC, *(event("antibiotic", 10 + 24 * day, text=d) for day in range(4))] for d in doses}
    told = labelled(tmp_path, chart, "adult_sepsis_event", hours=120)
    assert sorted(told.episodes["patient"]) == sorted(COUNTS_FOR_ASE)
    assert sum(told.run["counts"]["unmapped_text"]["antibiotic"].values()) == 4  # by drone, on four days


@pytest.mark.parametrize("tablets", ["NG tube", "Orally", "per os", "PO"])
def test_days_by_mouth_or_tube_carry_on_an_adult_sepsis_event(tmp_path, tablets):
    chart = [*SEPTIC, event("antibiotic", 10, text="levofloxacin|IV")]
    chart += [event("antibiotic", 10 + 24 * day, text=f"levofloxacin|{tablets}") for day in (1, 2, 3)]
    told = labelled(tmp_path, {"a": chart}, "adult_sepsis_event", hours=120)
    assert told.episodes.height == 1


@pytest.mark.parametrize(
    "drug", ["vancomycin|PO", "vancomycin HCl|PO", "Vancomycin hydrochloride|NG tube", "vancomycin|Rectally"]
)
def test_vancomycin_in_the_gut_is_no_treatment_of_infection(tmp_path, drug):
    chart = [event("culture", 10, text="blood"), event("antibiotic", 11, text=drug)]
    assert labelled(tmp_path, {"a": chart}, "suspected_infection").episodes.is_empty()


def test_the_clock_and_the_suspicion_read_routes_alike(tmp_path):
    routes = [
        "IV",
        "IVPB",
        "IV push",
        "IV DRIP",
        "Intravenous",
        "Injection",
        "IV piggyback",
        "intravenously",
        "by drone",
    ]
    illness = [event("culture", 10, text="blood"), event("platelets", 10, 90, "10*3/uL")]
    chart = {r: [*illness, event("antibiotic", 10.5, text=f"ceftriaxone|{r}")] for r in routes}
    told = labelled(tmp_path, chart, "hour1")
    tasks = told.clocks.filter(pl.col("clock") == "hour1", pl.col("task") == "antibiotic")
    assert dict(tasks.select("patient", "state").iter_rows()) == dict.fromkeys(routes, "done in time")


def test_the_end_of_treatment_by_where_the_patient_went(tmp_path):
    """Days of treatment cut short by death, hospice or another acute hospital: CDC toolkit."""
    cut = [
        "acute care hospital",
        "Short-term general hospital",
        "transferred",
        "Home with hospice",
        "Expired",
    ]
    not_cut = [
        "home",
        "skilled nursing facility",
        "Long term acute care hospital",
        "psychiatric hospital",
        "the moon",
    ]
    places = {p: p for p in cut + not_cut}
    chart = {p: [*SEPTIC, *(event("antibiotic", h, text="ceftriaxone|IV") for h in (10, 34))] for p in places}
    told = labelled(tmp_path, chart, "adult_sepsis_event,course", hours=40, gone_to=places)
    found = told.episodes.filter(pl.col("definition") == "adult_sepsis_event")
    assert sorted(found["patient"]) == sorted(cut)
    assert sum(told.run["counts"]["unmapped_text"]["discharged_to"].values()) == 1
    went = told.course.filter(pl.col("finding").str.starts_with("to_"), pl.col("state") == "yes")
    went = dict(went.select("patient", "finding").iter_rows())
    assert went["Home with hospice"] == "to_hospice"
    assert went["transferred"] == went["psychiatric hospital"] == "to_other_hospital"
    assert went["Long term acute care hospital"] == "to_long_term_care"
