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

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from opensepsis.data.intake.timestamps import check_zone
from opensepsis.data.schema import ID, REASON, ROW, STAYS, TABLE
from opensepsis.data.site import LocalWords, TableLayout, read_site_file
from opensepsis.data.site.local_code import LocalCode
from opensepsis.data.sources.csv_events import NO_WEIGHTS, EventsFile
from opensepsis.data.sources.csv_local_codes import codes_in_use
from opensepsis.data.sources.csv_notes import NOT_READ, notes_of
from opensepsis.data.sources.csv_stays import read_stays
from opensepsis.data.sources.csv_survey import Survey
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
        self._taken: Counter[str] = Counter()  # for granted, of the stays
        self._cells: list[tuple] = []
        self._counts: dict = {}
        self._whole: Survey | None = None
        self._mapped: Counter[str] = Counter()  # of a part

    def stays(self) -> pl.DataFrame:
        """The stays, each with table, row and, where it cannot be read, the reason."""
        if self._stays is None:
            found = [self._read_stays(file) for file in self._stays_files]
            self._stays = pl.concat(found, how="diagonal")
        return self._stays

    def rejected_cells(self) -> list[tuple]:
        """Cells of stays that were rejected, while their stay is kept: what, table, reason, count, rows."""
        return self._cells

    def survey(self) -> Survey:
        """What all rows say together."""
        ahead = (self.stays()["admitted"] > datetime.now(UTC) + _CLOCKS_DIFFER).sum()
        units = tuple(file.units() for file in self._files_of_events(None, None))
        return Survey(units, self.stays().height, int(ahead))

    def as_part_of(self, whole: Survey) -> None:
        """It is read as some of the patients of a hospital all of whose rows say `whole`; its counts are for `counts_of_parts`."""
        self._whole = whole

    def events(self, concepts: frozenset[str] | None = None) -> Iterator[pl.DataFrame]:
        """The events in batches; what cannot be used carries a `reason`."""
        whole = self._whole or self.survey()
        shifted = self.shifted_dates or whole.mostly_ahead
        files = self._files_of_events(concepts, None if shifted else datetime.now(UTC) + _CLOCKS_DIFFER)
        weighed = any(whole.needs_weights)
        weights = pl.concat([NO_WEIGHTS, *(part for file in files if weighed for part in file.weights())])
        for number, file in enumerate(files):
            for batch in file.read(weights, whole, number):
                if self._whole:
                    self._mapped.update(dict(_of_concepts(batch)))
                yield batch
        self._counts = self._counted(files)

    def _files_of_events(self, concepts: frozenset[str] | None, latest: datetime | None) -> list[EventsFile]:
        patients = self.stays()["patient"].unique()
        return [
            EventsFile(file, layout, self.site, self.timezone, patients, concepts, latest)
            for file, layout in self._events_files
        ]

    def local_codes(self) -> Iterator[LocalCode]:
        """The local names of the files with their volume and values."""
        return codes_in_use(self._events_files, self.site)

    def counts(self) -> dict:
        """What was read; complete after `events` has been read to its end."""
        return self._counts

    def _counted(self, files: list[EventsFile]) -> dict:
        unmapped: Counter[str] = Counter()
        for file in files:
            unmapped.update(file.names.by_volume())
        of_files = [(file.file.name, file.tally) for file in files]
        told = {
            "read": sum(file.seen for file in files),
            "mapped": sum(file.used for file in files),
            "unmapped": dict(unmapped),
        }
        if self._whole:  # counts of parts are added, words are not
            of_part = {"stays": dict(self._taken), "events": dict(of_files)}
            return told | {"rows": told["mapped"], "mapped": dict(self._mapped), "notes": of_part}
        return told | {"notes": [*self._notes, *notes_of(self._taken, of_files)]}

    def _read_stays(self, file: Path) -> pl.DataFrame:
        table = open_table(file, self.site.format)
        columns = needed_columns(self.site.stays, tuple(STAYS), table.columns)
        theirs = list(dict.fromkeys(part for name in columns.values() for part in parts(name)))
        optional = tuple(name for name in STAYS if name not in _NEEDED_STAYS)
        ignored = checked_columns(file, table.columns, self.site.stays, _NEEDED_STAYS, optional)
        pieces = [renamed(piece, columns) for piece in batches(table, theirs)]
        empty = pl.DataFrame(schema=dict.fromkeys(columns, pl.String) | {ROW: pl.UInt32, REASON: pl.String})
        rows = pl.concat(pieces) if pieces else empty
        stays, cells, tally = read_stays(rows, self.site, self.timezone)
        self._taken.update({NOT_READ + name: 1 for name in ignored})
        self._taken.update(tally)
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


def counts_of_parts(counts: Mapping[str, Any]) -> dict:
    """What the parts of a hospital counted together, as `CsvFolder.counts` tells it of a whole one."""
    whole = {"read": counts["read"], "mapped": counts["rows"], "unmapped": counts["unmapped"]}
    return whole | {"notes": notes_of(counts["notes"]["stays"], counts["notes"]["events"].items())}


def _of_concepts(batch: pl.DataFrame) -> Iterator[tuple]:
    return batch.filter(pl.col(REASON).is_null())["concept"].value_counts().iter_rows()
