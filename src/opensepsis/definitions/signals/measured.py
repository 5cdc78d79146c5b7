"""Signals for scores with a window: measurements are point events, infusions are intervals that last as long as it runs."""

from collections.abc import Callable

from opensepsis.definitions.concepts import drugs, gases, labs, person, support, vitals
from opensepsis.rules import (
    Assumed,
    CarriedDuringInterval,
    Choice,
    Concept,
    CountActive,
    FirstKnown,
    Latest,
    Plus,
    Ratio,
    RoomAir,
    Rounded,
    Running,
    Signal,
    Total,
    ValueBeforeInterval,
    hours,
    minutes,
)


def measured(concept: Concept) -> Latest:
    """The value measured at this very moment."""
    return Latest(name=concept.name, label=concept.label, unit=concept.unit, concept=concept)


def infusion(concept: Concept, highest: bool = False) -> Running:
    """The rate of a vasoactive drug, from 60 minutes after the start of its merged run; its pumps add up, unless `highest`."""
    return Running(
        name=concept.name,
        label=concept.label,
        unit=concept.unit,
        concept=concept,
        for_at_least=minutes(60),
        bridging=minutes(15),
        highest=highest,
    )


INFUSION = Choice(
    "infusion",
    "counts from 60 minutes after the start of its merged run; gaps of up to 15 minutes are bridged; rate above 0",
    "the table says 'for at least 1 hour'; a bag change does not end it",
)
PUMPS = Choice(
    "pumps",
    "rates of one drug that run at once under different origins add up; of one origin, or of none, the highest counts",
    "two pumps give the sum; two rows of one record are two statements about one pump",
)

mean_pressure = measured(vitals.MEAN_PRESSURE)
platelets = measured(labs.PLATELETS)
bilirubin = measured(labs.BILIRUBIN)
creatinine = measured(labs.CREATININE)
creatinine_to_the_hundredth = Rounded(
    name="creatinine",
    label=labs.CREATININE.label,
    unit=labs.CREATININE.unit,
    signal=creatinine,
    decimals=2,
)
HUNDREDTHS = Choice(
    "creatinine in µmol/L",
    "converted to mg/dL (÷ 88.42) and compared to the hundredth, as laboratories report it: 442 µmol/L is 5.00 mg/dL",
    "the printed limits are rounded: 353.6 µmol/L for 4.0 mg/dL, 440 for 5.0",
)
norepinephrine = infusion(drugs.NOREPINEPHRINE)
epinephrine = infusion(drugs.EPINEPHRINE)
dopamine = infusion(drugs.DOPAMINE)
dobutamine = infusion(drugs.DOBUTAMINE)
phenylephrine = infusion(drugs.PHENYLEPHRINE)
vasopressin = infusion(drugs.VASOPRESSIN)
angiotensin = infusion(drugs.ANGIOTENSIN)

SUPPORT_DEVICES = {
    "invasive": ("endotracheal tube",),
    "noninvasive": ("bipap mask",),
    "cpap": ("cpap mask",),
    "high_flow": ("high flow nasal cannula",),
}


def supported_by(*words: str, name: str = "supported", label: str = "respiratory support") -> CountActive:
    """Whether one of these kinds of ventilation runs, charted as ventilation or as the oxygen device it is given by."""
    devices = tuple(device for word in words for device in SUPPORT_DEVICES[word])
    charted = Running(name=name, label=label, concept=support.VENTILATION, words=words)
    device = Running(name=f"{name}_device", label=label, concept=support.OXYGEN, words=devices)
    return CountActive(name=name, label=label, parts=(charted, device))


supported = supported_by("invasive", "noninvasive", "cpap")
supported_or_high_flow = supported_by("invasive", "noninvasive", "cpap", "high_flow")
ventilated = supported_by("invasive")
DEVICES = Choice(
    "devices",
    "an oxygen device that is support counts as support: tracheal tube (invasive), BiPAP mask, CPAP mask, high-flow cannula",
    "many charts name the device and never say ventilation",
)

room_air = RoomAir(
    device=support.OXYGEN,
    word="air",
    value=0.21,
    unless=Running(name="any_ventilation", label="ventilation", concept=support.VENTILATION),
    flow=vitals.OXYGEN_FLOW,
)
pao2_fio2 = Ratio(
    name="pao2_fio2",
    label="PaO₂/FiO₂",
    unit="mm[Hg]",
    numerator=measured(gases.PAO2),
    denominator=vitals.FIO2,
    paired_within=hours(4),
    room_air=room_air,
)
PAIRING = Choice(
    "pairing",
    "PaO₂ with the FiO₂ charted last, with it or at most 4 hours before it; without one the row is not known. Charted room "
    "air is 0.21 until a device, ventilation, a flow of oxygen or a higher FiO₂ is charted",
    "FiO₂ is charted about every 4 hours; a later FiO₂ would be look-ahead; room air that nobody charted is never assumed",
)

urine_24h = Total(
    name="urine_24h",
    label="urine in 24 h",
    unit="mL",
    concept=vitals.URINE_OUTPUT,
    over=hours(24),
    first_covers=hours(1),
    longest_gap=hours(12),
    since=person.ADMISSION,
)
FIRST_URINE = "the first record covers the time back to the admission if that is no longer than a gap may be, else 1 hour"
IRRIGATION = Choice(
    "irrigation",
    "a negative volume is fluid instilled into the bladder and is subtracted; not judged while the last record is below 0, or the sum",
    "instilled fluid has yet to drain",
)
URINE = Choice(
    "urine",
    f"judged only when charting covers the full 24 hours (gaps up to 12 hours; {FIRST_URINE})",
    "a half-charted day is not oliguria; the first void or bag empties what was made since the admission",
)


def _part(concept: Concept) -> Latest:
    return Latest(name=concept.name, label=concept.label, concept=concept, valid=hours(1))


def glasgow(part: Callable[[Concept], Signal] = _part) -> Signal:
    """The charted total, else the sum of eye, verbal and motor."""
    parts = (part(vitals.GCS_EYE), part(vitals.GCS_VERBAL), part(vitals.GCS_MOTOR))
    total = measured(vitals.GCS_TOTAL) if part is _part else part(vitals.GCS_TOTAL)
    return FirstKnown(name="gcs", label="GCS", parts=(total, Plus(name="gcs_sum", label="GCS", parts=parts)))


sedated = Running(name="sedated", label="sedated", concept=drugs.SEDATIVE, bridging=hours(1))
gcs_as_recorded = glasgow()
gcs = CarriedDuringInterval(name="gcs", label="GCS", signal=gcs_as_recorded, during=sedated, back=hours(24))
gcs_before_sedation = ValueBeforeInterval(
    name="gcs_before_sedation",
    label="GCS before sedation",
    signal=gcs_as_recorded,
    during=sedated,
    back=hours(24),
)
gcs_assumed_15 = Assumed(name="gcs", label="GCS", signal=gcs_as_recorded, during=sedated, value=15)
SEDATION = Choice(
    "sedation",
    "while a sedative runs, charted or not, the last GCS of the 24 hours up to its start, itself included; none: not "
    "known. One that starts again within 1 hour goes on; a GCS charted in such a gap counts as charted",
    "the 1996 table does not say; a GCS under sedation measures the drug",
)
TUBE = Choice(
    "tube",
    "a verbal score that cannot be tested under a tube is not known, and so is the sum",
    "recording it as 1 would turn a tube into a low score",
)
