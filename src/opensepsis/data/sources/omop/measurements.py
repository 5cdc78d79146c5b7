"""Measurements and observations: numbers with their limit and unit, coded answers and words."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.rejections import NO_VALUE, NOT_ARTERIAL, UNDER_A_TUBE
from opensepsis.data.intake.text_codes_batch import reasons_beside
from opensepsis.data.intake.value import NOT_A_NUMBER, contradicts
from opensepsis.data.intake.value_columns import read_values
from opensepsis.data.schema import REASON
from opensepsis.data.sources.omop.answers import Answers, answers_of
from opensepsis.data.sources.omop.maps import read_map
from opensepsis.data.sources.omop.meanings import meanings
from opensepsis.data.sources.omop.medicines import weights_needed
from opensepsis.data.sources.omop.plain_numbers import (
    NUMBERS,
    conversions_of,
    converted,
    has_words,
    parted,
    printed_limit,
)
from opensepsis.data.sources.omop.rows import KIND_OF_SPECIMEN, PRINTED, rows_of
from opensepsis.data.sources.omop.specimens import arterial_moments
from opensepsis.data.sources.omop.support import invasive_ventilation
from opensepsis.data.sources.relational.tables import Tables
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

_WORDS = frozenset(c.name for c in CONCEPTS.values() if c.kind is Kind.WORD)
_NUMBERLESS = r"^\D*$"
EVENTS = ("person_id", "concept", "time", "value", "text", "origin", REASON)


def measurements(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """All asked numbers and words of both tables, each by its concept, and in the concept's unit by its own.

    What other readers need of these tables is kept aside on the way, so that they are read once.
    """
    asked = concepts & (NUMBERS | _WORDS)
    for table in PRINTED:
        if table == "observation" and not tables.has(table):
            continue
        yield from _of_table(
            tables, table, asked, _for_others(tables, concepts) if table == "measurement" else frozenset()
        )


def _for_others(tables: Tables, concepts: frozenset[str]) -> frozenset[str]:
    found = {"culture"} if concepts & {"culture", "organism"} else set()
    return frozenset(found | ({"weight"} - concepts if weights_needed(tables) else set()))


def _of_table(
    tables: Tables, table: str, asked: frozenset[str], aside: frozenset[str]
) -> Iterator[pl.DataFrame]:
    known = meanings(tables, table).filter(pl.col("concept").is_in(sorted(asked)))
    gases = (known["rule"] == "arterial").any()
    tubes = invasive_ventilation(tables) if (known["concept"] == "gcs_verbal").any() else None
    answers, plans, waiting = answers_of(tables, table), {}, []
    for listed, batch in rows_of(tables, table, asked, aside | ({KIND_OF_SPECIMEN} if gases else set())):
        if listed not in plans:
            plans[listed] = conversions_of(tables, listed, answers)
        plain, others = parted(batch, plans[listed])
        for rows in (
            _timed(converted(plain, listed), table),
            as_values(listed.named(others), table, answers),
        ):
            if tubes is not None:
                rows = _without_tubes(rows, tubes, listed.lines(pl.col("concept") == "gcs_verbal"))
            of_artery = listed.lines(pl.col("rule") == "arterial")
            if len(of_artery):
                mine = pl.col("line").is_in(of_artery.implode())
                waiting.append(rows.filter(mine).select(EVENTS).cast({"concept": pl.String}))
                rows = rows.filter(~mine)
            if rows.height:
                yield rows.select(EVENTS)
    if any(part.height for part in waiting):
        yield _only_arterial(pl.concat(waiting), arterial_moments(tables)).select(EVENTS)


def as_values(batch: pl.DataFrame, table: str, answers: Answers) -> pl.DataFrame:
    """The rows of `rows_of` with `value` in the concept's unit, `text`, `time` and `reason`."""
    read = _read(_meant(batch, answers))
    said = pl.col("misnamed").replace("", None)
    return _timed(read.with_columns(pl.coalesce(said, _beside(read), REASON).alias(REASON)), table)


def _beside(read: pl.DataFrame) -> pl.Series:
    """Why a number is none of the patient's by the words that were printed beside it; null where nothing says so."""
    said = pl.col("printed").str.replace(r"^[\s<>=≤≥]*[\d.,]+", "").str.strip_chars()
    beside = pl.when(pl.col("number").is_not_null() & has_words()).then(said)
    return reasons_beside(read.select("concept", value="number", text=beside))


