"""What is to be sent: one row for each change of an alert and outlet, waiting, sent or dead. Written by `settle`."""

from dataclasses import dataclass

from opensepsis.uses.ward.model.transitions import Transition
from opensepsis.uses.ward.store.commit import unpacked_transition
from opensepsis.uses.ward.store.database import Database
from opensepsis.uses.ward.store.messages import clean


@dataclass(frozen=True)
class OutboxItem:
    """One thing to be sent: `number` names it for its outlet; how often it was tried and what came of the last try."""

    outlet: str
    number: int
    transition: Transition
    tries: int
    words: str = ""


def due(database: Database, outlet: str, now: int, limit: int = 100) -> list[OutboxItem]:
    """What waits for this outlet and may be tried now, the oldest change first; nothing overtakes an earlier change of its alert."""
    chosen = """o.standing = 'waiting' AND o.outlet = ? AND o.again <= ? AND NOT EXISTS (
        SELECT 1 FROM outbox e JOIN transition s ON s.number = e.transition
        WHERE e.outlet = o.outlet AND e.standing = 'waiting' AND e.transition < o.transition AND e.again > ?
        AND s.patient = t.patient AND s.alert = t.alert)"""
    return _letters(database, chosen, (outlet, now, now), limit)


def history(database: Database, transition: Transition) -> tuple[Transition, ...]:
    """All changes of the same alert so far under the same rules, in order; under others they were counted otherwise."""
    query = "SELECT change FROM transition WHERE patient = ? AND alert = ? ORDER BY number"
    rows = database.rows(query, (clean(transition.patient), transition.alert))
    changes = (unpacked_transition(line) for (line,) in rows)
    return tuple(one for one in changes if one.policy == transition.policy)


def next_try(database: Database, outlet: str) -> int | None:
    """When the next waiting letter may be tried; None when none waits."""
    query = "SELECT min(again) FROM outbox WHERE standing = 'waiting' AND outlet = ?"
    return database.rows(query, (outlet,))[0][0]


@dataclass(frozen=True)
class Receipt:
    """How a change of an alert stands at an outlet: waiting, sent or dead; when it was taken (microseconds, UTC), or the last failure."""

    outlet: str
    standing: str
    tries: int
    taken: int | None
    words: str


def receipts(database: Database, patient: str) -> dict[str, tuple[Receipt, ...]]:
    """The receipts of every change of a patient's alerts that was to be sent, by the change's name."""
    rows = database.rows(
        """SELECT t.name, o.outlet, o.standing, o.tries, o.again, o.words FROM outbox o
           JOIN transition t ON t.number = o.transition WHERE t.patient = ? ORDER BY o.transition, o.outlet""",
        (clean(patient),),
    )
    found: dict[str, tuple[Receipt, ...]] = {}
    for name, outlet, standing, tries, again, words in rows:
        taken = again or None if standing == "sent" else None
        found[name] = (*found.get(name, ()), Receipt(outlet, standing, tries, taken, words))
    return found


def sent(database: Database, letter: OutboxItem, now: int, words: str = "") -> None:
    """The letter has arrived; of one that was sent, `again` is when that was, and `words` why its answer was not used."""
    _stand(database, letter, "sent", letter.tries + 1, now, clean(words))


def failed(database: Database, letter: OutboxItem, words: str, again: int | None) -> None:
    """The try failed: once more at `again`, or never (None): then it is a dead letter."""
    _stand(
        database, letter, "dead" if again is None else "waiting", letter.tries + 1, again or 0, clean(words)
    )


def undelivered(database: Database, limit: int = 200) -> list[OutboxItem]:
    """Dead letters: what could not be delivered to anyone, newest first."""
    return _letters(database, "o.standing = 'dead'", (), limit, "DESC")


def try_again(database: Database, outlet: str, number: int) -> bool:
    """A dead letter waits again, with all its tries; False when it is none."""
    with database.transaction() as run:
        found = run(
            """UPDATE outbox SET standing = 'waiting', tries = 0, again = 0
               WHERE outlet = ? AND transition = ? AND standing = 'dead' RETURNING transition""",
            (outlet, number),
        )
    return bool(found)


def waiting(database: Database) -> dict[str, int]:
    """How many letters wait, by outlet."""
    return dict(
        database.rows("SELECT outlet, count(*) FROM outbox WHERE standing = 'waiting' GROUP BY outlet")
    )


def _letters(database: Database, chosen: str, values: tuple, limit: int, order: str = "") -> list[OutboxItem]:
    rows = database.rows(
        f"""SELECT o.outlet, o.transition, t.change, o.tries, o.words FROM outbox o
            JOIN transition t ON t.number = o.transition WHERE {chosen} ORDER BY o.transition {order} LIMIT {int(limit)}""",
        values,
    )
    return [
        OutboxItem(outlet, number, unpacked_transition(change), tries, words)
        for outlet, number, change, tries, words in rows
    ]


def _stand(database: Database, letter: OutboxItem, standing: str, tries: int, again: int, words: str) -> None:
    with database.transaction() as run:
        run(
            "UPDATE outbox SET standing = ?, tries = ?, again = ?, words = ? WHERE outlet = ? AND transition = ?",
            (standing, tries, again, words, letter.outlet, letter.number),
        )
