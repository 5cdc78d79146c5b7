"""The source `omop`: the tables of the OMOP Common Data Model, 5.3 or 5.4, in a folder or a database."""

from opensepsis.data.sources.omop.form import OMOP
from opensepsis.data.sources.omop.source import OMOP_READING
from opensepsis.data.sources.relational.opening import open_tables
from opensepsis.data.sources.relational.source import RelationalSource

__all__ = ["open_omop"]


def open_omop(place, timezone: str | None = None, site=None) -> RelationalSource:
    """A CDM in a folder (CSV, Parquet), a DuckDB file, a PostgreSQL database or behind an Ibis connection.

    `site` is the folder with the site's confirmed `mapping.csv`.
    """
    return RelationalSource(open_tables(OMOP, place, site=site), OMOP_READING, timezone)
