"""What was given: infusions, doses and orders of drugs."""

import polars as pl
import pytest

from opensepsis import label
from tests.support.hospitals.small_mimic import at, moment, read, read_all, texts, values, write


def infusion(itemid: int, rate, unit: str, **row) -> dict:
    return {
        "itemid": itemid,
        "starttime": at("12:00"),
        "endtime": at("13:00"),
        "rate": rate,
        "rateuom": unit,
        "patientweight": 80,
        **row,
    }


RATES = [
    (221906, "norepinephrine", 0.1, "mcg/kg/min", 0.1),
    (221906, "norepinephrine", 8, "mcg/min", 0.1),
    (221906, "norepinephrine", 0.48, "mg/hour", 0.1),
    (221906, "norepinephrine", 0.008, "mg/min", 0.1),
    (221906, "norepinephrine", 0.0001, "mg/kg/min", 0.1),
    (221906, "norepinephrine", 6, "mcg/kg/hour", 0.1),
    (221906, "norepinephrine", 100, "ng/kg/min", 0.1),
    (221289, "epinephrine", 0.05, "mcg/kg/min", 0.05),
    (221662, "dopamine", 24, "mg/hour", 5),
    (221653, "dobutamine", 2.5, "mcg/kg/min", 2.5),
    (221749, "phenylephrine", 160, "mcg/min", 2),
    (221986, "milrinone", 0.25, "mcg/kg/min", 0.25),
    (222315, "vasopressin", 2.4, "units/hour", 0.04),
    (222315, "vasopressin", 0.03, "units/min", 0.03),
    (222315, "vasopressin", 0.0005, "units/kg/min", 0.04),
    (229709, "angiotensin", 20, "ng/kg/min", 20),
    (229764, "angiotensin", 0.02, "mcg/kg/min", 20),
]


def test_every_unit_of_a_rate(tmp_path):
    """An hour each, one after another."""
    write(
        tmp_path,
        inputevents=[
            infusion(itemid, rate, unit, starttime=at(f"{hour:02}:00", 2), endtime=at(f"{hour + 1:02}:00", 2))
            for hour, (itemid, _, rate, unit, _) in enumerate(RATES)
        ],
    )
    found = read(tmp_path, *{concept for _, concept, *_ in RATES})
    assert found.height == len(RATES)
    for hour, (_, concept, rate, unit, expected) in enumerate(RATES):
        (event,) = found.filter(time=moment(f"{hour:02}:00", 2)).rows(named=True)
        assert (event["concept"], event["end"]) == (concept, moment(f"{hour + 1:02}:00", 2)), (rate, unit)
        assert event["value"] == pytest.approx(expected), (rate, unit)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (infusion(221906, 5, "drops/min"), "unknown unit"),
        (infusion(221906, 5, "units/hour"), "unknown unit"),
        (infusion(222315, 5, "mcg/min"), "unknown unit"),
        (infusion(221906, 5, ""), "unknown unit"),
        (infusion(221906, 5, "mcg/min", patientweight=""), "no weight to convert the rate with"),
        (infusion(221906, 5, "mcg/min", patientweight=0), "no weight to convert the rate with"),
    ],
)
def test_rate_that_cannot_be_converted_is_set_aside(tmp_path, row, reason):
    write(tmp_path, inputevents=[row])
    assert read_all(tmp_path, "norepinephrine", "vasopressin")["reason"].to_list() == [reason]


def test_rate_zero_is_kept_a_push_and_a_rewritten_row_are_not(tmp_path):
    rows = [
        infusion(221906, 0, "mcg/kg/min"),
        infusion(221906, "", "", amount=1, amountuom="mg"),
        infusion(221906, 0.5, "mcg/kg/min", statusdescription="Rewritten"),
    ]
    write(tmp_path, inputevents=rows)
    assert values(tmp_path, "norepinephrine") == [0]


def rates(path) -> list[tuple]:
    return read(path, "norepinephrine").select("value", "known").rows()


