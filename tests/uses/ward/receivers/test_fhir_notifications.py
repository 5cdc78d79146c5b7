"""Notifications of the R4 backport and of R4B as they are read, and what is subscribed to."""

import pytest

from opensepsis.errors import FormatError, OutputError
from opensepsis.uses.ward.config_file import read_config
from opensepsis.uses.ward.ingest.fhir_notifications import Notification, as_batch, read_notification
from opensepsis.uses.ward.ingest.fhir_source import FhirSource, subscription
from opensepsis.uses.ward.ingest.fhir_subscriber import _reached
from tests.support.ward.fhir_notified import bundle, parameters

PULSE = {"resourceType": "Observation", "id": "7", "status": "final"}


def test_a_notification_of_r4_with_its_resource():
    told = read_notification(bundle(parameters((9, "https://ehr/Observation/7")), PULSE))
    assert (told.kind, told.since_start, told.events) == (
        "event-notification",
        9,
        ((9, "https://ehr/Observation/7"),),
    )
    assert told.missing == () and as_batch(told.entries)["entry"][0]["request"] == {
        "method": "PUT",
        "url": "Observation/7",
    }


def test_of_r4b_by_id_alone():
    status = {"resourceType": "SubscriptionStatus", "type": "event-notification", "eventsSinceSubscriptionStart": "3",
              "notificationEvent": [{"eventNumber": "3", "focus": {"reference": "Observation/7"}}]}  # fmt: skip
    told = read_notification(bundle(status))
    assert (told.since_start, told.events, told.missing) == (3, ((3, "Observation/7"),), ("Observation/7",))


def test_a_deletion_stays_one():
    said = {
        "resourceType": "Bundle",
        "type": "history",
        "entry": [{"request": {"method": "DELETE", "url": "Observation/7"}}],
    }
    assert as_batch(read_notification(said).entries)["entry"] == [
        {"request": {"method": "DELETE", "url": "Observation/7"}}
    ]


@pytest.mark.parametrize(
    ("known", "events", "reached"), [(0, (1,), 1), (0, (2,), 0), (3, (5, 4), 5), (7, (3,), 7), (2, (), 2)]
)
def test_all_up_to_a_gap_is_known(known, events, reached):
    assert _reached(known, Notification("event-notification", 9, tuple((n, "") for n in events))) == reached


def test_what_is_no_resource_is_refused():
    with pytest.raises(ValueError, match="not a FHIR resource"):
        read_notification({"entry": []})


def test_a_topic_is_asked_for_with_heartbeat_filters_and_content():
    source = FhirSource(
        "ehr",
        "https://ehr.example.org/fhir/",
        ("https://t.example.org/vitals",),
        filters=("Observation?status=final",),
    )
    made = subscription(source, source.topics[0], "https://ward.example.org/fhir-notifications/x", "s3cret")
    extensions = {one["url"].rsplit("/", 1)[-1]: one for one in made["channel"]["extension"]}
    assert extensions["backport-heartbeat-period"]["valueUnsignedInt"] == 60
    assert made["_criteria"]["extension"][0]["valueString"] == "Observation?status=final"
    assert (
        made["channel"]["header"] == ["Authorization: Bearer s3cret"]
        and made["channel"]["type"] == "rest-hook"
    )


@pytest.mark.parametrize(
    "wrong",
    [{"server": "http://ehr.example.org"}, {"topics": ()}, {"content": "all"}, {"heartbeat": 1}],
    ids=str,
)
def test_sources_that_cannot_be(wrong):
    with pytest.raises(OutputError):
        FhirSource(**{"feed": "ehr", "server": "https://ehr.example.org", "topics": ("https://t",)} | wrong)


def test_a_source_in_ward_toml(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENSEPSIS_FHIR_TOKEN", "t0ken")
    path = tmp_path / "ward.toml"
    path.write_text(
        '[[fhir_sources]]\nfeed = "ehr"\nserver = "https://ehr.example.org"\ntopics = ["https://t"]\nbegin_with_bulk = true\n'
    )
    (one,) = read_config(path, {}).fhir_sources
    assert one.begin_with_bulk and one.token == "t0ken" and "t0ken" not in repr(one)
    path.write_text('[[fhir_sources]]\nfeed = "ehr"\nserver = "https://ehr.example.org"\n')
    with pytest.raises(FormatError, match="topics"):
        read_config(path, {})
