"""What the commands print: progress, summaries and tables."""

import sys
from typing import TYPE_CHECKING

from rich.console import Console

from opensepsis.counted import counted

if TYPE_CHECKING:
    from rich.table import Table

out_console = Console(soft_wrap=True)
err_console = Console(stderr=True, soft_wrap=True)


class ProgressBar:
    """A progress bar on a terminal; nothing when quiet or when no one watches."""

    def __init__(self, quiet: bool):
        self.bar = None if quiet or not sys.stderr.isatty() else _bar()

    def __enter__(self):
        if self.bar is not None:
            self.bar.start()
            self.task = self.bar.add_task("reading", total=None)
        return self.show

    def show(self, step: str, done: int, total: int) -> None:
        if self.bar is None:
            return
        words = f"{step}, {counted(done, 'event')}" if not total else f"{step}, shard {done} of {total}"
        self.bar.update(self.task, description=words, completed=done, total=total or None)

    def __exit__(self, *_):
        if self.bar is not None:
            self.bar.stop()


def _bar():
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=err_console, transient=True)


WHOLE_YEARS = (
    "Stays of children with an age in whole years and no date of birth: {:,}. The birthday counts as the day before admission: who is 0 "
    "counts as newborn, and limits by age may be those of younger children."
)


def print_summary(labels) -> None:
    from rich.table import Table

    run = labels.run
    table = Table(title=counted(run["stays"]["labelled"], f"{run['stays']['kind']} stay"))
    table.add_column("definition")
    table.add_column("stays", justify="right")
    table.add_column("share", justify="right")
    for name, count in run["found"].items():
        judged = run["judged"][name]
        of = "" if judged == run["stays"]["labelled"] else f" of {judged:,}"
        table.add_row(name, f"{count:,}{of}", f"{count / judged:.1%}" if judged else "not judged")
    for name, of in run["hours"].items():
        table.add_row(name, counted(of["hours"], "hour"), f"{of['known'] / max(of['hours'], 1):.1%} known")
    out_console.print(table)
    rejected = sum(run["counts"].get("rejected", {}).values())
    memory = "" if run["peak_memory_mb"] is None else f", {run['peak_memory_mb']:,} MB"
    out_console.print(
        f"{counted(rejected, 'event')} rejected. {run['seconds']:.1f} s{memory}. "
        f"Results in {labels.path}. {run['not_a_medical_device']}"
    )
    print_rejections(run["counts"])


def print_rejections(counts: dict) -> None:
    """What was rejected, in a few lines: table, rows, reason; values that are too often too low; what a source warns of."""
    from opensepsis.data.intake.marks import volumes_told
    from opensepsis.data.intake.rejections import report_lines

    warned = counts.get("source", {}).get("warnings", [])
    if children := counts.get("children_of_whole_years"):
        warned = [*warned, WHOLE_YEARS.format(children)]
    for line in (*report_lines(counts.get("rejections", [])), *volumes_told(counts.get("low", {})), *warned):
        err_console.print(line, markup=False, highlight=False)


def comparison_table(found) -> "Table":
    from rich.table import Table

    table = Table(title=counted(found.stays, "stay"))
    for column in ("definition", "stays", "prevalence", "died", "kappa with the first", "onset later, h"):
        longest = max(map(len, column.split()))  # no word is cut, however narrow the terminal
        table.add_column(
            column,
            justify="left" if column == "definition" else "right",
            no_wrap=column == "definition",
            min_width=longest,
        )
    first = found.definitions["definition"][0]
    pairs = {p["other"]: p for p in found.pairs.to_dicts() if p["definition"] == first}
    for row in found.definitions.to_dicts():
        pair = pairs.get(row["definition"], {})
        table.add_row(
            row["definition"],
            f"{row['stays']:,}",
            _with_interval(row, "prevalence", "{:.1%}"),
            _with_interval(row, "mortality", "{:.1%}"),
            _with_interval(pair, "kappa", "{:.2f}"),
            _shown(pair.get("onset_later_hours"), "{:+.1f}"),
        )
    return table


