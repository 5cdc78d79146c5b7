"""Cultures from microbiologyevents, one per specimen."""

from collections.abc import Iterator

import ibis
import polars as pl

from opensepsis.data.intake.culture import growth_named
from opensepsis.data.sources.mimic_iv.maps import read_map
from opensepsis.data.sources.relational.expressions import Query, coalesce
from opensepsis.data.sources.relational.tables import Tables
from opensepsis.definitions.concepts.culture_wording import CULTURE_WORDS

_COLUMNS = (
    "subject_id", "micro_specimen_id", "chartdate", "charttime", "storedate", "storetime", "spec_type_desc", "test_name",
    "org_name", "comments",
)  # fmt: skip
_CANCELLED = ("test cancelled", "test not performed")
_LONGEST = max(map(len, _CANCELLED))
_MIXED = CULTURE_WORDS["mixed or contaminated"]  # with which a comment begins that names no organism
_LONGEST_MIXED = max(map(len, _MIXED))


def cultures(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Each culture twice: when taken, with its result pending, and as a correction of that when the result was stored."""
    if "culture" not in concepts:
        return
    specimens = _specimens(tables)
    waits = (specimens.stored > specimens.time).fill_null(False)
    known = specimens.stored.notnull() & ~specimens.unclear
    result = ibis.cases((specimens.grown, 1.0), (known, 0.0), else_=ibis.null("float64"))
    columns = ("subject_id", "time", "text", "origin")
    taken = specimens.select(*columns, known="time", value=ibis.ifelse(waits, ibis.null("float64"), result))
    reported = specimens.filter(waits).select(*columns, known="stored", value=result)
    rows = taken.union(reported).mutate(concept=ibis.literal("culture"))
    yield from tables.stream(rows, "microbiologyevents")


def _specimens(tables: Tables) -> Query:
    """One row per specimen of body fluid in which a culture was really set up."""
    rows = culture_rows(tables).left_join(tables.lookup(_named(tables)), "org_name")
    comment = coalesce(rows.comments, "").substr(0, _LONGEST_MIXED).lower()
    mixed = ibis.or_(*(comment.startswith(words) for words in _MIXED)) & rows.org_name.isnull()
    # a day without an hour is over when the next begins
    stored = coalesce(rows.storetime, rows.storedate + ibis.interval(days=1))
    specimens = rows.group_by("subject_id", "micro_specimen_id", "text").aggregate(
        charted=rows.charttime.min(), day=rows.chartdate.min(), stored=stored.max(),
        grown=(coalesce(rows.grew, 0.0) == 1).any(), unclear=(mixed | coalesce(rows.not_told, False)).any(),
    )  # fmt: skip
    exact = specimens.charted.notnull()
    return tables.keep(
        specimens.select(
            "subject_id", "text", "stored", "grown", "unclear",
            time=coalesce(specimens.charted, specimens.day),
            origin=ibis.literal("microbiologyevents/") + specimens.micro_specimen_id.cast("string")
            + ibis.ifelse(exact, "", "/date only"),
        ),
        "microbiologyevents",
    )  # fmt: skip


def _named(tables: Tables) -> pl.DataFrame:
    """Every name of what grew as the culture words read it: 1, 0, or not told, as mixed flora."""
    names = tables.names("microbiologyevents", "org_name")["name"].drop_nulls().to_list()
    grew = pl.Series([growth_named(name) for name in names], dtype=pl.Float64)
    return pl.DataFrame(
        {"org_name": pl.Series(names, dtype=pl.String), "grew": grew, "not_told": grew.is_null()}
    )


def culture_rows(tables: Tables) -> Query:
    """Rows of culture tests that were not cancelled, on specimens that the list counts; an unlisted specimen counts."""
    rows = _read(tables, "culture")
    return rows.filter(coalesce(rows.counts, True))


def organism_rows(tables: Tables) -> Query:
    """Rows that name an organism: of cultures, and of tests that find one without growing it, whatever their specimen."""
    rows = _read(tables, "organism").filter(lambda rows: rows.org_name.notnull())
    grown = tables.lookup(_tests(tables, "culture")).mutate(grows=ibis.literal(True))
    rows = rows.left_join(grown, "test_name")
    rows = rows.filter(coalesce(rows.counts, True) | ~coalesce(rows.grows, False))
    only_yes = rows.org_name.upper() == "POSITIVE"
    return rows.mutate(org_name=ibis.ifelse(only_yes, rows.test_name, rows.org_name))


def _read(tables: Tables, what: str) -> Query:
    """Rows that were not cancelled, of the tests that the list marks, with what it says of their specimen."""
    rows = tables.get("microbiologyevents", *_COLUMNS).semi_join(
        tables.lookup(_tests(tables, what)), "test_name"
    )
    listed = read_map("specimens").select(
        specimen=pl.col("specimen").str.to_lowercase(), counts="culture", said="text"
    )
    rows = rows.mutate(specimen=coalesce(rows.spec_type_desc, "").strip().lower())
    rows = rows.left_join(tables.lookup(listed.unique("specimen")), "specimen").drop("specimen_right")
    comment = coalesce(rows.comments, "").substr(0, _LONGEST).lower()
    cancelled = ibis.or_(*(comment.startswith(words) for words in _CANCELLED))
    cancelled = cancelled | (coalesce(rows.org_name, "").upper() == "CANCELLED")
    kept = rows.filter(~cancelled)
    return kept.mutate(text=coalesce(kept.said, kept.specimen))


def _tests(tables: Tables, what: str) -> pl.DataFrame:
    """The names of tests that grow bacteria or fungi (culture) or name an organism, found once among the names in use."""
    listed = list(read_map("tests").select("pattern", what).iter_rows())
    names = tables.names("microbiologyevents", "test_name")["name"].drop_nulls().to_list()
    return pl.DataFrame(
        {"test_name": [name for name in names if _marked(name.lower(), listed)]},
        schema={"test_name": pl.String},
    )


def _marked(name: str, listed: list[tuple[str, bool]]) -> bool:
    return next((marked for pattern, marked in listed if pattern in name), False)
