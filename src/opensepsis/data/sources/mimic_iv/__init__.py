"""The source `mimic-iv`: the official MIMIC-IV folder, a database with its tables, or any Ibis connection that holds them."""

from opensepsis.data.sources.mimic_iv.emergency import reading_with
from opensepsis.data.sources.mimic_iv.form import MIMIC_IV
from opensepsis.data.sources.mimic_iv.source import MIMIC_IV_READING
from opensepsis.data.sources.relational.opening import open_tables
from opensepsis.data.sources.relational.source import RelationalSource

__all__ = ["open_mimic_iv"]


def open_mimic_iv(place, ed=None) -> RelationalSource:
    """MIMIC-IV 2.x or 3.x in a folder with `hosp/` and `icu/`, a DuckDB file, a PostgreSQL database or behind an Ibis connection.

    `ed` is where MIMIC-IV-ED of the same patients lies, likewise.
    """
    reading = MIMIC_IV_READING if ed is None else reading_with(ed)
    return RelationalSource(open_tables(MIMIC_IV, place), reading)
