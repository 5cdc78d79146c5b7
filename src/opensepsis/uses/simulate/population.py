"""Who the virtual patients are: age, body, chronic illness, infection, immune variation, and the luck that every arm shares."""

from dataclasses import dataclass

import numpy as np

from opensepsis.errors import SimulationError
from opensepsis.uses.simulate.physiology.microbes import ANTIBIOTICS, NEVER, ORGANISMS, SITES, mic_table
from opensepsis.uses.simulate.randomness import normals, uniforms

KINDS = ("infection", "heart failure", "bleeding", "surgery", "copd")
INFECTION, HEART_FAILURE, BLEEDING, SURGERY, COPD = range(5)

_NUMBERS = (
    "kind", "site", "organism", "age", "female", "weight", "height", "frailty", "diabetes", "hypertension",
    "growth", "phagocyte_kill", "damage_rate", "damage_sixth", "anti_inflammatory_gain", "activation", "resolution",
    "source_start", "source_growth", "source_capacity", "source_leak", "resistant_start", "kill", "penetration",
    "controllable", "infection_start", "infection_seen", "symptom_threshold", "symptom_delay", "hospital",
    "volume", "unstressed", "compliance", "stroke", "stroke_rest", "resistance", "contractility", "rate", "rate_reflex",
    "set_pressure", "pulse_pressure", "dilation", "leak", "oxygen_use", "thirst", "shunt", "breaths", "paco2", "clotting",
    "platelets", "clotting_factors", "weak_lung", "weak_heart", "weak_kidney", "weak_liver", "weak_brain", "weak_marrow",
    "fragility", "repair", "creatinine", "potassium", "sodium", "lactate", "bicarbonate", "fever", "glucose", "bilirubin",
    "albumin", "white_cells", "hemoglobin", "clarity", "suspects", "luck_recognition", "luck_antibiotic", "luck_source",
    "luck_culture", "luck_switch", "culture_shift", "luck_place", "death_draw", "clock", "day", "habit_crp",
    "habit_procalcitonin",
    "habit_gases", "habit_fibrinogen", "habit_between", "habit_gap", "habit_wait", "habit_catheter", "habit_bag",
    "habit_coma", "habit_heat", "habit_cuff", "habit_late", "habit_sugar", "habit_round", "habit_counts", "habit_salts",
    "habit_clotting", "probe", "reagent", "heparin",
    "injury", "injury_hours", "bleed", "local_disease", "comfort_view", "minute", "acute", "alt",
    "urea", "crp", "bands", "d_dimer", "fibrinogen",
)  # fmt: skip
PATIENT = np.dtype([(name, "f8") for name in _NUMBERS] + [("mic", "f8", (len(ANTIBIOTICS),))])


@dataclass(frozen=True)
class Cohort:
    """Who comes: the share with an infection, the share of those infected in hospital, and how much immune systems differ.

    >>> Cohort().immune_spread
    0.35
    """

    infected: float = 0.65
    hospital_acquired: float = 0.12
    immune_spread: float = 0.35  # sd of the logarithm
    severity: float = 1.0  # multiplies the source

    def __post_init__(self):
        if not (0 <= self.infected <= 1 and 0 <= self.hospital_acquired <= 1):
            raise SimulationError("The shares of a cohort must lie between 0 and 1.")
        if not (0 <= self.immune_spread <= 1.5 and 0 < self.severity <= 100):
            raise SimulationError("immune_spread must lie between 0 and 1.5, severity above 0 and up to 100.")


class _Draws:
    """Numbers by name: each call takes the next stream, so that the order of the calls is part of the seed's meaning."""

    def __init__(self, seed, first, count):
        self.seed, self.first, self.count, self.stream = seed, first, count, 1000

    def uniform(self):
        self.stream += 1
        return uniforms(self.seed, self.first, self.count, self.stream)

    def normal(self):
        self.stream += 1
        return normals(self.seed, self.first, self.count, self.stream)

    def scatter(self, middle, spread):
        return middle * np.exp(spread * self.normal())

    def chance(self, share):
        return (self.uniform() < share).astype(float)


def draw_patients(seed: int, first: int, count: int, cohort: Cohort, p) -> np.ndarray:
    """Patients `first` to `first + count - 1` of a seed: the same ones whatever the block they are drawn in.

    >>> from opensepsis.uses.simulate.physiology.parameters import body_parameters
    >>> bool(draw_patients(1, 0, 9, Cohort(), body_parameters())["age"].min() >= 18)
    True
    """
    who = np.zeros(count, dtype=PATIENT)
    draw = _Draws(seed, first, count)
    _person(who, draw, cohort)
    _infection(who, draw, cohort, p)
    _immune(who, draw, cohort, p)
    _chemistry(who, draw)
    _circulation(who, draw, p)
    _organs(who, draw, p)
    _luck(who, draw)
    _mimics(who, draw)
    _habits(who, draw)
    return who


