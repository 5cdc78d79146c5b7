"""Messages: kept once, in order, with a receipt time that never goes back. Each function runs inside one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from opensepsis.data.decode.facts import Problem
from opensepsis.uses.ward.model.messages import AGAIN, Arrival, Kept, Message

Run = Callable[..., list[tuple]]
LONGEST_KEY = 500  # an index row of PostgreSQL holds no more than 2,700 bytes
AT_ONCE = 500  # rows in one statement
COLUMNS = "number, feed, form, key, raw, received"


@dataclass(frozen=True)
class Refused(Arrival):
    """An arrival that its receiver refused: kept as a dead letter, never read. It can be mended like any other."""

    problem: Problem


def clean(text: str) -> str:
    """Text that every database takes: no zero character, nothing that is no UTF-8."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def short_key(key: str) -> str:
    """A key as it is stored: a very long one by its beginning and its hash."""
    key = clean(key)
    if len(key.encode()) <= LONGEST_KEY:
        return key
    return key[:80] + "|" + sha256(key.encode()).hexdigest()


def places(rows: Sequence, width: int) -> str:
    """`(?, ?), (?, ?)` for so many rows."""
    return ", ".join(["(" + ", ".join("?" * width) + ")"] * len(rows))


def chunks(rows: Sequence) -> list[Sequence]:
    """The rows in pieces that fit into one statement."""
    return [rows[i : i + AT_ONCE] for i in range(0, len(rows), AT_ONCE)]


def flat(rows: Sequence[Sequence]) -> tuple:
    """The values of all rows, one after another."""
    return tuple(value for row in rows for value in row)


def keep(run: Run, arrivals: Sequence[Arrival], earliest: int) -> list[Kept]:
    """What became of each arrival. New ones get the next numbers; none is received before `earliest` or an earlier one."""
    named = [(arrival.feed, short_key(arrival.key), arrival.digest) for arrival in arrivals]
    known = _known(run, named)
    keys = {name[:2] for name in known}
    number, last = _last(run)
    last = max(last, earliest)
    kept, new, counts = [], [], {}
    for arrival, name in zip(arrivals, named, strict=True):
        last = max(last, arrival.received)
        if name in known and arrival.may_return:
            name = _returned(run, arrival, name, new)
        if name in known:
            kept.append(Kept(known[name], duplicate=True))
        else:
            number += 1
            kept.append(Kept(number, clash=name[:2] in keys))
            known[name] = number
            keys.add(name[:2])
            new.append((arrival, name, kept[-1], last))
        counted = counts.setdefault(arrival.feed, [0, 0, 0, 0, 0])
        counted[0] = last
        counted[1] += not kept[-1].duplicate
        counted[2] += kept[-1].duplicate
        counted[3] += kept[-1].clash
        counted[4] += isinstance(arrival, Refused) and not kept[-1].duplicate
    _write(run, new)
    _count(run, counts)
    return kept


def _returned(run: Run, arrival: Arrival, name: tuple[str, str, bytes], new: Sequence[tuple]) -> tuple:
    """The name of what was kept before and is said again: another one where something else was said of it since."""
    feed, key, digest = name
    again = key + AGAIN
    found = run(
        "SELECT number, digest FROM message WHERE feed = ? AND (key = ? OR (key >= ? AND key < ?)) ORDER BY number DESC LIMIT 1",
        (feed, key, again, again + "~"),
    )
    number, last = (found[0][0], bytes(found[0][1])) if found else (0, digest)
    spoken = _last_spoken(run, feed, arrival.resources)
    for one, other, kept, _ in new:
        if other[0] == feed and (other[1] == key or other[1].startswith(again)):
            number, last = kept.number, other[2]
        if other[0] == feed and not set(one.resources).isdisjoint(arrival.resources):
            spoken = kept.number
    return name if last == digest and spoken <= number else (feed, f"{again}{max(number, spoken)}", digest)


def _last_spoken(run: Run, feed: str, resources: Sequence[str]) -> int:
    """The last message of a feed that spoke of one of these resources; 0 for none."""
    last = 0
    for some in chunks([short_key(name) for name in resources]):
        marks = ", ".join("?" * len(some))
        query = f"SELECT max(message) FROM spoken WHERE feed = ? AND resource IN ({marks})"
        last = max(last, run(query, (feed, *some))[0][0] or 0)
    return last


