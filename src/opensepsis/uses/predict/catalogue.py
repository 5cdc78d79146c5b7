"""The features by name: what each is made of, what kind of thing it tells, and how a clinician would say it."""

from collections.abc import Sequence
from dataclasses import dataclass

from opensepsis.uses.predict.inputs import RUNNING, SETTING, SIGN, Input

PHYSIOLOGY, PROCESS, TREATMENT, TIME, SITE = "physiology", "observation", "treatment", "time", "site"
TAGS = (PHYSIOLOGY, PROCESS, TREATMENT, TIME, SITE)
LONG, SHORT = 24, 6  # hours of the windows

_MEASURED = {"last": "{}", "change": "change of {} between the last two values"}
_PROCESS = {"since": "hours since {} was measured", "count": "number of values of {}"}
_OFTEN = {"count_24h": "number of values of {} in 24 h"}
_WINDOWS = {
    "low_6h": "lowest {} in 6 h", "high_6h": "highest {} in 6 h", "mean_6h": "mean {} in 6 h", "spread_6h": "variation of {} in 6 h",
    "low_24h": "lowest {} in 24 h", "high_24h": "highest {} in 24 h", "mean_24h": "mean {} in 24 h",
    "rise_3h": "change of {} in 3 h", "rise_6h": "change of {} in 6 h",
    "lowest": "lowest {} so far", "highest": "highest {} so far", "mean": "mean {} so far",
}  # fmt: skip
_KEY = {
    "from_first": "change of {} since its first value",
    "lowest": "lowest {} so far",
    "highest": "highest {} so far",
}
_RUNNING = {"since": "hours since {} ran", "count": "hours with {}"}
# numerator and denominator; where both are known
RATIOS = {
    "shock_index": ("heart_rate", "systolic_pressure", "heart rate over systolic pressure"),
    "bun_creatinine": ("bun", "creatinine", "urea nitrogen over creatinine"),
    "spo2_fio2": ("spo2", "fio2", "SpO₂ over FiO₂"),
    "rate_spo2": ("respiratory_rate", "spo2", "respiratory rate over SpO₂"),
}
SCORES = ("sirs", "qsofa", "sofa", "news2")
_PROCESS_ALL = {
    "laboratory_now": "laboratory values in this hour",
    "laboratory_6h": "laboratory values in 6 h",
    "laboratory_24h": "laboratory values in 24 h",
    "signs_now": "vital signs in this hour",
    "signs_6h": "vital signs in 6 h",
}
_TIME = {
    "unit_hours": "hours in the unit",
    "record_hours": "hours since the first value",
}
_SITE = {"hospital_hours": "hours in hospital"}  # how early a hospital moves whom to the unit
_PERSON = {"age": "age", "female": "sex"}


@dataclass(frozen=True)
class Feature:
    """One column: its name, what kind of thing it tells, the concept it is of (or none), and its words."""

    name: str
    tag: str
    concept: str
    words: str


@dataclass(frozen=True)
class Layout:
    """The features of some inputs, in the order of the columns of a row; the same for the same inputs."""

    inputs: tuple[Input, ...]
    features: tuple[Feature, ...]

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.features]

    def of_form(self, *forms: str) -> list[int]:
        """The places of the inputs of some forms."""
        return [i for i, one in enumerate(self.inputs) if one.form in forms]

    def tagged(self, *tags: str) -> list[int]:
        """The columns with any of these tags."""
        return [i for i, one in enumerate(self.features) if one.tag in tags]


def layout(inputs: Sequence[Input]) -> Layout:
    """The columns that `features` gives for these inputs.

    >>> from opensepsis.uses.predict.inputs import read_inputs
    >>> layout(read_inputs()[:1]).names[:3]
    ['heart_rate.last', 'heart_rate.change', 'heart_rate.since']
    """
    inputs = tuple(inputs)
    found: list[Feature] = []

    def add(chosen: Sequence[Input], kinds: dict[str, str], process: bool = False) -> None:
        for name, words in kinds.items():
            for one in chosen:
                treated = one.form in (SETTING, RUNNING)
                tag = PROCESS if process and not treated else TREATMENT if treated else PHYSIOLOGY
                if process and one.form == SETTING:
                    tag = PROCESS
                found.append(Feature(f"{one.concept}.{name}", tag, one.concept, words.format(one.title)))

    measured = [one for one in inputs if one.form != RUNNING]
    running = [one for one in inputs if one.form == RUNNING]
    signs = [one for one in inputs if one.form == SIGN]
    add(measured, _MEASURED)
    add(measured, _PROCESS, process=True)
    add(running, _RUNNING)
    add([one for one in measured if one.form != SIGN or one.concept == "temperature"], _OFTEN, process=True)
    add(signs, _WINDOWS)
    add([one for one in measured if one.key], _KEY)
    there = {one.concept for one in inputs}
    for name, (top, bottom, words) in RATIOS.items():
        if {top, bottom} <= there:
            found.append(Feature(name, TREATMENT if bottom == "fio2" else PHYSIOLOGY, top, words))
    found += [Feature(name, PHYSIOLOGY, "", f"{name.upper()} of the last values") for name in SCORES]
    found += [Feature(name, PROCESS, "", words) for name, words in _PROCESS_ALL.items()]
    found += [Feature(name, TIME, "", words) for name, words in _TIME.items()]
    found += [Feature(name, SITE, "", words) for name, words in _SITE.items()]
    found += [Feature(name, PHYSIOLOGY, "", words) for name, words in _PERSON.items()]
    return Layout(inputs, _grouped(found, inputs))


def _grouped(found: list[Feature], inputs: tuple[Input, ...]) -> tuple[Feature, ...]:
    """In the order in which they are written; a name only once."""
    seen: dict[str, Feature] = {}
    for one in found:
        seen.setdefault(one.name, one)
    return tuple(seen.values())
