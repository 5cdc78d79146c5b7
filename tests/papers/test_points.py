"""The tables, against cases typed from the papers by somebody who never read the tables."""

import pytest

from opensepsis.definitions import SCORES
from opensepsis.engine.live.score_tables import points
from opensepsis.engine.semantics.input_values import limits
from tests.support.score_cases import ABOUT, asked_limits, cases, file, value

ALL = [(name, case) for name in SCORES if file(name).exists() for case in cases(name)]


@pytest.mark.parametrize("name, case", ALL, ids=[f"{n}: {c['case']} {i}" for i, (n, c) in enumerate(ALL)])
def test_case(name, case):
    values = {key: value(text) for key, text in case.items() if text and key not in ABOUT}
    given = points(SCORES[name], values).rows[case["row"]].points
    assert given == (None if case["points"] == "?" else int(case["points"]))


@pytest.mark.parametrize("name", sorted({name for name, _ in ALL}))
def test_every_row_has_cases(name):
    assert {case["row"] for case in cases(name)} == {row.name for row in SCORES[name].rows}


def typed_values(name: str) -> set[tuple[str, str, float]]:
    """Every number that is typed: row, signal, value."""
    return {
        (case["row"], key, float(text))
        for case in cases(name)
        for key, text in case.items()
        if text and key not in ABOUT and isinstance(value(text), float)
    }


@pytest.mark.parametrize("name", sorted(n for n in SCORES if ":" not in n or file(n).exists()))
def test_a_case_sits_exactly_on_every_limit(name):
    assert not asked_limits(name) - typed_values(name)


@pytest.mark.parametrize("name", sorted(n for n in SCORES if ":" not in n or file(n).exists()))
def test_cases_lie_on_both_sides_of_every_limit(name):
    typed, possible = typed_values(name), {n: limits(s) for n, s in SCORES[name].signals.items()}
    one_sided = {
        (row, signal, limit)
        for row, signal, limit in asked_limits(name)
        if (
            limit < possible[signal][1]
            and not any(r == row and s == signal and v > limit for r, s, v in typed)
        )
        or (
            limit > possible[signal][0]
            and not any(r == row and s == signal and v < limit for r, s, v in typed)
        )
    }
    assert not one_sided
