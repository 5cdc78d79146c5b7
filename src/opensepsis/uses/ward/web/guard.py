"""What stands before every page: headers, limits, sessions, roles and tokens against forged acts."""

import secrets
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic, time_ns

from fastapi import HTTPException, Request

from opensepsis.uses.ward.accounts import Accounts, Role, Session
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
    """Checks who asks. `allowed` maps each route's name to the role that it needs: one without an entry is refused."""

    accounts: Accounts
    settings: Settings
    allowed: dict[str, Role | None] = field(default_factory=dict)
    _asked: dict[str, deque] = field(default_factory=lambda: defaultdict(deque))

    def now(self) -> int:
        """The wall's time: sessions end by it, whatever day the ward plays."""
        return time_ns() // 1000

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

    def check_rate(self, request: Request) -> None:
        """So many requests a minute from one address."""
        asked, now = self._asked[request.client.host if request.client else ""], monotonic()
        while asked and now - asked[0] > 60:
            asked.popleft()
        if len(asked) >= self.settings.requests_per_minute:
            raise HTTPException(429, "Too many requests. Wait a minute.")
        asked.append(now)
        if len(self._asked) > 10_000:
            self._asked.clear()
