"""Pregnancies that cannot be: charted for a man, or outside the ages of a pregnancy. Shown, and read by no score, clock or alert."""

from opensepsis.data.intake.possible_pregnancy import WORDS, why_impossible
from opensepsis.definitions.concepts.person import PREGNANCY
from opensepsis.engine.live.chart import Event
from opensepsis.uses.ward.model.facts import Charted, Rejected
from opensepsis.uses.ward.state.person import Person


class Pregnancies:
    """What was told of pregnancies of a patient, and of whom they were judged: another sex or birth judges them anew."""

    def __init__(self) -> None:
        self._judged: tuple[str, int | None] | None = None  # None: none was told

    def why_not(self, event: Event, person: Person) -> str:
        """Why an event is a pregnancy that cannot be this person's; empty for everything else."""
        if event.concept != PREGNANCY.name or event.text not in WORDS:
            return ""
        self._judged = person.sex, person.born
        return why_impossible(event.time, person.sex, person.born)

    def judged_otherwise(self, person: Person) -> bool:
        """Whether pregnancies were judged of a person of another sex or birth."""
        return self._judged not in (None, (person.sex, person.born))


def with_rejected(
    rejected: list[tuple[int, Rejected]], message: int, fact: Charted, why: str
) -> list[tuple[int, Rejected]]:
    """What was rejected, and this pregnancy once: admissions say it again and again."""
    said = Rejected(fact.patient, fact.event.time, PREGNANCY.label, why, fact.event.text or "")
    return [*(n for n in rejected if n[1].reason != why), (message, said)]
