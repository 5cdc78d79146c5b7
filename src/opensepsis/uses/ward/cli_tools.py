"""The commands beside a running ward: users, feeds, recordings and code lists."""

import asyncio
import os
import shutil
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from jinja2 import Environment, PackageLoader
from rich.table import Table

from opensepsis.counted import counted
from opensepsis.data.decode.site import read_site
from opensepsis.definitions import PHENOTYPES
from opensepsis.errors import OutputError
from opensepsis.uses.ward.cli_options import DatabaseAt, console
from opensepsis.uses.ward.ingest.mllp_client import Target
from opensepsis.uses.ward.ingest.recordings import read_recording
from opensepsis.uses.ward.ingest.replay import OverTheWire, clock_for, play
from opensepsis.uses.ward.interface_check import check_interface
from opensepsis.uses.ward.lint import lint
from opensepsis.uses.ward.model.clock import SECOND, WallClock
from opensepsis.uses.ward.security.accounts import Accounts
from opensepsis.uses.ward.security.audit import Audit
from opensepsis.uses.ward.server import board_of, ward_secret
from opensepsis.uses.ward.state.looked_for import why_not
from opensepsis.uses.ward.state.monitored import USUAL_CLOCKS, USUAL_PHENOTYPES, USUAL_SCORES, watched
from opensepsis.uses.ward.store.backup import back_up, opened_backup, restore
from opensepsis.uses.ward.store.database import Database, open_database
from opensepsis.uses.ward.store.lease import Lease
from opensepsis.uses.ward.store.retention import SHORTEST, forget, old_patients
from opensepsis.uses.ward.store.schema import make_tables

tools = typer.Typer()

Recordings = Annotated[
    list[Path],
    typer.Argument(help="Recordings: HL7 files, NDJSON files of FHIR resources, or CSV folders."),
]
SiteFolder = Annotated[Path | None, typer.Option(help="Folder with the site's code lists.")]
NaiveZone = Annotated[str | None, typer.Option(help="IANA time zone of naive timestamps.")]


@tools.command("lint")
def lint_site(
    files: Recordings,
    site: SiteFolder = None,
    timezone: NaiveZone = "UTC",
) -> None:
    """List the unmapped codes and units in recordings, most frequent first."""
    found = lint(read_site(site), [step for path in files for step in read_recording(path, timezone)])
    table = Table(
        title=f"{counted(found.messages, 'message')}, {counted(found.used, 'value')} used, {found.dead:,} unreadable"
    )
    for column in ("times", "kind", "system", "code", "unit", "why"):
        table.add_column(column)
    for row in found.rows:
        table.add_row(f"{row.times:,}", row.kind, row.system, row.code, row.unit, row.why)
    console.print(table)
    raise typer.Exit(1 if found.rows else 0)


@tools.command("definitions")
def definitions_on_the_ward() -> None:
    """List the phenotypes that the ward detects, and the reason for each that it does not detect."""
    by_reason: dict[str, list[str]] = {}
    for phenotype in PHENOTYPES.values():
        by_reason.setdefault(why_not(phenotype, watched()), []).append(phenotype.name)
    for reason, names in sorted(by_reason.items()):
        words = f"Not detected ({reason})" if reason else "Detected"
        console.print(f"{words}: {', '.join(names)}.", markup=False, highlight=False)


@tools.command("check")
def check_feed(
    files: Recordings,
    out: Annotated[Path, typer.Option(help="HTML page to write, to send to the interface team.")] = Path(
        "interface-check.html"
    ),
    feed: Annotated[str, typer.Option(help="Name of the feed, as in the site's feeds.csv.")] = "hl7",
    site: SiteFolder = None,
    timezone: NaiveZone = "UTC",
) -> None:
    """Review a new interface: assigning authorities, identifiers, units, unused data, missing data and clocks."""
    steps = [step for path in files for step in read_recording(path, timezone)]
    asked = watched(USUAL_SCORES, USUAL_PHENOTYPES, USUAL_CLOCKS, timezone).concepts
    found = check_interface(read_site(site, timezone or "UTC"), steps, asked, feed)
    pages = Environment(loader=PackageLoader("opensepsis.uses.ward.web"), autoescape=True)
    out.write_text(pages.get_template("interface_check.html").render(found=found), encoding="utf-8")
    questions = sum(i.without_visit + i.without_birth for i in found.issuers) + sum(
        bool(o.verdict) for o in found.offsets
    )
    console.print(
        f"{counted(found.messages, 'message')}, {found.dead:,} unreadable; {counted(len(found.silent), 'measurement')} never came; "
        f"{counted(len(found.unused), 'thing is', 'things are')} not used; "
        f"{counted(questions, 'question')} of identity and time. Written to {out}."
    )


@tools.command("user")
def set_user(
    name: Annotated[str, typer.Argument(help="Name of the user.")],
    role: Annotated[str, typer.Option(help="Role: viewer, nurse, physician or admin.")] = "viewer",
    wards: Annotated[str, typer.Option(help="Comma-separated wards the user may see; empty for all.")] = "",
    database: DatabaseAt = "ward.db",
) -> None:
    """Add a user, or change the password, role and wards of an existing user."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    listed = frozenset(w.strip() for w in wards.split(",") if w.strip()) or None
    with closing(open_database(database)) as opened:
        Accounts(opened).add(name, password, role, listed)
    console.print("Saved.")


@tools.command("feed")
def new_feed(
    name: Annotated[str, typer.Argument(help="Name of the feed that posts FHIR over HTTP.")],
    database: DatabaseAt = "ward.db",
) -> None:
    """Create an API token for a FHIR feed. This revokes the previous token."""
    with closing(open_database(database)) as opened:
        console.print(Accounts(opened).new_feed_token(name), markup=False)


@tools.command("backup")
def make_backup(
    file: Annotated[Path, typer.Argument(help="New file for the backup. It contains patient data.")],
    database: DatabaseAt = "ward.db",
) -> None:
    """Back up the ward's database to one file. The ward may be running."""
    with closing(open_database(database)) as opened:
        rows = back_up(opened, file)
    with opened_backup(file) as backup:
        _say_copied(rows, Audit(backup))
    console.print("Keep the site's folder, ward.toml and the audit anchor file with it.")


