"""Labels of an edition beside the original's, and why a stay's answer differs."""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

PHENOTYPES = (
    "suspected_infection",
    "suspected_infection:orders",
    "sepsis3",
    "sepsis3:orders",
    "septic_shock",
    "sepsis2",
    "severe_sepsis2",
)
SCORES = ("sofa2", "qsofa", "sirs", "news2", "kdigo")
VASOPRESSORS = ("norepinephrine", "epinephrine", "dopamine", "vasopressin", "phenylephrine", "dobutamine")
ROWS = ("respiration", "coagulation", "liver", "circulation", "brain", "kidney")
WINDOW = timedelta(hours=72)
CAUSES = {
    "no doses": "the edition has orders of antibiotics and no dose",
    "antibiotic": "an antibiotic of the deciding hours is in one of the two only",
    "culture": "a culture of the deciding hours is in one of the two only",
    "lactate": "a lactate of the deciding hours is in one of the two only",
    "vasopressor": "a vasopressor of the deciding hours is in one of the two only",
    "organ points": "the suspicion is the same, the points of the score are not",
    "other": "no cause found",
}
AS_KNOWN = ("suspected_infection", "sepsis3")
CAUSES_AS_KNOWN = {
    "as in retrospect": "the stay differs in retrospect as well; the cause is given above",
    "result time": "the data of the deciding hours are in both, known at different times: the edition lost or moved a result time",
    "other": "no cause found",
}


@dataclass(frozen=True)
class AsKnown:
    """As Agreement, with what was known at each hour: for each phenotype the two counts and the causes, and SOFA's equal hours."""

    found: dict[str, tuple[int, int]]
    causes: dict[str, dict[str, int]]
    equal_hours: dict[str, float]


@dataclass(frozen=True)
class Agreement:
    """The stays that both have; for each phenotype the two counts, the stays on which they differ by cause, and SOFA's equal hours."""

    stays: int
    only_here: int
    only_there: int
    found: dict[str, tuple[int, int]]
    causes: dict[str, dict[str, int]]
    equal_hours: dict[str, float]
    as_known: AsKnown


def compared(found, original, values) -> Agreement:
    here, there = found.moved(found.labels.stays), original.labels.stays
    both = here.join(there, on=["patient", "admitted"], suffix="_there")
    causes, counts = {}, {}
    for name in PHENOTYPES:
        counts[name] = both[name].sum(), both[f"{name}_there"].sum()
        differ = both.filter(pl.col(name).fill_null(False) != pl.col(f"{name}_there").fill_null(False))
        told = [_cause(row, name, found.events, original.events) for row in differ.iter_rows(named=True)]
        causes[name] = {cause: told.count(cause) for cause in CAUSES}
    names = both.select("stay", "stay_there")
    return Agreement(
        both.height, here.height - both.height, there.height - both.height, counts, causes,
        _hours(found.moved, found.labels, original.labels, names), _as_known(found, original, both),
    )  # fmt: skip


def _as_known(found, original, retrospect: pl.DataFrame) -> AsKnown:
    here, there = found.moved(found.as_known.stays), original.as_known.stays
    both = here.join(there, on=["patient", "admitted"], suffix="_there")
    asked = ["stay", *AS_KNOWN, *(f"{name}_there" for name in AS_KNOWN)]
    both = both.join(retrospect.select(asked), on="stay", suffix="_retrospect")
    counts, causes = {}, {}
    for name in AS_KNOWN:
        counts[name] = both[name].sum(), both[f"{name}_there"].sum()
        differ = both.filter(pl.col(name).fill_null(False) != pl.col(f"{name}_there").fill_null(False))
        told = [
            _cause_as_known(row, name, found.events, original.events) for row in differ.iter_rows(named=True)
        ]
        causes[name] = {cause: told.count(cause) for cause in CAUSES_AS_KNOWN}
    names = both.select("stay", "stay_there")
    return AsKnown(counts, causes, _hours(found.moved, found.as_known, original.as_known, names, ("sofa",)))


def _cause_as_known(row: dict, name: str, here: pl.DataFrame, there: pl.DataFrame) -> str:
    if bool(row[f"{name}_retrospect"]) != bool(row[f"{name}_there_retrospect"]):
        return "as in retrospect"
    onset = row[f"{name}_onset_there"] if row[f"{name}_there"] else row[f"{name}_onset"]
    sides = [
        events.filter(
            pl.col("patient") == row["patient"], pl.col("time").is_between(onset - WINDOW, onset + WINDOW)
        )
        .select("concept", minute=pl.col("time").dt.truncate("1m"), known=pl.col("known").dt.truncate("1m"))
        .group_by("concept", "minute")
        .agg(pl.col("known").min())
        for events in (here, there)
    ]
    both = sides[0].join(sides[1], on=["concept", "minute"], suffix="_there")
    return "result time" if both.filter(pl.col("known") != pl.col("known_there")).height else "other"


