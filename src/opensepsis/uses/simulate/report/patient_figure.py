"""One simulated patient as a figure (SVG): bacteria, inflammation, organs, vital signs and treatments over the days."""

from pathlib import Path
from typing import cast
from xml.sax.saxutils import escape

import polars as pl

from opensepsis.data.io.atomic import add_to_output, replace_file
from opensepsis.data.io.paths import as_path
from opensepsis.errors import SimulationError
from opensepsis.uses.simulate.charting.frames import names
from opensepsis.uses.simulate.simulation import MARKER, Simulation
from opensepsis.uses.svg import text

_WIDTH, _LEFT, _HEIGHT, _GAP = 900, 176, 110, 26
# Middle tones, which stay readable on white and on black.
_COLOURS = ("#2f80c8", "#d0623f", "#4f9636", "#9068c0", "#a87f14", "#7c8696")
_SOFT = "#7c8696"
_STYLE = (
    ".patient{fill:#1d2430}.patient .paper{fill:#fff}"
    "@media(prefers-color-scheme:dark){.patient{fill:#e7eaf0}.patient .paper{fill:#14181f}}"
)
_LINES = (
    ("bacteria (10⁶/mL)", ("source", "blood")),
    ("inflammation", ("phagocytes", "mediator", "thrombin")),
    ("organ damage, 0–1", ("lung", "heart", "kidney", "liver", "brain")),
    ("pressure, heart rate", ("pressure", "rate")),
    ("lactate, SOFA", ("lactate", "sofa")),
)
_BARS = ("antibiotic", "crystalloid", "norepinephrine", "ventilation", "oxygen", "dialysis", "corticosteroid")


def draw_patient(simulation: Simulation, number: int, arm: str = "usual") -> str:
    """The figure of patient `number` of a simulation, as SVG text."""
    patient = names(number, 1).item()
    course = (
        simulation.courses.filter(pl.col("patient") == patient, pl.col("arm") == arm).collect().sort("hour")
    )
    truth = simulation.truth.filter(pl.col("patient") == patient, pl.col("arm") == arm).collect()
    if course.is_empty():
        raise SimulationError(
            f"There is no trajectory of patient {number} in the arm {arm} of {simulation.path}."
        )
    events = simulation.timeline(arm).events().filter(pl.col("patient") == patient).collect()
    person = truth.row(0, named=True)
    longest = max(1.0, cast(float, course["hour"].max()))
    parts = [_panel(course, title, columns, index, longest) for index, (title, columns) in enumerate(_LINES)]
    top = 40 + len(_LINES) * (_HEIGHT + _GAP)
    parts.append(_treatments(events, person["admitted"], longest, top))
    parts.append(_moments(person, longest, top))
    height = top + 22 * len(_BARS) + 40
    title = f"{patient}, {person['kind']}" + (
        f": {person['organism']} in {person['site']}" if person["site"] else ""
    )
    end = f", died of {person['cause_of_death']}" if person["cause_of_death"] else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="patient" role="img" aria-label="{escape(title + end)}" '
        f'width="{_WIDTH}" height="{height}" font-family="sans-serif" font-size="12"><style>{_STYLE}</style>'
        f'<rect class="paper" width="100%" height="100%"/>{text(10, 20, title + end, size=15)}'
        f"{''.join(parts)}{_axis(longest, height - 12)}</svg>"
    )


def save_patient(simulation: Simulation, number: int, out: Path | str, arm: str = "usual") -> Path:
    """The figure as a file; one in the folder of the simulation is listed there as its own."""
    out, drawn = as_path(out), draw_patient(simulation, number, arm).encode()
    if out.parent.resolve() == simulation.path.resolve():
        add_to_output(simulation.path, MARKER, {out.name: drawn})
    else:
        replace_file(out, drawn)
    return out


def _x(hour: float, longest: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - 20) * max(0.0, min(1.0, hour / longest))


def _panel(course, title, columns, index, longest) -> str:
    top = 40 + index * (_HEIGHT + _GAP)
    seen = max(float(course[name].max()) for name in columns)
    highest = seen if seen > 0.001 else 1.0  # nothing to see is drawn flat, not blown up
    parts = [
        text(10, top + 14, title),
        text(_LEFT - 8, top + 10, f"{highest:.3g}", "end", fill=_SOFT),
        f'<line x1="{_LEFT}" x2="{_WIDTH - 20}" y1="{top + _HEIGHT}" y2="{top + _HEIGHT}" stroke="#9aa3b2"/>',
    ]
    for number, (name, colour) in enumerate(zip(columns, _COLOURS, strict=False)):
        values = zip(course["hour"], course[name], strict=True)
        path = " ".join(f"{_x(h, longest):.1f},{top + _HEIGHT * (1 - v / highest):.1f}" for h, v in values)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        parts.append(text(10, top + 32 + 15 * number, name, fill=colour))
    return "".join(parts)


def _treatments(events, admitted, longest, top) -> str:
    parts = []
    for row, concept in enumerate(_BARS):
        y = top + 22 * row
        parts.append(text(10, y + 12, concept))
        for time, end in events.filter(pl.col("concept") == concept).select("time", "end").iter_rows():
            start = (time - admitted).total_seconds() / 3600
            stop = (end - admitted).total_seconds() / 3600 if end is not None else start
            width = max(2.0, _x(stop, longest) - _x(start, longest))
            parts.append(
                f'<rect x="{_x(start, longest):.1f}" y="{y + 3}" width="{width:.1f}" height="11" fill="#5f86ab"/>'
            )
    return "".join(parts)


def _moments(person, longest, bottom) -> str:
    parts = []
    for number, (name, colour) in enumerate(
        (
            ("onset", "#d0623f"),
            ("suspected", "#a87f14"),
            ("source_done", "#4f9636"),
            ("died", "#7c8696"),
        )
    ):
        if person[name] is None:
            continue
        x = _x((person[name] - person["admitted"]).total_seconds() / 3600, longest)
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{36 + 12 * number}" y2="{bottom}" stroke="{colour}" stroke-dasharray="4 3"/>'
        )
        parts.append(text(round(x + 3, 1), 44 + 12 * number, name, fill=colour))
    return "".join(parts)


def _axis(longest, y) -> str:
    days = range(int(longest // 24) + 1)
    return "".join(text(round(_x(24 * d, longest), 1), y, f"day {d}", fill=_SOFT) for d in days)
