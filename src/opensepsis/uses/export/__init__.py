"""The answers of a run in the forms that other tools read."""

from opensepsis.uses.export.fhir import export_fhir as export_fhir
from opensepsis.uses.export.meds import Exported as Exported
from opensepsis.uses.export.meds import export_meds as export_meds
from opensepsis.uses.export.omop import export_omop as export_omop
from opensepsis.uses.export.tables import export_csv as export_csv
from opensepsis.uses.export.tables import export_duckdb as export_duckdb
from opensepsis.uses.export.written import Written as Written
