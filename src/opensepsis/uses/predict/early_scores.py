"""SIRS, qSOFA, SOFA and NEWS2 of the last known values: their tables are those of `definitions`, what is not known gives no points."""

from collections.abc import Mapping

import numpy as np

from opensepsis.definitions import SCORES
from opensepsis.engine.batch.score_tables import UNKNOWN
from opensepsis.engine.batch.score_tables import row_points as points_of_many
from opensepsis.engine.live.score_tables import row_points as points_of_one
from opensepsis.rules import Rounded, Row, Score, Signal, idle_is_zero

AIR = 0.21  # the share of oxygen in air
_READ_AS = {"gcs": "gcs_total"}  # signals that read one concept under another name
_FEW = 8  # rows up to which the plain engine is faster than the one for arrays


def total(name: str, last: Mapping[str, np.ndarray], length: int) -> np.ndarray:
    """The points of the rows that are known, added up, as float32; 0 where none is. `last` has the last value of each concept.

    >>> total("sirs", {"heart_rate": np.array([95.0]), "temperature": np.array([38.5])}, 1)
    array([2.], dtype=float32)
    """
    definition = SCORES[name]
    values = _values(definition, last, length)
    rows = [row for row in definition.rows if isinstance(row, Row)]
    if length <= _FEW:
        known = [{key: float(v[i]) for key, v in values.items() if not np.isnan(v[i])} for i in range(length)]
        return np.array([sum(points_of_one(row, one) or 0 for row in rows) for one in known], np.float32)
    points = np.zeros(length, np.float32)
    for row in rows:
        found = points_of_many(row, values, length)
        points += np.where(found == UNKNOWN, 0, found)
    return points


def _values(definition: Score, last: Mapping[str, np.ndarray], length: int) -> dict[str, np.ndarray]:
    return {name: _value(name, signal, last, length) for name, signal in definition.signals.items()}


def _value(name: str, signal: Signal, last: Mapping[str, np.ndarray], length: int) -> np.ndarray:
    if isinstance(signal, Rounded):
        scale = 10**signal.decimals
        return np.floor(_value(name, signal.signal, last, length) * scale + 0.5 + 1e-9) / scale
    if idle_is_zero(signal):
        return np.zeros(length)
    if name == "pao2_fio2" and {"pao2", "fio2"} <= last.keys():
        return last["pao2"].astype(np.float64) / last["fio2"]
    if name == "on_oxygen" and "fio2" in last:
        return np.where(np.isnan(last["fio2"]), np.nan, last["fio2"] > np.float32(AIR))
    concept = getattr(signal, "concept", None)
    source = _READ_AS.get(name, concept.name if concept is not None else name)
    if source in last and not (concept is not None and concept.words):
        return last[source].astype(np.float64)
    return np.full(length, np.nan)
