"""What of one patient was told anew, and under which names: all that no longer holds because of it."""

from collections.abc import Iterable, Iterator

from opensepsis.uses.ward.model.facts import Fact, Rejected, Voided
from opensepsis.uses.ward.state.order_numbers import OrderNumbers
from opensepsis.uses.ward.state.results import Results
from opensepsis.uses.ward.state.updated_doses import UpdatedDoses


class Retold:
    """Results and doses of HL7. `renamed`: something was void that is not, so that all must be worked out again.

    >>> Retold().renamed
    False
    """

    def __init__(self):
        self.results, self.doses = Results(), UpdatedDoses()

    @property
    def renamed(self) -> bool:
        """Whether a later statement showed that an earlier one was of something else."""
        return self.results.renamed or self.doses.renamed

    def told(self, message: int, fact: Fact) -> Iterator[Fact]:
        """What else no longer holds since a fact was told, and what is to be shown."""
        yield from self.results.told(message, fact)
        yield from self.doses.told(message, fact)

    def read(self, facts: Iterable[tuple[int, Fact]]) -> list[tuple[int, Rejected]]:
        """Takes in all that was told, by message, before it is told again; what is to be shown."""
        numbers, shown = OrderNumbers(), []
        for message, fact in facts:
            for one in numbers.named(fact):
                shown += [(message, also) for also in self.told(message, one) if isinstance(also, Rejected)]
        self.results.renamed = self.doses.renamed = False
        return shown

    def void(self, patient: str) -> Iterator[Voided]:
        """All that no longer holds."""
        yield from self.results.void(patient)
        yield from self.doses.void(patient)
