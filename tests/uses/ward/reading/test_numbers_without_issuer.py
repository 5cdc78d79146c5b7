"""A number of which no issuer is told is that of its feed: two feeds may give one number to two people."""

from dataclasses import replace

import pytest

from opensepsis.data.decode.site import Feed
from opensepsis.uses.ward.model.facts import Merged
from tests.support.ward.hl7_messages import SITE, found, order, problems, result


def patients(pid: str, feed: str, **feeds: Feed) -> set[str]:
    site = replace(SITE, feeds={**SITE.feeds, **feeds})
    return {fact.patient for fact in found(pid, order(), result("2.0"), site=site, feed=feed)[0]}


@pytest.mark.parametrize(
    "pid", ["PID|1||12345", "PID|1||12345^^^^MR", "PID|1||12345^^^^PI", 'PID|1||12345^^^""']
)
def test_two_feeds_are_two_patients(pid):
    assert patients(pid, "lab") == {"feed lab|12345"}
    assert patients(pid, "icu") == {"feed icu|12345"}


def test_with_one_authority_they_are_one():
    feeds = {"lab": Feed(authority="HOSP"), "icu": Feed(authority="HOSP")}
    assert (
        patients("PID|1||12345", "lab", **feeds)
        == patients("PID|1||12345^^^HOSP^MR", "icu", **feeds)
        == {"HOSP|12345"}
    )


def test_an_issuer_that_is_told_goes_before_none():
    assert patients("PID|1||12345~777^^^HOSP^MR", "lab") == {"HOSP|777"}
    assert (
        patients("PID|1||12345^^^HOSP^MR", "lab")
        == patients("PID|1||12345^^^HOSP^MR", "icu")
        == {"HOSP|12345"}
    )


def test_an_issuer_with_the_name_of_a_feed_is_no_feed():
    assert patients("PID|1||12345^^^lab^MR", "icu") == {"lab|12345"} != patients("PID|1||12345", "lab")


def test_an_account_with_the_number_of_anothers_record_is_not_that_record():
    assert patients("PID|1||12345^^^^AN", "lab") == {"number AN of feed lab|12345"}
    assert patients("PID|1||12345^^^^SS", "lab", lab=Feed(authority="HOSP")) == {
        "number SS of feed lab|12345"
    }


def test_numbers_outside_pid_3_count_only_with_their_issuer():
    assert patients("PID|1|12345||999", "lab") == set()
    assert problems("PID|1|12345", order(), result("2.0")) == [("dead", "")]
    assert patients("PID|1|12345", "lab", lab=Feed(authority="HOSP")) == {"HOSP|12345"}


def test_merges():
    kind = {"kind": "ADT^A40"}
    (merged,) = [
        f for f in found("EVN|A40", "PID|1||100", "MRG|50", feed="icu", **kind)[0] if isinstance(f, Merged)
    ]
    assert (merged.survivor, merged.old) == ("feed icu|100", "feed icu|50")
    assert problems("EVN|A40", "PID|1||100^^^HOSP^MR", "MRG|50", **kind) == [("dead", "")]


def test_feeds_of_an_older_store_share_them_as_before():
    site = replace(SITE, shared_feeds=frozenset({"lab", "icu"}))
    told = {
        feed: {
            fact.patient for fact in found("PID|1||12345", order(), result("2.0"), site=site, feed=feed)[0]
        }
        for feed in ("lab", "icu", "new")
    }
    assert told == {"lab": {"|12345"}, "icu": {"|12345"}, "new": {"feed new|12345"}}
