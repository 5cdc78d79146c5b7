"""Who may use the ward: users with roles and wards, passwords hashed with Argon2, sessions kept on the server."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from time import monotonic

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from opensepsis.errors import AccountError, nearest
from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.store.database import Database
from opensepsis.uses.ward.store.messages import Run, clean
from opensepsis.uses.ward.store.schema import make_tables

SHORTEST = 10
TRIES = 5  # of one account from one address
TRIES_OF_ADDRESS = 50  # of all accounts from one address
LOCKED_FOR = 15 * 60 * SECOND
IDLE = 30 * 60 * SECOND
LONGEST = 12 * 3600 * SECOND
LONGEST_NAME = 200
TOKEN_HELD = 1.0  # seconds that a feed's token is not looked up again


class Role(IntEnum):
    """What somebody may do; each may do what those before may."""

    VIEWER = 1
    NURSE = 2
    PHYSICIAN = 3
    ADMIN = 4


@dataclass(frozen=True)
class User:
    """Somebody who is known. `wards` are the wards that they see; None for all."""

    name: str
    role: Role
    wards: frozenset[str] | None = None


@dataclass(frozen=True)
class Session:
    """A user who has logged in; `token` proves that an act comes from the ward's own pages."""

    user: User
    token: str


class Accounts:
    """Users and sessions in the ward's database; times are the wall's, in microseconds.

    >>> from opensepsis.uses.ward.store.database import open_database
    >>> accounts = Accounts(open_database(":memory:"))
    >>> accounts.add("ada", "a long password", "nurse")
    >>> accounts.log_in("ada", "wrong", 0) is None
    True
    """

    def __init__(self, database: Database):
        self.database = database
        self._feeds: dict[str, tuple[str, float]] = {}
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        make_tables(database)

    def any(self) -> bool:
        """Whether there is an account at all."""
        return bool(self.database.rows("SELECT 1 FROM account LIMIT 1"))

    def add(self, name: str, password: str, role: str, wards: frozenset[str] | None = None) -> None:
        """A new account, or another password, role and wards for one; its sessions end. AccountError says what to mend."""
        if role.upper() not in Role.__members__:
            raise AccountError(f"There is no role '{role}'. {nearest(role, [r.name.lower() for r in Role])}")
        if not name or not name.isprintable() or not all(w.isprintable() for w in wards or ()):
            raise AccountError(
                "A user name must not be empty; user names and ward names may contain printable characters only."
            )
        if len(password) < SHORTEST:
            raise AccountError(f"The password is too short: use {SHORTEST} characters or more.")
        listed = None if wards is None else "\n".join(sorted(wards))
        with self.database.transaction() as run:
            if role.lower() != "admin":
                _keep_an_admin(run, name)
            run("DELETE FROM session WHERE name = ?", (name,))
            run("DELETE FROM login_failure WHERE name = ?", (name,))
            run("DELETE FROM account WHERE name = ?", (name,))
            row = (name, role.lower(), listed, self._hasher.hash(password))
            run("INSERT INTO account (name, role, wards, hash) VALUES (?, ?, ?, ?)", row)

    def remove(self, name: str) -> None:
        """Takes an account and its sessions away, if there is one; AccountError for the last administrator."""
        name = clean(name)
        with self.database.transaction() as run:
            _keep_an_admin(run, name)
            run("DELETE FROM session WHERE name = ?", (name,))
            run("DELETE FROM account WHERE name = ?", (name,))

    def users(self) -> list[User]:
        """Everybody who is known, by name."""
        rows = self.database.rows("SELECT name, role, wards FROM account ORDER BY name")
        return [_user(*row) for row in rows]

    def log_in(self, name: str, password: str, now: int, address: str = "") -> str | None:
        """A new session's secret; None for a wrong name or password.

        After too many tries from an address, the account (and after many more every account) is locked for that address alone.
        """
        query = "SELECT hash FROM account WHERE name = ?"
        rows = self.database.rows(query, (name,)) if name.isprintable() else []
        try:
            right = self._hasher.verify(rows[0][0] if rows else self._nobody, password)
        except (VerifyMismatchError, InvalidHashError):
            right = False
        name, address = clean(name)[:LONGEST_NAME], clean(address)
        if self._is_locked(name, address, now):
            return None
        if not rows or not right:
            self._failed(name, address, now)
            return None
        secret, token = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        with self.database.transaction() as run:
            run("DELETE FROM login_failure WHERE name = ? AND address = ?", (name, address))
            run("DELETE FROM session WHERE began < ? OR seen < ?", (now - LONGEST, now - IDLE))
            row = (_hashed(secret), name, token, now, now)
            run("INSERT INTO session (id, name, token, began, seen) VALUES (?, ?, ?, ?, ?)", row)
        return secret

    def _is_locked(self, name: str, address: str, now: int) -> bool:
        """Whether this account, or every account, is locked for an address."""
        query = "SELECT 1 FROM login_failure WHERE name IN (?, '') AND address = ? AND locked_until > ?"
        return bool(self.database.rows(query, (name, address, now)))

    def _failed(self, name: str, address: str, now: int) -> None:
        with self.database.transaction() as run:
            run("DELETE FROM login_failure WHERE last < ?", (now - LOCKED_FOR,))
            for whom, most in ((name, TRIES), ("", TRIES_OF_ADDRESS)):
                run(
                    """INSERT INTO login_failure (name, address, failed, last, locked_until) VALUES (?, ?, 1, ?, 0)
                       ON CONFLICT (name, address) DO UPDATE SET failed = login_failure.failed + 1, last = excluded.last""",
                    (whom, address, now),
                )
                run(
                    """UPDATE login_failure SET failed = 0, locked_until = ?
                       WHERE name = ? AND address = ? AND failed >= ?""",
                    (now + LOCKED_FOR, whom, address, most),
                )

    def session(self, secret: str, now: int, still_there: bool = True) -> Session | None:
        """The session of a secret; None when it has ended. A page that asks by itself does not keep it awake."""
        rows = self.database.rows(
            """SELECT a.name, a.role, a.wards, s.token, s.began, s.seen FROM session s
               JOIN account a ON a.name = s.name WHERE s.id = ?""",
            (_hashed(secret),),
        )
        if not rows:
            return None
        name, role, wards, token, began, seen = rows[0]
        if now - began >= LONGEST or now - seen >= IDLE:
            self.log_out(secret)
            return None
        if still_there and now - seen >= 60 * SECOND:
            with (
                suppress(Exception),
                self.database.transaction() as run,
            ):  # a full disk must not hide the board
                run("UPDATE session SET seen = ? WHERE id = ?", (now, _hashed(secret)))
        return Session(_user(name, role, wards), token)

    def log_out(self, secret: str) -> None:
        """Ends a session."""
        with self.database.transaction() as run:
            run("DELETE FROM session WHERE id = ?", (_hashed(secret),))

    def new_feed_token(self, feed: str) -> str:
        """A new secret by which a feed may send over HTTP; the one before no longer holds."""
        secret = secrets.token_urlsafe(32)
        with self.database.transaction() as run:
            run("DELETE FROM feed_token WHERE feed = ?", (feed,))
            run("INSERT INTO feed_token (feed, hash) VALUES (?, ?)", (feed, _hashed(secret)))
        return secret

    def feed_of(self, secret: str) -> str | None:
        """The feed whose secret this is; one that was replaced holds for a second more."""
        hashed, now = _hashed(secret), monotonic()
        feed, until = self._feeds.get(hashed, (None, 0.0))
        if now < until:
            return feed
        rows = self.database.rows("SELECT feed FROM feed_token WHERE hash = ?", (hashed,))
        if not rows:
            return None
        self._feeds[hashed] = rows[0][0], now + TOKEN_HELD
        return rows[0][0]


def _keep_an_admin(run: Run, name: str) -> None:
    """Whether there is an administrator beside this user; AccountError otherwise, if this user is one."""
    admins = {found for (found,) in run("SELECT name FROM account WHERE role = 'admin'")}
    if admins == {name}:
        raise AccountError(
            "The last administrator must keep the role. Make another user an administrator first."
        )


def _hashed(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _user(name: str, role: str, wards: str | None) -> User:
    listed = None if wards is None else frozenset(w for w in wards.split("\n") if w)
    return User(name, Role[role.upper()], listed)
