"""Single sign-on: OpenID Connect with PKCE. The provider says who somebody is; the ward's own table says what their groups may do.

Source: OpenID Connect Core 1.0 (2014, errata 2), sections 3.1.2 and 3.1.3; RFC 7636 (PKCE); RFC 9207 (issuer in the answer).
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from hmac import compare_digest
from time import monotonic
from typing import Protocol, cast
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from opensepsis.errors import AccountError, OutputError
from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.security.accounts import Role
from opensepsis.uses.ward.security.published_keys import (
    KEPT_FOR,
    LEEWAY,
    PATIENCE,
    PublishedKeys,
    Unpublished,
    is_encrypted,
    published,
)

PENDING_FOR = 10 * 60 * SECOND
MOST_PENDING = 1000


class SignOnRefused(AccountError):
    """The provider's answer does not prove who somebody is, or who they are may not come in."""


@dataclass(frozen=True)
class GroupRole:
    """What the members of one of the provider's groups may do, and on which wards (None: all)."""

    group: str
    role: Role
    wards: frozenset[str] | None = None


@dataclass(frozen=True)
class OpenID:
    """A provider, and what its groups may do here. `address` is where browsers find the ward, such as https://ward.example.org."""

    issuer: str
    client_id: str
    address: str
    groups: tuple[GroupRole, ...]
    client_secret: str = field(default="", repr=False)
    groups_claim: str = "groups"
    scopes: tuple[str, ...] = ("openid", "profile")
    title: str = "your hospital account"

    def __post_init__(self):
        for name in ("issuer", "address"):
            _checked_url(getattr(self, name), f"[openid] {name}")
        if not self.client_id or not self.groups:
            raise OutputError("[openid] needs a client_id, and at least one [[openid.groups]] with access.")

    @property
    def answer_to(self) -> str:
        """Where the provider sends the browser back to: register it there."""
        return self.address.rstrip("/") + "/login/openid/answer"


@dataclass(frozen=True)
class Known:
    """Whom the provider knows: the issuer and its lasting subject, a name to show, and the groups."""

    issuer: str
    subject: str
    name: str
    groups: frozenset[str]


@dataclass(frozen=True)
class Pending:
    """A sign-on that has begun in one browser."""

    state: str
    nonce: str
    verifier: str
    browser: str
    began: int
    about: str = ""  # the record system that launched, where there are several


def role_of(openid: OpenID, groups: frozenset[str]) -> tuple[Role, frozenset[str] | None] | None:
    """The highest role of somebody's groups, on the wards of the groups that give it; None when no group may come in.

    >>> nurse = GroupRole("icu-nurses", Role.NURSE, frozenset(["ICU"]))
    >>> everybody = GroupRole("staff", Role.VIEWER)
    >>> ward = OpenID("https://login.example.org", "ward", "https://ward.example.org", (nurse, everybody))
    >>> role_of(ward, frozenset(["staff", "icu-nurses"]))
    (<Role.NURSE: 2>, frozenset({'ICU'}))
    >>> role_of(ward, frozenset(["catering"])) is None
    True
    """
    held = [given for given in openid.groups if given.group in groups]
    if not held:
        return None
    role = max(given.role for given in held)
    wards: set[str] = set()
    for given in held:
        if given.role == role:
            if given.wards is None:
                return role, None
            wards |= given.wards
    return role, frozenset(wards)


class PendingLogins:
    """Sign-ons that have begun: each is taken once, by the browser that began it, within ten minutes.

    >>> pending = PendingLogins()
    >>> begun = pending.begin(0)
    >>> pending.take(begun.state, "another browser", 1) is None, pending.take(begun.state, begun.browser, 1) is None
    (True, True)
    """

    def __init__(self):
        self._begun: dict[str, Pending] = {}

    def begin(self, now: int, about: str = "") -> Pending:
        """A new one; the oldest gives way when there are too many."""
        fresh = partial(secrets.token_urlsafe, 32)
        one = Pending(fresh(), fresh(), fresh(), fresh(), now, about)
        self._begun[one.state] = one
        while len(self._begun) > MOST_PENDING:
            del self._begun[next(iter(self._begun))]
        return one

    def take(self, state: str, browser: str, now: int) -> Pending | None:
        """The one that an answer belongs to, which is thereby over; None for an answer that nobody waits for."""
        one = self._begun.pop(state, None)
        if one is None or not compare_digest(one.browser.encode(), browser.encode("utf-8", "replace")):
            return None
        return one if 0 <= now - one.began < PENDING_FOR else None


class OAuthClient(Protocol):
    """What is asked of a client of OAuth."""

    def create_authorization_url(
        self, url: str, *, state: str, code_verifier: str, **more: str
    ) -> tuple[str, str]: ...
    async def fetch_token(self, url: str, *, code: str, code_verifier: str, grant_type: str) -> dict: ...


