"""Which record systems may call a hook, and whether a call is really theirs.

Source: CDS Hooks 2.0, "Trusting CDS Clients": a signed token for every call, with issuer, audience, expiry, time of issue and an
identifier that is taken once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from pathlib import Path

import orjson
from authlib.common.encoding import urlsafe_b64decode
from joserfc.errors import JoseError
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from opensepsis.errors import OutputError
from opensepsis.uses.ward.security.published_keys import LEEWAY, PublishedKeys, Unpublished, is_encrypted

LONGEST = 3600  # seconds that a token may hold: so long its identifier is remembered
MOST_REMEMBERED = 100_000


@dataclass(frozen=True)
class CdsClient:
    """A record system: the issuer of its tokens, where its keys are (an address or a file), and the FHIR feed whose patients are its."""

    issuer: str
    keys: str
    feed: str

    def __post_init__(self):
        if not self.issuer or not self.feed:
            raise OutputError("Each [[cds_hooks.clients]] needs an issuer and a feed.")
        if not is_encrypted(self.keys) and ("://" in self.keys or not Path(self.keys).is_file()):
            raise OutputError(
                "The keys of a [[cds_hooks.clients]] must be an https address, or a file with a JWK Set."
            )


@dataclass(frozen=True)
class CdsHooks:
    """Where browsers and record systems find the ward (https://ward.example.org), and which record systems may call."""

    address: str
    clients: tuple[CdsClient, ...]

    def __post_init__(self):
        if not is_encrypted(self.address):
            raise OutputError(
                "[cds_hooks] address must be an https address (http is accepted only for this machine)."
            )
        if not self.clients or len({one.issuer for one in self.clients}) < len(self.clients):
            raise OutputError("[cds_hooks] needs at least one [[cds_hooks.clients]], each issuer once.")

    def endpoint(self, service: str) -> str:
        """The address of a service, or of its feedback: what a token must be meant for."""
        return f"{self.address.rstrip('/')}/cds-services/{service}"


class Untrusted(Exception):
    """A call that is not proved to be a known record system's."""


class TrustedCallers:
    """Checks tokens; `began` is when this process started, in seconds: older tokens may have been taken by the one before."""

    def __init__(self, hooks: CdsHooks, began: int):
        self.hooks, self.began = hooks, began
        self._clients = {one.issuer: (one, PublishedKeys(one.keys)) for one in hooks.clients}
        self._taken: set[tuple[str, str]] = set()
        self._until: list[tuple[int, tuple[str, str]]] = []  # a heap: what expires first stands first

    async def caller(self, token: str, endpoint: str, now: int) -> CdsClient:
        """The record system whose token this is, for an endpoint; Untrusted, without a reason for the caller, unless it is proved."""
        if not token:
            raise Untrusted("no token")
        try:
            client, keys = self._clients[_unproved_issuer(token)]
            decoded = await keys.decoded(token)
            self._check(decoded.claims, decoded.header, keys.place, endpoint, now)
        except (JoseError, LookupError, TypeError, ValueError, Unpublished) as problem:
            raise Untrusted(type(problem).__name__) from None
        self._take(client.issuer, decoded.claims, now)
        return client

    def _check(self, claims: Mapping, header: Mapping, place: str, endpoint: str, now: int) -> None:
        needed = {name: ClaimsOption(essential=True) for name in ("iss", "exp", "iat", "jti")}
        registry = JWTClaimsRegistry(now, LEEWAY, aud=ClaimsOption(essential=True, value=endpoint), **needed)
        registry.validate(dict(claims))
        if header.get("jku", place) != place:
            raise ValueError("keys elsewhere")
        if claims["exp"] > now + LONGEST + LEEWAY or claims["iat"] < self.began:
            raise ValueError("held too long")

    def _take(self, issuer: str, claims: Mapping, now: int) -> None:
        while self._until and self._until[0][0] < now:
            self._taken.discard(heappop(self._until)[1])
        name = issuer, str(claims["jti"])
        if name in self._taken:
            raise Untrusted("taken before")
        if len(self._taken) >= MOST_REMEMBERED:
            raise Untrusted("too many calls")
        self._taken.add(name)
        heappush(self._until, (int(claims["exp"]) + LEEWAY, name))


def _unproved_issuer(token: str) -> str:
    """What a token says of its issuer, to find the keys that must have signed it."""
    return str(orjson.loads(urlsafe_b64decode(token.split(".")[1].encode()))["iss"])
