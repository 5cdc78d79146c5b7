"""Checks of events, many at once: what cannot be true is rejected with its reason and never scored."""

import polars as pl

from opensepsis.data.intake.not_given import NOTHING_GIVEN
from opensepsis.data.intake.rejections import NOT_THERE
from opensepsis.data.schema import EVENTS, REASON, REJECTED, ROW, TABLE, in_shape
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import ConceptError, FormatError, nearest
from opensepsis.rules import Kind
from opensepsis.rules.offs import OFF

NAMES = pl.Enum(list(CONCEPTS))
_NUMBERS = (Kind.MEASURE, Kind.AMOUNT)
_NO_LIMIT = (float("-inf"), float("inf"))
_LOWEST = pl.Series([(c.plausible or _NO_LIMIT)[0] for c in CONCEPTS.values()], dtype=pl.Float64)
_HIGHEST = pl.Series([(c.plausible or _NO_LIMIT)[1] for c in CONCEPTS.values()], dtype=pl.Float64)
_IS_NUMBER = pl.Series([c.kind in _NUMBERS for c in CONCEPTS.values()])
_IS_YES_OR_NO = pl.Series([c.is_yes_or_no for c in CONCEPTS.values()])
_IS_DOSE = pl.Series([c.routed for c in CONCEPTS.values()])
_IS_WORD = pl.Series([c.kind is Kind.WORD for c in CONCEPTS.values()])


def split(events: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The events that can be true, and those rejected with their reason, table and row.

    A source may add a `reason` to rows it could not use, and `table` and `row` to say where they stand. A measurement
    without a number is rejected unless it has an origin: then it takes back an earlier value of that origin.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> batch = pl.DataFrame({"patient": "a", "concept": "lactate", "time": at, "value": [2.0, 900.0]})
    >>> kept, aside = split(batch)
    >>> kept["value"].to_list(), aside["reason"].to_list()
    ([2.0], ['outside plausible limits'])
    """
    said = events.get_column(REASON) if REASON in events.columns else None
    frame = _known_not_missing(_shaped(events))
    suspect = _suspect(frame, _number_of(frame))
    if said is not None:
        suspect = suspect | said.is_not_null()
    if not suspect.any():
        return frame, pl.DataFrame(schema=REJECTED)
    aside = frame.filter(suspect)
    reasons = aside.select(_reason(_number_of(aside)).alias(REASON)).to_series()
    if said is not None:
        reasons = said.filter(suspect).cast(pl.String).zip_with(said.filter(suspect).is_not_null(), reasons)
    places = (
        (events.get_column(name).filter(suspect) if name in events.columns else pl.lit(None))
        .cast(kind)
        .alias(name)
        for name, kind in ((TABLE, pl.String), (ROW, pl.UInt32))
    )
    return frame.filter(~suspect), aside.with_columns(reasons.alias(REASON), *places).select(list(REJECTED))


def _shaped(events: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in ("patient", "concept", "time") if name not in events.columns]
    if missing:
        raise FormatError(
            f"Events need the columns patient, concept and time; missing: {', '.join(missing)}."
        )
    try:
        return in_shape(events, EVENTS)
    except pl.exceptions.PolarsError:
        wrong = [
            f"{c} is {events.schema[c]}"
            for c, t in EVENTS.items()
            if c in events.columns and events.schema[c] != t
        ]
    raise FormatError(
        f"Events have columns of the wrong type: {', '.join(wrong)}. See the timeline's schema."
    )


def _known_not_missing(frame: pl.DataFrame) -> pl.DataFrame:
    if frame.get_column("known").null_count() == 0:
        return frame
    return frame.with_columns(pl.col("known").fill_null(pl.col("time")))


def _number_of(frame: pl.DataFrame) -> pl.Series:
    """The place of each row's concept in CONCEPTS; ConceptError if one is not there."""
    names = frame.get_column("concept")
    places = names.cast(NAMES, strict=False).to_physical().cast(pl.UInt32)
    if places.null_count() > names.null_count():
        unknown = names.filter(places.is_null() & names.is_not_null())
        first = sorted(unknown.unique().to_list())[0]
        raise ConceptError(f"{unknown.len():,} events have an unknown concept. {nearest(first, CONCEPTS)}")
    return places


def _suspect(frame: pl.DataFrame, places: pl.Series) -> pl.Series:
    """True for every row that some check sets aside."""
    return frame.select(
        pl.any_horizontal(condition.fill_null(False) for _, condition in _conditions(places))
    ).to_series()


def _reason(places: pl.Series) -> pl.Expr:
    """The first check that sets a row aside, in words."""
    return pl.coalesce(pl.when(condition).then(pl.lit(reason)) for reason, condition in _conditions(places))


def _conditions(places: pl.Series) -> list[tuple[str, pl.Expr]]:
    value, text, origin = pl.col("value"), pl.col("text"), pl.col("origin")
    outside = ~value.is_between(pl.lit(_LOWEST.gather(places)), pl.lit(_HIGHEST.gather(places)))
    takes_back = origin.is_not_null() & text.is_null()
    return [
        ("no patient", pl.col("patient").is_null()),
        ("no concept", pl.col("concept").is_null()),
        ("no time", pl.col("time").is_null()),
        ("ends before it starts", pl.col("end") < pl.col("time")),
        ("no value", value.is_null() & ~takes_back & pl.lit(_IS_NUMBER.gather(places))),
        ("no word", text.is_null() & origin.is_null() & pl.lit(_IS_WORD.gather(places))),
        ("not a finite number", ~value.is_finite()),
        ("outside plausible limits", outside),
        (NOT_THERE, (value == 0) & pl.lit(_IS_YES_OR_NO.gather(places))),
        (NOTHING_GIVEN, (value == 0) & pl.lit(_IS_DOSE.gather(places))),
        ("word that the concept does not allow", _word_not_allowed(places)),
    ]


def says_off(text: pl.Expr) -> pl.Expr:
    """Whether texts of what lasts say that it is not there; the twin of `is_off` in `rules/offs.py` for whole columns.

    >>> pl.select(says_off(pl.lit(pl.Series(["off", "off invasive", "office", None])))).to_series().to_list()
    [True, True, False, None]
    """
    return (text == OFF) | text.str.starts_with(f"{OFF} ")


def _word_not_allowed(places: pl.Series) -> pl.Expr:
    """Where a text is no word of its concept; only of the concepts that are there."""
    wrong = pl.lit(False)
    concepts = list(CONCEPTS.values())
    for place in places.drop_nulls().unique().to_list():
        if concepts[place].words:
            listed = pl.col("text").is_in(concepts[place].words)
            if concepts[place].kind is Kind.INTERVAL:
                listed = listed | says_off(pl.col("text"))
            wrong = wrong | (pl.lit(places == place) & ~listed)
    return wrong
