"""Respiratory charting: settings and measurements of ventilators, and the devices by which oxygen is given."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.offs import off_text
from opensepsis.data.intake.text_codes import word_of
from opensepsis.data.schema import REASON
from opensepsis.data.sources.eicu.clock import PATIENT, STAY, timed
from opensepsis.data.sources.eicu.gate import read_texts
from opensepsis.data.sources.eicu.holding import OXYGEN_HOLDS, VENTILATION_HOLDS, held, strongest
from opensepsis.data.sources.eicu.listed import respiratory_labels
from opensepsis.data.sources.eicu.maps import read_map
from opensepsis.data.sources.relational.tables import Tables

_TABLE = "respiratorycharting"
_COLUMNS = (STAY, "respchartid", "respchartoffset", "respchartentryoffset", "respchartvalue")
_STRENGTH = {"off": 0, "high_flow": 1, "cpap": 2, "noninvasive": 3, "invasive": 4, "stop": 9}
_STOP = "stop"
_BY_PRESENCE = ("invasive", "noninvasive")  # a setting that only such a ventilator has
_FROM_DEVICES = frozenset({"oxygen", "ventilation", "fio2"})
_OXYGEN = ("nursecharting", "O2 Admin Device")


def respiratory(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """All asked numbers, known when they were entered; then oxygen devices, ventilation and charted room air."""
    listed = respiratory_labels(tables)
    numbers = listed.filter(pl.col("concept").is_in(concepts))
    speaking = listed.filter(pl.col("concept").is_null()) if concepts & _FROM_DEVICES else listed.clear()
    spoken: list[pl.DataFrame] = []
    labels = pl.concat([numbers, speaking])["label"]
    if labels.len() and tables.has(_TABLE):
        for rows in tables.of_codes(_TABLE, "respchartvaluelabel", labels, *_COLUMNS):
            placed = timed(tables, rows, time="respchartoffset", known="respchartentryoffset")
            yield _numbers(placed.join(numbers, left_on="respchartvaluelabel", right_on="label"))
            spoken.append(_said(placed.join(speaking, left_on="respchartvaluelabel", right_on="label")))
    if concepts & _FROM_DEVICES:
        spoken += _by_nurses(tables)
        if spoken:
            yield from _support(pl.concat(spoken), concepts)


def _numbers(rows: pl.DataFrame) -> pl.DataFrame:
    # of a ventilator 0 is a field left empty, not a measurement
    filled = pl.col("respchartvalue").str.strip_chars().cast(pl.Float64, strict=False) != 0
    rows = rows.filter(filled.fill_null(True)).rename({"respchartvalue": "value"})
    return read_texts(rows).select(
        PATIENT, "concept", "time", "known", "value", "text", REASON,
        origin=pl.format("respiratorycharting/{}", "respchartid"),
    )  # fmt: skip


def _said(rows: pl.DataFrame) -> pl.DataFrame:
    """What each row says of a device: its word, or the kind of ventilator that alone has such a setting."""
    word = pl.col("respchartvalue").str.strip_chars().str.to_lowercase()
    number = word.cast(pl.Float64, strict=False)
    present = pl.col("rule").is_in(_BY_PRESENCE) & (number > 0)
    said = pl.when(present).then("rule").when(pl.col("rule") == "device").then(word)
    return rows.select(STAY, PATIENT, "time", "known", "left", said=said).drop_nulls("said")


def _by_nurses(tables: Tables) -> Iterator[pl.DataFrame]:
    """The oxygen devices of nurse charting."""
    table, label = _OXYGEN
    if not tables.has(table):
        return
    columns = (STAY, "nursingchartoffset", "nursingchartentryoffset", "nursingchartvalue")
    for rows in tables.of_codes(table, "nursingchartcelltypevallabel", pl.Series([label]), *columns):
        placed = timed(tables, rows, time="nursingchartoffset", known="nursingchartentryoffset")
        said = pl.col("nursingchartvalue").str.strip_chars().str.to_lowercase()
        yield placed.select(STAY, PATIENT, "time", "known", "left", said=said).drop_nulls("said")


def _support(spoken: pl.DataFrame, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    kinds = pl.DataFrame({"word": _BY_PRESENCE, "ventilation": _BY_PRESENCE})
    listed = pl.concat([read_map("devices"), kinds], how="diagonal")
    others = _in_common_words(set(spoken["said"].unique()) - set(listed["word"]), listed)
    words = pl.concat([listed, others])
    told = spoken.join(words, left_on="said", right_on="word")
    if "ventilation" in concepts:
        yield _ventilation(told.drop_nulls("ventilation"))
    devices = _devices(told.drop_nulls("oxygen"))
    if "oxygen" in concepts:
        yield devices
    if "fio2" in concepts:
        air = devices.filter(pl.col("text") == "air").drop("end", "text")
        yield air.with_columns(concept=pl.lit("fio2"), value=pl.lit(0.21))


def _in_common_words(said: set[str], listed: pl.DataFrame) -> pl.DataFrame:
    """The words of devices that only the list for all sources has: with a flow, in another spelling, off."""
    ranked = listed.filter(pl.col("oxygen").is_not_null())
    ventilated = dict(ranked.select("oxygen", "ventilation").unique("oxygen", keep="first").iter_rows())
    rows = []
    for text in sorted(said):
        word = word_of("oxygen", text)
        if off_text("ventilation", text):
            rows.append((text, None, _STOP))
        elif word in ventilated:
            rows.append((text, word, ventilated[word]))
    return pl.DataFrame(rows, schema=listed.schema, orient="row")


def _ventilation(told: pl.DataFrame) -> pl.DataFrame:
    states = held(strongest(told, _STRENGTH, "ventilation"), VENTILATION_HOLDS)
    running = states.filter(pl.col("ventilation").is_in(["high_flow", "cpap", "noninvasive", "invasive"]))
    return running.select(
        PATIENT, "time", "end", "known", concept=pl.lit("ventilation"), text="ventilation",
        origin=pl.lit("respiratorycharting/ventilation"),
    )  # fmt: skip


def _devices(told: pl.DataFrame) -> pl.DataFrame:
    words = read_map("devices")["oxygen"].drop_nulls().unique(maintain_order=True).to_list()
    ranks = {word: rank for rank, word in enumerate(words)}
    return held(strongest(told, ranks, "oxygen"), OXYGEN_HOLDS).select(
        PATIENT, "time", "end", "known", concept=pl.lit("oxygen"), text="oxygen",
        origin=pl.lit("respiratorycharting/oxygen"),
    )  # fmt: skip
