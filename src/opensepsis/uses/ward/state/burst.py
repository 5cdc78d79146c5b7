"""Many messages about one patient at once, as after a feed was down: judged when they are in. Times in whole microseconds (UTC)."""

from dataclasses import dataclass

from opensepsis.definitions.concepts import vitals
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import Concept
from opensepsis.uses.ward.model.facts import Charted, Fact
from opensepsis.uses.ward.state.alert_policy import AlertPolicy

VITALS = frozenset(c.name for c in vars(vitals).values() if isinstance(c, Concept))


@dataclass(frozen=True)
class Burst:
    """When the first message of a burst came, and when it is judged unless another comes.

    >>> from opensepsis.engine.live.chart import Event
    >>> late = Charted("A|1", Event("heart_rate", 0, known=0, value=130.0))
    >>> Burst().after(late, 6 * 3_600_000_000, AlertPolicy()).judged_at
    21605000000
    >>> Burst().after(late, 1, AlertPolicy()).judged_at
    """

    since: int | None = None
    judged_at: int | None = None

    def is_on(self, now: int) -> bool:
        """Whether the rest is still waited for."""
        return self.judged_at is not None and now < self.judged_at

    def after(self, fact: Fact, received: int, policy: AlertPolicy) -> "Burst":
        """After another fact: one about vital signs of long ago may begin a burst, and any goes on with one that is on."""
        on = self.is_on(received)
        if not on and not _is_late(fact, received, policy):
            return self
        since = self.since if on and self.since is not None else received
        return Burst(
            since,
            min(
                received + to_microseconds(policy.burst_pause), since + to_microseconds(policy.burst_longest)
            ),
        )


def _is_late(fact: Fact, received: int, policy: AlertPolicy) -> bool:
    """A vital sign that was measured long before it came."""
    if not isinstance(fact, Charted) or fact.event.concept not in VITALS:
        return False
    said = fact.event.value is not None or fact.event.text is not None
    return said and received - fact.event.time >= to_microseconds(policy.late_after)
