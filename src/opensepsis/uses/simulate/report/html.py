"""A page (one HTML file, no outside resource) on how labels compare with the truth of a simulation."""

import polars as pl

from opensepsis.uses.pages import NOTE
from opensepsis.uses.pages.charts import NARROW, bars, curves, histogram, shares
from opensepsis.uses.pages.document import document
from opensepsis.uses.pages.section import Section
from opensepsis.uses.simulate.charting.frames import names
from opensepsis.uses.simulate.report.accuracy import SEPSIS, AgainstTruth, Share, around_onset
from opensepsis.uses.simulate.report.patient_figure import draw_patient
from opensepsis.uses.simulate.simulation import Simulation

_PERCENT = frozenset(
    (
        "sensitivity",
        "specificity",
        "truly so when called",
        "share",
        "from",
        "to",
        "specificity from",
        "specificity to",
    )
)


def truth_page(simulation: Simulation, found: list[AgainstTruth], scores: pl.DataFrame) -> str:
    """The page as HTML text; `found` has the main definition first, `scores` its points hour by hour (patient, time, total)."""
    truth = simulation.truth.filter(pl.col("arm") == "usual").collect()
    main = found[0]
    joined = main.patients.join(truth, on="patient")
    parts = [
        _definitions(found),
        _late(main),
        _around(simulation, scores, truth),
        _called(main, joined),
        _by_site(main, joined),
        _deaths(joined),
        _one_patient(simulation, joined),
    ]
    foot = (
        "Virtual patients: no row belongs to a person. The truth knows every organ at every moment; the labels see only what was "
        f"charted. The CDC's adult sepsis event gives a calendar day, not an hour. {NOTE}"
    )
    sections = [part for part in parts if part is not None]
    return document(
        "Labels against the truth", _about(truth, main, joined), sections, foot, "Simulated patients"
    )


def _about(truth: pl.DataFrame, main: AgainstTruth, joined: pl.DataFrame) -> str:
    sepsis, shock = (joined[name].is_not_null().sum() for name in (SEPSIS, "shock_onset"))
    low, middle, high = main.quartiles()
    return (
        f"{truth.height:,} simulated patients, {sepsis:,} with true sepsis, {shock:,} of them in true septic shock. "
        f"{_title(main)} finds {_percent(main.sensitivity)} of those with sepsis and clears {_percent(main.specificity)} of the others; "
        f"its onset is {_hours(middle)} from the true one in the median (quartiles {_hours(low)} and {_hours(high)})."
    )


def _definitions(found: list[AgainstTruth]) -> Section:
    rows, drawn = [], []
    for one in found:
        low, middle, high = one.quartiles()
        rows.append(
            {
                "definition": one.definition,
                "truth": "sepsis" if one.truth == SEPSIS else "septic shock",
                **_interval("", "sensitivity", one.sensitivity),
                **_interval("specificity ", "specificity", one.specificity),
                "truly so when called": _known(one.predictive_value.value),
                "onset off by, hours (quartiles)": f"{_hours(middle)} ({_hours(low)} to {_hours(high)})",
            }
        )
        for what, share in (("sensitivity", one.sensitivity), ("specificity", one.specificity)):
            ends = (share.value, *share.interval) if share.whole else (None, None, None)
            drawn.append((_title(one), what, *ends))
    schema = {
        "definition": pl.String,
        "what": pl.String,
        "share": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    }
    figure = shares(
        pl.DataFrame(drawn, schema, orient="row"),
        "definition",
        "share of patients",
        by="what",
        width=NARROW,
    )
    return Section(
        "definitions",
        "What is found, what is cleared",
        "Sensitivity: of those who truly have it, who is called so. Specificity: of the others, who is not. With 95 % intervals.",
        pl.DataFrame(rows, infer_schema_length=None),
        figure,
        "Sensitivity and specificity of each definition, with intervals.",
        _PERCENT,
    )


def _interval(prefix: str, name: str, share: Share) -> dict[str, float | None]:
    low, high = share.interval
    return {name: _known(share.value), f"{prefix}from": _known(low), f"{prefix}to": _known(high)}


def _late(main: AgainstTruth) -> Section:
    table = pl.DataFrame(histogram_of(main), {"from hours": pl.String, "patients": pl.Int64}, orient="row")
    return Section(
        "onset",
        "How early or late",
        f"Onset by {_title(main)} minus true onset, in bins of three hours; an onset before arrival counts from arrival. The first and "
        "the last bin also hold what lies beyond.",
        table,
        histogram(table, "from hours", "patients", "hours; positive is late"),
        "Histogram of the hours between the onset by the label and the true one.",
    )


def histogram_of(
    found: AgainstTruth, width: int = 3, low: int = -24, high: int = 36
) -> list[tuple[str, int]]:
    """The onset errors in bins of `width` hours, named by their lower end; the first and the last also hold what lies beyond."""
    starts = list(range(low, high, width))
    places = ((found.onset_errors.clip(low, high - width) - low) / width).floor().cast(pl.Int64)
    counts = dict(places.value_counts().iter_rows())
    return [(f"{start:+d}" if start else "0", counts.get(i, 0)) for i, start in enumerate(starts)]


