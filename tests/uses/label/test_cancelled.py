"""Time zeros that a corrected value cancels. Typed by hand, in hours; clocks.md 3: both are shown, and why."""

import pytest

from opensepsis.engine.clocks.time_zero import MOVED, NO_LONGER
from tests.support.one_patient import INFECTION, UNITS, found, hour_of

SUSPECTED = [("culture", 10, 10, "", "blood", "c"), ("antibiotic", 10, 10, "", "cefepime|IV", "a")]
CREATININE = ("creatinine", 11, 11, 2.5, "", "k")
SIRS = [("heart_rate", 10, 10, 100, "", "h"), ("respiratory_rate", 10, 10, 24, "", "r")]
PRESSOR = ("norepinephrine", 10, 10, 0.1, "", "n")


def zeros(folder, rows, clock="hour1", trigger="sepsis3", **options):
    """The time zeros of a trigger: hour, whether it was cancelled, why."""
    labels, _ = found(folder / trigger, rows, "sepsis3", only=f"sepsis3,{clock}", **options)
    tasks = labels.clocks.filter(clock=clock, trigger=trigger)
    told = {}
    for zero, state, reason in tasks.select("time_zero", "state", "reason").rows():
        gone = state == "contradicted" and reason in (MOVED, NO_LONGER)
        told.setdefault(hour_of(zero), set()).add(reason if gone else "")
    return {hour: " ".join(sorted(reasons)) for hour, reasons in told.items()}


@pytest.fixture(autouse=True)
def units(monkeypatch):
    more = {"heart_rate": "/min", "respiratory_rate": "/min", "norepinephrine": "ug/kg/min"}
    for name, unit in (more | {"temperature": "Cel"}).items():
        monkeypatch.setitem(UNITS, name, unit)


def corrected(to, at=15.0):
    return ("creatinine", 11, at, to, "", "k")


def test_a_corrected_value_cancels_the_time_zero(tmp_path):
    assert zeros(tmp_path, [*SUSPECTED, CREATININE, corrected(0.9)]) == {11: NO_LONGER}


def test_a_value_that_is_taken_back_cancels_it_too(tmp_path):
    assert zeros(tmp_path, [*SUSPECTED, CREATININE, corrected("")]) == {11: NO_LONGER}


def test_a_value_that_is_still_high_leaves_it(tmp_path):
    assert zeros(tmp_path, [*SUSPECTED, CREATININE, corrected(2.2)]) == {11: ""}


def test_another_value_of_the_same_moment_leaves_it(tmp_path):
    rows = [*SUSPECTED, CREATININE, corrected(0.9), ("platelets", 11, 11, 90, "", "p")]
    assert zeros(tmp_path, rows) == {11: ""}


def test_a_time_zero_that_moves_is_shown_beside_the_new_one(tmp_path):
    rows = [*SUSPECTED, CREATININE, corrected(0.9), ("platelets", 13, 13, 90, "", "p")]
    assert zeros(tmp_path, rows) == {11: MOVED, 13: ""}


def test_what_was_corrected_before_infection_was_suspected_was_never_sepsis(tmp_path):
    rows = [*INFECTION, CREATININE, corrected(0.9, 11.4)]  # suspected with the antibiotic of 11.5
    assert zeros(tmp_path, rows) == {}


def test_corrected_again_to_a_high_one_it_stands(tmp_path):
    assert zeros(tmp_path, [*SUSPECTED, CREATININE, corrected(0.9), corrected(2.4, 20)]) == {11: ""}


def test_a_value_filed_late_that_moves_it_is_no_correction(tmp_path):
    rows = [*SUSPECTED, CREATININE, ("platelets", 10.5, 14, 90, "", "p"), corrected(2.4)]
    assert zeros(tmp_path, rows) == {10.5: ""}


def test_it_was_known_from_when_the_wrong_value_was_filed_until_the_correction(tmp_path):
    rows = [*SUSPECTED, ("creatinine", 11, 12, 2.5, "", "k"), corrected(0.9)]
    labels, _ = found(tmp_path, rows, "sepsis3", only="hour1,sepsis3")
    assert {hour_of(t) for t in labels.clocks["time_zero_known"]} == {12}
    assert "k" in labels.clocks["evidence"][0]
    assert labels.episodes.is_empty()


LACTATE = [("lactate", 11, 11, 4.2, "", "l"), ("lactate", 11, 15, 1.2, "", "l")]


@pytest.mark.parametrize("trigger", ["sep1_severe_sepsis", "sep1_septic_shock"])
def test_a_lactate_of_sep_1(tmp_path, trigger):
    assert zeros(tmp_path, [*SUSPECTED, *SIRS, *LACTATE], "sep1", trigger) == {11: NO_LONGER}


def test_shock_by_lactate_goes_and_sepsis_stays(tmp_path):
    rows = [*SUSPECTED, CREATININE, PRESSOR, *LACTATE]
    assert zeros(tmp_path, rows, "ssc2026_adults", "septic_shock") == {11: NO_LONGER}
    assert zeros(tmp_path, rows) == {11: ""}


def test_a_band_of_news2(tmp_path):
    high = [("respiratory_rate", 11, 11, 25, "", "r"), ("heart_rate", 11, 11, 131, "", "h")]
    high += [("temperature", 11, 11, 39.2, "", "t")]
    rows = [*SUSPECTED, *high, ("heart_rate", 11, 12, 80, "", "h")]
    assert zeros(tmp_path, rows, "nice_ng253", "news2_high") == {11: NO_LONGER}
    assert zeros(tmp_path, rows, "nice_ng253", "news2_moderate") == {11: ""}
