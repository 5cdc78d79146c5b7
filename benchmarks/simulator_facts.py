"""Measure a simulated cohort against published clinical facts and real charts, and write docs/simulator.md.

Run: python benchmarks/simulator_facts.py --patients 100000 --shared ../shared
     python benchmarks/simulator_facts.py --charts  (the part beside real charts alone: after a change of what is charted)
Every fact of section 11 of the project's host-response reference that the simulator can answer is listed, met or not.
"""

import argparse
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from simulator_realism import HEADING, auroc, section

from opensepsis.uses.simulate.care.policy import Policy, changed
from opensepsis.uses.simulate.care.what_if import policy_for
from opensepsis.uses.simulate.cohort import Request, blocks
from opensepsis.uses.simulate.physiology.parameters import OWN, document
from opensepsis.uses.simulate.physiology.state import NEVER_YET, TRUTH
from opensepsis.uses.simulate.population import Cohort

KEPT = ("sofa", "news", "lactate")
EVERY, SEED = 6, 11
DAYS_30 = 720
DELAYS = (0, 1, 2, 3, 4, 6)  # h


@dataclass(frozen=True)
class Arm:
    """The people of one arm with their ends, and true SOFA, NEWS2 and lactate every six hours."""

    who: np.ndarray
    state: np.ndarray
    truth: np.ndarray
    rows: np.ndarray

    @property
    def died(self):
        return died(self.state)

    def at(self, name, hour):
        return self.truth[:, hour // EVERY, KEPT.index(name)]

    def alive_at(self, hour):
        return self.rows > hour // EVERY


@dataclass(frozen=True)
class Fact:
    name: str
    source: str
    low: float
    high: float
    value: float
    unit: str = ""

    @property
    def has_target(self):
        return bool(np.isfinite(self.low))

    @property
    def met(self):
        return bool(self.low <= self.value <= self.high)


def run(patients, seed=SEED) -> Arm:
    """The usual arm: infected patients over 30 days."""
    columns = [TRUTH.index(name) for name in KEPT]
    request = Request(patients, DAYS_30, seed, Cohort(infected=1.0), False, EVERY)
    parts = [(b.who, b.states, b.truth[:, :, columns], b.truth_rows) for b in blocks(request)]
    return Arm(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def again(arm, chosen, policy):
    """The ends of the chosen patients under another policy, in their order."""
    request = Request(len(arm.who), DAYS_30, SEED, Cohort(infected=1.0), False, 0)
    return np.concatenate([b.states for b in blocks(request, policy, only=chosen)])


def died(states):
    return states["died"] <= states["admitted"] + DAYS_30


def change(arm, chosen, policy):
    """Deaths per hundred of the chosen patients under another policy, minus those under the usual one."""
    return percent(died(again(arm, chosen, policy))) - percent(arm.died[chosen])


def odds_per_hour(hours, died):
    """The odds ratio per hour of delay, by logistic regression on one variable."""
    table, weights = np.c_[np.ones(len(hours)), hours], np.zeros(2)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-table @ weights))
        slope = (table * (chance * (1 - chance))[:, None]).T @ table
        weights += np.linalg.solve(slope, table.T @ (died - chance))
    return float(np.exp(weights[1]))


def groups(arm):
    """Who has sepsis and shock; shock is early within a day of arrival or, in an infection got in hospital, of its first sign."""
    s = arm.state
    sepsis = s["onset"] < NEVER_YET
    sign = np.maximum(s["admitted"], np.minimum(s["suspected"], s["onset"]))
    return {
        "sepsis": sepsis,
        "shock": sepsis & (s["shock_onset"] < NEVER_YET),
        "early shock": sepsis & (s["shock_first"] < sign + 24),
        "early": sepsis & (s["onset"] < s["admitted"] + 24),
    }


def first_day_sofa(arm):
    days = arm.truth[:, :5, KEPT.index("sofa")].copy()
    days[np.arange(5)[None, :] >= arm.rows[:, None]] = -1
    return days.max(1)


def outcome_facts(arm):
    g, dead = groups(arm), arm.died
    early, sofa = g["early"], first_day_sofa(arm)
    slope = np.polyfit(sofa[early], dead[early], 1)[0]
    arrived = arm.who["hospital"] == 0
    news = np.maximum(arm.at("news", 0), arm.at("news", 6))
    high = early & (sofa >= 2)
    yield Fact("30-day deaths in sepsis", "Bauer 2020", 20, 28, percent(dead[g["sepsis"]]), "%")
    yield Fact("30-day deaths in septic shock", "Bauer 2020", 30, 40, percent(dead[g["shock"]]), "%")
    yield Fact("deaths when first-day SOFA is 2 or more", "Singer 2016", 10, 100, percent(dead[high]), "%")
    name = "rise of deaths per point of first-day SOFA (between patients)"
    yield Fact(name, "Bauer 2020 (between studies)", 1.8, 3.3, 100 * slope, "points")
    yield Fact("AUROC of first-day SOFA", "acceptance list", 0.70, 0.83, auroc(sofa[early], dead[early]))
    value = auroc(news[arrived], dead[arrived])
    yield Fact("AUROC of NEWS2 on arrival, all infected", "Rotterdam 2019; pooled", 0.70, 0.80, value)


