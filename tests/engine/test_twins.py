"""The two engines have the same file names, so that who knows one finds the way in the other."""

from pathlib import Path

import opensepsis.engine

ENGINE = Path(opensepsis.engine.__file__).parent
ONLY_LIVE = {
    "bedside": "rows over time as events come; many patients have hourly_grid, sliding_window and scores instead",
    "explain": "says why in words, for one patient at a moment",
    "steadiness": "how long points stand while values come one by one; batch sees all of them at once",
    "room_air": "batch works it out beside the ratio that reads it, in signals",
}


def names(part: str) -> set[str]:
    return {path.stem for path in (ENGINE / part).glob("*.py")} - {"__init__"}


def test_every_file_of_the_reference_has_its_twin():
    assert names("live") - names("batch") == set(ONLY_LIVE)


def test_no_name_is_another_with_an_s():
    for part in ("semantics", "live", "batch", "clocks"):
        mine = names(part)
        assert not {name for name in mine if f"{name}s" in mine}
