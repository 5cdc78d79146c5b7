"""A ward's csv folder in the hospital's own form: one site.toml for `label csv` and the ward, and the same events from both."""

import polars as pl

from opensepsis.data.decode.site import read_site
from opensepsis.data.sources import open_source
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.facts import Charted, Visited
from opensepsis.uses.ward.model.messages import Message
from tests.support.hospitals.german import german_hospital

LATER = 1_800_000_000_000_000


def told(folder, file: str):
    """The facts of every line of a file, as the ward reads them one by one."""
    site = read_site(folder)
    header, *lines = (folder / file).read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines):
        yield from read(Message(number, "csv", "csv", f"{file}:mark:{number}", header + line, LATER), site)[0]


def test_the_ward_charts_what_label_reads(tmp_path):
    folder = german_hospital(tmp_path / "h")
    made = write_timeline(open_source("csv", folder), tmp_path / "t")
    labelled = made.events().collect()
    for file, concepts in (
        ("labor.csv", ("platelets", "creatinine", "lactate", "weight", "height")),
        ("vital.csv", ("heart_rate", "temperature", "respiratory_rate", "systolic_pressure")),
        ("medikamente.csv", ("antibiotic",)),
    ):
        for concept in concepts:
            mine = [
                fact.event
                for fact in told(folder, file)
                if isinstance(fact, Charted) and fact.event.concept == concept
            ]
            theirs = labelled.filter(pl.col("concept") == concept)
            ward = sorted((event.time, event.value, event.text) for event in mine)
            label = sorted(theirs.select(pl.col("time").dt.epoch("us"), "value", "text").rows())
            assert ward == label, concept
    first = next(fact for fact in told(folder, "aufenthalte.csv") if isinstance(fact, Visited))
    assert first.kind == "hospital" and first.time == 1_772_435_700_000_000
