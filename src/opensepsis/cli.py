"""The command `opensepsis`: label, why, show, report, compare, check, predict, export, map, convert, learn, ward, audit and others."""

from opensepsis.interruption import watch

if __name__ == "__main__":
    watch()  # before the rest is loaded

import os
import sys
from importlib import import_module, metadata
from pathlib import Path
from typing import Annotated

import typer

from opensepsis.cli_answers import check, coverage, report, show, why
from opensepsis.cli_comparisons import compare, measure
from opensepsis.cli_export import export
from opensepsis.cli_label import convert, label
from opensepsis.cli_learn import learn
from opensepsis.cli_mapping import map_codes
from opensepsis.cli_output import (
    definitions_table,
    err_console,
    out_console,
)
from opensepsis.cli_predictions import predict
from opensepsis.errors import DefinitionError, MissingError, OpensepsisError, OutputError, nearest
from opensepsis.interruption import guarded, leave_to_command
from opensepsis.terminal import plain_words

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


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


app.command()(label)
app.command()(convert)
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
