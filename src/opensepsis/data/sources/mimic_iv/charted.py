"""What is charted at the bedside: numbers and words, read in one scan of the largest table."""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
import polars as pl

from opensepsis.data.sources.mimic_iv.maps import items, read_map
from opensepsis.data.sources.mimic_iv.support import charted_support, speaks_of_support
from opensepsis.data.sources.mimic_iv.tables import Tables

_RULES = ("number", "temperature", "fraction", "word")
# no living body is hotter than this in Celsius nor colder in Fahrenheit, so the number itself tells the scale
_HOTTEST_CELSIUS = 50
_COLUMNS = ("subject_id", "stay_id", "itemid", "charttime", "storetime", "value", "valuenum")


def charted(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """All asked numbers and words of chartevents, then the support that its words speak of."""
    wanted = pl.concat([items("chartevents", concepts, *_RULES), speaks_of_support(concepts)]).unique("itemid")
    if wanted.is_empty():
        return
    listed = _listed(wanted)
    support = []
    for rows in tables.stream(_rows(tables, listed), "chartevents"):
        numbers = rows.filter(pl.col("said").is_null()).select("subject_id", "line", "time", "known", "value")
        yield _named(numbers, listed).drop("line")
        spoken = _worded(rows.filter(pl.col("said").is_not_null()), listed)
        yield _meant(spoken.filter(~pl.col("tells_support")))
        support.append(spoken.filter("tells_support").select("subject_id", "stay_id", "itemid", "time", "known", "said"))
    yield from charted_support(tables, concepts, pl.concat(support)) if support else ()


def _listed(wanted: pl.DataFrame) -> pl.DataFrame:
    words = read_map("words")
    silent = words.filter(pl.col("value").is_null())["itemid"]
    return wanted.select(
        "itemid", "concept", "rule", "factor",
        line=pl.int_range(pl.len(), dtype=pl.UInt16),
        origin=pl.format("chartevents/{}", "itemid"),
        tells_support=~pl.col("rule").is_in(_RULES),
        worded=pl.col("itemid").is_in(words["itemid"].implode()),
        word_decides=pl.col("itemid").is_in(silent.implode()),
    )  # fmt: skip


def _rows(tables: Tables, listed: pl.DataFrame) -> ir.Table:
    """The numbers in the concept's unit; the word too where the number does not say it all; `line` is the place in the list."""
    beside = listed.drop("concept", "origin")
    rows = tables.get("chartevents", *_COLUMNS).join(tables.lookup(beside), "itemid")
    spoken = rows.tells_support | rows.word_decides | (rows.worded & rows.valuenum.isnull())
    kept = rows.filter(rows.valuenum.notnull() | (spoken & rows.value.notnull()) | rows.tells_support)
    return kept.select(
        "subject_id", "stay_id", "line", time="charttime", known="storetime", value=_scaled(kept, set(listed["rule"])),
        said=ibis.ifelse(spoken, ibis.coalesce(kept.value, ""), ibis.null("string")),
    )  # fmt: skip


def _scaled(rows: ir.Table, rules: set[str]) -> ir.Value:
    """The number in the concept's unit."""
    number = rows.valuenum
    branches = []
    if "temperature" in rules:
        celsius = ibis.ifelse(number > _HOTTEST_CELSIUS, (number - 32) / 1.8, number)
        branches.append((rows.rule == "temperature", celsius))
    if "fraction" in rules:
        # charted in percent; 1 is taken as all oxygen, because 1 % is never given
        branches.append((rows.rule == "fraction", ibis.ifelse(number > 1, number / 100, number)))
    scaled = number * rows.factor
    return ibis.cases(*branches, else_=scaled) if branches else scaled


def _named(rows: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(listed[name].gather(rows["line"]) for name in ("concept", "origin"))


def _worded(rows: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    said = pl.col("said").str.strip_chars().str.to_lowercase()
    return _named(rows, listed).with_columns(said, *(listed[name].gather(rows["line"]) for name in ("itemid", "tells_support")))


def _meant(spoken: pl.DataFrame) -> pl.DataFrame:
    """What the words mean. A word listed without a meaning leaves the row out: a verbal score under a tube is not a low score."""
    words = read_map("words").rename({"word": "said", "value": "meant"}).with_columns(listed=True)
    rows = spoken.join(words, on=["itemid", "said"], how="left")
    silent = pl.col("listed").is_not_null() & pl.col("meant").is_null() & pl.col("text").is_null()
    rows = rows.filter(~silent).with_columns(value=pl.coalesce("value", "meant"))
    rows = rows.filter(pl.col("value").is_not_null() | pl.col("text").is_not_null())
    return rows.select("subject_id", "concept", "origin", "time", "known", "value", "text")
