"""Laboratory results of blood."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.value_columns import read_values
from opensepsis.data.sources.clif.hospital import ADMISSION, Hospital
from opensepsis.data.sources.clif.words import RAW, listed, numbers, written_as

_COLUMNS = (
    ADMISSION, "lab_collect_dttm", "lab_result_dttm", "lab_value", "lab_value_numeric", "reference_unit", "lab_order_category",
    "lab_specimen_category",
)  # fmt: skip
_LIMIT = r"^\s*([<>]=?|≤|≥)"
_LIMITS = {"≤": "<=", "≥": ">="}
_NO_UNIT = {"(no units)": "", "no units": "", "none": "", "unitless": "", "ratio": ""}


def labs(hospital: Hospital, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Results of blood at the time of collection, known when resulted; by category and unit, never by category alone."""
    tables, wanted = hospital.tables, numbers(hospital.tables, "labs", concepts)
    if wanted.is_empty() or not tables.has("labs"):
        return
    used = listed(tables, "labs", "lab_category", wanted).select(
        lab_category=RAW, concept="concept", word="word", own_unit="own_unit"
    )
    others = _other_fluids(hospital)
    for rows in tables.of_codes("labs", "lab_category", used["lab_category"], *_COLUMNS):
        yield _measured(
            hospital.whose(rows.filter(~others)).join(used, on="lab_category", maintain_order="left")
        )


def _other_fluids(hospital: Hospital) -> pl.Expr:
    """Whether a row is of urine or of another fluid: creatinine of urine has the category of blood in 3.0."""
    tables = hospital.tables
    blood = set(written_as(tables, "labs", "lab_specimen_category", "blood specimen"))
    specimens = [
        name
        for name in tables.names("labs", "lab_specimen_category")["name"].drop_nulls()
        if name not in blood
    ]
    panels = written_as(tables, "labs", "lab_order_category", "other fluid")
    named = pl.col("lab_specimen_category").is_in(specimens) | pl.col("lab_order_category").is_in(panels)
    return named.fill_null(False)


def _measured(rows: pl.DataFrame) -> pl.DataFrame:
    """Numbers in their concepts' units; a limit as its number, with its sign as text."""
    said = pl.col("lab_value").str.extract(_LIMIT, 1).replace(_LIMITS)
    unit = pl.col("reference_unit").str.strip_chars()
    given = rows.select(
        "patient", "concept", "word", time="lab_collect_dttm", known="lab_result_dttm", text=said,
        unit=pl.coalesce(pl.when(~unit.str.to_lowercase().is_in(list(_NO_UNIT))).then(unit), "own_unit"),
        value=pl.coalesce("lab_value_numeric", pl.col("lab_value").str.strip_chars().cast(pl.Float64, strict=False)),
    )  # fmt: skip
    read = read_values(given.drop_nulls("value"))
    return read.select(
        "patient", "concept", "time", "known", "value", "text", "reason", origin=pl.format("labs/{}/", "word")
    )
