"""A value as the pages write it where the words of its message are not at hand."""

from opensepsis.definitions.printed_units import printed
from opensepsis.engine.live.chart import Event
from opensepsis.engine.semantics.limits import is_limit
from opensepsis.rules import Concept, Kind


def value_in_words(event: Event, concept: Concept) -> str:
    """The value of an event with its unit, or its words.

    >>> from opensepsis.definitions.concepts.labs import LACTATE
    >>> value_in_words(Event("lactate", 0, value=2.0), LACTATE), value_in_words(Event("lactate", 0, value=4.0, text="<"), LACTATE)
    ('2 mmol/L', '<4 mmol/L')
    """
    if event.value is None:
        return event.text or ("running" if concept.kind is Kind.INTERVAL else "done")
    sign = event.text if is_limit(concept, event.value, event.text) else ""
    return f"{sign}{float(f'{event.value:.4g}'):g} {printed(concept.unit)}".strip()
