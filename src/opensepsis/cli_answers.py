"""The commands that tell of results: why a stay has its labels, one stay as a page, a hospital's report, whether it is plausible."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from opensepsis.cli_output import out_console
from opensepsis.counted import counted

NOTICED = 8  # the exit code of a check that noticed something; the errors have 1 to 7


def why(
    folder: Annotated[Path, typer.Argument(help="Results folder of `opensepsis label`.")],
    stay: Annotated[str, typer.Option(help="Stay to explain.")],
    at: Annotated[
        str | None,
        typer.Option(help="Time at which to explain the scores row by row (ISO 8601, UTC); implies --full."),
    ] = None,
    definition: Annotated[str | None, typer.Option(help="Explain only this definition.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Print everything: every row, days, care bundles and course.")
    ] = False,
) -> None:
    """Explain why a stay has its labels: which definitions were met, from when, on what evidence, and what data is missing."""
    from opensepsis.uses.label import why_stay

    out_console.print(why_stay(folder, stay, _moment(at), full, definition), markup=False, highlight=False)


def show(
    folder: Annotated[Path, typer.Argument(help="Results folder of `opensepsis label`.")],
    stay: Annotated[str, typer.Option(help="Stay to show.")],
    out: Annotated[Path | None, typer.Option(help="HTML file to write. Default: stay-NAME.html.")] = None,
) -> None:
    """Write one stay as a self-contained HTML page: measurements, treatments, scores, episodes and care bundles."""
    from opensepsis.uses.label import read_labels
    from opensepsis.uses.label.show import show_stay

    written = show_stay(read_labels(folder), stay).write(out)
    out_console.print(f"Page written to {written}. It holds this patient's data.", markup=False)


def report(
    folder: Annotated[Path, typer.Argument(help="Results folder of `opensepsis label`.")],
    out: Annotated[Path, typer.Option(help="Folder for the report; an earlier report there is replaced.")],
    mask: Annotated[int, typer.Option(help="Hide counts of fewer people than this; 1 hides none.")] = 10,
    groups: Annotated[
        Path | None,
        typer.Option(
            help="CSV or Parquet file with `stay` and a column for each kind of group (site, ward …), added to those of the source."
        ),
    ] = None,
) -> None:
    """Write a hospital report as a static site: frequency of sepsis, its treatment and outcome, and what is not known."""
    from opensepsis.report import write_report

    written = write_report(folder, out, mask, groups)
    out_console.print(
        f"Report written, {counted(len(written.pages), 'page')}. First page: {written.first}", markup=False
    )


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    from datetime import UTC

    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("--at needs an ISO 8601 time, such as 2026-03-02T14:00.") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def check(
    folder: Annotated[Path, typer.Argument(help="Results folder of `opensepsis label`.")],
    groups: Annotated[
        Path | None,
        typer.Option(
            help="CSV or Parquet file with `stay` and a column for each kind of group (site, ward, unit …)."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File for the page. Default: check.md in the results folder.")
    ] = None,
) -> None:
    """Check whether results are plausible: rates, values and volumes against stated bounds. Exits with code 8 if there is any notice."""
    from opensepsis.uses.check import check as run

    found = run(folder, groups)
    for one in found.notices:
        out_console.print(one.line, markup=False, highlight=False)
    written = found.write(out)
    out_console.print(
        f"{counted(len(found.notices), 'notice')}. Page: {written}.", markup=False, highlight=False
    )
    if found.notices:
        raise typer.Exit(NOTICED)


def coverage(
    folder: Annotated[Path, typer.Argument(help="Results folder of `opensepsis label`.")],
    out: Annotated[
        Path | None, typer.Option(help="CSV file for the numbers of every month. Default: not written.")
    ] = None,
) -> None:
    """Show how many rows of each concept were received, and the share of patients who have one."""
    from rich.table import Table

    from opensepsis.uses.check.coverage import ALL
    from opensepsis.uses.check.coverage import coverage as run

    found = run(folder)
    table = Table(title="Received by concept")
    for column in ("concept", "rows", "patients", "share of patients"):
        table.add_column(column, justify="left" if column == "concept" else "right")
    for row in found.filter(month=ALL).iter_rows(named=True):
        share = f"{row['share of patients']:.0%}"
        table.add_row(row["concept"], f"{row['rows']:,}", f"{row['patients']:,}", share)
    out_console.print(table)
    if out is not None:
        found.write_csv(out)
        out_console.print(f"Numbers of every month: {out}", markup=False, highlight=False)
