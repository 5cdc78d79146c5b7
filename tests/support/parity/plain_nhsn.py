"""A plain reading of the NHSN draft for one stay, written from its text alone: sets of days, no engine, no definition.

Times are microseconds (UTC). An event is (concept, time, end, value, text).
"""

from dataclasses import dataclass

DAY = 86_400_000_000
DRUGS = {  # ingredient|route -> the drug that counts, and whether it went into a vein or muscle
    "ceftriaxone|iv": ("ceftriaxone", True),
    "ceftriaxone|im": ("ceftriaxone", True),
    "vancomycin|iv": ("vancomycin by vein", True),
    "vancomycin|po": ("vancomycin by mouth", False),
    "levofloxacin|iv": ("levofloxacin", True),
    "levofloxacin|po": ("levofloxacin", False),
    "fluconazole|po": ("fluconazole", False),
}
INFECTIONS = {"J18.9", "A41.9"}
NO_KIDNEYS, WEAK_KIDNEYS = {"N18.6"}, {"N18.4", "N18.6"}
NO_LIVER, WEAK_LIVER = {"K76.6", "D59.1"}, {"K76.6"}
CANCER = {"C34.90"}
FIVE = ("norepinephrine", "dopamine", "epinephrine", "phenylephrine", "vasopressin")
MASKS = {"noninvasive", "cpap", "high_flow", "high flow nasal cannula"}


@dataclass(frozen=True)
class PlainStay:
    presented: int
    admitted: int
    left: int
    female: bool
    died: bool
    hospice: bool
    transferred: bool
    only_a_visit: bool


def day(time: int) -> int:
    return time // DAY


def events_of(stay: PlainStay, chart: list[tuple]) -> list[tuple[int, str]]:
    """(sepsis day, type) of each event that is reported; sepsis day 1 is the day of presentation, the day before it is 0."""
    first_day, last_day = day(stay.presented), day(stay.left)
    usable = range(first_day - 2, last_day + 1)
    cultures = sorted({day(e[1]) for e in chart if e[0] == "culture" and day(e[1]) in usable})
    infected = _principal_infection(stay, chart)
    onsets = []
    if cultures:
        for culture in cultures:
            onsets += _judge(stay, chart, culture, culture, infected, ("community", "hospital"))
    elif infected:
        treated = _days_by_drug(chart)
        starts = [d for drug in treated for d in _new_days(treated[drug]) if treated[drug][d] and d in usable]
        if starts:
            onsets += _judge(stay, chart, min(starts), None, infected, ("community",))
    kept = []
    for onset, kind in sorted(onsets):
        if not kept or onset - kept[-1][0] > 6:
            kept.append((onset, kind))
    return [(onset - first_day + 1, kind) for onset, kind in kept]


def _judge(stay, chart, centre, culture, infected, kinds) -> list[tuple[int, str]]:
    window = {d for d in (centre - 1, centre, centre + 1) if day(stay.presented) - 2 <= d <= day(stay.left)}
    for kind in kinds:
        start = _first_qualifying_day(stay, chart, window, infected, kind)
        broken = _broken_days(stay, chart, window, kind)
        if start is None or not broken:
            continue
        onset = min(d for d in (culture, start, min(broken)) if d is not None)
        hospital = onset >= day(stay.presented) + 3
        if hospital == (kind == "hospital"):
            return [(onset, kind)]
    return []


def _codes(stay: PlainStay, chart) -> list[tuple[str, set]]:
    inside = range(day(stay.presented), day(stay.left) + 1)
    found = []
    for concept, time, _, _, text in chart:
        if concept == "diagnosis" and day(time) in inside:
            code, *marks = text.removeprefix("ICD10:").split("|")
            early = day(stay.admitted) - 2 <= day(time) <= day(stay.admitted) + 1
            if "poa" not in marks and "not_poa" not in marks and early:
                marks.append("poa")
            found.append((code, set(marks)))
    return found


def _principal_infection(stay, chart) -> bool:
    principal = [code for code, marks in _codes(stay, chart) if "principal" in marks]
    return principal != [] and set(principal) <= INFECTIONS


def _days_by_drug(chart) -> dict[str, dict[int, bool]]:
    given: dict[str, dict[int, bool]] = {}
    for concept, time, _, _, text in chart:
        if concept in ("antibiotic", "antifungal"):
            drug, parenteral = DRUGS[text]
            days = given.setdefault(drug, {})
            days[day(time)] = days.get(day(time), False) or parenteral
    return given


