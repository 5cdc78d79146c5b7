"""What a webhook's receiver may answer at once: that somebody acknowledges the alert.

    HTTP/1.1 200 OK
    X-Opensepsis-Timestamp   seconds since 1970
    X-Opensepsis-Signature   v1= and HMAC-SHA256, in hex, of `timestamp.answer.id.body` with the shared secret

    {"acknowledged": {"id": "the request's X-Opensepsis-Id", "by": "who"}}

Any other 2xx answer means that the change was taken, and nothing more. One that says `acknowledged` and cannot be believed changes
nothing: the alert goes on, and is escalated when its time comes.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.model.transitions import AlertState, Transition
from opensepsis.uses.ward.notify.http import Answer
from opensepsis.uses.ward.notify.signing import signature

WITHIN = 300 * SECOND
LONGEST_NAME = 100
CALLING = frozenset((AlertState.ALERT, AlertState.ESCALATED))


@dataclass(frozen=True)
class ReceiverAnswer:
    """Who acknowledges, or in `problem` why the answer was not used."""

    by: str = ""
    problem: str = ""


def answer_signature(secret: bytes, timestamp: str, name: str, body: bytes) -> str:
    """The value of the signature header of an answer to the request with the id `name`; no request is signed alike.

    >>> answer_signature(b"0123456789abcdef", "1700000000", "a", b"{}")[:11]
    'v1=a0f6c6ea'
    """
    return signature(secret, timestamp, f"answer.{name}", body)


def read_answer(
    secret: bytes, name: str, transition: Transition, answer: Answer, now: int
) -> ReceiverAnswer | None:
    """What a receiver answered to the request `name` about a change; None where the answer acknowledges nothing. `now`: microseconds."""
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(said, dict) or "acknowledged" not in said:
        return None
    if problem := _untrusted(secret, name, answer, now):
        return ReceiverAnswer(problem=problem)
    return _acknowledged(said["acknowledged"], name, transition)


def _untrusted(secret: bytes, name: str, answer: Answer, now: int) -> str:
    """Why an answer is not known to come from who shares the secret; empty where it is."""
    timestamp = _header(answer.headers, "x-opensepsis-timestamp")
    given = _header(answer.headers, "x-opensepsis-signature")
    if not given:
        return "not signed"
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        return "no timestamp"
    expected = answer_signature(secret, timestamp, name, answer.body)
    if not hmac.compare_digest(expected.encode(), given.encode()):
        return "the signature is wrong"
    return "too old, or of a clock that is wrong" if abs(now - int(timestamp) * SECOND) > WITHIN else ""


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "").strip()


def _acknowledged(said: object, name: str, transition: Transition) -> ReceiverAnswer:
    """The answer of a receiver that is known."""
    of, by = (said.get("id"), said.get("by")) if isinstance(said, dict) else (None, None)
    if of != name:
        return ReceiverAnswer(problem="of another id")
    by = by.strip() if isinstance(by, str) else ""
    if not by or len(by) > LONGEST_NAME or not by.isprintable():
        return ReceiverAnswer(problem="without who acknowledges")
    if transition.state not in CALLING:
        return ReceiverAnswer(problem="nobody was called")
    return ReceiverAnswer(by)
