"""The command `opensepsis ward`: its options, and how it runs."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from opensepsis.errors import OutputError
from opensepsis.uses.ward.cli_config import INSTEAD, config, load_config, tables_of
from opensepsis.uses.ward.cli_options import DatabaseAt, console
from opensepsis.uses.ward.cli_tools import tools
from opensepsis.uses.ward.cli_workbench import workbench
from opensepsis.uses.ward.config import config_of, demonstration_port
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.service.stand_by import stand_by
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.store.database import open_database
from opensepsis.uses.ward.store.lease import Lease

ward = typer.Typer(invoke_without_command=True, no_args_is_help=False)
ward.add_typer(tools)
ward.add_typer(config, name="config")
ward.command("workbench")(workbench)


class Joined(NamedTuple):
    """What another use does for a ward, given by the command that knows both: the demonstration, and a model beside the ward."""

    demonstrate: Callable[..., None]
    early_warning: Callable[[Path, Path], Callable[[Patient, int], None]]


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
    training: Annotated[
        bool, typer.Option(help="Also accept training messages (MSH-11 T and D; FHIR: meta HTEST).")
    ] = False,
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
    rota: Annotated[
        Path | None,
        typer.Option(
            help="CSV file of the on-call rota (ward, from, until, step, name, contact); the webhook then names the person to call."
        ),
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(
            help="Public address of the ward (https://…), used in links with which on-call staff answer alerts."
        ),
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
    embedded_in: Annotated[
        list[str] | None,
        typer.Option(
            help="Origin (https://…) of an EHR that may embed the ward's pages; may be repeated. Default: none."
        ),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            help="Model of `opensepsis predict train`, run for every hour of every visit. Silent: its scores go only to --model-log."
        ),
    ] = None,
    model_log: Annotated[Path, typer.Option(help="File for the scores of --model (NDJSON).")] = Path(
        "ward-model.jsonl"
    ),
    demo: Annotated[
        bool, typer.Option("--demo", help="Run a simulated hospital over real MLLP and FHIR.")
    ] = False,
    patients: Annotated[
        int, typer.Option(help="Number of simulated patients; above 60 needs the extra `simulate`.")
    ] = 60,
    speed: Annotated[
        float, typer.Option(help="Playback speed of the simulated day, as a multiple of real time.")
    ] = 60.0,
    config_file: Annotated[
        Path | None,
        typer.Option(
            "--config",
            is_eager=True,
            callback=load_config,
            help="ward.toml with these options, single sign-on and more; the command line and OPENSEPSIS_WARD_… variables take precedence.",
        ),
    ] = None,
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
    given = dict(locals())
    if context.invoked_subcommand is not None:
        of_lists = {"site": site, "timezone": timezone} if site else {}
        context.default_map = {
            name: {"database": database}
            for name in ("user", "feed", "reader", "backup", "restore", "forget", "workbench")
        } | {"lint": of_lists}
        return
    if demo:
        context.obj.demonstrate(patients, speed, host, port, demonstration_port(mllp))
        return
    plan = config_of(given, *tables_of(context))
    if model is not None and INSTEAD not in context.meta:
        plan = replace(plan, on_hour=context.obj.early_warning(model, model_log))
    context.meta.get(INSTEAD, start)(plan)


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
