"""`--config ward.toml`, and the commands `opensepsis ward config …` that look at it before a ward runs."""

from collections.abc import Callable
from pathlib import Path
from types import NoneType
from typing import Annotated, get_args, get_origin, get_type_hints

import typer
from rich.table import Table

from opensepsis.uses.ward.cds.clients import CdsHooks
from opensepsis.uses.ward.cli_options import console
from opensepsis.uses.ward.config import RENAMED
from opensepsis.uses.ward.config_file import SECRETS, ConfigFile, read_config, secret
from opensepsis.uses.ward.ingest.fhir_source import FhirSource
from opensepsis.uses.ward.security.openid import OpenID
from opensepsis.uses.ward.security.smart import SmartServer
from opensepsis.uses.ward.server import WardConfig

config = typer.Typer(no_args_is_help=True, help="Check a ward's configuration.")
PREFIX = "OPENSEPSIS_WARD"  # of the environment variable of each option
READ = "opensepsis.ward.config"  # where a command's context keeps what the file says
INSTEAD = "opensepsis.ward.instead"  # and what is done with the configuration, instead of running a ward
NOT_IN_FILE = frozenset(("context", "return", "config_file", "demo", "patients", "speed", "listen", *RENAMED))
FROM = {
    "COMMANDLINE": "command line",
    "ENVIRONMENT": "environment",
    "DEFAULT_MAP": "file",
    "DEFAULT": "default",
}


def load_config(context: typer.Context, path: Path | None) -> Path | None:
    """Lets the file's options be the defaults of this command."""
    if path is not None:
        from opensepsis.uses.ward.cli import run_ward

        found = read_config(path, options_of(run_ward))
        context.default_map = {**(context.default_map or {}), **found.options}
        context.meta[READ] = found
    return path


def options_of(command: Callable) -> dict[str, type]:
    """The options of a command that a file may hold, each with the type of its value there."""
    hints = get_type_hints(command)
    return {name: _type(hints[name]) for name in hints if name not in NOT_IN_FILE}


def _type(hint: object) -> type:
    """What stands for an option's type in a file: paths are texts."""
    asked = next((one for one in get_args(hint) if one is not NoneType), hint)
    if get_origin(asked) is list:
        return list
    if not isinstance(asked, type):
        raise TypeError(f"no option of a file: {asked}")
    return str if asked is Path else asked


def tables_of(
    context: typer.Context,
) -> tuple[OpenID | None, CdsHooks | None, tuple[SmartServer, ...], tuple[FhirSource, ...]]:
    """The provider, and the record systems that may ask or launch, which the file of `--config` names."""
    found: ConfigFile | None = context.meta.get(READ)
    return (found.openid, found.cds_hooks, found.smart, found.fhir_sources) if found else (None, None, (), ())


@config.command("check")
def check(file: Annotated[Path, typer.Argument(help="The ward.toml to check.")]) -> None:
    """Show the effective settings of a ward and the origin of each; exit with an error for settings that it would refuse.

    Nothing is opened, listened to or sent. Secrets are shown as set or not set.
    """
    from opensepsis.uses.ward.cli import run_ward, ward

    command = typer.main.get_command(ward)
    context = command.make_context("opensepsis ward", ["--config", str(file)], auto_envvar_prefix=PREFIX)
    plans: list[WardConfig] = []
    context.meta[INSTEAD] = plans.append
    with context:
        command.invoke(context)
    plan = plans[0]
    table = Table("option", "value", "from")
    for name in options_of(run_ward):
        source = context.get_parameter_source(name)
        table.add_row(name, _shown(context.params[name]), FROM.get(source.name, "") if source else "")
    for name in SECRETS:
        table.add_row(name, "set" if secret(name) else "not set", "environment")
    console.print(table)
    for client in plan.web.cds_hooks.clients if plan.web.cds_hooks else ():
        console.print(
            f"CDS Hooks: {client.issuer} may call, its patients are those of the feed {client.feed}.",
            markup=False,
        )
    for one in plan.web.smart:
        console.print(
            f"SMART launch: {one.server}, as client {one.client_id}: {one.role.name.lower()}.", markup=False
        )
    for one in plan.fhir_sources:
        console.print(
            f"FHIR server: {one.server} tells the feed {one.feed} of {len(one.topics)} topics.", markup=False
        )
    openid = plan.web.openid
    if openid is None:
        console.print("Single sign-on: none; users have passwords that the ward keeps.")
        return
    console.print(
        f"Single sign-on: {openid.issuer}, as client {openid.client_id}; register {openid.answer_to} there."
    )
    for given in openid.groups:
        wards = "all wards" if given.wards is None else ", ".join(sorted(given.wards))
        console.print(f"  {given.group}: {given.role.name.lower()}, {wards}", markup=False)


def _shown(value: object) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
