"""The calls that a model beside the ward would have made at a budget of hours, from the log that `ward --model` wrote."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.errors import FormatError, MissingError
from opensepsis.uses.ward.workbench.figures import Call


@dataclass(frozen=True)
class ScoredHour:
    """One hour of one visit in which a risk was given."""

    patient: str
    visit: str
    ward: str
    time: int
    risk: float


def read_model_log(path: Path) -> list[ScoredHour]:
    """The hours with a risk, in order of patient and time; those in which the model abstained call nobody. FormatError names the line."""
    if not path.is_file():
        raise MissingError(f"There is no {path}. Give the log that `ward --model` wrote.")
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            said = json.loads(line)
            time = round(datetime.fromisoformat(said["time"]).timestamp() * 1_000_000)
            if said["risk"] is not None:
                found.append(
                    ScoredHour(said["patient"], said["visit"], said["ward"], time, float(said["risk"]))
                )
        except (ValueError, KeyError, TypeError):
            raise FormatError(
                f"{path.name}, line {number}: this line does not belong in a model's log."
            ) from None
    return sorted(found, key=lambda hour: (hour.patient, hour.time))


def calls_at_budget(hours: Sequence[ScoredHour], budget: float, silence: timedelta) -> list[Call]:
    """A call at the first hour above the threshold that leaves that share of the hours above, then silence.

    >>> hours = [ScoredHour("A|1", "v", "3B", hour, hour / 10) for hour in range(10)]
    >>> [call.time for call in calls_at_budget(hours, 0.2, timedelta(0))]
    [8, 9]
    """
    if not hours:
        return []
    ranked = sorted((hour.risk for hour in hours), reverse=True)
    limit = ranked[min(int(budget * len(ranked)), len(ranked) - 1)]
    found, last = [], {}
    for hour in hours:
        before = last.get((hour.patient, hour.visit))
        if hour.risk > limit and (before is None or hour.time - before >= to_microseconds(silence)):
            found.append(Call(hour.patient, hour.time, hour.ward, True))
            last[hour.patient, hour.visit] = hour.time
    return found
