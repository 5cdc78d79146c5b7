"""Signals of the clotting scores."""

from opensepsis.definitions.concepts import gases, labs, vitals
from opensepsis.definitions.signals.kidney import to_six_decimals
from opensepsis.definitions.signals.measured import measured, platelets
from opensepsis.rules import Choice, Highest, Latest, Linear, Quotient, days, hours

DAY = Choice(
    "window",
    "each row keeps the worst of 24 hours",
    "the tests are drawn together; the papers print no window",
)
D_DIMER_NORMAL = 0.5  # mg/L FEU
PT_NORMAL = 13.5  # s
NORMAL = Choice(
    "normal",
    "upper limits of normal: D-dimer 0.5 mg/L FEU, prothrombin time 13.5 s",
    "each laboratory has its own; the scores print none",
)

d_dimer_by_normal = Linear(
    name="d_dimer_by_normal",
    label="D-dimer by the upper limit of normal",
    signal=measured(labs.D_DIMER),
    by=D_DIMER_NORMAL,
)
pt_prolongation = Linear(
    name="pt_prolongation",
    label="prothrombin time beyond normal",
    unit="s",
    signal=measured(labs.PT),
    plus=-PT_NORMAL,
)
inr = measured(labs.INR)
fibrinogen = measured(labs.FIBRINOGEN)
pt_ratio = measured(labs.PT_RATIO)
fdp = measured(labs.FDP)
fdp_by_normal = to_six_decimals(
    Quotient(
        name="fdp_by_normal",
        label="fibrin degradation products by the site's upper limit of normal",
        top=fdp,
        bottom=Latest(
            name="fdp_upper_limit",
            label="upper limit of normal",
            unit=labs.FDP_UPPER_LIMIT.unit,
            concept=labs.FDP_UPPER_LIMIT,
            valid=days(3650),
        ),
    )
)
antithrombin = measured(labs.ANTITHROMBIN)
temperature = measured(vitals.TEMPERATURE)
heart_rate = measured(vitals.HEART_RATE)
respiratory_rate = measured(vitals.RESPIRATORY_RATE)
paco2 = measured(gases.PACO2)
wbc = measured(labs.WBC)
bands = measured(labs.BANDS)

_of_highest = Quotient(
    name="of_highest",
    label="platelets of the highest in 24 h",
    unit="%",
    top=platelets,
    bottom=Highest(name="highest", label="highest platelets", concept=labs.PLATELETS, over=hours(24)),
    times=100,
)
platelets_fall = to_six_decimals(
    Linear(
        name="platelets_fall", label="platelet fall in 24 h", unit="%", signal=_of_highest, times=-1, plus=100
    )
)
