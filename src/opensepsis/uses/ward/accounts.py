"""Who may use the ward: users with roles and wards, passwords hashed with Argon2, sessions kept on the server."""

import secrets
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from opensepsis.errors import AccountError, nearest
from opensepsis.uses.ward.store.database import Database
from opensepsis.uses.ward.store.keeping import clean
from opensepsis.uses.ward.time import SECOND

SHORTEST = 10
TRIES = 5
LOCKED_FOR = 15 * 60 * SECOND
IDLE = 30 * 60 * SECOND
LONGEST = 12 * 3600 * SECOND


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


TABLES = (
    """CREATE TABLE IF NOT EXISTS account (name TEXT PRIMARY KEY, role TEXT NOT NULL, wards TEXT, hash TEXT NOT NULL,
       failed {number} NOT NULL DEFAULT 0, locked_until {number} NOT NULL DEFAULT 0)""",
    """CREATE TABLE IF NOT EXISTS session (id TEXT PRIMARY KEY, name TEXT NOT NULL, token TEXT NOT NULL,
       began {number} NOT NULL, seen {number} NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS feed_token (feed TEXT PRIMARY KEY, hash TEXT NOT NULL)",
)


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
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        with database.transaction() as run:
            for statement in TABLES:
                run(statement)

    def any(self) -> bool:
        """Whether there is an account at all."""
        return bool(self.database.rows("SELECT 1 FROM account LIMIT 1"))

    def add(self, name: str, password: str, role: str, wards: frozenset[str] | None = None) -> None:
        """A new account, or another password, role and wards for one; its sessions end. AccountError says what to mend."""
        if role.upper() not in Role.__members__:
            raise AccountError(f"There is no role '{role}'. {nearest(role, [r.name.lower() for r in Role])}")
        if not name or not name.isprintable() or not all(w.isprintable() for w in wards or ()):
            raise AccountError(
                "The name of a user must not be empty; names and wards hold printed signs only."
            )
        if len(password) < SHORTEST:
            raise AccountError(f"The password is too short: take {SHORTEST} characters or more.")
        listed = None if wards is None else "\n".join(sorted(wards))
        with self.database.transaction() as run:
            run("DELETE FROM session WHERE name = ?", (name,))
            run("DELETE FROM account WHERE name = ?", (name,))
            row = (name, role.lower(), listed, self._hasher.hash(password))
            run("INSERT INTO account (name, role, wards, hash) VALUES (?, ?, ?, ?)", row)

    def remove(self, name: str) -> None:
        """Takes an account and its sessions away, if there is one."""
        name = clean(name)
        with self.database.transaction() as run:
            run("DELETE FROM session WHERE name = ?", (name,))
            run("DELETE FROM account WHERE name = ?", (name,))

    def users(self) -> list[User]:
        """Everybody who is known, by name."""
        rows = self.database.rows("SELECT name, role, wards FROM account ORDER BY name")
        return [_user(*row) for row in rows]

    def log_in(self, name: str, password: str, now: int) -> str | None:
        """A new session's secret; None for a wrong name or password, or while the account is locked after too many tries."""
        query = "SELECT hash, failed, locked_until FROM account WHERE name = ?"
        rows = self.database.rows(query, (name,)) if name.isprintable() else []
        kept, failed, locked = rows[0] if rows else (self._nobody, 0, 0)
        try:
            right = self._hasher.verify(kept, password)
        except (VerifyMismatchError, InvalidHashError):
            right = False
        if not rows or now < locked:
            return None
        if not right:
            self._failed(name, failed + 1, now)
            return None
        secret, token = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        with self.database.transaction() as run:
            run("UPDATE account SET failed = 0, locked_until = 0 WHERE name = ?", (name,))
            run("DELETE FROM session WHERE began < ? OR seen < ?", (now - LONGEST, now - IDLE))
            row = (_hashed(secret), name, token, now, now)
            run("INSERT INTO session (id, name, token, began, seen) VALUES (?, ?, ?, ?, ?)", row)
        return secret

    def _failed(self, name: str, failed: int, now: int) -> None:
        locked = now + LOCKED_FOR if failed >= TRIES else 0
        with self.database.transaction() as run:
            run(
                "UPDATE account SET failed = ?, locked_until = ? WHERE name = ?",
                (0 if locked else failed, locked, name),
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
            with self.database.transaction() as run:
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
        """The feed whose secret this is."""
        rows = self.database.rows("SELECT feed FROM feed_token WHERE hash = ?", (_hashed(secret),))
        return rows[0][0] if rows else None


def _hashed(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _user(name: str, role: str, wards: str | None) -> User:
    listed = None if wards is None else frozenset(w for w in wards.split("\n") if w)
    return User(name, Role[role.upper()], listed)
