"""`days.parquet`: the worst of each organ in a day, typed by hand; nothing of another day, nothing after discharge."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from opensepsis import label
from opensepsis.errors import DefinitionError
from opensepsis.uses.label import why_stay

ADMITTED = datetime(2026, 1, 1, 20, tzinfo=UTC)
# hours after admission: 4 is the first midnight, 24 the end of the first 24 hours, 50 the discharge
PLATELETS = {-2: 140.0, 0: 95.0, 3.99: 90.0, 4: 60.0, 24: 40.0, 49: 120.0, 50.5: 10.0}


def hospital(folder) -> None:
    rows = [("platelets", hour, value, None) for hour, value in PLATELETS.items()]
    rows.append(("gcs_total", 5, 14.0, None))
    times = [ADMITTED + timedelta(hours=hour) for _, hour, _, _ in rows]
    pl.DataFrame(
        {
            "patient": ["a"] * len(rows),
            "concept": [name for name, *_ in rows],
            "time": [t.isoformat() for t in times],
            "value": [value for _, _, value, _ in rows],
        }
    ).write_csv(folder / "events.csv")
    pl.DataFrame(
        {
            "patient": ["a"],
            "stay": ["a-1"],
            "admitted": [ADMITTED.isoformat()],
            "discharged": [(ADMITTED + timedelta(hours=50)).isoformat()],
            "age": [60],
        }
    ).write_csv(folder / "stays.csv")


def told(labels, score: str, row: str) -> list[tuple]:
    found = labels.days.filter(score=score, row=row)
    return found.select("day", "start", "points", "basis").rows()


def midnight(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    hospital(tmp_path)
    return tmp_path


def test_calendar_days(folder):
    labels = label("csv", folder, definitions="sofa,sofa2", daily="calendar")
    # day 1: 140, 95, 90; day 2: 60 (midnight belongs to the day it begins), 40; day 3: 120, not the 10 after discharge
    assert told(labels, "sofa2", "coagulation") == [
        (1, midnight(1), 2, "observed"),
        (2, midnight(2), 4, "observed"),
        (3, midnight(3), 1, "observed"),
    ]
    assert told(labels, "sofa", "coagulation")[0] == (1, midnight(1), 2, "observed")


def test_days_of_24_hours(folder):
    labels = label("csv", folder, definitions="sofa2", daily="24h")
    day = timedelta(hours=24)
    assert told(labels, "sofa2", "coagulation") == [
        (1, ADMITTED, 3, "observed"),  # 95 at admission, 90, 60; the 40 at 24 h begins day 2
        (2, ADMITTED + day, 4, "observed"),
        (3, ADMITTED + 2 * day, 1, "observed"),
    ]


def test_what_is_missing_is_not_known_and_beside_it_the_policy_of_the_paper(folder):
    labels = label("csv", folder, definitions="sofa2", daily="24h")
    assert [r[2:] for r in told(labels, "sofa2", "brain")] == [
        (1, "observed"),
        (None, "not known"),
        (None, "not known"),
    ]
    paper = "sofa2:missing_as_paper"
    assert [r[2:] for r in told(labels, paper, "brain")] == [(1, "observed"), (1, "carried"), (1, "carried")]
    assert [r[2:] for r in told(labels, paper, "liver")] == [(0, "assumed")] * 3
    assert [r[2:] for r in told(labels, "sofa2", "total")] == [
        (4, "not known"),
        (4, "not known"),
        (1, "not known"),
    ]
    assert [r[2:] for r in told(labels, paper, "total")] == [(4, "assumed"), (5, "assumed"), (2, "assumed")]


def test_a_day_begins_at_local_midnight(folder):
    labels = label("csv", folder, definitions="sofa2", daily="calendar", timezone="America/New_York")
    assert told(labels, "sofa2", "coagulation")[0][1] == datetime(2026, 1, 1, 5, tzinfo=UTC)


def test_as_known_agrees_when_everything_is_known_at_once(folder):
    for days in ("calendar", "24h"):
        now, known = (
            label("csv", folder, definitions="sofa,sofa2", daily=days, as_known=k).days for k in (False, True)
        )
        assert now.equals(known)


def test_why_and_the_account_of_the_run_speak_of_days(folder, tmp_path):
    out = tmp_path.with_name(f"{tmp_path.name}-out")
    labels = label("csv", folder, out, definitions="sofa2", daily="24h")
    assert labels.run["days"]["kind"] == "24h"
    assert "day 1, from 2026-01-01 20:00: sofa2 4 (2 of 6 rows known)" in why_stay(out, "a-1", full=True)
    assert label("csv", folder, definitions="sofa2").run["days"] is None


def test_what_cannot_be_told_by_day(folder):
    with pytest.raises(DefinitionError, match="sofa or sofa2"):
        label("csv", folder, definitions="qsofa", daily="24h")
    with pytest.raises(DefinitionError, match="calendar, 24h"):
        label("csv", folder, daily="weekly")
