"""The commands that set results beside one another: compare, measure."""

from pathlib import Path
from typing import Annotated

import typer

from opensepsis.cli_output import (
    between_tables,
    comparison_table,
    mortality_tables,
    out_console,
    rates_table,
)
from opensepsis.errors import DefinitionError
from opensepsis.uses.pages import NO_FIGURE, can_draw


def compare(
    folder: Annotated[
        Path, typer.Argument(help="Results folder of `opensepsis label`, best with --variants.")
    ],
    between: Annotated[
        str | None,
        typer.Option(
            help="Two phenotypes or two scores, comma-separated. Show how stays differ between them, and the first rule that differs."
        ),
    ] = None,
) -> None:
    """Compare definitions: prevalence, agreement, onset times and mortality, with 95 % intervals."""
    from opensepsis.uses.compare import compare as run

    if between is not None:
        return _between(folder, between)
    found = run(folder)
    out_console.print(comparison_table(found))
    where = found.figure or f"{folder}, comparison*.parquet; {NO_FIGURE}"
    out_console.print(f"{found.interval} Agreement of each pair of definitions and the figure: {where}.")


def _between(folder: Path, names: str) -> None:
    """Which stays move between two definitions, and why."""
    from opensepsis.uses.compare import between as run

    two = [name.strip() for name in names.split(",") if name.strip()]
    if len(two) != 2:
        raise typer.BadParameter("--between needs two definitions, such as --between sofa,sofa2.")
    found = run(folder, *two)
    for table in between_tables(found):
        out_console.print(table)
    missing = "" if can_draw() else f"; {NO_FIGURE}"
    out_console.print(f"{found.interval} Every reason and the figure: {found.path}, between.*{missing}.")


def measure(
    folders: Annotated[
        list[str],
        typer.Argument(
            help="Results folders of `opensepsis label`, each as SITE=FOLDER or FOLDER; folders with the same name form one site."
        ),
    ],
    of: Annotated[
        str, typer.Option(help="Measure to compute: sepsis-mortality or bacteremia.")
    ] = "sepsis-mortality",
    out: Annotated[Path | None, typer.Option(help="Folder for the tables and the figure.")] = None,
) -> None:
    """Compute NHSN's draft measures by site: observed against expected mortality after community-onset sepsis, or rates of bacteremia."""
    from opensepsis.uses.measure import bacteremia_rates, sepsis_mortality
    from opensepsis.uses.measure.results import named

    if of not in ("sepsis-mortality", "bacteremia"):
        raise DefinitionError(f"There is no measure '{of}'. Choose sepsis-mortality or bacteremia.")
    sites = named(folders)
    if of == "bacteremia":
        return out_console.print(rates_table(bacteremia_rates(sites, out)))
    found = sepsis_mortality(sites, out)
    for table in mortality_tables(found):
        out_console.print(table)
    if out is not None and not can_draw():
        out_console.print(f"{NO_FIGURE}.".capitalize())
    out_console.print(
        "This is a draft definition, not verified; the model is fitted to these stays. For research and teaching. Not a medical device."
    )
