"""What the clocks have in common: what closes a task, what counts as hypotension, what ends every clock."""

from opensepsis.definitions.concepts import cultures, drugs, labs, support, vitals
from opensepsis.definitions.signals.hypoperfusion import low_pressure
from opensepsis.definitions.signals.measured import measured
from opensepsis.rules import Choice, ComfortCare, DoseRule, Recorded, Volume, Way

systolic_pressure, lactate = measured(vitals.SYSTOLIC_PRESSURE), measured(labs.LACTATE)
HYPOTENSION = low_pressure
HYPOTENSION_OR_LACTATE_4 = HYPOTENSION | (lactate >= 4)

LACTATE = Recorded(concepts=(labs.LACTATE,))
ANTIBIOTIC = Recorded(concepts=(drugs.ANTIBIOTIC,), given=DoseRule(only=(Way.PARENTERAL,)))
BLOOD_CULTURE = Recorded(concepts=(cultures.CULTURE,), specimens=("blood",))
VASOPRESSOR = Recorded(
    concepts=(
        drugs.NOREPINEPHRINE,
        drugs.EPINEPHRINE,
        drugs.DOPAMINE,
        drugs.PHENYLEPHRINE,
        drugs.VASOPRESSIN,
        drugs.ANGIOTENSIN,
    )
)
ANY_CRYSTALLOID = Volume(fluid=drugs.CRYSTALLOID)
CRYSTALLOID_30 = Volume(fluid=drugs.CRYSTALLOID, weight=vitals.WEIGHT, per_kg=30)
COMFORT_CARE = ComfortCare(concept=support.COMFORT_CARE)

TIME_ZERO = Choice(
    "time zero",
    "when the last element of the trigger was present (infection suspected and organ failure, or shock)",
    "the earliest moment consistent with all elements; the time at which staff could know it is given beside it",
)
LOOKED_FOR = Choice(
    "looked for",
    "at admission, at every hour of the stay, and whenever something was charted that the trigger reads or an infusion "
    "began to count; as known: whenever it was filed. `episodes.parquet` is hourly: a clock may start up to an hour "
    "before its episode or, for what was over by the full hour, without one",
    "what is due within an hour cannot wait for the next full one",
)
BOUNDARY = Choice("boundary", "done exactly at the due time is in time", "the texts say 'within'")
BREADTH = Choice(
    "antibiotic",
    "the first dose by vein, muscle or bone marrow, or by a route not recorded; none by mouth, as oral vancomycin; "
    "whether it is broad enough is not judged",
    "the text asks for a broad-spectrum drug; which drugs these are is a local list",
)
DONE_BEFORE = Choice(
    "done before",
    "up to 6 h before time zero for lactate and fluid, 48 h for blood culture, 24 h for antibiotic",
    "what has been done need not be done again; the windows are those of SEP-1 and not confirmed",
)
ORDER = Choice(
    "order",
    "culture at the time of the first antibiotic or before it; later it is late and the order broken",
    "charts to the minute cannot tell what came first within it",
)
PRESSURE = Choice(
    "hypotension", "systolic pressure below 90 or MAP below 65 mmHg", "the text gives no number"
)
REPEAT = Choice(
    "repeat lactate",
    "the first lactate of the window decides; any later one closes it, also before it is due",
    "an early repeat is not a failure",
)
WEIGHT = Choice(
    "weight",
    "the last charted up to time zero, else the first after it; actual weight, also with a BMI above 30",
    "which ideal or adjusted weight to take is not confirmed; actual weight asks for more fluid, never less",
)
FLUID_TIME = Choice(
    "fluid",
    "a volume counts when it is charted as in; fluid has begun with the first",
    "starts are not charted by all",
)
