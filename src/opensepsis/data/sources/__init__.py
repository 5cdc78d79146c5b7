"""The kinds of hospital data that can be read, by name."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from opensepsis.data.io.paths import as_path
from opensepsis.errors import MissingError, SourceError, nearest

if TYPE_CHECKING:
    from opensepsis.data.site.local_code import LocalCode
    from opensepsis.data.timeline.source import Source


@runtime_checkable
class Mappable(Protocol):
    """A source that tells the local codes of its hospital, by volume."""

    def local_codes(self) -> "Iterator[LocalCode]": ...


def _csv(path, timezone: str | None, site) -> "Source":
    from opensepsis.data.sources.csv_folder import CsvFolder

    return CsvFolder(as_path(path), timezone, site)


def _mimic_iv(place, timezone: str | None, site) -> "Source":
    with _tables_can_be_read("mimic-iv"):
        from opensepsis.data.sources.mimic_iv import open_mimic_iv
    return open_mimic_iv(place)


def _mimic_iii(place, timezone: str | None, site) -> "Source":
    with _tables_can_be_read("mimic-iii"):
        from opensepsis.data.sources.mimic_iii import open_mimic_iii
    return open_mimic_iii(place)


def _mimic_iv_with(name: str, place, ed) -> "Source":
    """MIMIC-IV with its emergency department."""
    if name != "mimic-iv":
        raise SourceError(
            f"MIMIC-IV-ED is read beside the source mimic-iv, not beside {name}. Leave --ed out."
        )
    with _tables_can_be_read("mimic-iv"):
        from opensepsis.data.sources.mimic_iv import open_mimic_iv
    return open_mimic_iv(place, ed)


def _clif(place, timezone: str | None, site) -> "Source":
    with _tables_can_be_read("clif"):
        from opensepsis.data.sources.clif import open_clif
    return open_clif(place, timezone, site)


def _omop(place, timezone: str | None, site) -> "Source":
    with _tables_can_be_read("omop"):
        from opensepsis.data.sources.omop import open_omop
    return open_omop(place, timezone, site)


@contextmanager
def _tables_can_be_read(source: str) -> Iterator[None]:
    """What reads tables is an extra: without it an error that names the extra."""
    try:
        yield
    except ModuleNotFoundError as missing:
        raise MissingError(
            f"The source {source} needs '{missing.name}', which is not installed. Install opensepsis with its extra `mimic`."
        ) from None


def _eicu(place, timezone: str | None, site) -> "Source":
    with _tables_can_be_read("eicu"):
        from opensepsis.data.sources.eicu import open_eicu
    return open_eicu(place, site)


def _fhir(path, timezone: str | None, site) -> "Source":
    try:
        from opensepsis.data.sources.fhir import open_fhir
    except ModuleNotFoundError as missing:
        raise MissingError(
            f"The source fhir needs '{missing.name}', which is not installed. Install opensepsis with its extra `fhir`."
        ) from None
    return open_fhir(as_path(path), timezone, site)


def _hourly(path, timezone: str | None, site) -> "Source":
    from opensepsis.data.sources.hourly import open_hourly

    return open_hourly(as_path(path), timezone)


def _meds(path, timezone: str | None, site) -> "Source":
    from opensepsis.data.sources.meds import open_meds

    return open_meds(as_path(path), timezone, site)


def _timeline(path, timezone: str | None, site) -> "Source":
    from opensepsis.data.sources.timeline import TimelineFolder

    return TimelineFolder(as_path(path))


MAPPED = ("clif", "csv", "eicu", "fhir", "meds", "omop")  # sources whose local codes a site can map

SOURCES: dict[str, "Callable[..., Source]"] = {
    "clif": _clif,
    "csv": _csv,
    "eicu": _eicu,
    "fhir": _fhir,
    "hourly": _hourly,
    "meds": _meds,
    "mimic-iii": _mimic_iii,
    "mimic-iv": _mimic_iv,
    "omop": _omop,
    "timeline": _timeline,
}


def open_mappable(name: str, path, timezone: str | None = None, site=None) -> Mappable:
    """A source whose codes are a hospital's own, for `local_codes()`; SourceError for one whose codes are not.

    >>> next(open_mappable("csv", "examples/hospital").local_codes()).table
    'names'
    """
    if name in SOURCES and name not in MAPPED:
        raise SourceError(
            f"The codes of {name} are not a hospital's own. Sources to map: {', '.join(MAPPED)}."
        )
    if name == "meds" and site is None:
        from opensepsis.data.sources.meds.code_list import fitting
        from opensepsis.data.sources.meds.files import read_dataset

        site = fitting(read_dataset(as_path(path)))
    source = open_source(name, path, timezone, site)
    if not isinstance(source, Mappable):
        raise SourceError(f"The codes of {name} cannot be read from what was given. Name its folder.")
    return source


def open_source(name: str, path, timezone: str | None = None, site=None, ed=None) -> "Source":
    """Opens a source of hospital data by its name, one of SOURCES. `path` is a folder; for sources that are tables also a DuckDB file,
    the address of a PostgreSQL database or an Ibis connection; for fhir also a manifest or one file.

    `site` is the hospital's site.toml for csv (default: the one in the folder, if any); for fhir also the folder of the site's lists;
    for meds a code list; for all of MAPPED the folder with a confirmed mapping.csv. `ed` is the folder of MIMIC-IV-ED, read together
    with MIMIC-IV. `path` may also be `Frames`, whatever the name. The returned source has `stays()`, a Polars frame with a row for each
    stay; `events(concepts)`, frames of events in batches (times in UTC, values in each concept's unit, rejected rows with their
    `reason`); and `counts()`, complete once the events were read. SourceError: an unknown name. MissingError: no such folder, file or
    column. Source of the codes: `data/maps`.

    >>> stays = open_source("csv", "examples/hospital").stays()
    >>> stays.height, stays["stay"][0]
    (15, 'S01')

    >>> open_source("mimic", "there")
    Traceback (most recent call last):
    opensepsis.errors.SourceError: There is no source 'mimic'. Did you mean 'mimic-iv' or 'mimic-iii'?
    """
    if not isinstance(path, str | Path):
        from opensepsis.data.sources.frames import FramesSource
        from opensepsis.data.sources.given_frames import Frames

        if isinstance(path, Frames):
            return FramesSource(path, timezone)
    if name not in SOURCES:
        raise SourceError(f"There is no source {name!r}. {nearest(name, SOURCES)}")
    if site is not None and name not in MAPPED:
        raise SourceError(f"--site is for the sources {', '.join(MAPPED)}, not for {name}. Leave it out.")
    if ed is not None:
        return _mimic_iv_with(name, path, ed)
    return SOURCES[name](path, timezone, site)
