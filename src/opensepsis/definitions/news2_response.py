"""What the Royal College of Physicians asks for at each NEWS2: how often to measure, and whom to call.

The words are short forms of charts 2 and 4 of the report, not quotations.
"""

from dataclasses import dataclass
from datetime import timedelta

from opensepsis.definitions.papers import memory
from opensepsis.definitions.scores.news2 import NEWS2
from opensepsis.rules import Paper, hours

SOURCE = Paper(
    "Royal College of Physicians. National Early Warning Score (NEWS) 2. London 2017",
    "",
    "Charts 2 and 4",
    (memory(),),
)
RED_SCORE = 3  # points of a single row


@dataclass(frozen=True)
class Response:
    """The answer from a total of `from_points` on, or with `single` when one row alone has `RED_SCORE` points.

    `every`: the longest time between two sets of observations; None means continuous monitoring.
    """

    band: str
    from_points: int
    frequency: str
    every: timedelta | None
    words: str
    single: bool = False


RESPONSES = (
    Response("0", 0, "at least every 12 h", hours(12), "Continue routine NEWS monitoring."),
    Response(
        "1–4, low",
        1,
        "at least every 4 to 6 h",
        hours(6),
        "Inform the registered nurse, who assesses the patient and decides on more frequent monitoring or escalation.",
    ),
    Response(
        "3 in one parameter",
        1,
        "at least every hour",
        hours(1),
        "The registered nurse informs the medical team, who review the patient and decide on escalation.",
        single=True,
    ),
    Response(
        "5–6, urgent response",
        NEWS2.bands["medium"],
        "at least every hour",
        hours(1),
        "Inform the medical team immediately; urgent assessment by a clinician or team competent in acute illness; "
        "care in a place with monitoring.",
    ),
    Response(
        "7 or more, emergency response",
        NEWS2.bands["high"],
        "continuous monitoring",
        None,
        "Inform the medical team immediately, at least at specialist registrar level; emergency assessment by a team with "
        "critical-care skills, including the airway; consider high-dependency or intensive care.",
    ),
)


def response_to(total: int, highest_row: int) -> Response:
    """The answer to a total and the most points of any one row.

    >>> response_to(4, 2).frequency, response_to(3, 3).frequency, response_to(7, 3).every
    ('at least every 4 to 6 h', 'at least every hour', None)
    """
    answers = [r for r in RESPONSES if total >= r.from_points and (not r.single or highest_row >= RED_SCORE)]
    return answers[-1]
