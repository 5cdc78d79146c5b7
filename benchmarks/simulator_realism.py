"""Compare simulated charts with the MIMIC-IV demo: cadence, missingness, values, autocorrelation, and whether trivia tell them apart.

Only aggregates leave this script, and none over fewer than ten stays. Used by simulator_facts.py.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.timeline import Timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.uses.simulate import simulate
from opensepsis.uses.simulate.charting.events import CONCEPTS

DEMO = "mimic-iv-demo"
HEADING = "## Beside real charts"
LEAST = 10  # stays behind any number of the page
SHORTEST, LONGEST = 24, 240  # h of intensive care
PATIENTS = 2500
SEEDS = range(21, 27)  # of the cohorts that are held against the real stays; the first is shown
FOLDS, DIVISIONS, RIDGE = 5, 20, 5.0
# Not compared: words and intervals, whose rows mean other things in another hospital.
_LEFT_OUT = {
    "weight",
    "height",
    "crystalloid",
    "norepinephrine",
    "vasopressin",
    "culture",
    "diagnosis",
    "comfort_care",
}


def section(shared: Path) -> list[str]:
    """The lines of the page on this comparison; one line that says why where the demo is absent."""
    demo = shared / "data" / DEMO
    if not demo.is_dir():
        return [
            HEADING,
            "",
            f"Not compared: {DEMO} was not found under the shared folder.",
            "",
        ]
    with TemporaryDirectory(prefix="opensepsis-realism-") as folder:
        real = rows(write_timeline(open_source("mimic-iv", demo, None), Path(folder) / "real"))
        medical = medical_stays(demo, real)
        cohorts = [simulated(Path(folder) / f"simulated-{seed}", seed) for seed in SEEDS]
    return page(real, cohorts, medical)


def simulated(folder: Path, seed: int) -> pl.DataFrame:
    return rows(simulate(PATIENTS, LONGEST, seed, folder, truth_interval=0).timeline())


def medical_stays(demo: Path, real: pl.DataFrame) -> np.ndarray:
    """For each real stay, in order of its name, whether its unit is a medical one: how far wards of one hospital differ."""
    units = pl.read_csv(demo / "icu" / "icustays.csv.gz", schema_overrides={"stay_id": pl.String})
    medical = units.filter(pl.col("first_careunit").str.contains("Medical"))["stay_id"]
    return real["stay"].unique().sort().is_in(medical.implode()).to_numpy().astype(float)


def rows(timeline: Timeline) -> pl.DataFrame:
    """Charted numbers in intensive care: stay, hours (length), concept, time, value, gap and the value before."""
    stays = timeline.stays.filter(pl.col("kind") == "icu")
    hours = (pl.col("discharged") - pl.col("admitted")).dt.total_minutes() / 60
    stays = stays.with_columns(hours.alias("hours")).filter(pl.col("hours").is_between(SHORTEST, LONGEST))
    stays = stays.select(pl.col("patient", "stay").cast(pl.String), "admitted", "discharged", "hours")
    events = timeline.events().filter(pl.col("value").is_not_null()).collect()
    events = events.with_columns(pl.col("patient", "concept", "origin").cast(pl.String))
    settled = events.sort("known").unique(["patient", "concept", "time", "origin"], keep="last")
    inside = (pl.col("time") >= pl.col("admitted")) & (pl.col("time") <= pl.col("discharged"))
    found = stays.join(settled, on="patient").filter(inside).sort("stay", "concept", "time", "origin")
    found = found.unique(["stay", "concept", "time"], keep="first", maintain_order=True)
    kept = [name for name in CONCEPTS if name not in _LEFT_OUT]
    return found.filter(pl.col("concept").is_in(kept)).with_columns(
        (pl.col("time").diff().dt.total_minutes() / 60).over("stay", "concept").alias("gap"),
        pl.col("value").shift().over("stay", "concept").alias("before"),
    )


def summary(found: pl.DataFrame) -> pl.DataFrame:
    """One row per concept."""
    stays = found["stay"].n_unique()
    quartiles = [
        pl.col(name).quantile(q).alias(f"{name}{round(100 * q)}")
        for name in ("gap", "value")
        for q in (0.25, 0.5, 0.75)
    ]
    return found.group_by("concept").agg(
        pl.col("stay").n_unique().alias("stays"),
        (100 - 100 * pl.col("stay").n_unique() / stays).alias("missing"),
        *quartiles,
        pl.corr("value", "before").alias("memory"),
        (100 * (pl.col("time").dt.minute() == 0).mean()).alias("on_hour"),
    )


def page(real: pl.DataFrame, cohorts: list[pl.DataFrame], medical: np.ndarray) -> list[str]:
    shown = cohorts[0]
    both = summary(real).join(summary(shown), on="concept", suffix="_sim").sort("concept")
    both = both.filter(pl.col("stays") >= LEAST, pl.col("stays_sim") >= LEAST)
    never = sorted(set(shown["concept"]) - set(real["concept"]))
    lines = [
        HEADING,
        "",
        f"The MIMIC-IV demo ({real['stay'].n_unique()} stays in intensive care of {SHORTEST} to {LONGEST} hours, of all causes) beside "
        f"{shown['stay'].n_unique()} such stays of {PATIENTS:,} simulated patients. Each cell: real / simulated. Cadence is the time "
        "between two values (quartiles); memory is the correlation of a value with the one before; on the hour is the share charted at "
        f"minute 0. Real patients are of all causes and the simulated ones mostly septic, so values may differ; fewer than {LEAST} stays "
        "are not shown.",
        "",
        "| concept | stays without, % | cadence, h | value: quartiles | memory | on the hour, % |",
        "|---|---|---|---|---|---|",
    ]
    for row in both.iter_rows(named=True):
        cells = [
            _pair(row, "{missing:.0f}"),
            _pair(row, "{gap25:.1f}–{gap50:.1f}–{gap75:.1f}"),
            _pair(row, "{value25:.3g}–{value50:.3g}–{value75:.3g}"),
            _pair(row, "{memory:.2f}"),
            _pair(row, "{on_hour:.0f}"),
        ]
        lines.append(f"| {row['concept']} | {' | '.join(cells)} |")
    return [*lines, "", *told_apart(real, cohorts, never, medical)]


def _pair(row, form) -> str:
    def fill(suffix):
        values = {
            name: row[name + suffix] for name in row if name + suffix in row and not name.endswith("_sim")
        }
        return form.format(
            **{k: float("nan") if v is None else v for k, v in values.items() if not isinstance(v, str)}
        )

    return f"{fill('')} / {fill('_sim')}"


def told_apart(
    real: pl.DataFrame, cohorts: list[pl.DataFrame], never: list[str], medical: np.ndarray
) -> list[str]:
    """Whether a simple classifier tells simulated from real by trivia alone: cross-validated AUROC, 0.5 is not at all."""
    trivia = {
        "which of the common concepts were measured at all": _presence,
        "how often each was measured": _counts,
        "the minutes of the hour": _minutes,
        "the last digits": _digits,
    }
    common = sorted(set(real["concept"]) & set(cohorts[0]["concept"]))
    lines = [
        f"A linear classifier (ridge, {FOLDS} folds, mean of {DIVISIONS} divisions into them) sees one kind of trivia per stay and must "
        "say which stay is simulated: 0.5 is a coin, 1 is always right. Mean of "
        f"{len(cohorts)} cohorts of {PATIENTS:,} simulated patients, with the lowest and the highest: "
        f"{len(medical)} real stays leave much to chance. "
        "The last column is what it makes of the real stays alone, when it must say which were in a medical unit.",
        "",
        "| it sees | simulated from real | medical from other real stays |",
        "|---|---|---|",
    ]
    for name, value in trivia.items():
        ours = value(real, common)
        found = [from_real(ours, value(cohort, common)) for cohort in cohorts]
        low, high, among = min(found), max(found), cross_validated(ours, medical)
        lines.append(f"| {name} | {np.mean(found):.2f} ({low:.2f} to {high:.2f}) | {among:.2f} |")
    silent = f"Charted here and never in the demo, and so left out: {', '.join(never)}." if never else ""
    return [*lines, "", silent, ""]


def from_real(real: np.ndarray, simulated: np.ndarray) -> float:
    """How well simulated stays are told from the real ones."""
    return cross_validated(np.vstack([real, simulated]), np.r_[np.zeros(len(real)), np.ones(len(simulated))])


def _wide(found, concepts, value) -> np.ndarray:
    table = found.group_by("stay", "concept").agg(value.alias("x"))
    wide = table.pivot(on="concept", index="stay", values="x").sort("stay")
    missing = [pl.lit(None, pl.Float64).alias(name) for name in concepts if name not in wide.columns]
    return wide.with_columns(missing).select(pl.col(concepts).cast(pl.Float64)).to_numpy()


def _presence(found, concepts):
    return np.isfinite(np.nan_to_num(_wide(found, concepts, pl.len()), nan=np.inf)).astype(float)


def _counts(found, concepts):
    return np.log1p(np.nan_to_num(_wide(found, concepts, 24 * pl.len() / pl.col("hours").first())))


def _share(found, concepts, flag):
    table = _wide(found, concepts, flag.mean())
    return np.where(np.isfinite(table), table, np.nan)


def _minutes(found, concepts):
    minute = pl.col("time").dt.minute()
    return np.hstack([_share(found, concepts, minute == 0), _share(found, concepts, minute % 15 == 0)])


SCALES = ("gcs_eye", "gcs_verbal", "gcs_motor", "gcs_total", "rass")  # whose digits are the value itself


HUNDREDTHS = ("fio2", "ph")  # charted so: 40 %, 7.35; all else is charted in tenths or whole


def _digits(found, concepts):
    """Even, and a last digit of 0 or 5, at the finest decimal that the concept is charted with; points of scales left out."""
    concepts = [name for name in concepts if name not in SCALES]
    finest = pl.when(pl.col("concept").is_in(HUNDREDTHS)).then(100).otherwise(10)
    scaled = (pl.col("value") * finest).round()
    whole = (scaled % 10 == 0).all().over("concept")
    digit = pl.when(whole).then((scaled / 10) % 10).otherwise(scaled % 10)
    frame = found.with_columns(digit.alias("digit"))
    shares = (
        _share(frame, concepts, pl.col("digit") % 2 == 0),
        _share(frame, concepts, pl.col("digit") % 5 == 0),
    )
    return np.hstack(shares)


def cross_validated(table: np.ndarray, flags: np.ndarray) -> float:
    """AUROC of a ridge regression on the flags, the mean of DIVISIONS into folds; what a stay lacks is set to the mean of the others."""
    middle = np.nanmean(np.where(np.isfinite(table).any(0), table, 0.0), 0)
    table = np.where(np.isfinite(table), table, middle)
    table = np.c_[np.ones(len(table)), (table - table.mean(0)) / np.maximum(table.std(0), 1e-9)]
    draw = np.random.default_rng(3)
    divisions = [draw.permutation(len(flags)) % FOLDS for _ in range(DIVISIONS)]
    return float(np.mean([auroc(_held_out(table, flags, fold), flags) for fold in divisions]))


def _held_out(table, flags, fold):
    """Each stay's score by a regression on the other folds, both kinds weighing the same."""
    score = np.empty(len(flags))
    weight = np.where(flags > 0, 0.5 / flags.mean(), 0.5 / (1 - flags.mean()))
    penalty = RIDGE * np.eye(table.shape[1])
    penalty[0, 0] = 0.0
    for k in range(FOLDS):
        x, y, w = table[fold != k], flags[fold != k], weight[fold != k]
        learned = np.linalg.solve((x * w[:, None]).T @ x + penalty, (x * w[:, None]).T @ y)
        score[fold == k] = table[fold == k] @ learned
    return score


def auroc(score, flags):
    """The chance that a flagged one has the higher score; equal scores fall at random."""
    order = np.argsort(np.argsort(score + 1e-9 * np.random.default_rng(0).random(len(score)))) + 1
    ones = flags > 0
    positive, negative = ones.sum(), (~ones).sum()
    return (order[ones].sum() - positive * (positive + 1) / 2) / (positive * negative)
