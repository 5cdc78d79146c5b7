"""The criteria of the NHSN drafts in words, for their pages and the account of a run."""

from opensepsis.rules import (
    LabDysfunction,
    LowPressure,
    Neutropenia,
    NhsnSepsisEvent,
    Phenotype,
    Ventilated,
    spoken,
)


def dysfunction(lab: LabDysfunction) -> str:
    """The limits of a laboratory dysfunction and its baselines.

    >>> from opensepsis.definitions.phenotypes.nhsn_sepsis import CREATININE
    >>> dysfunction(CREATININE).partition(";")[0]
    '> 1.18 (women > 1.02) and ≥ 2 × baseline'
    """
    past, reached = (">" if lab.strictly else "≥", "≥") if lab.rises else ("<", "≤")
    women = "" if lab.limit_women is None else f" (women {past} {lab.limit_women:g})"
    parts = [f"{past} {lab.limit:g}{women}"]
    parts += [f"{reached} {lab.times:g} × baseline"] if lab.times is not None else []
    parts += [f"baseline ≥ {lab.baseline_at_least:g}"] if lab.baseline_at_least is not None else []
    told = [" and ".join(parts)]
    if lab.assumed is not None:
        women = "" if lab.assumed_women is None else f" (women {lab.assumed_women:g})"
        unless = f" unless {lab.assumed_unless.name}" if lab.assumed_unless else ""
        told.append(f"assumed baseline {lab.assumed:g}{women}{unless}")
    return "; ".join([*told, *([f"not with {lab.not_with.name}"] if lab.not_with else [])])


def low_pressure(rule: LowPressure) -> str:
    """The two limits of pressure, and how far apart the readings may lie."""
    said = f"two of {rule.systolic.name} < {rule.systolic_below:g} or {rule.mean.name} < {rule.mean_below:g} within {spoken(rule.within)}"
    said += ", in a row" if rule.in_a_row else ""
    return said + f", from the {'first' if rule.from_first else 'second'}"


def ventilated(rule: Ventilated) -> str:
    """What counts as invasive, and what as support by mask or high flow."""
    masks = " or ".join((*rule.noninvasive, *rule.devices))
    return f"{' or '.join(rule.invasive)}; on two days in a row {masks}"


def neutropenia(rule: Neutropenia) -> str:
    """How few neutrophils on how many days.

    >>> from opensepsis.definitions.phenotypes.nhsn_bacteremia import NEUTROPENIA
    >>> neutropenia(NEUTROPENIA)
    'neutrophils < 1 on 2 days, at most 7 from the culture'
    """
    return f"{rule.neutrophils.name} < {rule.below:g} on {rule.days} days, at most {rule.within_days} from the culture"


def code_lists(phenotype: Phenotype) -> list[str]:
    """The codes of every list that a definition reads itself, with their sources; nothing where it reads none."""
    if not isinstance(phenotype, NhsnSepsisEvent):
        return []
    listed = [
        phenotype.principal,
        *(of for lab in phenotype.labs for of in (lab.assumed_unless, lab.not_with) if of),
    ]
    lines = [
        "",
        "## Codes",
        "",
        "| list | system | codes | source | checked |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, codes in {each.name: each.codes for each in listed}.items():
        groups: dict[tuple[str, str, bool], list[str]] = {}
        for code in codes:
            groups.setdefault((code.system, code.source, code.verified), []).append(code.code)
        for (system, source, verified), said in groups.items():
            checked = "yes" if verified else "**no**"
            lines.append(f"| {name} | {system} | {' '.join(said)} | {source} | {checked} |")
    return [
        *lines,
        "",
        "A code counts for all that begin with it, a range from its first to its last beginning; `?` is any sign.",
    ]
