"""The commands `opensepsis ward …` and `opensepsis audit …`."""

import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from opensepsis.data.decode.site import read_site
from opensepsis.data.intake.timestamps import check_zone
from opensepsis.errors import MissingError, OutputError
from opensepsis.renamed_options import renamed_option
from opensepsis.uses.ward.ingest.mllp_client import Target
from opensepsis.uses.ward.ingest.mllp_server import Listener
from opensepsis.uses.ward.ingest.mqtt import Broker
from opensepsis.uses.ward.ingest.recordings import read_recording
from opensepsis.uses.ward.ingest.replay import OverTheWire, clock_for, play
from opensepsis.uses.ward.ingest.tls import server_tls
from opensepsis.uses.ward.lint import lint
from opensepsis.uses.ward.notify.fhir import FhirFile
from opensepsis.uses.ward.notify.fhir_audit import audit_events
from opensepsis.uses.ward.notify.webhook import Webhook
from opensepsis.uses.ward.security.accounts import Accounts
from opensepsis.uses.ward.security.audit import Audit
from opensepsis.uses.ward.server import WardConfig, WardServer, read_anchors
from opensepsis.uses.ward.service.stand_by import stand_by
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import USUAL_CLOCKS, USUAL_PHENOTYPES, USUAL_SCORES, watched
from opensepsis.uses.ward.store.database import open_database
from opensepsis.uses.ward.store.lease import Lease
from opensepsis.uses.ward.web.limits import in_networks
from opensepsis.uses.ward.web.settings import Settings

console = Console(soft_wrap=True)
ward = typer.Typer(invoke_without_command=True, no_args_is_help=False)
audit = typer.Typer(no_args_is_help=True, help="The audit of who saw and did what.")


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
        help="A file (SQLite) or postgresql://user@host/name; its password in PGPASSFILE or PGPASSWORD.",
    ),
]
Demonstrate = Callable[[bool, int, int, float], None]


