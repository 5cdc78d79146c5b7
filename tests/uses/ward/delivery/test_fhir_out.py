"""What goes out as FHIR is FHIR, names no one, and is the same on every try."""

import orjson
import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.communication import Communication
from fhir.resources.R4B.flag import Flag
from fhir.resources.R4B.riskassessment import RiskAssessment

from opensepsis.uses.ward.model.transitions import AlertState, Transition
from opensepsis.uses.ward.notify.fhir import FhirFile, FhirServer, bundle, resources
from opensepsis.uses.ward.notify.http import Undelivered
from tests.support.ward.receiving import receiving

KINDS = {"Flag": Flag, "RiskAssessment": RiskAssessment, "Communication": Communication}


def change(
    step: int, state: AlertState, patient: str = "HOSP|77 1", level: str = "critical", reasons=("MAP 55",)
):
    words = {"user": "CANARY nurse", "words": "CANARY words", "policy": "npsg 1"}
    time = 1_700_000_000_000_000 + step * 60_000_000
    return Transition(f"{patient}#1.{step}", patient, 1, step, time, state, level, reasons, (3,), **words)


@pytest.mark.parametrize("state", list(AlertState))
@pytest.mark.parametrize("patient", ["HOSP|77 1", "urn:oid:1.2.3|77", "|77"])
@pytest.mark.parametrize("reasons", [(), ("MAP 55", "new organ")])
def test_every_resource_is_valid(state, patient, reasons):
    history = (change(1, AlertState.ALERT, patient), change(2, state, patient, "watch", reasons))
    made = resources(history[1], history)
    for resource in made:
        read = KINDS[resource["resourceType"]].model_validate(resource)
        assert orjson.loads(read.model_dump_json()) == resource
    Bundle.model_validate(bundle(made))
    assert b"CANARY" not in orjson.dumps(made)


def test_the_flag_follows_the_alert():
    history = (
        change(1, AlertState.ALERT),
        change(2, AlertState.ACKNOWLEDGED),
        change(3, AlertState.WITHDRAWN),
    )
    standing = [resources(one, history[:n])[0] for n, one in enumerate(history, 1)]
    assert [flag["status"] for flag in standing] == ["active", "active", "entered-in-error"]
    assert len({flag["id"] for flag in standing}) == 1
    assert standing[2]["period"] == {"start": "2023-11-14T22:14:20Z", "end": "2023-11-14T22:16:20Z"}
    assert standing[0]["subject"]["identifier"] == {
        "value": "77 1",
        "system": "urn:opensepsis:authority:HOSP",
    }


def test_a_letter_that_comes_late_does_not_raise_the_flag_again():
    history = (change(1, AlertState.ALERT), change(2, AlertState.RESOLVED))
    flag, risk, communication = resources(history[0], history)
    assert (flag["status"], communication["payload"][0]["contentString"]) == ("inactive", "alert: MAP 55")
    assert risk["occurrenceDateTime"] == "2023-11-14T22:15:20Z"


def test_names_of_resources_do_not_change():
    once = resources(change(1, AlertState.ALERT), (change(1, AlertState.ALERT),))
    again = resources(change(1, AlertState.ALERT), (change(1, AlertState.ALERT),))
    assert once == again
    other = resources(change(1, AlertState.ALERT, "HOSP|78"), (change(1, AlertState.ALERT, "HOSP|78"),))
    assert {one["id"] for one in once}.isdisjoint(one["id"] for one in other)


def test_a_file_gets_whole_lines_even_after_a_crash(tmp_path):
    path = tmp_path / "alerts.ndjson"
    file = FhirFile("file", path)
    one = change(1, AlertState.ALERT)
    file.send(one, (one,))
    with open(path, "ab") as cut_off:
        cut_off.write(b'{"resourceType": "Fl')
    file.send(one, (one,))
    lines = path.read_bytes().split(b"\n")
    assert len(lines) == 8 and lines[3] == b'{"resourceType": "Fl' and lines[-1] == b""
    assert lines[:3] == lines[4:7] and path.stat().st_mode & 0o077 == 0
    with pytest.raises(Undelivered):
        FhirFile("file", tmp_path / "nowhere" / "x").send(one, (one,))


def test_a_server_gets_a_transaction():
    with receiving() as receiver:
        server = FhirServer("ehr", receiver.url, {"Authorization": "Bearer t"})
        one = change(1, AlertState.ESCALATED)
        server.send(one, (one,))
    ((headers, body),) = receiver.taken
    sent = Bundle.model_validate_json(body)
    assert [entry.request.method for entry in sent.entry] == ["PUT"] * 3
    assert headers["Authorization"] == "Bearer t" and "Bearer" not in repr(server)
    assert sent.entry[2].resource.priority == "stat"
