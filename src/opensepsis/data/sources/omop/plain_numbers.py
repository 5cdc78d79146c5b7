"""Numbers without a limit whose unit is a concept: the bulk of a CDM, converted by one small table."""

import polars as pl

from opensepsis.data.intake.units import SAME, conversion
from opensepsis.data.intake.value import reject_unit
from opensepsis.data.schema import NAME
from opensepsis.data.sources.omop.answers import Answers
from opensepsis.data.sources.omop.maps import read_map
from opensepsis.data.sources.omop.rows import Listed
from opensepsis.data.sources.omop.used import used_codes
from opensepsis.data.sources.relational.tables import Tables
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

NUMBERS = frozenset(c.name for c in CONCEPTS.values() if c.kind in (Kind.MEASURE, Kind.AMOUNT))
_RESCUED = "fio2"  # its numbers may be percent or shares whatever the unit says
_DIGITS = 9  # of a converted value, as everywhere

_PLAN = {
    "line": pl.UInt32, "unit_id": pl.Int64, "multiply": pl.Float64, "divide": pl.Float64, "subtract": pl.Float64,
    "changed": pl.Boolean, "refused": pl.String,
}  # fmt: skip


def conversions_of(tables: Tables, listed: Listed, answers: Answers) -> pl.DataFrame:
    """line, unit_id and the conversion to the concept's unit, or why the unit is refused; only what can be told beforehand."""
    units = dict(answers.units.iter_rows())
    lines = (
        listed.codes.with_row_index("line")
        .filter(pl.col("misnamed") == "")
        .select("line", "concept", "property", *listed.keys)
    )
    used = used_codes(tables, listed.table).select(*listed.keys, "unit_id").unique()
    rows = []
    for line, concept, kind, number in (
        lines.join(used, on=list(listed.keys))
        .select("line", "concept", "property", "unit_id")
        .unique()
        .iter_rows()
    ):
        unit = units.get(number)
        if unit is None or concept not in NUMBERS or concept == _RESCUED:
            continue
        refused = reject_unit(concept, unit, code_property=kind or "")
        found = SAME if refused else conversion(concept, unit)
        rows.append(
            (line, number, found.multiply, found.divide, found.subtract, found != SAME, refused or None)
        )
    return pl.DataFrame(rows, schema=_PLAN, orient="row")


def printed_limit() -> pl.Expr:
    """The limit sign of what was printed, which many conversions leave out of the operator; null where there is none."""
    sign = pl.col("printed").str.extract(r"^\s*(<=|>=|[<>≤≥])\s*[0-9.,]", 1)
    return sign.replace({"≤": "<=", "≥": ">="})


def has_words() -> pl.Expr:
    """Whether letters were printed beside the number: a unit, or what takes the value back."""
    return pl.col("printed").str.contains(r"\p{L}").fill_null(False)


def parted(rows: pl.DataFrame, plan: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that the table converts, and the others."""
    joined = rows.join(plan, on=["line", "unit_id"], how="left", maintain_order="left")
    limits = read_map("operators").filter(pl.col("operator") != "=")["concept_id"]
    unlimited = ~pl.col("operator_id").is_in(limits.implode()).fill_null(False) & printed_limit().is_null()
    number = pl.col("number").is_not_null() & pl.col("number").is_not_nan()
    plain = pl.col("multiply").is_not_null() & number & unlimited & ~has_words()
    told = joined.select(plain.fill_null(False)).to_series()
    return joined.filter(told), rows.filter(~told)


def converted(rows: pl.DataFrame, listed: Listed) -> pl.DataFrame:
    """Rows of the table with `concept`, `value` in its unit, and `reason`."""
    number = pl.col("number")
    changed = ((number - pl.col("subtract")) * pl.col("multiply") / pl.col("divide")).round(_DIGITS)
    return rows.select(
        "line", "person_id", "day", "time", "origin",
        listed.codes["concept"].cast(NAME).gather(rows["line"]),
        value=pl.when("changed").then(changed).otherwise(number),
        text=pl.lit(None, pl.String),
        reason=pl.col("refused"),
    )  # fmt: skip
