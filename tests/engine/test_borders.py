"""Borders of the engines that random patients seldom come to: ages not told, shocks before the sepsis, visits that led on, many values."""

from dataclasses import replace

import polars as pl
import pytest

from opensepsis.definitions import PHENOTYPES, SCORES
from opensepsis.definitions.concepts.person import SEX
from opensepsis.definitions.signals.carried import heart_rate
from opensepsis.engine.batch.chart import charts
from opensepsis.engine.batch.evidence import evidence
from opensepsis.engine.batch.infection import infection_episodes
from opensepsis.engine.batch.trigger_times import around_phenotype
from opensepsis.engine.clocks.record import record_of
from opensepsis.engine.live import row_keys
from opensepsis.engine.live.availability import first_computable_at
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.live.criteria import matters
from opensepsis.engine.live.nhsn_bacteremia import nhsn_bacteremias
from opensepsis.engine.live.phenotypes import _shock_moment
from opensepsis.engine.semantics.logistic_risk import logistic_risk
from opensepsis.engine.semantics.perspective import Perspective
from opensepsis.engine.semantics.stays import Arrival, Stay
from opensepsis.rules import LogisticRisk, concepts_read, scores_of
from tests.support.parity.tables import stays_table, table

HOUR = 3_600_000_000
DAY = 24 * HOUR


def test_an_event_of_which_nobody_tells_when_it_was_known_counts_at_once():
    bedside = Bedside([SCORES["qsofa"]])
    bedside.see(Event("respiratory_rate", HOUR, known=None, value=24.0))
    assert bedside.points(SCORES["qsofa"], HOUR).rows["respiration"].points == 1
    assert bedside.chart.seen["respiratory_rate"][HOUR][0].known == HOUR


def test_the_sex_that_the_stays_state_is_taken_back_with_them():
    bedside = Bedside([SCORES["qsofa"]], {SEX.name: SEX})

    def sexes() -> list[tuple[int, str | None]]:
        return [(e.time, e.text) for e in bedside.chart.standing("sex")]

    bedside.stays_begin([HOUR, 0, HOUR], "female")
    assert sexes() == [(0, "female"), (HOUR, "female")]
    bedside.stays_begin([HOUR], "male")
    assert sexes() == [(HOUR, "male")]
    bedside.stays_begin([HOUR])
    assert sexes() == []


def test_a_chart_that_is_let_go_holds_nothing_that_refers_back_to_it():
    bedside = Bedside([SCORES["sofa"]])
    bedside.see(Event("platelets", 0, value=90.0, text="<"))
    chart, before = bedside.chart, bedside.points(SCORES["sofa"], HOUR)
    assert before.rows["coagulation"].points == 2 and "low" in vars(chart)
    chart.let_go()
    assert not {"low", "high"} & vars(chart).keys()
    again = Bedside([SCORES["sofa"]])
    again.see(Event("platelets", 0, value=90.0, text="<"))
    assert again.points(SCORES["sofa"], HOUR) == before


def test_a_result_that_is_taken_back_is_in_no_record():
    bedside = Bedside([SCORES["sofa"]])
    for known, value in ((0, 90.0), (2 * HOUR, None)):
        bedside.see(Event("platelets", 0, known=known, value=value, origin="lab"))
    bedside.see(Event("platelets", HOUR, value=None, text="<"))  # a sign without its number
    assert list(record_of(bedside.chart).of(bedside.chart.concepts["platelets"])) == []


@pytest.mark.parametrize("most", [1, 100])
def test_points_of_many_sets_of_values_are_forgotten_and_worked_out_again(monkeypatch, most):
    monkeypatch.setattr(row_keys, "MOST_KEPT", most)
    bedside, sofa = Bedside([SCORES["sofa"]]), SCORES["sofa"]
    reads = row_keys.reads_of(sofa)["coagulation"].parts[0]
    reads.given.clear()
    for hour, value in enumerate((160.0, 90.0, 40.0, 90.0)):
        bedside.see(Event("platelets", hour * HOUR, value=value))
        bedside.points(sofa, hour * HOUR)
    assert bedside.points(sofa, 4 * HOUR).rows["coagulation"].points == 3
    assert len(reads.given) == min(most, 3)


def risk(intercept: float, rate: float | None = 80.0) -> float | None:
    signal = LogisticRisk(
        name="risk", label="risk", intercept=intercept, terms=((heart_rate, 0.0, 0.0, 1.0),)
    )
    return logistic_risk(signal, {heart_rate: rate})


def test_a_risk_lies_between_none_and_all_however_large_its_equation_grows():
    assert [risk(logit) for logit in (-501.0, 0.0, 501.0)] == [0.0, 500.0, 1000.0]
    assert risk(500.0) == pytest.approx(1000.0) and 0 < risk(-499.0) < 1e-200
    assert risk(0.0, None) is None


