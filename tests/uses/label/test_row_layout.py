"""Where the rows of a table lie after some of its stays changed: which keep their place, and which do not."""

import polars as pl
import pytest

from opensepsis.uses.label.row_layout import Order, layout_of, order_of, renewal


def stays(names: str) -> pl.DataFrame:
    """A stay of each patient."""
    return pl.DataFrame({"patient": list(names), "stay": list(names)})


def order(before: str, gone: str, now: str, fresh: str) -> tuple[Order, list[str]]:
    """Of a row group with the stays `before`, a letter for each row; and the stays of its rows afterwards."""
    rows = pl.Series("stay", list(before))
    what = renewal(pl.Series(list(gone)), stays(now), stays("".join(dict.fromkeys(before))))
    came = pl.DataFrame({"stay": list(fresh)})
    layout = layout_of("stay", rows, [(0, len(before))], what, came, by_name=False)
    found = order_of(layout, layout.parts[0])
    return found, found.of(rows.to_frame(), came)["stay"].to_list()


@pytest.mark.parametrize(
    ("before", "gone", "now", "fresh", "alike"),
    [
        ("aabccd", "bc", "abcd", "bcc", True),
        ("aabccd", "a", "abcd", "aa", True),
        ("aabccd", "d", "abcd", "d", True),
        ("aabccd", "b", "abcd", "bb", False),  # one row more
        ("aabccd", "c", "abd", "", False),
        ("aabccd", "bc", "cad", "cc", False),  # moved before others, and the one beside it has left
        ("aabccd", "c", "acbd", "cc", False),
        ("aabccd", "d", "dabc", "d", False),
        ("aabccd", "", "abcde", "e", False),
    ],
)
def test_rows_lie_as_a_run_over_all_patients_would_have_them(before, gone, now, fresh, alike):
    found, rows = order(before, gone, now, fresh)
    left = [key for key in before if key not in gone] + list(fresh)
    assert rows == sorted(left, key=now.index)
    assert found.is_as_it_was == alike
