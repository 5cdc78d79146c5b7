"""Facts as columns, on disk by the resource that said them, so that versions meet however far apart they stand."""

from pathlib import Path

import polars as pl

from opensepsis.data.decode.facts import Charted, Voided
from opensepsis.data.decode.patient_names import named, of_server
from opensepsis.data.sources.fhir.reading import FEED, RECEIVED
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

ROWS_HELD = 200_000
# `under` and `assumed`: of what runs, as `under` and `assumed_end` of Charted
# `said`: the line that says it; `resource` names what said it; `void`: what it said before `known` no longer holds
ROWS = {
    "resource": pl.String, "said": pl.Int64, "void": pl.Boolean, "patient": pl.String, "concept": pl.String, "time": pl.Int64,
    "end": pl.Int64, "known": pl.Int64, "value": pl.Float64, "text": pl.String, "origin": pl.String, "whole": pl.Float64,
    "weigh": pl.String, "under": pl.String, "assumed": pl.Boolean,
}  # fmt: skip
# of an answer of the reader: `time` and `end` name which of the resource's times stand there, `suffix` is what follows its origin
BLANKS = {
    "void": pl.Boolean, "concept": pl.String, "time": pl.String, "end": pl.String, "value": pl.Float64, "text": pl.String,
    "whole": pl.Float64, "weigh": pl.String, "suffix": pl.String,
}  # fmt: skip
_OWN = named(of_server(FEED), "")
_SEED = 0


def local_name(patient: str) -> str:
    """A patient without the name of the feed.

    >>> local_name("server export|7"), local_name("urn:mrn|7")
    ('7', 'urn:mrn|7')
    """
    return patient.removeprefix(_OWN)


class Spool:
    """Takes rows in any order and gives them back part by part: all rows of a resource lie in one part."""

    def __init__(self, folder: Path, parts: int):
        self.folder, self.parts = folder, max(1, parts)
        self.open_orders: set[str] = set()  # of what runs without an end that was told
        self.held: list[tuple] = []
        self.frames: list[pl.DataFrame] = []
        self._rows_held = 0
        self._written = 0

    def chart(self, fact: Charted, number: int) -> None:
        """A row."""
        event = fact.event
        self._add(
            str(event.origin), number, False, local_name(fact.patient), event.concept, event.time, event.end, event.known, event.value,
            event.text, event.origin, fact.whole, fact.weigh, fact.under or None, fact.assumed_end or False,
        )  # fmt: skip
        if CONCEPTS[event.concept].kind is Kind.INTERVAL and (event.end is None or fact.assumed_end):
            self.open_orders.add(fact.under or str(event.origin))

    def add(self, rows: pl.DataFrame) -> None:
        """Rows that were made together."""
        if rows.height:
            self.frames.append(rows)
            self._rows_held += rows.height
            self._flush_above()

    def void(self, fact: Voided, number: int) -> None:
        """That what was said before under an origin no longer holds."""
        self._add(
            fact.origin, number, True, None, None, None, None, fact.known, None, None, fact.origin, None, None, None, None
        )  # fmt: skip

    def _add(self, origin: str, *values) -> None:
        named = " ".join(origin.split(" ", 2)[:2])
        self.held.append((named, *values))
        self._flush_above()

    def read(self):
        """The parts, one after another, each whole."""
        self._flush()
        for part in range(self.parts):
            files = sorted(self.folder.glob(f"rows-{part}-*.parquet"))
            if files:
                yield pl.concat([pl.read_parquet(file, glob=False) for file in files])

    def _flush_above(self) -> None:
        if self._rows_held + len(self.held) >= ROWS_HELD:
            self._flush()

    def _flush(self) -> None:
        if self.held:
            self.frames.append(pl.DataFrame(self.held, schema=ROWS, orient="row"))
        if not self.frames:
            return
        frame = pl.concat(self.frames)
        self.held.clear()
        self.frames.clear()
        self._rows_held = 0
        for part, rows in self._parted(frame):
            rows.write_parquet(
                self.folder / f"rows-{part}-{self._written:06d}.parquet", compression="lz4", statistics=False
            )
        self._written += 1

    def _parted(self, frame: pl.DataFrame):
        if self.parts == 1:
            return [(0, frame)]
        found = frame.with_columns(part=pl.col("resource").hash(_SEED) % self.parts)
        return [
            (key[0], rows)
            for key, rows in found.partition_by("part", as_dict=True, include_key=False).items()
        ]


def known_of(rows: pl.DataFrame) -> pl.Expr:
    """When a row was known: as it was told; else when it happened, later versions a microsecond after earlier ones."""
    later = pl.col("said").rank("dense").over("resource") - 1
    return pl.when(pl.col("known") < RECEIVED).then("known").otherwise(pl.col("time") + later)
