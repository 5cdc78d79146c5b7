"""What several of the ward's commands share: how the database is named, and where they print."""

import re
from typing import Annotated

import typer
from rich.console import Console

from opensepsis.errors import OutputError

console = Console(soft_wrap=True)


def _without_password(context: typer.Context, parameter, value: str) -> str:
    """The address; OutputError for a password on the command line, where every user of the machine can read it."""
    source = context.get_parameter_source(parameter.name)
    if (
        source is not None
        and source.name == "COMMANDLINE"
        and value.startswith("postgres")
        and _PASSWORD.search(value)
    ):
        raise OutputError(
            "A password on the command line can be read by every user of the machine. Set OPENSEPSIS_DATABASE to the address, or "
            "name it without the password and set PGPASSFILE or PGPASSWORD."
        )
    return value


_PASSWORD = re.compile(r"//[^/@]*:[^/@]+@|[?&]password=", re.I)
DatabaseAt = Annotated[
    str,
    typer.Option(
        "--database",
        envvar="OPENSEPSIS_DATABASE",
        show_envvar=True,
        callback=_without_password,
        help="SQLite file or postgresql://user@host/name; the password is read from PGPASSFILE or PGPASSWORD.",
    ),
]
