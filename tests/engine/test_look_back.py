"""How old a record may be and still matter: never less than the score itself looks back."""

from datetime import timedelta

import pytest

from opensepsis import SOFA
from opensepsis.definitions import SCORES
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Event
from opensepsis.rules import Concept
from opensepsis.rules.look_back import look_backs


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def test_sofa_looks_back_by_its_window_and_what_each_signal_allows() -> None:
    backs = look_backs(SOFA)
    assert backs["creatinine"] == hours(24)
    assert "fio2" not in backs  # one since room air was charted tells against it, however old
    assert backs["urine_output"] > hours(24 + 24)  # the chain of records must reach past its 24 hours


def test_what_runs_and_what_was_measured_before_it_ran_has_no_bound() -> None:
    assert not {"norepinephrine", "ventilation", "sedative", "gcs_total"} & look_backs(SOFA).keys()


@pytest.mark.parametrize("name", sorted(SCORES))
def test_a_record_from_before_it_changes_nothing(name: str) -> None:
    score = SCORES[name]
    nothing = Bedside([score]).points(score, 0)
    for concept, back in look_backs(score).items():
        bedside = Bedside([score])
        before = -round(back.total_seconds() * 1e6) - 1
        bedside.see(Event(concept, before, value=_lowest(score.concepts[concept]), known=before))
        assert bedside.points(score, 0) == nothing, concept


def _lowest(concept: Concept) -> float:
    """A value that is taken for true, and mostly gives points."""
    low, _ = concept.plausible or (1.0, 1.0)
    return max(low, 1.0)
