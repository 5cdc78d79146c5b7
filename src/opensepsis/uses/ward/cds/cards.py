"""What the record system shows of a patient: one card with why now, what is due, and a link. Never an order, never an answer."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from opensepsis.uses.ward.model.views import AlertView, BedView, TaskView
from opensepsis.uses.ward.state.alert_inputs import SHORT

LONGEST_SUMMARY = 139  # CDS Hooks: fewer than 140 characters
INDICATORS = {"critical": "critical", "alert": "warning", "watch": "info"}
OVERRIDES = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
# of HL7's list for CDS Hooks 3.0 (3.0.0-ballot, 15 December 2025) those that an adult's or child's alert may meet, with its displays
REASONS = {
    "action-completed": "Recommended action was already completed",
    "indication-order-exists": "Patient has indication/order for intended action",
    "patient-ineligible": "Patient does not meet eligibility for recommended action",
    "action-not-priority": "Recommended action is not relevant or a priority in current state of health",
    "need-more-info": "Could not address recommended action due to need for more information/pending results/pending consult",
    "inappropriate-recipient": "PC CDS delivered to inappropriate recipient/role",
    "recipient-does-not-trust": "Recipient does not agree with or trust the recommended action",
    "patient-refuses": "Patient refuses/declines (no context given)*",
}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~])")
HELD = ("acknowledged", "snoozed")


@dataclass(frozen=True)
class Service:
    """One service: when the record system calls it, and which patients get a card."""

    name: str
    hook: str
    title: str
    description: str
    card_for: Callable[[BedView], bool]


def waits(bed: BedView) -> bool:
    """Whether somebody must answer an alert."""
    return bed.alert is not None and bed.alert.unanswered


def is_at_risk(bed: BedView) -> bool:
    """Whether an alert stands, answered or not, and something is due."""
    return (
        bed.next_due is not None
        and bed.alert is not None
        and (bed.alert.unanswered or bed.alert.state in HELD)
    )


SERVICES = {
    one.name: one
    for one in (
        Service(
            "sepsis-patient-view",
            "patient-view",
            "Sepsis: why now",
            "Shows an alert of the ward that waits for an answer, with its reasons and what is due. For research; not a medical device.",
            waits,
        ),
        Service(
            "sepsis-encounter-start",
            "encounter-start",
            "Sepsis: why now",
            "The same when an encounter begins. For research; not a medical device.",
            waits,
        ),
        Service(
            "sepsis-order-sign",
            "order-sign",
            "Sepsis: what is due",
            "Shows what is due next while an alert stands, answered or not. For research; not a medical device.",
            is_at_risk,
        ),
    )
}


def discovery() -> dict:
    """What the ward offers, as CDS Hooks asks."""
    prefetch = {"patient": "Patient/{{context.patientId}}"}
    return {
        "services": [
            {
                "hook": s.hook,
                "id": s.name,
                "title": s.title,
                "description": s.description,
                "prefetch": prefetch,
            }
            for s in SERVICES.values()
        ]
    }


def card(bed: BedView, alert: AlertView, address: str, clock: Callable[[int], str]) -> dict:
    """The card of a patient and the alert; `clock` writes a moment in the hospital's time."""
    reasons = [reason.words for reason in alert.why] or list(alert.reasons)
    return {
        "uuid": str(uuid4()),
        "summary": _shortened(f"Possible sepsis, {alert.level}: {'; '.join(reasons)}"),
        "indicator": INDICATORS[alert.level],
        "detail": "\n".join(_detail(bed, alert, clock)),
        "source": {"label": "opensepsis ward: for research, not a medical device"},
        "links": [
            {
                "label": "Open in the ward",
                "url": f"{address.rstrip('/')}/patient/{bed.key}",
                "type": "absolute",
            }
        ],
        "overrideReasons": [
            {"code": c, "system": OVERRIDES, "display": words} for c, words in REASONS.items()
        ],
    }


def _detail(bed: BedView, alert: AlertView, clock: Callable[[int], str]):
    """Why now, the scores, what is due and what is not known, as Markdown."""
    yield "**Why now**\n"
    for reason in alert.why:
        when = f" (measured {clock(reason.measured)})" if reason.measured is not None else ""
        yield f"* {as_text(reason.words + when)}"
    scores = [
        f"{SHORT.get(s.name, s.title)} {s.total} ({s.rows_known} of {s.of_rows} rows known)"
        for s in bed.scores
        if s.total is not None
    ]
    if scores:
        yield "\n**Scores**: " + as_text("; ".join(scores))
    if bed.next_due is not None:
        yield "\n**Due next**: " + as_text(_due(bed.next_due, clock))
    if bed.stale:
        yield "\n**Older than they may be**: " + as_text(", ".join(bed.stale))
    yield "\n" + as_text(f"Alert {alert.state} since {clock(alert.since)}.")


def _due(task: TaskView, clock: Callable[[int], str]) -> str:
    by = f" by {clock(task.due_by)}" if task.due_by is not None else ""
    return f"{task.title}{by} ({task.clock_title})"


def as_text(words: str) -> str:
    """Words that Markdown shows as they are, whoever wrote them."""
    return _MARKDOWN.sub(r"\\\1", " ".join(words.split()))


def _shortened(words: str) -> str:
    """One sentence that ends at a word."""
    words = " ".join(words.split())
    if len(words) <= LONGEST_SUMMARY:
        return words
    return words[: LONGEST_SUMMARY - 1].rsplit(" ", 1)[0].rstrip(";,") + "…"
