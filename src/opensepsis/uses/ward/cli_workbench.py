"""The command `opensepsis ward workbench`: other rules of alerting on the log of a ward, side by side."""

from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from opensepsis.data.decode.site import read_site
from opensepsis.definitions import PHENOTYPES
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.errors import DefinitionError, MissingError, nearest
from opensepsis.rules import minutes
from opensepsis.uses.ward.cli_options import DatabaseAt, console
from opensepsis.uses.ward.state.alert_policy import AlertPolicy, EpisodeFound, ScoreReaches
from opensepsis.uses.ward.workbench.figures import Window, figures
from opensepsis.uses.ward.workbench.model_log import calls_at_budget, read_model_log
from opensepsis.uses.ward.workbench.page import Shown, Staffing, page, rows_of
from opensepsis.uses.ward.workbench.replay import replay
from opensepsis.uses.ward.workbench.scenario import SUPPRESSING, Scenario, limit_name, read_scenarios


def workbench(
    rules: Annotated[
        Path, typer.Argument(help="TOML file with a table for each set of rules (docs/ward.md).")
    ],
    database: DatabaseAt = "ward.db",
    out: Annotated[Path, typer.Option(help="HTML page to write.")] = Path("workbench.html"),
    outcome: Annotated[str, typer.Option(help="Phenotype against which calls are judged.")] = "sepsis3",
    before: Annotated[
        float, typer.Option(min=0, help="Hours before the onset from which a call counts as correct.")
    ] = 24,
    after: Annotated[
        float, typer.Option(min=0, help="Hours after the onset until which a call counts as correct.")
    ] = 12,
    patients_per_nurse: Annotated[float, typer.Option(min=0, help="Patients per nurse.")] = 4,
    shift: Annotated[float, typer.Option(min=0, help="Length of a shift in hours.")] = 12,
    model_log: Annotated[
        Path | None, typer.Option(help="Log of `ward --model`, for rules with a budget.")
    ] = None,
    site: Annotated[Path | None, typer.Option(help="The site's site.toml, or its folder.")] = None,
    timezone: Annotated[str, typer.Option(help="IANA time zone of the hospital.")] = "UTC",
    named: Annotated[
        bool, typer.Option("--named", help="Name patients by their record numbers on the page.")
    ] = False,
    processes: Annotated[int, typer.Option(min=1, help="Number of parallel processes.")] = 2,
) -> None:
    """Replay a ward's log under other limits, definitions, lockouts and suppression rules, and compare the results side by side.

    Nothing is written to the database, and a running ward is not disturbed.
    Calls (notifications) are those that a ward with these rules would have made.
    """
    if outcome not in PHENOTYPES:
        raise DefinitionError(f"There is no phenotype '{outcome}'. {nearest(outcome, PHENOTYPES)}")
    if not database.startswith("postgres") and not Path(database).is_file():
        raise MissingError(f"There is no ward's database at {database}.")
    scenarios = read_scenarios(rules, outcome, timezone)
    asked = next((one.name for one in scenarios if one.budget is not None), None)
    if asked is not None and model_log is None:
        raise MissingError(
            f"[{asked}] has a budget, which needs the scores of a model. Give its log with --model-log."
        )
    hours = read_model_log(model_log) if model_log is not None else []
    feeds = read_site(site, timezone).feeds if site is not None else {}
    limits = {name: to_microseconds(minutes(feed.silent_after)) for name, feed in feeds.items() if name}
    window = Window(timedelta(hours=before), timedelta(hours=after))
    shown = []
    for scenario, found in zip(
        scenarios, replay(database, scenarios, outcome, limits, processes), strict=True
    ):
        calls = None if scenario.budget is None else calls_at_budget(hours, scenario.budget, scenario.silence)
        differs = differences(scenarios[0].policy, scenario)
        shown.append(Shown(scenario.name, differs, figures(found, calls, window)))
    staffing = Staffing(patients_per_nurse, timedelta(hours=shift))
    out.write_text(page(shown, PHENOTYPES[outcome].title, window, staffing, named), encoding="utf-8")
    _print(shown, staffing)
    console.print(f"Written to {out}.")


def _print(shown: list[Shown], staffing: Staffing) -> None:
    table = Table("figure", *(one.name for one in shown))
    for title, cells in rows_of(shown, staffing):
        table.add_row(title, *cells)
    console.print(table)


def differences(base: AlertPolicy, scenario: Scenario) -> tuple[str, ...]:
    """What a scenario changes, in words."""
    policy = scenario.policy
    unsuppressed = not any(getattr(policy, name) for name in SUPPRESSING)
    if scenario.budget is not None:
        return (
            f"a model at {scenario.budget:.1%} of hours, {_said(scenario.silence)} of silence after a call",
        )
    found = [
        f"{one.name.replace('_', ' ')} {_said(getattr(policy, one.name))}, not {_said(getattr(base, one.name))}"
        for one in fields(AlertPolicy)
        if one.name not in ("reasons", "deadlines", *(SUPPRESSING if unsuppressed else ()))
        and getattr(policy, one.name) != getattr(base, one.name)
    ]
    found += ["no treatment suppresses a call"] if unsuppressed else []
    before, now = _limits(base), _limits(policy)
    found += [
        f"{name} from {points}, not {before[name]}"
        for name, points in now.items()
        if name in before and before[name] != points
    ]
    found += [
        f"also {name} from {points}" if points else f"also {name}"
        for name, points in now.items()
        if name not in before
    ]
    found += [f"without {name}" for name in before if name not in now]
    return (*found, *(["without missed deadlines"] if base.deadlines and not policy.deadlines else []))


def _limits(policy: AlertPolicy) -> dict[str, int]:
    """What the policy speaks of, with the points where it is a score."""
    return {
        limit_name(one)
        if isinstance(one, ScoreReaches)
        else one.phenotype
        if isinstance(one, EpisodeFound)
        else one.chart: getattr(one, "points", 0)
        for one in policy.reasons
    }


def _said(value: object) -> str:
    if not isinstance(value, timedelta):
        return str(value)
    seconds = value.total_seconds()
    return (
        f"{seconds / 3600:g} h"
        if seconds >= 3600
        else f"{seconds / 60:g} min"
        if seconds >= 60
        else f"{seconds:g} s"
    )
