"""How MIMIC-IV is read: its stays, its readers and its rules."""

from opensepsis.data.sources.mimic_iv.charted import charted
from opensepsis.data.sources.mimic_iv.counting import NOTES, count_tables
from opensepsis.data.sources.mimic_iv.cultures import cultures
from opensepsis.data.sources.mimic_iv.diagnoses import diagnoses, operations
from opensepsis.data.sources.mimic_iv.drugs import drugs
from opensepsis.data.sources.mimic_iv.infusions import infusions
from opensepsis.data.sources.mimic_iv.labs import labs
from opensepsis.data.sources.mimic_iv.organisms import organisms
from opensepsis.data.sources.mimic_iv.procedures import procedures
from opensepsis.data.sources.mimic_iv.rejected import concept_of
from opensepsis.data.sources.mimic_iv.stays import TABLE_OF, groups, read_stays, rows_of
from opensepsis.data.sources.mimic_iv.urine import urine
from opensepsis.data.sources.relational.source import Reading

MIMIC_IV_READING = Reading(
    name="mimic-iv",
    patient="subject_id",
    stays=read_stays,
    with_rows=rows_of,
    readers=(
        charted,
        procedures,
        labs,
        urine,
        infusions,
        drugs,
        cultures,
        organisms,
        diagnoses,
        operations,
    ),
    count=count_tables,
    notes=NOTES,
    shifted_dates=True,
    stay_tables=TABLE_OF,
    concept_of=concept_of,
    only_in={"diagnosis": "diagnoses_icd"},
    groups=groups,
)
