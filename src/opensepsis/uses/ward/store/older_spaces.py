"""What a database of schema 10 or earlier calls the patients of feeds whose numbers have no issuer: by the bare name of the feed.

They go on under it, so that boards, links and alerts stay. An issuer of the same name is marked from then on. Where an issuer of that name
was in use already, two patients may have had one name: such a space is `met`, and is parted when the ward starts.

The patients of another FHIR server were called by its bare address, as the numbers of a system of identifiers were: schema 12 tells them
apart (`judge_addresses`).
"""

from collections import defaultdict

from opensepsis.data.decode.patient_names import of_server, parts_of
from opensepsis.uses.ward.store.database import Database
from opensepsis.uses.ward.store.messages import Run

ROWS = ("csv", "mqtt", "timeline")  # forms whose rows name patients by a number of the feed
TABLES = (
    "CREATE TABLE older_space (name TEXT PRIMARY KEY, older TEXT NOT NULL, met {number} NOT NULL)",
    "CREATE TABLE parted_patient (patient TEXT PRIMARY KEY)",
)
_NAMED = """SELECT DISTINCT m.form, m.feed, {column} FROM entry e JOIN message m ON m.number = e.message
    WHERE m.form <> 'act' AND {column} <> '' AND substr({column}, 1, 12) <> 'resource of '"""


def note_older_spaces(run: Run) -> None:
    """Fills the table from the log, in the transaction that makes it."""
    users: dict[str, set[str]] = defaultdict(set)
    for column in ("e.patient", "e.partner"):
        for form, feed, patient in run(_NAMED.format(column=column)):
            space, _ = parts_of(patient)
            users[space].add(_owner(form, feed, space))
    for older, owners in sorted(users.items()):
        met = len(owners) > 1 and bool(older) and "://" not in older
        for name in sorted(owners - {""}):
            run("INSERT INTO older_space (name, older, met) VALUES (?, ?, ?)", (name, older, int(met)))


def judge_addresses(run: Run) -> None:
    """Which addresses that patients are named by are those of servers, by what was received.

    One that is a server's alone stays what its patients are called, and an issuer of that name is marked. One that others gave too, or
    that only is a system of identifiers, stays the issuer's: a server of that address has a space of its own from now on.
    """
    for name, older in run("SELECT name, older FROM older_space ORDER BY name"):
        if not name.startswith("server ") or "://" not in name:
            continue
        of_server, of_others = set(), False
        for form, patient, raw in run(_SAID, (len(older) + 1, f"{older}|")):
            space, number = parts_of(patient)
            said = bytes(raw)
            if space != older:
                continue
            if form == "fhir" and f"{older}/Patient/{number}".encode() in said:
                of_server.add(patient)
            of_others |= form != "fhir" or f'"{older}"'.encode() in said
        if of_others or not of_server:
            run("DELETE FROM older_space WHERE name = ?", (name,))
        for patient in sorted(of_server) if of_others else ():
            run(
                "INSERT INTO parted_patient (patient) VALUES (?) ON CONFLICT (patient) DO NOTHING", (patient,)
            )


_SAID = """SELECT m.form, e.patient, m.raw FROM entry e JOIN message m ON m.number = e.message
    WHERE m.form <> 'act' AND substr(e.patient, 1, ?) = ?"""


def _owner(form: str, feed: str, space: str) -> str:
    """Whose space it is where a message of a feed names a patient of it, as `Site.older_spaces` has it; empty for an issuer's."""
    if form in ROWS:
        return f"rows {feed}" if space == feed else ""
    if form != "fhir":
        return ""
    if "://" in space:  # the address of a server, or of a system of identifiers
        return of_server(space)
    own = {feed: of_server(feed), f"{feed} identifier": f"identifier {feed}", "": f"numbers {feed}"}
    return own.get(space, "")


def older_spaces(database: Database) -> dict[str, str]:
    """What this database calls some spaces, as `Site.older_spaces` has it."""
    return dict(database.rows("SELECT name, older FROM older_space"))


def parted_patients(database: Database) -> frozenset[str]:
    """The names of patients who were one with another's until the database was brought up to date."""
    return frozenset(patient for (patient,) in database.rows("SELECT patient FROM parted_patient"))
