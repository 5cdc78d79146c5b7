"""The ward as a function of (state, entries) of one patient: what comes out is the new state, as bytes, and the changes of alerts.

Merges are judged among the identifiers whose entries come here; the silence of feeds, which concerns all patients at once, is not.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.uses.ward.model.facts import Entry
from opensepsis.uses.ward.model.transitions import Transition
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.codec import filled, written
from opensepsis.uses.ward.state.monitored import Watched
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.state.ward import Ward

_OF_PATIENTS = frozenset(("patients",))
_LENGTH = 8  # bytes that tell the length of a part


@dataclass(frozen=True)
class Step:
    """What a step gives: changes of alerts, the state after it, and the moment (µs) at which it is to be looked at again, if any."""

    transitions: tuple[Transition, ...]
    state: bytes
    next_look: int | None


def take(
    state: bytes | None, entries: Iterable[Entry], until: int | None, watching: Watched, policy: AlertPolicy
) -> Step:
    """Takes in the entries of one patient, in their order, then runs what happens by itself up to `until` (µs).

    The patient may have several identifiers: a merge of two whose entries both come here is what it is in a ward.

    `state` is that of the step before, None at first; one of another version of the code or of the definitions may not be readable:
    begin then with None and the patient's log.

    >>> from opensepsis.uses.ward.state.monitored import watched
    >>> step = take(None, [], 0, watched(("news2",), (), ()), AlertPolicy())
    >>> step.transitions, step.next_look, take(step.state, [], 1, watched(("news2",), (), ()), AlertPolicy()).transitions
    ((), None, ())
    """
    ward = _read(state, watching, policy)
    told = ward.take(entries)
    if until is not None and until > ward.horizon:
        told = (*told, *ward.run_timers(until))
    return Step(told, _written(ward), ward.next_timer)


def _fresh(watching: Watched, policy: AlertPolicy) -> Patient:
    return Patient("", watching, to_microseconds(policy.rest_after))


def _read(state: bytes | None, watching: Watched, policy: AlertPolicy) -> Ward:
    ward = Ward(watching, policy)
    if not state:
        return ward
    whole, *patients = _parts(state)
    filled(ward, whole)
    read = [filled(_fresh(watching, policy), part) for part in patients]
    ward.patients = {patient.name: patient for patient in read}
    return ward


def _parts(state: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(state):
        end = at + _LENGTH + int.from_bytes(state[at : at + _LENGTH])
        yield state[at + _LENGTH : end]
        at = end


def _written(ward: Ward) -> bytes:
    whole = written(ward, Ward(ward.watching, ward.policy), _OF_PATIENTS)
    patients = [written(p, _fresh(ward.watching, ward.policy)) for p in ward.patients.values()]
    return b"".join(len(part).to_bytes(_LENGTH) + part for part in (whole, *patients))
