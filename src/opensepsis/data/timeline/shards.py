"""Events on their way to disk, in shards: all events of a patient lie in one folder, memory stays bounded."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import polars as pl

from opensepsis.data.intake.checks import split
from opensepsis.data.intake.rejections import ROWS_NAMED, Rejections
from opensepsis.data.intake.text_codes_batch import WordsRead
from opensepsis.data.io.paths import parquet_files, read_file, scan_files
from opensepsis.data.schema import EVENTS, NAME, REASON, REJECTED, ROW, TABLE
from opensepsis.data.timeline.blocks import BLOCK, BLOCKS_FOLDER, blocks_of, write_blocks
from opensepsis.data.timeline.digests import digests_of
from opensepsis.data.timeline.impossible_pregnancies import ImpossiblePregnancies
from opensepsis.definitions.concepts.cultures import DIAGNOSIS
from opensepsis.definitions.concepts.marks import VOLUMES
from opensepsis.definitions.concepts.person import PREGNANCY

ROWS_HELD = 2_000_000  # about 250 MB before they go to disk
_REJECTED_HELD = 500_000
_WRITERS = 2
USUAL_HOURS = 168  # of the stays of a patient


def shard_name(number: int) -> str:
    """The name of a shard, in the timeline and in results.

    >>> shard_name(7)
    'shard-0007'
    """
    return f"shard-{number:04d}"


def shard_of(patient: pl.Expr, shards: int) -> pl.Expr:
    """The shard of a patient; stays.parquet keeps it, for another version of Polars may hash otherwise."""
    return (patient.hash(0) % shards).cast(pl.UInt32).alias("shard")


def plan(stays: pl.DataFrame, shard_patients: int, earlier: pl.DataFrame | None = None) -> pl.DataFrame:
    """patient, shard: neighbours by name share one, so many of them, or fewer with long stays: as many hours as usual ones have.

    Patients whom an `earlier` plan knows keep their shard, so that only shards change of which anything did; others fill its last shard,
    then new ones. It is not kept where most patients are new, or its shards have another size.

    >>> from datetime import UTC, datetime, timedelta
    >>> start = datetime(2026, 1, 1, tzinfo=UTC)
    >>> stays = pl.DataFrame({"patient": ["a", "b", "c"], "kind": "icu", "admitted": start})
    >>> ends = [start + timedelta(hours=hours) for hours in (9, 400, 9)]
    >>> stays = stays.with_columns(discharged=pl.Series(ends))
    >>> plan(stays, 2)["shard"].to_list()
    [0, 0, 1]
    >>> plan(stays, 2, pl.DataFrame({"patient": ["b", "c"], "shard": [0, 1]}))["shard"].to_list()
    [1, 0, 1]
    """
    hours = (pl.col("discharged") - pl.col("admitted")).dt.total_hours().fill_null(USUAL_HOURS)
    whole = (
        stays.group_by("patient", "kind")
        .agg(hours=hours.sum())
        .group_by("patient")
        .agg(pl.col("hours").max())
        .with_columns(
            pl.col("patient").cast(pl.String), weight=pl.max_horizontal(1, pl.col("hours") / USUAL_HOURS)
        )
        .sort("patient")
    )
    known = None if earlier is None else whole.join(earlier, on="patient", how="left", maintain_order="left")
    if known is not None and _still_fits(known, shard_patients):
        last, new = cast(int, known["shard"].max()), known.filter(pl.col("shard").is_null())
        taken = float(known.filter(pl.col("shard") == last)["weight"].sum())
        fresh = new.select("patient", fresh=last + _numbered(new["weight"], shard_patients, taken))
        both = known.join(fresh, on="patient", how="left", maintain_order="left")
        return both.select("patient", shard=pl.coalesce("shard", "fresh").cast(pl.UInt32))
    return whole.select("patient", shard=_numbered(whole["weight"], shard_patients, 0))


def _still_fits(known: pl.DataFrame, of_a_shard: int) -> bool:
    """Whether most patients are known, and their shards are neither twice as large as they should be nor, together, half as large."""
    if known["shard"].null_count() * 2 >= known.height:
        return False
    of_shards = known.drop_nulls("shard").group_by("shard").agg(pl.col("weight").sum())["weight"]
    few = len(of_shards) > 1 and of_shards.sum() < of_a_shard * (cast(int, known["shard"].max()) + 1) / 2
    return cast(float, of_shards.max()) <= 2 * of_a_shard and not few


def _numbered(weights: pl.Series, of_a_shard: int, taken: float) -> pl.Series:
    """Numbers of shards from 0 on, of which the first holds so much already; none is left out, but perhaps the first."""
    place = ((weights.cum_sum() - weights + taken) / of_a_shard).floor()
    ranks = place.rank("dense").cast(pl.UInt32)
    return ranks if taken >= of_a_shard else ranks - 1


def earlier_plan(timeline: Path) -> pl.DataFrame | None:
    """patient, shard of the timeline that lies in a folder; None where there is none that tells it."""
    files = parquet_files(timeline / "stays.parquet")
    try:
        found = [
            read_file(file, ["patient"]).unique().with_columns(shard=pl.lit(number, pl.UInt32))
            for number, file in enumerate(files)
        ]
    except (pl.exceptions.PolarsError, OSError):
        return None
    return pl.concat(found).unique("patient", keep="first", maintain_order=True) if found else None


def _shard_of_code(patients: pl.Series, planned: pl.DataFrame) -> pl.Series:
    """The shard of each patient (categories) at the place of the code of his category; null elsewhere and at the end."""
    codes = patients.to_physical()
    named = patients.cast(pl.String).to_frame("patient")
    theirs = named.join(planned, on="patient", how="left", maintain_order="left")["shard"]
    size = (cast(int, codes.max()) if len(codes) else 0) + 2
    return pl.repeat(None, size, dtype=pl.UInt32, eager=True).scatter(codes, theirs)


class ShardWriter:
    """Takes batches of events in any order; checks them, counts them and writes them under `folder`.

    A shard holds `shard_patients`, or fewer with long stays; an `earlier` plan (patient, shard) is kept. `rejections` is the report to
    which rejected rows are added, `kind` the kind of identifier that they have.
    """

    def __init__(
        self,
        folder: Path,
        stays: pl.DataFrame,
        shard_patients: int,
        rejections: Rejections | None = None,
        kind: str = "patient",
        earlier: pl.DataFrame | None = None,
    ) -> None:
        self.folder = folder
        self.rejections, self._kind = rejections or Rejections(), kind
        self._pregnancies = ImpossiblePregnancies(stays, self.rejections, kind)
        self.kept: Counter[str] = Counter()
        self.low: Counter[str] = Counter()
        self.read = self.written = 0
        self.without_stay = 0
        self.strangers: set[str] = set()
        self.rejected: Counter[tuple[str, str]] = Counter()
        planned = plan(stays, shard_patients, earlier)
        shards = 1 + cast(int, planned["shard"].max() or 0)
        self.parts = [0] * shards
        self.rows = [0] * shards
        self.words = WordsRead()
        self.digests: list[pl.DataFrame] = []  # of the patients of each part
        self._blocks: list[list[pl.DataFrame | None]] = [[] for _ in range(shards)]  # of each part
        self._held: list[list[pl.DataFrame]] = [[] for _ in range(shards)]
        self._rows_held = 0
        # as bytes: a few rows of a batch would keep the texts of all of it
        self._aside: list[bytes] = []
        self._aside_rows = self._aside_parts = 0
        # kept: when no series holds them any more, Polars forgets its categories and gives their codes to others
        self._patients = stays["patient"].unique(maintain_order=True).cast(NAME)
        self._shard_of_code = _shard_of_code(self._patients, planned)
        self._open = stays.filter(pl.col("discharged").is_null())["patient"].unique().cast(NAME)
        self._last_seen: list[pl.DataFrame] = []
        for shard in range(shards):
            self.path(shard).mkdir(parents=True)

    def path(self, shard: int) -> Path:
        return self.folder / "events" / shard_name(shard)

    def add(self, batch: pl.DataFrame) -> None:
        """Check one batch and keep it until enough has come together."""
        self.read += batch.height
        kept, aside = split(self.words.read(batch))
        self._set_aside(aside)
        if kept.is_empty():
            return
        self.written += kept.height
        counts = dict(kept["concept"].value_counts().iter_rows())
        self.kept.update(counts)
        for name in (name for name in VOLUMES if name in counts):
            low = (pl.col("concept") == name) & (pl.col("value") < VOLUMES[name].below)
            self.low[name] += kept.select(low.sum()).item()
        if PREGNANCY.name in counts or DIAGNOSIS.name in counts:
            self._pregnancies.count(kept)
        self._notice_last(kept)
        self._hold(kept, self._shards(kept["patient"]))
        if self._rows_held >= ROWS_HELD:
            self._flush()

    def finish(self) -> None:
        """Write what is still held; every shard has at least one part."""
        self._flush(also_empty=True)
        for shard, parts in enumerate(self._blocks):
            write_blocks(self.folder / BLOCKS_FOLDER / f"{shard_name(shard)}.parquet", parts)
        self._write_rejected()

    def rejected_of_concepts(self) -> Counter[str]:
        """How many rows of each concept were rejected; of no concept under the empty name."""
        by_concept: Counter[str] = Counter()
        for (concept, _), count in self.rejected.items():
            by_concept[concept] += count
        return by_concept

    def shards_of(self, patients: pl.Series) -> pl.Series:
        """The shard of each patient who has a stay."""
        return self._shard_of_code.gather(patients.cast(NAME).to_physical()).alias("shard")

    def last_seen(self) -> pl.DataFrame:
        """The last event of each patient who has a stay without an end."""
        schema = {"patient": NAME, "last_seen": EVENTS["time"]}
        seen = pl.concat([pl.DataFrame(schema=schema), *self._last_seen])
        last = seen.group_by("patient").agg(pl.col("last_seen").max())
        return last.with_columns(pl.col("patient").cast(pl.String))

    def _shards(self, patients: pl.Series) -> pl.Series:
        """The shard of each row; patients without a stay are counted on the way."""
        last = len(self._shard_of_code) - 1
        found = self._shard_of_code.gather(patients.to_physical().clip(upper_bound=last))
        if not found.null_count():
            return found
        strange = found.is_null()
        strangers = patients.filter(strange).cast(pl.String)
        self.without_stay += len(strangers)
        self.strangers.update(strangers.unique().to_list())
        theirs = strangers.to_frame().select(shard_of(pl.col("patient"), len(self._held))).to_series()
        return found.scatter(strange.arg_true(), theirs)

    def _hold(self, kept: pl.DataFrame, shards: pl.Series) -> None:
        """Keeps rows by their shard, those of a patient together: then few row groups are read for one patient."""
        self._rows_held += kept.height
        whose = shards.cast(pl.UInt64) * 2**32 + kept["patient"].to_physical()
        ordered, start = kept.sort(whose, maintain_order=True), 0
        for shard, rows in shards.alias("shard").value_counts().sort("shard").iter_rows():
            self._held[shard].append(ordered.slice(start, rows))
            start += rows

    def _notice_last(self, kept: pl.DataFrame) -> None:
        if len(self._open):
            waiting = kept.filter(pl.col("patient").is_in(self._open.implode()))
            last = pl.max_horizontal("time", "end").max().alias("last_seen")
            self._last_seen.append(waiting.group_by("patient").agg(last))

    def _set_aside(self, aside: pl.DataFrame) -> None:
        if aside.is_empty():
            return
        # where a source names no file, the origin begins with its table
        table = pl.coalesce(TABLE, pl.col("origin").str.extract(r"^([a-z_]+)/")).alias(TABLE)
        groups = aside.with_columns(table).group_by(TABLE, "concept", REASON, maintain_order=True)
        for table, concept, reason, count, rows in groups.agg(
            pl.len(), pl.col(ROW).head(ROWS_NAMED).alias("rows")
        ).iter_rows():
            self.rejected[(concept or "", reason)] += count
            self.rejections.note("row", table or "events", self._kind, reason, count, rows, concept or "")
        self._aside.append(aside.write_ipc(None).getvalue())
        self._aside_rows += aside.height
        if self._aside_rows >= _REJECTED_HELD:
            self._write_aside()

    def _flush(self, also_empty: bool = False) -> None:
        with ThreadPoolExecutor(_WRITERS) as pool:
            list(pool.map(lambda shard: self._write(shard, also_empty), range(len(self._held))))
        self._rows_held = 0

    def _write(self, shard: int, also_empty: bool) -> None:
        held = self._held[shard]
        if not held and not (also_empty and self.parts[shard] == 0):
            return
        part = pl.concat(held) if held else pl.DataFrame(schema=EVENTS)
        _write_fast(part, self.path(shard) / f"part-{self.parts[shard]:04d}.parquet")
        self.digests.append(digests_of(part))
        self._blocks[shard].append(blocks_of(part["patient"], self.rows[shard]))
        self._held[shard] = []
        self.parts[shard] += 1
        self.rows[shard] += part.height

    def _write_aside(self) -> None:
        part = pl.concat([pl.DataFrame(schema=REJECTED), *map(pl.read_ipc, self._aside)])
        _write_fast(part, self.folder / f"rejected-{self._aside_parts:04d}.part")
        self._aside, self._aside_rows = [], 0
        self._aside_parts += 1

    def _write_rejected(self) -> None:
        if self._aside or not self._aside_parts:
            self._write_aside()
        parts = sorted(self.folder.glob("rejected-*.part"))
        whole = self.folder / "rejected.parquet"
        if len(parts) == 1:
            parts[0].rename(whole)
            return
        scan_files(parts).sink_parquet(whole, compression="lz4")
        for part in parts:
            part.unlink()


def _write_fast(frame: pl.DataFrame, path: Path) -> None:
    """lz4 without statistics: nothing is ever skipped by them. A block is a row group: few patients' rows are read without the others."""
    frame.write_parquet(path, compression="lz4", statistics=False, row_group_size=BLOCK)
