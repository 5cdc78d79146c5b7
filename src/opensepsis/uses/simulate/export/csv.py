"""A timeline as the plain folder that the `csv` source reads: stays.csv and events.csv, with units spelled out."""

from pathlib import Path

import polars as pl

from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.paths import as_path
from opensepsis.data.timeline.timeline import Timeline
from opensepsis.definitions.concepts import CONCEPTS

MARKER = "csv.json"
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def write_csv(timeline: Timeline, out: Path | str) -> Path:
    """`out`/stays.csv and `out`/events.csv, with csv.json that lists them; the folder appears whole or not at all."""
    units = {name: concept.unit or None for name, concept in CONCEPTS.items()}
    with whole_folder(out, MARKER, [timeline.path]) as folder:
        timeline.stays.write_csv(folder / "stays.csv", datetime_format=_FORMAT)
        with (folder / "events.csv").open("wb") as file:
            for number, (_, events) in enumerate(timeline.parts()):
                unit = pl.col("concept").replace_strict(units, default=None, return_dtype=pl.String)
                shown = pl.when(pl.col("value").is_not_null()).then(unit).alias("unit")
                frame = events.with_columns(shown).sort("patient", "known").collect()
                frame.write_csv(file, datetime_format=_FORMAT, include_header=number == 0)
    return as_path(out)
