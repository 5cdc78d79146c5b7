"""The features of every hour as one pure function of what came before: the same steps for many patients as for one.

A `State` holds what the past left behind for some patients; `advance` takes the values of their next hour and gives the features at its
end. `batch` advances many patients at once, `live` one: the operations are the same, element by element, so the numbers are equal
to the last bit, and no hour can see a later one.
"""

from collections.abc import Mapping

import numpy as np

from opensepsis.uses.predict import early_scores
from opensepsis.uses.predict.catalogue import LONG, RATIOS, SCORES, SHORT, Layout
from opensepsis.uses.predict.inputs import LABORATORY, RUNNING, SETTING, SIGN

_CARRIED = 7  # hours of carried values that are kept for the changes in 3 and 6 h


class State:
    """What the past of some patients left: empty before the first hour. Those whose record has ended come last and are left out."""

    def __init__(self, layout: Layout, patients: int) -> None:
        self.layout, self.hour = layout, 0
        inputs = len(layout.inputs)
        self.measured = np.array(layout.of_form(SIGN, SETTING, LABORATORY), int)
        self.running = np.array(layout.of_form(RUNNING), int)
        self.signs = np.array(layout.of_form(SIGN), int)
        common = [i for i, one in enumerate(layout.inputs) if not one.local]
        self.common = slice(None) if len(common) == inputs else np.array(common, int)
        self.laboratory = np.array([i for i in layout.of_form(LABORATORY) if i in common], int)
        self.counted_signs = np.array([i for i in layout.of_form(SIGN) if i in common], int)
        self.often = np.array(
            [
                i
                for i in self.measured
                if layout.inputs[i].form != SIGN or layout.inputs[i].concept == "temperature"
            ],
            int,
        )
        self.key = np.array([i for i in self.measured if layout.inputs[i].key], int)
        unknown = np.full((patients, inputs), np.nan, np.float32)
        self.last, self.change, self.since, self.first = (unknown.copy() for _ in range(4))
        self.lowest, self.highest = unknown.copy(), unknown.copy()
        self.count = np.zeros((patients, inputs), np.float32)
        signs = len(self.signs)
        self.recent = np.full((LONG, patients, signs), np.nan, np.float32)
        self.carried = np.full((_CARRIED, patients, signs), np.nan, np.float32)
        self.total = np.zeros((patients, signs))
        self.total_long = np.zeros((patients, signs))
        self.known_long = np.zeros((patients, signs), np.float32)
        self.counts = np.zeros((LONG, patients, len(self.often)), np.float32)
        self.drawn = np.zeros((LONG, patients, 2), np.float32)  # laboratory values and signs so far, by hour
        self.so_far = np.zeros((patients, 2), np.float32)
        self.record = np.full(patients, np.nan, np.float32)

    def advance(
        self, values: np.ndarray, unit_hours: np.ndarray, person: np.ndarray, out: np.ndarray | None = None
    ) -> np.ndarray:
        """The features at the end of the next hour, a row for each of the first `len(values)` patients (float32; NaN: not known).

        `values` has a column for each input in its concept's unit, NaN where nothing came in the hour, 1 where something ran.
        `unit_hours` are the hours since admission to the unit, `person` the columns hours in hospital at that admission, age, female.
        The rows are written to `out` if it is given.
        """
        n = len(values)
        seen = ~np.isnan(values)
        self._take(values, seen, n)
        windows = self._windows(values[:, self.signs], seen[:, self.signs], n)
        process = self._process(seen, n)
        self.hour += 1
        rows = np.empty((n, len(self.layout.features)), np.float32) if out is None else out
        return self._rows(rows, windows, process, unit_hours, person, n)

    def _take(self, values: np.ndarray, seen: np.ndarray, n: int) -> None:
        last, since = self.last[:n], self.since[:n]
        np.subtract(values, last, out=self.change[:n], where=seen)
        np.copyto(last, values, where=seen)
        since += 1
        np.copyto(since, np.float32(0), where=seen)
        self.count[:n] += seen
        first = self.first[:n]
        np.copyto(first, values, where=np.isnan(first))
        np.fmin(self.lowest[:n], values, out=self.lowest[:n])
        np.fmax(self.highest[:n], values, out=self.highest[:n])
        record = self.record[:n]
        begun = ~np.isnan(record) | seen[:, self.common].any(axis=1)
        record += 1
        np.copyto(record, np.float32(1), where=np.isnan(record) & begun)

    def _windows(self, signs: np.ndarray, seen: np.ndarray, n: int) -> list[np.ndarray]:
        at = self.hour % LONG
        gone = self.recent[at, :n].copy()
        self.recent[at, :n] = signs
        new, old = np.where(seen, signs, np.float32(0)), np.where(np.isnan(gone), np.float32(0), gone)
        self.total[:n] += new
        self.total_long[:n] += new.astype(np.float64) - old
        self.known_long[:n] += seen.astype(np.float32) - ~np.isnan(gone)
        short = [self.recent[(at - back) % LONG, :n] for back in range(SHORT)]
        low, high = short[0].copy(), short[0].copy()
        added, squared, known = np.zeros(low.shape), np.zeros(low.shape), np.zeros(low.shape)
        for value in short:
            np.fmin(low, value, out=low)
            np.fmax(high, value, out=high)
            there = ~np.isnan(value)
            filled = np.where(there, value, np.float32(0)).astype(np.float64)
            added += filled
            squared += filled * filled
            known += there
        none = known == 0
        known[none] = np.nan
        mean = added / known
        spread = np.sqrt(np.maximum(squared / known - mean * mean, 0))
        spread[known < 2] = np.nan
        recent = self.recent[:, :n]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean_long = np.where(self.known_long[:n] > 0, self.total_long[:n] / self.known_long[:n], np.nan)
            mean_all = self.total[:n] / np.where(
                self.count[:n, self.signs] > 0, self.count[:n, self.signs], np.nan
            )
        carried = self.last[:n, self.signs]
        slot = self.hour % _CARRIED
        self.carried[slot, :n] = carried
        rise = [carried - self.carried[(slot - back) % _CARRIED, :n] for back in (3, 6)]
        return [
            low, high, mean, spread, np.fmin.reduce(recent, axis=0), np.fmax.reduce(recent, axis=0), mean_long,
            *rise, self.lowest[:n, self.signs], self.highest[:n, self.signs], mean_all,
        ]  # fmt: skip

    def _process(self, seen: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
        at = self.hour % LONG
        counts = self.count[:n, self.often]
        often = counts - self.counts[at, :n]
        self.counts[at, :n] = counts
        now = np.empty((n, 2), np.float32)
        now[:, 0] = seen[:, self.laboratory].sum(axis=1)
        now[:, 1] = seen[:, self.counted_signs].sum(axis=1)
        so_far = self.so_far[:n]
        so_far += now
        long = so_far - self.drawn[at, :n]
        short = so_far - self.drawn[(at - SHORT) % LONG, :n]
        self.drawn[at, :n] = so_far
        return often, np.column_stack([now[:, 0], short[:, 0], long[:, 0], now[:, 1], short[:, 1]])

    def _rows(self, rows: np.ndarray, windows, process, unit_hours, person, n: int) -> np.ndarray:
        layout, last, often = self.layout, self.last[:n], process[0]
        column = 0

        def put(block: np.ndarray) -> None:
            nonlocal column
            rows[:, column : column + block.shape[1]] = block
            column += block.shape[1]

        put(last[:, self.measured])
        put(self.change[:n, self.measured])
        put(self.since[:n, self.measured])
        put(self.count[:n, self.measured])
        put(self.since[:n, self.running])
        put(self.count[:n, self.running])
        put(often)
        for block in windows:
            put(block)
        put(last[:, self.key] - self.first[:n, self.key])
        put(self.lowest[:n, self.key])
        put(self.highest[:n, self.key])
        place = {one.concept: i for i, one in enumerate(layout.inputs)}
        for top, bottom, _ in RATIOS.values():
            if {top, bottom} <= place.keys():
                under = last[:, place[bottom]]
                ratio = np.divide(
                    last[:, place[top]], under, out=np.full(n, np.nan, np.float32), where=under > 0
                )
                put(ratio[:, None])
        column += len(SCORES)  # these need no past: `add_scores`
        put(process[1])
        rows[:, column] = unit_hours
        rows[:, column + 1] = self.record[:n]
        rows[:, column + 2] = unit_hours + person[:, 0]
        rows[:, column + 3 : column + 5] = person[:, 1:3]
        return rows


def add_scores(layout: Layout, rows: np.ndarray) -> None:
    """Fill in the scores of the last values, which are in the rows themselves."""
    names = layout.names
    last: Mapping[str, np.ndarray] = {
        one.concept: rows[:, names.index(f"{one.concept}.last")]
        for one in layout.inputs
        if one.form != RUNNING and not one.local
    }
    for score in SCORES:
        rows[:, names.index(score)] = early_scores.total(score, last, len(rows))
