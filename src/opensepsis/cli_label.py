"""The commands that read a hospital's data: label and convert."""

import gc
from pathlib import Path
from typing import Annotated

import typer

from opensepsis.cli_output import ProgressBar, out_console, print_rejections, print_summary
from opensepsis.counted import counted
from opensepsis.data.sources import SOURCES
from opensepsis.errors import DefinitionError, OutputError, nearest
from opensepsis.renamed_options import renamed_option

SourceName = Annotated[str, typer.Argument(help=f"The kind of data: {', '.join(SOURCES)}.")]
HospitalData = Annotated[
    str,
    typer.Argument(help="The hospital's data: a folder, a DuckDB file or postgresql://USER@HOST/DATABASE."),
]
Emergency = Annotated[
    str | None,
    typer.Option(
        help="For mimic-iv: folder of MIMIC-IV-ED (the one that contains ed/), read together with it."
    ),
]
Earlier = Annotated[str | None, typer.Option(hidden=True)]  # an earlier name of an option
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Zone = Annotated[
    str | None,
    typer.Option(
        help="IANA time zone of the hospital (e.g. Europe/London). Applied to naive timestamps and used to define calendar days."
    ),
]
Site = Annotated[
    Path | None,
    typer.Option(
        help="csv: the hospital's site.toml (separator, decimal mark, time format, local names). Default: the one in the folder, if any. "
        "fhir: the folder with the site's code lists. meds: a code list. "
        "clif, eicu, omop and the others: the folder with a confirmed mapping.csv (see `map`)."
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse the data at the first rejected stay or row.")]
MaxStays = Annotated[
    float,
    typer.Option(
        help="Largest accepted share of rejected stays; above it, and with more than 10 rejected, the run stops with an error."
    ),
]
MaxRows = Annotated[
    float,
    typer.Option(
        help="Largest accepted share of a concept's rejected rows; above it, and with more than 100 rejected, the run stops with an error."
    ),
]
LongestStay = Annotated[
    float, typer.Option(help="Longest plausible stay in years; longer stays are rejected.")
]


def label(
    source: SourceName,
    path: HospitalData,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results; an earlier result there is replaced.")
    ] = None,
    stay_kind: Annotated[
        str, typer.Option(help="Kind of stay: hospital, icu, emergency or observation.")
    ] = "hospital",
    definitions: Annotated[
        str | None,
        typer.Option(help="Comma-separated definitions to compute (e.g. sofa,sepsis3). Default: all."),
    ] = None,
    variants: Annotated[
        bool, typer.Option(help="Also compute the named variants of each definition.")
    ] = False,
    as_known: Annotated[
        bool, typer.Option(help="At each hour, use only data that had been filed by that hour.")
    ] = False,
    daily: Annotated[
        str | None,
        typer.Option(help="Also write daily SOFA scores: per `calendar` day or per `24h` since admission."),
    ] = None,
    timezone: Zone = None,
    site: Site = None,
    ed: Emergency = None,
    draft_site: Annotated[
        bool,
        typer.Option(
            "--draft-site",
            help="Write a first draft of site.toml to the data folder (or to the file given by --out) and exit.",
        ),
    ] = False,
    strict: Strict = False,
    max_rejected_stays: MaxStays = 0.01,
    max_rejected_rows: MaxRows = 0.05,
    longest_stay: LongestStay = 5,
    on: Annotated[
        str,
        typer.Option(help="Where the shards run: local (this machine), spark or sail. See docs/cluster.md."),
    ] = "local",
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Resume an interrupted run of the same command; completed shards are kept.",
        ),
    ] = False,
    since: Annotated[
        Path | None,
        typer.Option(
            help="timeline: earlier results; only patients whose data changed since are labelled again. Without --out, they are replaced."
        ),
    ] = None,
    quiet: Quiet = False,
    stays: Earlier = None,
    only: Earlier = None,
    days: Earlier = None,
) -> None:
    """Label hospital data: hourly scores, and sepsis and septic shock for every stay, with the evidence."""
    gc.set_threshold(100_000)  # what this makes lives long: looking for cycles every 700 objects takes long
    from opensepsis.uses.label import label as run

    gc.freeze()  # what was loaded stays
    stay_kind = renamed_option("--stays", stays, "--stay-kind", stay_kind)
    definitions = renamed_option("--only", only, "--definitions", definitions)
    daily = renamed_option("--days", days, "--daily", daily)
    if draft_site:
        return _draft_site(source, path, out)
    if out is None and since is None:
        raise typer.BadParameter("Name the folder for the results: --out FOLDER.")
    with ProgressBar(quiet) as show:
        labels = run(
            source,
            path,
            out,
            stay_kind=stay_kind,
            definitions=definitions,
            variants=variants,
            as_known=as_known,
            daily=daily,
            timezone=timezone,
            site=site,
            ed=ed,
            strict=strict,
            max_rejected_stays=max_rejected_stays,
            max_rejected_rows=max_rejected_rows,
            longest_stay=longest_stay,
            on=on,
            resume=resume,
            since=since,
            progress=show,
        )
    if not quiet:
        print_summary(labels)
    return None


