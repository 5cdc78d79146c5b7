"""The cases of scores as somebody typed them from the papers."""

import csv
from functools import cache
from pathlib import Path

from opensepsis.definitions import SCORES
from opensepsis.rules import thresholds

HERE = Path(__file__).parents[1] / "papers"
ABOUT = ("case", "row", "points", "source")


def file(name: str) -> Path:
    """The cases of a score; the colon of a variant is no letter on every file system."""
    return HERE / f"{name.replace(':', '_')}.csv"


@cache
def cases(name: str) -> list[dict]:
    with open(file(name), encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def value(text: str):
    """A typed cell: a number, true or false, or a word."""
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text


def asked_limits(name: str) -> set[tuple[str, str, float]]:
    """The limits of a table; of a variant, those of the rows in which it differs."""
    base = SCORES[name.partition(":")[0]]
    same = {row.name for row in SCORES[name].rows if row in base.rows} if name != base.name else set()
    return {limit for limit in thresholds(SCORES[name]) if limit[0] not in same}