def percent(flags):
    return 100.0 * float(np.mean(flags)) if len(flags) else float("nan")


def worst_sofa(arm, first, last):
    """The highest SOFA from one hour to another, counted from the transfer to intensive care; -1 where there is none."""
    row = np.arange(arm.truth.shape[1])[None, :]
    from_transfer = row * EVERY - (arm.state["icu_from"] - arm.state["admitted"])[:, None]
    within = (first <= from_transfer) & (from_transfer < last) & (row < arm.rows[:, None])
    return np.where(within, arm.truth[:, :, KEPT.index("sofa")], -1.0).max(1)


def trend(arm):
    """Who has sepsis and 48 hours of intensive care, and by how many points the second day's SOFA lies above the first's.

    A day's SOFA is its worst (Vincent 1996).
    """
    s = arm.state
    there = groups(arm)["sepsis"] & (s["icu_until"] > s["icu_from"] + 48)
    there &= arm.rows * EVERY > s["icu_from"] - s["admitted"] + 48
    return there, worst_sofa(arm, 24, 48) - worst_sofa(arm, 0, 24)


def trend_facts(arm):
    """Ferreira 2001: the change of SOFA over the first 48 hours in intensive care."""
    there, moved = trend(arm)
    source = "Ferreira 2001"
    rises, stays, falls = (percent(arm.died[there & at]) for at in (moved > 0, moved == 0, moved < 0))
    yield Fact("deaths when SOFA rises in 48 h of intensive care", source, 50, 100, rises, "%")
    yield Fact("deaths when SOFA stays", source, 27, 35, stays, "%")
    yield Fact("deaths when SOFA falls", source, 0, 27, falls, "%")
    highest = percent(arm.died[groups(arm)["sepsis"] & (arm.state["worst_sofa"] > 11)])
    yield Fact("deaths when the highest SOFA is above 11", source, 80, 100, highest, "%")


def stay_facts(arm):
    """How long those who survive sepsis stay, and how many of those who die within 30 days had gone home."""
    s, sepsis, end = arm.state, groups(arm)["sepsis"], arm.state["admitted"] + DAYS_30
    alive, intensive = sepsis & ~arm.died, s["icu_from"] < NEVER_YET
    care = np.minimum(s["icu_until"], end) - s["icu_from"]
    stay = np.minimum(s["discharged"], end) - s["admitted"]
    source, last = "acceptance list", percent(s["discharged"][sepsis & arm.died] < NEVER_YET)
    name = "median hours in {} of survivors of sepsis"
    found = float(np.median(care[alive & intensive]))
    yield Fact(name.format("intensive care"), source, 60, 130, found, "h")
    yield Fact(name.format("hospital"), source, 150, 220, float(np.median(stay[alive])), "h")
    yield Fact("30-day deaths in sepsis that come after discharge", source, 0, 15, last, "%")


def ferreira_against_bauer(arm):
    """How Ferreira's rows are read, and what the row that is missed would make of the deaths of all with sepsis."""
    sepsis, (there, moved) = groups(arm)["sepsis"], trend(arm)
    high = sepsis & (arm.state["worst_sofa"] > 11)
    now, dead = percent(arm.died[sepsis]), percent(arm.died[high])
    then = now + percent(high[sepsis]) * (80 - dead) / 100
    rises, stays, falls = (percent(at) for at in (moved[there] > 0, moved[there] == 0, moved[there] < 0))
    return [
        "Ferreira's rows. A day's SOFA is its worst (Vincent 1996): the second day in intensive care is held against the first, in those "
        f"who are there for 48 hours; it rises in {rises:.0f} %, stays in {stays:.0f} % and falls in {falls:.0f} %. The highest SOFA is "
        f"above 11 in {percent(high[sepsis]):.0f} % of sepsis, of whom {dead:.0f} % die. If 80 % did, {then:.0f} % of all sepsis would "
        f"instead of {now:.0f} %, where Bauer has 20 to 28 %, unless fewer die below, which makes the slope per point steeper than Bauer's "
        "3.3. That slope lies between studies, not between patients, and Ferreira's patients (one unit, 1999) were sicker.",
        "",
    ]


