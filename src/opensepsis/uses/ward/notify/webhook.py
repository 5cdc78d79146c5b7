"""Alerts to a webhook, signed.

    X-Opensepsis-Id          the transition's name: the same on every try and every replay
    X-Opensepsis-Timestamp   seconds since 1970 of this try
    X-Opensepsis-Signature   v1= and HMAC-SHA256, in hex, of `timestamp.id.body` with the shared secret

The body is JSON without names of patients, free text or users. With a rota it says in `call` who is to be called and how; each has
`answer`, a link by which they acknowledge. With `updates`, the id of a change sent a few seconds before, that is to be shown anew and
nobody called again. The receiver may acknowledge in its answer (`receiver_answer.py`).
"""

import hmac
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson

from opensepsis.errors import OutputError
from opensepsis.uses.ward.model.clock import Clock, WallClock
from opensepsis.uses.ward.model.transitions import AlertState, Transition
from opensepsis.uses.ward.notify.answer_links import AnswerLinks
from opensepsis.uses.ward.notify.http import checked_address, post
from opensepsis.uses.ward.notify.receiver_answer import ReceiverAnswer, read_answer
from opensepsis.uses.ward.notify.rota import OnCall, Rota
from opensepsis.uses.ward.notify.signing import signature
from opensepsis.uses.ward.store.commit import TOLD

SHORTEST_SECRET = 16
CALLS = {AlertState.ALERT: 1, AlertState.ESCALATED: 2}  # the step of the rota that a state calls


def iso(moment: int) -> str:
    """A moment in microseconds as ISO 8601.

    >>> iso(1_700_000_000_000_000)
    '2023-11-14T22:13:20Z'
    """
    return datetime.fromtimestamp(moment // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def body_of(transition: Transition, call: list[dict] | None = None) -> bytes:
    """What is sent of a change of an alert; `call` are the people to call, where there is a rota."""
    said = {
        "id": transition.name,
        "patient": transition.patient,
        "alert": transition.alert,
        "step": transition.step,
        "time": iso(transition.time),
        "state": transition.state.value,
        "level": transition.level,
        "reasons": transition.reasons,
        "ward": transition.ward,
        "policy": transition.policy,
        "evidence": transition.evidence,
    }
    return orjson.dumps(said | _links(transition) | ({} if call is None else {"call": call}))


def _links(transition: Transition) -> dict:
    """Where the patient came from, the alert on the other side of a merge, and the change that is brought up to date."""
    sides = {"merged_into": transition.merged_into, "replaces": transition.replaces}
    links = {name: {"patient": side[0], "alert": side[1]} for name, side in sides.items() if side}
    links |= {"moved_from": transition.moved_from} if transition.moved_from else {}
    return links | ({"updates": transition.updates} if transition.updates else {})


def is_genuine(
    secret: bytes, headers: Mapping[str, str], body: bytes, now: float, within: float = 300.0
) -> bool:
    """For a receiver: signed with the secret, and no more than `within` seconds away from `now` (seconds since 1970)."""
    timestamp, name = headers.get("X-Opensepsis-Timestamp", ""), headers.get("X-Opensepsis-Id", "")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(now - int(timestamp)) > within:
        return False
    expected = signature(secret, timestamp, name, body)
    return hmac.compare_digest(expected.encode(), headers.get("X-Opensepsis-Signature", "").encode())


@dataclass(frozen=True)
class Webhook:
    """Where to send, and the secret that both sides know. `patience` in seconds is the time for one try."""

    name: str
    url: str
    secret: bytes = field(repr=False)
    states: frozenset[AlertState] = TOLD
    patience: float = 10.0
    tls: ssl.SSLContext | None = None
    rota: Rota | None = None
    links: AnswerLinks | None = None
    clock: Clock = field(
        default_factory=WallClock, repr=False, compare=False
    )  # of the ward: whoever is on call now

    def __post_init__(self):
        checked_address(self.url)
        if len(self.secret) < SHORTEST_SECRET:
            raise OutputError(f"The secret of webhook {self.name} needs {SHORTEST_SECRET} bytes or more.")

    def send(self, transition: Transition, history: tuple[Transition, ...]) -> ReceiverAnswer | None:
        """Returns when the receiver has taken it, with what it answered about the alert; Undelivered otherwise."""
        now = self.clock.now()
        body = body_of(transition, self._call(transition, now))
        timestamp = str(now // 1_000_000)
        name = "".join(c if c.isascii() and c.isprintable() else "?" for c in transition.name)
        headers = {
            "Content-Type": "application/json",
            "X-Opensepsis-Id": name,
            "X-Opensepsis-Timestamp": timestamp,
            "X-Opensepsis-Signature": signature(self.secret, timestamp, name, body),
        }
        answer = post(self.url, body, headers, self.patience, self.tls)
        return read_answer(self.secret, name, transition, answer, self.clock.now())

    def _call(self, transition: Transition, now: int) -> list[dict] | None:
        """Who is to be called for a change that calls; None without a rota, and for a change that calls nobody."""
        step = CALLS.get(transition.state)
        if self.rota is None or step is None:
            return None
        return [self._person(one, transition, now) for one in self.rota.who(transition.ward, step, now)]

    def _person(self, one: OnCall, transition: Transition, now: int) -> dict:
        said = {"name": one.name, "contact": one.contact, "step": one.step}
        if self.links is None:
            return said
        return said | {
            "answer": self.links.link(transition.patient, transition.alert, transition.step, one.name, now)
        }
