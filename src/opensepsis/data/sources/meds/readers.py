"""Rows of a MEDS file as rows of the timeline, by the rule of each code; the subjects are whole."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.medicines import find_medicine, local_form, taken_by_mouth
from opensepsis.data.intake.not_given import why_not_given
from opensepsis.data.intake.text_codes import plain
from opensepsis.data.intake.text_codes_batch import reasons_beside
from opensepsis.data.intake.value_columns import read_values
from opensepsis.data.schema import REASON
from opensepsis.data.sources.meds.pairing import with_ends, with_specimens, without_those_of
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

OTHER_SPECIMEN = "not marked as arterial blood"
MAY_BE_A_TUBE = "a value that this edition cannot tell from none (a tube)"
NO_NUMBER = "no number"
NO_DRUG = "no list knows this drug"
NO_END = "no end after its start"
_KEPT = ("subject_id", "concept", "time", "end", "known", "value", "text", "origin", REASON)
_RATES = frozenset(c.name for c in CONCEPTS.values() if c.kind is Kind.INTERVAL)
_ARTERIAL = ("art", "arterial")
_LIMIT = r"^\s*(<=|>=|[<>≤≥])\s*[0-9]"


def events_of(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The events of rows with what their codes mean, rule after rule; those set aside have a reason."""
    arterial = _arterial(rows)
    yield _shaped(_numbers(rows, arterial))
    for rule, reader in _READERS.items():
        mine = rows.filter(pl.col("rule") == rule)
        if mine.height:
            yield _shaped(reader(mine, rows))


def _shaped(found: pl.DataFrame) -> pl.DataFrame:
    blank = [pl.lit(None).alias(name) for name in _KEPT if name not in (*found.columns, "origin")]
    named = found.with_columns(*blank, origin=pl.format("meds/{}", "code"))
    return named.select(_KEPT).with_columns(
        pl.col("value").cast(pl.Float64), pl.col("text").cast(pl.String), pl.col(REASON).cast(pl.String),
        *(pl.col(name).cast(pl.Datetime("us", "UTC")) for name in ("time", "end", "known")),
    )  # fmt: skip


def _collected(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("rule") == "collected")


def _numbers(rows: pl.DataFrame, arterial: pl.DataFrame) -> pl.DataFrame:
    """Measurements: at the time of their specimen where that is told, known at the time of their own row."""
    mine = rows.filter(pl.col("rule") == "number")
    mine = with_specimens(mine, _collected(rows))
    mine = mine.with_columns(known=pl.col("time"), time=pl.coalesce("taken", "time"))
    read = _read(mine)
    limit = pl.when(pl.col("limit") != "").then("limit")
    words = pl.when(pl.col("value").is_not_null()).then("text_value")
    beside = reasons_beside(read.select("concept", "value", text=words))
    found = read.with_columns(
        pl.coalesce(REASON, beside).alias(REASON), text=pl.coalesce(limit, pl.col("text").replace("", None))
    )
    marked = arterial.with_columns(is_arterial=True)
    found = found.join(marked, on=["subject_id", "time"], how="left", maintain_order="left")
    wrong_blood = (pl.col("needs") == "arterial") & pl.col("is_arterial").is_null()
    spoken = pl.col("text_value").map_elements(plain, return_dtype=pl.String)
    no_score = pl.col("except_text").list.contains(spoken)
    too_low = pl.col("value") < pl.col("least")
    reason = (
        pl.when(wrong_blood).then(pl.lit(OTHER_SPECIMEN))
        .when(no_score.fill_null(False)).then(pl.lit(MAY_BE_A_TUBE))
        .when(too_low.fill_null(False)).then(pl.lit(MAY_BE_A_TUBE))
        .otherwise(pl.col(REASON))
    )  # fmt: skip
    return found.with_columns(reason.alias(REASON)).filter(
        pl.col("value").is_not_null() | pl.col(REASON).is_not_null()
    )


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with their value in each concept's unit, `limit` and `reason`: by the number, else by what a text prints."""
    said = rows.with_columns(unit=pl.coalesce("unit", "meant_unit").fill_null(""))
    sign = pl.col("text_value").str.extract(_LIMIT, 1)
    has_number = pl.col("numeric_value").is_not_null()
    parts = [
        said.filter(has_number, sign.is_null()).with_columns(value="numeric_value"),
        # 5 beside *<5* is a limit
        said.filter(has_number, sign.is_not_null()).with_columns(
            value=pl.concat_str(sign, pl.col("numeric_value").cast(pl.String))
        ),
        said.filter(pl.col("numeric_value").is_null(), pl.col("text_value").is_not_null()).with_columns(
            value="text_value"
        ),
    ]
    return pl.concat([read_values(part, unit_required=_RATES) for part in parts])


