"""The command `opensepsis export`: results in the forms that other tools read."""

from pathlib import Path
from typing import Annotated

import typer

from opensepsis.cli_output import out_console
from opensepsis.counted import counted
from opensepsis.errors import DefinitionError, nearest

FORMS = ("meds", "omop", "fhir", "csv", "duckdb")


def export(
    folder: Annotated[Path, typer.Argument(help="Results folder of `opensepsis label`.")],
    to: Annotated[str, typer.Option(help="Format: meds, omop, fhir, csv or duckdb.")],
    out: Annotated[
        Path,
        typer.Option(
            help="Output folder (a file for duckdb); an earlier export there is replaced, any other file is not."
        ),
    ],
    definition: Annotated[
        str | None,
        typer.Option(
            help="Definition of the run, such as sepsis3: needed for meds; omop and fhir write all without it."
        ),
    ] = None,
    gap: Annotated[float, typer.Option(help="meds: hours after the prediction time that are ignored.")] = 0,
    horizon: Annotated[
        float, typer.Option(help="meds: hours after the gap within which an onset makes the label true.")
    ] = 24,
    every: Annotated[float, typer.Option(help="meds: hours between prediction times.")] = 1,
    as_known: Annotated[
        bool,
        typer.Option(
            "--as-known", help="meds: count an episode from when it could be detected, not from its onset."
        ),
    ] = False,
    at_least: Annotated[
        int | None,
        typer.Option(help="meds, for a score: the total from which the label is true, such as 2."),
    ] = None,
    events: Annotated[
        bool, typer.Option("--events", help="meds: also write the events, including the onsets.")
    ] = False,
    with_values: Annotated[
        bool,
        typer.Option(
            "--with-values",
            help="csv, duckdb: also write the values behind each row's points, with their times.",
        ),
    ] = False,
) -> None:
    """Write results in a format that other tools read: MEDS labels and events, OMOP cohorts, FHIR resources, CSV files or a DuckDB file."""
    from opensepsis.uses import export as forms

    if to not in FORMS:
        raise DefinitionError(f"Unknown export format '{to}'. {nearest(to, FORMS)}")
    if with_values and to not in ("csv", "duckdb"):
        raise DefinitionError("--with-values is for --to csv and --to duckdb.")
    if to == "meds":
        if definition is None:
            raise DefinitionError("MEDS labels are written for one definition. Name it with --definition.")
        told = forms.export_meds(
            folder, out, definition, gap=gap, horizon=horizon, every=every, as_known=as_known, at_least=at_least, events=events
        )  # fmt: skip
        left = (
            f" {counted(told.not_judged, 'stay was not judged and is', 'stays were not judged and are')} left out."
            if told.not_judged
            else ""
        )
        numbers = " Subjects are numbered: see subjects.parquet." if told.numbered else ""
        more = f" {counted(told.events, 'event')}." if events else ""
        labels = f"{counted(told.labels, 'label')} of {counted(told.stays, 'stay')}, {told.positive:,} true"
        words = f"{labels}, in {told.path}.{more}{left}{numbers}"
    elif to in ("omop", "fhir"):
        written = (forms.export_omop if to == "omop" else forms.export_fhir)(folder, out, definition)
        number, rows = len(written.rows), sum(written.rows.values())
        kinds = counted(number, "kind of resources", "kinds of resources")
        said = (
            f"{counted(number, 'table')}, {counted(rows, 'row')}"
            if to == "omop"
            else f"{kinds}, {rows:,} in all"
        )
        words = f"{said}, in {written.path}."
    else:
        values = None
        if with_values:
            from opensepsis.uses.label.values import write_values as values
        written = (forms.export_csv if to == "csv" else forms.export_duckdb)(folder, out, values)
        words = f"{counted(len(written.rows), 'table')}, {counted(sum(written.rows.values()), 'row')}, in {written.path}."
    out_console.print(words, markup=False, highlight=False)
