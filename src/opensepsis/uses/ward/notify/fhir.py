"""Alerts as FHIR R4: a Flag and a RiskAssessment as the alert stands, a Communication for each change but updates of one.

The same alert has the same ids on every try and every replay, so a server updates and never doubles. No name is in them:
the patient is the sender's own identifier. Fields: hl7.org/fhir/R4/flag.html, riskassessment.html, communication.html.
"""

import os
import ssl
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock
from urllib.parse import quote

import orjson

from opensepsis.data.decode.patient_names import is_marked, parts_of
from opensepsis.uses.ward.model.transitions import AlertState, Transition
from opensepsis.uses.ward.notify.http import Undelivered, checked_address, post
from opensepsis.uses.ward.notify.webhook import iso
from opensepsis.uses.ward.store.commit import TOLD

OVER = {AlertState.RESOLVED, AlertState.DISMISSED, AlertState.SILENT, AlertState.SUPPRESSED}
PRIORITIES = {"critical": "stat", "alert": "urgent"}


def _identity(*parts: object) -> str:
    return sha256("|".join(map(str, parts)).encode()).hexdigest()[:40]


def _subject(transition: Transition) -> dict:
    authority, identifier = parts_of(transition.patient)
    said = {"value": identifier}
    if authority:
        is_address = ":" in authority and not is_marked(authority)
        said["system"] = authority if is_address else f"urn:opensepsis:authority:{quote(authority, safe='')}"
    return {"type": "Patient", "identifier": said}


def resources(transition: Transition, history: tuple[Transition, ...]) -> list[dict]:
    """Flag, RiskAssessment and Communication of a change; `history` are all changes of its alert so far."""
    latest = history[-1] if history else transition
    began = history[0].time if history else transition.time
    alert = _identity(transition.patient, transition.alert)
    subject = _subject(transition)
    withdrawn = latest.state is AlertState.WITHDRAWN
    over = withdrawn or latest.state in OVER
    title = f"Possible sepsis: {latest.level}"
    period = {"start": iso(began)} | ({"end": iso(max(began, latest.time))} if over else {})
    flag = {
        "resourceType": "Flag",
        "id": alert,
        "status": "entered-in-error" if withdrawn else "inactive" if over else "active",
        "code": {"text": title},
        "subject": subject,
        "period": period,
    }
    risk = {
        "resourceType": "RiskAssessment",
        "id": alert,
        "status": "entered-in-error" if withdrawn else "final",
        "subject": subject,
        "occurrenceDateTime": iso(latest.time),
        "prediction": [
            {
                "outcome": {"text": "Sepsis"},
                "qualitativeRisk": {"text": latest.level},
                **({"rationale": "; ".join(latest.reasons)} if latest.reasons else {}),
            }
        ],
        "note": [{"text": "For research. Not a medical device."}],
    }
    if replaced := next((t.replaces for t in history if t.replaces), None):
        risk["basis"] = [{"reference": f"Flag/{_identity(*replaced)}"}]
    if latest.policy:
        risk["method"] = {"text": latest.policy}
    escalated = transition.state is AlertState.ESCALATED
    communication = {
        "resourceType": "Communication",
        "id": _identity(transition.updates or transition.name),
        "status": "completed",
        "category": [{"coding": [{"system": CATEGORY, "code": "alert"}]}],
        "priority": "stat" if escalated else PRIORITIES.get(transition.level, "routine"),
        "subject": subject,
        "about": [{"reference": f"Flag/{one}"} for one in (alert, *_other_sides(transition))],
        "sent": iso(transition.time),
        "payload": [
            {"contentString": ": ".join(filter(None, (_headline(transition), "; ".join(transition.reasons))))}
        ],
    }
    return [flag, risk, communication]


SEVERITIES = {"critical": "high", "alert": "moderate", "watch": "low"}


def detected_issue(history: tuple[Transition, ...]) -> dict:
    """A DetectedIssue of an alert as it stands; its evidence is the RiskAssessment. `history` are all changes of the alert."""
    latest = history[-1]
    alert = _identity(latest.patient, latest.alert)
    return {
        "resourceType": "DetectedIssue",
        "id": alert,
        "status": "entered-in-error" if latest.state is AlertState.WITHDRAWN else "final",
        "code": {"text": "Possible sepsis"},
        "severity": SEVERITIES.get(latest.level, "low"),
        "patient": _subject(latest),
        "identifiedDateTime": iso(history[0].time),
        "evidence": [{"detail": [{"reference": f"RiskAssessment/{alert}"}]}],
        **({"detail": "; ".join(latest.reasons)} if latest.reasons else {}),
    }


def _other_sides(transition: Transition) -> list[str]:
    """The flags of the alert that a merge ended, or that goes on in its place."""
    return [_identity(*side) for side in (transition.merged_into, transition.replaces) if side]


def _headline(transition: Transition) -> str:
    """The state, and that the patient moved or the record was merged."""
    if transition.merged_into:
        return f"{transition.state} (merged into another record)"
    if transition.moved_from:
        return f"{transition.state} (moved from {transition.moved_from} to {transition.ward})"
    return f"{transition.state} (goes on from a merged record)" if transition.replaces else transition.state


CATEGORY = "http://terminology.hl7.org/CodeSystem/communication-category"


def bundle(made: list[dict]) -> dict:
    """A transaction that puts each resource under its own id."""
    entries = [
        {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
        for one in made
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


@dataclass(frozen=True)
class FhirServer:
    """A FHIR server that takes transactions at `url`; `headers` such as Authorization go with each."""

    name: str
    url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    states: frozenset[AlertState] = TOLD
    patience: float = 10.0
    tls: ssl.SSLContext | None = None

    def __post_init__(self):
        checked_address(self.url)

    def send(self, transition: Transition, history: tuple[Transition, ...]) -> None:
        """Returns when the server has taken the transaction; Undelivered otherwise."""
        body = orjson.dumps(bundle(resources(transition, history)))
        headers = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
        post(self.url, body, headers | self.headers, self.patience, self.tls)


@dataclass(frozen=True)
class FhirFile:
    """An NDJSON file to which resources are added, one on a line, on disk before `send` returns."""

    name: str
    path: Path
    states: frozenset[AlertState] = TOLD
    _writing: Lock = field(default_factory=Lock, repr=False, compare=False)

    def send(self, transition: Transition, history: tuple[Transition, ...]) -> None:
        """Returns when the lines are on disk; Undelivered when they cannot be written."""
        lines = b"".join(orjson.dumps(made) + b"\n" for made in resources(transition, history))
        try:
            with (
                self._writing,
                open(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as out,
            ):
                if (size := out.seek(0, os.SEEK_END)) and os.pread(out.fileno(), 1, size - 1) != b"\n":
                    lines = b"\n" + lines  # a line that was cut off by a crash stays a line of its own
                out.write(lines)
                out.flush()
                os.fsync(out.fileno())
        except OSError as problem:
            raise Undelivered(type(problem).__name__) from None
