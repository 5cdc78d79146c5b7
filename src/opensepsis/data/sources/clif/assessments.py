"""Scores of the bedside: the Glasgow Coma Scale with its tube, sedation, and responsiveness in words."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.airway_words import is_tube, tells_of_tube
from opensepsis.data.sources.clif.hospital import ADMISSION, Hospital
from opensepsis.data.sources.clif.words import RAW, listed, numbers

_COLUMNS = (ADMISSION, "recorded_dttm", "numerical_value", "categorical_value", "text_value")
_VERBAL, _TOTAL, _WORDED = "gcs_verbal", "gcs_total", "consciousness"


def assessments(hospital: Hospital, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Every number; a verbal score of 0 or of a tube is no score, and no total stands beside it."""
    tables = hospital.tables
    asked = concepts | ({_VERBAL} if _TOTAL in concepts else set())
    wanted = numbers(tables, "patient_assessments", asked)
    if wanted.is_empty() or not tables.has("patient_assessments"):
        return
    used = listed(tables, "patient_assessments", "assessment_category", wanted)
    used = used.select(assessment_category=RAW, concept="concept", word="word")
    yield from _numbers(hospital, used.filter(~pl.col("concept").is_in([_TOTAL, _WORDED])), concepts)
    if _TOTAL in concepts:
        yield from _totals(hospital, used)
    yield from _words(hospital, used.filter(pl.col("concept") == _WORDED))


def _charted(hospital: Hospital, used: pl.DataFrame) -> Iterator[pl.DataFrame]:
    if used.is_empty():
        return
    tables = hospital.tables
    for rows in tables.of_codes(
        "patient_assessments", "assessment_category", used["assessment_category"], *_COLUMNS
    ):
        named = hospital.whose(rows).join(used, on="assessment_category", maintain_order="left")
        yield named.with_columns(
            time=pl.col("recorded_dttm"), value=_number(), tube=_tube(named),
            origin=pl.format("patient_assessments/{}/", "word"),
        )  # fmt: skip


def _number() -> pl.Expr:
    """The number, also where it stands as text (`4`, `4 - spontaneous`)."""
    said = pl.coalesce("categorical_value", "text_value").str.extract(r"^\s*([+-]?[0-9]+)\b", 1)
    return pl.coalesce("numerical_value", said.cast(pl.Float64))


def _tube(rows: pl.DataFrame) -> pl.Series:
    """Whether a score says that it is of a patient with a tube."""
    said = [rows[name].fill_null("") for name in ("categorical_value", "text_value")]
    silent = ~(rows["numerical_value"] > 1).fill_null(False)
    by_words = pl.repeat(False, rows.height, eager=True)
    for texts in said:
        told = texts.unique()
        tubes, named = ([text for text in told if means(text)] for means in (is_tube, tells_of_tube))
        by_words |= texts.is_in(tubes) | (texts.is_in(named) & silent)
    by_number = (rows["numerical_value"] == 0).fill_null(False)
    return ((rows["concept"] == _VERBAL) & (by_number | by_words)).alias("tube")


def _numbers(hospital: Hospital, used: pl.DataFrame, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    asked = used.filter(pl.col("concept").is_in(sorted(concepts)))
    for rows in _charted(hospital, asked):
        told = rows.filter(~pl.col("tube"), pl.col("value").is_not_null())
        yield told.select("patient", "concept", "time", "value", "origin")


def _totals(hospital: Hospital, used: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Totals at moments whose verbal part is a score: tools write 15 or a sum with 0 beside a tube."""
    verbal = _charted(hospital, used.filter(pl.col("concept") == _VERBAL))
    untestable = [
        rows.filter(pl.col("tube") | pl.col("value").is_null()).select(ADMISSION, "time") for rows in verbal
    ]
    for rows in _charted(hospital, used.filter(pl.col("concept") == _TOTAL)):
        told = rows.drop_nulls("value")
        if untestable:
            told = told.join(pl.concat(untestable), on=[ADMISSION, "time"], how="anti", maintain_order="left")
        yield told.select("patient", "concept", "time", "value", "origin")


def _words(hospital: Hospital, used: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for rows in _charted(hospital, used):
        said = rows.with_columns(text=pl.coalesce("categorical_value", "text_value")).drop_nulls("text")
        yield said.select("patient", "concept", "time", "origin", "text")