def _person(who, draw, cohort):
    who["kind"] = np.where(draw.uniform() < cohort.infected, INFECTION, 1 + np.floor(4 * draw.uniform()))
    who["age"] = np.clip(66 + 16.5 * draw.normal() - 3 * draw.uniform(), 18, 99)
    who["female"] = draw.chance(0.47)
    who["height"] = np.round(np.clip(np.where(who["female"], 162, 175) + 7 * draw.normal(), 140, 205))
    who["weight"] = np.round(np.clip(draw.scatter(27.0, 0.2) * (who["height"] / 100) ** 2, 38, 180), 1)
    older = (who["age"] - 65) / 20
    who["frailty"] = np.clip(0.3 + 0.1 * older + 0.16 * draw.normal(), 0, 1)
    who["diabetes"] = draw.chance(0.28)
    who["hypertension"] = draw.chance(np.clip(0.45 + 0.15 * older, 0.05, 0.9))


def _pick(shares, u):
    return np.searchsorted(np.cumsum(shares)[:-1], u)


def _infection(who, draw, cohort, p):
    site = _pick([site.share for site in SITES], draw.uniform())
    u = draw.uniform()
    organism = np.array([_pick(SITES[s].organisms, x) for s, x in zip(site, u, strict=True)], dtype=int)
    who["site"], who["organism"] = site, organism
    infected = who["kind"] == INFECTION
    size = cohort.severity * infected
    who["source_start"] = size * draw.scatter(p.source_start, p.source_start_spread)
    who["source_growth"] = np.clip(draw.scatter(p.source_growth, p.source_growth_spread), 0.02, 0.6)
    who["source_capacity"] = draw.scatter(p.source_capacity, p.source_capacity_spread) * cohort.severity
    who["source_leak"] = draw.scatter(p.source_leak, p.source_leak_spread)
    who["growth"] = np.clip(draw.scatter(p.pathogen_growth, p.pathogen_growth_spread), 0.05, 1.45)
    who["resistant_start"] = 10.0 ** (-6.0 + 0.8 * draw.normal())
    who["kill"] = draw.scatter(p.kill_strongest, p.kill_spread)
    who["penetration"] = np.clip(draw.scatter(p.penetration, 0.5), 0.02, 1.0)
    resistance = np.array([item.acquired_resistance for item in ORGANISMS])[organism]
    hospital = draw.chance(cohort.hospital_acquired) * infected
    acquired = draw.uniform() < resistance * (1 + 1.5 * hospital)
    shift = 2.0 ** np.clip(0.9 * draw.normal(), -2.5, 2.5) * np.where(acquired, 16.0, 1.0)
    who["mic"] = np.minimum(mic_table()[organism] * shift[:, None], NEVER)
    who["mic"][:, 3] = np.minimum(who["mic"][:, 3], mic_table()[organism, 3] * 4)
    control = np.array([item.controllable for item in SITES])[site]
    who["controllable"] = draw.chance(control) * infected
    who["hospital"] = hospital
    who["infection_start"] = np.where(hospital > 0, 24 + 96 * draw.uniform(), 0.0)
    who["infection_seen"] = np.where(hospital > 0, who["infection_start"] + 4, 0.0)
    who["symptom_threshold"] = draw.scatter(p.symptom_threshold, 0.35)
    who["symptom_delay"] = draw.scatter(p.symptom_delay, 0.9)


def _immune(who, draw, cohort, p):
    spread = cohort.immune_spread
    who["phagocyte_kill"] = draw.scatter(p.phagocyte_kill, spread)
    who["anti_inflammatory_gain"] = draw.scatter(p.anti_inflammatory_gain, spread)
    who["damage_rate"] = draw.scatter(p.damage_rate, spread)
    who["damage_sixth"] = draw.scatter(p.damage_threshold, spread) ** 6
    who["activation"] = draw.scatter(1.0, 0.5 * spread)
    who["resolution"] = draw.scatter(1.0, p.resolution_spread) * np.exp(-0.9 * (who["frailty"] - 0.3))
    who["clotting"] = draw.scatter(1.0, 0.45)