def _around(simulation: Simulation, scores: pl.DataFrame, truth: pl.DataFrame) -> Section:
    courses = simulation.courses.filter(pl.col("arm") == "usual").select("patient", "hour", "sofa").collect()
    table = around_onset(scores, courses, truth).rename({"true_points": "true", "charted_points": "charted"})
    long = table.unpivot(["true", "charted"], index="from_onset", variable_name="score", value_name="points")
    return Section(
        "points",
        "Organ points around the true onset",
        "Means of SOFA. The charted score keeps the worst of 24 hours and knows only what was measured.",
        table.rename({"from_onset": "hours from the true onset"}),
        curves(long, "from_onset", "points", "score", "hours from the true onset"),
        "Mean SOFA before and after the true onset, true and charted.",
    )


def _shares(frame: pl.DataFrame, group: str, flag: str) -> list[tuple[str, Share]]:
    counts = frame.group_by(group).agg(pl.col(flag).sum().alias("part"), pl.len().alias("whole")).sort(group)
    return [(name, Share(part, whole)) for name, part, whole in counts.iter_rows()]


def _barred(name: str, title: str, text: str, who: str, rows: list[tuple[str, Share]]) -> Section:
    """A section with a bar for each share of a group."""
    told = [(one, share.part, share.whole, _known(share.value), f"{share.value:.0%} of {share.whole:,}" if share.whole else "nobody")
            for one, share in rows]  # fmt: skip
    schema = {who: pl.String, "patients": pl.Int64, "of": pl.Int64, "share": pl.Float64, "said": pl.String}
    table = pl.DataFrame(told, schema, orient="row")
    return Section(
        name,
        title,
        text,
        table.drop("said"),
        bars(table, who, "share", "said", 200),
        f"{title}: shares.",
        _PERCENT,
    )


def _called(main: AgainstTruth, joined: pl.DataFrame) -> Section:
    what = pl.when(pl.col("true")).then(pl.lit("sepsis")).when(pl.col("kind") == "infection")
    what = what.then(pl.lit("infection only")).otherwise("kind").alias("what")
    text = f"Share with {_title(main)}, by what the patient really has."
    return _barred(
        "called", "Called sepsis", text, "really", _shares(joined.with_columns(what), "what", "labelled")
    )


def _by_site(main: AgainstTruth, joined: pl.DataFrame) -> Section:
    text = f"Sensitivity of {_title(main)} by the site of the infection."
    return _barred("sites", "Who is found", text, "site", _shares(joined.filter("true"), "site", "labelled"))


def _deaths(joined: pl.DataFrame) -> Section:
    dead = joined.with_columns(pl.col("died").is_not_null().alias("dead"))
    groups = {
        "septic shock": pl.col("shock_onset").is_not_null(),
        "sepsis, no shock": pl.col("true") & pl.col("shock_onset").is_null(),
        "infection only": ~pl.col("true") & (pl.col("kind") == "infection"),
        "no infection": pl.col("kind") != "infection",
    }
    flags = {name: dead.filter(chosen)["dead"] for name, chosen in groups.items()}
    rows = [(name, Share(int(one.sum()), len(one))) for name, one in flags.items()]
    return _barred("deaths", "Who dies", "Deaths during the simulated stay.", "who", rows)


def _one_patient(simulation: Simulation, joined: pl.DataFrame) -> Section | None:
    """The first patient in shock whose stay is long enough to show a course, or nobody."""
    long_enough = pl.col("discharged").is_null() | (
        pl.col("discharged") - pl.col("admitted") > pl.duration(days=4)
    )
    chosen = joined.filter(pl.col("shock_onset").is_not_null(), long_enough, pl.col("died").is_null()).sort(
        "patient"
    )
    if chosen.is_empty():
        return None
    number = int(chosen["patient"][0].removeprefix("sim-"))
    patient = names(number, 1).item()
    course = (
        simulation.courses.filter(pl.col("patient") == patient, pl.col("arm") == "usual")
        .collect()
        .sort("hour")
    )
    table = course.filter(pl.col("hour") % 6 == 0).select(
        "hour", "pressure", "rate", "lactate", "sofa", "source", "blood"
    )
    return Section(
        "patient",
        f"One patient: {patient}",
        "What was true, hour by hour, and what was given; the numbers are those of every sixth hour.",
        table,
        draw_patient(simulation, number),
        "Course of one patient: bacteria, inflammation, organs, vital signs and treatments over the days.",
    )


def _percent(share: Share) -> str:
    return f"{share.value:.0%}" if share.whole else "–"


def _known(value: float) -> float | None:
    return None if value != value else value


def _hours(value: float) -> str:
    return "–" if value != value else f"{value:+.1f} h"


def _title(found: AgainstTruth) -> str:
    return found.definition.replace("_", " ").replace(":", ": ").replace("lowest so far", "baseline")
