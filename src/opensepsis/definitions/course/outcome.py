"""How it ended."""

from opensepsis.definitions.concepts import cultures
from opensepsis.definitions.concepts.wording import PLACES
from opensepsis.definitions.course.lists import codes
from opensepsis.rules import Criterion, Died, Finding, LaterStay, Part, WentTo, days

_TITLES = {
    "home": "Left for home",
    "home_care": "Left for home with care",
    "nursing": "Left for a nursing home",
    "rehabilitation": "Left for rehabilitation",
    "long_term_care": "Left for long-term acute care",
    "hospice": "Left for a hospice",
    "other_hospital": "Left for another hospital",
    "ward": "Left for another ward",
    "against_advice": "Left against advice",
    "": "Left for a place that no list names",
}


def _outcome(name: str, title: str, *marks: Criterion) -> Finding:
    return Finding(name=name, title=title, part=Part.OUTCOME, marks=marks)


def _went_to(kind: str) -> tuple[WentTo, ...]:
    also = ("psychiatric",) if kind == "other_hospital" else ()
    return tuple(WentTo(places=PLACES, kind=place) for place in (kind, *also))


OUTCOMES = (
    _outcome("died_in_stay", "Died in the stay", Died(in_stay=True, places=PLACES)),
    _outcome("died_later", "Died after the stay", Died(in_stay=False, places=PLACES)),
    *(_outcome(f"to_{kind or 'other_place'}", title, *_went_to(kind)) for kind, title in _TITLES.items()),
    _outcome(
        "readmitted_with_infection",
        "Back in hospital with an infection within 30 days",
        LaterStay(within=days(30), concept=cultures.DIAGNOSIS, reading=codes("infection")),
    ),
)
