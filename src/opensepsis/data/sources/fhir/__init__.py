"""The source `fhir`: a bulk export of FHIR R4 resources, read as the ward reads them."""

from pathlib import Path

from opensepsis.data.sources.fhir.source import Fhir

__all__ = ["Fhir", "open_fhir"]


def open_fhir(path: Path, timezone: str | None = None, site: Path | str | None = None) -> Fhir:
    """The resources of a folder of NDJSON, of one such file, or of the files that an `$export` manifest names."""
    return Fhir(path, timezone, site)
