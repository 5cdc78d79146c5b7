"""Cards that record systems were given, and what their users made of them."""

from dataclasses import dataclass

from opensepsis.uses.ward.store.database import Database
from opensepsis.uses.ward.store.messages import clean

LONGEST = 500
ACCEPTED, OVERRIDDEN = "accepted", "overridden"


@dataclass(frozen=True)
class Feedback:
    """What became of a card: accepted or overridden, the reason's code and comment, and when (microseconds, UTC)."""

    card: str
    outcome: str
    reason: str
    comment: str
    time: int


@dataclass(frozen=True)
class CardCount:
    """How a service's cards did: shown, and what was said of them by outcome and reason."""

    service: str
    shown: int
    answered: int
    outcomes: tuple[tuple[str, str, int], ...]


class Cards:
    """The cards in the ward's database."""

    def __init__(self, database: Database):
        self.database = database

    def shown(self, uuid: str, service: str, patient: str, alert: int, caller: str, time: int) -> None:
        """Keeps that a card was given out; `patient` is the board's key."""
        with self.database.transaction() as run:
            row = (uuid, service, patient, alert, clean(caller)[:LONGEST], time)
            run(
                "INSERT INTO card (uuid, service, patient, alert, caller, time) VALUES (?, ?, ?, ?, ?, ?)",
                row,
            )

    def note(self, service: str, caller: str, feedback: list[Feedback]) -> int:
        """Keeps what was said of cards of this service and caller, each thing once; how many were of no such card."""
        unknown = 0
        with self.database.transaction() as run:
            for one in feedback:
                query = "SELECT 1 FROM card WHERE uuid = ? AND service = ? AND caller = ?"
                if not run(query, (clean(one.card)[:LONGEST], service, clean(caller)[:LONGEST])):
                    unknown += 1
                    continue
                run(
                    """INSERT INTO card_feedback (card, outcome, reason, comment, time) VALUES (?, ?, ?, ?, ?)
                       ON CONFLICT (card, time, outcome) DO NOTHING""",
                    (
                        one.card,
                        one.outcome,
                        clean(one.reason)[:LONGEST],
                        clean(one.comment)[:LONGEST],
                        one.time,
                    ),
                )
        return unknown

    def counts(self) -> tuple[CardCount, ...]:
        """Every service's cards; who ignores a card says nothing of it."""
        shown = self.database.rows(
            """SELECT c.service, count(*), count(DISTINCT f.card) FROM card c
               LEFT JOIN (SELECT DISTINCT card FROM card_feedback) f ON f.card = c.uuid GROUP BY c.service ORDER BY c.service"""
        )
        said = self.database.rows(
            """SELECT c.service, f.outcome, f.reason, count(*) FROM card_feedback f JOIN card c ON c.uuid = f.card
               GROUP BY c.service, f.outcome, f.reason ORDER BY c.service, count(*) DESC, f.outcome, f.reason"""
        )
        return tuple(
            CardCount(service, many, answered, tuple(row[1:] for row in said if row[0] == service))
            for service, many, answered in shown
        )
