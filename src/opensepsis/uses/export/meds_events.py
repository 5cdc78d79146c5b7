"""The events of a run in the Medical Event Data Standard 0.4: `data/`, `metadata/`, with the onsets of its phenotypes among them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from opensepsis.data.results import read_result, source_of
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.definitions import PHENOTYPES
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.batch.versions import standing_rows
from opensepsis.rules import Kind

BIRTH, DEATH = "MEDS_BIRTH", "MEDS_DEATH"
_CODED = ("diagnosis", "procedure")  # whose text is the code
_DATA = pa.schema(
    [
        ("subject_id", pa.int64()),
        ("time", pa.timestamp("us")),
        ("code", pa.string()),
        ("numeric_value", pa.float32()),
        ("text_value", pa.large_string()),
    ]
)
_CODES = pa.schema(
    [("code", pa.string()), ("description", pa.string()), ("parent_codes", pa.list_(pa.string()))]
)


def write_meds_events(results: Path, run: dict, subjects: pl.DataFrame, folder: Path) -> int:
    """Writes `folder`/data/N.parquet, a file for each shard of patients, and `folder`/metadata; gives the number of events.

    A code is a concept (`lactate`, in its unit; `norepinephrine//end` where it stops running), `diagnosis//ICD10:A41.9`, `stay//icu//start`
    and `//end`, `sepsis3//onset` and `sepsis3//known`, `sex//F`, MEDS_BIRTH or MEDS_DEATH. Values that were corrected are there as
    they ended; each counts at the time it is of, not when it was filed. MissingError: the timeline of the run is gone.
    """
    timeline = read_timeline(results / run["timeline"])
    has_phenotypes = any(one["kind"] == "phenotype" for one in run["definitions"])
    episodes = read_result(results / "episodes.parquet") if has_phenotypes else None
    (folder / "data").mkdir()
    (folder / "metadata").mkdir()
    rows, codes = 0, set()
    for number, (mine, events) in enumerate(timeline.parts()):
        asked = subjects.join(mine.select("patient").unique(), on="patient", how="semi")
        found = pl.concat(
            [
                *_happened(events, asked),
                *_of_stays(mine, asked),
                *([] if episodes is None else _of_episodes(episodes, asked)),
            ]
        )
        found = found.sort("subject_id", "time", "code", maintain_order=True)
        rows += found.height
        codes |= set(found["code"].unique())
        pq.write_table(found.to_arrow().cast(_DATA), folder / "data" / f"{number}.parquet")
    _write_metadata(folder / "metadata", run, codes, source_of(results, run))
    return rows


def _event(
    time: str | pl.Expr, code: pl.Expr, value: pl.Expr | None = None, text: pl.Expr | None = None
) -> list[pl.Expr]:
    time = pl.col(time) if isinstance(time, str) else time
    return [
        pl.col("subject_id"),
        time.dt.replace_time_zone(None).alias("time"),
        code.cast(pl.String).alias("code"),
        (pl.lit(None) if value is None else value).cast(pl.Float32).alias("numeric_value"),
        (pl.lit(None) if text is None else text).cast(pl.String).alias("text_value"),
    ]


def _happened(events: pl.LazyFrame, subjects: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """What was charted, as far as it stands, and the end of what lasts."""
    wanted = subjects.lazy().with_columns(pl.col("patient").cast(pl.Categorical))
    place = ["subject_id", "time", "concept"]
    seen = events.join(wanted, on="patient").drop("patient").sort(place, maintain_order=True).collect()
    here = pl.struct(place)
    again = seen.select(again=(here == here.shift()) | (here == here.shift(-1)))["again"].fill_null(False)
    yield from _told(seen.filter(~again).filter(_says_something()))
    several = seen.filter(again).with_columns(
        pl.col("concept").cast(pl.String),
        pid="subject_id",
        place=pl.struct("subject_id", "time").rank("dense"),
    )
    for (name,), rows in several.partition_by("concept", as_dict=True).items():
        yield from _told(standing_rows(rows, CONCEPTS[str(name)]))


def _says_something() -> pl.Expr:
    lasting = [name for name, concept in CONCEPTS.items() if concept.kind in (Kind.EVENT, Kind.INTERVAL)]
    return pl.any_horizontal(pl.col("value", "text").is_not_null()) | pl.col("concept").is_in(lasting)


def _told(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    coded = pl.col("concept").is_in(_CODED)
    code = pl.concat_str(pl.col("concept").cast(pl.String), pl.lit("//"), "text")
    coded_rows = rows.filter(coded).drop_nulls("text")
    yield coded_rows.select(_event("time", code))
    yield rows.filter(~coded).select(_event("time", pl.col("concept"), pl.col("value"), pl.col("text")))
    ended = rows.drop_nulls("end")
    yield ended.select(_event("end", pl.concat_str(pl.col("concept").cast(pl.String), pl.lit("//end"))))


def _of_stays(stays: pl.DataFrame, subjects: pl.DataFrame) -> Iterator[pl.DataFrame]:
    mine = stays.join(subjects, on="patient")
    for time, word in (("admitted", "start"), ("discharged", "end")):
        yield mine.select(_event(time, pl.concat_str(pl.lit("stay//"), "kind", pl.lit(f"//{word}"))))
    for time, code in (("born", BIRTH), ("died", DEATH)):
        yield mine.drop_nulls(time).unique(["subject_id", time]).select(_event(time, pl.lit(code)))
    sexes = mine.drop_nulls("sex").unique(["subject_id", "sex"])
    yield sexes.select(_event(pl.lit(None, pl.Datetime("us", "UTC")), pl.concat_str(pl.lit("sex//"), "sex")))


def _of_episodes(episodes: pl.DataFrame, subjects: pl.DataFrame) -> Iterator[pl.DataFrame]:
    mine = episodes.join(subjects, on="patient")
    for time in ("onset", "known"):
        named = pl.concat_str(pl.col("definition").cast(pl.String), pl.lit(f"//{time}"))
        yield mine.drop_nulls(time).select(_event(time, named))


def _write_metadata(folder: Path, run: dict, codes: set[str], source: str) -> None:
    told = [(code, _description(code), []) for code in sorted(codes)]
    columns = [pa.array([row[place] for row in told], field.type) for place, field in enumerate(_CODES)]
    pq.write_table(pa.Table.from_arrays(columns, schema=_CODES), folder / "codes.parquet")
    about = {
        "dataset_name": source,
        "etl_name": "opensepsis",
        "etl_version": str(run.get("opensepsis")),
        "meds_version": "0.4.1",
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    (folder / "dataset.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def _description(code: str) -> str:
    name, _, part = code.partition("//")
    if name in PHENOTYPES:
        return f"{PHENOTYPES[name].title}: {part}"
    if name not in CONCEPTS:
        return ""
    concept = CONCEPTS[name]
    return ", ".join(filter(None, (concept.label, concept.unit, part)))
