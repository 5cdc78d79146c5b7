"""Every definition says what was read to check it, by whom and when; it is verified only where that was the original."""

import re
from dataclasses import replace

import pytest

from opensepsis.definitions import DEFINITIONS
from opensepsis.definitions.papers import memory, original
from opensepsis.definitions.scores.sofa import SOFA
from opensepsis.docgen.pages import about, page
from opensepsis.rules import Paper, Score


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_says_what_was_read_by_whom_and_when(name):
    paper = DEFINITIONS[name].paper
    assert paper.checks
    for check in paper.checks:
        assert check.against and check.by
        assert re.fullmatch(r"20\d\d-\d\d", check.on)


@pytest.mark.parametrize("name", [n for n, d in DEFINITIONS.items() if isinstance(d, Score)])
def test_a_check_of_single_rows_names_rows_that_are_there(name):
    score = DEFINITIONS[name]
    named = [row for check in score.paper.checks for row in check.rows]
    assert set(named) <= {row.name for row in score.rows}
    assert len(named) == len(set(named))


def test_one_row_from_memory_is_enough_not_to_be_verified():
    read = Paper("A", checks=(original("the article"),))
    partly = replace(read, checks=(original("the article"), memory("liver")))
    assert read.verified and not partly.verified and not Paper("B").verified
    assert partly.rows_of(partly.checks[0]) == "all others"
    told = page(replace(SOFA, paper=partly))
    assert "Checked against the original: **no**." in told
    assert "| liver | nothing, typed from memory |" in told
    assert [c["rows"] for c in about(replace(SOFA, paper=partly))["checks"]] == ["all others", "liver"]
