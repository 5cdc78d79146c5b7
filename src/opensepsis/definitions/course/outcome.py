"""How it ended."""

from opensepsis.definitions.concepts import cultures
from opensepsis.definitions.course.lists import PLACES, codes
from opensepsis.rules import CaseFinding, Died, LaterStay, Part, WentTo, days

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


def _outcome(name: str, title: str, mark) -> CaseFinding:
    return CaseFinding(name=name, title=title, part=Part.OUTCOME, marks=(mark,))


OUTCOMES = (
    _outcome("died_in_stay", "Died in the stay", Died(in_stay=True, places=PLACES)),
    _outcome("died_later", "Died after the stay", Died(in_stay=False, places=PLACES)),
    *(
        _outcome(f"to_{kind or 'other_place'}", title, WentTo(places=PLACES, kind=kind))
        for kind, title in _TITLES.items()
    ),
    _outcome(
        "readmitted_with_infection",
        "Back in hospital with an infection within 30 days",
        LaterStay(within=days(30), concept=cultures.DIAGNOSIS, reading=codes("infection")),
    ),
)
