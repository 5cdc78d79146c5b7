"""What a site would gain by confirming the proposals of a draft: rows, concepts, and rows of SOFA."""

from dataclasses import dataclass

from opensepsis.data.mapping.draft import Draft
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.scores.sofa import SOFA
from opensepsis.rules import concepts_of


@dataclass(frozen=True)
class Part:
    """The rows of data that one row of SOFA can use: read now, and with all proposals confirmed."""

    title: str
    now: int
    proposed: int

    @property
    def gained(self) -> bool:
        """Whether it has data only with the proposals."""
        return self.now == 0 < self.proposed


@dataclass(frozen=True)
class Gain:
    """Rows of all codes, of those read now and of those proposed; the concepts likewise; and the rows of SOFA."""

    rows: int
    now: int
    proposed: int
    concepts_now: tuple[str, ...]
    concepts_proposed: tuple[str, ...]  # those that nothing is read of now
    sofa: tuple[Part, ...]


def gain(found: Draft) -> Gain:
    """The gain of a draft, all its first proposals taken as right."""
    now, proposed = dict[str, int](), dict[str, int]()
    for code, proposals in found.codes:
        concept = code.mapped or (proposals[0].concept if proposals else "")
        if concept in CONCEPTS:
            told = now if code.mapped else proposed
            told[concept] = told.get(concept, 0) + code.rows
    return Gain(
        rows=sum(code.rows for code, _ in found.codes) + found.rows_not_listed,
        now=sum(now.values()),
        proposed=sum(proposed.values()),
        concepts_now=tuple(name for name in CONCEPTS if name in now),
        concepts_proposed=tuple(name for name in CONCEPTS if name in proposed and name not in now),
        sofa=tuple(_part(row, now, proposed) for row in SOFA.rows),
    )


def _part(row, now: dict[str, int], proposed: dict[str, int]) -> Part:
    used = {concept.name for signal in row.signals.values() for concept in concepts_of(signal)}
    return Part(row.title, *(sum(told.get(name, 0) for name in used) for told in (now, proposed)))
