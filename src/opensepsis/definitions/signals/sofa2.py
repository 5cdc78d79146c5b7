"""Signals of SOFA-2 and, where they share them, of Phoenix."""

from opensepsis.definitions.concepts import drugs, gases, labs, support, vitals
from opensepsis.definitions.signals.measured import (
    epinephrine,
    gcs_as_recorded,
    infusion,
    measured,
    norepinephrine,
    pao2_fio2,
    room_air,
    sedated,
    supported_by,
)
from opensepsis.rules import (
    CarriedDuringInterval,
    Concept,
    FirstKnown,
    HighestWithin,
    Latest,
    Plus,
    Ratio,
    Running,
    Signal,
    ValueBeforeInterval,
    hours,
    minutes,
)

BACK = hours(72)  # how long before sedation a GCS still counts

_gcs = FirstKnown(
    name="gcs",
    label="GCS",
    parts=(
        gcs_as_recorded,
        Latest(name="gcs_total", label="GCS", concept=vitals.GCS_TOTAL, valid=hours(1)),
    ),
)


def under(sedation: Running) -> tuple[Signal, Signal, Signal]:
    """The GCS, the one before sedation and the motor score, with what counts as sedated."""
    carried = CarriedDuringInterval(name="gcs", label="GCS", signal=_gcs, during=sedation, back=BACK)
    before = ValueBeforeInterval(
        name="gcs_before_sedation",
        label="GCS before sedation",
        signal=_gcs,
        during=sedation,
        back=BACK,
        otherwise=15,
    )
    motor = CarriedDuringInterval(
        name="gcs_motor",
        label="GCS motor",
        signal=measured(vitals.GCS_MOTOR),
        during=sedation,
        back=BACK,
    )
    return carried, before, motor


gcs, gcs_before_sedation, gcs_motor = under(sedated)
sedated_12h = Running(
    name="sedated", label="sedated", concept=drugs.SEDATIVE, bridging=sedated.bridging, lingers=hours(12)
)
delirium_drug = Latest(name="delirium_drug", label="drug against delirium", concept=drugs.DELIRIUM_DRUG)

spo2 = measured(vitals.SPO2)
spo2_fio2 = Ratio(
    name="spo2_fio2",
    label="SpO₂/FiO₂",
    numerator=spo2,
    denominator=vitals.FIO2,
    paired_within=hours(4),
    room_air=room_air,
)


def not_transient(ratio: Ratio) -> HighestWithin:
    """The best ratio of the hour: a dip of less than an hour does not count."""
    return HighestWithin(name=ratio.name, label=ratio.label, unit=ratio.unit, signal=ratio, over=minutes(60))


lasting_pao2_fio2, lasting_spo2_fio2 = not_transient(pao2_fio2), not_transient(spo2_fio2)
advanced_support = supported_by(
    "invasive",
    "noninvasive",
    "cpap",
    "high_flow",
    name="advanced_support",
    label="advanced ventilatory support",
)
ecmo = Running(name="ecmo", label="ECMO", concept=support.ECMO)
ecmo_cardiovascular = Running(
    name="ecmo_cardiovascular",
    label="ECMO for the circulation",
    concept=support.ECMO,
    words=("cardiovascular",),
)
mechanical_circulation = Running(
    name="mechanical_circulation",
    label="mechanical circulatory support",
    concept=support.MECHANICAL_CIRCULATION,
)

SALTS = (("bitartrate", 2.0), ("anhydrous_bitartrate", 1.89), ("hydrochloride", 1.22))


def norepinephrine_and_epinephrine(salts: tuple[tuple[str, float], ...] = SALTS) -> Plus:
    """The dose of both together; a norepinephrine charted as a salt is turned into base."""
    base = Running(
        name="norepinephrine",
        label="norepinephrine",
        unit="ug/kg/min",
        concept=drugs.NOREPINEPHRINE,
        for_at_least=norepinephrine.for_at_least,
        bridging=norepinephrine.bridging,
        salts=salts,
    )
    return Plus(
        name="norepinephrine_epinephrine",
        label="norepinephrine and epinephrine",
        unit="ug/kg/min",
        parts=(base, epinephrine),
    )


norepinephrine_epinephrine = norepinephrine_and_epinephrine()
milrinone = infusion(drugs.MILRINONE)
other_vasoactive = infusion(drugs.OTHER_VASOACTIVE)


def within_a_day(concept: Concept) -> Latest:
    """The last value of 24 hours, to go with another of the same day."""
    return Latest(name=concept.name, label=concept.label, unit=concept.unit, concept=concept, valid=hours(24))


potassium = within_a_day(labs.POTASSIUM)
ph = within_a_day(gases.PH)
bicarbonate = within_a_day(gases.BICARBONATE)