@ward.callback()
def run_ward(
    context: typer.Context,
    database: DatabaseAt = "ward.db",
    site: Annotated[
        Path | None,
        typer.Option(
            help="The site's site.toml, or its folder (site.toml, codes.csv, wards.csv, feeds.csv)."
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Address of the pages and ports.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the pages and of FHIR.")] = 8080,
    mllp: Annotated[int, typer.Option(help="Port of HL7 over MLLP; -1 for none.")] = 2575,
    listen: Annotated[
        list[str] | None,
        typer.Option(help="Another HL7 feed with a port of its own, as lab:2576; may be repeated."),
    ] = None,
    training: Annotated[bool, typer.Option(help="Take training messages (MSH-11 T and D) too.")] = False,
    folder: Annotated[Path | None, typer.Option(help="A csv folder to follow.")] = None,
    mqtt: Annotated[
        str | None,
        typer.Option(
            help="Bedside devices: host:port/topic, as localhost:1883/devices/#; OPENSEPSIS_MQTT_USER, _PASSWORD."
        ),
    ] = None,
    speaking: Annotated[
        str | None, typer.Option(help="Wards that are not silent, with commas; 'all' for every ward.")
    ] = None,
    clock: Annotated[
        str, typer.Option(help="Clocks whose missed tasks are told.")
    ] = "ssc2026_adults,ssc2026_children",
    webhook: Annotated[
        str | None, typer.Option(help="Address to tell of alerts; its secret in OPENSEPSIS_WEBHOOK_SECRET.")
    ] = None,
    fhir_out: Annotated[
        Path | None, typer.Option(help="File for Flag, RiskAssessment and Communication as NDJSON.")
    ] = None,
    timezone: Annotated[
        str,
        typer.Option(
            help="IANA time zone of the hospital (e.g. Europe/London): of naive times, calendar days and the pages."
        ),
    ] = "UTC",
    certificate: Annotated[
        Path | None, typer.Option(help="TLS certificate (PEM) for pages and MLLP.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Its key (PEM).")] = None,
    clients: Annotated[Path | None, typer.Option(help="Authorities of MLLP clients' certificates.")] = None,
    anchors: Annotated[
        Path | None, typer.Option(help="File that gets the audit's last hash every day.")
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            help="Address or network of a reverse proxy whose X-Forwarded headers are believed; may be repeated."
        ),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="A simulated hospital over real MLLP and FHIR.")
    ] = False,
    patients: Annotated[
        int, typer.Option(help="Number of simulated patients; above 60 needs the extra `simulate`.")
    ] = 60,
    speed: Annotated[float, typer.Option(help="How fast the simulated day runs.")] = 60.0,
    zone: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Watch a ward: HL7, FHIR, csv and MQTT in; scores, clocks and alerts up to date; a board in the browser.

    Silent unless --speaking names wards: alerts are recorded and nobody is called. For research; not a medical device.
    """
    if context.invoked_subcommand is not None:
        of_lists = {"site": site, "timezone": timezone} if site else {}
        context.default_map = {name: {"database": database} for name in ("user", "feed")} | {"lint": of_lists}
        return
    if demo:
        context.obj(patients, speed, host, port, mllp)
        return
    zone = renamed_option("--zone", zone, "--timezone", timezone)
    check_zone(zone)
    if (certificate is None) != (key is None) or (clients is not None and certificate is None):
        raise OutputError(
            "TLS needs both --certificate and --key; --clients needs them too. Nothing was started in clear."
        )
    in_networks(trusted_proxy or ())
    tls = server_tls(certificate, key, clients) if certificate is not None else None
    allowed = frozenset("PTD" if training else "P")
    named = [("hl7", mllp)] * (mllp >= 0) + [_feed_and_port(said) for said in listen or ()]
    listeners = tuple(Listener(feed, host, at, tls, allowed) for feed, at in named)
    policy = AlertPolicy(
        silent=speaking != "all",
        speaking_wards=frozenset(
            w.strip() for w in (speaking or "").split(",") if w.strip() and speaking != "all"
        ),
        deadlines=tuple(c.strip() for c in clock.split(",") if c.strip()),
    )
    plan = WardConfig(
        database=database,
        site=read_site(site, zone),
        watching=watched(USUAL_SCORES, USUAL_PHENOTYPES, USUAL_CLOCKS, zone),
        policy=policy,
        listeners=listeners,
        folder=folder,
        broker=_broker(mqtt),
        channels=_channels(webhook, fhir_out),
        web=Settings(
            host,
            port,
            zone,
            policy.silent,
            False,
            certificate,
            key,
            trusted_proxies=tuple(trusted_proxy or ()),
        ),
        anchors=anchors,
    )
    start(plan)


def start(plan: WardConfig, beside: Callable[[WardServer], Awaitable] | None = None) -> None:
    """Runs a ward until it is stopped, after its address is printed; stands by while another has the database."""
    try:
        asyncio.run(_run(plan, beside))
    except KeyboardInterrupt:
        pass
    except OSError as problem:
        raise OutputError(
            f"The ward cannot listen ({problem.strerror}). Choose other ports with --port and --mllp."
        ) from problem


SWITCH_EVERY = 0.001  # seconds: messages are acknowledged while the engine works


async def _run(plan: WardConfig, beside: Callable[[WardServer], Awaitable] | None) -> None:
    sys.setswitchinterval(SWITCH_EVERY)
    lease = Lease(open_database(plan.database, plan.wait_for_database))
    if not lease.try_take():
        console.print(
            "Another ward is at work on this database. This one stands by and takes over when that ends."
        )
        if not await stand_by(lease, plan.web):
            return
    house = WardServer(plan, lease)
    password = house.first_admin()
    await house.run(lambda: _say_where(plan, password), (lambda: beside(house)) if beside else None)


def _say_where(plan: WardConfig, password: str | None) -> None:
    scheme = "https" if plan.web.secure else "http"
    console.print(f"The board: {scheme}://{plan.web.host}:{plan.web.port}")
    for listener in plan.listeners:
        console.print(
            f"HL7 over MLLP: {listener.host}:{listener.port}; FHIR: {scheme}://{plan.web.host}:{plan.web.port}/fhir"
        )
    if password:
        console.print(_said_of(password, plan.database), markup=False)
    console.print("For research; not a medical device. Stop with Ctrl-C.")


def _said_of(password: str, database: str) -> str:
    """How the first administrator learns the password: on a terminal, else from a file that only its owner may read."""
    if sys.stdout.isatty():
        return f"Log in as 'admin' with the password {password} (shown this once)."
    beside = Path("ward") if database.startswith("postgres") else Path(database)
    path = beside.with_name(beside.name + ".admin-password")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(password + "\n")
    return f"Log in as 'admin' with the password in {path} (only you may read it), then delete that file."


def _feed_and_port(said: str) -> tuple[str, int]:
    feed, _, port = said.rpartition(":")
    if not feed or not port.isdigit():
        raise OutputError(f"--listen {said!r} is not understood. Write the feed and its port, as lab:2576.")
    return feed, int(port)


def _broker(said: str | None) -> Broker | None:
    if said is None:
        return None
    place, _, topic = said.partition("/")
    host, _, port = place.partition(":")
    if port and not port.isdigit():
        raise OutputError(f"--mqtt {said!r} is not understood. Write it as localhost:1883/devices/#.")
    user, password = (os.environ.get(f"OPENSEPSIS_MQTT_{name}") for name in ("USER", "PASSWORD"))
    return Broker((topic or "#",), host, int(port or 1883), user=user, password=password)


def _channels(webhook: str | None, fhir_out: Path | None) -> tuple:
    found = []
    if webhook:
        secret = os.environ.get("OPENSEPSIS_WEBHOOK_SECRET", "")
        found.append(Webhook("webhook", webhook, secret.encode()))
    if fhir_out:
        found.append(FhirFile("fhir", fhir_out))
    return tuple(found)


@ward.command("lint")
def lint_site(
    files: Annotated[list[Path], typer.Argument(help="Recordings: HL7 files, NDJSON of FHIR, csv folders.")],
    site: Annotated[Path | None, typer.Option(help="Folder with the site's lists.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Zone of times without one.")] = "UTC",
) -> None:
    """List the codes and units of recordings that no map knows, the most frequent first."""
    found = lint(read_site(site), [step for path in files for step in read_recording(path, timezone)])
    table = Table(
        title=f"{found.messages:,} messages, {found.used:,} values used, {found.dead:,} not readable"
    )
    for column in ("times", "kind", "system", "code", "unit", "why"):
        table.add_column(column)
    for row in found.rows:
        table.add_row(f"{row.times:,}", row.kind, row.system, row.code, row.unit, row.why)
    console.print(table)
    raise typer.Exit(1 if found.rows else 0)


@ward.command("user")
def set_user(
    name: Annotated[str, typer.Argument(help="Name of the user.")],
    role: Annotated[str, typer.Option(help="viewer, nurse, physician or admin")] = "viewer",
    wards: Annotated[str, typer.Option(help="Wards they see, with commas; empty for all.")] = "",
    database: DatabaseAt = "ward.db",
) -> None:
    """Add a user, or set the password, role and wards of one."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    listed = frozenset(w.strip() for w in wards.split(",") if w.strip()) or None
    with closing(open_database(database)) as opened:
        Accounts(opened).add(name, password, role, listed)
    console.print("Saved.")


@ward.command("feed")
def new_feed(
    name: Annotated[str, typer.Argument(help="Name of the feed that sends over HTTP.")],
    database: DatabaseAt = "ward.db",
) -> None:
    """Make the token by which a feed may post FHIR; an earlier one no longer holds."""
    with closing(open_database(database)) as opened:
        console.print(Accounts(opened).new_feed_token(name), markup=False)


@ward.command("replay")
def replay(
    recording: Annotated[Path, typer.Argument(help="HL7 files or NDJSON of FHIR.")],
    host: Annotated[str, typer.Option(help="Where the ward runs.")] = "127.0.0.1",
    mllp: Annotated[int, typer.Option(help="Its MLLP port.")] = 2575,
    fhir: Annotated[
        str | None, typer.Option(help="Its address for FHIR; token in OPENSEPSIS_FEED_TOKEN.")
    ] = None,
    speed: Annotated[
        float | None, typer.Option(help="How many times as fast as it was; as fast as it goes without.")
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="Zone of times without one.")] = "UTC",
) -> None:
    """Send a recording to a running ward over real connections."""
    steps = read_recording(recording, timezone)
    token = os.environ.get("OPENSEPSIS_FEED_TOKEN", "")
    wire = OverTheWire(Target(host, mllp), fhir, {"Authorization": f"Bearer {token}"} if token else {})

    async def send() -> None:
        await play(steps, wire, clock_for(steps, speed))
        await wire.close()

    asyncio.run(send())
    hint = " Training messages (MSH-11 T) need a ward with --training." if wire.refused else ""
    console.print(f"{len(steps):,} messages sent, {wire.refused:,} refused.{hint}")


