"""Signals of what is seen, heard and told at the bedside, each as long as the last entry is valid."""

from datetime import timedelta

from opensepsis.definitions.concepts import signs, support, vitals
from opensepsis.definitions.signals.carried import current, systolic_pressure
from opensepsis.definitions.signals.kidney import urine_6h as urine_6h
from opensepsis.rules import Concept, Condition, Linear, Plus, Running, days

behaviour = current(signs.BEHAVIOUR)
hours_without_urine = current(signs.HOURS_WITHOUT_URINE)
usual_systolic = current(signs.USUAL_SYSTOLIC, days(3650))
systolic_fall = Plus(
    name="systolic_fall",
    label="fall below the usual systolic pressure",
    unit="mm[Hg]",
    parts=(
        usual_systolic,
        Linear(
            name=systolic_pressure.name,
            label=systolic_pressure.label,
            unit=vitals.SYSTOLIC_PRESSURE.unit,
            signal=systolic_pressure,
            times=-1,
        ),
    ),
)
urinary_catheter = Running(
    name="urinary_catheter",
    label="urinary catheter",
    concept=support.DEVICE,
    words=("urinary catheter",),
)


def _present(concept: Concept, valid: timedelta | None = None) -> Condition:
    """That a sign is present."""
    return (current(concept) if valid is None else current(concept, valid)).one_of("present")


looks_ill = _present(signs.LOOKS_ILL)
carer_concern = _present(signs.CARER_CONCERN)
abnormal_cry = _present(signs.ABNORMAL_CRY)
functional_loss = _present(signs.FUNCTIONAL_LOSS, days(7))
impaired_immunity = _present(signs.IMPAIRED_IMMUNITY, days(365))
recent_injury = _present(signs.RECENT_INJURY, days(42))
new_arrhythmia = _present(signs.NEW_ARRHYTHMIA)
grunting = _present(signs.GRUNTING)
apnoea = _present(signs.APNOEA)
nasal_flaring = _present(signs.NASAL_FLARING)
more_oxygen = _present(signs.MORE_OXYGEN)
mottled_skin = _present(signs.MOTTLED_SKIN)
cyanosis = _present(signs.CYANOSIS)
non_blanching_rash = _present(signs.NON_BLANCHING_RASH)
pallor = _present(signs.PALLOR)
wound_infection = _present(signs.WOUND_INFECTION)
reduced_urine = _present(signs.REDUCED_URINE)
leg_pain = _present(signs.LEG_PAIN)
cold_hands_or_feet = _present(signs.COLD_HANDS_OR_FEET)
