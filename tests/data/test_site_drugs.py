"""A site's table of medication: drugs by the project's list of names, as in the ward, and by the site's own."""

import polars as pl

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.writer import write_timeline
from tests.support.hospitals.csv_folder import STAYS, moment

SITE = """
[[events]]
file = "events.csv"
[[events]]
file = "medication.csv"
[events.columns]
end = "until"
[drugs]
"House mix" = { ingredient = "norepinephrine", concept = "norepinephrine" }
"""
ROWS = (
    "a,Noradrenalin,01,02,i.v.,480,ug/h", "a,Levophed,03,04,,0.48,mg/h", "a,House mix,05,06,,0.48,mg/h",
    "a,Rocephin 2 g,05,,i.v.,2,g", "a,Gentamicin eye drops,06,,,,", "a,Adrenalin,07,,i.v.,,", "a,EpiPen,08,09,i.m.,,",
    "a,Lidocaine 1 % with epinephrine,10,11,,,", "a,Housemycin,12,,iv,1,g", "a,,13,,iv,1,g",
)  # fmt: skip


def converted(tmp_path):
    path = tmp_path / "h"
    path.mkdir()
    (path / "stays.csv").write_text(STAYS)
    (path / "site.toml").write_text(SITE)
    (path / "events.csv").write_text("patient,concept,time,value,unit\na,weight,2026-01-01T00:30:00Z,80,kg\n")
    lines = ["patient,drug,time,until,route,value,unit"]
    for row in ROWS:
        patient, drug, begins, ends, *rest = row.split(",")
        hours = (f"2026-01-01T{hour}:00:00Z" if hour else "" for hour in (begins, ends))
        lines.append(",".join([patient, drug, *hours, *rest]))
    (path / "medication.csv").write_text("\n".join(lines) + "\n")
    return write_timeline(open_source("csv", path), tmp_path / "t")


def test_drugs_by_international_names_and_brands(tmp_path):
    made = converted(tmp_path)
    events = made.events().collect().with_columns(pl.col("concept").cast(pl.String)).sort("time")
    rates = events.filter(concept="norepinephrine").select("time", "value").rows()
    assert rates == [(moment(1), 0.1), (moment(3), 0.1), (moment(5), 0.1)]
    doses = events.filter(concept="antibiotic").select("time", "text").rows()
    assert doses == [(moment(5), "ceftriaxone|i.v."), (moment(6), "gentamicin|eye")]
    assert events.height == 6, "no bolus runs, nothing numbed or injected elsewhere does"
    assert sum(made.counts["source"]["unmapped"].values()) == 4
    assert [told["reason"] for told in made.counts["rejections"]] == ["no concept"]