@audit.callback()
def of_the_audit() -> None:
    """The audit of who saw and did what."""


@audit.command("verify")
def verify(
    database: DatabaseAt = "ward.db",
    anchors: Annotated[
        Path | None, typer.Option(help="Anchor file, to detect entries deleted from the end.")
    ] = None,
) -> None:
    """Verify that no entry of the audit log was changed, deleted or moved."""
    if not database.startswith("postgres") and not Path(database).is_file():
        raise MissingError(f"There is no database {database}. Name the ward's with --database.")
    with closing(open_database(database)) as opened:
        found = Audit(opened).verify(read_anchors(anchors) if anchors else ())
    if not found.whole:
        console.print(
            f"Audit log verification FAILED at {found.fault}; the first {found.lines:,} entries are intact.",
            style="red",
            markup=False,
        )
        raise typer.Exit(1)
    console.print(
        f"Audit log verified: {found.lines:,} entries, intact. Last hash {found.last}.", markup=False
    )


@audit.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="File for one AuditEvent (FHIR R4) a line.")],
    database: DatabaseAt = "ward.db",
) -> None:
    """Write the audit as FHIR AuditEvent, for a hospital's own audit repository."""
    if not database.startswith("postgres") and not Path(database).is_file():
        raise MissingError(f"There is no database {database}. Name the ward's with --database.")
    with closing(open_database(database)) as opened, file.open("wb") as out:
        count = sum(1 for event in audit_events(Audit(opened)) if out.write(orjson.dumps(event) + b"\n"))
    console.print(f"{count:,} lines written to {file}.", markup=False)
