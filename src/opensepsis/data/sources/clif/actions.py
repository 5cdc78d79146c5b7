"""What the action of a medication record means."""

import ibis
import polars as pl

from opensepsis.data.sources.clif.hospital import Hospital
from opensepsis.data.sources.clif.words import RAW, read_map, spellings
from opensepsis.data.sources.relational.expressions import Column, Query, coalesce

ACTIONS = ("mar_action_category", "mar_action_group")


def says(hospital: Hospital, table: str, rows: Query, *meanings: str) -> Column:
    """Whether the action of a row has one of the meanings; false where there is no action."""
    found: Column = ibis.literal(False)
    meant = read_map("actions").filter(pl.col("meaning").is_in(meanings))
    for column in ACTIONS:
        listed = meant.filter(pl.col("column") == column)["word"]
        used = spellings(hospital.tables, table, column)
        raw = used.filter(pl.col("word").is_in(listed.implode()))[RAW].to_list()
        if raw:
            found = found | coalesce(rows[column].isin(raw), False)
    return found
