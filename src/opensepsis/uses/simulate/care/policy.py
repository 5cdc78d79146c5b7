"""Care as small objects of plain numbers: replace any of them to ask what if.

Each class says what one part of the team does. The compiled body reads the numbers; nothing here runs during a simulation.
"""

from dataclasses import dataclass, field, fields, is_dataclass, replace

import numpy as np

from opensepsis.errors import SimulationError


@dataclass(frozen=True)
class Recognition:
    news_threshold: float = 5.0
    fever: float = 38.3  # Cel
    history: float = 5.0  # h until the history alone tells of an infection
    delay: float = 0.7  # h, median from the threshold to suspicion
    delay_spread: float = 0.7
    hurry: float = 0.10  # how much faster per NEWS point above the threshold


@dataclass(frozen=True)
class Cultures:
    before_antibiotics: float = 0.85  # chance
    contamination: float = 0.03


@dataclass(frozen=True)
class Antibiotics:
    given: bool = True
    delay: float = 1.3  # h, median from suspicion to the first dose
    delay_spread: float = 0.7
    hurry: float = 0.08
    extra_delay: float = 0.0  # h, added for every patient: the lever of a delay experiment
    fixed_delay: float = -1.0  # h from suspicion for every patient; below 0: not used
    broad_from_news: float = 8.0
    days: float = 7.0
    narrowing: bool = True
    always_active: bool = False  # as if the organism had been known


@dataclass(frozen=True)
class SourceControl:
    done: bool = True
    delay: float = 9.0  # h, median from suspicion
    delay_spread: float = 0.6
    extra_delay: float = 0.0
    effect: float = 0.97  # share of the source removed


@dataclass(frozen=True)
class Fluids:
    given: bool = True
    bolus: float = 30.0  # mL/kg, for low pressure or high lactate
    bolus_hours: float = 3.0
    further: float = 0.5  # L for each further bolus
    further_limit: float = 4.0
    maintenance: float = 0.08  # L/h
    lactate_above: float = 4.0
    pressure_below: float = 65.0  # mmHg


@dataclass(frozen=True)
class Vasopressors:
    given: bool = True
    target: float = 65.0  # mmHg
    highest: float = 1.5  # ug/kg/min
    vasopressin_above: float = 0.25


@dataclass(frozen=True)
class Steroid:
    given: bool = True
    norepinephrine_above: float = 0.25
    after: float = 4.0  # h on norepinephrine


@dataclass(frozen=True)
class Breathing:
    oxygen: bool = True
    target: float = 0.955
    high_flow: bool = True
    intubation: bool = True
    intubate_below: float = 145.0  # PaO2/FiO2


@dataclass(frozen=True)
class Kidneys:
    dialysis: bool = True
    creatinine_rise: float = 4.0  # times the baseline
    potassium: float = 6.3


@dataclass(frozen=True)
class Metabolism:
    insulin: bool = True
    glucose_above: float = 180.0


@dataclass(frozen=True)
class Placement:
    intensive_care: bool = True
    news: float = 13.0
    delay: float = 2.5  # h
    leave_after: float = 34.5  # h without support
    leave_sofa: float = 6.0  # SOFA points above usual, below which intensive care is left
    home_after: float = 30.0  # h well
    course: float = 84.0  # h of antibiotics, of those who are not frail
    weakness: float = 0.045  # wear with which somebody of usual frailty may go home
    frailty: float = 1.0  # how much sooner frailty keeps somebody: logarithm of weakness per unit


@dataclass(frozen=True)
class ComfortCare:
    offered: bool = True
    after: float = 60.0  # h in hospital
    burden: float = 3.0  # weighted organ damage, 0 to about 6
    patience: float = 1.4  # burden less per day of organ support after the second in intensive care


@dataclass(frozen=True)
class Policy:
    """The whole team.

    >>> Policy(antibiotics=Antibiotics(extra_delay=3.0)).antibiotics.extra_delay
    3.0
    """

    recognition: Recognition = field(default_factory=Recognition)
    cultures: Cultures = field(default_factory=Cultures)
    antibiotics: Antibiotics = field(default_factory=Antibiotics)
    source_control: SourceControl = field(default_factory=SourceControl)
    fluids: Fluids = field(default_factory=Fluids)
    vasopressors: Vasopressors = field(default_factory=Vasopressors)
    steroid: Steroid = field(default_factory=Steroid)
    breathing: Breathing = field(default_factory=Breathing)
    kidneys: Kidneys = field(default_factory=Kidneys)
    metabolism: Metabolism = field(default_factory=Metabolism)
    placement: Placement = field(default_factory=Placement)
    comfort: ComfortCare = field(default_factory=ComfortCare)


def untreated() -> Policy:
    """Nobody treats: what the infection does by itself.

    >>> untreated().antibiotics.given
    False
    """
    return Policy(
        antibiotics=Antibiotics(given=False),
        source_control=SourceControl(done=False),
        fluids=Fluids(given=False, maintenance=0.0),
        vasopressors=Vasopressors(given=False),
        steroid=Steroid(given=False),
        breathing=Breathing(oxygen=False, high_flow=False, intubation=False),
        kidneys=Kidneys(dialysis=False),
        metabolism=Metabolism(insulin=False),
        placement=Placement(intensive_care=False),
        comfort=ComfortCare(offered=False),
    )


def policy_record(policy: Policy):
    """The numbers of a policy as one record, named part_field, for the compiled body.

    >>> float(policy_record(Policy()).vasopressors_target)
    65.0
    """
    if not isinstance(policy, Policy):
        raise SimulationError(f"A policy must be a Policy, not {type(policy).__name__}.")
    values = {}
    for part in fields(policy):
        piece = getattr(policy, part.name)
        if not is_dataclass(piece):
            raise SimulationError(f"The policy's {part.name} must be one of the care objects of policy.py.")
        for item in fields(piece):
            values[f"{part.name}_{item.name}"] = float(getattr(piece, item.name))
    if not np.isfinite(list(values.values())).all():
        raise SimulationError("Every number of a policy must be finite.")
    record = np.zeros(1, dtype=[(name, "f8") for name in values])
    for name, value in values.items():
        record[name] = value
    return record.view(np.recarray)[0]


def changed(policy: Policy, part: str, **changes) -> Policy:
    """The same team, with one part changed.

    >>> changed(Policy(), "vasopressors", target=75.0).vasopressors.target
    75.0
    """
    return replace(policy, **{part: replace(getattr(policy, part), **changes)})
