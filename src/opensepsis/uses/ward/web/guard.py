"""What stands before every page: headers, limits, sessions, roles and tokens against forged acts."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from fastapi import HTTPException, Request
from starlette.requests import cookie_parser

from opensepsis.uses.ward.model.clock import Clock, WallClock
from opensepsis.uses.ward.security.accounts import Accounts, Role, Session
from opensepsis.uses.ward.web.limits import Buckets, Connections, Recent, in_networks
from opensepsis.uses.ward.web.settings import Settings

COOKIE = "opensepsis_ward"
HOST_COOKIE = "__Host-" + COOKIE
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors "
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


def headers_of(embedded_in: Sequence[str] = ()) -> dict[str, str]:
    """The headers of every answer; only pages of these origins may show the ward within them.

    >>> headers_of(["https://ehr.example"])["Content-Security-Policy"].rpartition("; ")[2]
    'frame-ancestors https://ehr.example'
    >>> headers_of()["X-Frame-Options"], "X-Frame-Options" in headers_of(["https://ehr.example"])
    ('DENY', False)
    """
    alone = {} if embedded_in else {"X-Frame-Options": "DENY"}  # it has no word for another origin
    return {"Content-Security-Policy": POLICY + (" ".join(embedded_in) or "'none'"), **alone, **HEADERS}


STRICT_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000")


def cookie_name(scheme: str) -> str:
    """The name of the session's cookie: over TLS one that no other host or path of the domain can set.

    >>> cookie_name("https"), cookie_name("http")
    ('__Host-opensepsis_ward', 'opensepsis_ward')
    """
    return HOST_COOKIE if scheme == "https" else COOKIE


class LoginNeeded(Exception):
    """Nobody is logged in."""


@dataclass
class Guard:
    """Checks who asks."""

    accounts: Accounts
    settings: Settings
    clock: Clock = field(default_factory=WallClock)
    _buckets: Buckets = field(default_factory=Buckets)
    _sessions: Recent = field(default_factory=Recent)  # digests of what proved to be right
    _feeds: Recent = field(default_factory=Recent)

    def __post_init__(self):
        here = self.settings
        self.headers = headers_of(here.embedded_in)
        proxies = in_networks(here.trusted_proxies)
        self.connections = Connections(
            here.connections, here.connections_of_address, here.connections_for_feeds, proxies
        )

    def now(self) -> int:
        """The wall's time: sessions end by it, whatever day the ward plays."""
        return self.clock.now()

    def session(self, request: Request, still_there: bool = True) -> Session | None:
        """The session of a request; None without one."""
        secret = request.cookies.get(cookie_name(request.url.scheme), "")
        found = self.accounts.session(secret, self.now(), still_there) if secret else None
        (self._sessions.add if found else self._sessions.discard)(_digest(secret))
        return found

    def needs(self, role: Role, still_there: bool = True) -> Callable[[Request], Session]:
        """A dependency that gives the session, or refuses."""

        def check(request: Request) -> Session:
            session = self.session(request, still_there)
            if session is None:
                raise LoginNeeded
            if session.user.role < role:
                raise HTTPException(403, "Your role does not allow this.")
            return session

        return check

    def check_token(self, session: Session, token: str) -> None:
        """An act must carry the session's token."""
        if not secrets.compare_digest(session.token.encode(), token.encode("utf-8", "replace")):
            raise HTTPException(403, "The page was out of date. Go back, reload it and try again.")

    def refused_for(self, scope: dict) -> float:
        """After how many seconds a request may come again, by its session, its feed or its address; 0 when it may now."""
        if scope["path"] == "/healthz":
            return 0.0
        headers, address = dict(scope["headers"]), self.address(scope)
        token, secret = _digest(_token(headers)), _digest(_secret(headers, scope.get("scheme", "http")))
        if token in self._feeds:
            each_second = float(self.settings.feed_requests_per_second)
            return self._buckets.wait(f"feed {token}", each_second, each_second)
        per_minute = float(self.settings.requests_per_minute)
        name = f"session {secret}" if secret in self._sessions else f"address {address}"
        return self._buckets.wait(name, per_minute / 60, per_minute)

    def note_answer(self, scope: dict, status: int) -> None:
        """Takes note of a feed whose message was kept: from now on it has a limit of its own."""
        if scope["method"] in ("POST", "PUT") and scope["path"].startswith("/fhir") and status in (200, 201):
            self._feeds.add(_digest(_token(dict(scope["headers"]))))
            self.connections.feeds.add(self.address(scope))

    def address(self, scope: dict) -> str:
        """Where a request comes from; behind a trusted proxy the address that this names."""
        return scope["client"][0] if scope.get("client") else ""


def bearer_token(authorization: str) -> str:
    """The token of an Authorization header; "" for another scheme, or none.

    >>> bearer_token("Bearer abc"), bearer_token("Basic abc"), bearer_token("")
    ('abc', '', '')
    """
    scheme, _, secret = authorization.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def _token(headers: dict[bytes, bytes]) -> str:
    return bearer_token(headers.get(b"authorization", b"").decode("latin-1"))


def _secret(headers: dict[bytes, bytes], scheme: str) -> str:
    return cookie_parser(headers.get(b"cookie", b"").decode("latin-1")).get(cookie_name(scheme), "")


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest() if secret else ""