def between_tables(found) -> "list[Table]":
    """The shares of two definitions with what others published, and the commonest reasons."""
    from rich.table import Table

    measures = Table(title=f"{counted(found.stays, 'stay')} judged by both")
    for column in ("measure", "value", "95 % interval", "published"):
        measures.add_column(column, justify="left" if column in ("measure", "published") else "right")
    for row in found.summary.to_dicts():
        form = "{:.3f}" if row["measure"].startswith("AUROC") else "{:.1%}"
        ends = "–" if row["low"] is None else f"{form.format(row['low'])} to {form.format(row['high'])}"
        published = (
            "" if row["published"] is None else f"{form.format(row['published'])}: {row['published_of']}"
        )
        measures.add_row(row["measure"], _shown(row["value"], form), ends, published)
    reasons = Table(title="Why stays move")
    for column in ("move", "first rule that differs", "detail", "stays", "share"):
        reasons.add_column(column, justify="right" if column in ("stays", "share") else "left")
    for row in found.moves.head(20).to_dicts():
        told = [row[name] or "" for name in ("move", "rule", "detail")]
        reasons.add_row(*told, f"{row['stays']:,}", f"{row['share']:.1%}")
    return [measures, reasons]


def _with_interval(row: dict, name: str, form: str) -> str:
    shown, low, high = (_shown(row.get(f"{name}{end}"), form) for end in ("", "_low", "_high"))
    return shown if low == "–" else f"{shown} ({low} to {high})"


def _shown(number: float | None, form: str) -> str:
    return "–" if number is None else form.format(number)


def definitions_table(definitions) -> "Table":
    from rich.table import Table

    table = Table(title="Definitions")
    for column in ("name", "title", "source", "verified"):
        table.add_column(column, overflow="fold", no_wrap=column == "name")
    for name, definition in definitions.items():
        verified = "yes" if definition.paper.verified else "no"
        table.add_row(name, definition.why or definition.title, definition.paper.cite, verified)
    return table


def mortality_tables(found) -> "list[Table]":
    """Observed against expected, the stays left out, and how the model is calibrated."""
    from rich.table import Table

    ratios = Table(title="Community-onset sepsis: deaths and discharges to hospice")
    for column in ("site", "month", "stays", "observed", "expected", "ratio"):
        ratios.add_column(column, justify="left" if column in ("site", "month") else "right")
    for row in found.ratios.to_dicts():
        counts = (f"{row['stays']:,}", f"{row['observed']:,}", f"{row['expected']:.1f}")
        shown = (
            "too few"
            if row["ratio"] is None
            else _with_interval(row | {"ratio_low": row["low"], "ratio_high": row["high"]}, "ratio", "{:.2f}")
        )
        ratios.add_row(row["site"] or "all", row["month"] or "all", *counts, shown)
    left_out = Table(title="Stays")
    left_out.add_column("")
    left_out.add_column("stays", justify="right")
    for reason, stays in found.excluded.iter_rows():
        left_out.add_row(reason, f"{stays:,}")
    told = [(name, getattr(found, name)) for name in ("intercept", "slope", "auroc")]
    calibration = Table(
        title="Calibration on held-out patients: " + ", ".join(f"{n} {_shown(v, '{:.2f}')}" for n, v in told)
    )
    for column in ("stays", "predicted", "observed"):
        calibration.add_column(column, justify="right")
    for stays, predicted, observed in found.calibration.iter_rows():
        calibration.add_row(f"{stays:,}", f"{predicted:.1%}", f"{observed:.1%}")
    return [ratios, left_out, calibration]


def rates_table(found) -> "Table":
    """Events, against what they are held, and the rate."""
    from rich.table import Table

    table = Table(title="Bacteremia and fungemia events")
    for column in ("site", "stratum", "metric", "events", "of", "rate"):
        table.add_column(column, justify="right" if column in ("events", "of", "rate") else "left")
    for row in found.rates.to_dicts():
        rate = "–" if row["rate"] is None else f"{row['rate']:.1f} per {row['per']:,}"
        table.add_row(
            row["site"], row["stratum"], row["metric"], f"{row['events']:,}", f"{row['of']:,}", rate
        )
    return table
