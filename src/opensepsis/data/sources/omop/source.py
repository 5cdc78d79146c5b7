"""How a CDM is read: its stays, its readers and its rules."""

from opensepsis.data.sources.omop.codes import diagnoses, operations
from opensepsis.data.sources.omop.counting import NOTES, count_tables
from opensepsis.data.sources.omop.cultures import cultures
from opensepsis.data.sources.omop.drugs import drugs
from opensepsis.data.sources.omop.local_codes import codes_in_use
from opensepsis.data.sources.omop.measurements import measurements
from opensepsis.data.sources.omop.silence import not_sent
from opensepsis.data.sources.omop.stays import groups, read_stays, rows_of
from opensepsis.data.sources.omop.support import support
from opensepsis.data.sources.relational.source import Reading

OMOP_READING = Reading(
    name="omop",
    patient="person_id",
    stays=read_stays,
    with_rows=rows_of,
    readers=(measurements, drugs, support, cultures, diagnoses, operations),
    count=count_tables,
    notes=NOTES,
    not_sent=not_sent,
    groups=groups,
    local_codes=codes_in_use,
)
