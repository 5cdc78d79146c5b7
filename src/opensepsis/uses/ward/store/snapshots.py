"""Snapshots of the engine's state: parts written one by one, whole when their list is there, checked by digest when read."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import sha256
from zlib import compress, decompress, error

from opensepsis.uses.ward.store.database import Database
from opensepsis.uses.ward.store.messages import chunks

FAST = 1  # of zlib: the state of a patient becomes a fifth
PAGE = 200


@dataclass(frozen=True)
class Snapshot:
    """The state after an entry of the log. `version` names the code and the policy that made it."""

    number: int
    version: str
    entry: int
    horizon: int
    parts: int
    digest: bytes


class Damaged(Exception):
    """A snapshot is not what was written."""


def next_number(database: Database) -> int:
    """A number for a new snapshot; what is left of one that was never finished is taken away."""
    with database.transaction() as run:
        last = run("SELECT coalesce(max(number), 0) FROM snapshot")[0][0]
        run("DELETE FROM snapshot_part WHERE snapshot > ?", (last,))
        return last + 1


def write_parts(database: Database, number: int, parts: dict[str, bytes]) -> dict[str, bytes]:
    """Writes parts of a snapshot in one transaction; their digests by name."""
    rows = [(number, name, sha256(state).digest(), compress(state, FAST)) for name, state in parts.items()]
    with database.transaction() as run:
        for row in rows:
            run("INSERT INTO snapshot_part (snapshot, name, digest, state) VALUES (?, ?, ?, ?)", row)
    return {name: digest for _, name, digest, _ in rows}


def finish(
    database: Database,
    number: int,
    version: str,
    entry: int,
    horizon: int,
    digests: dict[str, bytes],
    stale: Collection[str] | None = None,
) -> None:
    """From now on this is the snapshot to begin from. Earlier ones go, but for the parts that are not `stale`; None: all are."""
    with database.transaction() as run:
        row = (number, version, entry, horizon, len(digests), _digest(digests))
        run(
            "INSERT INTO snapshot (number, version, entry, horizon, parts, digest) VALUES (?, ?, ?, ?, ?, ?)",
            row,
        )
        run("DELETE FROM snapshot WHERE number <> ?", (number,))
        if stale is None:
            run("DELETE FROM snapshot_part WHERE snapshot <> ?", (number,))
        for some in chunks(sorted(stale or ())):
            marks = ", ".join("?" * len(some))
            run(f"DELETE FROM snapshot_part WHERE snapshot <> ? AND name IN ({marks})", (number, *some))


def newest(database: Database, version: str) -> Snapshot | None:
    """The snapshot of this version, if there is one."""
    rows = database.rows(
        """SELECT number, version, entry, horizon, parts, digest FROM snapshot
           WHERE version = ? ORDER BY number DESC LIMIT 1""",
        (version,),
    )
    if not rows:
        return None
    number, version, entry, horizon, parts, digest = rows[0]
    return Snapshot(number, version, entry, horizon, parts, bytes(digest))


def read_parts(database: Database, snapshot: Snapshot) -> Iterator[tuple[str, bytes, bytes]]:
    """Name, digest and state of every part; Damaged when one is not what was written or is not there."""
    digests: dict[str, bytes] = {}
    after = ""
    while rows := database.rows(
        f"""SELECT name, digest, state FROM snapshot_part WHERE snapshot <= ? AND name > ?
            ORDER BY name LIMIT {PAGE}""",
        (snapshot.number, after),
    ):
        for name, kept, packed in rows:
            try:
                state = decompress(packed)
            except error as problem:
                raise Damaged from problem
            digest = sha256(state).digest()
            if digest != bytes(kept) or name in digests:
                raise Damaged
            digests[name] = digest
            yield name, digest, state
        after = rows[-1][0]
    if len(digests) != snapshot.parts or _digest(digests) != snapshot.digest:
        raise Damaged


def _digest(digests: dict[str, bytes]) -> bytes:
    return sha256(b"".join(name.encode() + kept for name, kept in sorted(digests.items()))).digest()
