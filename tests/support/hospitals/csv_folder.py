"""A made-up hospital for tests: a folder that each test writes as it needs it."""

import traceback
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from opensepsis.data import schema
from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.data.sources import open_source
from opensepsis.data.timeline.writer import write_timeline

CANARY = "CANARY-7391"  # as a patient: must never show in a message
SECRET_VALUE = "987.654321"  # as a value: likewise

STAYS = "patient,stay,kind,admitted,discharged\na,1,icu,2026-01-01T00:00:00Z,2026-01-09T00:00:00Z\n"
EVENTS = "patient,concept,time,value,unit\na,lactate,2026-01-01T01:00:00Z,2.5,mmol/L\n"


def folder(path: Path, stays: str = STAYS, events: str = EVENTS) -> Path:
    """Write stays.csv and events.csv."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "stays.csv").write_text(stays, encoding="utf-8")
    (path / "events.csv").write_text(events, encoding="utf-8")
    return path


def moment(hour: float) -> datetime:
    return datetime.fromtimestamp(datetime(2026, 1, 1, tzinfo=UTC).timestamp() + hour * 3600, UTC)


def convert(path, timezone=None, site=None, **limits):
    source = open_source("csv", path, timezone, site)
    return write_timeline(source, path.parent / "timeline", limits=RejectionLimits(**limits))


def refused(path, error, *said, timezone=None, site=None, **limits) -> str:
    """The message of the error, which must name a file and hold nothing of a patient."""
    with pytest.raises(error) as wrong:
        convert(path, timezone, site, **limits)
    assert type(wrong.value) is error
    message = str(wrong.value)
    for words in said:
        assert words in message, message
    whole = "".join(traceback.format_exception(wrong.value))
    assert CANARY not in whole and SECRET_VALUE not in whole
    assert not (path.parent / "timeline").exists()
    return message


class Frames:
    """A source that holds its frames in memory."""

    name = "frames"

    def __init__(self, stays: pl.DataFrame, *batches: pl.DataFrame) -> None:
        self._stays, self._batches = stays, batches

    def stays(self) -> pl.DataFrame:
        return self._stays

    def events(self, concepts=None):
        yield from self._batches

    def counts(self) -> dict:
        return {"read": sum(batch.height for batch in self._batches), "notes": []}


def some_stays(*patients: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "patient": list(patients),
            "stay": [f"stay of {p}" for p in patients],
            "kind": "icu",
            "admitted": moment(0),
            "discharged": moment(100),
        }
    )


def values(*rows) -> pl.DataFrame:
    """Rows of (patient, concept, hour, value)."""
    columns = {"patient": pl.String, "concept": pl.String, "time": schema.EVENTS["time"], "value": pl.Float64}
    return pl.DataFrame([(p, c, moment(h), v) for p, c, h, v in rows], schema=columns, orient="row")


GOOD = values(("a", "lactate", 1, 2.0), ("b", "lactate", 2, 3.0), ("a", "wbc", 3, 5000.0))
