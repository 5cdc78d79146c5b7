"""The same 100 patients in five editions, held against the original and written to docs/editions.md.

    python scripts/editions.py SHARED [WORK]

SHARED holds data/mimic-iv-demo and its editions. Timelines and labels are made in WORK (default: a temporary folder). Each value
that an edition holds and each that it lacks is compared with the original's; what differs has a cause from a closed list, worked out here.
"""

import gzip
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import edition_labels
import edition_values
import polars as pl

import opensepsis
from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.data.sources import open_source
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.uses.label.labels import Labels

PAGE = Path(__file__).resolve().parents[1] / "docs" / "editions.md"
DEFINITIONS = ["sofa", *edition_labels.SCORES, *edition_labels.PHENOTYPES]
LIMITS = RejectionLimits(stays_share=1, rows_share=1)


@dataclass(frozen=True)
class Edition:
    """One edition: its source and folder, who its patients are in the original, and how its clock is set to the original's."""

    title: str
    source: str
    folder: str
    patients: Callable[[Path], dict[str, str]] | None = None
    clock: Callable[[datetime], datetime] = lambda moment: moment
    emergency: str | None = None  # the folder of the emergency department


def persons_of_omop(folder: Path) -> dict[str, str]:
    rows = pl.read_csv(folder / "person.csv.gz", infer_schema=False)
    return dict(rows.select("person_id", "person_source_value").iter_rows())


def patients_of_fhir(folder: Path) -> dict[str, str]:
    with gzip.open(folder / "fhir" / "MimicPatient.ndjson.gz", "rt", encoding="utf-8") as lines:
        return {one["id"]: one["identifier"][0]["value"] for one in map(json.loads, lines)}


def in_boston(moment: datetime) -> datetime:
    """The hospital's own clock; by Python, for Polars knows no summer time from 2100 on."""
    return moment.astimezone(ZoneInfo("America/New_York")).replace(tzinfo=UTC)


ORIGINAL = Edition("MIMIC-IV 2.2", "mimic-iv", "mimic-iv-demo", emergency="mimic-iv-demo-ed")
EDITIONS = (
    Edition("FHIR R4", "fhir", "mimic-iv-demo-fhir", patients_of_fhir, in_boston),
    Edition("OMOP CDM 5.3", "omop", "mimic-iv-demo-omop", persons_of_omop),
    Edition("CLIF 2.1", "clif", "mimic-iv-demo-clif", None, lambda moment: moment - timedelta(hours=5)),
    Edition("MEDS", "meds", "mimic-iv-demo-meds"),
)


@dataclass(frozen=True)
class Read:
    """What an edition gave: events by the original's names and clock, what was rejected, and its labels, also as known."""

    edition: Edition
    events: pl.DataFrame
    rejected: pl.DataFrame
    labels: Labels
    as_known: Labels
    moved: Callable[[pl.DataFrame], pl.DataFrame]


def read(edition: Edition, shared: Path, work: Path) -> Read:
    """The timeline and the labels of an edition; each is made once in WORK."""
    folder, timeline = shared / "data" / edition.folder, work / f"{edition.source}-timeline"
    if not timeline.is_dir():
        ed = shared / "data" / edition.emergency if edition.emergency else None
        write_timeline(open_source(edition.source, folder, ed=ed), timeline, limits=LIMITS)
    results = work / f"{edition.source}-labels"
    if not results.is_dir():
        opensepsis.label(
            "timeline", timeline, results, stay_kind="icu", definitions=DEFINITIONS, max_rejected_stays=1
        )
    known = work / f"{edition.source}-known"
    if not known.is_dir():
        asked = ["sofa", *edition_labels.AS_KNOWN]
        opensepsis.label(
            "timeline",
            timeline,
            known,
            stay_kind="icu",
            definitions=asked,
            as_known=True,
            max_rejected_stays=1,
        )
    moved = mover(edition, folder)
    written = read_timeline(timeline)
    return Read(
        edition,
        moved(written.events().collect()),
        moved(written.rejected),
        opensepsis.read_labels(results),
        opensepsis.read_labels(known),
        moved,
    )


def mover(edition: Edition, folder: Path) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Gives the rows of an edition the names and the clock of the original."""
    names = edition.patients(folder) if edition.patients else {}

    def moved(rows: pl.DataFrame) -> pl.DataFrame:
        times = [name for name, kind in rows.schema.items() if isinstance(kind, pl.Datetime)]
        for name in times:
            told = rows[name].unique().drop_nulls()
            table = pl.DataFrame({name: told, "_set": [edition.clock(moment) for moment in told]})
            table = table.cast({"_set": rows.schema[name]})
            rows = (
                rows.join(table, on=name, how="left", maintain_order="left")
                .with_columns(pl.col("_set").alias(name))
                .drop("_set")
            )
        texts = [name for name in ("patient", "concept") if name in rows.columns]
        return rows.with_columns(pl.col(texts).cast(pl.String)).with_columns(pl.col("patient").replace(names))

    return moved


def main() -> None:
    shared = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(sys.argv[2] if len(sys.argv) > 2 else temporary)
        work.mkdir(parents=True, exist_ok=True)
        original = read(ORIGINAL, shared, work)
        raw = edition_values.Raw(shared / "data")
        parts = []
        for edition in EDITIONS:
            found = read(edition, shared, work)
            parts.append(edition_values.compared(found, original, raw))
            parts[-1].labels = edition_labels.compared(found, original, parts[-1])
            print(edition.title, f"{parts[-1].share:.3%} equal")
        PAGE.write_text(edition_values.page(parts) + edition_labels.page(parts), encoding="utf-8")
    print(f"Written to {PAGE}.")


if __name__ == "__main__":
    main()
