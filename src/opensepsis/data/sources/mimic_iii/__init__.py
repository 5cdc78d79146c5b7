"""The source `mimic-iii`: MIMIC-III 1.4, whose patients were charted in CareVue or in MetaVision."""

from opensepsis.data.sources.mimic_iii.form import MIMIC_III
from opensepsis.data.sources.mimic_iii.source import MIMIC_III_READING
from opensepsis.data.sources.mimic_iii.tables import MimicIIITables
from opensepsis.data.sources.relational.opening import open_tables
from opensepsis.data.sources.relational.source import RelationalSource

__all__ = ["open_mimic_iii"]


def open_mimic_iii(place) -> RelationalSource:
    """MIMIC-III 1.4 in a folder of CSV or Parquet, a DuckDB file, a PostgreSQL database or behind an Ibis connection."""
    return RelationalSource(open_tables(MIMIC_III, place, MimicIIITables), MIMIC_III_READING)