def test_a_rate_is_known_as_it_was_entered_and_as_it_was_delivered_when_it_closes(tmp_path):
    row = infusion(221906, 0.10004, "mcg/kg/min", originalrate=0.1, storetime=at("12:05"), orderid=3)
    write(tmp_path, inputevents=[row])
    found = read(tmp_path, "norepinephrine")
    assert found.select("value", "known").rows() == [(0.1, moment("12:05")), (0.10004, moment("13:00"))]
    # the later one corrects the earlier: all else is the same
    assert found.drop("value", "known").n_unique() == 1


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({"originalrate": 0.2, "storetime": at("12:05")}, [(0.2, moment("12:05"))]),  # as planned
        (
            {"originalrate": 0.1, "storetime": at("13:30")},
            [(0.2, moment("13:30"))],
        ),  # entered when all was over
        ({"originalrate": "", "storetime": at("12:05")}, [(0.2, moment("12:05"))]),  # not told
        ({"originalrate": 0, "storetime": at("12:05")}, [(0.2, moment("12:05"))]),
        ({"originalrate": 0.1, "storetime": ""}, [(0.1, moment("12:00")), (0.2, moment("13:00"))]),
        ({"originalrate": 0.1, "storetime": at("11:00")}, [(0.1, moment("12:00")), (0.2, moment("13:00"))]),
    ],
)
def test_when_a_rate_could_be_known(tmp_path, others, expected):
    write(tmp_path, inputevents=[infusion(221906, 0.2, "mcg/kg/min", **others)])
    assert rates(tmp_path) == expected


def test_a_planned_rate_is_converted_as_the_delivered_one(tmp_path):
    write(tmp_path, inputevents=[infusion(221906, 8.8, "mcg/min", originalrate=8, storetime=at("12:05"))])
    assert [value for value, _ in rates(tmp_path)] == pytest.approx([0.1, 0.11])


def test_sedatives_only_while_they_run(tmp_path):
    rows = [infusion(222168, 20, "mcg/kg/min"), infusion(222168, 0, "mcg/kg/min"), infusion(221668, "", "", amount=2),
            infusion(221744, 50, "mcg/hour")]  # fmt: skip
    write(tmp_path, inputevents=rows)
    assert read(tmp_path, "sedative").select("text", "value").rows() == [("propofol", None)]


def test_crystalloids_count_when_they_are_in(tmp_path):
    rows = [
        {
            "itemid": 225158,
            "starttime": at("12:00"),
            "endtime": at("14:00"),
            "amount": 1000,
            "amountuom": "ml",
        },
        {"itemid": 225828, "starttime": at("12:00"), "endtime": at("15:00"), "amount": 0.5, "amountuom": "L"},
        {
            "itemid": 220949,
            "starttime": at("12:00"),
            "endtime": at("15:00"),
            "amount": 100,
            "amountuom": "ml",
        },
        {"itemid": 225158, "starttime": at("12:00"), "endtime": at("16:00"), "amount": 1, "amountuom": "bag"},
    ]
    write(tmp_path, inputevents=rows)
    events = read_all(tmp_path, "crystalloid")
    assert events.select("time", "value", "reason").rows() == [
        (moment("14:00"), 1000, None), (moment("15:00"), 500, None), (moment("16:00"), 1, "unknown unit"),
    ]  # fmt: skip


def dose(medication: str, clock: str = "12:00", event: str = "Administered", **row) -> dict:
    return {
        "medication": medication,
        "charttime": at(clock),
        "event_txt": event,
        "emar_id": f"7-{clock}",
        "pharmacy_id": 1,
        **row,
    }


def test_antibiotic_given_with_the_route_of_its_charting_or_its_order(tmp_path):
    write(
        tmp_path,
        emar=[
            dose("CefTRIAXone", "12:00"),
            dose("Vancomycin", "13:00", pharmacy_id=2),
            dose("Meropenem", "14:00", pharmacy_id=""),
        ],
        emar_detail=[{"emar_id": "7-13:00", "route": "PO/NG"}, {"emar_id": "7-12:00", "route": ""}],
        prescriptions=[
            {"pharmacy_id": 1, "drug": "CefTRIAXone", "route": "IV"},
            {"pharmacy_id": 2, "drug": "Vancomycin", "route": "IV"},
        ],
    )
    assert texts(tmp_path, "antibiotic") == ["ceftriaxone|IV", "vancomycin|PO", "meropenem|"]
    assert read(tmp_path, "antibiotic")["origin"][0] == "emar/7-12:00"