def _new_days(days: dict[int, bool]) -> list[int]:
    return [d for d in days if d - 1 not in days and d - 2 not in days]


def _first_qualifying_day(stay, chart, window, infected, kind) -> int | None:
    given, last_day = _days_by_drug(chart), day(stay.left)
    candidates = sorted({d for days in given.values() for d in _new_days(days) if d in window})
    for start in candidates:
        counting, parenteral_on = set(), set()
        for days in given.values():
            running = False
            for d in range(start, last_day + 1):
                if d in _new_days(days):
                    running = True
                    if days[d] and d in window:
                        parenteral_on.add(d)
                if running and d not in days and (d - 1 not in days or d + 1 not in days):
                    running = False
                if running:
                    counting.add(d)
        length = 0
        while start + length in counting:
            length += 1
        if not any(start <= d < start + length for d in parenteral_on):
            continue
        final = start + length - 1
        if length >= 4 or any(final >= end - 1 for end in _ends(stay, chart) if end >= start):
            return start
        home = not (stay.died or stay.hospice or stay.transferred)
        if kind == "community" and infected and home and length == 3 and final >= last_day - 1:
            return start
    return None


def _ends(stay, chart) -> list[int]:
    ends = [day(stay.left)] if stay.died else []
    if not stay.only_a_visit:
        ends += [day(stay.left)] if stay.hospice or stay.transferred else []
        comfort = [day(e[1]) for e in chart if e[0] == "comfort_care"]
        ends += [d for d in comfort if d <= day(stay.left)]
    return ends


def _ran(chart, wanted) -> set[int]:
    days: set[int] = set()
    for concept, start, end, _, text in chart:
        if wanted(concept, text):
            days |= set(range(day(start), day(end - 1) + 1))
    return days


def _broken_days(stay, chart, window, kind) -> set[int]:
    hospital = kind == "hospital"
    readings: dict[int, bool] = {}
    for concept, time, _, value, _ in chart:
        if concept == "systolic_pressure":
            readings[time] = readings.get(time, False) or value < 90
        if concept == "mean_pressure":
            readings[time] = readings.get(time, False) or value < 65
    low = [t for t, is_low in readings.items() if is_low]
    hypotension = {day(t) for t in low if any(0 < t - other <= DAY // 8 for other in low)}
    pressors = _ran(chart, lambda concept, _: concept in FIVE)
    broken = {d for d in hypotension if not hospital or d - 1 not in hypotension | pressors}
    for concept, start, *_ in chart:
        if concept in FIVE:
            drug = _ran(chart, lambda other, _, mine=concept: other == mine)
            begins = day(start)
            if begins - 1 not in drug and not (hospital and begins - 1 in pressors):
                broken.add(begins)
    tube = _ran(chart, lambda concept, text: concept == "ventilation" and text == "invasive")
    mask = _ran(chart, lambda concept, text: concept in ("ventilation", "oxygen") and text in MASKS)
    broken |= {d for d in tube if not hospital or d - 1 not in tube}
    broken |= {d for d in mask if d - 1 not in mask and d + 1 in mask and not (hospital and d - 1 in tube)}
    broken |= _labs(stay, chart, window, kind)
    return broken & window


def _labs(stay, chart, window, kind) -> set[int]:
    codes = _codes(stay, chart)
    every = {code for code, _ in codes}
    on_admission = {code for code, marks in codes if "poa" in marks}
    usable = range(day(stay.presented) - 2, day(stay.left) + 1)
    lost = kind == "community" and (stay.died or stay.hospice)

    def values(concept, days):
        return [(day(e[1]), e[3]) for e in chart if e[0] == concept and day(e[1]) in days]

    def against(concept):
        return [v for _, v in values(concept, window if kind == "hospital" else usable)]

    broken = {d for d, v in values("lactate", window) if v > 2}
    limit = 1.02 if stay.female else 1.18
    if not every & NO_KIDNEYS:
        base = against("creatinine") + ([limit] if lost and not on_admission & WEAK_KIDNEYS else [])
        broken |= {d for d, v in values("creatinine", window) if v > limit and v >= 2 * min(base)}
    if not every & NO_LIVER:
        base = against("bilirubin") + ([0.5] if lost and not on_admission & WEAK_LIVER else [])
        broken |= {d for d, v in values("bilirubin", window) if v >= 2 and v >= 2 * min(base)}
    if not every & CANCER:
        base = max(against("platelets") + ([200] if lost else []), default=0)
        broken |= {d for d, v in values("platelets", window) if v < 100 and v <= 0.5 * base and base >= 100}
    return broken
