"""One simulated patient as a figure (SVG): bacteria, inflammation, organs, vital signs and treatments over the days."""

from pathlib import Path
from typing import cast

import polars as pl

from opensepsis.data.io.atomic import add_to_output, replace_file
from opensepsis.data.io.paths import as_path
from opensepsis.errors import SimulationError
from opensepsis.uses.pages import NOTE
from opensepsis.uses.pages.drawing import TONES, ChartType, alt, sheet
from opensepsis.uses.simulate.charting.frames import names
from opensepsis.uses.simulate.simulation import MARKER, Simulation

_WIDE, _HIGH, _ROW = 700, 110, 20
_LINES = (
    ("bacteria (10⁶/mL)", ("source", "blood")),
    ("inflammation", ("phagocytes", "mediator", "thrombin")),
    ("organ damage, 0–1", ("lung", "heart", "kidney", "liver", "brain")),
    ("pressure, heart rate", ("pressure", "rate")),
    ("lactate, SOFA", ("lactate", "sofa")),
)
_BARS = ("antibiotic", "crystalloid", "norepinephrine", "ventilation", "oxygen", "dialysis", "corticosteroid")
_MOMENTS = {"onset": TONES[1], "suspected": TONES[4], "source_done": TONES[2], "died": TONES[5]}


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
    days = _days(max(1.0, cast(float, course["hour"].max())))
    moments = _moments(person)
    panels: list[ChartType] = [_panel(course, title, columns, moments, days) for title, columns in _LINES]
    panels.append(_treatments(events, person["admitted"], days))
    title = f"{patient}, {person['kind']}"
    title += f": {person['organism']} in {person['site']}" if person["site"] else ""
    title += f", died of {person['cause_of_death']}" if person["cause_of_death"] else ""
    drawn = alt.vconcat(*panels, spacing=14).resolve_scale(color="independent")
    told = [f"{name.replace('_', ' ')} at {hour:.0f} h" for name, hour in moments.items()]
    return sheet(
        drawn,
        title,
        [f"Dashed: {', '.join(told)}." if told else "Nothing befell.", f"Virtual patient. {NOTE}"],
    )


def save_patient(simulation: Simulation, number: int, out: Path | str, arm: str = "usual") -> Path:
    """The figure as a file; one in the folder of the simulation is listed there as its own."""
    out, drawn = as_path(out), draw_patient(simulation, number, arm).encode()
    if out.parent.resolve() == simulation.path.resolve():
        add_to_output(simulation.path, MARKER, {out.name: drawn})
    else:
        replace_file(out, drawn)
    return out


def _days(longest: float) -> alt.X:
    """The axis of hours from admission, named by days."""
    marks = alt.Axis(
        values=[24 * day for day in range(int(longest // 24) + 1)],
        labelExpr="'day ' + datum.value / 24",
        grid=False,
    )
    return alt.X("hour:Q", title=None, axis=marks, scale=alt.Scale(domain=[0, longest], nice=False))


def _panel(
    course: pl.DataFrame, title: str, columns: tuple[str, ...], moments: dict[str, float], days: alt.X
) -> ChartType:
    seen = max(cast(float, course[name].max()) for name in columns)
    highest = seen if seen > 0.001 else 1.0  # nothing to see is drawn flat, not blown up
    long = course.select("hour", *columns).unpivot(index="hour", variable_name="what")
    y = alt.Y(
        "value:Q", title=None, scale=alt.Scale(domain=[0, highest]), axis=alt.Axis(tickCount=4, format="~r")
    )
    colour = alt.Color("what:N", sort=list(columns), title=title, legend=alt.Legend(titleLimit=0))
    rows = alt.Data(values=long.with_columns(pl.col("value").round_sig_figs(4)).to_dicts())
    line = alt.Chart(rows).mark_line(strokeWidth=1.6).encode(x=days, y=y, color=colour)
    return (line + _rules(moments, days)).properties(width=_WIDE, height=_HIGH)


def _rules(moments: dict[str, float], days: alt.X) -> ChartType:
    marks = [
        alt.Chart(alt.Data(values=[{"hour": hour}]))
        .mark_rule(color=_MOMENTS[name], strokeDash=[4, 3])
        .encode(x=days)
        for name, hour in moments.items()
    ]
    return alt.layer(*marks)


def _treatments(events: pl.DataFrame, admitted, days: alt.X) -> ChartType:
    given = events.filter(pl.col("concept").cast(pl.String).is_in(_BARS)).select(
        pl.col("concept").cast(pl.String),
        hour=(pl.col("time") - admitted).dt.total_seconds() / 3600,
        until=(pl.col("end").fill_null(pl.col("time")) - admitted).dt.total_seconds() / 3600,
    )
    rows = alt.Data(values=given.to_dicts())
    y = alt.Y("concept:N", title=None, scale=alt.Scale(domain=list(_BARS)))
    bar = alt.Chart(rows).mark_bar(color=TONES[0], height=11, stroke=TONES[0], clip=True)
    return bar.encode(x=days, x2="until:Q", y=y).properties(width=_WIDE, height=alt.Step(_ROW))


def _moments(person: dict) -> dict[str, float]:
    """Hours from admission of what befell, in the order of the colours."""
    there = [name for name in _MOMENTS if person[name] is not None]
    return {name: (person[name] - person["admitted"]).total_seconds() / 3600 for name in there}