def _meant(rows: pl.DataFrame, answers: Answers) -> pl.DataFrame:
    """The unit of each row as text, and the answer that a value concept stands for."""
    rows = rows.join(answers.units, on="unit_id", how="left", maintain_order="left")
    rows = rows.join(answers.values, on=["concept", "value_id"], how="left", maintain_order="left")
    operators = read_map("operators").filter(pl.col("operator") != "=")
    limits = dict(operators.select("concept_id", "operator").iter_rows())
    by_operator = pl.col("operator_id").replace_strict(limits, default=None, return_dtype=pl.String)
    return rows.with_columns(
        unit=pl.coalesce(
            "unit_of_concept", pl.col("unit").replace("", None), pl.col("own_unit").replace("", None)
        ),
        limit=pl.coalesce(by_operator, printed_limit()),
    )


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    """`value` in the concept's unit, `text` (a limit, or a word), and `reason` where a row cannot be used."""
    of_words = pl.col("concept").is_in(sorted(_WORDS))
    plain = pl.col("number").is_not_null() & pl.col("limit").is_null()
    parts = [
        _numbers(rows.filter(~of_words, plain), pl.col("number")),
        _numbers(rows.filter(~of_words, ~plain), _as_text()),
        rows.filter(of_words).with_columns(
            text=pl.coalesce("answer", "printed", pl.col("number").cast(pl.Int64).cast(pl.String)),
            value=pl.lit(None, pl.Float64), reason=pl.lit(None, pl.String),
        ),
    ]  # fmt: skip
    return pl.concat([part for part in parts if part.height] or parts[:1], how="diagonal")


def _as_text() -> pl.Expr:
    """A number with its limit, else the points of an answer, else what was printed, which is no number without a digit."""
    limited = pl.format("{}{}", "limit", "number")
    printed = pl.when(~pl.col("printed").str.contains(_NUMBERLESS)).then("printed")
    return pl.coalesce(pl.when(pl.col("number").is_not_null()).then(limited), "answer", printed)


def _numbers(rows: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    read = read_values(rows.select("concept", "unit", value=value))
    pairs = rows.select("property", "unit").unique().drop_nulls()
    wrong = [
        (kind, unit, f"the unit contradicts the code ({kind})")
        for kind, unit in pairs.iter_rows()
        if unit and contradicts(kind, unit)
    ]
    names = {"property": pl.String, "unit": pl.String, "contradiction": pl.String}
    table = pl.DataFrame(wrong, schema=names, orient="row")
    against = rows.join(table, on=["property", "unit"], how="left", maintain_order="left")["contradiction"]
    said, number = read[REASON].replace(NOT_A_NUMBER, "'value' is not a number"), read["value"]
    reason = pl.select(
        pl.when(pl.lit(number).is_null() & pl.lit(said).is_null())
        .then(pl.lit(NO_VALUE))
        .otherwise(pl.coalesce(pl.lit(against), pl.lit(said)))
        .alias(REASON)
    ).to_series()
    return rows.with_columns(number.alias("value"), read["limit"].replace("", None).alias("text"), reason)


def _timed(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """A day without a time cannot be placed among the hours."""
    day_only = pl.col("time").is_null() & pl.col("day").is_not_null()
    reason = pl.when(day_only).then(pl.lit(f"'{table}_datetime' is a day without a time")).otherwise(REASON)
    return rows.with_columns(time=pl.coalesce("time", "day"), reason=reason)


def _only_arterial(rows: pl.DataFrame, arterial: pl.DataFrame) -> pl.DataFrame:
    """A venous PaO2 would look like failing lungs: what does not say that it is arterial is not used."""
    found = rows.join(
        arterial.with_columns(of_artery=True), on=["person_id", "time"], how="left", maintain_order="left"
    )
    return found.with_columns(
        reason=pl.when(pl.col("of_artery").is_null()).then(pl.lit(NOT_ARTERIAL)).otherwise(REASON)
    )


def _without_tubes(rows: pl.DataFrame, tubes: pl.DataFrame, verbal: pl.Series) -> pl.DataFrame:
    """A CDM loses the word that a tube keeps the patient from speaking: under one, the lowest verbal score is no score."""
    lowest = pl.col("line").is_in(verbal.implode()) & (pl.col("value") == 1)
    said = rows.with_row_index("row").filter(lowest.fill_null(False)).select("row", "person_id", "time")
    if said.is_empty():
        return rows
    placed = said.sort("time").join_asof(
        tubes, left_on="time", right_on="from", by="person_id", strategy="backward", check_sortedness=False
    )
    mute = placed.filter(pl.col("time") < pl.col("until"))["row"]
    reason = rows[REASON].scatter(mute, UNDER_A_TUBE) if len(mute) else rows[REASON]
    return rows.with_columns(reason)