def test_which_ticks_can_have_a_part_in_an_episode():
    sepsis2 = matters(PHENOTYPES["sepsis2"])
    assert sepsis2 and [sepsis2((0, points)) for points in (None, 1, 2)] == [False, False, True]
    phoenix = PHENOTYPES["phoenix_septic_shock"]
    names = [score.name for score in scores_of(phoenix)]
    tick = {name: None for name in names}
    assert matters(PHENOTYPES["septic_shock"]) is None and matters(PHENOTYPES["suspected_infection"]) is None
    told = matters(PHENOTYPES["severe_sepsis2"])
    assert told is None or told((0, *tick.values())) is False


@pytest.mark.parametrize("name", [n for n, p in PHENOTYPES.items() if type(p).__name__ == "Worsened"])
def test_what_worsens_is_told_by_its_criteria_or_its_sign(name):
    phenotype = PHENOTYPES[name]
    scores, told = [score.name for score in scores_of(phenotype)], matters(phenotype)
    wanted = {c.score.name: c.points for c in phenotype.after.criteria}
    sign = phenotype.sign

    def tick(**points) -> tuple:
        return (0, *(points.get(score) for score in scores))

    assert told(tick(**wanted)) and told(tick(**{sign.score.name: sign.points}))
    assert not told(tick()) and not told(tick(**{sign.score.name: sign.points - 1}))


def test_a_rise_above_a_baseline_is_looked_for_at_any_total():
    zero, risen = (around_phenotype(PHENOTYPES[n]) for n in ("sepsis3", "sepsis3:lowest_so_far"))
    assert zero and risen and risen.enough is None
    totals = pl.DataFrame({"sofa": [1, 2]})
    assert totals.select(zero.enough).to_series().to_list() == [False, True]


def test_a_vasopressor_that_ended_long_before_the_sepsis_is_no_shock_of_it():
    phenotype = PHENOTYPES["septic_shock"]
    near = phenotype.paired_within.total_seconds() * 1_000_000
    chart = Chart(concepts_read(phenotype))
    without_fluid = replace(phenotype, fluid=None)

    def shock(end: float, lactate: int):
        return _shock_moment(without_fluid, 10 * DAY, 12 * DAY, (0, end, lactate, lactate), chart)

    assert shock(10 * DAY - near, 10 * DAY) == (10 * DAY, 10 * DAY, 0)
    assert shock(10 * DAY - near - 1, 10 * DAY) is None
    assert shock(11 * DAY, int(10 * DAY - near)) is not None
    assert shock(11 * DAY, int(10 * DAY - near - 1)) is None


def test_growth_at_a_visit_that_led_to_an_admission_is_told_there():
    phenotype = PHENOTYPES["bacteremia:nhsn_draft"]
    chart = Chart(concepts_read(phenotype))
    chart.see(Event("organism", 5 * HOUR, known=DAY, text="blood|ESCHERICHIA COLI"))
    stay = Stay(0, 2 * DAY, age=60.0, arrival=Arrival(0, 60))
    assert len(nhsn_bacteremias(phenotype, stay, chart)) == 1
    assert nhsn_bacteremias(phenotype, replace(stay, arrival=Arrival(0, 60, led_on=True)), chart) == []


@pytest.mark.parametrize("judged", [Perspective.NOW, Perspective.IN_RETROSPECT])
def test_a_dose_that_was_taken_back_is_evidence_only_in_retrospect(judged):
    phenotype = PHENOTYPES["suspected_infection"]
    told = [
        Event("culture", 0, known=0, text="blood", origin="c"),
        Event("antibiotic", HOUR, known=HOUR, text="ceftriaxone|iv", origin="a"),
        Event("antibiotic", HOUR // 2, known=HOUR, text="ceftriaxone|iv", origin="b"),
        Event("antibiotic", HOUR // 2, known=9 * HOUR, text=None, origin="b"),
    ]
    stays, events = stays_table([(0, 0, 2 * DAY)]), table([told])
    patients = charts(events, concepts_read(phenotype), judged=judged)
    found = infection_episodes(phenotype, stays, patients)
    stands = found.filter(pl.col("withdrawn").is_null()) if "withdrawn" in found.columns else found
    rows = stands.join(stays.select("sid", "pid"), on="sid")
    (origins,) = evidence(phenotype, rows, patients, events).to_list()
    assert origins == (["a", "c"] if judged is Perspective.NOW else ["b", "c"])


def test_points_that_nothing_gives_are_not_known_before_their_tick():
    sofa, bedside = SCORES["sofa"], Bedside([SCORES["sofa"]])
    bedside.see(Event("platelets", 0, known=3 * HOUR, value=90.0))
    asked = {"scores": [sofa], "chart": bedside.chart, "from_": HOUR}
    assert first_computable_at(ticks=[(2 * HOUR, (2,))], **asked) == 3 * HOUR
    assert first_computable_at(ticks=[(2 * HOUR, (24,))], **asked) == 2 * HOUR
    assert first_computable_at(ticks=[(2 * HOUR, (24,))], **asked | {"from_": 2 * HOUR + 1}) == 2 * HOUR + 1
