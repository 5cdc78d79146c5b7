"""RXC: what a dose is made of. A carrier with an additive drug is a dose of that drug, at the rate that its amounts tell."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from opensepsis.data.decode.doses import Dose
from opensepsis.data.decode.medications import Drug, is_rate
from opensepsis.data.decode.mixtures import (
    NO_CONCENTRATION,
    Component,
    millilitres,
    millilitres_per_hour,
    rate_of,
)
from opensepsis.data.intake.medicines import find_medicine, why_no_fluid
from opensepsis.data.site import LocalWords
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind
from opensepsis.uses.ward.decode.hl7.parser import Segment

ADDITIVE = "A"
SEVERAL = "its rate is that of a mixture of several drugs: it cannot be attributed to one"
_HOUR = 3_600_000_000


@dataclass(frozen=True)
class Part:
    """A component, and whether it is an additive."""

    component: Component
    additive: bool


def read_component(segment: Segment, named, number) -> Part:
    """An RXC. `named` reads a drug of a field, `number` a number."""
    codes, name = named(segment, 2)
    strength, unit, volume = number(segment.part(5)), segment.words(6, 1), 1.0
    if segment.part(8):
        volume = millilitres(number(segment.part(8)), segment.words(9, 1) or "mL") or 0.0
    elif "/" in unit:
        unit, _, below = unit.partition("/")
        volume = millilitres(1.0, below) or 0.0
    component = Component(
        name,
        codes,
        number(segment.part(3)),
        segment.words(4, 1) or segment.words(4, 2),
        strength,
        unit,
        volume,
    )
    return Part(component, segment.part(1).upper() == ADDITIVE)


def drugs_given(drug: Drug, parts: Sequence[Part], ordered_rate: Dose, local: LocalWords) -> list[Drug]:
    """The drugs of a dose: those that are added to a carrier in its place, each at its own rate; else the dose as it is."""
    mixture = [part.component for part in parts]
    acting = [c for c in mixture if _concept(c.name, c.codes, local) not in ("", "crystalloid")]
    if not acting:
        return [_with_additives(drug, parts)]
    own = _concept(drug.name, drug.codes, local)
    alone = len(acting) == 1
    found = [_of_component(drug, one, mixture, ordered_rate, alone, own, local) for one in acting]
    named = {_concept(c.name, c.codes, local) for c in acting}
    return found if own in named or own in ("", "crystalloid") else [drug, *found]


def unlisted(parts: Sequence[Part], local: LocalWords) -> list[str]:
    """The codes or names of additives that no list has."""
    others = [p.component for p in parts if p.additive and not why_no_fluid(p.component.name)]
    return [c.codes[0] if c.codes else c.name for c in others if not _concept(c.name, c.codes, local)]


def _concept(name: str, codes: tuple[str, ...], local: LocalWords) -> str:
    found = local.drug(name) or find_medicine(name, codes)
    return found.concept if found else ""


def _with_additives(drug: Drug, parts: Sequence[Part]) -> Drug:
    """A carrier with nothing in it that acts; one with dextrose in it says so in its name."""
    changed = [p.component.name for p in parts if p.additive and why_no_fluid(p.component.name)]
    return replace(drug, name=f"{drug.name} ({', '.join(changed)})") if changed else drug


def _of_component(
    drug: Drug,
    part: Component,
    mixture: Sequence[Component],
    ordered_rate: Dose,
    alone: bool,
    own: str,
    local: LocalWords,
) -> Drug:
    """One drug of a mixture: its rate by its concentration; a rate of mass is its own where nothing else acts."""
    concept = _concept(part.name, part.codes, local)
    same = own == concept
    name, codes = (drug.name, drug.codes) if same else (part.name, part.codes)
    origin = drug.origin if same else f"{drug.origin} {part.codes[0] if part.codes else part.name}"
    one = replace(drug, name=name, codes=codes, origin=origin)
    if CONCEPTS[concept].kind is not Kind.INTERVAL:
        return one
    rate = _rate(drug, ordered_rate)
    one = replace(one, amount=rate.amount, unit=rate.unit, unclear=rate.unclear, sent=rate.sent)
    per_hour = millilitres_per_hour(rate.amount, rate.unit)
    if per_hour is not None:
        own_rate = rate_of(part, mixture, per_hour)
        if own_rate is None:
            return replace(one, unclear=rate.unclear or NO_CONCENTRATION)
        return replace(one, amount=own_rate[0], unit=own_rate[1])
    return replace(one, unclear=rate.unclear or ("" if alone or not is_rate(rate.unit) else SEVERAL))


def _rate(drug: Drug, ordered_rate: Dose) -> Dose:
    """The rate of a dose: as it is told, else of its volume over its time, else as it was ordered."""
    told = Dose(drug.amount, drug.unit, drug.unclear, drug.sent)
    if is_rate(drug.unit) and (drug.amount is not None or drug.unclear):
        return told
    volume = millilitres(told.exact, drug.unit)
    if volume is not None and drug.start is not None and drug.end is not None and drug.end > drug.start:
        return Dose(volume / ((drug.end - drug.start) / _HOUR), "mL/h")
    return ordered_rate if ordered_rate.amount is not None or ordered_rate.unclear else told
