"""A documentation page from a definition, and the account of it that goes into `run.json`."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta

from opensepsis.definitions import SCORES
from opensepsis.docgen.choices_page import cell_text
from opensepsis.docgen.clock_pages import clock_facts, clock_page
from opensepsis.docgen.course_pages import course_facts, course_page
from opensepsis.docgen.nhsn_settings import code_lists, dysfunction, low_pressure, neutropenia, ventilated
from opensepsis.docgen.versions import version_of
from opensepsis.rules import (
    AtLeast,
    Clock,
    CodeList,
    CompositeRow,
    Concept,
    Course,
    CriteriaMet,
    DoseRule,
    DrugList,
    InARow,
    Infection,
    LabDysfunction,
    LabFailure,
    LowPressure,
    Neutropenia,
    NewSupport,
    OrganFailure,
    Organisms,
    Paper,
    Phenotype,
    Places,
    Row,
    Running,
    Score,
    Shock,
    Signal,
    Taxa,
    Ventilated,
    Worsened,
    concepts_of,
    spoken,
    spoken_age,
)

MISSING = (
    "The highest cell that is true gives the points. A row is 0 when its lowest cell is false. Alternatives (or) that are not known are "
    "disregarded; conditions joined by 'and' must both be known. A row with no true cell and an unknown lowest cell is not known, and "
    "the total is the sum of the known rows, with their number beside it. A missing value is never taken as normal."
)
NOT_STATED = ("name", "title", "paper", "choices", "why")


def about(definition: Score | Phenotype | Clock | Course) -> dict:
    """What a run says of a definition: source, choices and settings, as plain data."""
    base = {
        "name": definition.name,
        "kind": _kind(definition),
        "title": definition.title,
        "definition_version": version_of(definition.name),
        "source": str(definition.paper),
        "verified": "yes" if definition.paper.verified else "no",
        "checks": _checks(definition.paper),
        "second_reading": str(definition.paper.second_reading or ""),
        "choices": {choice.name: choice.taken for choice in definition.choices},
    }
    if definition.why:
        base["variant"] = definition.why
    if isinstance(definition, Clock):
        return base | clock_facts(definition)
    if isinstance(definition, Course):
        return base | course_facts(definition)
    if isinstance(definition, Score):
        window = spoken(definition.window) if definition.window else "none"
        return base | {
            "window": window,
            "lowest_age": definition.lowest_age,
            "age_below": definition.age_below,
            "by_worst_row": definition.by_worst_row,
            "not_while": None if definition.not_while is None else str(definition.not_while),
        }
    return base | {"settings": settings(definition)}


def _checks(paper: Paper) -> list[dict[str, str]]:
    """What was read to check which rows, which copy, by whom and when."""
    return [
        {"rows": paper.rows_of(c), "read": c.read.value, "copy": c.against, "by": c.by, "on": c.on}
        for c in paper.checks
    ]


def checks_table(paper: Paper) -> list[str]:
    """Who compared which rows with what, as a table; nothing where nobody did."""
    if not paper.checks:
        return []
    lines = ["", "| rows | read | copy | by | on |", "| --- | --- | --- | --- | --- |"]
    lines += ["| " + " | ".join(check.values()) + " |" for check in _checks(paper)]
    return lines + (["", f"Second reading: {paper.second_reading}."] if paper.second_reading else [])


def _kind(definition) -> str:
    return {Score: "score", Clock: "clock", Course: "course"}.get(type(definition), "phenotype")


def settings(phenotype: Phenotype) -> dict:
    """The settings of a phenotype by name, in words."""
    return {f.name: _said(getattr(phenotype, f.name)) for f in fields(phenotype) if f.name not in NOT_STATED}


def _said(value):
    match value:
        case timedelta():
            return spoken(value)
        case Score() | Phenotype() | Concept() | Signal():
            return value.name
        case AtLeast(score=of, points=points):
            return f"{of.name} ≥ {points}"
        case NewSupport(concept=concept, words=words):
            return " ".join((concept.name, *words))
        case LabFailure(concept=concept) | LabDysfunction(concept=concept):
            return (
                f"{concept.name} {_failure(value) if isinstance(value, LabFailure) else dysfunction(value)}"
            )
        case LowPressure():
            return low_pressure(value)
        case Neutropenia():
            return neutropenia(value)
        case Ventilated():
            return ventilated(value)
        case (
            DrugList(name=name)
            | Organisms(name=name)
            | Places(name=name)
            | CodeList(name=name)
            | Taxa(name=name)
        ):
            return name
        case DoseRule():
            return _doses(value)
        case tuple():
            return [_said(v) for v in value]
    return value if isinstance(value, int | float | str | None) else str(value)


def _doses(rule: DoseRule) -> str:
    """Which doses count."""
    parts = [f"{' or '.join(rule.only)} doses" if rule.only else "every dose"]
    parts += [f"none by a {' or '.join(rule.left_out)} route"] if rule.left_out else []
    parts += (
        [f"{' or '.join(rule.stays_in_gut)} not by {' or '.join(rule.into_gut)} route"]
        if rule.into_gut
        else []
    )
    return ", ".join(parts)


def _failure(lab: LabFailure) -> str:
    """The two limits of a laboratory failure, as the paper prints them."""
    sign, past = ("≥", "≥") if lab.rises else ("≤", "<")
    parts = [f"{past} {lab.limit:g}"] if lab.limit is not None else []
    parts += [f"{sign} {lab.times:g} × baseline"] if lab.times is not None else []
    parts += [f"baseline ≥ {lab.baseline_at_least:g}"] if lab.baseline_at_least is not None else []
    return " and ".join(parts) + (f", not with {' or '.join(lab.not_with)}" if lab.not_with else "")


def page(definition: Score | Phenotype | Clock | Course, variants: Mapping | None = None) -> str:
    """A definition as a Markdown page: table, units, choices, missing-data policy, variants, source."""
    lines = [f"# {definition.title} (`{definition.name}`)", "", f"Source: {definition.paper}."]
    lines += ["", f"Checked against the original: {'yes' if definition.paper.verified else '**no**'}."]
    lines += checks_table(definition.paper)
    if version := version_of(definition.name):
        lines += [
            "",
            f"Version `{definition.name} {version}`: the number after the dot rises with every change that can alter results.",
        ]
    if definition.why:
        lines += ["", f"Variant: {definition.why}."]
    body = {"score": _score, "phenotype": _phenotype, "clock": clock_page, "course": course_page}
    lines += body[_kind(definition)](definition)
    lines += _choices(definition)
    others = [v for name, v in (variants or {}).items() if name.startswith(f"{definition.name}:")]
    if others:
        lines += ["", "## Variants", "", "| name | differs |", "| --- | --- |"]
        lines += [f"| `{v.name}` | {v.why} |" for v in others]
    lines += ["", "For research and teaching. Not a medical device.", ""]
    return "\n".join(lines)


def _score(score: Score) -> list[str]:
    lines = ["", "## Table", "", *_table(score)]
    if score.window:
        lines += ["", f"Each row keeps the worst points of the last {spoken(score.window)}."]
    else:
        lines += ["", "Each row gives the points of the moment."]
    if score.by_worst_row:
        lines += [
            "",
            "The total is that of the worst row. While a row is not known it is *at least* so much; 0 only where every row is known.",
        ]
    if score.bands:
        lines += [
            "",
            "Totals: " + "; ".join(f"{name} from {limit}" for name, limit in score.bands.items()) + ".",
        ]
    if score.carried:
        lines += [
            "",
            f"A row not known in its window takes its last points, at most {spoken(score.carried)} old, else 0.",
        ]
    if score.age_below is not None:
        lines += [
            "",
            f"Not for patients of {spoken_age(score.age_below)} and over: for them it is not known.",
        ]
    if score.lowest_age is not None:
        lines += [
            "",
            f"Not for patients under {spoken_age(score.lowest_age)}: for them the score is not known.",
        ]
    if score.not_while is not None:
        lines += ["", f"Not known while {score.not_while}."]
    lines += ["", "## Signals", "", *_signals(score)]
    return [*lines, "", "## Missing data", "", MISSING]


def _table(score: Score) -> list[str]:
    top = max(points for row in score.rows for part in row.parts for points in part.cells)
    lines = ["| row | " + " | ".join(map(str, range(1, top + 1))) + " |"]
    lines += ["|" + " --- |" * (top + 1)]
    for row in score.rows:
        for number, part in enumerate(row.parts):
            cells = " | ".join(_cell(part.cells.get(points)) for points in range(1, top + 1))
            head = (
                f"**{row.name}** ({row.title}){joint_text(row)}" if number == 0 else joint_text(row, number)
            )
            lines.append(f"| {head} | {cells} |")
    return lines


def _signals(score: Score) -> list[str]:
    lines = ["| signal | unit | from | reading |", "| --- | --- | --- | --- |"]
    for name, signal in sorted(score.signals.items()):
        concepts = ", ".join(dict.fromkeys(f"`{c.name}`" for c in concepts_of(signal)))
        lines.append(f"| {name} | {signal.unit or '–'} | {concepts} | {reading(signal)} |")
    return lines


def joint_text(row: Row | CompositeRow, number: int = 0) -> str:
    """How the tables of a row go together."""
    if not isinstance(row, CompositeRow):
        return ""
    if number:
        return "if not known:" if row.first_known else "or, if worse:" if row.worst_known else "plus"
    if row.first_known or row.worst_known:
        return ""
    steps = "; ".join(f"{given} from {from_}" for from_, given in row.steps.items())
    most = "" if row.at_most is None else f", at most {row.at_most}"
    return f": sum{most}" + (f", read as {steps}" if steps else "")


def _cell(condition) -> str:
    return "" if condition is None else str(condition).replace("|", "\\|")


def reading(signal: Signal) -> str:
    """How a signal is read, in one phrase: its node and its times."""
    times = [
        f"{f.name.replace('_', ' ')} {spoken(value)}"
        for f in fields(signal)
        if isinstance(value := getattr(signal, f.name), timedelta) and value
    ]
    words = getattr(signal, "words", ()) if isinstance(signal, Running) else ()
    node = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", type(signal).__name__).lower()
    if isinstance(signal, InARow):
        times = [
            f"readings with {signal.condition}",
            f"after {signal.since.label.removeprefix('time since ')}",
        ]
    return ", ".join([node, *times, *([" or ".join(words)] if words else [])])


def _phenotype(phenotype: Phenotype) -> list[str]:
    meaning = {
        Infection: "A culture and an antibiotic, near each other in time; suspected at the earlier of the two.",
        OrganFailure: "Suspected infection with a rise of the score at an hourly evaluation time in the window around it.",
        Shock: "Sepsis with a vasopressor and a high lactate close together in time.",
    }.get(type(phenotype)) or inspect.getdoc(type(phenotype))
    lines = ["", meaning, "", "## Settings", "", "| setting | value |", "| --- | --- |"]
    for name, value in settings(phenotype).items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        if shown not in ("", None):
            lines.append(f"| {name.replace('_', ' ')} | {shown} |")
    lines += code_lists(phenotype)
    for criterion in _criteria(phenotype):
        lines += ["", f"## Table of `{criterion.name}`", "", *_table(criterion)]
        if criterion.window:
            lines += ["", f"Each row keeps the worst points of the last {spoken(criterion.window)}."]
        lines += ["", *_signals(criterion)]
    return lines


def _criteria(phenotype: Phenotype) -> list[Score]:
    """The tables of a phenotype that have no page of their own."""
    parts = {CriteriaMet: "criteria", Worsened: "sign"}.get(type(phenotype))
    given = () if parts is None else getattr(phenotype, parts)
    tables = [c.score for c in (given if isinstance(given, tuple) else (given,))]
    return [t for t in tables if t.name not in SCORES and t.window]


def _choices(definition) -> list[str]:
    if not definition.choices:
        return []
    lines = ["", "## Choices", "", "| choice | taken | why |", "| --- | --- | --- |"]
    return lines + [f"| {c.name} | {cell_text(c.taken)} | {cell_text(c.why)} |" for c in definition.choices]
