"""Wide hourly tables: the PhysioNet challenges of 2019 and 2012, cohorts of YAIB, and any table with a column map."""

from pathlib import Path

from opensepsis.data.sources.hourly.forms import find_form
from opensepsis.data.sources.hourly.source import Hourly


def open_hourly(path: Path, timezone: str | None = None) -> Hourly:
    """The source of a folder or file of hourly tables; MissingError where none of the known forms is there."""
    return Hourly(find_form(path.expanduser()), timezone)
