"""The source `mimic-iv`: the official MIMIC-IV folder, or any Ibis connection that holds its tables."""

from pathlib import Path

from opensepsis.data.sources.mimic_iv.source import MimicIV
from opensepsis.data.sources.mimic_iv.tables import Tables, open_folder

__all__ = ["MimicIV", "open_mimic_iv"]


def open_mimic_iv(path_or_connection) -> MimicIV:
    """MIMIC-IV 2.x or 3.x in a folder with `hosp/` and `icu/` (CSV.gz or Parquet), or behind an Ibis connection."""
    if isinstance(path_or_connection, (str, Path)):
        return MimicIV(open_folder(Path(path_or_connection)))
    return MimicIV(Tables(path_or_connection))
