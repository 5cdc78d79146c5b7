"""The engine's state is written as a snapshot while the ward goes on, and read when it begins.

A snapshot is of one moment: whoever changes after it and was not written yet is written first, as they were.
"""

import logging
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from time import monotonic

from opensepsis.engine.semantics.time import micro
from opensepsis.uses.ward.state.codec import filled, written
from opensepsis.uses.ward.state.patient import Patient
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
    said = repr((ward.watching, ward.policy, sorted(ward.feeds.limits.items())))
    return sha256(_code() + said.encode()).hexdigest()


class Snapshotting:
    """A snapshot being written of a ward whose state is all on disk; `go_on` until it is `finished`."""

    def __init__(self, database: Database, ward: Ward, entry: int):
        self.database, self.ward, self.entry, self.horizon = database, ward, entry, ward.horizon
        self.number = snapshots.next_number(database)
        self.finished = False
        self._failure: Exception | None = None
        self._waiting = dict.fromkeys(ward.patients)
        self._fresh = _fresh(ward)
        empty = Ward(ward.watching, ward.policy, ward.recall, ward.feeds.limits)
        self._ready = {WHOLE_WARD: written(ward, empty, OF_PATIENTS)}
        self._digests: dict[str, bytes] = {}
        ward.before_change = self._before_change

    def _before_change(self, patient: Patient) -> None:
        if patient.name in self._waiting:
            del self._waiting[patient.name]
            name = sha256(patient.name.encode("utf-8", "surrogatepass")).hexdigest()
            try:
                self._ready[name] = written(patient, self._fresh)
            except Exception as problem:  # the message that comes now must not suffer for it
                self._failure = problem
                self.drop()

    def go_on(self) -> None:
        """Writes a few more patients; the last call makes it the snapshot to begin from."""
        end = monotonic() + SLICE
        while self._waiting and not self._failure and monotonic() < end:
            self._before_change(self.ward.patients[next(iter(self._waiting))])
        if self._failure:
            raise self._failure
        ready, self._ready = self._ready, {}
        self._digests |= snapshots.write_parts(self.database, self.number, ready)
        if not self._waiting:
            version = version_of(self.ward)
            snapshots.finish(self.database, self.number, version, self.entry, self.horizon, self._digests)
            self.finished = True
            self.drop()

    def drop(self) -> None:
        """Writes no more."""
        self.ward.before_change = None


def _fresh(ward: Ward) -> Patient:
    return Patient("", ward.watching, micro(ward.policy.rest_after))


def read_snapshot(
    database: Database, make: Callable[[], Ward], go_on: Callable[[], bool] = lambda: True
) -> tuple[Ward, int]:
    """A ward from the newest snapshot of its version, and the entry of the log up to which it has come.

    An empty ward and 0 where there is no snapshot that can be used, or `go_on` says no: then the log is read from its beginning.
    """
    ward = make()
    found = snapshots.newest(database, version_of(ward))
    if found is None:
        return ward, 0
    try:
        patients: dict[str, Patient] = {}
        for name, state in snapshots.read_parts(database, found):
            if not go_on():
                return make(), 0
            if name == WHOLE_WARD:
                filled(ward, state)
            else:
                patient = filled(_fresh(ward), state)
                patients[patient.name] = patient
    except Exception as problem:  # whatever is wrong with it, the log has everything
        why = type(problem).__name__
        logger.warning("The snapshot cannot be used (%s); the log is read from its beginning.", why)
        return make(), 0
    ward.patients = patients
    return ward, found.entry
