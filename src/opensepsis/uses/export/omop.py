"""Episodes as cohorts of the OMOP CDM 5.4: `cohort` and `cohort_definition`, one cohort for each phenotype of a run."""

import json
from pathlib import Path

import polars as pl

from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.paths import as_path
from opensepsis.data.results import read_result, read_run
from opensepsis.errors import DefinitionError, nearest
from opensepsis.uses.export.meds import MARKER, SUBJECTS, subjects_of
from opensepsis.uses.export.written import Written

COHORT = {
    "cohort_definition_id": pl.Int64,
    "subject_id": pl.Int64,
    "cohort_start_date": pl.Date,
    "cohort_end_date": pl.Date,
}
FIRST_NUMBER = 1
LARGEST_INTEGER = 2**31 - 1
# concept 0: no standard concept says how a cohort was defined, nor is one needed to build it
NO_CONCEPT = 0


def export_omop(results: Path | str, out: Path | str, definition: str | None = None) -> Written:
    """Each episode as a row of `cohort`, from its onset to the end of its stay, and each phenotype as one of `cohort_definition`.

    Both are CSV with the columns of CDM 5.4, dates in UTC; `subjects.parquet` has patient and subject_id, the person_id of a CDM where the
    patients are whole numbers, as they are in results of the source `omop`. A subject is in a cohort once at a time, as OHDSI's tools
    demand: episodes whose days overlap are one row. Withdrawn episodes are left out. The CDM declares `subject_id` as a 32-bit integer;
    `export.json` says `bigint` where a subject does not fit. `definition` writes one
    phenotype only. DefinitionError: the run holds no such phenotype, or none at all. MissingError: no results there.
    """
    results, out = as_path(results), as_path(out)
    run = read_run(results)
    defined = {one["name"]: one for one in run["definitions"] if one["kind"] == "phenotype"}
    if definition is not None and definition not in defined:
        raise DefinitionError(f"The run holds no phenotype '{definition}'. {nearest(definition, defined)}")
    if not defined:
        raise DefinitionError("The run holds no phenotype: there is no cohort. Label one, such as sepsis3.")
    names = [definition] if definition else list(defined)
    numbers = {name: FIRST_NUMBER + place for place, name in enumerate(defined)}
    stays, episodes = read_result(results / "stays.parquet"), read_result(results / "episodes.parquet")
    subjects = subjects_of(stays)
    cohort = _cohort(stays, episodes.filter(pl.col("definition").is_in(names)), subjects, numbers)
    definitions = _definitions([defined[name] for name in names], numbers, run)
    with whole_folder(out, MARKER, [results]) as folder:
        cohort.write_csv(folder / "cohort.csv")
        definitions.write_csv(folder / "cohort_definition.csv")
        subjects.write_parquet(folder / SUBJECTS)
        account = {
            "form": "omop",
            "cdm": "5.4",
            "opensepsis": run.get("opensepsis"),
            "rows": cohort.height,
            "subject_id": "bigint" if (subjects["subject_id"] > LARGEST_INTEGER).any() else "integer",
        }
        (folder / MARKER).write_text(json.dumps(account, indent=1) + "\n", encoding="utf-8")
    return Written(out, {"cohort": cohort.height, "cohort_definition": definitions.height})


def _cohort(
    stays: pl.DataFrame, episodes: pl.DataFrame, subjects: pl.DataFrame, numbers: dict[str, int]
) -> pl.DataFrame:
    ends = stays.select("stay", "patient", "discharged", "died")
    rows = (
        episodes.filter(pl.col("withdrawn").is_null())
        .join(ends, on=["stay", "patient"])
        .join(subjects, on="patient")
    )
    last = pl.max_horizontal("onset", pl.min_horizontal("discharged", "died")).dt.date()
    found = rows.select(
        cohort_definition_id=pl.col("definition")
        .cast(pl.String)
        .replace_strict(numbers, return_dtype=pl.Int64),
        subject_id="subject_id",
        cohort_start_date=pl.col("onset").dt.date(),
        cohort_end_date=last,
    )
    return _once_at_a_time(found.cast(pl.Schema(COHORT)))


def _once_at_a_time(cohort: pl.DataFrame) -> pl.DataFrame:
    """The rows with those of one subject and cohort joined whose days overlap."""
    one = ["cohort_definition_id", "subject_id"]
    ordered = cohort.sort(*COHORT)
    ended = pl.col("cohort_end_date").cum_max().shift().over(one)
    apart = (pl.col("cohort_start_date") > ended).fill_null(True)
    spans = ordered.with_columns(span=apart.cum_sum().over(one))
    joined = spans.group_by(*one, "span").agg(
        pl.col("cohort_start_date").min(), pl.col("cohort_end_date").max()
    )
    return joined.select(*COHORT).sort(*COHORT)


def _definitions(defined: list[dict], numbers: dict[str, int], run: dict) -> pl.DataFrame:
    rows = [
        (
            numbers[one["name"]],
            one["name"],
            f"{one['title']}. {one['source']}. Version {one['definition_version']}.",
            NO_CONCEPT,
            f"opensepsis {run['opensepsis']} {one['name']}",
            NO_CONCEPT,
            None,  # a run keeps no date of its own
        )
        for one in defined
    ]
    columns = {
        "cohort_definition_id": pl.Int64,
        "cohort_definition_name": pl.String,
        "cohort_definition_description": pl.String,
        "definition_type_concept_id": pl.Int64,
        "cohort_definition_syntax": pl.String,
        "subject_concept_id": pl.Int64,
        "cohort_initiation_date": pl.Date,
    }
    return pl.DataFrame(rows, schema=columns, orient="row")
