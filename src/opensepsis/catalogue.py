"""Every definition by name, as `opensepsis.scores`, `phenotypes`, `clocks` and `concepts` hold them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from opensepsis.definitions import CLOCKS, PHENOTYPES, SCORES
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.batch.frame_scores import score as score_frame
from opensepsis.errors import DefinitionError, nearest
from opensepsis.rules import Clock, Concept, Phenotype, Score
from opensepsis.rules.table_text import TableText

T = TypeVar("T")


class Catalogue(Mapping[str, T], Generic[T]):
    """The definitions of one kind by name: `scores["sofa:high_flow"]`, or as an attribute, `scores.sofa_high_flow`."""

    def __init__(self, what: str, found: Mapping[str, T]) -> None:
        self._what, self._found = what, dict(found)
        self._attributes = {name.replace(":", "_"): name for name in self._found}

    def __getitem__(self, name: str) -> T:
        if name not in self._found:
            raise DefinitionError(f"There is no {self._what} '{name}'. {nearest(name, self._found)}")
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def get(self, name: str, default: Any = None) -> Any:
        return self._found.get(name, default)

    def __getattr__(self, name: str) -> T:
        if name.startswith("_") or name not in self._attributes:
            near = "" if name.startswith("_") else f" {nearest(name, self._attributes)}"
            raise AttributeError(f"There is no {self.__dict__.get('_what', '')} '{name}'.{near}")
        return self._found[self._attributes[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __dir__(self) -> list[str]:
        return sorted([*super().__dir__(), *self._attributes])

    def __repr__(self) -> str:
        return f"<{len(self)} {self._what}s: {', '.join(self._found)}>"


@dataclass(frozen=True, eq=False, repr=False)
class ScoreTable(Score):
    __doc__ = TableText(  # type: ignore[assignment]
        "A score that can be called with a frame: `opensepsis.scores.sofa(frame)`; see `opensepsis.score`."
    )

    def __call__(self, frame: Any, columns: Mapping[str, Any] | None = None) -> Any:
        """The points of every row of a frame; see `opensepsis.score`."""
        return score_frame(self, frame, columns)

    @property
    def inputs(self) -> dict[str, str]:
        """The columns that the score reads, each with its unit; words and counts have none."""
        return {name: signal.unit for name, signal in self.signals.items()}


def _callable(found: Score) -> ScoreTable:
    return ScoreTable(**{f.name: getattr(found, f.name) for f in fields(Score)})


scores: Catalogue[ScoreTable] = Catalogue("score", {n: _callable(s) for n, s in SCORES.items()})
phenotypes: Catalogue[Phenotype] = Catalogue("phenotype", PHENOTYPES)
clocks: Catalogue[Clock] = Catalogue("clock", CLOCKS)
concepts: Catalogue[Concept] = Catalogue("concept", CONCEPTS)
