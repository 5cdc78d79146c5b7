"""`opensepsis check`: the results of a run against what any hospital can have."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from opensepsis.data.io.atomic import add_to_output, disk_told, replace_file
from opensepsis.data.io.paths import as_path
from opensepsis.data.results import AGAIN, RUN
from opensepsis.errors import FormatError
from opensepsis.uses.check.known import known, known_table
from opensepsis.uses.check.notices import Notice
from opensepsis.uses.check.page import Tables, page
from opensepsis.uses.check.rates import episodes, people, rate_table, rates
from opensepsis.uses.check.results import Results, open_results
from opensepsis.uses.check.values import jumps, two_units, value_table, values
from opensepsis.uses.check.volume import rejected, silence, volume, volume_table

PAGE = "check.md"


@dataclass(frozen=True)
class Checked:
    """What was noticed, the tables it rests on, and the page in Markdown that tells both; `folder` holds the results."""

    notices: tuple[Notice, ...]
    tables: Tables
    page: str
    folder: Path

    def write(self, file: str | Path | None = None) -> Path:
        """Writes the page, to check.md in the folder of results where no file is named; OutputError: it cannot be written."""
        if file is not None:
            replace_file(as_path(file), self.page.encode())
            return as_path(file)
        with disk_told(self.folder / PAGE):
            add_to_output(self.folder, RUN, {PAGE: self.page.encode()})
        return self.folder / PAGE


def check(results: str | Path, groups: str | Path | None = None) -> Checked:
    """Checks whether a folder of results is plausible, without changing it; `write()` of the returned object writes the page.

    `groups` is a CSV or Parquet file with `stay` and a column for each kind of group (site, ward, unit …), in addition
    to the month and the groups of the source. Rates are judged for 30 stays or more, and never where chance may be the
    reason. Every bound is in `bounds.csv` with its reason. For a large hospital, values are those of a sample of its
    patients, of about three million rows. MissingError: no results there. FormatError: a file cannot be read.
    """
    folder = as_path(results)
    opened = open_results(folder, as_path(groups) if groups else None)
    try:
        tables = Tables(rate_table(opened), known_table(opened), value_table(opened), volume_table(opened))
        notices = tuple(_found(opened, tables))
    except (pl.exceptions.PolarsError, OSError):
        raise FormatError(f"{folder} holds a damaged file. {AGAIN}") from None
    return Checked(notices, tables, page(opened, notices, tables), folder)


def _found(opened: Results, tables: Tables) -> Iterator[Notice]:
    yield from rates(opened, tables.rates)
    yield from episodes(opened)
    yield from people(opened)
    yield from known(tables.known)
    yield from volume(opened, tables.volumes)
    yield from silence(opened)
    yield from rejected(opened)
    yield from values(opened, tables.values)
    yield from two_units(opened)
    yield from jumps(opened)