def lactate_facts(arm):
    early, dead = groups(arm)["early"], arm.died
    first = np.maximum(arm.at("lactate", 0), arm.at("lactate", 6))
    high = early & (first >= 2) & arm.alive_at(24)
    cleared = arm.at("lactate", 24) < np.maximum(2.0, 0.9 * first)
    day, four = early & arm.alive_at(24), arm.at("lactate", 24) >= 4
    yield Fact("deaths with lactate cleared at 24 h", "Bhat 2015", 10, 20, percent(dead[high & cleared]), "%")
    yield Fact(
        "deaths with lactate not cleared at 24 h", "Bhat 2015", 30, 42, percent(dead[high & ~cleared]), "%"
    )
    name = "deaths with lactate of 4 or more at 24 h, over those below (ratio)"
    yield Fact(name, "PMC6686323", 1.5, 8, dead[day & four].mean() / dead[day & ~four].mean())


def culture_facts(arm):
    g, s = groups(arm), arm.state
    drawn, positive = s["cultures_drawn"] > 0, s["culture_positive"] > 0
    wait = (s["culture_known"] - s["cultures"])[positive & g["sepsis"]]
    yield Fact("culture positive in sepsis", "Phua 2013", 45, 60, percent(positive[g["sepsis"] & drawn]), "%")
    yield Fact(
        "culture positive in shock", "2020 shock registry", 50, 65, percent(positive[g["shock"] & drawn]), "%"
    )
    yield Fact("median hours to detection", "2020 shock registry: 9.5", 8, 15, float(np.median(wait)), "h")
    both = drawn & g["sepsis"]
    gap = percent(arm.died[both & positive]) - percent(arm.died[both & ~positive])
    yield Fact(
        "deaths, culture positive minus negative",
        "meta-analysis 2021: equal after adjustment",
        -6,
        6,
        gap,
        "points",
    )


def delayed(arm, chosen, part, field, **other):
    """Who of the chosen dies when a part of their care comes after each of DELAYS."""
    policies = (changed(Policy(), part, **{field: float(hours)}, **other) for hours in DELAYS)
    return [died(again(arm, chosen, policy)) for policy in policies]


def odds_of_delay(arms, who=slice(None)):
    """The odds ratio of death per hour over such arms, of all or of some of their patients."""
    arms = [dead[who] for dead in arms]
    return odds_per_hour(np.repeat(np.array(DELAYS, float), len(arms[0])), np.concatenate(arms))


def delay_facts(arm):
    """The same patients with every antibiotic at 0 to 6 hours from suspicion: the structural effect, free of indication."""
    seen = groups(arm)["sepsis"] & (arm.state["suspected"] < NEVER_YET / 2)
    shock = groups(arm)["early shock"][seen]
    arms = delayed(arm, seen, "antibiotics", "fixed_delay")
    source = "Seymour, Liu 2017; Kumar 2006; Im 2022"
    for name, who, low, high in (
        ("overall", slice(None), 1.04, 1.12),
        ("in shock", shock, 1.1, 1.2),
        ("without shock", ~shock, 0.98, 1.04),
    ):
        title = f"odds of death per hour of antibiotic delay, {name} (paired arms)"
        yield Fact(title, source, low, high, odds_of_delay(arms, who))
    rise = (percent(arms[-1]) - percent(arms[0])) / DELAYS[-1]
    yield Fact("rise of deaths per hour of delay", "Liu 2017", 0.3, 2.0, rise, "points")
    natural = seen & (arm.state["delay_hours"] < 12)
    value = odds_per_hour(arm.state["delay_hours"][natural], arm.died[natural])
    title = "the same odds as an observer sees them (sicker patients are treated sooner)"
    yield Fact(title, "no target: shows indication bias", float("nan"), float("nan"), value)


def source_facts(arm):
    """Abdominal sepsis in shock that can be operated: an hour's delay of the operation against an hour's delay of the antibiotic."""
    chosen = groups(arm)["early shock"] & (arm.who["controllable"] > 0) & (arm.who["site"] == 2)
    drug = odds_of_delay(delayed(arm, chosen, "antibiotics", "fixed_delay"))
    title = "odds of death per hour of antibiotic delay, abdomen and shock"
    yield Fact(title, "no target: for the next row", float("nan"), float("nan"), drug)
    knife = odds_of_delay(delayed(arm, chosen, "source_control", "extra_delay", delay=0.01))
    title = "odds of death per hour of source-control delay, the same patients"
    yield Fact(title, "larger than antibiotic delay; Azuhata 2014: 3.3 per hour", drug, 4, knife)


