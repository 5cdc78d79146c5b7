"""Urine and crystalloids, from the tables of inputs and outputs."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.value_columns import read_values
from opensepsis.data.sources.clif.hospital import ADMISSION, Hospital
from opensepsis.data.sources.clif.words import RAW, folded, read_map, spellings, words

_MILLILITRES = "mL"  # of which CLIF is
# table -> its time, its volume, and the columns whose words tell what it is
_TABLES = {
    "output": ("recorded_dttm", "output_value", ("output_group", "output_category")),
    "input": ("recorded_dttm", "input_volume", ("input_category",)),
    "intake_output": ("intake_dttm", "amount", ("fluid_name",)),
}


def volumes(hospital: Hospital, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Volumes in mL, of any unit of volume; what was let in to irrigate the bladder is below 0. Occurrences are no volumes."""
    for table, (time, volume, columns) in _TABLES.items():
        wanted = read_map("volumes").filter(
            pl.col("table") == table, pl.col("concept").is_in(sorted(concepts))
        )
        if not hospital.tables.has(table) or wanted.is_empty():
            continue
        units = (
            ("output_unit",) if table == "output" else ("in_out_flag",) if table == "intake_output" else ()
        )
        rows = hospital.tables.get(table, ADMISSION, time, volume, *columns, *units)
        meant = {column: _meant(hospital, table, column, wanted) for column in columns}
        for batch in hospital.tables.stream(rows.filter(rows[volume].notnull()), table):
            yield _told(hospital, batch, table, (time, volume), meant)


def _meant(hospital: Hospital, table: str, column: str, wanted: pl.DataFrame) -> dict[str, tuple[str, str]]:
    """What each word of a column, as written, says: concept and sign."""
    listed = {
        word: (c, sign)
        for word, c, sign in wanted.filter(pl.col("column") == column)
        .select("word", "concept", "sign")
        .iter_rows()
    }
    used = spellings(hospital.tables, table, column)
    return {raw: listed[word] for raw, word in used.select(RAW, "word").iter_rows() if word in listed}


def _told(
    hospital: Hospital, batch: pl.DataFrame, table: str, names: tuple[str, str], meant: dict
) -> pl.DataFrame:
    time, volume = names
    rows = hospital.whose(batch)
    unit = pl.lit(None, pl.String)
    if table == "output":
        counts = [u for u in rows["output_unit"].drop_nulls().unique() if folded(u) in words("count")]
        rows, unit = rows.filter(~pl.col("output_unit").is_in(counts).fill_null(False)), pl.col("output_unit")
    if table == "intake_output":
        rows = rows.filter(pl.col("in_out_flag") == 0)
    said = [
        pl.col(column).replace_strict({raw: n for raw, pair in told.items() for n in [pair[part]]}, default=None, return_dtype=pl.String)
        for part in (0, 1) for column, told in meant.items()
    ]  # fmt: skip
    half = len(meant)
    rows = rows.with_columns(concept=pl.coalesce(said[:half]), sign=pl.coalesce(said[half:]).cast(pl.Float64))
    rows = rows.filter(pl.col("concept").is_not_null())
    amount = pl.col(volume) * pl.col("sign")
    told = rows.select(
        "patient", "concept", time=time, value=amount, unit=unit.fill_null(_MILLILITRES), origin=pl.lit(f"{table}/")
    )  # fmt: skip
    read = read_values(told)
    return told.drop("unit").with_columns(read["value"], read["reason"])
