"""What an order, a flag or a consent becomes: only a code, or the site's own words, in force and meant, limits care."""

from dataclasses import replace

import pytest

from opensepsis.data.site import LocalWords, StandingOrder
from opensepsis.uses.ward.model.facts import Charted
from tests.support.ward.feeds import to_microseconds
from tests.support.ward.fhir_orders import COMFORT, consent, flag, order
from tests.support.ward.fhir_said import SITE, Feeding, iso

LOCAL = LocalWords(spo2_scale_2=StandingOrder(frozenset({("urn:local", "O2S2")}), frozenset({"scale 2"})))
WORDS = replace(SITE, local=LOCAL)


@pytest.mark.parametrize("said", [
    order(), flag(), consent(), consent(None), order(intent="original-order"), order(code={"text": "whatever", **COMFORT}),
])  # fmt: skip
def test_a_code_in_force_limits_care(said):
    assert Feeding().send(said).charted == [("server ehr|7", "comfort_care", "ordered")]


@pytest.mark.parametrize("said", [
    order(doNotPerform=True), order(status="draft"), order(intent="proposal"), order(intent="plan"), order(intent="option"),
    order(status="on-hold"), order(status="unknown"), order(intent=None), order(status=None), flag(status=None),
    consent("deny"), consent(status="draft"), consent(status="proposed"),
    consent(provision={"type": "permit", "code": [COMFORT], "provision": [{"type": "deny"}]}),
    *(order(code={"text": text}) for text in (
        "Comfort care", "Not for comfort care: full escalation", "Discontinue comfort care", "Consult: discuss end of life wishes",
        "ABG - exclude hypercapnic failure", "SpO2 scale 2",
    )),
    flag(code={"text": "Comfort care"}), consent(provision={"code": [{"text": "comfort measures only"}]}),
    flag(code={"coding": [{"system": "urn:other", "code": "133918004"}]}),
])  # fmt: skip
def test_anything_else_limits_nothing_and_is_told(said):
    feeding = Feeding().send(said)
    assert not feeding.charted and (feeding.shown or feeding.told) and not feeding.dead


def test_words_that_could_limit_care_go_to_a_person():
    shown = Feeding().send(flag(code={"text": "Comfort care"})).shown
    assert shown == ["no code or text on the site's list: a person must decide whether it applies"]


@pytest.mark.parametrize("code", [{"text": "Scale 2"}, {"coding": [{"system": "URN:local", "code": "O2S2"}]}])
def test_the_sites_own_code_or_words_count(code):
    feeding = Feeding(WORDS)
    assert feeding.send(order(code=code)).charted == [("server ehr|7", "spo2_scale_2", "ordered")]
    assert not feeding.send(order(code={"text": "not scale 2"})).charted


@pytest.mark.parametrize("later", [
    order(status="entered-in-error"), order(doNotPerform=True), order(status="draft"), order(code={"text": "something else"}),
    flag(status="entered-in-error"), consent(status="rejected"), consent("deny"), consent(status="entered-in-error"),
])  # fmt: skip
def test_a_later_version_takes_back_what_no_longer_stands(later):
    first = {"ServiceRequest": order(), "Flag": flag(), "Consent": consent()}[later["resourceType"]]
    feeding = Feeding()
    stood = feeding.send(first, 20).of(Charted)[0].event
    feeding.send(later | {"meta": {"versionId": "2"}}, 30)
    assert not feeding.charted and any(void.covers(stood) for void in feeding.voided)


@pytest.mark.parametrize(
    "later",
    [order(status="revoked"), order(status="completed"), flag(status="inactive"), consent(status="inactive")],
)
def test_an_order_that_is_over_ended_when_that_was_said(later):
    (fact,) = Feeding().send(later | {"meta": {"versionId": "2", "lastUpdated": iso(40)}}).of(Charted)
    assert (fact.event.time, fact.event.end) == (to_microseconds(5), to_microseconds(40))


def test_an_order_without_a_time_stands_from_when_it_was_said():
    (fact,) = Feeding().send(order(authoredOn=None, meta={"lastUpdated": iso(9)})).of(Charted)
    assert (fact.event.time, fact.event.end) == (to_microseconds(9), None)


def test_any_other_order_is_shown():
    feeding = Feeding().send(order(code={"text": "Full blood count"}))
    assert feeding.shown == ["an order: nothing has been taken or given yet"]
    assert Feeding().send(flag(code={"text": "Fall risk"})).told == [("unmapped", "no list knows this Flag")]
