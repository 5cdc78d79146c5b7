"""What is charted at the bedside: pressures, breathing, oxygen, temperature, coma scale, sedation, weight."""

import ibis
import ibis.expr.types as ir
import polars as pl

from opensepsis.data.sources.mimic_iv.maps import items, read_map
from opensepsis.data.sources.mimic_iv.shape import Query
from opensepsis.data.sources.mimic_iv.tables import Tables

_RULES = ("number", "temperature", "fraction", "word")
# no living body is hotter than this in Celsius nor colder in Fahrenheit, so the number itself tells the scale
_HOTTEST_CELSIUS = 50
_COLUMNS = ("subject_id", "itemid", "charttime", "storetime", "value", "valuenum")


def bedside(tables: Tables, concepts: frozenset[str]) -> list[Query]:
    """One query over chartevents for all asked numbers and words."""
    wanted = items("chartevents", concepts, *_RULES)
    if wanted.is_empty():
        return []
    listed = wanted.select("itemid", "concept", "rule", "factor", origin=pl.format("chartevents/{}", "itemid"))
    words = read_map("words").filter(pl.col("itemid").is_in(wanted["itemid"].implode()))
    charted = tables.get("chartevents", *_COLUMNS).join(tables.lookup(listed), "itemid")
    charted = charted.filter(~_says_nothing(charted, words))
    number = ibis.coalesce(charted.valuenum, _meant(charted, words, "value", "float64"))
    text = _meant(charted, words, "text", "string")
    kept = charted.select(
        "subject_id", "concept", "origin", time="charttime", known="storetime", text=text, value=_number(charted, number, wanted)
    )
    return [Query("chartevents", kept.filter(kept.value.notnull() | kept.text.notnull()))]


def _number(charted: ir.Table, number: ir.Value, wanted: pl.DataFrame) -> ir.Value:
    """The number in the concept's unit."""
    rules = set(wanted["rule"])
    branches = []
    if "temperature" in rules:
        celsius = ibis.ifelse(number > _HOTTEST_CELSIUS, (number - 32) / 1.8, number)
        branches.append((charted.rule == "temperature", celsius))
    if "fraction" in rules:
        # charted in percent; 1 is taken as all oxygen, because 1 % is never given
        branches.append((charted.rule == "fraction", ibis.ifelse(number > 1, number / 100, number)))
    scaled = number * charted.factor
    return ibis.cases(*branches, else_=scaled) if branches else scaled


def _meant(charted: ir.Table, words: pl.DataFrame, column: str, kind: str) -> ir.Value:
    """What the charted words mean, for rows that carry no number."""
    known = words.filter(pl.col(column).is_not_null())
    if known.is_empty():
        return ibis.null(kind)
    word = charted.value.strip().lower()
    return ibis.cases(
        *(
            ((charted.itemid == itemid) & (word == said), meaning)
            for itemid, said, meaning in known.select("itemid", "word", column).iter_rows()
        ),
        else_=ibis.null(kind),
    )


def _says_nothing(charted: ir.Table, words: pl.DataFrame) -> ir.BooleanValue:
    """A verbal score under a tube is not a low score: the words listed without a meaning are left out."""
    empty = words.filter(pl.col("value").is_null(), pl.col("text").is_null())
    found = ibis.literal(False)
    for itemid, said in empty.select("itemid", "word").iter_rows():
        found = found | ((charted.itemid == itemid) & (charted.value.lower() == said).fill_null(False))
    return found
