"""How eICU is read: its stays, its readers and its rules."""

from opensepsis.data.sources.eicu.charted import charted
from opensepsis.data.sources.eicu.clock import PATIENT, set_clock
from opensepsis.data.sources.eicu.counting import NOTES, count_tables
from opensepsis.data.sources.eicu.cultures import cultures
from opensepsis.data.sources.eicu.history import comfort, diagnoses, noted_scores, past_dialysis
from opensepsis.data.sources.eicu.infusions import infusions
from opensepsis.data.sources.eicu.labs import labs
from opensepsis.data.sources.eicu.local_codes import codes_in_use
from opensepsis.data.sources.eicu.orders import orders
from opensepsis.data.sources.eicu.outputs import outputs
from opensepsis.data.sources.eicu.rejected import concept_of
from opensepsis.data.sources.eicu.respiratory import respiratory
from opensepsis.data.sources.eicu.silence import not_sent
from opensepsis.data.sources.eicu.stays import STAY_TABLES, groups, read_stays, rows_of
from opensepsis.data.sources.eicu.treatments import treatments
from opensepsis.data.sources.eicu.ventilators import ventilators
from opensepsis.data.sources.eicu.vitals import vitals
from opensepsis.data.sources.eicu.weights import at_admission
from opensepsis.data.sources.relational.source import Reading

EICU_READING = Reading(
    name="eicu",
    patient=PATIENT,
    stays=read_stays,
    with_rows=rows_of,
    readers=(
        set_clock,
        vitals,
        charted,
        respiratory,
        ventilators,
        labs,
        at_admission,
        outputs,
        infusions,
        orders,
        cultures,
        treatments,
        diagnoses,
        past_dialysis,
        comfort,
        noted_scores,
    ),
    count=count_tables,
    notes=NOTES,
    stay_tables=STAY_TABLES,
    concept_of=concept_of,
    shifted_dates=True,
    not_sent=not_sent,
    groups=groups,
    local_codes=codes_in_use,
)