@pytest.mark.parametrize(
    "row",
    [
        dose("Vancomycin", event="Not Given"),
        dose("Vancomycin", event="Stopped"),
        dose("Vancomycin", event=""),
        dose("Ciprofloxacin 0.3% Ophth Soln"),
        dose("Neomycin-Polymyxin-Bacitracin"),
        dose("Vancomycin Antibiotic Lock"),
        dose("Ciprofloxacin", pharmacy_id=9),
        dose("Fluconazole"),
        dose("Acyclovir"),
        dose("Pantoprazole"),
    ],
)
def test_no_antibiotic_was_given(tmp_path, row):
    write(
        tmp_path, emar=[row], prescriptions=[{"pharmacy_id": 9, "drug": "Ciprofloxacin", "route": "LEFT EAR"}]
    )
    assert texts(tmp_path, "antibiotic") == []


def test_antibiotics_of_the_intensive_care_record(tmp_path):
    rows = [
        {
            "itemid": 225798,
            "starttime": at("12:00"),
            "endtime": at("13:00"),
            "ordercategoryname": "08-Antibiotics (IV)",
        },
        {
            "itemid": 225884,
            "starttime": at("14:00"),
            "endtime": at("14:01"),
            "ordercategoryname": "09-Antibiotics (Non IV)",
        },
    ]
    write(tmp_path, inputevents=rows)
    assert texts(tmp_path, "antibiotic") == ["vancomycin|IV", "metronidazole|PO"]


def test_antibiotic_orders(tmp_path):
    orders = [
        {"pharmacy_id": 1, "drug": "Piperacillin-Tazobactam", "route": "IV", "starttime": at("12:00")},
        {
            "pharmacy_id": 2,
            "drug": "Erythromycin 0.5% Ophth Oint",
            "route": "BOTH EYES",
            "starttime": at("12:00"),
        },
        {"pharmacy_id": 3, "drug": "Levofloxacin", "route": "IV", "starttime": ""},
    ]
    write(tmp_path, prescriptions=orders)
    assert texts(tmp_path, "antibiotic_order") == ["piperacillin/tazobactam|IV"]


def test_other_drugs(tmp_path):
    write(
        tmp_path,
        emar=[dose("Hydrocortisone Na Succ.", "12:00"), dose("Insulin", "13:00"), dose("QUEtiapine Fumarate", "14:00"),
              dose("Hydrocortisone (Rectal) 2.5% Cream", "15:00"), dose("Tacrolimus", "16:00"),
              dose("Mycophenolate Mofetil", "17:00"), dose("cycloSPORINE 0.05% Ophth Emulsion", "18:00")],
    )  # fmt: skip
    events = read(tmp_path, "corticosteroid", "immunosuppressant", "insulin", "delirium_drug")
    assert events.select("concept", "text").rows() == [
        ("corticosteroid", "hydrocortisone|"), ("delirium_drug", "quetiapine|"), ("immunosuppressant", "tacrolimus|"),
        ("immunosuppressant", "mycophenolate|"), ("insulin", "insulin|"),
    ]  # fmt: skip


def test_as_known_a_rate_counts_as_it_was_entered_until_it_closes(tmp_path):
    row = {"starttime": at("10:30"), "endtime": at("14:30"), "storetime": at("10:40"), "originalrate": 0.1}
    data = write(tmp_path / "mimic", inputevents=[infusion(221906, 0.10004, "mcg/kg/min", **row)])
    points = {}
    for as_known in (False, True):
        labels = label("mimic-iv", data, definitions="sofa", stay_kind="icu", as_known=as_known)
        hours = labels.scores["sofa"].filter(pl.col("time").is_in([moment("12:00"), moment("15:00")]))
        points[as_known] = hours["circulation"].to_list()
    assert points == {False: [4, 4], True: [3, 4]}
