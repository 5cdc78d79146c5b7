"""The table of a score as text: how its rows are joined, for whom it is, and what it reads."""

from dataclasses import replace

from opensepsis.definitions import SCORES
from opensepsis.rules.table_text import table_text


def lines(name: str) -> list[str]:
    return table_text(SCORES[name]).splitlines()


def test_a_table_says_its_source_its_rows_and_its_window():
    told = lines("sofa")
    assert told[0].endswith("(sofa)") and told[2].startswith("Source: ")
    start = told.index(next(line for line in told if line.startswith("coagulation (")))
    assert [line.split()[0] for line in told[start + 1 : start + 5]] == ["1", "2", "3", "4"]
    assert "Each row keeps the worst points of the last 24 h." in told
    assert told[-1] == "For research and teaching. Not a medical device."
    assert any(line.startswith("  platelets") for line in told[told.index("Reads:") :])


def test_the_tables_of_a_row_are_joined_as_the_row_is():
    assert "  if not known:" in lines("sofa2")
    told = lines("phoenix")
    assert told.count("  or, if worse:") == 1 and told.count("  plus") == 5


def test_a_score_of_the_moment_of_an_age_and_of_its_worst_row():
    told = lines("nice_under_5")
    assert "Not for patients of 5 years and over." in told
    assert "The total is that of the worst row; 0 only where every row is known." in told
    assert "Each row gives the points of the moment." in lines("news2")
    assert any(line.startswith("Not for patients under 16 years") for line in lines("news2"))
    assert any(line.startswith("Not known while ") for line in lines("news2"))
    assert any(line.startswith("Variant: ") for line in lines("sofa:highest_pump"))
    assert not any(line.startswith("Variant: ") for line in lines("sofa"))


def test_a_score_whose_paper_leaves_nothing_open_has_no_choices():
    qsofa = SCORES["qsofa"]
    assert "Choices:" in table_text(replace(qsofa, choices=SCORES["sofa"].choices)).splitlines()
    assert "Choices:" not in table_text(replace(qsofa, choices=())).splitlines()
