"""The command `opensepsis`: label, why, show, report, compare, check, predict, export, map, convert, learn, ward, audit and others."""

from opensepsis.interruption import watch

if __name__ == "__main__":
    watch()  # before the rest is loaded

import gc
import os
import sys
from importlib import import_module, metadata
from pathlib import Path
from typing import Annotated

import typer

from opensepsis.cli_answers import check, coverage, report, show, why
from opensepsis.cli_comparisons import compare, measure
from opensepsis.cli_export import export
from opensepsis.cli_learn import learn
from opensepsis.cli_mapping import map_codes
from opensepsis.cli_output import (
    ProgressBar,
    definitions_table,
    err_console,
    out_console,
    print_rejections,
    print_summary,
)
from opensepsis.cli_predictions import predict
from opensepsis.data.sources import SOURCES
from opensepsis.errors import DefinitionError, MissingError, OpensepsisError, OutputError, nearest
from opensepsis.interruption import guarded, leave_to_command
from opensepsis.renamed_options import renamed_option
from opensepsis.terminal import plain_words

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

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


def _say_version(asked: bool) -> None:
    if asked:
        out_console.print(f"opensepsis {metadata.version('opensepsis')}", highlight=False)
        raise typer.Exit


@app.callback()
def opensepsis(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Compute organ-dysfunction scores, sepsis phenotypes and care-bundle timing from hospital data.

    For research and teaching; not a medical device.
    """


@app.command()
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
        typer.Option(help="What runs the shards: local (this machine), spark or sail. See docs/cluster.md."),
    ] = "local",
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with a run of the same command that was interrupted; what is whole is kept.",
        ),
    ] = False,
    since: Annotated[
        Path | None,
        typer.Option(
            help="timeline: earlier results; only patients whose data changed are labelled again. Without --out they are replaced."
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


app.command()(why)
app.command()(show)
app.command()(report)
app.command()(export)
app.command()(check)
app.command()(coverage)
app.command("map")(map_codes)
app.command()(compare)
app.command()(measure)
app.command()(learn)
app.add_typer(predict, name="predict")


@app.command()
def definitions(
    name: Annotated[
        str | None, typer.Argument(help="Name of a definition, such as sofa or sepsis3:lowest_so_far.")
    ] = None,
) -> None:
    """List the definitions, or print the page of one definition."""
    from opensepsis.definitions import DEFINITIONS
    from opensepsis.docgen.pages import page

    if name is None:
        out_console.print(definitions_table(DEFINITIONS))
    elif name in DEFINITIONS:
        out_console.print(page(DEFINITIONS[name], DEFINITIONS), markup=False, highlight=False)
    else:
        raise DefinitionError(f"There is no definition '{name}'. {nearest(name, DEFINITIONS)}")


@app.command()
def example(
    out: Annotated[Path, typer.Option(help="New folder for the example hospital.")],
) -> None:
    """Write the example hospital (fourteen fictitious patients) to a folder that `label csv` can read."""
    from opensepsis.example import write_example

    folder = write_example(out)
    out_console.print(
        f"Example hospital written to {folder}. Next: opensepsis label csv {folder} --out results",
        soft_wrap=True,
    )


@app.command()
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
            help="What converts: local (this machine), spark or sail (Parquet tables of clif, mimic-iv and omop)."
        ),
    ] = "local",
    quiet: Quiet = False,
) -> None:
    """Convert a hospital's data to a timeline (Parquet files sharded by patient) that `label timeline` can read."""
    from opensepsis.data.intake.rejections import RejectionLimits
    from opensepsis.data.sources import open_source
    from opensepsis.data.sources.relational.address import as_place
    from opensepsis.data.timeline.timeline import write_timeline

    with ProgressBar(quiet) as show:
        limits = RejectionLimits(
            stays_share=max_rejected_stays,
            rows_share=max_rejected_rows,
            strict=strict,
            longest_stay=longest_stay,
        )
        if on != "local":
            timeline = _convert_by_engine(source, path, out, on, timezone, site, ed, limits)
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
            f"{counts['written']:,} events of {counts['patients']:,} patients, {counts['stays']:,} stays; "
            f"{rejected:,} events rejected. Written to {out}."
        )
        print_rejections(counts)


