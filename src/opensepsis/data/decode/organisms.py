"""What grew in a culture, as rows of their own: one reading for HL7, the ward's FHIR intake and exports of FHIR."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from opensepsis.data.decode.facts import Charted, Voided
from opensepsis.data.intake.culture import organisms_named
from opensepsis.data.intake.maps import map_rows
from opensepsis.data.timeline.event import Event

SUSCEPTIBILITY = "the susceptibility of an organism is not used"
GREW = "grew"  # the part of a culture's origin under which its organisms stand


def grown_in(culture: Charted, names: Iterable[str]) -> list[Charted]:
    """A row for each organism of a culture: `specimen|organism` at the time of the culture, known with it.

    >>> bottle = Charted("A|1", Event("culture", 5, known=9, value=1.0, text="blood", origin="hl7 B1 600-7"), "E. coli")
    >>> [(fact.event.text, fact.event.origin) for fact in grown_in(bottle, ["E. coli"])]
    [('blood|E. coli', 'hl7 B1 600-7 grew E.coli')]
    """
    event = culture.event
    rows = []
    for name in dict.fromkeys(names):
        origin = f"{event.origin} {GREW} {''.join(name.split())}"
        own = Event("organism", event.time, None, event.known, None, f"{event.text or ''}|{name}", origin)
        rows.append(replace(culture, event=own, shown=name))
    return rows


def with_organisms(culture: Charted, said: str, is_name: bool = False) -> list[Charted | Voided]:
    """A culture with the organisms that its report names; those that an earlier version named and this one does not are void.

    `is_name`: all that is said is the name of one organism.
    """
    event = culture.event
    names = [said] if is_name else organisms_named(said)
    rows = grown_in(culture, names if event.value == 1 else ())
    return [culture, *rows, Voided(culture.patient, f"{event.origin} {GREW}", event.known or event.time)]


@cache
def _names() -> dict[tuple[str, str], str]:
    return {(row["system"], row["code"]): row["name"] for row in map_rows("organism_codes")}


def organism_of_code(system: str, code: str) -> str:
    """The name of an organism that is sent as a code alone; empty where the list has none.

    >>> organism_of_code("snomed", "112283007"), organism_of_code("local", "112283007")
    ('Escherichia coli', '')
    """
    return _names().get((system, code), "")
