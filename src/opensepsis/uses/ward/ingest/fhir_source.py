"""A FHIR server that tells the ward of changes: what is subscribed to there, and what is asked for to begin with.

Source: Subscriptions R5 Backport (R4), Bulk Data Access 2.0.
"""

from dataclasses import dataclass, field

from opensepsis.errors import OutputError
from opensepsis.uses.ward.security.published_keys import is_encrypted

EXTENSIONS = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
PROFILE = EXTENSIONS + "backport-subscription"
CONTENTS = ("full-resource", "id-only", "empty")
SHORTEST_HEARTBEAT = 5


@dataclass(frozen=True)
class FhirSource:
    """A server, the feed under which its resources are kept, and what is subscribed to.

    `topics` are canonical addresses of SubscriptionTopics, or searches such as `Observation?category=vital-signs` for servers that
    have none. `kinds` are the types that are asked for after a silence and, where `begin_with_bulk`, by $export at the first start.
    """

    feed: str
    server: str
    topics: tuple[str, ...]
    kinds: tuple[str, ...] = ("Patient", "Encounter", "Observation")
    filters: tuple[str, ...] = ()
    content: str = "full-resource"
    heartbeat: int = 60  # seconds
    begin_with_bulk: bool = False
    token: str = field(default="", repr=False)

    def __post_init__(self):
        if not self.feed or not self.topics or not is_encrypted(self.server):
            raise OutputError("Each [[fhir_sources]] needs a feed, an https server and topics.")
        if self.content not in CONTENTS:
            raise OutputError(f"content of [[fhir_sources]] must be one of {', '.join(CONTENTS)}.")
        if self.heartbeat < SHORTEST_HEARTBEAT:
            raise OutputError(f"heartbeat of [[fhir_sources]] must be {SHORTEST_HEARTBEAT} seconds or more.")
        if not all(kind.isalpha() for kind in self.kinds):
            raise OutputError("kinds of [[fhir_sources]] must be resource types, such as Observation.")

    @property
    def base(self) -> str:
        """The server's address without a slash at its end."""
        return self.server.rstrip("/")


def subscription(source: FhirSource, topic: str, endpoint: str, secret: str) -> dict:
    """The Subscription that is created at a server: of a topic as the backport has it, of a search as R4 has it.

    >>> source = FhirSource("ehr", "https://ehr.example.org/fhir", ("Observation?status=final",))
    >>> subscription(source, source.topics[0], "https://ward.example.org/n", "s")["channel"]["type"]
    'rest-hook'
    """
    channel: dict = {
        "type": "rest-hook",
        "endpoint": endpoint,
        "payload": "application/fhir+json",
        "header": [f"Authorization: Bearer {secret}"],
    }
    made: dict = {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "Sepsis scores and care bundles of a ward",
        "criteria": topic,
        "channel": channel,
    }
    if not is_topic(topic):
        return made
    channel["extension"] = [
        {"url": EXTENSIONS + "backport-heartbeat-period", "valueUnsignedInt": source.heartbeat}
    ]
    channel["_payload"] = {
        "extension": [{"url": EXTENSIONS + "backport-payload-content", "valueCode": source.content}]
    }
    made["meta"] = {"profile": [PROFILE]}
    if source.filters:
        filters = [
            {"url": EXTENSIONS + "backport-filter-criteria", "valueString": one} for one in source.filters
        ]
        made["_criteria"] = {"extension": filters}
    return made


def is_topic(said: str) -> bool:
    """Whether something subscribed to is a topic's canonical address, and no search."""
    return "?" not in said and ":" in said
