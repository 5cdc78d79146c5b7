"""A page (one HTML file, no outside resource) on how labels compare with the truth of a simulation."""

from html import escape
from pathlib import Path

import polars as pl

from opensepsis.uses.simulate.charting.frames import names
from opensepsis.uses.simulate.report.accuracy import SEPSIS, AgainstTruth, Share, around_onset
from opensepsis.uses.simulate.report.patient_figure import draw_patient
from opensepsis.uses.simulate.simulation import Simulation
from opensepsis.uses.svg import bars, dots, histogram, lines

STYLE = Path(__file__).with_name("page.css")


def truth_page(simulation: Simulation, found: list[AgainstTruth], scores: pl.DataFrame) -> str:
    """The page as HTML text; `found` has the main definition first, `scores` its points hour by hour (patient, time, total)."""
    truth = simulation.truth.filter(pl.col("arm") == "usual").collect()
    main = found[0]
    joined = main.patients.join(truth, on="patient")
    sepsis, shock = (joined[name].is_not_null().sum() for name in (SEPSIS, "shock_onset"))
    low, middle, high = main.quartiles()
    late = histogram_of(main)
    parts = [
        "<h1>Labels against the truth</h1>",
        f"<p>{truth.height:,} simulated patients, {sepsis:,} with true sepsis, {shock:,} of them in true septic shock. "
        f"{_code(main.definition)} finds {_percent(main.sensitivity)} of those with sepsis and clears "
        f"{_percent(main.specificity)} of the others; its onset is {_hours(middle)} from the true one in the median "
        f"(quartiles {_hours(low)} and {_hours(high)}).</p>",
        '<p class="quiet">Virtual patients: no row belongs to a person. The truth knows every organ at every moment; the labels '
        "see only what was charted. The CDC's adult sepsis event gives a calendar day, not an hour. "
        "For research and teaching. Not a medical device.</p>",
        _table(found),
        '<div class="figures">',
        _figure("What is found, what is cleared", "Sensitivity above (blue), specificity below (orange), with 95 % intervals.",
                dots("Sensitivity and specificity", [(_short(f.definition), [_dot(f.sensitivity), _dot(f.specificity)]) for f in found])),
        _figure("How early or late", f"Onset by {_code(main.definition)} minus true onset; an onset before arrival counts from arrival.",
                histogram("Onset error", late, "hours; positive is late")),
        _figure("Organ points around the true onset", "Means of SOFA. The charted score keeps the worst of 24 hours and knows only "
                "what was measured.", _around(simulation, scores, truth)),
        _figure("Called sepsis", f"Share with {_code(main.definition)}, by what the patient really has.", _called(joined)),
        _figure("Who is found", f"Sensitivity of {_code(main.definition)} by the site of the infection.", _by_site(joined)),
        _figure("Who dies", "Deaths during the simulated stay.", _deaths(joined)),
        "</div>",
        _one_patient(simulation, joined),
    ]  # fmt: skip
    return _document("\n".join(part for part in parts if part))


def histogram_of(
    found: AgainstTruth, width: int = 3, low: int = -24, high: int = 36
) -> list[tuple[str, int]]:
    """The onset errors in bins of `width` hours, named by their lower end; the first and the last also hold what lies beyond."""
    starts = list(range(low, high, width))
    places = ((found.onset_errors.clip(low, high - width) - low) / width).floor().cast(pl.Int64)
    counts = dict(places.value_counts().iter_rows())
    return [(f"{start:+d}" if start else "0", counts.get(i, 0)) for i, start in enumerate(starts)]


def _around(simulation, scores, truth) -> str:
    courses = simulation.courses.filter(pl.col("arm") == "usual").select("patient", "hour", "sofa").collect()
    frame = around_onset(scores, courses, truth)
    series = [("true", frame["true_points"].to_list()), ("charted", frame["charted_points"].to_list())]
    return lines(
        "SOFA around the onset of sepsis", frame["from_onset"].to_list(), series, "hours from the true onset"
    )


