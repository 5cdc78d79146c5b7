"""Versions of a resource, wherever they stand: what was said before and no longer holds is taken back when that was said."""

from itertools import groupby

import polars as pl

from opensepsis.data.decode.facts import Charted
from opensepsis.data.decode.fhir.versions import Versions
from opensepsis.data.sources.fhir.rows import ROWS, known_of
from opensepsis.data.timeline.event import Event
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

_ROW = [name for name in ROWS if name not in ("said", "void")]
GIVEN = "MedicationAdministration/"
LASTING = [c.name for c in CONCEPTS.values() if c.kind is Kind.INTERVAL]


def settle(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that stand and those that take others back; `rows` holds every row of each of its resources.

    Rows of one resource that were said twice alike, in two files, count once.
    """
    several = rows.select(pl.col("said").n_unique().over("resource") > 1).to_series()
    again, once = rows.filter(several), rows.filter(~several).filter(~pl.col("void"))
    found = [once.filter(~_takes_back())]
    if again.height:
        found.append(_settled(again))
    whole = pl.concat(found)
    return whole.with_columns(known_of(whole).alias("known"))


def _takes_back() -> pl.Expr:
    """Whether a row only takes an earlier one back: alone it says nothing."""
    empty = pl.col("value").is_null() & pl.col("text").is_null() & pl.col("whole").is_null()
    lasting = pl.col("concept").is_in(LASTING)
    return empty & (~lasting | (pl.col("end") == pl.col("time")).fill_null(False))


def _settled(rows: pl.DataFrame) -> pl.DataFrame:
    """The versions of resources that came more than once, one resource after another: they are few."""
    found = [_versions(mine) for mine in rows.sort("said").partition_by("resource", maintain_order=True)]
    kept = [row for versions in found for row in versions]
    return pl.DataFrame(kept, schema=ROWS, orient="row")


def _versions(mine: pl.DataFrame) -> list[tuple]:
    """The rows of one resource, with those that take back what a later version no longer says."""
    said = mine.filter(~pl.col("void")).sort("known", "said").rows(named=True)
    charted = _without_repeats(said)
    voids = [(row["origin"], row["known"], row["said"]) for row in mine.filter("void").iter_rows(named=True)]
    voids += _not_said_again(said)
    rows = [row for row, _ in charted]
    kept = [tuple(row.values()) for row in (*rows, *_until_next_rate(rows))]
    for row, stood in charted:
        until = [
            (known, said) for origin, known, said in voids if known > stood and _covers(origin, known, row)
        ]
        if until and not _replaced(row, rows):
            known, said = min(until)
            end = row["time"] if row["concept"] in LASTING else None
            gone = row | {
                "known": known,
                "said": said,
                "value": None,
                "text": None,
                "end": end,
                "whole": None,
                "weigh": None,
            }
            kept.append(tuple(gone.values()))
    return kept


def _until_next_rate(rows: list[dict]) -> list[dict]:
    """The rates of an administration again, with the end that a later version gives them: of another rate, or of another drug."""
    rates = [row for row in rows if GIVEN in row["resource"] and row["concept"] in LASTING]
    found = []
    for row in rates:
        after = [
            other
            for other in rates
            if other["time"] > row["time"]
            or (other["concept"] != row["concept"] and other["known"] > row["known"])
        ]
        if row["end"] is None and after:
            one = min(after, key=lambda other: (other["time"], other["known"]))
            until = max(one["time"], row["time"])
            found.append(
                row
                | {
                    "end": until,
                    "known": max(one["known"], row["known"] + 1),
                    "said": one["said"],
                    "assumed": True,
                }
            )
    return found


def _without_repeats(charted: list[dict]) -> list[tuple[dict, int]]:
    """Rows in the order of their versions, without those that the version before said too; and until when each was said again.

    What a version took away and a later one says again is a row of its own.
    """
    kept: list[list] = []
    before: dict[tuple, list] = {}
    for _, line in groupby(charted, key=lambda row: (row["known"], row["said"])):
        here: dict[tuple, list] = {}
        for row in line:
            key = tuple(row[name] for name in _ROW if name != "known")
            held = here.get(key) or before.get(key)
            if held is None:
                held = [row, row["known"]]
                kept.append(held)
            held[1] = row["known"]
            here[key] = held
        before = here
    return [(row, stood) for row, stood in kept]


def _not_said_again(charted: list[dict]) -> list[tuple[str, int, int]]:
    """What is void because a resource without versions came again with other rows."""
    versions, voids = Versions(lambda name, patients: ()), []
    by_line: dict[int, list[dict]] = {}
    for row in charted:
        by_line.setdefault(row["said"], []).append(row)
    for said, rows in by_line.items():
        facts = [
            Charted(
                row["patient"], Event(row["concept"], row["time"], known=row["known"], origin=row["origin"])
            )
            for row in rows
        ]
        voids += [(void.origin, void.known, said) for void in versions.superseded(facts)]
    return voids


def _covers(origin: str, known: int, row: dict) -> bool:
    return row["known"] < known and f"{row['origin']} ".startswith(f"{origin} ")


def _replaced(row: dict, charted: list[dict]) -> bool:
    """Whether a later row of the same origin and time takes its place anyhow."""
    place = (row["patient"], row["concept"], row["time"], row["origin"])
    return any(
        (other["patient"], other["concept"], other["time"], other["origin"]) == place
        and other["known"] > row["known"]
        and CONCEPTS[row["concept"]].kind not in (Kind.EVENT, Kind.INTERVAL)
        for other in charted
    )
