"""Why a score is what it is, in the words of its table: values, words, limits, several tables in a row, what is missing."""

from opensepsis.definitions import SCORES
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Event
from opensepsis.engine.live.explain import at_bedside, reasons_for, text, why

HOUR = 3_600_000_000


def rows(told: str) -> dict[str, str]:
    """The lines of the rows, by row."""
    return {line.split()[0]: " ".join(line.split()[1:]) for line in told.splitlines()[1:]}


def test_of_tables_of_which_the_first_known_counts_only_that_one_is_told():
    both = rows(why(SCORES["sofa2"], {"pao2_fio2": 200, "spo2_fio2": 100, "spo2": 90}))
    assert both["respiration"].startswith("2 PaO₂/FiO₂ 200") and "SpO₂" not in both["respiration"]
    alone = rows(why(SCORES["sofa2"], {"spo2_fio2": 250, "spo2": 90}))
    assert alone["respiration"].startswith("2 SpO₂/FiO₂ 250")


def test_of_tables_of_which_the_worse_counts_the_worse_is_told():
    values = {
        "pao2_fio2": 350,
        "spo2_fio2": 200,
        "spo2": 90,
        "supported": True,
        "on_oxygen": True,
        "ventilated": True,
    }
    told = rows(why(SCORES["phoenix"], values, age=5))["respiration"]
    assert told.startswith("2 ") and "SpO₂/FiO₂ 200" in told and "PaO₂" not in told


def test_of_tables_that_add_up_those_that_give_points_are_told():
    told = rows(why(SCORES["phoenix"], {"lactate": 6.0, "mean_pressure": 80, "age_months": 60}, age=5))
    assert told["circulation"].startswith("1 lactate 6 mmol/L") and "pressure" not in told["circulation"]
    normal = rows(why(SCORES["phoenix"], {"lactate": 1.0, "mean_pressure": 80, "age_months": 60}, age=5))
    assert normal["circulation"].startswith("0 ") and "lactate 1 mmol/L" in normal["circulation"]


def test_a_word_is_told_as_a_word():
    told = rows(why(SCORES["news2"], {"consciousness": "C"}))
    assert told["consciousness"] == "3 ACVPU C"
    assert rows(why(SCORES["news2"], {"consciousness": "A"}))["consciousness"] == "0 ACVPU A"


def test_a_yes_or_no_is_told_as_that():
    values = {"pao2_fio2": 500, "on_oxygen": True, "gcs": 15, "fixed_pupils": False}
    told = rows(
        why(SCORES["phoenix"], {k: v for k, v in values.items() if k in SCORES["phoenix"].signals}, age=5)
    )
    assert told["respiration"] == "0 PaO₂/FiO₂ 500 mmHg; on oxygen"
    assert told["brain"] == "0 GCS 15; not both pupils fixed"


def at_the_bedside(name: str, *events: Event, at: int = HOUR) -> dict[str, str]:
    score, bedside = SCORES[name], Bedside([SCORES[name]])
    for event in events:
        bedside.see(event)
    points = bedside.points(score, at)
    return rows(text(score, points.total, points.rows_known, at_bedside(bedside, score, at)))


def test_a_limit_is_told_with_its_sign():
    told = at_the_bedside(
        "sofa",
        Event("platelets", 0, value=20.0, text="<"),
        Event("bilirubin", 0, value=30.0, text=">"),
        Event("creatinine", 0, value=2.5),
    )
    assert "creatinine 2.5 mg/dL" in told["kidney"]
    assert "platelets <20" in told["coagulation"] and told["coagulation"].startswith("4 ")
    assert "bilirubin >30" in told["liver"] and told["liver"].startswith("4 ")


def test_a_rate_that_is_not_known_is_told_as_that():
    told = at_the_bedside("sofa", Event("norepinephrine", 0, end=9 * HOUR, origin="n"))
    assert "rate not known" in told["circulation"]


def test_a_row_of_which_the_window_tells_nothing_says_so():
    told = at_the_bedside("sofa", Event("pao2", 0, value=80.0))
    assert told["respiration"].startswith("? not known: no points from")
    assert "in the window" in told["respiration"]
    now = at_the_bedside("news2", Event("heart_rate", 0, value=80.0))
    assert now["temperature"] == "? not known: no points from temperature now"


def test_points_that_are_carried_or_taken_as_0_say_so():
    """The SOFA-2 paper carries the last value forward and takes what was never measured as normal."""
    name = "sofa2:missing_as_paper"
    told = at_the_bedside(name, Event("platelets", 0, value=90.0), at=30 * HOUR)
    assert told["coagulation"].startswith("2 ") and told["coagulation"].endswith(
        "the last points before, carried"
    )
    assert told["liver"].startswith("0 ") and told["liver"].endswith("taken as 0, assumed")


def test_why_a_score_of_the_moment_has_its_points_is_told_anew_only_when_something_has_changed():
    news2 = SCORES["news2"]
    bedside = Bedside([news2])
    bedside.see(Event("respiratory_rate", 0, known=0, value=26, origin="first"))
    first = reasons_for(bedside, news2, bedside.points(news2, 0), 0)
    assert [(r.row, r.points, r.origins) for r in first] == [("respiration", 3, ("first",))]
    assert reasons_for(bedside, news2, bedside.points(news2, HOUR // 2), HOUR // 2) is first
    bedside.see(Event("respiratory_rate", HOUR, known=HOUR, value=30, origin="second"))
    then = reasons_for(bedside, news2, bedside.points(news2, HOUR), HOUR)
    assert [(r.points, r.origins) for r in then] == [(3, ("second",))]


def test_why_a_score_of_a_window_has_its_points_follows_the_window():
    sofa = SCORES["sofa"]
    bedside = Bedside([sofa])
    for hour, origin in ((0, "first"), (10, "second")):
        bedside.see(Event("platelets", hour * HOUR, known=hour * HOUR, value=90, origin=origin))
    found = [reasons_for(bedside, sofa, bedside.points(sofa, at * HOUR), at * HOUR) for at in (12, 30)]
    assert [(r.row, r.points, r.origins) for reasons in found for r in reasons] == [
        ("coagulation", 2, ("first",)),
        ("coagulation", 2, ("second",)),
    ]
