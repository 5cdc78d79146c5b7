"""Care of the infection: recognition, cultures, antibiotics with their kinetics, source control. Rules read the policy's numbers."""

import numba
import numpy as np

from opensepsis.uses.simulate.charting.events import (
    ADMINISTRATION,
    ANTIBIOTIC,
    ANTIBIOTIC_ORDER,
    BLOOD_SPECIMEN,
    CULTURE,
    FIRST_DRUG,
    MICROBIOLOGY,
    ORDERS,
    SPUTUM,
    URINE_SPECIMEN,
    WOUND,
    note,
    write,
)
from opensepsis.uses.simulate.physiology.microbes import ORGANISMS, drug_table, empiric_table, narrow_table
from opensepsis.uses.simulate.physiology.state import NEVER_YET
from opensepsis.uses.simulate.randomness import normal, uniform

DRUGS, EMPIRIC, NARROW = drug_table(), empiric_table(), narrow_table()
DETECTION = np.array([organism.detection for organism in ORGANISMS])
_CULTURE, _RESULT, _DELAY = np.array([40, 41, 42])


@numba.njit
def recognise(body, who, care, t):
    """Somebody suspects infection: some time after the warning score or fever alarms, or after the history tells it."""
    if body.suspected < NEVER_YET or t < who.infection_seen:
        return
    alarming = body.news >= care.recognition_news_threshold
    hot = body.temperature >= care.recognition_fever and body.news >= 2.0
    known = who.kind == 0.0 and t - max(body.admitted, who.infection_seen) > care.recognition_history
    if not (alarming or hot or known):
        return
    wait = care.recognition_delay * np.exp(
        care.recognition_delay_spread * who.luck_recognition
        - care.recognition_hurry * (body.news - care.recognition_news_threshold)
    )
    body.suspected = t + wait if who.suspects else NEVER_YET * 2.0
    if not who.suspects:
        return
    body.recognised_news = body.news
    delay = care.antibiotics_delay * np.exp(
        care.antibiotics_delay_spread * who.luck_antibiotic - care.antibiotics_hurry * (body.news - 5.0)
    )
    if care.antibiotics_fixed_delay >= 0.0:
        delay = care.antibiotics_fixed_delay
    delay += care.antibiotics_extra_delay
    body.delay_hours = delay
    if care.antibiotics_given > 0.0:
        body.antibiotic_due = body.suspected + delay
        body.antibiotic_stop = body.antibiotic_due + 24.0 * care.antibiotics_days
    if care.source_control_done > 0.0 and who.controllable > 0.0:
        wait = care.source_control_delay * np.exp(care.source_control_delay_spread * who.luck_source)
        body.source_due = body.suspected + wait + care.source_control_extra_delay


@numba.njit
def choose_antibiotics(body, who, care):
    """The first choice: empiric for the site, broad for the very ill, active if the policy says so."""
    row = 5 if body.news >= care.antibiotics_broad_from_news else int(who.site)
    if care.antibiotics_always_active > 0.0:
        best = 0
        for drug in range(len(DRUGS)):
            if DRUGS[drug, 0] / who.mic[drug] > DRUGS[best, 0] / who.mic[best]:
                best = drug
        body.drug_a, body.drug_b = best, -1.0
    else:
        body.drug_a, body.drug_b = EMPIRIC[row, 0], EMPIRIC[row, 1]


@numba.njit
def take_cultures(body, who, care, p, key, t, events):
    """Blood cultures and one from the site, drawn once, before or after the first antibiotic, with their late results."""
    after = care.cultures_before_antibiotics < who.luck_culture
    due = body.suspected + 0.2 if not after else max(body.suspected + 0.2, body.first_antibiotic + 0.8)
    if body.cultures_drawn > 0.0 or t < due or t >= NEVER_YET / 2:
        return
    body.cultures_drawn, body.cultures = 1.0, t
    found = False
    for bottle in range(3):
        specimen = BLOOD_SPECIMEN
        if bottle == 2:
            if who.site > 3.0:
                continue
            specimen = SPUTUM if who.site == 0.0 else (URINE_SPECIMEN if who.site == 1.0 else WOUND)
        positive, hours = _grow(body, who, care, p, key, bottle, after)
        row = note(
            events, body, CULTURE, specimen, MICROBIOLOGY, t + 0.02 * bottle, t + 0.02 * bottle + 0.1, np.nan
        )
        if positive or bottle < 2 or who.luck_culture < 0.6:
            known = t + (hours if positive else 118.0 + 4.0 * uniform(key, _DELAY, bottle))
            value = 1.0 if positive else 0.0
            write(events, body, CULTURE, specimen, MICROBIOLOGY, row, t + 0.02 * bottle, -1e9, known, value)
        if positive and not found and hours > 0.0:
            found = True
            body.culture_known, body.culture_positive = t + hours, 1.0


