"""Whether the results are plausible, from `opensepsis check`."""

from pathlib import Path

import polars as pl

from opensepsis.counted import counted
from opensepsis.report.facts import Facts
from opensepsis.uses.check.check import check
from opensepsis.uses.pages.section import Page, Section


def quality(facts: Facts, results: Path, groups: str | Path | None) -> Page:
    """Every notice with what was found, the bound and its reason."""
    notices = check(results, groups).notices
    rows = [(one.check, one.subject, one.where, one.found, one.bound, one.reason) for one in notices]
    columns = ("check", "subject", "where", "found", "bound", "why this bound")
    table = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    said = (
        f"{counted(len(notices), 'notice')}."
        if notices
        else "No notice. This does not prove that there is no fault."
    )
    section = Section("quality", "Implausible data", said, table, empty="")
    return Page("quality", "Data quality", (section,))
