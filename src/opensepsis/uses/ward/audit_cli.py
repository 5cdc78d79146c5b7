"""The command `opensepsis audit`: verify and export the audit log of a ward."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import orjson
import typer

from opensepsis.counted import counted
from opensepsis.errors import MissingError
from opensepsis.renamed_options import renamed_option
from opensepsis.uses.ward.cli_options import DatabaseAt, console
from opensepsis.uses.ward.notify.fhir_audit import audit_events
from opensepsis.uses.ward.security.audit import Audit
from opensepsis.uses.ward.server import read_anchors
from opensepsis.uses.ward.store.database import open_database

audit = typer.Typer(
    no_args_is_help=True, help="Verify or export the audit log: accesses and actions of every user."
)


@audit.callback()
def of_the_audit() -> None:
    """Verify or export the audit log: accesses and actions of every user."""


@audit.command("verify")
def verify(
    database: DatabaseAt = "ward.db",
    audit_anchor_file: Annotated[
        Path | None, typer.Option(help="The ward's --audit-anchor-file, to detect a truncated log.")
    ] = None,
    anchors: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Verify that no entry of the audit log was changed, removed or reordered."""
    if not database.startswith("postgres") and not Path(database).is_file():
        raise MissingError(f"There is no database {database}. Name the ward's database with --database.")
    anchor_file = renamed_option("--anchors", anchors, "--audit-anchor-file", audit_anchor_file)
    with closing(open_database(database)) as opened:
        found = Audit(opened).verify(read_anchors(anchor_file) if anchor_file else ())
    if not found.whole:
        console.print(
            f"Audit log verification FAILED at {found.fault}; the first {counted(found.lines, 'entry is', 'entries are')} intact.",
            style="red",
            markup=False,
        )
        raise typer.Exit(1)
    console.print(
        f"Audit log verified: {counted(found.lines, 'entry', 'entries')}, intact. Last hash {found.last}.",
        markup=False,
    )


@audit.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="NDJSON file to write, one AuditEvent (FHIR R4) per line.")],
    database: DatabaseAt = "ward.db",
) -> None:
    """Export the audit log as FHIR AuditEvent resources for the hospital's audit repository."""
    if not database.startswith("postgres") and not Path(database).is_file():
        raise MissingError(f"There is no database {database}. Name the ward's database with --database.")
    with closing(open_database(database)) as opened, file.open("wb") as out:
        count = sum(1 for event in audit_events(Audit(opened)) if out.write(orjson.dumps(event) + b"\n"))
    console.print(f"{counted(count, 'entry', 'entries')} written to {file}.", markup=False)
