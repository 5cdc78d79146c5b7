"""How the pages are served."""

from dataclasses import dataclass, field
from pathlib import Path

from opensepsis.uses.ward.cds.clients import CdsHooks
from opensepsis.uses.ward.ingest.fhir_subscriber import Subscriber
from opensepsis.uses.ward.notify.alert_subscriptions import AlertSubscriptions
from opensepsis.uses.ward.notify.answer_links import AnswerLinks
from opensepsis.uses.ward.notify.rota import Rota
from opensepsis.uses.ward.security.openid import OpenID
from opensepsis.uses.ward.security.smart import SmartServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy


@dataclass(frozen=True)
class Settings:
    """Where to listen and how to behave. Loopback unless another host is named; times are shown in `zone`.

    `silent` says on every page that alerts are only recorded; `secure` marks cookies for TLS only.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    zone: str = "UTC"
    silent: bool = True
    demonstration: bool = False
    certificate: Path | None = None
    key: Path | None = None
    largest_body: int = 16 * 2**20
    largest_form: int = 64 * 2**10
    body_seconds: float = 30.0  # a body that has not come by then is refused
    requests_per_minute: int = 1200  # of a session; of an address without one
    feed_requests_per_second: int = 2000  # of a feed's token
    connections: int = 500
    connections_of_address: int = 100  # but of a trusted proxy
    connections_for_feeds: int = 100  # kept for addresses from which a feed has sent
    trusted_proxies: tuple[str, ...] = ()  # whose X-Forwarded-For and -Proto are believed
    frozen_after: int = 10  # seconds without a round of the engine
    metrics_token: str = ""
    openid: OpenID | None = None  # who signs on elsewhere; None for passwords alone
    cds_hooks: CdsHooks | None = None  # record systems that may ask for cards
    smart: tuple[SmartServer, ...] = ()  # record systems that may launch the ward; needs the address
    base_policy: AlertPolicy = field(
        default_factory=AlertPolicy
    )  # the rules without those that two persons agreed on
    policy: AlertPolicy = field(default_factory=AlertPolicy)  # the rules in force
    rules_problem: str = ""  # why rules that were agreed on are not in force
    embedded_in: tuple[str, ...] = ()  # origins of record systems whose pages may show the ward within them
    address: str = ""  # where browsers find the ward, for links that are sent
    answer_links: AnswerLinks | None = None  # by which people on call answer; needs the address
    rota: Rota | None = None
    alert_subscriptions: AlertSubscriptions | None = None  # of others; they need the address
    subscribers: tuple[Subscriber, ...] = ()  # whom FHIR servers notify; they need the address
    speed: float = 1.0  # how fast the ward's clock runs against the wall's

    @property
    def is_embedded(self) -> bool:
        """Whether pages of others may show the ward within them, so that cookies must come along there."""
        return bool(self.embedded_in)

    @property
    def secure(self) -> bool:
        """Whether the pages come over TLS."""
        return self.certificate is not None
