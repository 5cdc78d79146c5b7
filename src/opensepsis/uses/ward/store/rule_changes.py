"""Changes of the rules of alerting: one administrator proposes, another confirms; every one is kept with its number."""

from dataclasses import dataclass

from opensepsis.errors import AccountError
from opensepsis.uses.ward.store.database import Database
from opensepsis.uses.ward.store.messages import clean

CONFIRMED, WITHDRAWN = "confirmed", "withdrawn"
LONGEST, SHORTEST_REASON = 20_000, 10
COLUMNS = "number, said, reason, proposed_by, proposed, decided_by, decided, decision"


@dataclass(frozen=True)
class RuleChange:
    """Rules as they were written, why, by whom, and what became of them. Times in microseconds (UTC)."""

    number: int
    said: str
    reason: str
    proposed_by: str
    proposed: int
    decided_by: str | None = None
    decided: int | None = None
    decision: str | None = None


class RuleChanges:
    """The changes in the ward's database.

    >>> from opensepsis.uses.ward.store.database import open_database
    >>> from opensepsis.uses.ward.store.schema import make_tables
    >>> database = open_database(":memory:")
    >>> make_tables(database)
    >>> changes = RuleChanges(database)
    >>> number = changes.propose("lockout = '12 h'", "too many calls at night", "ada", 5)
    >>> changes.decide(number, CONFIRMED, "bea", 9)
    >>> changes.in_force().number
    1
    """

    def __init__(self, database: Database):
        self.database = database

    def propose(self, said: str, reason: str, who: str, now: int) -> int:
        """Keeps a proposal; its number. AccountError while another waits, and without a reason."""
        said, reason = clean(said).strip(), clean(reason).strip()
        if len(reason) < SHORTEST_REASON or len(said) > LONGEST:
            raise AccountError(
                f"Give a reason of at least {SHORTEST_REASON} characters, and rules of at most {LONGEST:,}."
            )
        with self.database.transaction() as run:
            if run("SELECT 1 FROM rule_change WHERE decision IS NULL"):
                raise AccountError(
                    "Another change is waiting for confirmation. Confirm or withdraw it first."
                )
            number = run("SELECT coalesce(max(number), 0) + 1 FROM rule_change")[0][0]
            run(
                "INSERT INTO rule_change (number, said, reason, proposed_by, proposed) VALUES (?, ?, ?, ?, ?)",
                (number, said, reason[:500], who, now),
            )
        return number

    def decide(self, number: int, decision: str, who: str, now: int) -> None:
        """Confirms or withdraws what waits; AccountError where nothing does, and where who proposed would confirm."""
        with self.database.transaction() as run:
            found = run(
                "SELECT proposed_by FROM rule_change WHERE number = ? AND decision IS NULL", (number,)
            )
            if not found:
                raise AccountError("This change is no longer waiting for confirmation. Reload the page.")
            if decision == CONFIRMED and found[0][0] == who:
                raise AccountError("A second person must confirm this change, because you proposed it.")
            run(
                "UPDATE rule_change SET decided_by = ?, decided = ?, decision = ? WHERE number = ?",
                (who, now, decision, number),
            )

    def all(self) -> list[RuleChange]:
        """Every change, the newest first."""
        return [
            RuleChange(*row)
            for row in self.database.rows(f"SELECT {COLUMNS} FROM rule_change ORDER BY number DESC")
        ]

    def in_force(self) -> RuleChange | None:
        """The last that was confirmed; None for the ward's usual rules."""
        return next((one for one in self.all() if one.decision == CONFIRMED), None)

    def waiting(self) -> RuleChange | None:
        """The change that waits for a second person."""
        return next((one for one in self.all() if one.decision is None), None)
