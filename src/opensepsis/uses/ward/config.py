"""From options to the configuration of a ward: what is given together must fit together."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from opensepsis.data.decode.site import read_site
from opensepsis.data.intake.timestamps import check_zone
from opensepsis.errors import OutputError
from opensepsis.renamed_options import renamed_option
from opensepsis.uses.ward.cds.clients import CdsHooks
from opensepsis.uses.ward.config_file import MQTT_PASSWORD, WEBHOOK_SECRET, secret
from opensepsis.uses.ward.ingest.fhir_source import FhirSource
from opensepsis.uses.ward.ingest.mllp_server import Listener
from opensepsis.uses.ward.ingest.mqtt import Broker
from opensepsis.uses.ward.ingest.tls import server_tls
from opensepsis.uses.ward.notify.fhir import FhirFile
from opensepsis.uses.ward.notify.rota import read_rota
from opensepsis.uses.ward.notify.webhook import Webhook
from opensepsis.uses.ward.security.openid import OpenID
from opensepsis.uses.ward.security.published_keys import is_encrypted
from opensepsis.uses.ward.security.smart import SmartServer
from opensepsis.uses.ward.server import WardConfig
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import USUAL_CLOCKS, USUAL_PHENOTYPES, USUAL_SCORES, watched
from opensepsis.uses.ward.web.limits import in_networks
from opensepsis.uses.ward.web.settings import Settings

RENAMED = {
    "zone": "timezone",
    "speaking": "active_wards",
    "clock": "overdue_alerts_for",
    "clients": "client_ca",
    "anchors": "audit_anchor_file",
}


def config_of(
    given: Mapping,
    openid: OpenID | None = None,
    cds_hooks: CdsHooks | None = None,
    smart: tuple[SmartServer, ...] = (),
    fhir_sources: tuple[FhirSource, ...] = (),
) -> WardConfig:
    """The configuration that the options of `opensepsis ward` ask for, by their names.

    OutputError and SourceError say which do not fit together or cannot be used. Nothing is opened or listened to yet.
    """
    said = dict(given)
    for earlier, now in RENAMED.items():
        options = [f"--{name.replace('_', '-')}" for name in (earlier, now)]
        said[now] = renamed_option(options[0], said[earlier], options[1], said[now])
    feeds = mllp_feeds(said["mllp"]) + mllp_feeds(renamed_option("--listen", said["listen"], "--mllp", []))
    zone, certificate, key = (said[name] for name in ("timezone", "certificate", "key"))
    check_zone(zone)
    if (certificate is None) != (key is None) or (said["client_ca"] is not None and certificate is None):
        raise OutputError(
            "TLS needs both --certificate and --key, and so does --client-ca. Refusing to start without TLS."
        )
    in_networks(said["trusted_proxy"] or ())
    if smart and not said["address"]:
        raise OutputError("[[smart]] needs the option address: the address at which browsers reach the ward.")
    if fhir_sources and not said["address"]:
        raise OutputError(
            "[[fhir_sources]] needs the option address: the address at which the servers reach the ward."
        )
    if said["rota"] is not None:
        read_rota(said["rota"], zone)
    tls = server_tls(certificate, key, said["client_ca"]) if certificate is not None else None
    allowed = frozenset("PTD" if said["training"] else "P")
    policy = _policy(said["active_wards"] or "", said["overdue_alerts_for"])
    return WardConfig(
        database=said["database"],
        site=replace(read_site(said["site"], zone), training=bool(said["training"])),
        watching=watched(USUAL_SCORES, USUAL_PHENOTYPES, USUAL_CLOCKS, zone),
        policy=policy,
        listeners=tuple(Listener(feed, said["host"], at, tls, allowed) for feed, at in feeds),
        folder=said["folder"],
        broker=_broker(said["mqtt"]),
        channels=_channels(said["webhook"], said["fhir_out"]),
        web=Settings(
            said["host"],
            said["port"],
            zone,
            policy.silent,
            False,
            certificate,
            key,
            trusted_proxies=tuple(said["trusted_proxy"] or ()),
            openid=openid,
            address=_address(said["address"]),
            embedded_in=_origins(said["embedded_in"] or ()),
            cds_hooks=cds_hooks,
            smart=smart,
        ),
        anchors=said["audit_anchor_file"],
        rota=said["rota"],
        fhir_sources=fhir_sources,
    )


def _origins(given: Sequence[str]) -> tuple[str, ...]:
    """Origins as a browser writes them; OutputError for an address with a path, a wildcard, or one that is not encrypted."""
    for origin in given:
        parts = urlsplit(origin)
        plain = (
            parts.netloc
            and not (set(parts.netloc) & set("*@ ;,'"))
            and origin == f"{parts.scheme}://{parts.netloc}"
        )
        if not plain or not is_encrypted(origin):
            raise OutputError(
                "--embedded-in must be an origin such as https://ehr.example:8443, without a path (http is accepted only for this machine)."
            )
    return tuple(given)


def _address(address: str | None) -> str:
    """The address for links; OutputError for one that is not encrypted."""
    if address and not is_encrypted(address):
        raise OutputError("--address must be an https address (http is accepted only for this machine).")
    return address or ""


def _policy(active: str, overdue: str) -> AlertPolicy:
    return AlertPolicy(
        silent=active != "all",
        speaking_wards=frozenset(w.strip() for w in active.split(",") if w.strip() and active != "all"),
        deadlines=tuple(c.strip() for c in overdue.split(",") if c.strip()),
    )


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


def demonstration_port(given: list[str] | None) -> int:
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
    user, password = os.environ.get("OPENSEPSIS_MQTT_USER"), secret(MQTT_PASSWORD) or None
    return Broker((topic or "#",), host, int(port or 1883), user=user, password=password)


def _channels(webhook: str | None, fhir_out: Path | None) -> tuple:
    found = []
    if webhook:
        found.append(Webhook("webhook", webhook, secret(WEBHOOK_SECRET).encode()))
    if fhir_out:
        found.append(FhirFile("fhir", fhir_out))
    return tuple(found)
