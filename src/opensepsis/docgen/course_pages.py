"""The documentation page of a course, and the account of it that goes into `run.json`."""

from collections import Counter

from opensepsis.rules import (
    Aged,
    CodeList,
    Course,
    Criterion,
    Died,
    Dose,
    EarlierStay,
    Edge,
    Finding,
    Grew,
    Had,
    LaterStay,
    Narrowed,
    NothingGrew,
    Part,
    PerWeight,
    Reached,
    Sign,
    Span,
    WentTo,
    Words,
    lists_of,
    marks_of,
    spoken,
)

_PARTS = {
    Part.SITE: "Site of infection",
    Part.ORGANISM: "Organism",
    Part.RISK_FACTOR: "Risk factors",
    Part.TREATMENT: "Treatment",
    Part.COMPLICATION: "Complications",
    Part.OUTCOME: "Outcome",
}
ROWS = (
    "`label` writes one row for each finding of a stay that is present (state `yes`) or cannot be determined (`not known`, "
    "with the reason); a finding without a row is absent. `time`: when its first mark occurred; `known`: when it "
    "could first be known. Any one mark is enough. `evidence`: the origins of the first five events."
)


def course_facts(course: Course) -> dict:
    """What a run says of a course beside its source and choices."""
    return {
        "rests_on": [d.name for d in (*course.phenotypes, *course.scores)],
        "findings": {f.name: {"part": f.part.value, "verified": f.verified} for f in course.findings},
    }


def course_page(course: Course) -> list[str]:
    """The findings of a course with their marks, and the lists they read, as Markdown."""
    lines = ["", ROWS]
    for part, title in _PARTS.items():
        lines += [
            "",
            f"## {title}",
            "",
            "| finding | what | shown by | checked |",
            "| --- | --- | --- | --- |",
        ]
        lines += [_row(finding) for finding in course.findings if finding.part is part]
    return [*lines, "", "## Codes", "", *_codes(course)]


def _row(finding: Finding) -> str:
    unit = f" ({finding.unit})" if finding.unit else ""
    marks = "; ".join(dict.fromkeys(map(mark_in_words, finding.marks)))
    checked = "yes" if finding.verified else "**no**"
    return f"| `{finding.name}` | {finding.title}{unit} | {marks} | {checked} |"


def mark_in_words(mark: Criterion) -> str:
    """What shows a finding, in one phrase."""
    match mark:
        case Sign(concept=concept, reading=reading, span=span):
            return f"{concept.label}{_reading(reading)}{_span(span)}"
        case NothingGrew(culture=culture):
            return f"every {culture.label} of the stay has its result, none grew"
        case Aged(at_least=at_least, below=below):
            return f"age under {below:g}" if not at_least else f"age {at_least:g} or over"
        case EarlierStay(within=within):
            return f"a hospital stay that ended at most {spoken(within)} before"
        case LaterStay(within=within, concept=concept, reading=reading):
            return f"a hospital stay begun at most {spoken(within)} after, {concept.label}{_reading(reading)}"
        case Had(phenotype=phenotype):
            return f"an episode of `{phenotype.name}`"
        case Reached(score=score, row=row, at_least=at_least):
            return f"`{score.name}` {row or 'total'} of {at_least} or more"
        case PerWeight(amount=amount, weight=weight, before=before, after=after):
            around = f"from {spoken(before)} before to {spoken(after)} after the infection"
            return f"{amount.label} by {weight.label}, {around}"
        case Narrowed(drug=drug, organism=organism, broad_from=rank, for_at_least=lasting):
            return (
                f"{drug.label} of a rank under {rank} after an {organism.label} was reported, one of {rank} or over before "
                f"the report, none in the {spoken(lasting)} from it on"
            )
        case Died(in_stay=in_stay):
            return "death up to the end of the stay" if in_stay else "death after the stay"
        case WentTo(kind=kind):
            return f"place of discharge: {kind.replace('_', ' ') or 'in no list'}"
    raise TypeError(f"no words for {mark!r}")


def _reading(reading) -> str:
    match reading:
        case CodeList(name=name):
            return f" of the list *{name}*"
        case Words(words=words, left_out=left_out):
            return (" other than " if left_out else ": ") + " or ".join(w.replace("_", " ") for w in words)
        case Grew(kinds=kinds, specimens=specimens):
            kind = f": {' or '.join(k.replace('_', ' ') or 'in no list' for k in kinds)}" if kinds else ""
            return kind + (f" from {' or '.join(specimens)}" if specimens else "")
        case Dose(at_least=at_least):
            return f" of rank {at_least} or over" if at_least else ""
    return ""


def _span(span: Span) -> str:
    if span == Span():
        return ""
    before = f"{spoken(span.before)} before " if span.before else ""
    starts = {
        Edge.STAY: f"from {before}the stay",
        Edge.ADMISSION: f"from {before}the hospital stay",
        Edge.EVER: "ever",
    }
    ends = {
        Edge.STAY: "its end",
        Edge.ADMISSION: "the end of the hospital stay",
        Edge.INFECTION: "the infection",
    }
    if span.start is span.end is Edge.ADMISSION and not span.before:
        return " of the hospital stay"
    return f", {starts[span.start]} to {ends[span.end]}"


def _codes(course: Course) -> list[str]:
    """The lists of codes with their sources; the codes themselves are in the CSV files."""
    listed = {c.name: c for mark in marks_of(course) for c in lists_of(mark) if isinstance(c, CodeList)}
    lines = ["| list | codes | source | checked |", "| --- | --- | --- | --- |"]
    for name, codes in listed.items():
        systems = Counter(code.system for code in codes.codes)
        counts = ", ".join(f"{number} {system}" for system, number in systems.items())
        sources = "; ".join(dict.fromkeys(code.source for code in codes.codes))
        lines.append(f"| {name} | {counts} | {sources} | {'yes' if codes.verified else '**no**'} |")
    place = "`src/opensepsis/definitions/course/*.csv`"
    return [
        *lines,
        "",
        f"Every code, organism, specimen, drug rank and place of discharge stands in {place}.",
    ]
