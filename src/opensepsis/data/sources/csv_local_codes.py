"""The local names of a hospital's own files: of measurements in rows or columns, and of drugs."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from opensepsis.data.intake.medicines import find_medicine
from opensepsis.data.site.local_code import DRUG, LocalCode
from opensepsis.data.site.mapping import DRUGS, NAMES
from opensepsis.data.site.model import LocalWords, TableLayout
from opensepsis.data.sources.code_tally import CodeTally
from opensepsis.data.sources.files import batches, open_table
from opensepsis.data.sources.local import lengthened, needed_columns, parts, renamed
from opensepsis.definitions.concepts import CONCEPTS

_COLUMNS = ("patient", "concept", "drug", "value", "unit")


def codes_in_use(files: list[tuple[Path, TableLayout]], site: LocalWords) -> Iterator[LocalCode]:
    """Every local name of the files of events."""
    names, drugs = CodeTally(), CodeTally()
    for file, layout in files:
        table = open_table(file, site.format)
        columns = needed_columns(layout, _COLUMNS, table.columns)
        wide = [name for name in layout.wide if name in table.columns]
        theirs = list(dict.fromkeys(part for name in columns.values() for part in parts(name)))
        for raw in batches(table, theirs + [name for name in wide if name not in theirs]):
            rows = lengthened(raw, columns, wide) if wide else renamed(raw, columns)
            _count(rows, "concept", names, site, layout)
            _count(rows, "drug", drugs, site, layout)
    yield from names.codes(NAMES, mapped=lambda name: _concept(name, site))
    yield from drugs.codes(DRUGS, kind=lambda name: DRUG, mapped=lambda name: _drug(name, site))


def _count(rows: pl.DataFrame, column: str, tally: CodeTally, site: LocalWords, layout: TableLayout) -> None:
    if column not in rows.columns or "patient" not in rows.columns:
        return
    blank = [pl.lit(None, pl.String).alias(name) for name in ("value", "unit") if name not in rows.columns]
    said = rows.with_columns(*blank).select(
        # a column of a wide file means what its layout calls it
        code=pl.col(column).cast(pl.String).str.strip_chars().replace(dict(layout.wide)).replace("", None),
        unit=pl.col("unit").cast(pl.String).str.strip_chars().replace("", None),
        number=_number(pl.col("value"), site.format.decimal),
        patient="patient",
    )
    tally.add(said)


def _number(value: pl.Expr, decimal: str) -> pl.Expr:
    text = value.cast(pl.String).str.strip_chars()
    return (
        text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        if decimal == ","
        else text
    ).cast(pl.Float64, strict=False)


def _concept(name: str, site: LocalWords) -> str:
    found = site.concept(name)
    return found.concept if found else name if name in CONCEPTS else ""


def _drug(name: str, site: LocalWords) -> str:
    found = site.drug(name) or find_medicine(name)
    return found.concept if found else ""
