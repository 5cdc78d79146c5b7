"""From a message to what it says: pure, without a clock or files; never raises."""

from collections.abc import Callable

from opensepsis.uses.ward.decode.csv_rows import read_csv_row
from opensepsis.uses.ward.decode.fhir.context import Kept, nothing_kept
from opensepsis.uses.ward.decode.fhir.dispatch import read_fhir
from opensepsis.uses.ward.decode.fhir.kept import Memory
from opensepsis.uses.ward.decode.fhir.versions import Versions
from opensepsis.uses.ward.decode.hl7.dispatch import read_hl7
from opensepsis.uses.ward.decode.observations import Reading
from opensepsis.uses.ward.decode.rows import read_device, read_fact, read_timeline
from opensepsis.uses.ward.decode.site import Site
from opensepsis.uses.ward.model.facts import Fact, Resource
from opensepsis.uses.ward.model.messages import Message
from opensepsis.uses.ward.model.transitions import Problem

READERS: dict[str, Callable[[Message, Site], Reading]] = {
    "hl7": read_hl7,
    "csv": read_csv_row,
    "mqtt": read_device,
    "timeline": read_timeline,
    "act": read_fact,
}
Read = tuple[tuple[Fact, ...], tuple[Problem, ...]]


def read(message: Message, site: Site, kept: Kept = nothing_kept) -> Read:
    """The facts of a message and what could not be used; a message that cannot be read at all is a dead letter.

    `kept` answers what earlier messages said of a FHIR resource by its name.
    """
    reader = READERS.get(message.form)
    if reader is None and message.form != "fhir":
        return (), (Problem("dead", "nobody reads this form"),)
    try:
        found = reader(message, site) if reader else read_fhir(message, site, kept)
    except (
        Exception
    ) as problem:  # whatever a sender wrote must not stop the ward; the message itself is never shown here
        return (), (Problem("dead", f"it could not be read ({type(problem).__name__})"),)
    return tuple(found.facts), tuple(found.problems)


def remembering(site: Site, find: Callable[[str], Resource | None]) -> Callable[[Message], Read]:
    """A reader of messages in their order that knows the resources of earlier ones; `find` asks the store for them."""
    memory, versions = Memory(find), Versions()

    def reader(message: Message) -> Read:
        facts, problems = read(message, site, memory)
        for fact in facts:
            if isinstance(fact, Resource):
                memory.note(fact)
        if message.form == "fhir":
            facts = (*facts, *versions.superseded(facts))
        return facts, problems

    return reader
