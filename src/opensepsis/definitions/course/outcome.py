"""How it ended."""

from opensepsis.definitions.concepts import cultures
from opensepsis.definitions.concepts.wording import PLACES
from opensepsis.definitions.course.lists import codes
from opensepsis.rules import Criterion, Died, Finding, LaterStay, Part, WentTo, days

_TITLES = {
    "home": "Discharged home",
    "home_care": "Discharged home with home care",
    "nursing": "Discharged to a nursing home",
    "rehabilitation": "Discharged to rehabilitation",
    "long_term_care": "Discharged to long-term acute care",
    "hospice": "Discharged to a hospice",
    "other_hospital": "Transferred to another hospital",
    "ward": "Transferred to another ward",
    "against_advice": "Left against medical advice",
    "": "Discharged elsewhere (on no list)",
}


def _outcome(name: str, title: str, *marks: Criterion) -> Finding:
    return Finding(name=name, title=title, part=Part.OUTCOME, marks=marks)


def _went_to(kind: str) -> tuple[WentTo, ...]:
    also = ("psychiatric",) if kind == "other_hospital" else ()
    return tuple(WentTo(places=PLACES, kind=place) for place in (kind, *also))


OUTCOMES = (
    _outcome("died_in_stay", "Died during the stay", Died(in_stay=True, places=PLACES)),
    _outcome("died_later", "Died after the stay", Died(in_stay=False, places=PLACES)),
    *(_outcome(f"to_{kind or 'other_place'}", title, *_went_to(kind)) for kind, title in _TITLES.items()),
    _outcome(
        "readmitted_with_infection",
        "Readmission with an infection within 30 days",
        LaterStay(within=days(30), concept=cultures.DIAGNOSIS, reading=codes("infection")),
    ),
)
