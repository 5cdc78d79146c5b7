"""Compares the labels of the MIMIC-IV demo with an independent SQL reading of the same rules; writes docs/validation.md.

    python benchmarks/validation.py SHARED

Stay by stay and hour by hour, with the differences sorted by their cause. Only counts are written, never a patient's row.
"""

import csv
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import independent_sql
import polars as pl

import opensepsis
from opensepsis.definitions import COURSE

HERE = Path(__file__).resolve().parents[1]
PAGE = HERE / "docs" / "validation.md"
ORGANS = {
    "respiration": "respiration",
    "coagulation": "coagulation",
    "liver": "liver",
    "circulation": "cardiovascular",
    "brain": "cns",
    "kidney": "renal",
}


MAPS = HERE / "src" / "opensepsis" / "data" / "maps"
ORDERED = "starttime >= intime AND starttime < outtime"
ALL_CULTURES = "WHERE spec_type_desc IS NOT NULL"


def kept(name: str) -> list[str]:
    """A part of the page that other commands write: it stays as it is."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    inside = PAGE.read_text(encoding="utf-8").partition(begin)[2].partition(end)[0].strip()
    return [begin, inside, end]


def screens() -> str:
    """The specimens that the map of this project does not count as cultures, as a list for SQL."""
    with open(MAPS / "mimic_iv_specimens.csv", encoding="utf-8") as lines:
        names = [row["specimen"] for row in csv.DictReader(lines) if row["culture"] != "1"]
    return ", ".join("'" + name.replace("'", "''") + "'" for name in names)


def rules(cultures: bool = False, ordered: bool = False) -> str:
    """The SQL as it is, or with one of its rules changed to this project's."""
    text = independent_sql.RULES.read_text(encoding="utf-8")
    changes = []
    if cultures:
        changes.append((ALL_CULTURES, f"{ALL_CULTURES} AND trim(spec_type_desc) NOT IN ({screens()})"))
    if ordered:
        changes.append((ORDERED, "starttime >= intime - INTERVAL 24 HOUR AND starttime < outtime"))
    for old, new in changes:
        assert text.count(old) == 1, "the rule to change is no longer there"
        text = text.replace(old, new)
    return text