class Provider:
    """The provider as the ward speaks to it. Every call may raise SignOnRefused, in words without a token or a name."""

    published_at = "/.well-known/openid-configuration"

    def __init__(self, openid: OpenID, answer_to: str = ""):
        self.openid, self.answer_to = openid, answer_to or openid.answer_to
        self._metadata: tuple[float, dict] | None = None
        self._keys: PublishedKeys | None = None
        self._asking = asyncio.Lock()

    async def address_for(self, pending: Pending, **more: str) -> str:
        """Where the browser is sent to sign on; `more` are further parameters."""
        metadata = await self.metadata()
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=pending.state,
                code_verifier=pending.verifier,
                nonce=pending.nonce,
                **more,
            )
        return url

    async def known(self, answer: Mapping[str, str], pending: Pending, now: int) -> Known:
        """Who has signed on, from the parameters with which the browser came back; `now` in microseconds (UTC)."""
        known, _ = await self.known_with_token(answer, pending, now)
        return known

    async def known_with_token(
        self, answer: Mapping[str, str], pending: Pending, now: int
    ) -> tuple[Known, dict]:
        """The same, with the answer of the token endpoint."""
        metadata = await self.metadata()
        if answer.get("iss", metadata["issuer"]) != metadata["issuer"]:
            raise SignOnRefused("The response is from another provider.")
        if "error" in answer or not answer.get("code"):
            raise SignOnRefused("The provider did not sign you on.")
        token = await self._exchanged(metadata, answer["code"], pending)
        claims = dict(await self._claims(metadata, token, pending, now))
        if self.openid.groups_claim not in claims and "userinfo_endpoint" in metadata:
            claims |= await self._user_info(metadata["userinfo_endpoint"], token, claims["sub"])
        return _who(self.openid, metadata["issuer"], claims), token

    async def metadata(self) -> dict:
        """What the provider publishes of itself, an hour old at most."""
        async with self._asking:
            if self._metadata is None or monotonic() - self._metadata[0] > KEPT_FOR:
                self._metadata = monotonic(), await self._discovered()
            return self._metadata[1]

    async def _discovered(self) -> dict:
        found = await got(self.openid.issuer.rstrip("/") + self.published_at)
        self._check_described(found)
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_encrypted(str(found.get(name, ""))):
                raise SignOnRefused(f"The provider's {name} is missing or not encrypted.")
        return found

    def _check_described(self, found: dict) -> None:
        """SignOnRefused for a description that is not that of this provider."""
        if found.get("issuer") != self.openid.issuer:
            raise SignOnRefused("The provider's issuer differs from the one in the ward's settings.")

    async def _exchanged(self, metadata: dict, code: str, pending: Pending) -> dict:
        try:
            async with self._client(_way_of_proof(metadata, self.openid)) as client:
                return await client.fetch_token(
                    metadata["token_endpoint"],
                    code=code,
                    code_verifier=pending.verifier,
                    grant_type="authorization_code",
                )
        except (AuthlibBaseError, httpx2.HTTPError, ValueError) as problem:
            raise SignOnRefused(f"The provider did not accept the code ({type(problem).__name__}).") from None

    async def _claims(self, metadata: dict, token: dict, pending: Pending, now: int) -> CodeIDToken:
        try:
            decoded = await self._published_keys(metadata).decoded(str(token["id_token"]))
            expected = {"iss": metadata["issuer"], "aud": self.openid.client_id}
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                options={name: {"essential": True, "value": value} for name, value in expected.items()},
                params={
                    "nonce": pending.nonce,
                    "client_id": self.openid.client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(now=now // SECOND, leeway=LEEWAY)
        except (AuthlibBaseError, JoseError, KeyError, TypeError, Unpublished, ValueError) as problem:
            what = getattr(problem, "claim", None) or type(problem).__name__
            raise SignOnRefused(f"The provider's response is not valid ({what}).") from None
        return claims

    def _published_keys(self, metadata: dict) -> PublishedKeys:
        if self._keys is None or self._keys.place != metadata["jwks_uri"]:
            self._keys = PublishedKeys(metadata["jwks_uri"])
        return self._keys

    async def _user_info(self, url: str, token: dict, subject: str) -> dict:
        """What the provider says beside the token: many put groups and names there alone."""
        if not is_encrypted(str(url)):
            raise SignOnRefused("The provider's userinfo_endpoint is not encrypted.")
        found = await got(url, {"Authorization": f"Bearer {token.get('access_token', '')}"})
        if found.get("sub") != subject:  # OpenID Connect Core, 5.3.2
            raise SignOnRefused("The provider's response is not valid (sub).")
        return found

    def _client(self, proof: str | None = None) -> AbstractAsyncContextManager[OAuthClient]:
        openid = self.openid
        made = AsyncOAuth2Client(
            openid.client_id,
            openid.client_secret or None,
            token_endpoint_auth_method=proof,
            scope=" ".join(openid.scopes),
            redirect_uri=self.answer_to,
            code_challenge_method="S256",
            timeout=PATIENCE,
        )
        # Authlib chooses its parent class when it is loaded, so that no type says that it can be entered
        return cast(AbstractAsyncContextManager[OAuthClient], made)


async def got(url: str, headers: Mapping[str, str] | None = None) -> dict:
    """What a provider answers; SignOnRefused when it does not."""
    try:
        return await published(url, headers)
    except Unpublished as problem:
        raise SignOnRefused(f"The provider did not respond as expected. {problem} Try again.") from None


def _way_of_proof(metadata: dict, openid: OpenID) -> str:
    """How the ward proves who it is at the provider's token endpoint."""
    if not openid.client_secret:
        return "none"
    offered = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"


def _who(openid: OpenID, issuer: str, claims: Mapping) -> Known:
    said = claims.get(openid.groups_claim, ())
    groups = [said] if isinstance(said, str) else said if isinstance(said, Sequence) else ()
    names = (claims.get(name) for name in ("preferred_username", "email", "fhirUser", "sub"))
    name = next(n for n in names if isinstance(n, str) and n)
    return Known(issuer, str(claims["sub"]), name, frozenset(g for g in groups if isinstance(g, str)))


def _checked_url(url: str, what: str) -> None:
    """OutputError unless an address is encrypted and bare."""
    if not is_encrypted(url):
        raise OutputError(f"{what} must be an https address (http is accepted only for this machine).")
    parts = urlsplit(url)
    if parts.username or parts.query or parts.fragment:
        raise OutputError(f"{what} must be an address without user information, query or fragment.")
