"""Results as FHIR R4 resources: NDJSON files that a FHIR server takes."""

from opensepsis.uses.export.fhir.export import export_fhir as export_fhir