def _chemistry(who, draw):
    kidney = draw.chance(np.clip(0.12 + 0.004 * (who["age"] - 60), 0.02, 0.4))
    who["creatinine"] = np.clip(
        np.where(kidney > 0, draw.scatter(1.7, 0.3), draw.scatter(0.8, 0.25)), 0.35, 4.5
    )
    liver = draw.chance(0.05)
    who["bilirubin"] = np.where(liver > 0, draw.scatter(1.8, 0.4), draw.scatter(0.55, 0.35))
    who["clotting_factors"] = np.where(liver > 0, 0.75, 1.0) * np.clip(1 + 0.06 * draw.normal(), 0.8, 1.2)
    who["platelets"] = np.where(liver > 0, 0.6, 1.0) * np.clip(draw.scatter(240.0, 0.28), 60, 600)
    who["albumin"] = np.clip(3.5 - 0.5 * liver + 0.4 * draw.normal(), 2.0, 5.0)
    who["white_cells"] = draw.scatter(7.8, 0.3)
    who["hemoglobin"] = np.clip(np.where(who["female"], 11.4, 12.3) - kidney + 1.7 * draw.normal(), 7.0, 18)
    who["potassium"] = 3.85 + 0.35 * draw.normal()
    who["sodium"] = 138.5 + 3.8 * draw.normal()
    who["bicarbonate"] = 24.5 - 1.5 * kidney + 1.8 * draw.normal()
    who["lactate"] = draw.scatter(1.05, 0.25)
    who["glucose"] = np.where(who["diabetes"] > 0, draw.scatter(165.0, 0.25), draw.scatter(106.0, 0.1))
    who["urea"] = 15.0 * (who["creatinine"] / 0.8) ** 0.7 * draw.scatter(1.0, 0.3)
    who["alt"], who["acute"] = draw.scatter(24.0, 0.5), draw.scatter(1.0, 0.5)
    who["crp"], who["d_dimer"] = draw.scatter(4.0, 0.8), draw.scatter(0.4, 0.5)
    who["bands"], who["fibrinogen"] = np.abs(1.5 * draw.normal()), draw.scatter(310.0, 0.22)
    who["fever"] = draw.scatter(1.0, 0.35) * np.clip(1.15 - 0.005 * (who["age"] - 40), 0.6, 1.2)


def _circulation(who, draw, p):
    size = (who["weight"] / 75.0) ** 0.6
    who["volume"] = 5.0 * size
    who["unstressed"] = p.unstressed_share * who["volume"]
    who["compliance"] = (who["volume"] - who["unstressed"]) / 8.0
    who["rate"] = np.clip(76 + 9 * draw.normal(), 52, 105)
    who["contractility"] = np.clip(draw.scatter(1.0, 0.15), 0.55, 1.5)
    who["rate_reflex"] = np.clip(1.3 - 0.006 * (who["age"] - 40), 0.7, 1.5) * np.where(
        draw.uniform() < 0.2, 0.6, 1.0
    )
    who["set_pressure"] = np.clip(86 + 9 * who["hypertension"] + 7 * draw.normal(), 68, 118)
    who["pulse_pressure"] = np.clip(50 + 0.35 * (who["age"] - 50) + 10 * draw.normal(), 25, 90)
    who["stroke_rest"] = 70.0 * size
    filled = 8.0 / (8.0 + p.filling_half)
    who["stroke"] = who["stroke_rest"] / (filled * who["contractility"])
    output = who["stroke_rest"] * who["rate"] / 1000.0
    who["resistance"] = (who["set_pressure"] - p.venous_share * 8.0) / output
    who["dilation"] = draw.scatter(1.0, 0.25)
    who["leak"] = draw.scatter(1.0, 0.4)
    who["oxygen_use"] = 245.0 * size
    # What is drunk at rest balances urine (at a normal volume) and insensible loss.
    who["thirst"] = 0.00095 * 0.943 * who["weight"] + 0.03
    lung = draw.chance(0.12)
    who["shunt"] = np.clip(draw.scatter(0.028, 0.5) + 0.06 * lung, 0.01, 0.25)
    who["breaths"] = np.clip(16 + 1.6 * draw.normal(), 11, 22)
    who["paco2"] = 39 + 2.5 * draw.normal() + 4 * lung


