"""Phoenix at a moment, with values carried as long as its authors' notes for record systems say."""

from dataclasses import replace

from opensepsis.definitions.concepts import gases, labs, vitals
from opensepsis.definitions.papers import SCHLAPBACH_2024, original
from opensepsis.definitions.scores.phoenix import CHOICES, GAS, OXIMETER, PHOENIX, by_age, respiration
from opensepsis.definitions.signals.carried import current, gcs
from opensepsis.definitions.signals.children import on_oxygen, supported, vasoactives
from opensepsis.rules import (
    Choice,
    Concept,
    Condition,
    FirstKnown,
    Latest,
    Linear,
    Plus,
    Ratio,
    Since,
    add,
    hours,
    variant,
    worst,
)

LASTS = hours(6)  # gases, SpO₂, FiO₂, lactate, pressures, pupils; GCS 12 h, counts and clotting 24 h


def _recent(concept: Concept) -> Latest:
    """The last value, beside the ratio that it is part of."""
    return Latest(
        name=f"{concept.name}_recent", label=concept.label, unit=concept.unit, concept=concept, valid=LASTS
    )


fio2, spo2 = _recent(vitals.FIO2), _recent(vitals.SPO2)
lactate = current(labs.LACTATE, LASTS)
fixed_pupils = current(vitals.FIXED_PUPILS, LASTS)
platelets, inr, d_dimer, fibrinogen = (
    current(concept, hours(24)) for concept in (labs.PLATELETS, labs.INR, labs.D_DIMER, labs.FIBRINOGEN)
)
_diastolic = current(vitals.DIASTOLIC_PRESSURE, LASTS)
_thrice = Plus(
    name="thrice_mean",
    label="MAP",
    parts=(current(vitals.SYSTOLIC_PRESSURE, LASTS), _diastolic, _diastolic),
)
mean_pressure = FirstKnown(
    name="mean_pressure",
    label="MAP",
    unit="mm[Hg]",
    parts=(
        current(vitals.MEAN_PRESSURE, LASTS),
        Linear(name="computed_mean", label="MAP", unit="mm[Hg]", signal=_thrice, by=3),
    ),
)


def _ratio(name: str, label: str, concept: Concept) -> tuple[Ratio, Condition]:
    """A ratio, and that its FiO₂ is not newer than what it divides, and not older than its time."""
    ratio = Ratio(
        name=name,
        label=label,
        unit=concept.unit if concept is gases.PAO2 else "",
        numerator=current(concept, LASTS),
        denominator=vitals.FIO2,
        paired_within=LASTS,
    )
    since = Since(name=f"{concept.name}_since", label=f"hours since {concept.label}", concept=concept)
    later = Plus(
        name=f"{concept.name}_after_fio2",
        label=f"{concept.label} after FiO₂",
        unit="h",
        parts=(
            Since(name="fio2_since", label="hours since FiO₂", concept=vitals.FIO2),
            Linear(name=since.name, label=since.label, signal=since, times=-1),
        ),
    )
    return ratio, (later >= 0) & (fio2 > 0)


_support = supported.holds | on_oxygen.holds | (fio2 > 0.21)
_pao2_fio2, _gas_fits = _ratio("pao2_fio2", "PaO₂/FiO₂", gases.PAO2)
_spo2_fio2, _oximeter_fits = _ratio("spo2_fio2", "SpO₂/FiO₂", vitals.SPO2)
_gas = {p: cell.where(_gas_fits) for p, cell in respiration(_pao2_fio2, _support, *GAS).items()}
_oximeter = {
    p: cell.where(_oximeter_fits & (spo2 <= 97))
    for p, cell in respiration(_spo2_fio2, _support, *OXIMETER).items()
}

PHOENIX_AS_CARRIED = variant(
    PHOENIX,
    "as_carried",
    why="the points of the moment, each value carried as long as the authors' notes for record systems say (6, 12 or 24 h), a "
    "ratio only while its FiO₂ is not newer; what is missing stays not known, where the notes take it as healthy",
    paper=replace(
        SCHLAPBACH_2024,
        place="rubric of the authors' own code, and their notes for record systems",
        checks=(
            *SCHLAPBACH_2024.checks,
            original(
                "the notes in CU-DBMI-Peds/phoenix at 1af8031, articles/ehr_implementation_notes",
                "respiration",
            ),
        ),
    ),
    window=None,
    choices=(
        Choice(
            "valid",
            "6 h: PaO₂, SpO₂, FiO₂, lactate, pressures, pupils; 12 h: GCS; 24 h: platelets, INR, D-dimer, fibrinogen",
            "as the notes print",
        ),
        Choice(
            "what runs",
            "drugs, ventilation and oxygen count until their end and not beyond",
            "the notes carry them for 6 or 12 h after the last record; an end is a record",
        ),
        Choice("room air", "only as a charted FiO₂ of 0.21", "the notes have no other"),
        *(c for c in CHOICES if c.name not in ("window", "pairing")),
    ),
    respiration=worst(_gas, _oximeter),
    circulation=add(
        {1: vasoactives >= 1, 2: vasoactives >= 2}, {1: lactate >= 5, 2: lactate >= 11}, by_age(mean_pressure)
    ),
    coagulation=add({1: platelets < 100}, {1: inr > 1.3}, {1: d_dimer > 2}, {1: fibrinogen < 100}, at_most=2),
    brain={1: gcs <= 10, 2: fixed_pupils.holds},
)
