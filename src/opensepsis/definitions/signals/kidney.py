"""Signals of the kidney: urine per kilogram over full windows, dialysis, creatinine against a baseline."""

from opensepsis.definitions.concepts import labs, person, support, vitals
from opensepsis.definitions.signals.children import age_months
from opensepsis.definitions.signals.measured import FIRST_URINE, creatinine
from opensepsis.rules import (
    BackCalculated,
    Choice,
    Latest,
    Lowest,
    MeanRate,
    Quotient,
    Rise,
    Rounded,
    Running,
    Signal,
    Total,
    WithinLast,
    days,
    hours,
    including,
)

weight = Latest(name="weight", label="weight", unit="kg", concept=vitals.WEIGHT, valid=days(30))


def urine_volume(over_hours: int) -> Total:
    """The urine of a window that charting covers in full."""
    return Total(
        name=f"urine_volume_{over_hours}h",
        label=f"urine in {over_hours} h",
        unit="mL",
        concept=vitals.URINE_OUTPUT,
        over=hours(over_hours),
        first_covers=hours(1),
        longest_gap=hours(6),
        since=person.ADMISSION,
    )


def urine_rate(over_hours: int) -> MeanRate:
    """Urine per kilogram and hour over a full window."""
    return MeanRate(
        name=f"urine_{over_hours}h",
        label=f"urine over {over_hours} h",
        unit="mL/kg/h",
        total=urine_volume(over_hours),
        per=weight,
    )


urine_6h, urine_12h, urine_24h = urine_rate(6), urine_rate(12), urine_rate(24)
urine_volume_12h = urine_volume(12)
URINE_BANDS = Choice(
    "urine",
    "the mean over the trailing 6, 12 or 24 h by the last weight of 30 days; judged only when charting covers all of it "
    f"(gaps up to 6 h; {FIRST_URINE}); at exactly 12 h the higher band",
    "a half-charted window is not oliguria; without a weight the rate is not known; anuria needs no weight",
)

dialysis = Running(name="dialysis", label="dialysis", concept=support.DIALYSIS, not_words=("non_renal",))
between_dialysis = Running(
    name="between_dialysis",
    label="between sessions of dialysis",
    concept=support.DIALYSIS,
    not_words=("crrt", "continuous", "scuf", "non_renal"),
    lingers=hours(72),
)
chronic_dialysis = Running(
    name="chronic_dialysis", label="on long-term dialysis", concept=support.CHRONIC_DIALYSIS
)


def to_six_decimals(signal: Signal) -> Rounded:
    """The signal without the last binary digits, so that 1.2 − 0.9 is 0.3."""
    return Rounded(name=signal.name, label=signal.label, unit=signal.unit, signal=signal, decimals=6)


creatinine_rise = Rounded(
    name="creatinine_rise",
    label="creatinine rise in 48 h",
    unit="mg/dL",
    signal=Rise(
        name="creatinine_rise",
        label="creatinine rise in 48 h",
        unit="mg/dL",
        measured=creatinine,
        over=including(hours(48)),
        at_least=2,
    ),
    decimals=3,
)


def by_baseline(baseline: Signal) -> Rounded:
    """Creatinine as a multiple of a baseline."""
    ratio = Quotient(name="creatinine_ratio", label="creatinine by baseline", top=creatinine, bottom=baseline)
    return to_six_decimals(ratio)


lowest_in_7_days = Lowest(
    name="baseline",
    label="lowest creatinine of 7 days",
    concept=labs.CREATININE,
    over=including(days(7)),
    at_least=2,
)
given_baseline = Latest(
    name="baseline", label="baseline creatinine", concept=labs.BASELINE_CREATININE, valid=days(3650)
)
back_calculated = BackCalculated(
    name="baseline",
    label="creatinine at an eGFR of 75 (MDRD)",
    unit="mg/dL",
    age=age_months,
    sex=Latest(name="sex", label="sex", concept=person.SEX, valid=days(3650)),
    egfr=75,
    factor=186,
)
creatinine_ratio = by_baseline(lowest_in_7_days)
egfr = Quotient(
    name="egfr",
    label="eGFR (bedside Schwartz)",
    unit="mL/min/{1.73_m2}",
    top=Latest(name="height", label="height", unit="cm", concept=vitals.HEIGHT, valid=days(90)),
    bottom=creatinine,
    times=0.413,
)

creatinine_recent = Latest(
    name="creatinine_recent",
    label="creatinine",
    unit="mg/dL",
    concept=labs.CREATININE,
    valid=hours(24),
)
urine_6h_recent = WithinLast(
    name="urine_6h_recent", label="urine over 6 h", unit="mL/kg/h", signal=urine_6h, within=hours(24)
)