@tools.command("restore")
def restore_backup(
    file: Annotated[Path, typer.Argument(help="File that `ward backup` wrote.")],
    database: DatabaseAt = "ward.db",
    site: Annotated[Path | None, typer.Option(help="The site's site.toml, or its folder.")] = None,
    timezone: Annotated[str, typer.Option(help="IANA time zone of the hospital.")] = "UTC",
) -> None:
    """Restore a backup into an empty database and compare the boards of both. No ward may be running on it."""
    with closing(open_database(database)) as opened:
        _say_copied(restore(file, opened), Audit(opened))
    moment, lists = WallClock().now(), read_site(site, timezone)
    with TemporaryDirectory() as folder:
        copy = shutil.copy(file, folder)
        boards = [board_of(one, lists, timezone, moment) for one in (copy, database)]
    if boards[0] != boards[1]:
        raise OutputError(
            "The boards of the backup and of the restored database differ. Do not use the restored database; please report it."
        )
    console.print(f"{counted(len(boards[0]), 'patient')} on the board, the same in both.")


def _say_copied(rows: dict[str, int], audit: Audit) -> None:
    console.print(
        f"{counted(rows['message'], 'message')}, {counted(rows['entry'], 'entry', 'entries')} of the log, "
        f"{counted(sum(rows.values()), 'row')} in all."
    )
    checked = audit.verify()
    console.print(
        f"Audit: {counted(checked.lines, 'line')}, {'whole' if checked.whole else checked.fault}.",
        markup=False,
    )
    if not checked.whole:
        raise typer.Exit(1)


@tools.command("forget")
def forget_patients(
    older_than: Annotated[
        int, typer.Option(help="Days since the last message about a patient; at least 30.")
    ],
    database: DatabaseAt = "ward.db",
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete them. Without it, only their number is shown.")
    ] = False,
) -> None:
    """Delete the data of patients without recent messages. The audit log is kept. Stop the ward first."""
    if older_than < SHORTEST:
        raise OutputError(
            f"--older-than must be at least {SHORTEST} days: corrections may arrive until then."
        )
    now = WallClock().now()
    before = now - older_than * 24 * 3600 * SECOND
    with closing(open_database(database)) as opened:
        lease = Lease(opened)
        if not lease.try_take():
            raise OutputError(
                "A ward is running on this database. Stop it first; senders queue their messages in the meantime."
            )
        opened.fence = lease.fence
        try:
            make_tables(opened)
            console.print(_forgotten(opened, before, now) if yes else _to_forget(opened, before))
        finally:
            lease.release()


def _to_forget(database: Database, before: int) -> str:
    number = sum("resource of " not in name for name in old_patients(database, before))
    return f"{counted(number, 'patient has', 'patients have')} had no new data since {_day(before)}. Add --yes to delete them."


def _forgotten(database: Database, before: int, now: int) -> str:
    gone = forget(database, ward_secret(database), before)
    said = f"{counted(gone.patients, 'patient')}, {counted(gone.messages, 'message')}, {counted(gone.transitions, 'change')} of alerts"
    detail = f"{said}, without new data since {_day(before)}"
    Audit(database).note(now, "retention", "forgot", detail=detail)
    return f"Deleted: {said}. The audit log was kept, with an entry for this deletion."


def _day(moment: int) -> date:
    return datetime.fromtimestamp(moment / SECOND, UTC).date()


@tools.command("reader")
def new_reader(
    name: Annotated[str, typer.Argument(help="Name of the system that reads alerts as FHIR.")],
    database: DatabaseAt = "ward.db",
) -> None:
    """Create an API token for a system that reads alerts as FHIR. This revokes the previous token."""
    with closing(open_database(database)) as opened:
        console.print(Accounts(opened).new_reader_token(name), markup=False)


@tools.command("replay")
def replay(
    recording: Annotated[
        Path, typer.Argument(help="Recording: HL7 files or NDJSON files of FHIR resources.")
    ],
    host: Annotated[str, typer.Option(help="Host of the running ward.")] = "127.0.0.1",
    mllp: Annotated[int, typer.Option(help="MLLP port of the ward.")] = 2575,
    fhir: Annotated[
        str | None,
        typer.Option(help="FHIR base URL of the ward; the token is read from OPENSEPSIS_FEED_TOKEN."),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(help="Playback speed as a multiple of real time. Default: as fast as possible."),
    ] = None,
    timezone: NaiveZone = "UTC",
) -> None:
    """Send a recording to a running ward over MLLP and FHIR."""
    steps = read_recording(recording, timezone)
    token = os.environ.get("OPENSEPSIS_FEED_TOKEN", "")
    wire = OverTheWire(Target(host, mllp), fhir, {"Authorization": f"Bearer {token}"} if token else {})

    async def send() -> None:
        await play(steps, wire, clock_for(steps, speed))
        await wire.close()

    asyncio.run(send())
    hint = " Training messages (MSH-11 T) need a ward with --training." if wire.refused else ""
    console.print(f"{counted(len(steps), 'message')} sent, {wire.refused:,} refused.{hint}")
