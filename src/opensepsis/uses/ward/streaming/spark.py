"""The reducer as a job of Spark's Structured Streaming: a state for each patient, timers at the watermark. Spark 4.1 or later, Java 17."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import orjson
from pyspark.sql import DataFrame, Row  # pyright: ignore[reportMissingImports]
from pyspark.sql.streaming import StatefulProcessor  # pyright: ignore[reportMissingImports]

from opensepsis.uses.ward.model.facts import Entry, Fact, unpacked
from opensepsis.uses.ward.model.transitions import Transition
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.store.older_origins import in_words_of_today
from opensepsis.uses.ward.streaming.one_patient import Step, take

TRANSITIONS = "patient string, time timestamp, name string, state string, level string, transition string"
LATE = "10 seconds"  # how much later than others a row may come


def alerts(
    entries: DataFrame,
    scores: tuple[str, ...] | None = None,
    phenotypes: tuple[str, ...] | None = None,
    clocks: tuple[str, ...] | None = None,
    policy: AlertPolicy | None = None,
    late: str = LATE,
) -> DataFrame:
    """The changes of alerts that follow from a stream of entries, one row each, as the ward gives them for the same entries.

    `entries` has the columns patient (string: by which states are kept, an identifier or the number that a master index has for all
    identifiers of a person; merges are judged among the identifiers of one state), number and message (long, growing), received
    (timestamp) and fact (string: what `opensepsis.uses.ward.model.facts.packed` gives). With the columns form and feed (string: those
    of the message) the facts of an older version's log are read under the names of today. What comes more than `late` after others of
    its time may be dropped by Spark. The last column holds the whole transition as JSON; times are UTC. Definitions by name; without
    them those of the ward.
    """
    chosen = {"scores": scores, "phenotypes": phenotypes, "clocks": clocks}
    given = tuple(chosen[name] for name in ("scores", "phenotypes", "clocks"))
    spark = entries.sparkSession
    spark.conf.set(
        "spark.sql.streaming.stateStore.providerClass",
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider",
    )
    return (
        entries.withWatermark("received", late)
        .selectExpr(
            "patient",
            "number",
            "message",
            "received",
            "unix_micros(received) as micros",
            "fact",
            *_of_message(entries),
        )
        .groupBy("patient")
        .transformWithState(
            statefulProcessor=_Reducer(given, policy or AlertPolicy()),
            outputStructType=TRANSITIONS,
            outputMode="Append",
            timeMode="EventTime",
        )
    )


def _of_message(entries: DataFrame) -> tuple[str, str]:
    """The columns that tell how older facts are named; empty where the stream lacks them."""
    if {"form", "feed"} <= set(entries.columns):
        return "form", "feed"
    return "'' as form", "'' as feed"


class _Reducer(StatefulProcessor):
    """A patient's state as bytes, and one timer: when the patient is to be looked at again."""

    def __init__(self, given: tuple, policy: AlertPolicy):
        self._given, self._policy = given, policy

    def init(self, handle: Any) -> None:
        self._handle = handle
        self._state = handle.getValueState("patient", "state binary")
        chosen = {
            n: v
            for n, v in zip(("scores", "phenotypes", "clocks"), self._given, strict=True)
            if v is not None
        }
        self._watching = watched(**chosen)

    def handleInputRows(self, key: Any, rows: Iterator[Row], timerValues: Any) -> Iterator[Row]:
        ordered = sorted(rows, key=lambda row: (row.micros, row.number))
        entries = [Entry(row.number, row.message, row.micros, _fact(row), row.feed) for row in ordered]
        yield from self._step(entries, None)

    def handleExpiredTimer(self, key: Any, timerValues: Any, expiredTimerInfo: Any) -> Iterator[Row]:
        yield from self._step([], expiredTimerInfo.getExpiryTimeInMs() * 1000 - 1)

    def _step(self, entries: list[Entry], until: int | None) -> Iterator[Row]:
        kept = bytes(self._state.get()[0]) if self._state.exists() else None
        step: Step = take(kept, entries, until, self._watching, self._policy)
        self._state.update((step.state,))
        for timer in list(self._handle.listTimers()):
            self._handle.deleteTimer(timer)
        if step.next_look is not None:
            self._handle.registerTimer(step.next_look // 1000 + 1)  # the first millisecond after it
        return map(_row, step.transitions)

    def close(self) -> None:
        """Nothing is open."""


def _fact(row: Row) -> Fact:
    return in_words_of_today(unpacked(row.fact), row.form, row.feed)


def _row(told: Transition) -> Row:
    from datetime import UTC, datetime, timedelta

    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=told.time)
    whole = orjson.dumps(asdict(told)).decode()
    return Row(
        patient=told.patient,
        time=time,
        name=told.name,
        state=told.state.value,
        level=told.level,
        transition=whole,
    )
