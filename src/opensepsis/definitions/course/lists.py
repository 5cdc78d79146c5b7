"""The lists of the course, read from the CSV files beside this: codes, organisms, specimens, drugs, places."""

import csv
from collections.abc import Sequence
from importlib.resources import files

from opensepsis.definitions.code_lists import codes as codes
from opensepsis.definitions.phenotypes.antimicrobials import SPELLED
from opensepsis.definitions.phenotypes.commensals import COMMON_COMMENSALS
from opensepsis.definitions.phenotypes.organisms import ORGANISM_ROWS
from opensepsis.rules import OrganismKinds, Spectrum, Way


def rows(name: str) -> list[dict[str, str]]:
    """The rows of `<name>.csv`."""
    text = (files("opensepsis.definitions.course") / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _checked(listed: Sequence[dict[str, str]]) -> bool:
    return all(row["verified"] == "yes" for row in listed)


def specimens(site: str) -> tuple[str, ...]:
    """The words by which specimens of a site are known."""
    return tuple(row["word"] for row in rows("specimens") if row["site"] == site)


ORGANISMS = OrganismKinds(
    "organisms",
    tuple((row["kind"], row["word"]) for row in ORGANISM_ROWS),
    nothing=COMMON_COMMENSALS.nothing,
    verified=_checked(ORGANISM_ROWS),
)
SPECTRUM = Spectrum(
    "antibiotic spectrum",
    tuple((row["ingredient"], int(row["rank"])) for row in rows("spectrum")),
    spelled=SPELLED,
    ways_left_out=(Way.LOCAL,),
    stays_in_gut=("vancomycin",),
    verified=_checked(rows("spectrum")),
)
