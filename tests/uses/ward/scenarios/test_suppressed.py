"""What suppresses an alert and what does not: comfort care ordered later, local drugs, a treatment that is over."""

import pytest

from opensepsis.uses.ward.state.treatment import treatment_of
from opensepsis.uses.ward.store import outbox
from opensepsis.uses.ward.store.commit import AlertRoute


@pytest.mark.parametrize("escalated", [False, True])
def test_comfort_care_hushes_an_alert_that_calls(day, escalated):
    day.store.outlets = (AlertRoute("pager"),)
    day.admit(0)
    day.ill(5)
    if escalated:
        day.wait(36)
    day.order(40 if escalated else 10, "comfort")
    day.wait(50)
    assert day.alerts() == ["alert", *(["escalated"] if escalated else []), "suppressed"]
    assert day.last().words == "comfort care"
    told = [letter.transition.state.value for letter in outbox.due(day.store.database, "pager", 2**62)]
    assert told == day.alerts()  # whoever was called hears that the call is over
    day.order(60, "comfort", began=40 if escalated else 10)
    day.wait(61)
    assert day.alerts()[-1] == "alert"


@pytest.mark.parametrize(
    ("drug", "route"), [("ciprofloxacin", "eye drops"), ("gentamicin", "topical"), ("clindamycin", "vaginal")]
)
def test_a_local_antibiotic_treats_no_sepsis(day, drug, route):
    day.admit(0)
    day.dose(10, drug, route)
    day.ill(20)
    assert day.alerts() == ["alert"]


def test_a_treatment_that_is_over_suppresses_no_longer(day):
    """A dose a day, an hour late, is no lapse; no dose for a day and a half is one."""
    day.admit(0)
    day.dose(0)
    day.well(60)
    for hours, treated, over in ((1, True, ""), (24.5, False, ""), (36.1, False, "no treatment for long")):
        found = treatment_of(day.patient(), day.to_microseconds(hours * 60), day.policy)
        assert (found.treated, found.over) == (treated, over)
    day.dose(25 * 60)
    for hours, treated, over in ((40, True, ""), (60, False, ""), (61, False, "no treatment for long")):
        found = treatment_of(day.patient(), day.to_microseconds(hours * 60), day.policy)
        assert (found.treated, found.over) == (treated, over)


def test_the_call_after_comfort_care_says_that_it_ended(day, form):
    day.admit(0)
    day.order(5, "comfort")
    day.ill(10)
    day.order(30, "comfort", began=5)
    assert day.alerts() == ["suppressed", "alert"]
    words = {"hl7": "comfort care ended", "fhir": "comfort care ended; taken back or moved: comfort care"}
    assert day.last().words == words[form]
