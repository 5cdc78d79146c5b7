"""From a message to what it says: pure, without a clock or files; never raises."""

from collections.abc import Callable, Iterable

from opensepsis.data.decode.facts import Problem
from opensepsis.data.decode.fhir.context import Kept, nothing_kept
from opensepsis.data.decode.fhir.dispatch import read_fhir
from opensepsis.data.decode.fhir.kept import Memory
from opensepsis.data.decode.fhir.versions import Versions
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.decode.site import Site
from opensepsis.uses.ward.decode.csv_rows import read_csv_row
from opensepsis.uses.ward.decode.hl7.dispatch import read_hl7
from opensepsis.uses.ward.decode.rows import read_device, read_fact, read_timeline
from opensepsis.uses.ward.model.facts import Charted, Fact, Resource
from opensepsis.uses.ward.model.messages import Message

READERS: dict[str, Callable[[Message, Site], DecodeResult]] = {
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
        return (), (Problem("dead", "No decoder for this message type."),)
    try:
        found = reader(message, site) if reader else read_fhir(message, site, kept)
    except (
        Exception
    ) as problem:  # whatever a sender wrote must not stop the ward; the message itself is never shown here
        return (), (Problem("dead", f"it could not be read ({type(problem).__name__})"),)
    return tuple(found.facts), tuple(found.problems)


class Remembering:
    """A reader of messages in their order that knows the resources of earlier ones.

    `find` asks the store for what was said of a resource, `charted` for the rows of the last version of some, by their
    names and the patients of whom they may be.
    """

    def __init__(
        self,
        site: Site,
        find: Callable[[str], Resource | None],
        charted: Callable[[Iterable[str], Iterable[str]], Iterable[Charted]] = lambda names, patients: (),
    ):
        self.site, self.find, self.charted = site, find, charted
        self.forget()

    def forget(self) -> None:
        """Lets go of all that was read: what did not reach the log is read again."""
        self.memory, self.versions = Memory(self.find), Versions(self.charted)

    def __call__(self, message: Message) -> Read:
        facts, problems = read(message, self.site, self.memory)
        return self.noted(message, facts), problems

    def beside(self, message: Message) -> Read:
        """Reads a message in another thread, by what the store has; `noted` must be called with its facts before others are read."""
        return read(message, self.site, Memory(self.find))

    def noted(self, message: Message, facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
        """The facts of a message that is taken now, with what they supersede before them."""
        for fact in facts:
            if isinstance(fact, Resource):
                self.memory.note(fact)
        return (*self.versions.superseded(facts), *facts) if message.form == "fhir" else facts
