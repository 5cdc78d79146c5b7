"""The `csv` source: a folder with stays.csv and events.csv (or .csv.gz, .parquet), or the files that its site.toml names.

    stays    patient, stay, admitted; may have kind, discharged, born, age, sex, died, discharged_to
    events   patient, concept, time; may have end, known, value, unit, text, origin

* An empty `kind` is a hospital stay; an empty `discharged` is a stay that goes on.
* Without a `unit` column, or when it is empty throughout, every value is in its concept's own unit. Else an empty one is
  rejected for lactate, creatinine, bilirubin, glucose, temperature, rates of infusions, and wherever other rows of the
  concept have one.
* Lines that start with # are comments, unless they have as many cells as the header. A local time needs a zone.
* Without `known` an event is known when it happens. Without `origin` no event corrects another.
* A row that cannot be read is rejected with its reason and counted; the others are used.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from opensepsis.data.intake.timestamps import check_zone
from opensepsis.data.schema import ID, REASON, ROW, STAYS, TABLE
from opensepsis.data.site import LocalWords, TableLayout, read_site_file
from opensepsis.data.site.local_code import LocalCode
from opensepsis.data.sources.csv_events import NO_WEIGHTS, EventsFile
from opensepsis.data.sources.csv_local_codes import codes_in_use
from opensepsis.data.sources.csv_stays import read_stays
from opensepsis.data.sources.files import batches, find_table, open_table
from opensepsis.data.sources.local import checked_columns, needed_columns, parts, renamed
from opensepsis.errors import MissingError

_NEEDED_STAYS = ("patient", "stay", "admitted")
_CLOCKS_DIFFER = timedelta(days=1)


class CsvFolder:
    """Stays and events of one folder; `site` is the hospital's site.toml or what it says."""

    name = "csv"
    event_id = "patient"

    def __init__(
        self, path: Path, timezone: str | None = None, site: Path | str | LocalWords | None = None
    ) -> None:
        check_zone(timezone)
        path = Path(path).expanduser()
        if site is None and (path / "site.toml").is_file():
            site = path / "site.toml"
        self._begin(
            site if isinstance(site, LocalWords) else read_site_file(site) if site else LocalWords(), timezone
        )
        self._stays_files = _files(path, "stays", self.site.stays)
        self._events_files = [
            (file, layout) for layout in self.site.events for file in _files(path, "events", layout)
        ]

    def _begin(self, site: LocalWords, timezone: str | None) -> None:
        self.site, self.timezone = site, timezone or site.format.timezone
        self.shifted_dates = site.format.shifted_dates
        self._stays_files: list[Path] = []
        self._events_files: list[tuple[Path, TableLayout]] = []
        self._stays: pl.DataFrame | None = None
        self._notes: list[str] = []
        self._cells: list[tuple] = []
        self._counts: dict = {}

    def stays(self) -> pl.DataFrame:
        """The stays, each with table, row and, where it cannot be read, the reason."""
        if self._stays is None:
            found = [self._read_stays(file) for file in self._stays_files]
            self._stays = pl.concat(found, how="diagonal")
        return self._stays

    def rejected_cells(self) -> list[tuple]:
        """Cells of stays that were rejected, while their stay is kept: what, table, reason, count, rows."""
        return self._cells

    def events(self, concepts: frozenset[str] | None = None) -> Iterator[pl.DataFrame]:
        """The events in batches; what cannot be used carries a `reason`."""
        patients = self.stays()["patient"].unique()
        shifted = self.shifted_dates or self._mostly_ahead()
        latest = None if shifted else datetime.now(UTC) + _CLOCKS_DIFFER
        files = [
            EventsFile(file, layout, self.site, self.timezone, patients, concepts, latest)
            for file, layout in self._events_files
        ]
        for file in files:
            file.survey()
        weighed = any(file.needs_weights for file in files)
        weights = pl.concat([NO_WEIGHTS, *(part for file in files if weighed for part in file.weights())])
        given = frozenset().union(*(file.with_unit for file in files))
        for file in files:
            yield from file.read(weights, given)
        self._counts = _counts(files, self._notes)

    def local_codes(self) -> Iterator[LocalCode]:
        """The local names of the files with their volume and values."""
        return codes_in_use(self._events_files, self.site)

    def counts(self) -> dict:
        """What was read; complete after `events` has been read to its end."""
        return self._counts

    def _mostly_ahead(self) -> bool:
        ahead = (self.stays()["admitted"] > datetime.now(UTC) + _CLOCKS_DIFFER).sum()
        return 2 * ahead > self.stays().height

    def _read_stays(self, file: Path) -> pl.DataFrame:
        table = open_table(file, self.site.format)
        columns = needed_columns(self.site.stays, tuple(STAYS), table.columns)
        theirs = list(dict.fromkeys(part for name in columns.values() for part in parts(name)))
        optional = tuple(name for name in STAYS if name not in _NEEDED_STAYS)
        ignored = checked_columns(file, table.columns, self.site.stays, _NEEDED_STAYS, optional)
        self._notes += [f"column not read: {name}" for name in ignored]
        pieces = [renamed(piece, columns) for piece in batches(table, theirs)]
        empty = pl.DataFrame(schema=dict.fromkeys(columns, pl.String) | {ROW: pl.UInt32, REASON: pl.String})
        rows = pl.concat(pieces) if pieces else empty
        stays, cells, notes = read_stays(rows, self.site, self.timezone)
        self._notes += notes
        self._cells += [("cell", file.name, reason, count, lines) for reason, count, lines in cells]
        return stays.with_columns(pl.lit(file.name).alias(TABLE), pl.lit("stay").alias(ID))


def _files(path: Path, name: str, layout: TableLayout) -> list[Path]:
    if not layout.files:
        return [find_table(path, name)]
    if not path.is_dir():
        raise MissingError(f"There is no folder {path}. Give the folder that holds {layout.files[0]}.")
    for file in layout.files:
        if not (path / file).is_file():
            raise MissingError(f"{path} has no {file}, which site.toml names for {name}.")
    return [path / file for file in layout.files]


def _counts(files: list[EventsFile], stay_notes: list[str]) -> dict:
    notes = list(stay_notes)
    for file in files:
        notes += file.notes(len(files) > 1)
    unmapped: dict[str, int] = {}
    for file in files:
        for name, count in file.names.by_volume().items():
            unmapped[name] = unmapped.get(name, 0) + count
    return {
        "read": sum(file.seen for file in files),
        "mapped": sum(file.used for file in files),
        "unmapped": unmapped,
        "notes": notes,
    }
