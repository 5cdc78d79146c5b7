"""The course of a case: findings about a stay, each from marks that the record leaves. Data only; the engines read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from opensepsis.rules.concepts import Concept
from opensepsis.rules.doses import Way
from opensepsis.rules.phenotypes import Phenotype, concepts_read
from opensepsis.rules.places import Places
from opensepsis.rules.scores import Choice, Paper, Score

NONE = timedelta(0)


class Part(StrEnum):
    """What a finding is about."""

    SITE = "site"
    ORGANISM = "organism"
    RISK_FACTOR = "risk_factor"
    TREATMENT = "treatment"
    COMPLICATION = "complication"
    OUTCOME = "outcome"


class Edge(StrEnum):
    """A moment of a stay that bounds what counts for it."""

    EVER = "any time before"
    STAY = "the stay"
    ADMISSION = "the hospital stay around it"
    INFECTION = "the first suspicion of infection, else the end of the stay"


@dataclass(frozen=True)
class Span:
    """From the start of one edge, so much earlier, to the end of another; both ends count."""

    start: Edge = Edge.STAY
    before: timedelta = timedelta(hours=24)
    end: Edge = Edge.STAY


@dataclass(frozen=True)
class Code:
    """A code or the beginning of one, or a range of such (`C00-C26`); `?` stands for any character.

    `system` is ICD9, ICD10 or word: a whole text in words.
    """

    system: str
    code: str
    source: str = ""
    verified: bool = True


@dataclass(frozen=True, eq=False)
class CodeList:
    """A text counts when one of the codes is how it begins, or it is one of the words."""

    name: str
    codes: tuple[Code, ...]

    @property
    def verified(self) -> bool:
        """Whether every code was checked against its source."""
        return all(code.verified for code in self.codes)


@dataclass(frozen=True, eq=False)
class Words:
    """A text counts when it is one of these words; with `left_out`, when it is none of them."""

    words: tuple[str, ...]
    left_out: bool = False


@dataclass(frozen=True, eq=False)
class OrganismKinds:
    """The kind of an organism by words in its name: the first that fits; `nothing`: names that are no organism."""

    name: str
    kinds: tuple[tuple[str, str], ...]
    nothing: tuple[str, ...]
    verified: bool = True


@dataclass(frozen=True, eq=False)
class Grew:
    """`specimen|organism` of one of these kinds ("" for a kind that no list names), from a specimen with one of these words.

    Without `kinds` any organism counts, without `specimens` any specimen.
    """

    organisms: OrganismKinds
    kinds: tuple[str, ...] = ()
    specimens: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Spectrum:
    """How broad each antibiotic is, from 1 (narrow) up; `routes_left_out`: doses that do not reach the blood.

    `stays_in_gut`: drugs that by mouth or tube are as narrow as can be.
    """

    name: str
    ranks: tuple[tuple[str, int], ...]
    spelled: tuple[tuple[str, str], ...] = ()
    ways_left_out: tuple[Way, ...] = ()
    stays_in_gut: tuple[str, ...] = ()
    verified: bool = True


@dataclass(frozen=True, eq=False)
class Dose:
    """`ingredient|route` by a route that counts; with `at_least`, of a drug as broad as that or broader."""

    spectrum: Spectrum
    at_least: int = 0


Reading = CodeList | Words | Grew | Dose


@dataclass(frozen=True, eq=False, kw_only=True)
class Sign:
    """Something recorded whose text counts; what runs counts while it runs, unless its rate is 0.

    `each_stay`: the source tells it of every stay or of none (codes), so a stay without any is not known.
    `beside`: what comes from the same record; while any of it comes, the concept is absent and not untold.
    """

    concept: Concept
    reading: Reading | None = None
    span: Span = Span()
    each_stay: bool = False
    beside: tuple[Concept, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class NothingGrew:
    """Every culture of the stay has its result, and none grew."""

    culture: Concept
    span: Span = Span()


@dataclass(frozen=True, kw_only=True)
class Aged:
    """An age at admission in [at_least, below) years."""

    at_least: float = 0
    below: float = 200


@dataclass(frozen=True, kw_only=True)
class EarlierStay:
    """A hospital stay that ended at most so long before this one began."""

    within: timedelta


@dataclass(frozen=True, eq=False, kw_only=True)
class LaterStay:
    """A hospital stay that began at most so long after this one ended, with a diagnosis of the list."""

    within: timedelta
    concept: Concept
    reading: CodeList


@dataclass(frozen=True, eq=False, kw_only=True)
class Had:
    """An episode of a phenotype in the stay."""

    phenotype: Phenotype


@dataclass(frozen=True, eq=False, kw_only=True)
class Reached:
    """A score, or a row of it, of so many points at an evaluation time of the stay. The value is the highest."""

    score: Score
    at_least: int
    row: str | None = None

    @property
    def key(self) -> str:
        """What is reached, by name."""
        return f"{self.score.name} {self.row or 'total'}"


@dataclass(frozen=True, eq=False, kw_only=True)
class PerWeight:
    """How much per kg was given around the first suspicion of infection, else around admission. Needs a weight.

    The weight is the last recorded up to that moment, else the first after it in the stay.
    """

    amount: Concept
    weight: Concept
    before: timedelta
    after: timedelta


@dataclass(frozen=True, eq=False, kw_only=True)
class Narrowed:
    """After an organism was reported a narrower drug was given, and none as broad as before in `for_at_least` after it."""

    drug: Concept
    spectrum: Spectrum
    organism: Concept
    grown: Grew
    broad_from: int
    for_at_least: timedelta
    span: Span = Span()


@dataclass(frozen=True, eq=False, kw_only=True)
class Died:
    """Died in the stay (to its end, or by the place gone to), or after it."""

    in_stay: bool
    places: Places
    kind: str = "died"


@dataclass(frozen=True, eq=False, kw_only=True)
class WentTo:
    """Left for a place of this kind ("" for a kind that no list names). Who died in the stay went nowhere."""

    places: Places
    kind: str


Criterion = (
    Sign | NothingGrew | Aged | EarlierStay | LaterStay | Had | Reached | PerWeight | Narrowed | Died | WentTo
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Finding:
    """One thing that can be found about a stay: any of its marks shows it; it is absent when all of them say no."""

    name: str
    title: str
    part: Part
    marks: tuple[Criterion, ...]
    unit: str = ""

    @property
    def verified(self) -> bool:
        """Whether everything it reads was checked against its source: lists, scores, phenotypes."""
        return all(checked(mark) for mark in self.marks)


@dataclass(frozen=True, eq=False, kw_only=True)
class Course:
    """All that is found about a case; `infection` gives the moment that spans and volumes look to."""

    name: str
    title: str
    paper: Paper
    infection: Phenotype
    findings: tuple[Finding, ...]
    choices: tuple[Choice, ...] = ()
    why: str = ""

    def __repr__(self) -> str:
        return f"<course {self.name}>"

    @property
    def phenotypes(self) -> list[Phenotype]:
        """The phenotypes it rests on."""
        had = [m.phenotype for m in marks_of(self) if isinstance(m, Had)]
        return list(dict.fromkeys([self.infection, *had]))

    @property
    def scores(self) -> list[Score]:
        """The scores it rests on itself."""
        return list(dict.fromkeys(m.score for m in marks_of(self) if isinstance(m, Reached)))


def marks_of(course: Course) -> Iterator[Criterion]:
    """Every mark of every finding."""
    for finding in course.findings:
        yield from finding.marks


def lists_of(mark: Criterion) -> Iterator[CodeList | OrganismKinds | Spectrum | Places]:
    """The lists that a mark reads."""
    match mark:
        case Sign(reading=CodeList() as listed) | LaterStay(reading=listed):
            yield listed
        case Sign(reading=Grew(organisms=organisms)):
            yield organisms
        case Sign(reading=Dose(spectrum=spectrum, at_least=rank)) if rank:
            yield spectrum
        case Narrowed(spectrum=spectrum, grown=grown):
            yield from (spectrum, grown.organisms)
        case WentTo(places=places) | Died(places=places):
            yield places
        case _:
            pass


def checked(mark: Criterion) -> bool:
    """Whether all that a mark rests on was checked against its source."""
    match mark:
        case Had(phenotype=definition) | Reached(score=definition):
            return definition.paper.verified
        case _:
            return all(listed.verified for listed in lists_of(mark))


def untold(mark: Criterion, silent: frozenset[str]) -> Concept | None:
    """What a mark needs and the source never gives (`silent`), if anything."""
    match mark:
        case Sign(concept=concept, beside=beside):
            read = [concept] if all(other.name in silent for other in beside) else []
        case NothingGrew(culture=concept) | PerWeight(amount=concept) | LaterStay(concept=concept):
            read = [concept]
        case Narrowed(drug=drug, organism=organism):
            read = [drug, organism]
        case _:
            read = []
    return next((concept for concept in read if concept.name in silent), None)


def own_concepts(mark: Criterion) -> list[Concept]:
    """What a mark reads itself."""
    match mark:
        case Sign(concept=concept) | LaterStay(concept=concept):
            return [concept]
        case NothingGrew(culture=culture):
            return [culture]
        case PerWeight(amount=amount, weight=weight):
            return [amount, weight]
        case Narrowed(drug=drug, organism=organism):
            return [drug, organism]
        case _:
            return []


def course_concepts(course: Course) -> dict[str, Concept]:
    """Everything a course needs recorded, by name."""
    found = {c.name: c for mark in marks_of(course) for c in own_concepts(mark)}
    for definition in (*course.phenotypes, *course.scores):
        found |= concepts_read(definition)
    return found
