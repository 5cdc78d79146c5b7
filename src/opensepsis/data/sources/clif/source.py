"""CLIF as a source of the timeline."""

from opensepsis.data.sources.clif.assessments import assessments
from opensepsis.data.sources.clif.codes import comfort, diagnoses, procedures
from opensepsis.data.sources.clif.counting import NOTES, counter
from opensepsis.data.sources.clif.cultures import cultures
from opensepsis.data.sources.clif.doses import doses
from opensepsis.data.sources.clif.form import CLIF
from opensepsis.data.sources.clif.hospital import ADMISSION, Hospital
from opensepsis.data.sources.clif.infusions import infusions
from opensepsis.data.sources.clif.labs import labs
from opensepsis.data.sources.clif.local_codes import codes_in_use
from opensepsis.data.sources.clif.machines import machines
from opensepsis.data.sources.clif.rejected import concept_of
from opensepsis.data.sources.clif.respiratory import respiratory
from opensepsis.data.sources.clif.silence import not_sent
from opensepsis.data.sources.clif.stays import groups, stays_of
from opensepsis.data.sources.clif.vitals import vitals
from opensepsis.data.sources.clif.volumes import volumes
from opensepsis.data.sources.relational.opening import open_tables
from opensepsis.data.sources.relational.source import Reading, RelationalSource
from opensepsis.data.sources.relational.stay_rows import with_rows

_READERS = (
    vitals, respiratory, assessments, labs, volumes, infusions, doses, machines, cultures, diagnoses, procedures, comfort,
)  # fmt: skip
_STAYS = {"hospital": ("hospitalization", ADMISSION)}


def open_clif(given, timezone: str | None = None, site=None) -> RelationalSource:
    """CLIF 2.1, 2.2 or 3.0 in a folder (Parquet, CSV, CSV.gz), a DuckDB file, PostgreSQL or behind an Ibis connection.

    `timezone` is the zone of calendar days; times are UTC, as CLIF says. `site` is the folder with the site's confirmed `mapping.csv`.
    """
    tables = open_tables(CLIF, given, site=site)
    hospital = Hospital(tables, timezone)
    reading = Reading(
        name="clif",
        patient="patient",
        stays=stays_of(hospital),
        with_rows=lambda _, stays: with_rows(tables, stays, _STAYS),
        readers=tuple(_of(hospital, reader) for reader in _READERS),
        count=counter(hospital),
        notes=NOTES,
        concept_of=concept_of,
        stay_tables=_STAYS,
        not_sent=lambda _: not_sent(hospital),
        groups=lambda _: groups(hospital),
        local_codes=codes_in_use,
    )
    return RelationalSource(tables, reading, timezone)


def _of(hospital: Hospital, reader):
    def read(_, concepts):
        # a store answers one question at a time, so this is asked before a table is streamed
        hospital.know_admissions()
        return reader(hospital, concepts)

    return read