def _organs(who, draw, p):
    for organ in ("lung", "heart", "kidney", "liver", "brain", "marrow"):
        who[f"weak_{organ}"] = draw.scatter(1.0, p.organ_spread)
    pneumonia = (who["site"] == 0) & (who["kind"] == INFECTION)
    who["weak_lung"] *= np.where(pneumonia, 1.5, 1.0)
    who["weak_kidney"] *= np.where(who["creatinine"] > 1.3, 1.5, 1.0)
    who["weak_liver"] *= np.where(who["bilirubin"] > 1.2, 1.8, 1.0)
    who["weak_brain"] *= np.clip(1 + 0.02 * (who["age"] - 65), 0.5, 1.7)
    who["fragility"] = np.exp(p.fragility_frailty * (who["frailty"] - 0.3)) * draw.scatter(
        1.0, p.fragility_spread
    )
    who["repair"] = draw.scatter(1.0, 0.3)
    who["clarity"] = np.where(draw.uniform() < 0.07 + 0.1 * (who["age"] > 80), 0.9, 1.0)


def _luck(who, draw):
    for name in ("luck_recognition", "luck_antibiotic", "luck_source", "luck_place"):
        who[name] = np.clip(draw.normal(), -2.5, 2.5)
    who["luck_culture"], who["luck_switch"] = draw.uniform(), draw.uniform()
    who["culture_shift"] = 1.2 * draw.normal()
    who["death_draw"] = -np.log(draw.uniform())
    who["comfort_view"] = draw.uniform()
    hour = 14.5 + 5.5 * draw.normal()
    who["clock"], who["day"], who["minute"] = np.mod(hour, 24), np.floor(365 * draw.uniform()), draw.uniform()
    site = 6 * draw.uniform()
    who["habit_crp"], who["habit_procalcitonin"] = (site < 0.3).astype(float), (site < 2).astype(float)
    suspicion = np.where(who["kind"] == INFECTION, 0.985, np.where(who["kind"] == HEART_FAILURE, 0.35, 0.45))
    who["suspects"] = draw.chance(suspicion)


def _habits(who, draw):
    """What the team looks at besides what everybody does."""
    who["habit_gases"], who["habit_fibrinogen"] = draw.chance(0.5), draw.chance(0.38)
    who["habit_wait"] = draw.scatter(1.0, 0.45)
    who["habit_between"], who["habit_gap"] = 0.36 * draw.uniform() ** 1.8, draw.scatter(1.0, 0.5)
    for name in ("catheter", "bag", "coma", "heat", "cuff", "late", "sugar", "round", "salts", "clotting"):
        who[f"habit_{name}"] = draw.uniform()
    # Blood counts several times a day: those who bleed, and those whose team fears it.
    who["habit_counts"] = draw.chance(np.where(who["kind"] == BLEEDING, 0.6, 0.13))
    # What the devices add to the truth: an oximeter reads to within 2 %, laboratories and drugs taken at home shift the INR.
    who["probe"] = np.clip(0.5 + 1.1 * draw.normal(), -3, 3)
    warfarin = draw.chance(0.07)
    who["reagent"] = draw.scatter(1.1, 0.07) * np.where(warfarin > 0, draw.scatter(1.7, 0.2), 1.0)
    who["heparin"] = np.where(draw.uniform() < 0.15, draw.scatter(1.9, 0.25), draw.scatter(1.08, 0.1))


def _mimics(who, draw):
    """Illness without infection: a weak wet heart, blood loss, an operation, or obstructed lungs."""
    grade = np.clip(draw.scatter(1.0, 0.4), 0.3, 2.5)
    kind = who["kind"]
    heart = kind == HEART_FAILURE
    who["contractility"] = np.where(
        heart, who["contractility"] * np.clip(0.72 - 0.12 * grade, 0.4, 0.7), who["contractility"]
    )
    who["rate"] += np.where(heart, 8 * grade, 0.0)
    who["bleed"] = np.where(kind == BLEEDING, 0.11 * grade, 0.0)
    who["hemoglobin"] -= np.where(kind == BLEEDING, np.minimum(2.5 * grade, who["hemoglobin"] - 6.5), 0.0)
    who["injury"] = np.where(kind == SURGERY, 0.45 * grade, 0.0)
    who["injury_hours"] = np.where(kind == SURGERY, 2 + 2.5 * grade, 8.0)
    copd = kind == COPD
    who["local_disease"] = np.where(copd, np.clip(0.28 * grade, 0, 0.7), 0.0)
    who["paco2"] += np.where(copd, 7 * grade, 0.0)
    who["bicarbonate"] += np.where(copd, 2.5 * grade, 0.0)
    who["breaths"] += np.where(copd, 3 * grade, 0.0)
