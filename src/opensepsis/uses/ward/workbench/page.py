"""The workbench as one page: the rules side by side, and who would have been missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from jinja2 import Environment, PackageLoader

from opensepsis.uses.ward.workbench.figures import Figures, Window
from opensepsis.uses.ward.workbench.replay import Stay


@dataclass(frozen=True)
class Shown:
    """One set of rules on the page: its name, what differs from the ward's own, and its figures."""

    name: str
    differs: tuple[str, ...]
    figures: Figures


@dataclass(frozen=True)
class Staffing:
    """How many patients a nurse has, and how long a shift is."""

    patients: float = 4
    shift: timedelta = timedelta(hours=12)


def rows_of(shown: Sequence[Shown], staffing: Staffing) -> list[tuple[str, list[str]]]:
    """The table: what is told, and a cell for each set of rules."""
    each = [one.figures for one in shown]
    hours = staffing.shift / timedelta(hours=1)
    return [
        ("calls per 100 patient-days", [f"{f.calls_per_100_days:.1f}" for f in each]),
        ("alerts per 100 patient-days", [f"{f.alerts_per_100_days:.1f}" for f in each]),
        (
            f"calls per nurse ({staffing.patients:g} patients) and shift of {hours:g} h",
            [f"{f.per_nurse_and_shift(staffing.patients, staffing.shift):.2f}" for f in each],
        ),
        ("stays with a call", [f"{f.alerted_stays:,} of {f.stays:,}" for f in each]),
        ("calls suppressed", [f"{f.suppressed:,}" for f in each]),
        ("calls that were right", [_share(f.precision, f.right, f.calls) for f in each]),
        ("septic stays detected", [_share(f.recall, f.septic - len(f.missed), f.septic) for f in each]),
        ("septic stays missed", [f"{len(f.missed):,}" for f in each]),
        ("hours before the onset, median (quartiles)", [_hours(f.lead) for f in each]),
        ("hours before the definition was met here", [_hours(f.ahead) for f in each]),
    ]


def _share(told: tuple[float, float, float] | None, some: int, of: int) -> str:
    if told is None:
        return "none"
    value, low, high = (round(100 * one) for one in told)
    return f"{value} % ({low} to {high}; {some:,} of {of:,})"


def _hours(told: tuple[float, ...] | None) -> str:
    return "none" if told is None else f"{told[1]:.1f} ({told[0]:.1f} to {told[2]:.1f})"


def changed(shown: Sequence[Shown]) -> list[dict]:
    """For each set of rules but the first: the septic stays that it misses and the first finds, and the other way round."""
    first = shown[0].figures
    found = []
    for one in shown[1:]:
        found.append(
            {
                "name": one.name,
                "lost": [s for s in one.figures.missed if (s.patient, s.visit) in first.found],
                "won": [s for s in first.missed if (s.patient, s.visit) in one.figures.found],
            }
        )
    return found


def name_of(stay: Stay, named: bool) -> str:
    """The record number of a patient, or a name that tells nobody who it is and is the same in every scenario."""
    return stay.patient if named else sha256(stay.patient.encode()).hexdigest()[:8]


def _moment(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1e6, UTC):%Y-%m-%d %H:%M}"


def page(shown: Sequence[Shown], title: str, window: Window, staffing: Staffing, named: bool = False) -> str:
    """The page in HTML; `title` is that of the phenotype by which calls are judged."""
    pages = Environment(loader=PackageLoader("opensepsis.uses.ward.web"), autoescape=True)
    first = shown[0].figures
    return pages.get_template("workbench.html").render(
        shown=shown,
        rows=rows_of(shown, staffing),
        changed=changed(shown),
        outcome=title,
        days=f"{first.days:,.0f}",
        stays=f"{first.stays:,}",
        septic=f"{first.septic:,}",
        before=f"{window.before / timedelta(hours=1):g}",
        after=f"{window.after / timedelta(hours=1):g}",
        name_of=lambda stay: name_of(stay, named),
        moment=_moment,
        named=named,
    )
