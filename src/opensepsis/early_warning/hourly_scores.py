"""The score of a model at every hour of every visit, silent: written to a log, sent to nobody.

The hours are those of the ward's log, so a ward that starts again writes none twice; the numbers are those of `predict score` on
the same messages.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from opensepsis.data.intake.age import YEAR_DAYS
from opensepsis.early_warning.charted_hours import ChartedHours, hours_passed
from opensepsis.early_warning.written_hours import WrittenHours
from opensepsis.engine.semantics.time import HOUR
from opensepsis.uses.predict.familiarity import OK, STATES, states, vital_signs
from opensepsis.uses.predict.live import PatientState
from opensepsis.uses.predict.model import Model, read_model
from opensepsis.uses.predict.reasons import reasons
from opensepsis.uses.ward.state.patient import Patient

logger = logging.getLogger("opensepsis.early_warning")
_YEAR = YEAR_DAYS * 24 * HOUR
_VISITS = 50  # after so many visits an input that no patient had is one that the site does not give
_HELD = (
    2 * 24 * HOUR
)  # a visit without an hour for so long is let go; should it go on, its hours are gone through again
_LET_GO_EVERY = 1000  # hours of patients


@dataclass
class _Visit:
    """One visit as its hours pass."""

    name: str
    admitted: int
    state: PatientState
    charted: ChartedHours
    last: int = 0  # the newest hour that was asked for


@dataclass
class EarlyWarning:
    """Called by the ward for each patient and hour; writes a line of JSON with the model's version. `refused` says why it stopped."""

    model: Model
    log: Path
    budget: str = "budget_2%"
    refused: str = ""
    _visits: dict[str, _Visit] = field(default_factory=dict)
    _written: WrittenHours = field(init=False)
    _seen: set[str] = field(default_factory=set)
    _known: set[str] = field(default_factory=set)  # visits, until there are enough
    _asked: int = 0

    def __post_init__(self) -> None:
        self._written = WrittenHours(self.log)

    def __call__(self, patient: Patient, at: int) -> None:
        """An hour of a visit has passed. A fault here is logged and never reaches the ward."""
        if self.refused:
            return
        try:
            self._hour(patient, at)
        except Exception as problem:  # words of an error may hold a patient's value
            self.refused = f"The model could not score an hour ({type(problem).__name__})."
            logger.error("%s It is not asked again.", self.refused)

    def _hour(self, patient: Patient, at: int) -> None:
        visit = patient.visit
        if visit is None or at <= visit.admitted:
            return
        row = self._features(patient, visit.name, visit.admitted, at)
        self._let_go(at)
        if self._is_refused():
            return
        if not self._written.is_new(visit.name, at):
            return
        line = {
            "time": datetime.fromtimestamp(at / 1e6, UTC).isoformat(),
            "patient": patient.name,
            "visit": visit.name,
            "ward": visit.ward,
            **self._score(row),
        }
        with self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _features(self, patient: Patient, name: str, admitted: int, at: int) -> np.ndarray:
        """The features at the end of this hour; hours before it that were not seen, as after a start, are gone through first."""
        held = self._visits.get(patient.name)
        hour = hours_passed(admitted, at)
        if held is None or (held.name, held.admitted) != (name, admitted) or held.state.hours >= hour:
            age = np.floor((admitted - patient.born) / _YEAR) if patient.born is not None else np.nan
            sex = np.nan if not patient.person.sex else float(patient.person.sex == "F")
            fresh = PatientState(self.model.layout, np.array([0.0, age, sex]))
            held = _Visit(name, admitted, fresh, ChartedHours(self.model.inputs, patient.told, at))
            self._visits[patient.name] = held
            if len(self._known) <= _VISITS:
                self._known.add(name)
        elif held.charted.told is not patient.told:  # told anew, as after a merge
            held.charted = ChartedHours(self.model.inputs, patient.told, at)
        held.last = at
        row = np.array([])
        while held.state.hours < hour:
            begin = admitted + held.state.hours * HOUR
            values = held.charted.values(begin, begin + HOUR)
            self._seen |= {
                one.concept
                for one, value in zip(self.model.inputs, values, strict=True)
                if not np.isnan(value)
            }
            row = held.state.advance(values)
        if held.charted.stale:  # a value of an earlier hour was taken back: it never was
            del self._visits[patient.name]
            return self._features(patient, name, admitted, at)
        return row

    def _let_go(self, at: int) -> None:
        """Now and then lets go of visits that have had no hour for long: they ended."""
        self._asked += 1
        if self._asked % _LET_GO_EVERY == 0:
            self._visits = {name: one for name, one in self._visits.items() if one.last > at - _HELD}

    def _is_refused(self) -> bool:
        """After enough visits an input that nobody had is one that the site does not give: then no score is given at all."""
        absent = [one.title for one in self.model.inputs if one.concept not in self._seen]
        if absent and len(self._known) > _VISITS:
            self.refused = f"The model needs {', '.join(absent)}, which no message of {_VISITS} visits gave."
            logger.error("%s It is not asked again. Map them, or train a model without them.", self.refused)
        return bool(self.refused)

    def _score(self, row: np.ndarray) -> Mapping[str, object]:
        names = self.model.layout.names
        rows = row[None, :]
        own = np.ascontiguousarray(rows[:, list(self.model.columns)])
        record, vital = rows[:, names.index("record_hours")], rows[:, vital_signs(names)]
        state = STATES[int(states(self.model, rows, names, record, vital)[0])]
        risk = float(self.model.risk(own, rows[:, names.index("unit_hours")])[0])
        above = state == OK and risk > self.model.thresholds[self.budget]
        return {
            "risk": risk if state == OK else None,
            "state": state,
            "above": above,
            "reasons": [one.words for one in reasons(self.model, own)[0]] if above else [],
            "model": self.model.digest[:12],
            "silent": True,
        }


def beside_ward(model: Path, log: Path) -> EarlyWarning:
    """The model of a folder beside a ward, with its log. MissingError, FormatError: no model, a changed one, or a log of something else."""
    return EarlyWarning(read_model(model), log)
