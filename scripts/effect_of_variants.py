"""Writes docs/sources/effect_of_variants.csv: how far each variant changes the answer on simulated patients.

    python scripts/effect_of_variants.py [--patients 500]

For a score: hours (with any row known) whose total differs from that of the definition, and stays with such an hour. For a
phenotype: stays with it by the definition and by the variant, and stays on which the two differ. For a clock: tasks whose
state differs. `make docs` prints the page that shows them.
"""

import argparse
import csv
import tempfile
from pathlib import Path

import polars as pl

from opensepsis.definitions import CLOCKS, DEFINITIONS, SCORES
from opensepsis.uses.label import label
from opensepsis.uses.simulate import simulate

FILE = Path(__file__).parents[1] / "docs" / "sources" / "effect_of_variants.csv"
HOURS, SEED = 120, 2026


def of_score(labels, name: str, base: str) -> dict:
    """Hours and stays on which a variant of a score differs; a total that is not known is an answer too."""
    if name not in labels.scores or base not in labels.scores:
        return {}
    one, other = (labels.scores[n].select("stay", "time", "total", "rows_known") for n in (base, name))
    both = one.join(other, on=("stay", "time"), how="full", suffix="_variant", coalesce=True)
    made = pl.max_horizontal("rows_known", "rows_known_variant").fill_null(0) > 0
    both = both.filter(made)  # not those of whom no row is known, as of adults in a score of newborns
    if both.is_empty():
        return {}
    same = pl.col("total").eq_missing(pl.col("total_variant")) & pl.col("rows_known").eq_missing(
        pl.col("rows_known_variant")
    )
    differ = both.filter(~same)
    return {
        "what": "hours",
        "of": both.height,
        "differ": differ.height,
        "stays": differ["stay"].n_unique(),
    }


def of_clock(labels, name: str, base: str) -> dict:
    """Tasks and stays on which a variant of a clock differs in the state of a task."""
    keys = ["stay", "trigger", "time_zero", "task"]
    one, other = (
        labels.clocks.filter(pl.col("clock") == n).select(*keys, "state").unique(keys) for n in (base, name)
    )
    both = one.join(other, on=keys, how="full", suffix="_variant", coalesce=True)
    differ = both.filter(~pl.col("state").eq_missing(pl.col("state_variant")))
    return {
        "what": "tasks",
        "of": both.height,
        "differ": differ.height,
        "stays": differ["stay"].n_unique(),
    }


def of_phenotype(labels, name: str, base: str) -> dict:
    """Stays that have the phenotype by the definition and by the variant, and those on which the two differ."""
    if name not in labels.stays.columns or base not in labels.stays.columns:
        return {}
    one, other = labels.stays[base], labels.stays[name]
    differ = (~one.eq_missing(other)).sum()
    return {
        "what": "stays",
        "of": one.count(),
        "with_definition": one.sum(),
        "with_variant": other.sum(),
        "stays": differ,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=500)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = simulate(asked.patients, HOURS, seed=SEED, out=Path(folder) / "hospital", truth_interval=0)
        labels = label(
            "timeline",
            made.path / "timelines" / "usual",
            Path(folder) / "results",
            stay_kind="icu",
            variants=True,
        )
        rows = []
        for name in DEFINITIONS:
            base = name.rpartition(":")[0] or name
            effect = of_score if name in SCORES else of_clock if name in CLOCKS else of_phenotype
            found = {} if name == base else effect(labels, name, base)
            if found:
                rows.append(
                    {"variant": name, "patients": asked.patients, "icu_stays": labels.stays.height} | found
                )
    columns = [
        "variant",
        "patients",
        "icu_stays",
        "what",
        "of",
        "differ",
        "with_definition",
        "with_variant",
        "stays",
    ]
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} variants in {FILE}")


if __name__ == "__main__":
    main()