def _draft_site(source: str, path: str, out: Path | None) -> None:
    from opensepsis.data.site.draft import draft_site

    if source != "csv":
        raise typer.BadParameter(f"--draft-site is for the source csv, not for {source}.")
    folder = Path(path).expanduser()
    file = (out or folder / "site.toml").expanduser()
    if file.exists():
        raise OutputError(f"{file} already exists and was not changed. Name another file with --out.")
    text = draft_site(folder)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise OutputError(
            f"{file} cannot be written: {problem.strerror}. Name another file with --out."
        ) from None
    out_console.print(
        f"Draft written to {file}. Check every line, and remove the # from proposals that are right."
    )


def convert(
    source: SourceName,
    path: HospitalData,
    out: Annotated[Path, typer.Option(help="Folder for the timeline.")],
    timezone: Zone = None,
    site: Site = None,
    ed: Emergency = None,
    strict: Strict = False,
    max_rejected_stays: MaxStays = 0.01,
    max_rejected_rows: MaxRows = 0.05,
    longest_stay: LongestStay = 5,
    on: Annotated[
        str,
        typer.Option(
            help="Where the conversion runs: local (this machine), spark or sail (tables of clif, csv, mimic-iv and omop)."
        ),
    ] = "local",
    quiet: Quiet = False,
) -> None:
    """Convert a hospital's data to a timeline (Parquet files sharded by patient) that `label timeline` can read."""
    from opensepsis.data.intake.rejections import RejectionLimits
    from opensepsis.data.io.object_store import ObjectFolder, as_folder
    from opensepsis.data.sources import open_source
    from opensepsis.data.sources.relational.address import as_place
    from opensepsis.data.timeline.writer import write_timeline
    from opensepsis.uses.convert import convert_into_store

    with ProgressBar(quiet) as show:
        limits = RejectionLimits(
            stays_share=max_rejected_stays,
            rows_share=max_rejected_rows,
            strict=strict,
            longest_stay=longest_stay,
        )
        if on != "local":
            timeline = _convert_by_engine(source, path, out, on, timezone, site, ed, limits)
        elif any(isinstance(as_folder(place), ObjectFolder) for place in (path, out)):
            timeline = convert_into_store(
                source, path, as_folder(out), timezone, site, ed, limits, lambda n: show("reading", n, 0)
            )
        else:
            opened = open_source(source, path, timezone, site, ed)
            timeline = write_timeline(
                opened,
                out,
                progress=lambda events: show("reading", events, 0),
                limits=limits,
                inputs=[place] if isinstance(place := as_place(path), Path) else [],
            )
    if not quiet:
        counts = timeline.counts
        rejected = sum(counts["rejected"].values())
        out_console.print(
            f"{counted(counts['written'], 'event')} of {counted(counts['patients'], 'patient')}, {counted(counts['stays'], 'stay')}; "
            f"{counted(rejected, 'event')} rejected. Written to {out}."
        )
        print_rejections(counts)


def _convert_by_engine(source: str, path: str, out: Path, on: str, timezone, site, ed, limits):
    from opensepsis.data.io.engines import ENGINES
    from opensepsis.uses.convert import convert_by_engine

    if on not in ENGINES:
        raise DefinitionError(f"There is nothing called '{on}' to run on. {nearest(on, ('local', *ENGINES))}")
    if ed is not None:
        raise typer.BadParameter("--ed cannot be combined with --on. Leave one of them out.")
    return convert_by_engine(source, path, out, on, timezone=timezone, site=site, limits=limits)
