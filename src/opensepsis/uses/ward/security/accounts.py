"""Who may use the ward: users with roles and wards, passwords hashed with Argon2, sessions kept on the server."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
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
NO_PASSWORD = "signs on elsewhere"  # no hash: no password opens it
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
    """A user who has logged in; `token` proves that an act comes from the ward's own pages.

    `emergency_until`: until when all wards are seen in an emergency, in microseconds (UTC); None without one.
    """

    user: User
    token: str
    emergency_until: int | None = None


@dataclass(frozen=True)
class Account:
    """What an administrator sees of a user: `issuer` is the provider where they sign on, empty for a password kept here."""

    user: User
    issuer: str
    locked: bool


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
        make_tables(database)

    @cached_property
    def _nobody(self) -> str:
        """The hash of a password that nobody has, so that an unknown name takes as long as a known one; made at the first of them."""
        return self._hasher.hash(secrets.token_urlsafe())

    def any(self) -> bool:
        """Whether there is an account at all."""
        return bool(self.database.rows("SELECT 1 FROM account LIMIT 1"))

    def add(self, name: str, password: str, role: str, wards: frozenset[str] | None = None) -> None:
        """A new account, or another password, role and wards for one; its sessions end. AccountError says what to correct."""
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

    def sign_on(
        self, issuer: str, subject: str, name: str, role: Role, wards: frozenset[str] | None, now: int
    ) -> str:
        """A new session's secret for somebody whom a provider knows, with the role and wards that hold now.

        They keep the name under which they first came. AccountError when another account has that name.
        """
        listed = None if wards is None else "\n".join(sorted(clean(w) for w in wards))
        name = clean(name)[:LONGEST_NAME]
        with self.database.transaction() as run:
            held = run("SELECT name FROM account WHERE issuer = ? AND subject = ?", (issuer, subject))
            if held:
                name = held[0][0]
                run(
                    "UPDATE account SET role = ?, wards = ? WHERE name = ?", (role.name.lower(), listed, name)
                )
            else:
                if run("SELECT 1 FROM account WHERE name = ?", (name,)):
                    raise AccountError(
                        "Another account of this ward has your name. Ask an administrator to rename or remove that account."
                    )
                row = (name, role.name.lower(), listed, NO_PASSWORD, issuer, subject)
                run(
                    "INSERT INTO account (name, role, wards, hash, issuer, subject) VALUES (?, ?, ?, ?, ?, ?)",
                    row,
                )
            return _new_session(run, name, now)

    def change_password(self, name: str, password: str, new: str, now: int, address: str = "") -> None:
        """Another password for oneself; every session of theirs ends. AccountError says what to correct."""
        if len(new) < SHORTEST:
            raise AccountError(f"The new password is too short: use {SHORTEST} characters or more.")
        if new == password:
            raise AccountError("The new password is the same as the old one. Choose another.")
        if self.log_in(name, password, now, address) is None:
            raise AccountError("The current password is wrong, or the account is locked for 15 minutes.")
        with self.database.transaction() as run:
            run("UPDATE account SET hash = ? WHERE name = ?", (self._hasher.hash(new), name))
            run("DELETE FROM session WHERE name = ?", (name,))

    def unlock(self, name: str) -> None:
        """Lets an account that was locked after wrong passwords be tried again from everywhere."""
        with self.database.transaction() as run:
            run("DELETE FROM login_failure WHERE name IN (?, '')", (clean(name),))

    def signs_on_elsewhere(self, name: str) -> bool:
        """Whether a user's password is a provider's, not ours."""
        return bool(self.database.rows("SELECT 1 FROM account WHERE name = ? AND issuer <> ''", (name,)))

    def accounts(self, now: int) -> list[Account]:
        """Every account, by name, with where it signs on and whether it is locked for some address."""
        rows = self.database.rows(
            """SELECT a.name, a.role, a.wards, a.issuer,
                  EXISTS (SELECT 1 FROM login_failure f WHERE f.name = a.name AND f.locked_until > ?)
               FROM account a ORDER BY a.name""",
            (now,),
        )
        return [Account(_user(*row[:3]), row[3], bool(row[4])) for row in rows]

    def remove(self, name: str) -> None:
        """Takes an account and its sessions away, if there is one; AccountError for the last administrator."""
        name = clean(name)
        with self.database.transaction() as run:
            _keep_an_admin(run, name)
            run("DELETE FROM session WHERE name = ?", (name,))
            run("DELETE FROM my_patient WHERE name = ?", (name,))
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
        with self.database.transaction() as run:
            run("DELETE FROM login_failure WHERE name = ? AND address = ?", (name, address))
            return _new_session(run, name, now)

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
            """SELECT a.name, a.role, a.wards, s.token, s.began, s.seen,
                  (SELECT max(e.until) FROM emergency_access e WHERE e.name = a.name AND e.began <= ? AND e.until > ?)
               FROM session s JOIN account a ON a.name = s.name WHERE s.id = ?""",
            (now, now, _hashed(secret)),
        )
        if not rows:
            return None
        name, role, wards, token, began, seen, until = rows[0]
        if now - began >= LONGEST or now - seen >= IDLE:
            self.log_out(secret)
            return None
        if still_there and now - seen >= 60 * SECOND:
            with (
                suppress(Exception),
                self.database.transaction() as run,
            ):  # a full disk must not hide the board
                run("UPDATE session SET seen = ? WHERE id = ?", (now, _hashed(secret)))
        return Session(_user(name, role, None if until else wards), token, until)

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

    def new_reader_token(self, reader: str) -> str:
        """A new secret by which a system may read alerts as FHIR; the one before no longer holds."""
        secret = secrets.token_urlsafe(32)
        with self.database.transaction() as run:
            run("DELETE FROM reader_token WHERE reader = ?", (reader,))
            run("INSERT INTO reader_token (reader, hash) VALUES (?, ?)", (reader, _hashed(secret)))
        return secret

    def reader_of(self, secret: str) -> str | None:
        """The system whose secret this is."""
        rows = self.database.rows("SELECT reader FROM reader_token WHERE hash = ?", (_hashed(secret),))
        return rows[0][0] if rows else None

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
    """Whether there is an administrator with a password beside this user; AccountError otherwise, if this user is one.

    Those who sign on elsewhere do not count: their provider may take the role away, or be out of reach.
    """
    admins = {found for (found,) in run("SELECT name FROM account WHERE role = 'admin' AND issuer = ''")}
    if admins == {name}:
        raise AccountError(
            "The last administrator must keep the role. Make another user an administrator first."
        )


def _new_session(run: Run, name: str, now: int) -> str:
    secret, token = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    run("DELETE FROM session WHERE began < ? OR seen < ?", (now - LONGEST, now - IDLE))
    row = (_hashed(secret), name, token, now, now)
    run("INSERT INTO session (id, name, token, began, seen) VALUES (?, ?, ?, ?, ?)", row)
    return secret


def _hashed(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _user(name: str, role: str, wards: str | None) -> User:
    listed = None if wards is None else frozenset(w for w in wards.split("\n") if w)
    return User(name, Role[role.upper()], listed)
