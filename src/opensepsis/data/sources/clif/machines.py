"""Machines that are charted while they run: dialysis, ECMO and pumps for the heart."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.sources.clif.hospital import ADMISSION, Hospital
from opensepsis.data.sources.clif.words import RAW, read_map, spellings
from opensepsis.data.sources.held_states import FLOW_HOLDS, held

_TIME = "recorded_dttm"
_RENAL = ("crrt_therapy", "renal_replacement_therapy", "intermittent_dialysis")
_UNNAMED = {
    "crrt_therapy": "crrt",
    "renal_replacement_therapy": "dialysis",
    "intermittent_dialysis": "hemodialysis",
}


def machines(hospital: Hospital, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Each charting of a machine until the next, at most four hours."""
    if "dialysis" in concepts:
        for table in _RENAL:
            if hospital.tables.has(table):
                yield _dialysis(hospital, table)
    asked = sorted(concepts & {"ecmo", "mechanical_circulation"})
    for table, column in (("ecmo_mcs", "device_category"), ("mcs", "support_category")):
        if asked and hospital.tables.has(table):
            rows = _circulation(hospital, table, column)
            yield rows.filter(pl.col("concept").is_in(asked))


def _dialysis(hospital: Hospital, table: str) -> pl.DataFrame:
    """Dialysis in its mode; a mode is charted more seldom than the flow, so the last one of the admission counts."""
    tables = hospital.tables
    columns = [ADMISSION, _TIME, "blood_flow_rate"] + ["mode_category"] * (table != "intermittent_dialysis")
    rows = tables.get(table, *columns)
    charted = hospital.whose(tables.fetch(rows, table)).drop_nulls(_TIME)
    mode = pl.lit(None, pl.String)
    if "mode_category" in columns:
        charted = charted.join(
            _meant(hospital, table, "mode_category", "crrt_therapy"), on="mode_category", how="left"
        )
        mode = pl.col("text").forward_fill().over(ADMISSION, order_by=_TIME)
    named = charted.with_columns(machine=mode.fill_null(_UNNAMED[table]))
    # a pump that is charted as standing still ends what ran
    stands = (pl.col("blood_flow_rate") == 0).fill_null(False)
    states = named.select(
        "patient", ADMISSION, time=_TIME, known=_TIME, text="machine", strength=(~stands).cast(pl.Int64)
    )
    return _intervals(hospital, states, ("patient",), table).with_columns(concept=pl.lit("dialysis"))


def _circulation(hospital: Hospital, table: str, column: str) -> pl.DataFrame:
    """Pumps by their kind; why ECMO runs is told by its circuit, the last one charted of the admission."""
    tables = hospital.tables
    rows = tables.get(table, ADMISSION, _TIME, column, "config_category")
    charted = hospital.whose(tables.fetch(rows, table)).drop_nulls(_TIME)
    charted = charted.join(_meant(hospital, table, column, table), on=column)
    circuits = _meant(hospital, table, "config_category", "mcs").select("config_category", circuit="text")
    charted = charted.join(circuits, on="config_category", how="left")
    reason = pl.coalesce("text", "circuit").forward_fill().over(ADMISSION, "concept", order_by=_TIME)
    text = pl.when(pl.col("concept") == "ecmo").then(reason).otherwise("text")
    states = charted.select(
        "patient", ADMISSION, "concept", time=_TIME, known=_TIME, text=text, machine=column
    )
    states = states.with_columns(strength=pl.col("text").is_not_null().cast(pl.Int64) + 1)
    return _intervals(hospital, states, ("patient", "concept", "machine"), table)


def _meant(hospital: Hospital, table: str, column: str, of: str) -> pl.DataFrame:
    """The words of a column, as the table writes them, with concept and text."""
    wanted = read_map("machines").filter(pl.col("table") == of, pl.col("column") == column)
    used = spellings(hospital.tables, table, column).join(wanted.select("word", "concept", "text"), on="word")
    return used.select(pl.col(RAW).alias(column), "concept", "text")


def _intervals(hospital: Hospital, states: pl.DataFrame, owner: tuple[str, ...], table: str) -> pl.DataFrame:
    running = held(states, hospital.departures, FLOW_HOLDS, owner, ADMISSION).filter(pl.col("strength") > 0)
    kept = [name for name in ("concept",) if name in running.columns]
    return running.select("patient", *kept, "time", "end", "known", "text", origin=pl.lit(f"{table}/"))