@numba.njit
def _grow(body, who, care, p, key, bottle, after):
    """Whether a bottle turns positive and after how many hours: more bacteria, sooner; antibiotics hide them."""
    live = body.blood + body.blood_resistant
    if bottle == 2:
        live = 2.0 * (body.source + body.source_resistant)
    load = np.log10(live + 1e-9) + who.culture_shift
    chance = DETECTION[int(who.organism)] / (1.0 + np.exp(-p.culture_slope * (load - p.culture_half)))
    if bottle == 2:
        chance *= 0.75
    if after:
        chance *= p.culture_hidden
    dirty = care.cultures_contamination
    draw = uniform(key, _CULTURE, bottle)
    hours = p.culture_hours * np.exp(0.35 * normal(key, _RESULT, bottle) - 0.1 * (load - p.culture_half))
    if draw < chance:
        return True, max(4.0, hours)
    return draw > 1.0 - dirty, max(16.0, 1.6 * hours)


@numba.njit
def give_antibiotics(body, who, care, p, key, t, step, filtration, events):
    """Orders, doses, kinetics, the switch when the culture speaks, and the end of the course."""
    if t >= body.antibiotic_due and body.first_antibiotic == NEVER_YET:
        choose_antibiotics(body, who, care)
        body.first_antibiotic, body.next_a, body.next_b = t, t, t + 0.5
        _order(body, events, body.suspected + 0.3 * (t - body.suspected))
    if body.first_antibiotic < NEVER_YET:
        _switch(body, who, care, t, events)
        if t < body.antibiotic_stop:
            body.next_a, body.level_a = _dose(
                body, events, body.drug_a, body.next_a, body.level_a, t, who, key
            )
            body.next_b, body.level_b = _dose(
                body, events, body.drug_b, body.next_b, body.level_b, t, who, key
            )
    body.level_a = _cleared(body.level_a, body.drug_a, filtration, body, step)
    body.level_b = _cleared(body.level_b, body.drug_b, filtration, body, step)


@numba.njit
def _order(body, events, ordered):
    for drug in (body.drug_a, body.drug_b):
        if drug >= 0.0:
            note(events, body, ANTIBIOTIC_ORDER, FIRST_DRUG + int(drug), ORDERS, ordered, ordered, np.nan)


@numba.njit
def _dose(body, events, drug, due, level, t, who, key):
    if drug < 0.0 or t < due:
        return due, level
    number = int(drug)
    late = 0.5 * uniform(key, _DELAY, 100 + int(t * 4.0))
    note(events, body, ANTIBIOTIC, FIRST_DRUG + number, ADMINISTRATION, t, t + 0.1, np.nan)
    return t + DRUGS[number, 3] - 0.25 + late, level + DRUGS[number, 0] * who.volume / max(body.volume, 1.0)


@numba.njit
def _cleared(level, drug, filtration, body, step):
    if level <= 0.0 or drug < 0.0:
        return 0.0
    renal = DRUGS[int(drug), 2]
    rate = 0.6931 / DRUGS[int(drug), 1] * (renal * max(filtration, 0.6 * body.dialysis) + 1.0 - renal)
    return level * np.exp(-rate * step)


@numba.njit
def _switch(body, who, care, t, events):
    """Narrow when the organism is known; change what does not work; stop when nothing grew and no infection is there."""
    if body.narrowed > 0.0:
        return
    if body.culture_positive > 0.0 and t >= body.culture_known + 24.0 * (0.5 + 0.5 * who.luck_switch):
        body.narrowed = 1.0
        narrow = NARROW[int(who.organism)]
        if care.antibiotics_narrowing <= 0.0 and concentration_ratio(body, who) > 1.0:
            return
        if DRUGS[narrow, 0] / who.mic[narrow] < 4.0:
            narrow = 3 if DRUGS[3, 0] / who.mic[3] > DRUGS[4, 0] / who.mic[4] else 4
        if narrow != int(body.drug_a):
            body.drug_a, body.next_a, body.level_a = narrow, t, 0.0
            _order(body, events, t)
        body.drug_b, body.level_b = -1.0, 0.0
    elif body.culture_positive == 0.0 and t >= body.first_antibiotic + 60.0:
        body.narrowed = 1.0
        if who.kind > 0.0:
            body.antibiotic_stop = t + 6.0
        elif body.toxicity > 0.5 and body.drug_a != 3.0:
            body.drug_a, body.next_a, body.level_a = 3.0, t, 0.0
            _order(body, events, t)


@numba.njit
def concentration_ratio(body, who):
    """Antibiotic concentration over the MIC of this patient's organism, summed over the drugs."""
    ratio = 0.0
    if body.drug_a >= 0.0:
        ratio += body.level_a / who.mic[int(body.drug_a)]
    if body.drug_b >= 0.0:
        ratio += body.level_b / who.mic[int(body.drug_b)]
    return ratio


@numba.njit
def control_source(body, who, care, p, t):
    """Drain, operate or remove the line when it is time: most of the source goes, at the price of a small injury."""
    if body.operated > 0.0 or t < body.source_due:
        return
    body.operated, body.source_done = 1.0, t
    left = 1.0 - care.source_control_effect
    body.source *= left
    body.source_resistant *= left
    body.damage += p.operation_injury
