"""The tables of the ward. Times are microseconds (UTC), numbers count from 1 without gaps.

message       what came, as it came; refused and mended messages too
unread        the numbers of messages that the ward has not read yet
entry         the event log: facts in the order in which they were settled, append only
problem       what in a message could not be used
transition    changes of alerts, each name once
spoken        the last message that spoke of a FHIR resource without naming a version
outbox        what is to be sent to whom, and how often that was tried
feed          counts and last receipt of each feed
unmapped      how often a feed sent a code or unit that no map knows
standing      single numbers: schema version, horizon
position      how far each tailed file has been read
account, session, feed_token, reader_token, login_failure    users and feeds; `issuer` and `subject` name who signs on elsewhere
my_patient    whom each user follows, by the board's key
subscription, reader_subscription    the ward's Subscriptions at FHIR servers, those of others on its alerts, and how far each is
shared_feed    feeds whose numbers without an issuer were taken for one another's when schema 10 came: they are so on
older_space   what schema 10 called the patients of feeds whose numbers have no issuer: they are called so on (`older_spaces.py`)
parted_patient    patients who were one with another's until then
rule_change    rules of alerting as they were proposed, and who confirmed them
card, card_feedback    what record systems were given to show, and what their users made of it
emergency_access    who saw all wards for an hour, why, and who has looked at that
audit         a chained line for each view and act
secret        the ward's own secret
snapshot, snapshot_part    the state of the engine at an entry of the log, to begin from
lease         which ward runs on this database (made by `lease.py`)

A database is brought from one version to the next by `MIGRATIONS`: forward only, all of it or nothing. A new one takes the same
road from version 1, so that both end alike.
"""

import logging
from collections.abc import Callable

from opensepsis.errors import OutputError
from opensepsis.uses.ward.store import older_spaces
from opensepsis.uses.ward.store.database import Database
from opensepsis.uses.ward.store.messages import Run