def _cause(row: dict, name: str, here: pl.DataFrame, there: pl.DataFrame) -> str:
    kind, _, variant = name.partition(":")
    drug = "antibiotic_order" if variant == "orders" else "antibiotic"
    if drug == "antibiotic" and here.filter(pl.col("concept") == drug).is_empty():
        return "no doses"
    onset = row[f"{name}_onset_there"] if row[f"{name}_there"] else row[f"{name}_onset"]
    begin, end = onset - WINDOW, onset + WINDOW
    sides = [
        events.filter(pl.col("patient") == row["patient"], pl.col("time").is_between(begin, end))
        for events in (here, there)
    ]
    asked = [((drug,), "antibiotic"), (("culture",), "culture")]
    if kind == "septic_shock":
        asked += [(("lactate",), "lactate"), (VASOPRESSORS, "vasopressor")]
    for what, cause in asked:
        minutes = [
            set(side.filter(pl.col("concept").is_in(what))["time"].dt.truncate("1m").to_list())
            for side in sides
        ]
        if minutes[0] != minutes[1]:
            return cause
    return "other" if kind == "suspected_infection" else "organ points"


def _hours(
    moved, here_labels, there_labels, stays: pl.DataFrame, asked: tuple = ("sofa", *SCORES)
) -> dict[str, float]:
    """The share of equal hours of each row of SOFA, of its total, and of the totals of other scores."""
    shares = {}
    for score in asked:
        rows = (*ROWS, "total") if score == "sofa" else ("total",)
        here = moved(here_labels.scores[score])
        both = here.join(stays, on="stay").join(
            there_labels.scores[score],
            left_on=["stay_there", "time"],
            right_on=["stay", "time"],
            suffix="_there",
        )
        for row in rows:
            equal = both.select(pl.col(row).eq_missing(pl.col(f"{row}_there")).mean()).item()
            shares[row if score == "sofa" else score] = equal
    return shares


def page(parts: list) -> str:
    titles = " | ".join(part.title for part in parts)
    rule = "| --- |" + " ---: |" * len(parts)
    lines = ["", "## ICU stays and hours of scores", "", f"| | {titles} |", rule]
    lines.append(
        "| stays that begin at the same second | "
        + " | ".join(str(part.labels.stays) for part in parts)
        + " |"
    )
    lines.append(
        "| only here / only in MIMIC-IV | "
        + " | ".join(f"{part.labels.only_here} / {part.labels.only_there}" for part in parts)
        + " |"
    )
    named = {row: row for row in ROWS} | {"total": "total"} | {name: f"total of `{name}`" for name in SCORES}
    for row, words in named.items():
        lines.append(
            f"| hours with equal {words} | "
            + " | ".join(f"{part.labels.equal_hours[row]:.1%}" for part in parts)
            + " |"
        )
    lines += [
        "",
        "## Definitions",
        "",
        "Stays found here / in MIMIC-IV, of those that both have; then every stay on which they differ, by cause.",
        "",
    ]
    lines += [f"| | {titles} |", rule]
    for name in PHENOTYPES:
        lines.append(
            f"| `{name}` | " + " | ".join("{} / {}".format(*part.labels.found[name]) for part in parts) + " |"
        )
        for cause in CAUSES:
            if any(part.labels.causes[name][cause] for part in parts):
                lines.append(
                    f"| – *{cause}* | "
                    + " | ".join(str(part.labels.causes[name][cause]) for part in parts)
                    + " |"
                )
    lines += [
        "",
        *(f"* *{cause}*: {words}" for cause, words in CAUSES.items()),
        *_page_as_known(parts, titles, rule),
        "",
        "For research and teaching. Not a medical device.",
    ]
    return "\n".join(lines) + "\n"


def _page_as_known(parts: list, titles: str, rule: str) -> list[str]:
    """The part of the page that compares what was known at each hour."""
    lines = [
        "",
        "## As it was known",
        "",
        "The same with `--as-known`: at each hour only what had been filed by then.",
        "",
    ]
    lines += [f"| | {titles} |", rule]
    for row in (*ROWS, "total"):
        cells = " | ".join(f"{part.labels.as_known.equal_hours[row]:.1%}" for part in parts)
        lines.append(f"| hours with equal {row} | {cells} |")
    for name in AS_KNOWN:
        cells = " | ".join("{} / {}".format(*part.labels.as_known.found[name]) for part in parts)
        lines.append(f"| `{name}` | {cells} |")
        for cause in CAUSES_AS_KNOWN:
            counts = [part.labels.as_known.causes[name][cause] for part in parts]
            if any(counts):
                lines.append(f"| – *{cause}* | " + " | ".join(map(str, counts)) + " |")
    return [*lines, "", *(f"* *{cause}*: {words}" for cause, words in CAUSES_AS_KNOWN.items())]
