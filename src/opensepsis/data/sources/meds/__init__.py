"""The source `meds`: the Medical Event Data Standard, 0.3 and 0.4, with one list of codes for each ETL that writes it."""

from pathlib import Path

from opensepsis.data.sources.meds.source import Meds

__all__ = ["Meds", "open_meds"]


def open_meds(path: Path, timezone: str | None = None, codes: Path | str | None = None) -> Meds:
    """The events below `data/` of a MEDS folder; `codes` is a site's own list, or the name of one of ours."""
    return Meds(path, timezone, codes)