logger = logging.getLogger("opensepsis.ward.store")

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
    """CREATE TABLE IF NOT EXISTS account (name TEXT PRIMARY KEY, role TEXT NOT NULL, wards TEXT, hash TEXT NOT NULL,
        failed {number} NOT NULL DEFAULT 0, locked_until {number} NOT NULL DEFAULT 0)""",
    """CREATE TABLE IF NOT EXISTS session (id TEXT PRIMARY KEY, name TEXT NOT NULL, token TEXT NOT NULL,
        began {number} NOT NULL, seen {number} NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS feed_token (feed TEXT PRIMARY KEY, hash TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS audit (number {number} PRIMARY KEY, time {number} NOT NULL, who TEXT NOT NULL,
        what TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL, before TEXT NOT NULL, hash TEXT NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)

MIGRATIONS: dict[int, tuple[str, ...]] = {
    2: (
        """CREATE TABLE login_failure (name TEXT NOT NULL, address TEXT NOT NULL, failed {number} NOT NULL,
            last {number} NOT NULL, locked_until {number} NOT NULL, PRIMARY KEY (name, address))""",
        "ALTER TABLE account DROP COLUMN failed",
        "ALTER TABLE account DROP COLUMN locked_until",
        """CREATE TABLE snapshot (number {number} PRIMARY KEY, version TEXT NOT NULL, entry {number} NOT NULL,
            horizon {number} NOT NULL, parts {number} NOT NULL, digest {blob} NOT NULL)""",
        """CREATE TABLE snapshot_part (snapshot {number} NOT NULL, name TEXT NOT NULL, digest {blob} NOT NULL,
            state {blob} NOT NULL, PRIMARY KEY (snapshot, name))""",
    ),
    3: (
        """CREATE TABLE spoken (feed TEXT NOT NULL, resource TEXT NOT NULL, message {number} NOT NULL,
            PRIMARY KEY (feed, resource))""",
    ),
    4: (
        "ALTER TABLE account ADD COLUMN issuer TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE account ADD COLUMN subject TEXT NOT NULL DEFAULT ''",
        "CREATE UNIQUE INDEX account_of_provider ON account (issuer, subject) WHERE issuer <> ''",
        """CREATE TABLE emergency_access (number {number} PRIMARY KEY, name TEXT NOT NULL, reason TEXT NOT NULL,
            began {number} NOT NULL, until {number} NOT NULL, reviewed_by TEXT, reviewed {number})""",
        "CREATE INDEX emergency_access_of ON emergency_access (name, until)",
    ),
    5: (
        """CREATE TABLE card (uuid TEXT PRIMARY KEY, service TEXT NOT NULL, patient TEXT NOT NULL, alert {number} NOT NULL,
            caller TEXT NOT NULL, time {number} NOT NULL)""",
        """CREATE TABLE card_feedback (card TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, comment TEXT NOT NULL,
            time {number} NOT NULL, PRIMARY KEY (card, time, outcome))""",
    ),
    6: ("CREATE TABLE reader_token (reader TEXT PRIMARY KEY, hash TEXT NOT NULL)",),
    7: ("CREATE TABLE my_patient (name TEXT NOT NULL, patient TEXT NOT NULL, PRIMARY KEY (name, patient))",),
    8: (
        """CREATE TABLE subscription (name TEXT PRIMARY KEY, server TEXT NOT NULL, topic TEXT NOT NULL, remote TEXT NOT NULL,
            digest TEXT NOT NULL, number {number} NOT NULL, heard {number} NOT NULL, complete {number} NOT NULL,
            UNIQUE (server, topic))""",
        """CREATE TABLE reader_subscription (name TEXT PRIMARY KEY, reader TEXT NOT NULL, said TEXT NOT NULL, status TEXT NOT NULL,
            begun {number} NOT NULL, told {number} NOT NULL, number {number} NOT NULL, tries {number} NOT NULL,
            again {number} NOT NULL, sent {number} NOT NULL)""",
    ),
    9: (
        """CREATE TABLE rule_change (number {number} PRIMARY KEY, said TEXT NOT NULL, reason TEXT NOT NULL, proposed_by TEXT NOT NULL,
            proposed {number} NOT NULL, decided_by TEXT, decided {number}, decision TEXT)""",
    ),
}
MIGRATIONS[10] = (
    "CREATE TABLE shared_feed (name TEXT PRIMARY KEY)",
    # who is on the board keeps the name by which they are known
    """INSERT INTO shared_feed (name) SELECT DISTINCT m.feed FROM entry e JOIN message m ON m.number = e.message
        WHERE m.form = 'hl7' AND substr(e.patient, 1, 1) = '|'""",
)
MIGRATIONS[11] = older_spaces.TABLES
MIGRATIONS[12] = ()  # the addresses of other servers are told from systems of identifiers
FILLED: dict[int, Callable[[Run], None]] = {
    11: older_spaces.note_older_spaces,
    12: older_spaces.judge_addresses,
}
VERSION = max(MIGRATIONS)


def make_tables(database: Database) -> None:
    """Makes what is not there and brings an older database up to date; OutputError for one of a newer opensepsis."""
    with database.transaction() as run:
        for statement in TABLES:
            run(statement)
        run("INSERT INTO standing (name, value) VALUES ('schema', 1) ON CONFLICT (name) DO NOTHING")
        found = run("SELECT value FROM standing WHERE name = 'schema'")[0][0]
        if found > VERSION:
            raise OutputError(
                f"The ward's database has schema {found}, of a newer opensepsis; this version reads schemas up to {VERSION}. "
                "Install the newer version, or use another database."
            )
        steps = range(found + 1, VERSION + 1)
        for step in steps:
            for statement in MIGRATIONS[step]:
                run(statement)
            if step in FILLED:
                FILLED[step](run)
        if steps:
            run("UPDATE standing SET value = ? WHERE name = 'schema'", (VERSION,))
    if steps:
        logger.info("The database was brought from schema %d to schema %d.", found, VERSION)