def _arterial(rows: pl.DataFrame) -> pl.DataFrame:
    """subject and time of the specimens that are called arterial."""
    said = rows.filter(pl.col("rule") == "specimen")
    words = pl.col("text_value").map_elements(plain, return_dtype=pl.String)
    called = with_specimens(said.filter(words.is_in(_ARTERIAL)), _collected(rows)) if said.height else said
    if called.is_empty():
        return pl.DataFrame(schema={"subject_id": pl.Int64, "time": pl.Datetime("us", "UTC")})
    paired = with_specimens(said, _collected(rows)).filter(words.is_in(_ARTERIAL))
    return paired.select("subject_id", time=pl.coalesce("taken", "time")).unique()


def _rates(mine: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Infusions from their start to the first stop of the same drug; a start without a rate is a push and left out."""
    ended = with_ends(mine.filter(pl.col("numeric_value").is_not_null()), _stops(mine, rows))
    read = _read(ended)
    lacking = pl.when(pl.col("end").is_null()).then(pl.lit(NO_END))
    return read.with_columns(pl.coalesce(REASON, lacking).alias(REASON), text=pl.lit(None, pl.String))


def _runs(mine: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """A drug that runs at a rate, whatever that is."""
    return _ended(with_ends(mine.filter(pl.col("numeric_value") > 0), _stops(mine, rows)))


def _stops(mine: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The stops of infusions: a push has one of its own, a minute after it, which ends no infusion that runs on."""
    pushes = mine.filter(pl.col("numeric_value").is_null())
    return without_those_of(pushes, rows.filter(pl.col("rule") == "stops"))


def _lasting(mine: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    return _ended(with_ends(mine, rows.filter(pl.col("rule") == "stops")))


def _ended(ended: pl.DataFrame) -> pl.DataFrame:
    lacking = pl.when(pl.col("end").is_null()).then(pl.lit(NO_END))
    return ended.with_columns(lacking.alias(REASON), pl.col("text").replace("", None))


def _as_it_is(mine: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    return mine


def _given(mine: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Doses by the name of their drug."""
    return _drugs(mine, "")


def _ordered(mine: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Antibiotics that were ordered; an order of another drug says nothing that is used."""
    return _drugs(mine, "antibiotic")


def _drugs(mine: pl.DataFrame, only: str) -> pl.DataFrame:
    names = mine["text"].unique().drop_nulls()
    found = [
        (name, meant.concept, meant.ingredient) for name in names if (meant := find_medicine(name, (name,)))
    ]
    found = [one for one in found if (one[1] == only if only else CONCEPTS[one[1]].kind is Kind.EVENT)]
    table = pl.DataFrame(
        found, schema={"text": pl.String, "concept": pl.String, "ingredient": pl.String}, orient="row"
    )
    joined = mine.drop("concept").join(table, on="text", maintain_order="left")
    denied = {name: why_not_given(name) or None for name, *_ in found}
    reason = pl.col("text").replace_strict(denied, default=None, return_dtype=pl.String)
    named = joined.with_columns(_dosed(joined).alias("text"), reason.alias(REASON))
    return named.with_columns(concept=pl.lit("antibiotic_order")) if only else named


def _dosed(rows: pl.DataFrame) -> pl.Series:
    """`ingredient|route` of each dose: the route of a local form in its name, else as it is told, else of a form taken by mouth."""
    asked = rows.select("text", "ingredient", "route").unique()
    table = [
        (*one, f"{one[1]}|{local_form(one[0]) or (one[2] or '').strip() or taken_by_mouth(one[0])}")
        for one in asked.iter_rows()
    ]
    told = pl.DataFrame(table, schema=dict.fromkeys((*asked.columns, "dose"), pl.String), orient="row")
    return rows.join(told, on=asked.columns, how="left", nulls_equal=True, maintain_order="left")["dose"]


_READERS = {
    "rate starts": _rates, "runs": _runs, "starts": _lasting, "dose": _as_it_is, "given": _given, "ordered": _ordered, "coded": _as_it_is,
}  # fmt: skip
