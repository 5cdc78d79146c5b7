"""The rules of alerting that two persons agreed on, in place of the ward's usual ones: written as the workbench reads them."""

import tomllib
from dataclasses import fields, replace

from opensepsis.errors import FormatError
from opensepsis.uses.ward.state.alert_policy import AlertPolicy, EpisodeFound, ScoreReaches
from opensepsis.uses.ward.state.monitored import Watched
from opensepsis.uses.ward.workbench.scenario import limit_name, scenario_of

ACTIVE = "active_wards"
_OF_A_MODEL = ("budget", "silence")  # the workbench may ask a model, the ward does not call by one
_NO_RULES = ("name", "version", "reasons")


def rules_of(said: str, number: int, base: AlertPolicy, zone: str | None) -> tuple[AlertPolicy, Watched]:
    """The policy and what is watched under rules as they are written; FormatError or DefinitionError say what is not understood.

    >>> policy, _ = rules_of('limits = {"news2 alert" = 8}\\nactive_wards = ["3B"]', 2, AlertPolicy(), None)
    >>> policy.label, policy.is_silent("3B"), policy.is_silent("4A")
    ('usual 5, rules 2', False, True)
    """
    try:
        rules = tomllib.loads(said)
    except tomllib.TOMLDecodeError as problem:
        raise FormatError(f"The rules are not TOML: {problem}.") from None
    wards = rules.pop(ACTIVE, None)
    for name in _OF_A_MODEL:
        if name in rules:
            raise FormatError(
                f"'{name}' is allowed in the workbench only: on the ward no model raises alerts."
            )
    made = scenario_of("rules", rules, base, "sepsis3", zone)
    policy = replace(made.policy, version=f"{base.version}, rules {number}")
    if wards is not None:
        listed = [wards] if isinstance(wards, str) else wards
        if not isinstance(listed, list) or not all(isinstance(one, str) and one.strip() for one in listed):
            raise FormatError(f'{ACTIVE} must be a list of wards, such as ["3A", "4B"], or "all".')
        speaks = listed == ["all"]
        policy = replace(policy, silent=not speaks, speaking_wards=frozenset(() if speaks else listed))
    return policy, made.watching


def differences(before: AlertPolicy, after: AlertPolicy) -> list[tuple[str, str, str]]:
    """What is not the same in two policies: its name, before and after, in words."""
    said, now = _in_words(before), _in_words(after)
    return [
        (name, said.get(name, "–"), now.get(name, "–"))
        for name in sorted({*said, *now})
        if said.get(name) != now.get(name)
    ]


def _in_words(policy: AlertPolicy) -> dict[str, str]:
    words = {
        one.name: _said(getattr(policy, one.name)) for one in fields(policy) if one.name not in _NO_RULES
    }
    for reason in policy.reasons:
        match reason:
            case ScoreReaches():
                words[f"limit: {limit_name(reason)}"] = f"from {reason.points} points"
            case EpisodeFound():
                words[f"found: {reason.phenotype}"] = f"{reason.level.name.lower()}, for {reason.lasting}"
            case _:
                words[f"chart: {reason.chart}"] = reason.level.name.lower()
    return words


def _said(value: object) -> str:
    return ", ".join(sorted(map(str, value))) if isinstance(value, frozenset | tuple) else str(value)
