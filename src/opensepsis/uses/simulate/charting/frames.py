"""From compiled records to the tables of the timeline and of the truth."""

from functools import cache

import numpy as np
import polars as pl

from opensepsis.uses.simulate.charting.events import CONCEPTS, OPEN, TABLES, TEXTS
from opensepsis.uses.simulate.cohort import Block
from opensepsis.uses.simulate.physiology.microbes import ORGANISMS, SITES
from opensepsis.uses.simulate.physiology.state import NEVER_YET, TRUTH
from opensepsis.uses.simulate.population import KINDS

EPOCH_US = 1_893_456_000_000_000  # 2030-01-01 UTC: virtual patients live in the future
MOMENT = pl.Datetime("us", "UTC")
CAUSES = ("", "shock", "lungs", "several organs", "comfort care", "other")
_ROWS = 1 << 14  # rows of one table with a ready-made name


def names(first: int, count: int) -> pl.Series:
    """Patient identifiers.

    >>> names(17, 1).to_list()
    ['sim-0000017']
    """
    return pl.Series("patient", [f"sim-{i:07d}" for i in range(first, first + count)], dtype=pl.String)


@cache
def _words() -> tuple[pl.Series, pl.Series, pl.Series]:
    origins = [f"{table}/{row}" for table in TABLES for row in range(_ROWS)]
    return (
        pl.Series(CONCEPTS, dtype=pl.String),
        pl.Series([text or None for text in TEXTS], dtype=pl.String),
        pl.Series(origins, dtype=pl.String),
    )


def _zero(block: Block) -> np.ndarray:
    """The moment (microseconds since 1970) at which each patient's simulated time was 0, aligned with the clock of arrival."""
    who, admitted = block.who, block.states["admitted"]
    arrival = who["day"] * 24 + who["clock"]
    # Whole minutes on the clock; a patient who never arrived keeps an arrival at hour 0.
    admitted = np.where(admitted >= NEVER_YET, 0.0, admitted)
    return EPOCH_US + (np.round(arrival * 60) * 60e6 - admitted * 3600e6).astype(np.int64)


def _moment(values: np.ndarray, zero: np.ndarray, name: str) -> pl.Series:
    """Hours of the simulation as a moment; those that never came as null."""
    never = values >= NEVER_YET / 2
    micros = zero + np.round(np.where(never, 0.0, values) * 3600).astype(np.int64) * 1_000_000
    return pl.Series(name, micros).set(pl.Series(never), None).cast(MOMENT)


def event_frame(block: Block) -> pl.DataFrame:
    """The chart of a block, in the columns of the timeline's `events`."""
    events, concepts, texts, origins = block.events, *_words()
    index = block.owner - block.first
    zero = _zero(block)[index]

    def moment(name):
        return pl.Series(name, zero + events[name].astype(np.int64) * 1_000_000)

    open_ended = pl.Series(events["end"] == OPEN)
    value = events["value"]
    places = events["table"].astype(np.int64) * _ROWS + np.minimum(events["row"], _ROWS - 1)
    return pl.DataFrame(
        {
            "patient": names(block.first, len(block.who)).gather(index),
            "concept": concepts.gather(events["concept"].astype(np.int64)),
            "time": moment("time").cast(MOMENT),
            "end": moment("end").set(open_ended, None).cast(MOMENT),
            "known": moment("known").cast(MOMENT),
            "value": pl.Series(value).fill_nan(None),
            "text": texts.gather(events["text"].astype(np.int64)),
            "origin": origins.gather(places),
        }
    )


