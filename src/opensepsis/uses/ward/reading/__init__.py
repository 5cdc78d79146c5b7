"""From a message to what it says: pure, without a clock or files; never raises."""

from collections.abc import Callable

from opensepsis.uses.ward.effects import Problem
from opensepsis.uses.ward.facts import Fact
from opensepsis.uses.ward.message import Message
from opensepsis.uses.ward.reading.charting import Reading
from opensepsis.uses.ward.reading.fhir import read_fhir
from opensepsis.uses.ward.reading.hl7 import read_hl7
from opensepsis.uses.ward.reading.rows import read_csv_row, read_device, read_fact, read_timeline
from opensepsis.uses.ward.reading.site import Site

READERS: dict[str, Callable[[Message, Site], Reading]] = {
    "hl7": read_hl7,
    "fhir": read_fhir,
    "csv": read_csv_row,
    "mqtt": read_device,
    "timeline": read_timeline,
    "act": read_fact,
}


def read(message: Message, site: Site) -> tuple[tuple[Fact, ...], tuple[Problem, ...]]:
    """The facts of a message and what could not be used; a message that cannot be read at all is a dead letter."""
    reader = READERS.get(message.form)
    if reader is None:
        return (), (Problem("dead", "nobody reads this form"),)
    try:
        found = reader(message, site)
    except (
        Exception
    ) as problem:  # whatever a sender wrote must not stop the ward; the message itself is never shown here
        return (), (Problem("dead", f"it could not be read ({type(problem).__name__})"),)
    return tuple(found.facts), tuple(found.problems)
