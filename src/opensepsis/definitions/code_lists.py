"""Lists of diagnosis and procedure codes by name, read from the CSV files of the definitions that use them."""

import csv
from functools import cache
from importlib.resources import files

from opensepsis.rules import Code, CodeList

_FILES = ("course/codes.csv", "phenotypes/nhsn_codes.csv")


@cache
def _rows() -> tuple[dict[str, str], ...]:
    here = files("opensepsis.definitions")
    texts = (here.joinpath(*name.split("/")).read_text(encoding="utf-8") for name in _FILES)
    return tuple(row for text in texts for row in csv.DictReader(text.splitlines()))


def codes(*names: str) -> CodeList:
    """The codes of these lists as one.

    >>> codes("diabetes").codes[0].code
    '250'
    """
    mine = [row for name in names for row in _rows() if row["list"] == name]
    made = (Code(r["system"], r["code"], r["source"], r["verified"] == "yes") for r in mine)
    return CodeList(" and ".join(names), tuple(made))
