"""The source `eicu`: the official folder of eICU 2.0, a database with its tables, or any Ibis connection that holds them."""

from opensepsis.data.sources.eicu.form import EICU
from opensepsis.data.sources.eicu.source import EICU_READING
from opensepsis.data.sources.relational.opening import open_tables
from opensepsis.data.sources.relational.source import RelationalSource

__all__ = ["open_eicu"]


def open_eicu(place, site=None) -> RelationalSource:
    """eICU 2.0 in a folder with `patient.csv.gz` and the other tables, a DuckDB file, a PostgreSQL database or behind a connection.

    `site` is the folder with the site's confirmed `mapping.csv`.
    """
    return RelationalSource(open_tables(EICU, place, site=site), EICU_READING)