def trial_facts(arm):
    """Trials that found nothing must find nothing here; the steroid's are judged in those who would get one, as in the trial."""
    g = groups(arm)
    steroid = g["sepsis"] & (arm.state["steroid_from"] < NEVER_YET)
    shock, sepsis = g["early shock"], g["sepsis"]
    for name, source, policy, chosen, width in (
        ("pressure target 80 against 65, shock", "SEPSISPAM", policy_for("pressure_target=80"), shock, 3),
        ("pressure target 60 against 65, shock", "65 trial", policy_for("pressure_target=60"), shock, 3),
        ("restrictive against liberal fluid, shock", "CLOVERS", policy_for("fluid_bolus=12"), shock, 3),
        ("no steroid against steroid", "ADRENAL", policy_for("steroid=no"), steroid, 2),
        ("oxygen target 90 against 95.5 %, sepsis", "ICU-ROX (not confirmed)",
         changed(Policy(), "breathing", target=0.90), sepsis, 3),
        ("late against early dialysis, sepsis", "STARRT-AKI (not confirmed)",
         changed(Policy(), "kidneys", creatinine_rise=7.0), sepsis, 3),
    ):  # fmt: skip
        value = change(arm, chosen, policy)
        yield Fact(f"change of deaths: {name}", source, -width, width, value, "points")
    without = again(arm, steroid, policy_for("steroid=no"))
    shorter = np.median(pressor_hours(without)) - np.median(pressor_hours(arm.state[steroid]))
    title = "steroid shortens vasopressor time by (median)"
    yield Fact(title, "ADRENAL: 3 against 4 days", 6, 36, float(shorter), "h")


def pressor_hours(s):
    end = np.minimum(np.minimum(s["died"], s["discharged"]), s["admitted"] + DAYS_30)
    stop = np.where(
        (s["norepinephrine"] == 0) & (s["pressor_until"] > s["shock_first"]), s["pressor_until"], end
    )
    return np.where(s["shock_first"] < NEVER_YET, stop - s["shock_first"], 0.0)


def care_facts(arm):
    """Directions that no trial needs to prove."""
    sepsis = groups(arm)["sepsis"]
    for name, lever in (
        ("no treatment", "untreated"),
        ("no antibiotic", "antibiotics=no"),
        ("no oxygen", "oxygen=no"),
    ):
        value = change(arm, sepsis, policy_for(lever))
        yield Fact(f"change of deaths: {name}, sepsis", "direction", 1, 100, value, "points")


def page(facts, options, seconds):
    own = sum(OWN in entry["source"] for entry in document()["parameters"].values())
    total = len(document()["parameters"])
    met, asked = sum(f.met for f in facts), sum(f.has_target for f in facts)
    lines = [
        "# The simulator against clinical facts",
        "",
        f"Written by `benchmarks/simulator_facts.py --patients {options.patients}` in {seconds / 60:.0f} minutes; parameters version "
        f"{document()['version']}, of which {own} of {total} are this project's own calibration. {met} of {asked} facts are met; "
        "what is missed stays in the table.",
        "",
        "| fact | source | range | simulated | met |",
        "|---|---|---|---|---|",
    ]
    for f in facts:
        answer = ("yes" if f.met else "**no**") if f.has_target else "no target"
        span = f"{f.low:.3g} to {f.high:g} {f.unit}".strip() if f.has_target else ""
        lines.append(f"| {f.name} | {f.source} | {span} | {f.value:.3g} | {answer} |")
    return [*lines, ""]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=20000)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("OPENSEPSIS_SHARED", "../shared")))
    parser.add_argument("--out", type=Path, default=Path("docs/simulator.md"))
    parser.add_argument("--charts", action="store_true")
    options = parser.parse_args()
    if options.charts:
        there = options.out.read_text(encoding="utf-8").partition(HEADING)[0]
        options.out.write_text(there + "\n".join(section(options.shared)), encoding="utf-8")
        return
    began = time.monotonic()
    arm = run(options.patients)
    firsts = (outcome_facts, stay_facts, trend_facts, lactate_facts, culture_facts)
    facts = [fact for made in firsts for fact in made(arm)]
    for more in (delay_facts, source_facts, trial_facts, care_facts):
        for fact in more(arm):
            facts.append(fact)
            print(f"{time.monotonic() - began:,.0f} s: {fact.name}: {fact.value:.4g}", flush=True)
    lines = [
        *page(facts, options, time.monotonic() - began),
        *ferreira_against_bauer(arm),
        *section(options.shared),
    ]
    options.out.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
