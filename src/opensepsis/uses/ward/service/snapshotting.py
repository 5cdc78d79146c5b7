"""The engine's state is written as snapshots while the ward goes on, and read when it begins.

A snapshot is of one moment: whoever changes after it and was not written yet is written first, as they were. Only those who have
changed since the snapshot before are written again.
"""

import logging
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from time import monotonic

from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.uses.ward.state.codec import filled, written, written_in_pieces
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.state.shared_moments import share_moments
from opensepsis.uses.ward.state.ward import Ward
from opensepsis.uses.ward.store import snapshots
from opensepsis.uses.ward.store.database import Database

logger = logging.getLogger("opensepsis.ward.engine")
WHOLE_WARD = "ward"  # the part that is no patient's
OF_PATIENTS = frozenset(("patients",))
SLICE = 0.05  # seconds of the engine's time in one round


@cache
def _code() -> bytes:
    """A digest of everything that makes the state what it is: the code and lists of this installation."""
    folder = Path(__file__).parents[3]
    found = sha256()
    for path in sorted((*folder.rglob("*.py"), *folder.rglob("*.csv"))):
        found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return found.digest()


def version_of(ward: Ward) -> str:
    """What a snapshot must have been made by to be read: this code, what is watched, the policy and the feeds' limits."""
    return _version(ward.watching, ward.policy, tuple(sorted(ward.feeds.limits.items())))


@cache
def _version(*about) -> str:
    return sha256(_code() + _said(about).encode()).hexdigest()


def _said(value: object, before: dict[int, str] | None = None) -> str:
    """A value in words that are the same in every process: sets and dictionaries in order.

    `before`: what was said of dataclasses that were met before, by identity.

    >>> _said({"b": frozenset("ba"), "a": 1})
    "{'a': 1, 'b': {'a', 'b'}}"
    """
    before = {} if before is None else before
    if is_dataclass(value) and not isinstance(value, type):
        if id(value) not in before:
            parts = (f"{field.name}={_said(getattr(value, field.name), before)}" for field in fields(value))
            before[id(value)] = f"{type(value).__name__}({', '.join(parts)})"
        return before[id(value)]
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(_said(one, before) for one in value)) + "}"
    if isinstance(value, dict):
        said = (f"{_said(k, before)}: {_said(v, before)}" for k, v in value.items())
        return "{" + ", ".join(sorted(said)) + "}"
    if isinstance(value, list | tuple):
        return "(" + ", ".join(_said(one, before) for one in value) + ")"
    return value.__qualname__ if callable(value) else repr(value)


class Snapshots:
    """The snapshots of one ward: of whom the last one has what is so now, and the one that is being written.

    `last` is the snapshot that the ward was read from, with the digests of its parts.
    """

    def __init__(
        self,
        database: Database,
        ward: Ward,
        last: snapshots.Snapshot | None = None,
        digests: dict[str, bytes] | None = None,
    ):
        self.database, self.ward = database, ward
        self.writing = False
        self._number = last.number if last else 0
        self._digests = digests or {}
        self._from_bytes = set(ward.patients) if last else set()  # and not written again since
        self._failure: Exception | None = None
        self._changed: set[str] = set()  # since the last snapshot was begun
        self._waiting: dict[str, None] = {}
        self._ready: dict[str, bytes] = {}
        self._at, self._pieces = "", iter(())  # the patient who is being written, and what is still to come
        self._said: list[bytes] = []
        self._fresh = _fresh(ward)
        ward.before_change = self._before_change

    def begin(self, entry: int) -> None:
        """Begins a snapshot of the state as it is, which is all on disk; `go_on` until `writing` is over."""
        ward = self.ward
        self._entry, self._horizon = entry, ward.horizon
        number = snapshots.next_number(self.database)
        if number != self._number + 1:  # the last one is not there any more
            self._digests = {}
        self._number = number
        empty = Ward(ward.watching, ward.policy, ward.recall, ward.feeds.limits)
        self._ready = {WHOLE_WARD: written(ward, empty, OF_PATIENTS)}
        self._here = {_part_of(name): name for name in ward.patients}
        old = self._digests.keys()
        self._waiting = {n: None for part, n in self._here.items() if part not in old or n in self._changed}
        self._changed, self._written, self.writing = set(), {}, True
        self._at = ""

    def _before_change(self, patient: Patient) -> None:
        self._changed.add(patient.name)
        try:
            if patient.name in self._waiting:
                del self._waiting[patient.name]
                self._ready[_part_of(patient.name)] = written(patient, self._fresh)
            while patient.name == self._at:
                self._write_on()
        except Exception as problem:  # the message that comes now must not suffer for it
            self._failure, self._waiting, self._at = problem, {}, ""

    def _write_on(self) -> None:
        """Writes the next piece of a patient; after the last nobody is being written."""
        if piece := next(self._pieces, b""):
            self._said.append(piece)
        else:
            self._ready[_part_of(self._at)] = b"".join(self._said)
            self._at = ""

    def _begin_next(self) -> None:
        self._at = next(iter(self._waiting))
        del self._waiting[self._at]
        patient = self.ward.patients[self._at]
        if self._at in self._from_bytes:  # here, so that no restart waits for it
            self._from_bytes.remove(self._at)
            share_moments(patient)
        self._pieces, self._said = written_in_pieces(patient, self._fresh), []

    def go_on(self) -> None:
        """Writes a few more patients, or a part of a large one; the last call makes it the snapshot to begin from."""
        end = monotonic() + SLICE
        if self._failure:
            raise self._failure
        while self._waiting or self._at:
            if not self._at:
                self._begin_next()
            self._write_on()
            if monotonic() >= end:
                break
        ready, self._ready = self._ready, {}
        self._written |= snapshots.write_parts(self.database, self._number, ready)
        if not self._waiting and not self._at:
            self._finish()

    def _finish(self) -> None:
        kept = {part: digest for part, digest in self._digests.items() if part in self._here}
        digests = kept | self._written
        stale = self._written.keys() | (self._digests.keys() - digests.keys()) if self._digests else None
        ended = self._number, version_of(self.ward), self._entry, self._horizon
        snapshots.finish(self.database, *ended, digests, stale)
        self._digests, self.writing = digests, False


def _part_of(patient: str) -> str:
    """The name of a patient's part."""
    return sha256(patient.encode("utf-8", "surrogatepass")).hexdigest()


def _fresh(ward: Ward) -> Patient:
    return Patient("", ward.watching, to_microseconds(ward.policy.rest_after))


def read_snapshot(
    database: Database, make: Callable[[], Ward], go_on: Callable[[], bool] = lambda: True
) -> tuple[Ward, snapshots.Snapshot | None, dict[str, bytes]]:
    """A ward from the newest snapshot of its version, that snapshot, and the digests of its parts.

    An empty ward and None where there is no snapshot that can be used, or `go_on` says no: then the log is read from its beginning.
    """
    ward = make()
    found = snapshots.newest(database, version_of(ward))
    if found is None:
        return ward, None, {}
    digests: dict[str, bytes] = {}
    try:
        patients: dict[str, Patient] = {}
        for name, digest, state in snapshots.read_parts(database, found):
            if not go_on():
                return make(), None, {}
            digests[name] = digest
            if name == WHOLE_WARD:
                filled(ward, state)
            else:
                patient = filled(_fresh(ward), state)
                patients[patient.name] = patient
    except Exception as problem:  # whatever is wrong with it, the log has everything
        why = type(problem).__name__
        logger.warning("The snapshot cannot be used (%s); the log is read from its beginning.", why)
        return make(), None, {}
    ward.patients = patients
    return ward, found, digests
