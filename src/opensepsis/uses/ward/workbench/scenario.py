"""Other rules of alerting, as a hospital writes them in a TOML file; each is a policy and what must be watched for it."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from pathlib import Path

from opensepsis.definitions import PHENOTYPES, SCORES
from opensepsis.errors import DefinitionError, FormatError, MissingError, nearest
from opensepsis.uses.ward.state.alert_policy import AlertPolicy, EpisodeFound, Level, ScoreReaches
from opensepsis.uses.ward.state.monitored import (
    USUAL_CLOCKS,
    USUAL_PHENOTYPES,
    USUAL_SCORES,
    Watched,
    watched,
)

AS_IT_IS = "as it is"
_TIMES = frozenset(
    one.name for one in fields(AlertPolicy) if isinstance(one.default, timedelta)
)  # what is a length of time in a policy
_COUNTS = frozenset({"rise", "organ_points"})
_OWN = frozenset({"limits", "definitions", "without", "suppression", "budget", "silence"})
SUPPRESSING = (
    "treated_within",
    "lapsed_after",
    "ordered_within",
)  # for how long a treatment suppresses calls
_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|min|h|d)\s*")
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True)
class Scenario:
    """One set of rules. `budget` is the share of hours in which a model may be above its threshold (none: no model is asked),
    `silence` the time after a call of the model in which it calls no more."""

    name: str
    policy: AlertPolicy
    watching: Watched
    budget: float | None = None
    silence: timedelta = timedelta(hours=12)


def usual(outcome: str, zone: str | None, policy: AlertPolicy | None = None) -> Scenario:
    """The ward's own rules, in silent mode, with the phenotype by which calls are judged among what is watched."""
    policy = policy or AlertPolicy()
    return Scenario(AS_IT_IS, policy, _watching(policy, outcome, zone))