def independent(demo: Path, text: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The SQL reading: hours and stays."""
    with TemporaryDirectory() as folder:
        independent_sql.run(demo, Path(folder), "4GB", 2, text)
        return (
            pl.read_parquet(Path(folder) / "hourly_sofa.parquet"),
            pl.read_parquet(Path(folder) / "sepsis3.parquet"),
        )


def septic(sql: pl.DataFrame) -> set[str]:
    """The stays in which the SQL finds sepsis."""
    return set(sql.filter(pl.col("sepsis3").fill_null(False))["stay_id"].cast(pl.String))


def hours(labels, sql: pl.DataFrame) -> pl.DataFrame:
    """Our tick and the SQL's hour that ends nearest to it, side by side."""
    ours = labels.scores["sofa"].with_columns(
        stay_id=pl.col("stay").cast(pl.Int64), at=pl.col("time").dt.replace_time_zone(None)
    )
    ours = ours.with_columns(endtime=pl.col("at").dt.round("1h"))
    return ours.join(
        sql.with_columns(pl.col("endtime").cast(pl.Datetime("us"))), on=["stay_id", "endtime"], suffix="_sql"
    )


def agreement(pairs: pl.DataFrame) -> list[str]:
    """For each organ how often both say the same, and what the rest is."""
    lines = [
        "| row | hours known here | same points | within 1 | higher here | lower here |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for ours, theirs in ORGANS.items():
        column = next(c for c in pairs.columns if c.startswith(theirs) and ("24" in c))
        both = pairs.select(a=pl.col(ours), b=pl.col(column)).drop_nulls()
        same, near = (both["a"] == both["b"]).mean(), ((both["a"] - both["b"]).abs() <= 1).mean()
        high, low = (both["a"] > both["b"]).mean(), (both["a"] < both["b"]).mean()
        known = both.height / pairs.height
        lines.append(f"| {ours} | {known:.1%} | {same:.1%} | {near:.1%} | {high:.1%} | {low:.1%} |")
    return lines


def by_baseline(labels, sql: set[str]) -> list[str]:
    """Sepsis-3 of every variant against the SQL's stays."""
    lines = ["| definition | stays | both | only here | only SQL |", "| --- | --- | --- | --- | --- |"]
    for name in (n for n in labels.run["found"] if n.partition(":")[0] == "sepsis3"):
        ours = set(labels.stays.filter(pl.col(name))["stay"])
        lines.append(
            f"| `{name}` | {len(ours)} | {len(ours & sql)} | {len(ours - sql)} | {len(sql - ours)} |"
        )
    return lines


def by_rule(ours: set[str], readings: dict[str, set[str]]) -> list[str]:
    """`sepsis3:orders` against the SQL as its rules are changed to ours one after the other."""
    lines = ["| rule of the SQL | stays | both | only here | only SQL |", "| --- | --- | --- | --- | --- |"]
    for name, sql in readings.items():
        lines.append(f"| {name} | {len(sql)} | {len(ours & sql)} | {len(ours - sql)} | {len(sql - ours)} |")
    return lines


def prevalence(icu, hospital) -> list[str]:
    """Every definition: in how many stays of either kind it was found."""
    lines = ["| definition | ICU stays | share | hospital stays | share |", "| --- | --- | --- | --- | --- |"]
    for name in icu.run["found"]:
        counts = [(labels.run["found"][name], labels.run["judged"][name]) for labels in (icu, hospital)]
        cells = " | ".join(
            f"{count} | {count / judged:.1%}" if judged else "– | –" for count, judged in counts
        )
        lines.append(f"| `{name}` | {cells} |")
    return lines


def course(icu, hospital) -> list[str]:
    """Every finding of the course: in how many stays of either kind it is there, and in how many not known."""
    lines = ["| finding | ICU stays | share | not known | hospital stays | share | not known |"]
    lines.append("|" + " --- |" * 7)
    for finding in COURSE.findings:
        cells = []
        for labels in (icu, hospital):
            counts = labels.run["course"].get(finding.name, {})
            there = counts.get("yes", 0)
            cells += [str(there), f"{there / labels.stays.height:.1%}", str(counts.get("not known", 0))]
        lines.append(f"| {finding.title} (`{finding.name}`) | " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    shared = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared")
    demo = shared / "data" / "mimic-iv-demo"
    if not demo.is_dir():
        raise SystemExit(f"{shared} holds no data/mimic-iv-demo; nothing was compared.")
    sql_hours, sql_stays = independent(demo, rules())
    readings = {
        "as it is": septic(sql_stays),
        "screening swabs and other specimens without a culture left out": septic(
            independent(demo, rules(cultures=True))[1]
        ),
        "and antibiotics ordered from 24 h before the ICU stay": septic(
            independent(demo, rules(cultures=True, ordered=True))[1]
        ),
    }
    labels = opensepsis.label("mimic-iv", demo, stay_kind="icu", variants=True)
    hospital = opensepsis.label("mimic-iv", demo, stay_kind="hospital", variants=True)
    pairs = hours(labels, sql_hours)
    total = (pairs["total"].fill_null(0) == pairs["sofa_24hours"]).mean()
    lines = [
        "# Validation",
        "",
        "Written by `python benchmarks/validation.py ../shared`. The data are the MIMIC-IV demo (100 patients, 140 ICU stays).",
        "",
        "## Against an independent reading",
        "",
        "`benchmarks/independent_sofa.sql` reads the same tables in SQL, by the rules of a widely used public implementation:",
        "clock hours, missing is 0, the rate at the hour's end, only invasive ventilation as support, antibiotics as ordered",
        "in the ICU stay, every microbiology specimen as a culture.",
        "",
        f"Every stay is labelled: {labels.stays.height} of 140, {labels.scores['sofa'].height:,} hours. "
        f"The SQL finds sepsis in {len(septic(sql_stays))} stays.",
        "",
        "### Sepsis-3 stay by stay",
        "",
        *by_baseline(labels, septic(sql_stays)),
        "",
        "The difference by cause: `sepsis3:orders` (antibiotics as ordered, as in the SQL) against the SQL, as the rules of the SQL",
        "are changed to those used here, one after the other:",
        "",
        *by_rule(set(labels.stays.filter(pl.col("sepsis3:orders"))["stay"]), readings),
        "",
        "What remains are drugs on one list and not on the other, antibiotic and culture at the same minute (a pair here), and hours.",
        "`sepsis3` itself counts antibiotics when given: the demo's administration record begins in its later years, so some",
        "courses that were ordered are nowhere recorded as given.",
        "",
        "### SOFA hour by hour",
        "",
        f"{pairs.height:,} hours are in both. The total (unknown rows left out) is the same in {total:.1%} of them. By organ, worst of",
        "24 hours, where the row is known here:",
        "",
        *agreement(pairs),
        "",
        "The rules differ in these points:",
        "",
        "* **Hours.** Hourly evaluation times here follow the admission to the minute; the SQL's hours are clock hours.",
        "* **Brain.** Here a sedated patient keeps the last GCS before sedation, a verbal score under a tube is not known: 15 in the SQL.",
        "* **Respiration.** Here non-invasive ventilation and CPAP are support; a PaO₂ without a charted FiO₂ is not known.",
        "* **Circulation.** Here a vasopressor counts from 60 minutes on and for as long as it runs; the SQL samples the hour's end.",
        "* **Kidney.** Here urine counts only when charting covers 24 hours; the SQL scales 22 to 30 hours to 24.",
        "* **Before admission.** Here the first window reaches back 24 hours, in both for laboratory values.",
        "",
        *kept("other libraries"),
        "",
        "## Double entry",
        "",
        "Each table is typed twice, and a hand-typed case sits exactly on every limit (`make check`); 208 patients over time and the 14",
        "patients of the example hospital were worked out manually (`tests/papers`, `tests/stories`).",
        "",
        "## What was found, by definition",
        "",
        f"In {labels.stays.height} ICU stays and {hospital.stays.height} hospital stays of the same patients. Most hospital stays",
        "never see intensive care: nothing is charted for them but laboratory values, drugs and cultures.",
        "",
        *prevalence(labels, hospital),
        "",
        *kept("measured elsewhere"),
        "",
        "## The course of a case",
        "",
        "Diagnoses and procedures of an ICU stay are those of the hospital stay around it (coded at discharge); lines, tubes, oxygen,",
        "infusions and fluids are charted in intensive care only. The lists behind most findings have not been checked against their",
        "sources ([course](generated/course.md)).",
        "",
        *course(labels, hospital),
        "",
    ]
    PAGE.write_text("\n".join(lines), encoding="utf-8")
    print(f"written to {PAGE}")


if __name__ == "__main__":
    main()