def _convert_by_engine(source: str, path: str, out: Path, on: str, timezone, site, ed, limits):
    from opensepsis.data.io.engines import ENGINES
    from opensepsis.uses.convert import convert_by_engine

    if on not in ENGINES:
        raise DefinitionError(f"There is nothing called '{on}' to run on. {nearest(on, ('local', *ENGINES))}")
    if ed is not None:
        raise typer.BadParameter("--ed is read without --on.")
    return convert_by_engine(source, path, out, on, timezone=timezone, site=site, limits=limits)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False
)
def simulate(context: typer.Context) -> None:
    """Simulate patients from infection to charted ICU stay, with the ground truth alongside."""
    try:
        from opensepsis.uses.simulate.cli import simulate_command
    except ModuleNotFoundError as missing:
        raise MissingError(
            f"The simulator needs '{missing.name}', which is not installed. Install opensepsis with its extra `simulate`."
        ) from None
    only = typer.Typer()
    only.command("simulate")(simulate_command)
    only(args=context.args, prog_name="opensepsis simulate", standalone_mode=False)


def _demonstrate(*asked) -> None:
    """Plays a simulated hospital to a ward: needs both extras."""
    try:
        from opensepsis.demonstration import demonstrate
    except ModuleNotFoundError as missing:
        raise MissingError(
            f"The demonstration needs '{missing.name}', which is not installed. Install opensepsis with its extras `ward` and `simulate`."
        ) from None
    demonstrate(*asked)


def _early_warning(model: Path, log: Path):
    """A model beside a ward: needs both extras."""
    from opensepsis.early_warning import beside_ward

    return beside_ward(model, log)


def _ward_commands(module: str):
    try:
        return import_module(f"opensepsis.uses.ward.{module}")
    except ModuleNotFoundError as missing:
        raise MissingError(
            f"The ward needs '{missing.name}', which is not installed. Install opensepsis with its extra `ward`."
        ) from None


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False
)
def ward(context: typer.Context) -> None:
    """Monitor a ward live: HL7, FHIR, CSV and MQTT in; alerts, care bundles and a board. `--demo` runs a simulated hospital."""
    leave_to_command()
    words = {"args": context.args, "prog_name": "opensepsis ward", "standalone_mode": False}
    words["auto_envvar_prefix"] = "OPENSEPSIS_WARD"  # options from the environment
    commands = _ward_commands("cli")
    raise typer.Exit(commands.ward(**words, obj=commands.Joined(_demonstrate, _early_warning)) or 0)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False
)
def audit(context: typer.Context) -> None:
    """Verify or export the audit log of a ward."""
    words = {"args": context.args, "prog_name": "opensepsis audit", "standalone_mode": False}
    raise typer.Exit(_ward_commands("audit_cli").audit(**words) or 0)


def main() -> None:
    """Runs the command; an error is one plain message and an exit code of its own."""
    guarded(_run)


def _run() -> None:
    plain_words()
    try:
        _check_working_folder()
        code = app(standalone_mode=False)
        if isinstance(code, int) and code:
            sys.exit(code)
    except OpensepsisError as problem:
        _tell("\n".join([f"{type(problem).__name__}: {problem}", *getattr(problem, "__notes__", ())]))
        sys.exit(problem.exit_code)
    except typer.Abort:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as problem:
        show, exit_code = getattr(problem, "show", None), getattr(problem, "exit_code", None)
        if show is not None and exit_code is not None:
            show()
            sys.exit(exit_code)
        if isinstance(problem, OSError) and problem.strerror:
            where = f"{problem.filename}: " if problem.filename else ""
            _tell(f"OutputError: {where}{problem.strerror}.")
            sys.exit(OutputError.exit_code)
        raise


def _check_working_folder() -> None:
    try:
        os.getcwd()
    except FileNotFoundError:
        raise MissingError(
            "The working folder no longer exists. Change to another folder and run again."
        ) from None


def _tell(problem: str) -> None:
    err_console.print(problem, style="red", markup=False, highlight=False)


if __name__ == "__main__":
    main()
