"""The command that drafts what a hospital's local codes mean."""

from pathlib import Path
from textwrap import shorten
from typing import Annotated

import typer
from rich.markup import escape

from opensepsis.cli_output import out_console
from opensepsis.counted import counted

_LISTED = 15


def map_codes(
    source: Annotated[str, typer.Argument(help="The kind of data: clif, csv, eicu, fhir, meds or omop.")],
    path: Annotated[
        str,
        typer.Argument(
            help="The hospital's data: a folder, a DuckDB file or postgresql://USER@HOST/DATABASE."
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="The site's folder. Answered lines of an existing mapping.csv are kept.")
    ],
    timezone: Annotated[str | None, typer.Option(help="IANA time zone of the hospital.")] = None,
    site: Annotated[
        Path | None,
        typer.Option(
            help="csv and fhir: the site.toml, or the folder of the site's lists, to read the data with."
        ),
    ] = None,
) -> None:
    """Draft a mapping of local codes, by volume, with proposals to confirm in mapping.csv. Unconfirmed proposals are not used."""
    from opensepsis.data.mapping.draft import draft, write_draft
    from opensepsis.data.mapping.gain import gain
    from opensepsis.data.sources import open_mappable

    found = draft(open_mappable(source, path, timezone, site).local_codes())
    file = write_draft(found, out.expanduser())
    _print_codes(found)
    _print_gain(gain(found))
    out_console.print(_words(found, file), markup=False, highlight=False)


def _print_codes(found) -> None:
    from rich.table import Table

    proposed = [one for one in found.open if one[1]]
    table = Table(title=f"Codes with a proposal, {len(proposed):,} of {len(found.open):,}, by volume")
    for name in ("table", "code", "rows", "proposal", "because"):
        table.add_column(name, justify="right" if name == "rows" else "left", overflow="fold")
    for code, (first, *_) in proposed[:_LISTED]:
        said = " ".join(filter(None, (first.concept, first.ingredient)))
        table.add_row(
            code.table, escape(code.name or code.code), f"{code.rows:,}", said, escape(first.because)
        )
    out_console.print(table)
    without = ", ".join(
        f"{code.name or code.code} ({code.rows:,})" for code, proposals in found.open if not proposals
    )
    if without:
        out_console.print(
            f"Without a proposal, by volume: {shorten(without, 600, placeholder=' …')}",
            markup=False,
            highlight=False,
        )


def _print_gain(told) -> None:
    from rich.table import Table

    table = Table(title="Rows of data for each row of SOFA")
    for name in ("SOFA", "read now", "with all proposals"):
        table.add_column(name, justify="left" if name == "SOFA" else "right")
    for part in told.sofa:
        more = f"{part.now + part.proposed:,}"
        table.add_row(part.title, f"{part.now:,}", f"{more} (new)" if part.gained else more)
    out_console.print(table)
    share = told.rows or 1
    out_console.print(
        f"Rows: {told.now / share:.1%} read now, {(told.now + told.proposed) / share:.1%} with all proposals. "
        f"Concepts: {len(told.concepts_now)} now, {len(told.concepts_proposed)} more with proposals"
        + (f" ({', '.join(told.concepts_proposed)})." if told.concepts_proposed else "."),
        highlight=False,
    )


def _words(found, file: Path) -> str:
    left = ""
    if found.not_listed:
        left = (
            f" {counted(found.not_listed, 'code')} ({counted(found.rows_not_listed, 'row')}) left out of the list: "
            "fewer than three patients have them, or they may be a name."
        )
    return (
        f"Draft written to {file}. Check each line and write yes or no into its column confirmed; "
        f"`opensepsis label … --site {file.parent}` uses the lines with yes.{left}"
    )
