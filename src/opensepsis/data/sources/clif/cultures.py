"""Cultures, and organisms grown or found."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.culture import Growth, read_culture
from opensepsis.data.sources.clif.hospital import ADMISSION, Hospital
from opensepsis.data.sources.clif.words import folded, read_map, words

CULTURE, NONCULTURE = "microbiology_culture", "microbiology_nonculture"
_SPECIMEN = ("patient", "time", "text")


def cultures(hospital: Hospital, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Each specimen when taken, its result pending, and again when it resulted; and what grew or was found."""
    if hospital.tables.has(CULTURE) and concepts & {"culture", "organism"}:
        isolates = _isolates(hospital)
        if "culture" in concepts:
            yield _specimens(isolates)
        if "organism" in concepts:
            yield _organisms(isolates.filter(pl.col("grown")), CULTURE)
    if hospital.tables.has(NONCULTURE) and "organism" in concepts:
        yield _organisms(_found(hospital), NONCULTURE)


def _isolates(hospital: Hospital) -> pl.DataFrame:
    """Rows of cultures, with `grown`: whether something grew; empty where the row does not tell."""
    tables = hospital.tables
    rows = tables.get(
        CULTURE, "patient_id", ADMISSION, "collect_dttm", "result_dttm", "fluid_category", "fluid_name", "method_category",
        "organism_name", "organism_category",
    )  # fmt: skip
    found = _with_specimen(hospital, tables.fetch(rows, CULTURE))
    methods = [
        m for m in found["method_category"].drop_nulls().unique() if folded(m) not in words("culture method")
    ]
    found = found.filter(~pl.col("method_category").is_in(methods).fill_null(False))
    results = found.select("organism_name", "organism_category").unique()
    grown = [_grown(name, category) for name, category in results.iter_rows()]
    results = results.with_columns(grown=pl.Series(grown, dtype=pl.Boolean))
    return found.join(results, on=["organism_name", "organism_category"], how="left", nulls_equal=True)


def _grown(name: str | None, category: str | None) -> bool | None:
    """Whether an organism grew: by the category, and where that names one, by what the report says."""
    if category is not None and folded(category) in words("growth none"):
        return False
    if name is not None:
        said = read_culture(name)
        if said in (Growth.GREW, Growth.NO_GROWTH, Growth.UNCLEAR):
            return None if said is Growth.UNCLEAR else said is Growth.GREW
    return None if category is None else True


def _with_specimen(hospital: Hospital, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with their patient, the time the specimen was taken, and its name in `text`."""
    owned = hospital.whose(rows).with_columns(patient=pl.coalesce("patient_id", "patient"))
    listed = dict(read_map("fluids").iter_rows())
    used = {raw: listed.get(folded(raw)) for raw in owned["fluid_category"].drop_nulls().unique()}
    by_category = pl.col("fluid_category").replace_strict(used, default=None, return_dtype=pl.String)
    # a screening swab tells so in its name only
    named = pl.col("fluid_name").str.strip_chars().str.to_lowercase()
    spelled = pl.col("fluid_category").str.strip_chars().str.replace_all("_", " ")
    screen = named.str.contains("screen").fill_null(False)
    text = pl.when(screen).then(named).otherwise(pl.coalesce(by_category, named, spelled))
    return owned.with_columns(text=text, time="collect_dttm", known="result_dttm")


def _specimens(isolates: pl.DataFrame) -> pl.DataFrame:
    """One culture per specimen: several isolates are one, and it grew if any did."""
    grew = pl.when(pl.col("grown").any()).then(1.0).when(pl.col("grown").not_().any()).then(0.0)
    specimens = isolates.group_by(_SPECIMEN, maintain_order=True).agg(known=pl.col("known").max(), value=grew)
    waits = (pl.col("known") > pl.col("time")).fill_null(False)
    named = {
        "concept": pl.lit("culture"),
        "origin": pl.format(CULTURE + "/{}/", pl.col("text").fill_null("")),
    }
    pending = pl.when(waits).then(None).otherwise("value")
    taken = specimens.select(*_SPECIMEN, known="time", value=pending, **named)
    reported = specimens.filter(waits).select(*_SPECIMEN, "known", "value", **named)
    return pl.concat([taken, reported])


def _found(hospital: Hospital) -> pl.DataFrame:
    """Tests that found an organism without growing it."""
    tables = hospital.tables
    rows = tables.get(
        NONCULTURE, "patient_id", ADMISSION, "collect_dttm", "result_dttm", "fluid_category", "fluid_name", "organism_category",
        "micro_order_name", "result_category",
    )  # fmt: skip
    found = _with_specimen(hospital, tables.fetch(rows, NONCULTURE))
    said = [r for r in found["result_category"].drop_nulls().unique() if folded(r) in words("found")]
    named = pl.coalesce("organism_category", "micro_order_name")
    return found.filter(pl.col("result_category").is_in(said)).with_columns(organism_name=named)


def _organisms(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """Text `specimen|organism`, known when its last result came."""
    organism = pl.coalesce("organism_name", "organism_category").str.strip_chars().str.replace_all("_", " ")
    named = rows.with_columns(text=pl.format("{}|{}", pl.col("text").fill_null(""), organism))
    found = named.group_by(_SPECIMEN, maintain_order=True).agg(known=pl.col("known").max())
    return found.with_columns(concept=pl.lit("organism"), origin=pl.lit(f"{table}/"))
