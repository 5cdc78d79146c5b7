"""What came of messages: log, problems, alerts and what is to be sent, in one transaction with the messages marked as read."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import orjson

from opensepsis.errors import OutputError
from opensepsis.uses.ward.model.facts import Entry, Merged, packed, unpacked
from opensepsis.uses.ward.model.transitions import AlertState, Problem, Settled, Transition
from opensepsis.uses.ward.store.database import Database
from opensepsis.uses.ward.store.messages import Run, chunks, clean, flat, places, write_problems
from opensepsis.uses.ward.store.older_origins import in_words_of_today

PAGE = 1000

TOLD = frozenset(AlertState) - {AlertState.SILENT, AlertState.SUPPRESSED, AlertState.WATCH}


@dataclass(frozen=True)
class AlertRoute:
    """Someone who is told of alerts, by name; `states` are the changes that go there (all but silent ones and watches)."""

    name: str
    states: frozenset[AlertState] = TOLD


def settle(run: Run, settled: Settled, outlets: Sequence[AlertRoute]) -> None:
    """Writes it all; OutputError when one of the messages was read before: then another ward uses the database."""
    _mark_as_read(run, settled.messages)
    _write_log(run, settled.entries)
    write_problems(run, settled.problems)
    _count_problems(run, settled.problems)
    _write_transitions(run, settled.transitions, outlets)
    run(
        """INSERT INTO standing (name, value) VALUES ('horizon', ?)
           ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE excluded.value > standing.value""",
        (settled.horizon,),
    )


def _mark_as_read(run: Run, messages: Sequence[int]) -> None:
    for some in chunks(messages):
        marks = ", ".join("?" * len(some))
        read = run(f"DELETE FROM unread WHERE number IN ({marks}) RETURNING number", tuple(some))
        if len(read) != len(some):
            raise OutputError(
                "Messages were read twice: another ward uses this database. Stop it, or use another --database."
            )


def _write_log(run: Run, entries: Sequence[Entry]) -> None:
    rows = []
    for entry in entries:
        partner = clean(entry.fact.old) if isinstance(entry.fact, Merged) else None
        patient = clean(entry.fact.patient)
        rows.append(
            (entry.number, entry.message, entry.received, patient, partner, packed(entry.fact).decode())
        )
    for some in chunks(rows):
        run(
            "INSERT INTO entry (number, message, received, patient, partner, fact) VALUES " + places(some, 6),
            flat(some),
        )


def _count_problems(run: Run, problems: Sequence[tuple[int, Problem]]) -> None:
    if not problems:
        return
    feeds = {}
    for some in chunks(sorted({number for number, _ in problems})):
        marks = ", ".join("?" * len(some))
        feeds |= dict(run(f"SELECT number, feed FROM message WHERE number IN ({marks})", tuple(some)))
    dead: dict[str, set[int]] = {}
    counts: dict[tuple[str, ...], int] = {}
    for number, said in problems:
        if said.kind == "dead":
            dead.setdefault(feeds[number], set()).add(number)
        elif said.code or said.unit:
            name = (feeds[number], *map(clean, (said.system, said.code, said.unit, said.kind)))
            counts[name] = counts.get(name, 0) + 1
    for feed, numbers in dead.items():
        run("UPDATE feed SET dead = dead + ? WHERE name = ?", (len(numbers), feed))
    for name, times in counts.items():
        run(
            """INSERT INTO unmapped (feed, system, code, unit, kind, times) VALUES (?, ?, ?, ?, ?, ?)
               ON CONFLICT (feed, system, code, unit, kind) DO UPDATE SET times = unmapped.times + excluded.times""",
            (*name, times),
        )


def _write_transitions(run: Run, transitions: Sequence[Transition], outlets: Sequence[AlertRoute]) -> None:
    if not transitions:
        return
    number = run("SELECT coalesce(max(number), 0) FROM transition")[0][0]
    for transition in transitions:
        names = (clean(transition.name), clean(transition.patient), transition.alert)
        row = (number + 1, *names, packed_transition(transition))
        written = run(
            """INSERT INTO transition (number, name, patient, alert, change) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (name) DO NOTHING RETURNING number""",
            row,
        )
        if not written:
            continue
        number += 1
        told = [outlet.name for outlet in outlets if _is_told(transition, outlet)]
        for outlet in told:
            run(
                "INSERT INTO outbox (transition, outlet, standing, tries, again, words) VALUES (?, ?, 'waiting', 0, 0, '')",
                (number, outlet),
            )


def _is_told(transition: Transition, outlet: AlertRoute) -> bool:
    """Whether an outlet hears of a change: what it was called for, and that the call has been suppressed since."""
    hushed = transition.state is AlertState.SUPPRESSED and AlertState.ALERT in outlet.states
    if transition.state in TOLD or hushed:
        return transition.spoken and (hushed or transition.state in outlet.states)
    return transition.state in outlet.states


def packed_transition(transition: Transition) -> str:
    """A transition as one line of JSON."""
    return orjson.dumps(asdict(transition)).decode()


def unpacked_transition(line: str) -> Transition:
    """The transition of a stored line."""
    said = orjson.loads(line)
    said["state"] = AlertState(said["state"])
    said["reasons"], said["evidence"] = tuple(said["reasons"]), tuple(said["evidence"])
    for side in ("merged_into", "replaces"):
        said[side] = tuple(said[side]) if said.get(side) else None
    return Transition(**said)


def transitions(database: Database, patient: str | None, after: int) -> Iterator[Transition]:
    """The changes of alerts as they were written, without the first `after`; of one patient if named."""
    mine, who = ("AND patient = ?", (clean(patient),)) if patient is not None else ("", ())
    while True:
        rows = database.rows(
            f"SELECT number, change FROM transition WHERE number > ? {mine} ORDER BY number LIMIT {PAGE}",
            (after, *who),
        )
        for number, line in rows:
            yield unpacked_transition(line)
            after = number
        if len(rows) < PAGE:
            return


def log(database: Database, patients: Sequence[str] | None, after: int) -> Iterator[Entry]:
    """The event log in order; of these patients only, with every merge that one of them is part of."""
    chosen, who = "", ()
    if patients is not None:
        who = tuple(clean(patient) for patient in patients)
        marks = ", ".join("?" * len(who)) or "NULL"
        chosen = f"""AND e.number IN (SELECT number FROM entry WHERE patient IN ({marks})
                     UNION SELECT number FROM entry WHERE partner IN ({marks}))"""
    while True:
        rows = database.rows(
            f"""SELECT e.number, e.message, e.received, e.fact, m.feed, m.form FROM entry e JOIN message m ON m.number = e.message
                WHERE e.number > ? {chosen} ORDER BY e.number LIMIT {PAGE}""",
            (after, *who, *who),
        )
        for number, message, received, line, feed, form in rows:
            yield Entry(number, message, received, in_words_of_today(unpacked(line), form, feed), feed)
            after = number
        if len(rows) < PAGE:
            return


def kin(database: Database, patient: str) -> frozenset[str]:
    """Every identifier that was ever merged with this one, directly or over others, undone merges too."""
    found, new = {clean(patient)}, {clean(patient)}
    while new:
        marks = ", ".join("?" * len(new))
        pairs = database.rows(
            f"""SELECT patient, partner FROM entry WHERE partner IS NOT NULL AND patient IN ({marks})
                UNION SELECT patient, partner FROM entry WHERE partner IN ({marks})""",
            (*new, *new),
        )
        new = {one for pair in pairs for one in pair} - found
        found |= new
    return frozenset(found)
