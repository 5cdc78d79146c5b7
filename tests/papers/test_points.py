"""The tables, against cases typed from the papers by somebody who never read the tables."""

import pytest

from opensepsis.definitions import SCORES
from opensepsis.engine.live.score_tables import points
from opensepsis.engine.semantics.input_values import limits
from tests.support.score_cases import ABOUT, asked_limits, cases, file, value

TYPED = sorted(name for name in SCORES if file(name).exists())


@pytest.mark.parametrize(
    "name, row", [(name, row) for name in TYPED for row in dict.fromkeys(c["row"] for c in cases(name))]
)
def test_cases_of_a_row(name, row):
    wrong = {}
    for case in (case for case in cases(name) if case["row"] == row):
        values = {key: value(text) for key, text in case.items() if text and key not in ABOUT}
        given = points(SCORES[name], values).rows[row].points
        if given != (None if case["points"] == "?" else int(case["points"])):
            wrong[case["case"], str(values)] = case["points"], given
    assert not wrong, "case, values: points typed and given"


@pytest.mark.parametrize("name", TYPED)
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
