"""Emergency access ("break glass"): somebody sees all wards for an hour, with a reason, and an administrator looks at it."""

from dataclasses import dataclass

from opensepsis.errors import AccountError
from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.store.database import Database
from opensepsis.uses.ward.store.messages import clean

LASTS = 3600 * SECOND
SHORTEST_REASON = 10
LONGEST_REASON = 500
LARGEST = 2**62  # what a database holds as a number


@dataclass(frozen=True)
class EmergencyUse:
    """One hour of somebody's: times in microseconds (UTC); `reviewed_by` is None until an administrator has looked at it."""

    number: int
    name: str
    reason: str
    began: int
    until: int
    reviewed_by: str | None
    reviewed: int | None


class EmergencyAccess:
    """Who saw all wards in an emergency. Sessions take note of it: `Accounts.session` lifts the limit to somebody's wards.

    >>> from opensepsis.uses.ward.store.database import open_database
    >>> from opensepsis.uses.ward.store.schema import make_tables
    >>> database = open_database(":memory:")
    >>> make_tables(database)
    >>> access = EmergencyAccess(database)
    >>> access.begin("ada", "Cardiac arrest on 4A", 0)
    3600000000
    >>> access.unreviewed()
    1
    """

    def __init__(self, database: Database):
        self.database = database

    def begin(self, name: str, reason: str, now: int) -> int:
        """Opens all wards to somebody for an hour; until when. AccountError for a reason that says nothing."""
        reason = clean(reason.strip())[:LONGEST_REASON]
        if len(reason) < SHORTEST_REASON:
            raise AccountError(f"Emergency access needs a reason of at least {SHORTEST_REASON} characters.")
        until = now + LASTS
        with self.database.transaction() as run:
            number = run("SELECT coalesce(max(number), 0) + 1 FROM emergency_access")[0][0]
            row = (number, name, reason, now, until)
            run(
                "INSERT INTO emergency_access (number, name, reason, began, until) VALUES (?, ?, ?, ?, ?)",
                row,
            )
        return until

    def end(self, name: str, now: int) -> None:
        """Gives the access back before its hour is over."""
        with self.database.transaction() as run:
            run("UPDATE emergency_access SET until = ? WHERE name = ? AND until > ?", (now, name, now))

    def review(self, number: int, by: str, now: int) -> None:
        """An administrator has looked at it; AccountError for one's own, and for one that is not there."""
        with self.database.transaction() as run:
            known = 0 < number <= LARGEST
            rows = run("SELECT name FROM emergency_access WHERE number = ?", (number,)) if known else []
            if not rows or rows[0][0] == by:
                raise AccountError(
                    "Emergency access must be reviewed by an administrator other than the one who used it."
                )
            run(
                "UPDATE emergency_access SET reviewed_by = ?, reviewed = ? WHERE number = ? AND reviewed_by IS NULL",
                (by, now, number),
            )

    def unreviewed(self) -> int:
        """How many no administrator has looked at."""
        return self.database.rows("SELECT count(*) FROM emergency_access WHERE reviewed_by IS NULL")[0][0]

    def latest(self, most: int = 100) -> list[EmergencyUse]:
        """The last ones, newest first."""
        query = """SELECT number, name, reason, began, until, reviewed_by, reviewed FROM emergency_access
                   ORDER BY number DESC LIMIT ?"""
        return [EmergencyUse(*row) for row in self.database.rows(query, (most,))]
