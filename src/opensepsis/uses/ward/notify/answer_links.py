"""Links by which somebody on call acknowledges an alert without logging in: signed, for one alert and one person, for four hours.

Nothing of a patient can be read from a link: it holds the board's key, the alert, the step that was told, who was called and when it
ends.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

import orjson

from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.model.patient_key import patient_key
from opensepsis.uses.ward.model.views import AlertView

HOLDS = 4 * 3600 * SECOND
PURPOSE = b"answer links"
NOT_USED = "answered an alert, not used"
NOT_TAKEN = {"changed": "the alert had changed", "answered": "it was answered already"}


@dataclass(frozen=True)
class AnswerLink:
    """What a link is about; `ends` in microseconds (UTC)."""

    key: str
    alert: int
    step: int
    name: str
    ends: int


@dataclass(frozen=True)
class AnswerLinks:
    """Makes and reads links; `address` is where browsers find the ward."""

    address: str
    secret: bytes

    def link(self, patient: str, alert: int, step: int, name: str, now: int) -> str:
        """The address to send to somebody who is called."""
        said = orjson.dumps([patient_key(self.secret, patient), alert, step, name, now + HOLDS])
        return f"{self.address.rstrip('/')}/answer/{_text(said)}.{_text(self._signed(said))}"

    def read(self, token: str, now: int) -> AnswerLink | None:
        """What the end of a link is about; None for one that is not ours or is over.

        >>> links = AnswerLinks("https://ward.example.org", b"0123456789abcdef")
        >>> token = links.link("H|7", 1, 2, "Outreach", 0).rsplit("/", 1)[1]
        >>> links.read(token, 1).name, links.read(token, HOLDS), links.read(token[:-2], 1)
        ('Outreach', None, None)
        """
        body, _, sign = token.partition(".")
        try:
            said = urlsafe_b64decode(body + "=" * (-len(body) % 4))
            given = urlsafe_b64decode(sign + "=" * (-len(sign) % 4))
        except ValueError:
            return None
        if not hmac.compare_digest(given, self._signed(said)):
            return None
        found = AnswerLink(*orjson.loads(said))
        return found if now < found.ends else None

    def _signed(self, said: bytes) -> bytes:
        return hmac.new(self.secret, PURPOSE + b"\0" + said, sha256).digest()


def state_of(alert: AlertView | None, number: int, step: int) -> str:
    """How an alert stands for an answer to what was told of it: open, answered (by whomever), or changed since.

    >>> state_of(None, 1, 1)
    'changed'
    """
    if alert is None or alert.number != number or (alert.unanswered and step < alert.changed):
        return "changed"
    return "open" if alert.unanswered else "answered"


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
