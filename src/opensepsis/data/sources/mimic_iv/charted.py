"""What is charted at the bedside: numbers and words, read in one scan of the largest table."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.sources.mimic_iv.maps import items, of_both_systems
from opensepsis.data.sources.mimic_iv.support import charted_support, speaks_of_support
from opensepsis.data.sources.relational.tables import Tables

_RULES = ("number", "temperature", "fraction", "word")
# no living body is hotter than this in Celsius nor colder in Fahrenheit, so the number itself tells the scale
_HOTTEST_CELSIUS = 50
_COLUMNS = ("subject_id", "stay_id", "charttime", "storetime", "value", "valuenum")
_PLAIN = ("subject_id", "line", "time", "known", "value")
_NUMBERS = ("subject_id", "concept", "origin", "time", "known", "value")
_SUPPORT = ("subject_id", "stay_id", "itemid", "time", "known", "said")


def charted(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """All asked numbers and words of chartevents, then the support that its words speak of."""
    wanted = pl.concat([items("chartevents", concepts, *_RULES), speaks_of_support(concepts)]).unique(
        "itemid"
    )
    if wanted.is_empty():
        return
    listed = _listed(wanted)
    support = []
    for charted_rows in tables.of_codes("chartevents", "itemid", listed["itemid"], *_COLUMNS):
        rows = _scaled(charted_rows, listed)
        plain = rows.select(~pl.col("spoken") & pl.col("value").is_not_null()).to_series()
        yield _named(rows.select(_PLAIN).filter(plain), listed).select(_NUMBERS)
        spoken = _worded(rows.filter("spoken"), listed)
        yield _meant(spoken.filter(~pl.col("tells_support")))
        support.append(spoken.filter("tells_support").select(_SUPPORT))
    yield from charted_support(tables, concepts, pl.concat(support)) if support else ()


def _listed(wanted: pl.DataFrame) -> pl.DataFrame:
    words = of_both_systems("words")
    silent = words.filter(pl.col("value").is_null())["itemid"]
    tells_support = ~pl.col("rule").is_in(_RULES)
    return wanted.sort("itemid").select(
        "itemid", "concept", "rule", "factor",
        origin=pl.format("chartevents/{}/", "itemid"),
        tells_support=tells_support,
        worded=pl.col("itemid").is_in(words["itemid"].implode()),
        word_decides=tells_support | pl.col("itemid").is_in(silent.implode()),
    )  # fmt: skip


def _scaled(rows: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """The numbers in the concept's unit; `spoken` where the number does not say it all; `line` is the place in the list."""
    line = listed["itemid"].search_sorted(rows["itemid"]).alias("line")
    number = pl.col("valuenum")
    fahrenheit = pl.lit((listed["rule"] == "temperature").gather(line)) & (number > _HOTTEST_CELSIUS)
    # charted in percent; 1 is taken as all oxygen, because 1 % is never given
    percent = pl.lit((listed["rule"] == "fraction").gather(line)) & (number > 1)
    # a column, for Polars multiplies by the inverse of a single divisor, which is not the same in the last digit
    divisor = pl.when(fahrenheit).then(1.8).when(percent).then(100.0).otherwise(1.0)
    value = (number - pl.when(fahrenheit).then(32).otherwise(0)) / divisor * listed["factor"].gather(line)
    no_number = pl.col("valuenum").is_null() & listed["worded"].gather(line)
    return rows.select(
        "subject_id", "stay_id", line, pl.col("value").alias("said"), time="charttime", known="storetime", value=value,
        spoken=pl.lit(listed["word_decides"].gather(line)) | no_number,
    )  # fmt: skip


def _named(rows: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(listed[name].gather(rows["line"]) for name in ("concept", "origin"))


def _worded(rows: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    said = pl.col("said").fill_null("").str.strip_chars().str.to_lowercase()
    return _named(rows, listed).with_columns(
        said, *(listed[name].gather(rows["line"]) for name in ("itemid", "tells_support"))
    )


def _meant(spoken: pl.DataFrame) -> pl.DataFrame:
    """What the words mean. A word listed without a meaning leaves the row out: a verbal score under a tube is not a low score."""
    words = of_both_systems("words").rename({"word": "said", "value": "meant"}).with_columns(listed=True)
    rows = spoken.join(words, on=["itemid", "said"], how="left")
    silent = pl.col("listed").is_not_null() & pl.col("meant").is_null() & pl.col("text").is_null()
    rows = rows.filter(~silent).with_columns(value=pl.coalesce("value", "meant"))
    rows = rows.filter(pl.col("value").is_not_null() | pl.col("text").is_not_null())
    return rows.select("subject_id", "concept", "origin", "time", "known", "value", "text")
