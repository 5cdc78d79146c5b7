"""Rows that say in words what a number or another concept says: *2 L/min NC*, *98 % RA*, *BiPAP off*, *extubated*; many at once."""

from dataclasses import dataclass

import polars as pl

from opensepsis.data.intake.breath import DEVICE, IN_WORDS, OXYGEN, breath_in_words
from opensepsis.data.intake.offs import ENDED, PUMPS, YES_OR_NO, is_there, off_text, off_with_it, stands_still
from opensepsis.data.intake.text_codes import is_absent, word_of
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules.offs import OFF

_KEY = ("_concept", "_value", "_text")


@dataclass(frozen=True)
class Told:
    """What a row says: its number, or its word; and what it says beside, as concept, text and part of its origin."""

    number: float | None = None
    word: str | None = None
    beside: tuple[str | None, str | None, str | None] = (None, None, None)


def read_words(concept: str, value: str | None, text: str | None) -> Told | None:
    """What a row with a value or text in words says; None for one that is as it is.

    >>> read_words("oxygen_flow", "15 L NRB", None)
    Told(number=15.0, word=None, beside=('oxygen', 'non-rebreather mask', 'device'))
    >>> read_words("norepinephrine", None, "stopped").word, read_words("norepinephrine", "0.1", "base")
    ('off', None)
    >>> read_words("dialysis", "yes", None), read_words("ventilation", "IMV", None).word
    (Told(number=1.0, word=None, beside=(None, None, None)), 'invasive')
    >>> read_words("ventilation", None, "extubated").beside, read_words("dialysis", "0", "crrt").word
    (('oxygen', 'off endotracheal tube', 'ended'), 'off crrt')
    """
    if concept in PUMPS:
        return Told(word=OFF) if any(stands_still(said) for said in (value, text) if said) else None
    if concept in IN_WORDS:
        found = breath_in_words(concept, value or text or "")
        beside = (OXYGEN, found.device, DEVICE) if found and found.device else (None, None, None)
        return Told(found.number, None, beside) if found else None
    if concept not in YES_OR_NO:
        return None
    said = value or text or ""
    if is_there(concept, said):
        return Told(word=text) if value and text else Told(number=1.0)
    off = off_text(concept, said, text or "") if value else off_text(concept, said)
    if off is None and value and not text and (word := word_of(concept, value)):
        return Told(word=word)  # in the column of values
    if off is None:  # a text for what is not there is counted where texts are read
        return Told(word=value) if value and is_absent(concept, value) else None
    other = off_with_it(concept, off)
    return Told(word=off, beside=(*other, ENDED) if other else (None, None, None))


def with_words_read(rows: pl.DataFrame, decimal: str = "") -> pl.DataFrame:
    """The rows with the numbers and words of what is told in words, and behind them a row for each thing that is told beside.

    `decimal` is the decimal mark of the numbers that stand as texts.

    >>> rows = pl.DataFrame({"concept": ["oxygen_flow", "lactate", "ventilation"], "value": ["15 L NRB", "2", "BiPAP off"]})
    >>> with_words_read(rows).rows()[:3]
    [('oxygen_flow', '15.0', None), ('lactate', '2', None), ('ventilation', None, 'off noninvasive')]
    >>> with_words_read(rows).rows()[3:]
    [('oxygen', None, 'non-rebreather mask'), ('oxygen', None, 'off bipap mask')]
    """
    kinds = [rows.schema.get(name, pl.Null) for name in ("value", "text")]
    if kinds == [pl.Null, pl.Null] or not (kinds[0].is_numeric() or pl.String in kinds):
        return rows
    asked = _asked(rows)
    table = [
        (*key, told.number, told.word, *told.beside)
        for key in asked.drop_nulls("_concept").unique().iter_rows()
        if (told := read_words(*key))
    ]
    if not table:
        return rows
    names = dict.fromkeys((*_KEY, "_word", "_also", "_said", "_part"), pl.String) | {"_number": pl.Float64}
    order = (*_KEY, "_number", "_word", "_also", "_said", "_part")
    told = pl.DataFrame(table, schema={name: names[name] for name in order}, orient="row")
    return _told(
        rows, asked.join(told, on=_KEY, how="left", nulls_equal=True, maintain_order="left"), decimal
    )


def _asked(rows: pl.DataFrame) -> pl.DataFrame:
    """Concept, value and text of the rows that may say something in words.

    Of numbers only a 0 does, of what is there or not and of a pump; a pump whose end is told says nothing else.
    """
    concept = pl.col("concept").cast(pl.String)
    value = pl.lit(None, pl.String)
    if rows.schema.get("value") == pl.String:
        value = pl.col("value")
    elif "value" in rows.columns and rows.schema["value"].is_numeric():
        value = pl.when((pl.col("value") == 0) & concept.is_in([*YES_OR_NO, *PUMPS])).then(pl.lit("0"))
    text = pl.col("text") if rows.schema.get("text") == pl.String else pl.lit(None, pl.String)
    open_ended = pl.col("end").is_null() if "end" in rows.columns else pl.lit(True)
    said = concept.is_in([*IN_WORDS, *YES_OR_NO]) | (concept.is_in(PUMPS) & open_ended)
    mine = said & (value.is_not_null() | text.is_not_null())
    return rows.select(
        _concept=pl.when(mine).then(concept), _value=pl.when(mine).then(value), _text=pl.when(mine).then(text)
    )


def _told(rows: pl.DataFrame, told: pl.DataFrame, decimal: str) -> pl.DataFrame:
    for name, kind in (("value", pl.Float64), ("text", pl.String)):
        if rows.schema.get(name, pl.Null) == pl.Null:
            rows = rows.with_columns(pl.lit(None, kind).alias(name))
    number, word, other = told["_number"], told["_word"], told["_also"]
    is_number, is_word, there = number.is_not_null(), word.is_not_null(), other.is_not_null()
    kind, concept = rows.schema["value"], pl.col("concept").cast(pl.String)
    said = number.cast(kind)
    if kind == pl.String and decimal:
        said = said.str.replace(".", decimal, literal=True)
    changed: dict[str, pl.Expr] = {
        "value": pl.when(is_number).then(said).when(~is_word).then("value"),
        "text": pl.when(is_word).then(word).when(~is_number).then("text"),
    }
    beside = {
        "concept": other.filter(there).cast(rows.schema["concept"]),
        "value": pl.lit(None, kind),
        "text": told["_said"].filter(there),
    }
    if "unit" in rows.columns:
        own = concept.replace_strict({c: CONCEPTS[c].unit for c in IN_WORDS}, default=None)
        changed["unit"] = pl.when(is_number).then(own).otherwise("unit")
        beside["unit"] = pl.lit(None, rows.schema["unit"])
    if "origin" in rows.columns:
        part = told["_part"].filter(there)
        beside["origin"] = pl.col("origin").cast(pl.String) + " " + pl.lit(part)
    more = rows.filter(there).with_columns(**beside)
    return pl.concat([rows.with_columns(**changed), more], how="vertical_relaxed")