def _shares(frame, group, flag) -> list[tuple[str, float, str]]:
    counts = frame.group_by(group).agg(pl.col(flag).sum().alias("part"), pl.len().alias("whole")).sort(group)
    return [_bar(name, Share(part, whole)) for name, part, whole in counts.iter_rows()]


def _bar(name: str, share: Share) -> tuple[str, float, str]:
    return name, share.value, f"{share.value:.0%} of {share.whole:,}" if share.whole else "nobody"


def _called(joined) -> str:
    what = pl.when(pl.col("true")).then(pl.lit("sepsis")).when(pl.col("kind") == "infection")
    what = what.then(pl.lit("infection only")).otherwise("kind").alias("what")
    return bars("Share called sepsis", _shares(joined.with_columns(what), "what", "labelled"))


def _by_site(joined) -> str:
    return bars("Sensitivity by site", _shares(joined.filter("true"), "site", "labelled"))


def _deaths(joined) -> str:
    dead = joined.with_columns(pl.col("died").is_not_null().alias("dead"))
    groups = {
        "septic shock": pl.col("shock_onset").is_not_null(),
        "sepsis, no shock": pl.col("true") & pl.col("shock_onset").is_null(),
        "infection only": ~pl.col("true") & (pl.col("kind") == "infection"),
        "no infection": pl.col("kind") != "infection",
    }
    rows = [(name, dead.filter(chosen)["dead"]) for name, chosen in groups.items()]
    return bars("Deaths", [_bar(name, Share(int(flags.sum()), len(flags))) for name, flags in rows])


def _one_patient(simulation, joined) -> str:
    """The first patient in shock whose stay is long enough to show a course, or nobody."""
    long_enough = pl.col("discharged").is_null() | (
        pl.col("discharged") - pl.col("admitted") > pl.duration(days=4)
    )
    chosen = joined.filter(pl.col("shock_onset").is_not_null(), long_enough, pl.col("died").is_null()).sort(
        "patient"
    )
    if chosen.is_empty():
        return ""
    number = int(chosen["patient"][0].removeprefix("sim-"))
    drawn = draw_patient(simulation, number)
    return (
        f"<h2>One patient: {names(number, 1).item()}</h2><p>What was true, hour by hour, and what was given.</p>"
        f'<div class="wide" tabindex="0" role="region" aria-label="Course of one patient">{drawn}</div>'
    )


def _table(found: list[AgainstTruth]) -> str:
    rows = []
    for f in found:
        low, middle, high = f.quartiles()
        truth = "sepsis" if f.truth == SEPSIS else "septic shock"
        rows.append(
            f"<tr><th scope='row'>{_code(f.definition)}</th><td>{truth}</td><td>{_interval(f.sensitivity)}</td>"
            f"<td>{_interval(f.specificity)}</td><td>{_percent(f.predictive_value)}</td>"
            f"<td>{_hours(middle)} ({_hours(low)} to {_hours(high)})</td></tr>"
        )
    heads = (
        "definition",
        "truth",
        "sensitivity",
        "specificity",
        "truly so when called",
        "onset, median (quartiles)",
    )
    head = "".join(f"<th scope='col'>{name}</th>" for name in heads)
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="Table"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _figure(title: str, said: str, drawn: str) -> str:
    return f"<figure><figcaption><strong>{escape(title)}</strong><br>{said}</figcaption>{drawn}</figure>"


def _dot(share: Share) -> tuple[float, float, float]:
    return share.value, *share.interval


def _percent(share: Share) -> str:
    return f"{share.value:.0%}" if share.whole else "–"


def _interval(share: Share) -> str:
    low, high = share.interval
    return f"{share.value:.0%} <small>({low:.0%}–{high:.0%})</small>" if share.whole else "–"


def _hours(value: float) -> str:
    return "–" if value != value else f"{value:+.1f} h"


def _short(definition: str) -> str:
    return definition.replace("_", " ").replace(":", ": ").replace("lowest so far", "baseline")


def _code(definition: str) -> str:
    return f"<code>{escape(definition)}</code>"


def _document(body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f"<title>Labels against the truth</title><style>{STYLE.read_text('utf-8')}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )
