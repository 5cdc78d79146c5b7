"""Somebody who was discharged and has vital signs since: they may be here, and nobody is alerted."""

from collections.abc import Callable, Iterable

from opensepsis.data.decode.patient_names import parts_of
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.uses.ward.model.views import LeftView
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.patient import Patient


def left_views(
    patients: Iterable[Patient], key_of: Callable[[str], str], now: int, policy: AlertPolicy
) -> tuple[LeftView, ...]:
    """Those of some patients, who left first before the others."""
    found = (_left_view(patient, key_of, now, policy) for patient in patients)
    return tuple(sorted((one for one in found if one), key=lambda one: one.left))


def _left_view(
    patient: Patient, key_of: Callable[[str], str], now: int, policy: AlertPolicy
) -> LeftView | None:
    """Of a patient who was discharged and whose vital signs were measured since, and not only at once; None for all others."""
    left, last = patient.visit.discharged if patient.visit else None, patient.since_leaving.vital_sign
    if left is None or last is None or last < left + to_microseconds(policy.left_after):
        return None
    if last <= now - to_microseconds(policy.stale_vitals):
        return None
    return LeftView(key_of(patient.name), parts_of(patient.name)[1], left, last)
