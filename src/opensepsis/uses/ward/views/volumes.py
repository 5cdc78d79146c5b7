"""Values that are too often too low to be what they are charted as, over all patients at hand."""

from collections.abc import Iterable

from opensepsis.data.intake.marks import low_volumes
from opensepsis.definitions.concepts.marks import VOLUMES
from opensepsis.uses.ward.state.patient import Patient


def low_in_ward(patients: Iterable[Patient]) -> tuple[str, ...]:
    """What to say of them, as `label` does of a source: counts only, nothing of a patient."""
    charts = [patient.bedside.chart.series for patient in patients]
    came = {name: [v for series in charts if name in series for v in series[name].values] for name in VOLUMES}
    return tuple(low_volumes(came))
