"""The codes of a table with their unit, volume and values, worked out where the data live."""

from collections.abc import Callable, Iterator

import ibis
import ibis.expr.types as ir
import polars as pl

from opensepsis.data.site.local_code import NUMBER, SHARES, LocalCode, Spread
from opensepsis.data.sources.relational.tables import Tables

_NUMBER = r"^\s*[+-]?[0-9]+([.][0-9]+)?\s*$"
_SHARES = [f"at_{round(100 * share)}" for share in SHARES]
_FEWEST = 10  # patients whose values are summed up: the middle of fewer may be one patient's


def as_text(column: ir.Value) -> ir.StringColumn:
    """A column as texts, whatever it holds."""
    text = column.cast("string")
    if not isinstance(text, ir.StringColumn):
        raise TypeError(f"no column of texts: {column.get_name()}")
    return text


def as_number(column: ir.Value) -> ir.FloatingValue:
    """A column of texts as numbers; empty where a text is none."""
    text = as_text(column)
    return ibis.ifelse(text.re_search(_NUMBER), text.strip(), ibis.null("string")).cast("float64")


def code_counts(tables: Tables, table: str, rows: ir.Table) -> pl.DataFrame:
    """code, its most frequent unit with the spread of the values in it, rows and patients; `rows` has code, unit, number, patient."""
    rows = rows.filter(rows.code.notnull())
    by_unit = rows.group_by("code", "unit").aggregate(
        rows=rows.count(),
        patients_of_unit=rows.patient.nunique(),
        numbers=rows.number.count(),
        **{name: rows.number.quantile(share) for name, share in zip(_SHARES, SHARES, strict=True)},
    )
    whole = rows.group_by("code").aggregate(all=rows.count(), patients=rows.patient.nunique())
    units = tables.fetch(by_unit, table).sort("rows", "unit", descending=[True, False], nulls_last=True)
    first = units.with_columns(filled=pl.col("unit").is_not_null()).sort(
        "filled", descending=True, maintain_order=True
    )
    common = first.unique("code", keep="first", maintain_order=True).drop("rows")
    return tables.fetch(whole, table).join(common, on="code").sort("all", "code", descending=[True, False])


def local_codes(
    tables: Tables,
    table: str,
    rows: ir.Table,
    *,
    kind: str = NUMBER,
    mapped: Callable[[str], str] = lambda code: "",
    name: Callable[[str], str] = str,
    printed: bool = True,
) -> Iterator[LocalCode]:
    """The codes of a table by volume; `mapped` gives the concept that the project's own list has for one, `name` what it is called."""
    for row in code_counts(tables, table, rows).iter_rows(named=True):
        code = str(row["code"])
        yield LocalCode(
            table, code, name(code), kind, row["all"], row["patients"], row["unit"] or "", spread_of(row, row["patients_of_unit"]),
            mapped=mapped(code), printed=printed, numbers=row["numbers"],
        )  # fmt: skip


def spread_of(row: dict, patients: int) -> Spread | None:
    """The spread of a row's values; None of few patients, or without numbers."""
    values = [row[name] for name in _SHARES]
    return Spread(*values) if patients >= _FEWEST and None not in values else None
