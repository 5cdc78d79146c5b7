"""Support that is recorded as a procedure or a device: ventilation, dialysis, ECMO, lines."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.sources.omop.maps import read_map
from opensepsis.data.sources.omop.used import CODES, distinct_codes, keyed
from opensepsis.data.sources.omop.visits import read_visits
from opensepsis.data.sources.omop.vocabulary import vocabulary_of
from opensepsis.data.sources.relational.tables import Tables

# the columns of row, day, time and end in each table, and what its concepts are called
_COLUMNS = {
    "procedure_occurrence": ("procedure_occurrence_id", "procedure_date", "procedure_datetime", "procedure_end_datetime"),
    "device_exposure": (
        "device_exposure_id", "device_exposure_start_date", "device_exposure_start_datetime", "device_exposure_end_datetime",
    ),
}  # fmt: skip
_RULES = pl.Enum(["runs", "stops", "starts"])


def support(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Intervals from start to end; without an end to the next of the kind, to its removal, or to the end of the visit."""
    wanted = read_map("procedures").filter(pl.col("concept").is_in(sorted(concepts)))
    rows = [_done(tables, table, wanted) for table in _COLUMNS if tables.has(table)]
    found = (
        pl.concat([part for part in rows if part.height], how="diagonal")
        if any(r.height for r in rows)
        else None
    )
    if found is None:
        return
    left = read_visits(tables).select(visit="stay", left="end")
    placed = found.join(left, on="visit", how="left").sort("person_id", "concept", "time", "rule", "origin")
    following = pl.col("time").shift(-1).over("person_id", "concept")
    ended = placed.with_columns(
        end=pl.when(pl.col("end") > pl.col("time")).then("end"),
        # what follows at the same moment is another record of the same
        following=pl.when(following > pl.col("time")).then(following),
    )
    lasts = pl.coalesce("end", pl.min_horizontal("following", "left"))
    runs = ended.filter(pl.col("rule") == "runs").with_columns(
        end=pl.when(lasts > pl.col("time")).then(lasts)
    )
    lines = ended.filter(pl.col("rule") == "starts", pl.col("end").is_not_null())
    whole = pl.concat([runs, lines]).with_columns(text=pl.col("text").replace("", None))
    yield whole.select("person_id", "concept", "time", "end", "text", "origin")


def invasive_ventilation(tables: Tables) -> pl.DataFrame:
    """person_id, from and until of every invasive ventilation, in the order of time."""
    rows = pl.concat(
        [
            part.filter(pl.col("text") == "invasive").select(
                "person_id", pl.col("time").alias("from"), until="end"
            )
            for part in support(tables, frozenset({"ventilation"}))
        ]
        or [
            pl.DataFrame(
                schema={"person_id": pl.Int64, "from": pl.Datetime("us"), "until": pl.Datetime("us")}
            )
        ]
    )
    return rows.drop_nulls().sort("from")


def meant_procedures(tables: Tables, table: str, listed: pl.DataFrame) -> pl.DataFrame:
    """standard, source, said, concept, text and rule of the codes that are listed, by themselves or as they are mapped."""
    own = listed.filter(pl.col("table") == table)
    by_id = {row["concept_id"]: row for row in own.iter_rows(named=True)}
    vocabulary = vocabulary_of(tables)
    rows = []
    for standard, source, said in distinct_codes(tables, table).select(CODES).iter_rows():
        ids = (*vocabulary.with_standard(standard), *vocabulary.with_standard(source))
        found = next((by_id[number] for number in ids if number in by_id), None)
        if found:
            rows.append((standard, source, said, found["concept"], found["text"] or "", found["rule"]))
    names = {"standard": pl.Int64, "source": pl.Int64} | dict.fromkeys(
        ("said", "concept", "text", "rule"), pl.String
    )
    return pl.DataFrame(rows, schema=names, orient="row")


def _done(tables: Tables, table: str, listed: pl.DataFrame) -> pl.DataFrame:
    meant = meant_procedures(tables, table, listed)
    if meant.is_empty():
        return meant
    row, day, time, end = _COLUMNS[table]
    rows = keyed(tables, table, "person_id", row, day, time, end, "visit_occurrence_id")
    found = rows.join(tables.lookup(meant), ["standard", "source", "said"])
    done = tables.fetch(
        found.select(
            "person_id",
            "concept",
            "text",
            "rule",
            row_id=row,
            time=time,
            end=end,
            visit="visit_occurrence_id",
        ),
        table,
    )
    origin = pl.format("{}/{}", pl.lit(table), "row_id")
    return (
        done.drop_nulls("time").with_columns(origin=origin, rule=pl.col("rule").cast(_RULES)).drop("row_id")
    )