def read_scenarios(
    path: Path, outcome: str, zone: str | None, policy: AlertPolicy | None = None
) -> list[Scenario]:
    """The ward's own rules, then those of each table `[name]` of a file. FormatError names the table and key that is not understood."""
    base = usual(outcome, zone, policy)
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise MissingError(
            f"{path} cannot be read. Give a TOML file with a table for each set of rules."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise FormatError(f"{path.name} is not TOML: {problem}.") from None
    found = [base]
    for name, rules in told.items():
        if not isinstance(rules, dict):
            raise FormatError(
                f"{path.name}: '{name}' is outside a table. Write `[name of the rules]` above it."
            )
        found.append(scenario_of(name, rules, base.policy, outcome, zone))
    return found


def scenario_of(name: str, rules: Mapping, base: AlertPolicy, outcome: str, zone: str | None) -> Scenario:
    """The scenario of one table of rules.

    >>> rules = {"limits": {"news2 alert": 8}, "lockout": "12 h"}
    >>> scenario_of("later", rules, AlertPolicy(), "sepsis3", None).policy.lockout
    datetime.timedelta(seconds=43200)
    """
    known = _OWN | _TIMES | _COUNTS
    for key in rules:
        if key not in known:
            raise FormatError(f"[{name}]: '{key}' is not a rule. {nearest(key, sorted(known))}")
    policy = _with_definitions(name, base, rules.get("definitions", {}))
    policy = _with_limits(name, policy, rules.get("limits", {}))
    policy = _without(name, policy, rules.get("without", []))
    policy = replace(policy, **{key: _length(name, key, rules[key]) for key in _TIMES & rules.keys()})
    policy = replace(policy, **{key: _count(name, key, rules[key]) for key in _COUNTS & rules.keys()})
    policy = _suppressing(name, policy, rules)
    budget = rules.get("budget")
    if budget is not None and not (isinstance(budget, float) and 0 < budget < 1):
        raise FormatError(f"[{name}]: budget must be a share of hours, such as 0.02.")
    silence = _length(name, "silence", rules.get("silence", "12 h"))
    return Scenario(name, policy, _watching(policy, outcome, zone), budget, silence)


def _watching(policy: AlertPolicy, outcome: str, zone: str | None) -> Watched:
    """What a ward keeps up to date, and what these rules speak of beside it."""
    scores = [one.score for one in policy.reasons if isinstance(one, ScoreReaches)]
    phenotypes = [one.phenotype for one in policy.reasons if isinstance(one, EpisodeFound)]
    return watched(
        tuple(dict.fromkeys((*USUAL_SCORES, *scores))),
        tuple(dict.fromkeys((*USUAL_PHENOTYPES, *phenotypes, outcome))),
        USUAL_CLOCKS,
        zone,
    )


def limit_name(one: ScoreReaches) -> str:
    """How a limit is named: score, level, and whether infection must be suspected.

    >>> limit_name(ScoreReaches("news2", 5, Level.ALERT, infection=True))
    'news2 alert with infection'
    """
    return f"{one.score} {one.level.name.lower()}{' with infection' * one.infection}"


def _with_limits(name: str, policy: AlertPolicy, limits: Mapping[str, int]) -> AlertPolicy:
    """The policy with other points; a limit that it does not have yet is added."""
    reasons = list(policy.reasons)
    for limit, points in limits.items():
        points = _count(name, limit, points)
        at = next(
            (
                i
                for i, one in enumerate(reasons)
                if isinstance(one, ScoreReaches) and limit_name(one) == limit
            ),
            None,
        )
        if at is not None:
            reasons[at] = replace(reasons[at], points=points)
        else:
            reasons.append(_new_limit(name, limit, points))
    return replace(policy, reasons=tuple(reasons))


def _new_limit(name: str, limit: str, points: int) -> ScoreReaches:
    score, _, rest = limit.partition(" ")
    level, _, infection = rest.partition(" ")
    if score not in SCORES:
        raise DefinitionError(f"[{name}]: there is no score '{score}'. {nearest(score, SCORES)}")
    if level.upper() not in Level.__members__ or infection not in ("", "with infection"):
        raise FormatError(
            f"[{name}]: '{limit}' is no limit. Write the score, then watch, alert or critical, then `with infection` where it needs one."
        )
    return ScoreReaches(score, points, Level[level.upper()], bool(infection))


def _with_definitions(name: str, policy: AlertPolicy, other: Mapping[str, str]) -> AlertPolicy:
    """The policy with another phenotype, or another score, in the place of one."""
    for old, new in other.items():
        table = PHENOTYPES if old in PHENOTYPES else SCORES
        if new not in table:
            raise DefinitionError(f"[{name}]: there is no '{new}' to replace '{old}'. {nearest(new, table)}")
        spoken = [
            one
            for one in policy.reasons
            if old in (getattr(one, "phenotype", None), getattr(one, "score", None))
        ]
        if not spoken:
            raise DefinitionError(f"[{name}]: the ward's rules do not speak of '{old}'.")
        key = "phenotype" if table is PHENOTYPES else "score"
        policy = replace(
            policy,
            reasons=tuple(replace(one, **{key: new}) if one in spoken else one for one in policy.reasons),
        )
    return policy


def _without(name: str, policy: AlertPolicy, gone: list[str]) -> AlertPolicy:
    """The policy without what speaks of these scores, limits, phenotypes or charts, or without missed deadlines."""
    for one in gone:
        kept = tuple(r for r in policy.reasons if one not in (*_names(r),))
        if len(kept) == len(policy.reasons) and one != "deadlines":
            names = sorted({n for r in policy.reasons for n in _names(r)} | {"deadlines"})
            raise DefinitionError(
                f"[{name}]: the ward's rules do not speak of '{one}'. {nearest(one, names)}"
            )
        policy = replace(policy, reasons=kept, deadlines=() if one == "deadlines" else policy.deadlines)
    return policy


def _names(reason) -> tuple[str, ...]:
    if isinstance(reason, ScoreReaches):
        return reason.score, limit_name(reason)
    return (reason.phenotype,) if isinstance(reason, EpisodeFound) else (reason.chart,)


def _suppressing(name: str, policy: AlertPolicy, rules: Mapping) -> AlertPolicy:
    """`suppression = "none"`: a treatment suppresses nothing."""
    said = rules.get("suppression", "usual")
    if said not in ("usual", "none"):
        raise FormatError(
            f"[{name}]: suppression must be 'usual' or 'none'; set durations with treated_within, lapsed_after and ordered_within."
        )
    if said == "usual":
        return policy
    return replace(policy, **dict.fromkeys(SUPPRESSING, timedelta(0)))


def _length(name: str, key: str, said: object) -> timedelta:
    read = _LENGTH.fullmatch(said) if isinstance(said, str) else None
    if read is None:
        raise FormatError(f'[{name}]: {key} must be a length of time, such as "8 h", "30 min" or "1 d".')
    return timedelta(seconds=float(read[1]) * _SECONDS[read[2]])


def _count(name: str, key: str, said: object) -> int:
    if isinstance(said, bool) or not isinstance(said, int):
        raise FormatError(f"[{name}]: {key} must be a whole number of points.")
    return said
