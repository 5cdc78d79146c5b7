"""Laboratory results of blood."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.rejections import ALSO_VENOUS
from opensepsis.data.intake.value_columns import read_values
from opensepsis.data.schema import MOMENT
from opensepsis.data.sources.clif.hospital import ADMISSION, Hospital
from opensepsis.data.sources.clif.names import misnamed
from opensepsis.data.sources.clif.words import RAW, folded, listed, numbers, written_as

_COLUMNS = (
    ADMISSION, "lab_collect_dttm", "lab_result_dttm", "lab_value", "lab_value_numeric", "reference_unit", "lab_order_category",
    "lab_specimen_category", "lab_name",
)  # fmt: skip
_LIMIT = r"^\s*([<>]=?|≤|≥)"
_LIMITS = {"≤": "<=", "≥": ">="}
# what a category says of gases: that the blood is arterial, or that it is venous
_ARTERIAL, _VENOUS, _SATURATION = "arterial", "venous", "so2"
_OF_GASES = {
    f"{gas}_{side}": (gas, side) for gas in ("ph", "pco2", "po2") for side in (_ARTERIAL, _VENOUS)
} | {
    "so2_arterial": (_SATURATION, _ARTERIAL),
    "so2_mixed_venous": (_SATURATION, _VENOUS),
    "so2_central_venous": (_SATURATION, _VENOUS),
}
_OF_ARTERIES = ("pao2", "paco2", "sao2")
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
    venous = _charted_as_both(hospital) if concepts.intersection(_OF_ARTERIES) else None
    for rows in tables.of_codes("labs", "lab_category", used["lab_category"], *_COLUMNS):
        mine = hospital.whose(rows.filter(~others)).join(used, on="lab_category", maintain_order="left")
        if venous is None:
            mine = mine.with_columns(venous=pl.lit(None, pl.Boolean), saturation=pl.lit(None, pl.Boolean))
        else:
            mine = mine.join(venous, on=[ADMISSION, "lab_collect_dttm"], how="left", maintain_order="left")
        yield _measured(mine)


def _charted_as_both(hospital: Hospital) -> pl.DataFrame:
    """The moments of an admission at which a gas stands as arterial and, with the same number, as venous: that blood is not arterial.

    A conversion that calls every blood gas of the laboratory arterial leaves the bedside's own venous entry beside it. Where only the
    saturation stands twice (`saturation`, else `venous`), it alone is in doubt.
    """
    tables = hospital.tables
    sides = {
        raw: _OF_GASES[folded(raw)]
        for raw in tables.names("labs", "lab_category")["name"].drop_nulls()
        if folded(raw) in _OF_GASES
    }
    asked = (ADMISSION, "lab_collect_dttm", "lab_value", "lab_value_numeric")
    codes = pl.Series("lab_category", list(sides), dtype=pl.String)
    parts = [hospital.whose(rows) for rows in tables.of_codes("labs", "lab_category", codes, *asked)]
    if not parts or {side for _, side in sides.values()} != {_ARTERIAL, _VENOUS}:
        flags = {"venous": pl.Boolean, "saturation": pl.Boolean}
        return pl.DataFrame(schema={ADMISSION: pl.String, "lab_collect_dttm": MOMENT, **flags})
    named = [
        pl.col("lab_category").replace_strict({raw: pair[place] for raw, pair in sides.items()}, return_dtype=pl.String).alias(name)
        for place, name in enumerate(("gas", "side"))
    ]  # fmt: skip
    moment = [ADMISSION, "lab_collect_dttm"]
    rows = pl.concat(parts).select(*moment, *named, value=_number()).drop_nulls()
    both = rows.group_by(*moment, "gas", "value").agg(pl.col("side").n_unique()).filter(pl.col("side") == 2)
    of_saturation = pl.col("gas") == _SATURATION
    return both.group_by(moment).agg(venous=(~of_saturation).any(), saturation=of_saturation.any())


def _number() -> pl.Expr:
    """The number, else the text as one, else the number of a printed limit: some conversions leave that empty."""
    said = pl.col("lab_value")
    limit = said.str.extract(_LIMIT + r"\s*([0-9]+(?:\.[0-9]+)?)\.?\s*$", 2)
    return pl.coalesce(
        "lab_value_numeric",
        *(text.cast(pl.Float64, strict=False) for text in (said.str.strip_chars(), limit)),
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
        "patient", "concept", "word", "venous", "saturation", time="lab_collect_dttm", known="lab_result_dttm", text=said,
        unit=pl.coalesce(pl.when(~unit.str.to_lowercase().is_in(list(_NO_UNIT))).then(unit), "own_unit"),
        value=_number(), misnamed=misnamed(rows, "lab_name"),
    )  # fmt: skip
    read = read_values(given.drop_nulls("value"))
    contradicted = pl.col("venous").fill_null(False) & pl.col("concept").is_in(_OF_ARTERIES)
    contradicted |= pl.col("saturation").fill_null(False) & (pl.col("concept") == "sao2")
    reason = pl.when(contradicted & pl.col("reason").is_null()).then(pl.lit(ALSO_VENOUS)).otherwise("reason")
    return read.with_columns(reason=pl.coalesce("misnamed", reason)).select(
        "patient", "concept", "time", "known", "value", "text", "reason", origin=pl.format("labs/{}/", "word")
    )
