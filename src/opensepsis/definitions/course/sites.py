"""Where the infection is: from diagnoses, cultures and procedures."""

from opensepsis.definitions.concepts import cultures
from opensepsis.definitions.course.lists import ORGANISMS, codes, specimens
from opensepsis.definitions.phenotypes.bacteremia import BACTEREMIA
from opensepsis.rules import Criterion, Edge, Finding, Grew, Had, Part, Sign, Span, hours

ADMISSION = Span(Edge.ADMISSION, hours(0), Edge.ADMISSION)


def coded(*names: str, span: Span = ADMISSION) -> Sign:
    """A diagnosis of these lists."""
    return Sign(concept=cultures.DIAGNOSIS, reading=codes(*names), span=span, each_stay=True)


def done(*names: str, span: Span | None = None) -> Sign:
    """A procedure of these lists."""
    return Sign(concept=cultures.PROCEDURE, reading=codes(*names), span=span or Span())


def grew(site: str) -> Sign:
    """Anything grown in a specimen of the site."""
    return Sign(concept=cultures.ORGANISM, reading=Grew(ORGANISMS, specimens=specimens(site)))


def _site(name: str, title: str, *marks: Criterion) -> Finding:
    return Finding(name=f"site_{name}", title=title, part=Part.SITE, marks=marks)


SITES = (
    _site("lungs", "Lungs and airways", coded("lungs"), grew("lungs")),
    _site("urine", "Urinary tract", coded("urine"), grew("urine")),
    _site("abdomen", "Abdomen", coded("abdomen"), grew("abdomen"), done("abdomen_procedures")),
    _site("brain", "Central nervous system", coded("brain"), grew("brain")),
    _site("skin", "Skin and soft tissue", coded("skin"), grew("skin"), done("skin_procedures")),
    _site("bone", "Bone and joint", coded("bone"), grew("bone"), done("bone_procedures")),
    _site("blood", "Bloodstream", coded("blood"), Had(phenotype=BACTEREMIA)),
    _site("line", "Intravascular catheter", coded("line"), grew("line")),
)
