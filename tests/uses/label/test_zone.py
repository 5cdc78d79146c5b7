"""The CDC counts calendar days: those of the hospital, not those of Greenwich. Three stays in New York, typed by hand."""

import csv
from datetime import UTC, datetime

import pytest

from opensepsis import label
from opensepsis.data.sources import open_source
from opensepsis.data.timeline.writer import write_timeline

ZONE = "America/New_York"
CEFTRIAXONE = {
    "p1": ("06T10:00", "06T21:00", "07T21:00", "08T21:00"),  # 3 days there, 4 in UTC
    "p2": ("06T21:00", "07T10:00", "08T10:00", "09T10:00"),  # 4 days there, the first the 6th
    "p3": ("08T10:00", "09T10:00", "10T10:00", "11T10:00"),
}
CULTURES = {"p1": "06T09:00", "p2": "06T20:30", "p3": "08T08:00"}
ADMITTED = {"p1": "06T08:00", "p2": "06T20:00", "p3": "06T08:00"}


def written(folder, suffix: str = ""):
    """The hospital as csv; `suffix`: the offset the times carry, none when they are naive."""
    with (folder / "stays.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["patient", "stay", "kind", "admitted", "discharged", "age"])
        for name, day in ADMITTED.items():
            rows.writerow([name, name, "hospital", f"2025-01-{day}{suffix}", f"2025-01-16T12:00{suffix}", 60])
    with (folder / "events.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["patient", "concept", "time", "end", "value", "unit", "text"])

        def row(patient, concept, day, value="", unit="", text="", end=""):
            until = f"2025-01-{end}{suffix}" if end else ""
            rows.writerow([patient, concept, f"2025-01-{day}{suffix}", until, value, unit, text])

        for patient, doses in CEFTRIAXONE.items():
            row(patient, "culture", CULTURES[patient], text="blood")
            for day in doses:
                row(patient, "antibiotic", day, text="ceftriaxone|IV")
        for patient, day in (("p1", "06T09:00"), ("p2", "06T20:30")):
            row(patient, "creatinine", day, 2, "mg/dL")
            row(patient, "creatinine", "10T09:00", 1, "mg/dL")
        row("p3", "norepinephrine", "07T22:00", 0.1, "ug/kg/min", end="07T23:30")
    return folder


def events(labels) -> dict:
    rows = labels.episodes.select("stay", "onset", "onset_type").rows()
    return {stay: (onset, kind) for stay, onset, kind in rows}


# midnight in New York is 05:00 UTC in January
EXPECTED = {
    "p2": (datetime(2025, 1, 6, 5, tzinfo=UTC), "community"),
    "p3": (datetime(2025, 1, 7, 5, tzinfo=UTC), "community"),  # the pressor ran on day 2, at 22:00
}


@pytest.mark.parametrize("suffix", ["", "-05:00"])
def test_days_are_those_of_the_hospital(tmp_path, suffix):
    folder = written(tmp_path, suffix)
    labels = label("csv", folder, definitions="adult_sepsis_event", timezone=ZONE)
    assert events(labels) == EXPECTED
    assert labels.run["source"]["days_of"] == ZONE


def test_a_timeline_keeps_the_zone_of_its_hospital(tmp_path):
    folder = written(tmp_path)
    write_timeline(open_source("csv", folder, ZONE), tmp_path / "timeline")
    assert events(label("timeline", tmp_path / "timeline", definitions="adult_sepsis_event")) == EXPECTED
    write_timeline(open_source("timeline", tmp_path / "timeline"), tmp_path / "again")
    assert events(label("timeline", tmp_path / "again", definitions="adult_sepsis_event")) == EXPECTED


def test_without_a_zone_the_days_are_those_of_utc(tmp_path):
    labels = label("csv", written(tmp_path, "-05:00"), definitions="adult_sepsis_event")
    assert events(labels)["p3"] == (datetime(2025, 1, 8, tzinfo=UTC), "hospital")
    assert labels.run["source"]["days_of"] == "UTC"
