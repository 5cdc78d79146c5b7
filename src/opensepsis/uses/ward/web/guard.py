"""What stands before every page: headers, limits, sessions, roles and tokens against forged acts."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from fastapi import HTTPException, Request
from starlette.requests import cookie_parser

from opensepsis.uses.ward.accounts import Accounts, Role, Session
from opensepsis.uses.ward.time import Clock, WallClock
from opensepsis.uses.ward.web.limits import Buckets, Connections, in_networks
from opensepsis.uses.ward.web.settings import Settings

COOKIE = "opensepsis_ward"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


class LoginNeeded(Exception):
    """Nobody is logged in."""


@dataclass
class Guard:
    """Checks who asks."""

    accounts: Accounts
    settings: Settings
    clock: Clock = field(default_factory=WallClock)
    _buckets: Buckets = field(default_factory=Buckets)

    def __post_init__(self):
        here = self.settings
        proxies = in_networks(here.trusted_proxies)
        self.connections = Connections(
            here.connections, here.connections_of_address, here.connections_for_feeds, proxies
        )

    def now(self) -> int:
        """The wall's time: sessions end by it, whatever day the ward plays."""
        return self.clock.now()

    def session(self, request: Request, still_there: bool = True) -> Session | None:
        """The session of a request; None without one."""
        secret = request.cookies.get(COOKIE, "")
        return self.accounts.session(secret, self.now(), still_there) if secret else None

    def needs(self, role: Role, still_there: bool = True) -> Callable[[Request], Session]:
        """A dependency that gives the session, or refuses."""

        def check(request: Request) -> Session:
            session = self.session(request, still_there)
            if session is None:
                raise LoginNeeded
            if session.user.role < role:
                raise HTTPException(403, "Your role may not do this.")
            return session

        return check

    def check_token(self, session: Session, token: str) -> None:
        """An act must carry the session's token."""
        if not secrets.compare_digest(session.token.encode(), token.encode("utf-8", "replace")):
            raise HTTPException(403, "The page was too old. Go back, load it again and repeat.")

    def refused_for(self, scope: dict) -> float:
        """After how many seconds a request may come again, by its session, its feed or its address; 0 when it may now."""
        if scope["path"] == "/healthz":
            return 0.0
        headers, address = dict(scope["headers"]), self.address(scope)
        if (feed := self._feed(headers)) is not None:
            self.connections.feeds.add(address)
            each_second = float(self.settings.feed_requests_per_second)
            return self._buckets.wait(f"feed {feed}", each_second, each_second)
        name, per_minute = f"address {address}", float(self.settings.requests_per_minute)
        if (secret := self._secret(headers)) and self.accounts.session(secret, self.now(), False):
            name = f"session {sha256(secret.encode()).hexdigest()}"
        return self._buckets.wait(name, per_minute / 60, per_minute)

    def _feed(self, headers: dict[bytes, bytes]) -> str | None:
        """The feed whose token comes with a request."""
        scheme, _, secret = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            return None
        return self.accounts.feed_of(secret.strip())

    def address(self, scope: dict) -> str:
        """Where a request comes from; behind a trusted proxy the address that this names."""
        return scope["client"][0] if scope.get("client") else ""

    def _secret(self, headers: dict[bytes, bytes]) -> str:
        cookies = cookie_parser(headers.get(b"cookie", b"").decode("latin-1"))
        return cookies.get(COOKIE, "")