def _note_spoken(run: Run, new: list[tuple[Arrival, tuple, Kept, int]]) -> None:
    spoken = {
        (arrival.feed, short_key(resource)): kept.number
        for arrival, _, kept, _ in new
        for resource in arrival.resources
    }
    for some in chunks([(*name, number) for name, number in spoken.items()]):
        run(
            "INSERT INTO spoken (feed, resource, message) VALUES "
            + places(some, 3)
            + " ON CONFLICT (feed, resource) DO UPDATE SET message = excluded.message",
            flat(some),
        )


def _known(run: Run, named: list[tuple[str, str, bytes]]) -> dict[tuple[str, str, bytes], int]:
    """The numbers of what was kept before under the keys of these arrivals."""
    by_feed: dict[str, list[str]] = {}
    for feed, key, _ in named:
        by_feed.setdefault(feed, []).append(key)
    known = {}
    for feed, keys in by_feed.items():
        for some in chunks(keys):
            marks = ", ".join("?" * len(some))
            query = f"SELECT key, digest, number FROM message WHERE feed = ? AND key IN ({marks})"
            for key, digest, number in run(query, (feed, *some)):
                known[feed, key, bytes(digest)] = number
    return known


def _last(run: Run) -> tuple[int, int]:
    found = run("SELECT number, received FROM message ORDER BY number DESC LIMIT 1")
    return found[0] if found else (0, 0)


def _write(run: Run, new: list[tuple[Arrival, tuple, Kept, int]]) -> None:
    rows = [
        (kept.number, name[0], arrival.form, name[1], name[2], arrival.raw, received, int(kept.clash))
        for arrival, name, kept, received in new
    ]
    for some in chunks(rows):
        run(
            "INSERT INTO message (number, feed, form, key, digest, raw, received, clash) VALUES "
            + places(some, 8),
            flat(some),
        )
    refused = [(kept.number, arrival.problem) for arrival, _, kept, _ in new if isinstance(arrival, Refused)]
    dead = {number for number, _ in refused}
    to_read = [(kept.number,) for _, _, kept, _ in new if kept.number not in dead]
    for some in chunks(to_read):
        run("INSERT INTO unread (number) VALUES " + places(some, 1), flat(some))
    write_problems(run, refused)
    _note_spoken(run, new)


def write_problems(run: Run, problems: Sequence[tuple[int, Problem]]) -> None:
    """Problems by message number, in the order given."""
    places_taken: dict[int, int] = {}
    rows = []
    for number, said in problems:
        place = places_taken[number] = places_taken.get(number, 0) + 1
        words = (said.kind, said.words, said.system, said.code, said.unit)
        rows.append((number, place, *map(clean, words)))
    for some in chunks(rows):
        run(
            "INSERT INTO problem (message, place, kind, words, system, code, unit) VALUES " + places(some, 7),
            flat(some),
        )


def _count(run: Run, counts: dict[str, list[int]]) -> None:
    for feed, counted in counts.items():
        run(
            """INSERT INTO feed (name, last, messages, duplicates, clashes, dead) VALUES (?, ?, ?, ?, ?, ?)
               ON CONFLICT (name) DO UPDATE SET last = excluded.last, messages = feed.messages + excluded.messages,
               duplicates = feed.duplicates + excluded.duplicates, clashes = feed.clashes + excluded.clashes,
               dead = feed.dead + excluded.dead""",
            (feed, *counted),
        )


def as_message(row: tuple) -> Message:
    """A message of a row of COLUMNS."""
    number, feed, form, key, raw, received = row
    return Message(
        number, feed, form, key, bytes(raw or b""), received
    )  # SQLite cuts an empty one to nothing


def reprocess(run: Run, number: int, raw: bytes, by: str, received: int, earliest: int) -> Kept | None:
    """Keeps a mended dead letter as a new message linked to the old one; None where there is no open one.

    Mending again with the same content gives the same message.
    """
    found = run(f"SELECT {COLUMNS} FROM message WHERE number = ?", (number,))
    dead = run("SELECT 1 FROM problem WHERE message = ? AND kind = 'dead'", (number,))
    if not found or not dead:
        return None
    old = as_message(found[0])
    arrival = Arrival(old.feed, old.form, f"{old.key}|mended {number}", raw, received)
    before = run("SELECT number, digest FROM message WHERE mends = ?", (number,))
    if before:
        same = bytes(before[0][1]) == arrival.digest
        return Kept(before[0][0], duplicate=True) if same else None
    kept = keep(run, [arrival], earliest)[0]
    run("UPDATE message SET mends = ?, mended_by = ? WHERE number = ?", (number, clean(by), kept.number))
    run("UPDATE feed SET dead = dead - 1 WHERE name = ?", (old.feed,))
    return kept