def stay_frame(block: Block, hours: int) -> pl.DataFrame:
    """Hospital, emergency and intensive care stays of a block; a stay that outlasts the simulation has no end."""
    who, s, zero = block.who, block.states, _zero(block)
    patient = names(block.first, len(who))
    over = np.minimum(s["died"], s["discharged"])
    inside = (s["discharged"] < NEVER_YET) | (s["died"] < NEVER_YET)
    end = np.where(inside, over, NEVER_YET)
    died = _moment(s["died"], zero, "died")
    at_hospital = s["died"] <= s["discharged"]
    goes = np.where(s["comfort"] > 0, "hospice", np.where(who["frailty"] > 0.5, "nursing facility", "home"))
    place = np.where(
        at_hospital & (s["died"] < NEVER_YET), "died", np.where(s["discharged"] < NEVER_YET, goes, "")
    )
    person = {
        "age": pl.Series(np.floor(who["age"])),
        "sex": pl.Series(np.where(who["female"] > 0, "F", "M")),
        "died": died,
    }
    to = pl.Series("discharged_to", place).replace({"": None})

    def stays(kind, start, stop, chosen, to):
        columns = {
            "patient": patient,
            "stay": patient + f"-{kind}",
            "kind": pl.repeat(kind, len(who), eager=True),
            "admitted": _moment(start, zero, "admitted"),
            "discharged": _moment(stop, zero, "discharged"),
            **person,
            "discharged_to": to,
        }
        return pl.DataFrame(columns).filter(pl.Series(chosen))

    nowhere = pl.repeat(None, len(who), dtype=pl.String, eager=True)
    arrived = s["admitted"] < NEVER_YET
    icu_end = np.where(s["icu"] > 0, end, np.minimum(s["icu_until"], end))
    emergency_end = np.minimum(np.minimum(s["admitted"] + 3 + 4 * who["minute"], s["icu_from"]), end)
    return pl.concat(
        [
            stays("hospital", s["admitted"], end, arrived, to),
            stays("emergency", s["admitted"], emergency_end, arrived & (who["hospital"] == 0), nowhere),
            stays("icu", s["icu_from"], icu_end, arrived & (s["icu_from"] < NEVER_YET), nowhere),
        ]
    )


def truth_frame(block: Block, arm: str) -> pl.DataFrame:
    """One row per patient: who it was, what really happened and when, and why the patient died."""
    who, s, zero = block.who, block.states, _zero(block)
    infected = who["kind"] == 0
    none = pl.repeat(None, len(who), dtype=pl.String, eager=True)

    def word(words, codes, chosen):
        found = pl.Series(words, dtype=pl.String).gather(codes.astype(np.int64))
        return found.zip_with(pl.Series(chosen), none)

    moments = (
        "admitted", "symptoms", "onset", "shock_onset", "suspected", "cultures", "first_antibiotic", "source_done",
        "icu_from", "shock_first", "comfort_from", "discharged", "died",
    )  # fmt: skip
    start = np.where(infected, who["infection_start"], NEVER_YET)
    return pl.DataFrame(
        {
            "patient": names(block.first, len(who)),
            "arm": pl.repeat(arm, len(who), eager=True),
            "kind": pl.Series(KINDS).gather(who["kind"].astype(np.int64)),
            "site": word([site.name for site in SITES], who["site"], infected),
            "organism": word([item.name for item in ORGANISMS], who["organism"], infected),
            "hospital_acquired": pl.Series(who["hospital"] > 0),
            "age": pl.Series(who["age"]),
            "frailty": pl.Series(who["frailty"]),
            "infected": _moment(start, zero, "infected"),
            **{name: _moment(s[name], zero, name) for name in moments},
            "sofa_before": pl.Series(s["sofa_start"]),
            "worst_sofa": pl.Series(s["worst_sofa"]),
            "cause_of_death": word(CAUSES, s["cause"], s["cause"] > 0),
        }
    )


def course_frame(block: Block, arm: str, every: int) -> pl.DataFrame:
    """The true state of every patient in steps of `every` hours from admission."""
    counts = block.truth_rows
    kept = np.arange(block.truth.shape[1])[None, :] < counts[:, None]
    index = np.repeat(np.arange(len(counts)), counts)
    hour = np.concatenate([np.arange(c) * every for c in counts]) if len(counts) else np.zeros(0, int)
    values = block.truth[kept]
    return pl.DataFrame(
        {
            "patient": names(block.first, len(counts)).gather(index),
            "arm": pl.repeat(arm, len(index), eager=True),
            "hour": pl.Series(hour.astype(np.int32)),
            **{name: pl.Series(np.ascontiguousarray(values[:, i])) for i, name in enumerate(TRUTH)},
        }
    )
