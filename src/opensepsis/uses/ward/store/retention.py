"""Forgetting patients of whom nothing was heard for long: their messages, facts and alerts go, the audit stays whole.

A row of each message stays, with its number and nothing of what it said, so that numbers have no gaps. The newest message, entry and
alert are kept with their patients: numbers go on from them. Nobody may use the database meanwhile.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import orjson

from opensepsis.errors import OutputError
from opensepsis.uses.ward.model.facts import Resource, unpacked
from opensepsis.uses.ward.model.patient_key import patient_key
from opensepsis.uses.ward.store.database import Database, SQLite
from opensepsis.uses.ward.store.messages import Run, chunks

SHORTEST = 30  # days: alerts, late results and corrections are settled long before
_KEPT = "resource of "  # what others refer to, and the address of a server
_NOBODYS = frozenset(
    (
        "Medication",
        "Location",
        "Organization",
        "Practitioner",
        "PractitionerRole",
        "HealthcareService",
        "Substance",
    )
)  # kinds of resource that are about no patient; every other is one's


@dataclass(frozen=True)
class Forgotten:
    """How many patients, messages, entries of the log and changes of alerts went."""

    patients: int
    messages: int
    entries: int
    transitions: int


def old_patients(database: Database, before: int) -> tuple[str, ...]:
    """The identifiers of whom, and of all who were ever merged with them, nothing was received since a moment."""
    last = dict(
        database.rows("SELECT patient, max(received) FROM entry WHERE patient <> '' GROUP BY patient")
    )
    pairs = database.rows("SELECT DISTINCT patient, partner FROM entry WHERE partner IS NOT NULL")
    recent = {name for name, received in last.items() if received >= before} | _owners_of_the_last(database)
    while more := {one for pair in pairs if recent & {*pair} for one in pair} - recent:
        recent |= more
    old = {*last, *(old for _, old in pairs)} - recent
    return tuple(sorted(old - _nobodys(database) - _of_one_recent(database, recent)))


def forget(database: Database, secret: bytes, before: int) -> Forgotten:
    """Forgets those patients, and what no patient was found in before that moment; OutputError where messages wait to be read."""
    if database.rows("SELECT 1 FROM unread LIMIT 1"):
        raise OutputError(
            "Some messages have not been processed yet. Start the ward, stop it when it has processed them, and repeat this command."
        )
    names = old_patients(database, before)
    with database.transaction() as run:
        newest = run("SELECT max(number) FROM message")[0][0] or 0
        entries = _gone(run, "DELETE FROM entry WHERE patient IN ({}) RETURNING number", names)
        entries += _gone(run, "DELETE FROM entry WHERE partner IN ({}) RETURNING number", names)
        changes = _gone(run, "DELETE FROM transition WHERE patient IN ({}) RETURNING number", names)
        _gone(run, "DELETE FROM outbox WHERE transition IN ({})", [row[0] for row in changes])
        _gone(run, "DELETE FROM parted_patient WHERE patient IN ({})", names)
        keys = [patient_key(secret, name) for name in names]
        _gone(run, "DELETE FROM my_patient WHERE patient IN ({})", keys)
        _gone(
            run, "DELETE FROM card_feedback WHERE card IN (SELECT uuid FROM card WHERE patient IN ({}))", keys
        )
        _gone(run, "DELETE FROM card WHERE patient IN ({})", keys)
        messages = _empty_messages(run, before, newest)
        run("DELETE FROM snapshot")
        run("DELETE FROM snapshot_part")
    if isinstance(database, SQLite):
        database.rows("VACUUM")  # else what was deleted stays in the file
    return Forgotten(sum(not n.startswith(_KEPT) for n in names), messages, len(entries), len(changes))


def _owners_of_the_last(database: Database) -> set[str]:
    return {
        row[0]
        for table in ("entry", "transition")
        for row in database.rows(f"SELECT patient FROM {table} ORDER BY number DESC LIMIT 1")
    }


def _nobodys(database: Database) -> set[str]:
    """What is kept of no patient: drugs, places, people who work there, and the addresses of servers."""
    rows = database.rows(f"SELECT DISTINCT patient, fact FROM entry WHERE patient LIKE '{_KEPT}%'")
    return {name for name, fact in rows if _kind(name, fact) in ("", *_NOBODYS)}


def _kind(name: str, fact: bytes | str) -> str:
    """The kind of a kept resource, by its name (Encounter/7, https://a.example/Encounter/7, Encounter?system|7) or by itself."""
    about = name.partition(": ")[2]
    before, asked, _ = about.partition("?")
    path = before.split("/")
    if asked or len(path) > 1:
        return path[-1 if asked else -2]
    said = cast(Resource, unpacked(fact)).said
    return str(orjson.loads(said)["resource"]["resourceType"]) if said.startswith("{") else ""


def _of_one_recent(database: Database, recent: set[str]) -> set[str]:
    """What is kept and was told of one patient alone, of whom something was received since."""
    told = defaultdict(set)
    for name, patient in database.rows(
        f"""SELECT DISTINCT r.patient, p.patient FROM entry r JOIN entry p ON p.message = r.message
            WHERE r.patient LIKE '{_KEPT}%' AND p.patient <> '' AND p.patient NOT LIKE '{_KEPT}%'"""
    ):
        told[name].add(patient)
    return {name for name, patients in told.items() if len(patients) == 1 and patients <= recent}


def _empty_messages(run: Run, before: int, newest: int) -> int:
    """Takes what old messages said of whom nothing is left in the log; how many."""
    old = run(
        """SELECT m.number FROM message m WHERE m.received < ? AND m.number < ? AND length(m.raw) > 0
           AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.message = m.number)""",
        (before, newest),
    )
    numbers = [row[0] for row in old]
    for some in chunks(numbers):
        marks = ", ".join("?" * len(some))
        dead = run(
            f"""SELECT m.feed, count(DISTINCT m.number) FROM message m JOIN problem p ON p.message = m.number
                WHERE p.kind = 'dead' AND m.number IN ({marks}) AND NOT EXISTS (SELECT 1 FROM message n WHERE n.mends = m.number)
                GROUP BY m.feed""",
            tuple(some),
        )
        for feed, count in dead:
            run("UPDATE feed SET dead = dead - ? WHERE name = ?", (count, feed))
        run(f"DELETE FROM problem WHERE message IN ({marks})", tuple(some))
        run(f"DELETE FROM spoken WHERE message IN ({marks})", tuple(some))
        for number in some:
            run("UPDATE message SET raw = ?, key = ? WHERE number = ?", (b"", f"forgotten {number}", number))
    return len(numbers)


def _gone(run: Run, statement: str, values: Iterable) -> list[tuple]:
    return [
        row
        for some in chunks(list(values))
        for row in run(statement.format(", ".join("?" * len(some))), tuple(some))
    ]
