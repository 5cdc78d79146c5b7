"""How it ended: deaths, support, complications and coming back, of the stays with sepsis."""

from pathlib import Path

import polars as pl

from opensepsis.report.burden import BY_MONTH
from opensepsis.report.cells import masked, with_shares
from opensepsis.report.facts import Facts
from opensepsis.report.mortality import elsewhere, standardised
from opensepsis.uses.pages.charts import shares
from opensepsis.uses.pages.section import Page, Section

SHARES = frozenset(("share", "from", "to"))
READMITTED = pl.duration(days=30)
PARTS = ("treatment", "complications", "complication", "outcome", "support")


def outcome(facts: Facts, results: Path) -> Page:
    """Deaths by definition, observed and expected, findings of the course, stays that follow within 30 days, and other countries."""
    sections = [_deaths(facts), *standardised(facts, results), *_findings(facts), _again(facts), elsewhere()]
    return Page("outcome", "How it ended", tuple(section for section in sections if section is not None))


def _deaths(facts: Facts) -> Section | None:
    rows = []
    for name in facts.phenotypes:
        mine = facts.stays.filter(pl.col(name)).drop_nulls("died_in_hospital")
        if mine.height:
            rows.append((facts.title(name), int(mine["died_in_hospital"].sum()), mine.height))
    return _section(
        facts,
        rows,
        "deaths",
        "Deaths in hospital",
        "died",
        (
            "Of stays with each definition whose outcome is known. Crude: looking harder for sepsis finds milder cases and fewer deaths."
        ),
    )


def _findings(facts: Facts) -> list[Section]:
    """Findings in the stays with sepsis, by part of the course."""
    name = next((one for one in BY_MONTH if one in facts.phenotypes), None)
    course = facts.labels.course
    if name is None or course.is_empty():
        return []
    septic = facts.stays.filter(pl.col(name)).select("stay")
    mine = course.join(septic, on="stay", how="semi")
    found = []
    for part in dict.fromkeys(mine["part"].to_list()):
        rows = []
        of_part = mine.filter(pl.col("part") == part)
        for (finding,), told in of_part.group_by("finding", maintain_order=True):
            known = septic.height - told.filter(pl.col("state") != "yes").height
            rows.append((facts.finding_title(finding), told.filter(pl.col("state") == "yes").height, known))
        words = part.replace("_", " ")
        found.append(
            _section(
                facts,
                rows,
                f"course-{part}",
                f"{facts.title(name)}: {words}",
                "stays",
                (
                    "Of stays with sepsis for which the finding is known; a finding that the source does not record never counts as absent."
                ),
            )
        )
    return [section for section in found if section is not None]


def _again(facts: Facts) -> Section | None:
    """Stays of survivors after which the same patient is admitted again within 30 days."""
    order = facts.stays.sort("patient", "admitted")
    after = order.with_columns(
        pl.when(pl.col("patient").shift(-1) == pl.col("patient"))
        .then(pl.col("admitted").shift(-1))
        .alias("again")
    )
    last = facts.stays["discharged"].max()
    rows = []
    for name in facts.phenotypes:
        left = after.filter(
            pl.col(name),
            ~pl.col("died_in_hospital").fill_null(False),
            pl.col("discharged") <= pl.lit(last) - READMITTED,
        )
        if left.height:
            back = left.filter(pl.col("again") <= pl.col("discharged") + READMITTED).height
            rows.append((facts.title(name), back, left.height))
    return _section(
        facts,
        rows,
        "readmission",
        "Readmission within 30 days",
        "came back",
        (
            "Of survivors who left 30 days or more before the last discharge in the data. Stays in other hospitals are not included."
        ),
    )


def _section(
    facts: Facts, rows: list[tuple], name: str, title: str, counted: str, text: str
) -> Section | None:
    if not rows:
        return None
    table = pl.DataFrame(rows, schema={"what": pl.String, "found": pl.Int64, "of": pl.Int64}, orient="row")
    table = masked(with_shares(table, "found", "of"), "found", "of", ["share", "low", "high"], facts.mask)
    drawn = shares(table, "what", "share of stays") if table["share"].count() else ""
    shown = table.rename({"found": counted, "of": "of stays", "low": "from", "high": "to", "what": "what"})
    return Section(name, title, text, shown, drawn, f"{title}, share of stays with intervals.", SHARES)
