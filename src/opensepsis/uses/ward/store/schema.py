"""The tables of the ward. Times are microseconds (UTC), numbers count from 1 without gaps.

message       what came, as it came; refused and mended messages too
unread        the numbers of messages that the ward has not read yet
entry         the event log: facts in the order in which they were settled, append only
problem       what in a message could not be used
transition    changes of alerts, each name once
outbox        what is to be sent to whom, and how often that was tried
feed          counts and last receipt of each feed
unmapped      how often a feed sent a code or unit that no map knows
standing      single numbers: schema version, horizon
position      how far each tailed file has been read
"""

from opensepsis.errors import OutputError
from opensepsis.uses.ward.store.database import Database

VERSION = 1

TABLES = (
    """CREATE TABLE IF NOT EXISTS message (
        number {number} PRIMARY KEY, feed TEXT NOT NULL, form TEXT NOT NULL, key TEXT NOT NULL, digest {blob} NOT NULL,
        raw {blob} NOT NULL, received {number} NOT NULL, clash {number} NOT NULL, mends {number}, mended_by TEXT)""",
    "CREATE UNIQUE INDEX IF NOT EXISTS message_once ON message (feed, key, digest)",
    "CREATE INDEX IF NOT EXISTS message_mends ON message (mends) WHERE mends IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS unread (number {number} PRIMARY KEY)",
    """CREATE TABLE IF NOT EXISTS entry (
        number {number} PRIMARY KEY, message {number} NOT NULL, received {number} NOT NULL, patient TEXT NOT NULL,
        partner TEXT, fact TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS entry_patient ON entry (patient, number)",
    "CREATE INDEX IF NOT EXISTS entry_partner ON entry (partner, number) WHERE partner IS NOT NULL",
    """CREATE TABLE IF NOT EXISTS problem (
        message {number} NOT NULL, place {number} NOT NULL, kind TEXT NOT NULL, words TEXT NOT NULL, system TEXT NOT NULL,
        code TEXT NOT NULL, unit TEXT NOT NULL, PRIMARY KEY (message, place))""",
    "CREATE INDEX IF NOT EXISTS problem_dead ON problem (message) WHERE kind = 'dead'",
    """CREATE TABLE IF NOT EXISTS transition (
        number {number} PRIMARY KEY, name TEXT NOT NULL UNIQUE, patient TEXT NOT NULL, alert {number} NOT NULL,
        change TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS transition_patient ON transition (patient, alert, number)",
    """CREATE TABLE IF NOT EXISTS outbox (
        transition {number} NOT NULL, outlet TEXT NOT NULL, standing TEXT NOT NULL, tries {number} NOT NULL,
        again {number} NOT NULL, words TEXT NOT NULL, PRIMARY KEY (outlet, transition))""",
    "CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (outlet, again) WHERE standing = 'waiting'",
    """CREATE TABLE IF NOT EXISTS feed (
        name TEXT PRIMARY KEY, last {number} NOT NULL, messages {number} NOT NULL, duplicates {number} NOT NULL,
        clashes {number} NOT NULL, dead {number} NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS unmapped (
        feed TEXT NOT NULL, system TEXT NOT NULL, code TEXT NOT NULL, unit TEXT NOT NULL, kind TEXT NOT NULL,
        times {number} NOT NULL, PRIMARY KEY (feed, system, code, unit, kind))""",
    "CREATE TABLE IF NOT EXISTS standing (name TEXT PRIMARY KEY, value {number} NOT NULL)",
    """CREATE TABLE IF NOT EXISTS position (
        feed TEXT NOT NULL, file TEXT NOT NULL, mark TEXT NOT NULL, place {number} NOT NULL, line {number} NOT NULL,
        PRIMARY KEY (feed, file))""",
)


def make_tables(database: Database) -> None:
    """Makes what is not there; OutputError for a database of another version of opensepsis."""
    with database.transaction() as run:
        for statement in TABLES:
            run(statement)
        run(
            "INSERT INTO standing (name, value) VALUES ('schema', ?) ON CONFLICT (name) DO NOTHING",
            (VERSION,),
        )
        found = run("SELECT value FROM standing WHERE name = 'schema'")[0][0]
    if found != VERSION:
        raise OutputError(
            f"The ward's database has schema {found}; this opensepsis reads schema {VERSION}. Use a new one with --database."
        )
