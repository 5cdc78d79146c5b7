"""What grew or was found."""

from opensepsis.definitions.concepts import cultures
from opensepsis.definitions.course.lists import ORGANISMS
from opensepsis.rules import Finding, Grew, NothingGrew, Part, Sign


def _kind(name: str, title: str, kind: str) -> Finding:
    mark = Sign(concept=cultures.ORGANISM, reading=Grew(ORGANISMS, kinds=(kind,)))
    return Finding(name=name, title=title, part=Part.ORGANISM, marks=(mark,))


GROWTH = (
    _kind("gram_positive", "Gram-positive bacterium", "gram_positive"),
    _kind("gram_negative", "Gram-negative bacterium", "gram_negative"),
    _kind("fungus", "Fungus", "fungus"),
    _kind("virus", "Virus", "virus"),
    _kind("parasite", "Parasite", "parasite"),
    _kind("other_organism", "Other organism (on no list)", ""),
    Finding(
        name="nothing_grown",
        title="Cultures without growth",
        part=Part.ORGANISM,
        marks=(NothingGrew(culture=cultures.CULTURE),),
    ),
)
