"""Signals worked out from other signals' values. `signals.py` says of what."""

from collections.abc import Mapping
from functools import reduce
from typing import NamedTuple

import numpy as np
import polars as pl

from opensepsis.data.intake.zones import local_times
from opensepsis.engine.batch.moments import Numbers, Whole
from opensepsis.engine.semantics.basis import ASSUMED, CARRIED, FORGIVEN, OBSERVED
from opensepsis.engine.semantics.calendar import LATEST, UTC_DAYS, Calendar
from opensepsis.engine.semantics.estimated_baseline import ADULT
from opensepsis.engine.semantics.estimated_baseline import back_calculated as level
from opensepsis.engine.semantics.limits import NUDGE
from opensepsis.engine.semantics.logistic_risk import logistic_risk
from opensepsis.engine.semantics.time import HOUR
from opensepsis.rules import BackCalculated, Kind, LogisticRisk, Signal

_BY_AGE = np.array([OBSERVED, CARRIED], np.int8)


class Values(NamedTuple):
    """A value for each moment (NaN: not known), and its basis: 0 observed, 1 carried, 2 assumed; one for all or one each."""

    value: Numbers
    basis: np.ndarray | int


def known(value: Numbers) -> np.ndarray:
    """Where a value is known."""
    return ~np.isnan(value)


def basis_by_age(age: Whole) -> np.ndarray:
    """Observed where a value is less than an hour old, else carried."""
    return _BY_AGE[(age >= HOUR).view(np.int8)]


def plus(parts: list[Values]) -> Values:
    """The sum; the least certain part tells the basis."""
    return Values(reduce(np.add, (p.value for p in parts)), reduce(np.maximum, (p.basis for p in parts)))


def first_known(parts: list[Values]) -> Values:
    """The first that is known, with its basis."""
    value, basis = parts[-1]
    for part in reversed(parts[:-1]):
        there = known(part.value)
        value, basis = np.where(there, part.value, value), np.where(there, part.basis, basis)
    return Values(value, basis)


def rounded(own: Values, decimals: int, at_end: bool = False) -> Values:
    """Half up, forgiving the last digits, as `basis.half_up`; with `at_end` open limits stay open (`limits.keeps_open`)."""
    scale = 10**decimals
    found = np.floor(own.value * scale + 0.5 + FORGIVEN) / scale
    if at_end:
        apart = np.abs(found - own.value)
        open_ = (apart > NUDGE / 10) & (apart < NUDGE * 10 * np.maximum(1.0, np.abs(found)))
        found = np.where(open_, own.value, found)
    return Values(found, own.basis)


def assumed(own: Values, during: np.ndarray, value: float) -> Values:
    """The value taken by policy while something runs."""
    return Values(np.where(during, float(value), own.value), np.where(during, ASSUMED, own.basis))


def quotient(top: Values, bottom: Values, times: float) -> Values:
    """top × times ÷ bottom; the less certain of the two tells the basis."""
    there = bottom.value != 0
    value = np.divide(top.value * times, bottom.value, out=np.full(len(there), np.nan), where=there)
    return Values(value, np.maximum(top.basis, bottom.basis))


def back_calculated(signal: BackCalculated, months: Numbers, sex: Numbers) -> Numbers:
    """The creatinine at which the MDRD equation gives the signal's eGFR, from age in months and sex (see `charts.readings`)."""
    female = sex == signal.sex.concept.words.index("female")
    told = (months >= ADULT) & known(sex)
    ages, place = np.unique(np.where(told, months, ADULT), return_inverse=True)
    women, men = (np.array([level(signal, m, of) for m in ages.tolist()]) for of in (True, False))
    levels = np.where(female, women[place], men[place])
    return np.where(told, levels, np.nan)


def whole_months(born: Whole, now: Whole, calendar: Calendar = UTC_DAYS) -> Numbers:
    """Whole calendar months from the day of one time to that of another.

    >>> day = 86_400_000_000
    >>> whole_months(np.array([30 * day]), np.array([59 * day])).tolist()  # 31 January to 1 March 1970
    [1.0]
    """
    (born_month, born_day), (month, day) = (_month_and_day(time, calendar) for time in (born, now))
    return (month - born_month - (day < born_day)).astype(float)


def _month_and_day(time: Whole, calendar: Calendar) -> tuple[Whole, Whole]:
    at = np.minimum(time, LATEST)
    if calendar.zone is not None:
        told = pl.Series(at.astype("datetime64[us]")).dt.replace_time_zone("UTC")
        at = local_times(told, calendar.zone).to_numpy().astype("datetime64[us]").astype(np.int64)
    day = at // (24 * HOUR)
    if not len(day):
        return day, day
    first, last = int(day.min()), int(day.max())
    if last - first >= len(day):
        return _of_days(day)
    month, of_month = _of_days(np.arange(first, last + 1))  # each day once, however many moments it has
    return month[day - first], of_month[day - first]


def _of_days(day: Whole) -> tuple[Whole, Whole]:
    """The month of each day, and its place in it from 0 on."""
    at = day.astype("datetime64[D]")
    month = at.astype("datetime64[M]")
    return month.astype(np.int64), (at - month).astype(np.int64)


def logistic(signal: LogisticRisk, parts: Mapping[Signal, Numbers]) -> Numbers:
    """The risk at each moment, one after another: few newborns have it, and it must end in the same digit."""
    length = len(next(iter(parts.values())))
    found = np.full(length, np.nan)
    needed = [part for part, *_ in (*signal.terms, *signal.words)]
    for i in np.flatnonzero(np.all([known(parts[part]) for part in needed], axis=0)):
        values = {part: _read(part, value[i]) for part, value in parts.items()}
        risk = logistic_risk(signal, values)
        found[i] = np.nan if risk is None else risk
    return found


def _read(signal: Signal, value: float) -> float | str | None:
    """A value as one patient's is read: a word as itself."""
    if np.isnan(value):
        return None
    concept = getattr(signal, "concept", None)
    if concept is None or concept.kind is not Kind.WORD:
        return float(value)
    return concept.words[int(value)] if value >= 0 else None
