"""The stays of hourly tables: from the admission to intensive care to the end of the record."""

from typing import cast

import polars as pl

from opensepsis.counted import counted
from opensepsis.data.intake.age import read_age
from opensepsis.data.intake.text_codes import sex_of
from opensepsis.data.schema import ID, MOMENT, REASON, ROW, STAYS, TABLE
from opensepsis.data.sources.hourly.forms import Form
from opensepsis.data.sources.hourly.rows import ENTERED, with_moments
from opensepsis.data.sources.hourly.tables import AnyTable
from opensepsis.data.sources.parse import texts

NEVER_SEEN = "stays of which the hourly tables have no row"
_SEX = {"0": "F", "1": "M"}  # of both challenges; elsewhere 1 is M too
_TOLD = ("age", "sex", "hospital_hours")


def read_stays(form: Form) -> tuple[pl.DataFrame, list[str]]:
    """The stays with table, row and kind of identifier; and notes. A stay ends with its last row: no discharge is told."""
    parts = [part for table in form.hourly for part in _seen(form, table)]
    parts += [pl.DataFrame({"patient": table.without_rows}, {"patient": pl.String}) for table in form.hourly]
    seen = _together(pl.concat(parts, how="diagonal_relaxed")).with_columns(
        pl.lit(form.hourly[0].name).alias(TABLE)
    )
    if form.static is not None:
        listed = _listed(form)
        seen = listed.join(
            seen.drop(TABLE, ROW, *_TOLD, strict=False), on="patient", how="full", coalesce=True
        )
        seen = seen.with_columns(pl.col(TABLE).fill_null(form.hourly[0].name))
    notes = ["a stay ends with the last row of its record; no discharge and no death is recorded"]
    never = seen["last"].null_count()
    if never:
        notes.append(f"{NEVER_SEEN}: {never:,}; they are kept, and end as they begin")
    icu = _shaped(seen).with_columns(
        stay=pl.col("patient"), kind=pl.lit("icu"), admitted=pl.lit(ENTERED, MOMENT),
        discharged=pl.max_horizontal(pl.col("last"), pl.lit(ENTERED, MOMENT)),
    )  # fmt: skip
    stays = [icu]
    if form.columns.of("hospital_hours"):
        before = icu.filter(pl.col("hospital_hours") <= 0)
        hours = (pl.col("hospital_hours") * 3_600_000_000).round().cast(pl.Int64).cast(pl.Duration("us"))
        stays.append(
            before.with_columns(
                stay=pl.format("{}-hospital", "patient"),
                kind=pl.lit("hospital"),
                admitted=pl.col("admitted") + hours,
            )
        )
        lacking = icu.height - before.height
        if lacking:
            notes.append(
                f"no hospital stay for {counted(lacking, 'stay')}: its begin is not told, or lies after the admission to intensive care"
            )
    columns = [name for name in (*STAYS, TABLE, ROW, ID) if name in icu.columns]
    return pl.concat([part.select(columns) for part in stays]).sort("patient", "kind"), notes


def static_rows(form: Form) -> pl.DataFrame:
    """The rows of the table of stays, with the patient as text."""
    name = form.columns.needed("patient")
    rows = pl.concat(list(cast(AnyTable, form.static).batches())).rename({name: "patient"})
    return texts(rows.with_columns(pl.lit(None, pl.String).alias(REASON)), ["patient"])


def _listed(form: Form) -> pl.DataFrame:
    rows = static_rows(form).filter(pl.col("patient").is_not_null())
    told = [_cell(form, rows, meaning) for meaning in _TOLD]
    return rows.select("patient", ROW, *told).with_columns(
        pl.lit(cast(AnyTable, form.static).name).alias(TABLE)
    )


def _seen(form: Form, table):
    """patient, last moment and what the rows tell of the stay, batch by batch."""
    for raw in table.batches():
        rows = with_moments(raw, form.columns).filter(pl.col("patient").is_not_null())
        if form.long:
            told = [_parameter(form, meaning) for meaning in _TOLD]
        else:
            told = [_cell(form, rows, meaning).drop_nulls().first() for meaning in _TOLD]
        last = pl.col("time").max().alias("last")
        yield rows.group_by("patient", maintain_order=True).agg(last, pl.col(ROW).min(), *told)


def _together(seen: pl.DataFrame) -> pl.DataFrame:
    """One row for each patient, whose rows may lie in several batches."""
    told = [pl.col(name).drop_nulls().first() for name in _TOLD]
    return seen.group_by("patient", maintain_order=True).agg(pl.col("last").max(), pl.col(ROW).min(), *told)


def _cell(form: Form, rows: pl.DataFrame, meaning: str) -> pl.Expr:
    name = form.columns.of(meaning)
    if name is None or name not in rows.columns:
        return pl.lit(None, pl.String).alias(meaning)
    return _told(form, name, pl.col(name)).alias(meaning)


def _parameter(form: Form, meaning: str) -> pl.Expr:
    name = form.columns.of(meaning) or ""
    value = _told(form, name, pl.col("Value").filter(pl.col("Parameter") == name))
    return value.drop_nulls().first().alias(meaning)


def _told(form: Form, name: str, cells: pl.Expr) -> pl.Expr:
    """The cells as texts, without the number that the column uses for nothing; whole numbers without their point."""
    text = cells.cast(pl.String).str.strip_chars().str.strip_suffix(".0")
    missing = form.columns.columns[name].missing if name in form.columns.columns else ""
    return pl.when(text != missing).then(text)


def _shaped(seen: pl.DataFrame) -> pl.DataFrame:
    """Ages and hours as numbers, sex in our words; what the columns use for nothing is nothing.

    A table that has a 2 numbers sexes as ISO 5218 does, where 0 is not known.
    """
    sexes = seen["sex"].unique().drop_nulls().to_list()
    in_two = not {"2", "9"} & set(sexes)
    ages = {said: read_age(said) for said in seen["age"].unique().drop_nulls()}
    number = {
        "age": pl.col("age").replace_strict(ages, default=None, return_dtype=pl.Float64),
        "hospital_hours": pl.col("hospital_hours").cast(pl.Float64, strict=False),
    }
    meant = {one: (_SEX.get(one) if in_two else None) or sex_of(one) for one in sexes}
    sex = pl.col("sex").replace_strict(meant, default=None, return_dtype=pl.String)
    return seen.with_columns(**number, sex=sex).with_columns(
        pl.lit("patient").alias(ID), pl.lit(None, pl.String).alias("discharged_to")
    )
