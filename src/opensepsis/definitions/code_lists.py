"""Lists of diagnosis and procedure codes by name, read from the CSV files of the definitions that use them."""

import csv
from collections import defaultdict
from functools import cache
from importlib.resources import files

from opensepsis.rules import Code, CodeList

_FILES = ("course/codes.csv", "phenotypes/nhsn_codes.csv")


@cache
def _lists() -> dict[str, list[Code]]:
    here = files("opensepsis.definitions")
    found: dict[str, list[Code]] = defaultdict(list)
    for name in _FILES:
        _, *rows = csv.reader(here.joinpath(*name.split("/")).read_text(encoding="utf-8").splitlines())
        for of, system, code, _, source, verified in rows:
            found[of].append(Code(system, code, source, verified == "yes"))
    return dict(found)


def codes(*names: str) -> CodeList:
    """The codes of these lists as one.

    >>> codes("diabetes").codes[0].code
    '250'
    """
    return CodeList(" and ".join(names), tuple(code for name in names for code in _lists()[name]))
