"""The commands `opensepsis ward …` and `opensepsis audit …`."""

import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from opensepsis.data.decode.site import read_site
from opensepsis.data.intake.timestamps import check_zone
from opensepsis.errors import OutputError
from opensepsis.renamed_options import renamed_option
from opensepsis.uses.ward.ingest.mllp_client import Target
from opensepsis.uses.ward.ingest.mllp_server import Listener
from opensepsis.uses.ward.ingest.mqtt import Broker
from opensepsis.uses.ward.ingest.recordings import read_recording
from opensepsis.uses.ward.ingest.replay import OverTheWire, clock_for, play
from opensepsis.uses.ward.ingest.tls import server_tls
from opensepsis.uses.ward.lint import lint
from opensepsis.uses.ward.notify.fhir import FhirFile
from opensepsis.uses.ward.notify.webhook import Webhook
from opensepsis.uses.ward.security.accounts import Accounts
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.service.stand_by import stand_by
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import USUAL_CLOCKS, USUAL_PHENOTYPES, USUAL_SCORES, watched
from opensepsis.uses.ward.store.database import open_database
from opensepsis.uses.ward.store.lease import Lease
from opensepsis.uses.ward.web.limits import in_networks
from opensepsis.uses.ward.web.settings import Settings

console = Console(soft_wrap=True)
ward = typer.Typer(invoke_without_command=True, no_args_is_help=False)


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
    host: Annotated[
        str, typer.Option(help="Network address that the web server and MLLP listen on.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the web pages and FHIR endpoint.")] = 8080,
    mllp: Annotated[
        list[str] | None,
        typer.Option(
            help="HL7 over MLLP: a port (default 2575), or feed:port such as lab:2576; may be repeated; 'none' turns it off."
        ),
    ] = None,
    training: Annotated[bool, typer.Option(help="Also accept training messages (MSH-11 T and D).")] = False,
    folder: Annotated[Path | None, typer.Option(help="CSV folder to follow for new rows.")] = None,
    mqtt: Annotated[
        str | None,
        typer.Option(
            help="MQTT broker of bedside devices: host:port/topic, such as localhost:1883/devices/#. "
            "User and password are read from OPENSEPSIS_MQTT_USER and OPENSEPSIS_MQTT_PASSWORD."
        ),
    ] = None,
    active_wards: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated wards for which alerts are sent, or 'all'; all others run in silent mode."
        ),
    ] = None,
    overdue_alerts_for: Annotated[
        str, typer.Option(help="Care bundles whose overdue tasks raise an alert.")
    ] = "ssc2026_adults,ssc2026_children",
    webhook: Annotated[
        str | None,
        typer.Option(help="URL that receives alerts; the secret is read from OPENSEPSIS_WEBHOOK_SECRET."),
    ] = None,
    fhir_out: Annotated[
        Path | None,
        typer.Option(help="NDJSON file for alerts as FHIR Flag, RiskAssessment and Communication."),
    ] = None,
    timezone: Annotated[
        str,
        typer.Option(
            help="IANA time zone of the hospital (e.g. Europe/London). Applied to naive timestamps, calendar days and the pages."
        ),
    ] = "UTC",
    certificate: Annotated[
        Path | None, typer.Option(help="TLS certificate (PEM) for the web pages and MLLP.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Private key of the certificate (PEM).")] = None,
    client_ca: Annotated[
        Path | None,
        typer.Option(help="CA bundle used to verify MLLP client certificates (mutual TLS)."),
    ] = None,
    audit_anchor_file: Annotated[
        Path | None, typer.Option(help="File that receives the last hash of the audit log every day.")
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            help="Address or network of a reverse proxy whose X-Forwarded headers are trusted; may be repeated."
        ),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Run a simulated hospital over real MLLP and FHIR.")
    ] = False,
    patients: Annotated[
        int, typer.Option(help="Number of simulated patients; above 60 needs the extra `simulate`.")
    ] = 60,
    speed: Annotated[
        float, typer.Option(help="Playback speed of the simulated day, as a multiple of real time.")
    ] = 60.0,
    zone: Annotated[str | None, typer.Option(hidden=True)] = None,
    listen: Annotated[list[str] | None, typer.Option(hidden=True)] = None,
    speaking: Annotated[str | None, typer.Option(hidden=True)] = None,
    clock: Annotated[str | None, typer.Option(hidden=True)] = None,
    clients: Annotated[Path | None, typer.Option(hidden=True)] = None,
    anchors: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Monitor a ward from HL7, FHIR, CSV and MQTT feeds, and show current scores, care bundles and alerts on a board in the browser.

    Runs in silent mode unless --active-wards names wards: alerts are recorded but not sent. For research; not a medical device.
    """
    if context.invoked_subcommand is not None:
        of_lists = {"site": site, "timezone": timezone} if site else {}
        context.default_map = {name: {"database": database} for name in ("user", "feed")} | {"lint": of_lists}
        return
    if demo:
        context.obj(patients, speed, host, port, _demonstration_port(mllp))
        return
    zone = renamed_option("--zone", zone, "--timezone", timezone)
    active_wards = renamed_option("--speaking", speaking, "--active-wards", active_wards)
    overdue_alerts_for = renamed_option("--clock", clock, "--overdue-alerts-for", overdue_alerts_for)
    client_ca = renamed_option("--clients", clients, "--client-ca", client_ca)
    audit_anchor_file = renamed_option("--anchors", anchors, "--audit-anchor-file", audit_anchor_file)
    feeds = mllp_feeds(mllp) + mllp_feeds(renamed_option("--listen", listen, "--mllp", []))
    check_zone(zone)
    if (certificate is None) != (key is None) or (client_ca is not None and certificate is None):
        raise OutputError(
            "TLS needs both --certificate and --key, and so does --client-ca. Refusing to start without TLS."
        )
    in_networks(trusted_proxy or ())
    tls = server_tls(certificate, key, client_ca) if certificate is not None else None
    allowed = frozenset("PTD" if training else "P")
    listeners = tuple(Listener(feed, host, at, tls, allowed) for feed, at in feeds)
    policy = AlertPolicy(
        silent=active_wards != "all",
        speaking_wards=frozenset(
            w.strip() for w in (active_wards or "").split(",") if w.strip() and active_wards != "all"
        ),
        deadlines=tuple(c.strip() for c in overdue_alerts_for.split(",") if c.strip()),
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
        anchors=audit_anchor_file,
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
            "Another ward process is running on this database. This one is on standby and takes over when the other stops."
        )
        if not await stand_by(lease, plan.web):
            return
    house = WardServer(plan, lease)
    password = house.first_admin()
    await house.run(lambda: _say_where(plan, password), (lambda: beside(house)) if beside else None)


def _say_where(plan: WardConfig, password: str | None) -> None:
    scheme = "https" if plan.web.secure else "http"
    console.print(f"Board: {scheme}://{plan.web.host}:{plan.web.port}")
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


USUAL_MLLP = 2575


def mllp_feeds(given: list[str] | None) -> list[tuple[str, int]]:
    """Each HL7 feed with its port, as --mllp names them; a bare port is the feed `hl7`. OutputError: neither.

    >>> mllp_feeds(None), mllp_feeds(["none"]), mllp_feeds(["2575", "lab:2576"])
    ([('hl7', 2575)], [], [('hl7', 2575), ('lab', 2576)])
    """
    if given is None:
        return [("hl7", USUAL_MLLP)]
    return [_feed_and_port(one) for one in given if one not in ("none", "-1")]


def _feed_and_port(one: str) -> tuple[str, int]:
    feed, _, port = one.rpartition(":")
    if not port.isdigit() or (":" in one and not feed):
        raise OutputError(
            f"--mllp {one!r} is not understood. Give a port, or feed:port such as lab:2576, or none."
        )
    return feed or "hl7", int(port)


def _demonstration_port(given: list[str] | None) -> int:
    """The one port of the demonstration; -1 for none."""
    return next((port for _, port in mllp_feeds(given)), -1)


def _broker(said: str | None) -> Broker | None:
    if said is None:
        return None
    place, _, topic = said.partition("/")
    host, _, port = place.partition(":")
    if port and not port.isdigit():
        raise OutputError(
            f"--mqtt {said!r} is not understood. Write it as host:port/topic, such as localhost:1883/devices/#."
        )
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
    files: Annotated[
        list[Path],
        typer.Argument(help="Recordings: HL7 files, NDJSON files of FHIR resources, or CSV folders."),
    ],
    site: Annotated[Path | None, typer.Option(help="Folder with the site's code lists.")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA time zone of naive timestamps.")] = "UTC",
) -> None:
    """List the unmapped codes and units in recordings, most frequent first."""
    found = lint(read_site(site), [step for path in files for step in read_recording(path, timezone)])
    table = Table(title=f"{found.messages:,} messages, {found.used:,} values used, {found.dead:,} unreadable")
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
    wards: Annotated[str, typer.Option(help="Comma-separated wards the user may see; empty for all.")] = "",
    database: DatabaseAt = "ward.db",
) -> None:
    """Add a user, or change the password, role and wards of an existing user."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    listed = frozenset(w.strip() for w in wards.split(",") if w.strip()) or None
    with closing(open_database(database)) as opened:
        Accounts(opened).add(name, password, role, listed)
    console.print("Saved.")


@ward.command("feed")
def new_feed(
    name: Annotated[str, typer.Argument(help="Name of the feed that posts FHIR over HTTP.")],
    database: DatabaseAt = "ward.db",
) -> None:
    """Create an API token for a FHIR feed. This revokes the previous token."""
    with closing(open_database(database)) as opened:
        console.print(Accounts(opened).new_feed_token(name), markup=False)


@ward.command("replay")
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
    timezone: Annotated[str | None, typer.Option(help="IANA time zone of naive timestamps.")] = "UTC",
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
    console.print(f"{len(steps):,} messages sent, {wire.refused:,} refused.{hint}")
