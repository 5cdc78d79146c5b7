"""`label` uses everything but what was rejected, and its options say how much may be."""

import pytest

from opensepsis import label
from opensepsis.errors import DefinitionError, OpensepsisError, TimeError


def hospital(path, bad_stays: int, stays: int = 20, bad_rows: int = 1):
    path.mkdir()
    lines = [f"p{n},s{n},2026-01-01T00:00:00Z,2026-01-01T06:00:00Z" for n in range(stays)]
    lines += [f"x{n},t{n},2026-01-01T00:00:00Z,9999-12-31T00:00:00Z" for n in range(bad_stays)]
    (path / "stays.csv").write_text("patient,stay,admitted,discharged\n" + "\n".join(lines) + "\n")
    rows = [f"p{n},platelets,2026-01-01T01:00:00Z,90,10*3/uL" for n in range(stays)]
    rows += ["p0,platelets,2026-01-01T02:00:00Z,many,10*3/uL"] * bad_rows
    (path / "events.csv").write_text("patient,concept,time,value,unit\n" + "\n".join(rows) + "\n")
    return path


def test_one_bad_stay_and_row_stop_nothing(tmp_path):
    found = label("csv", hospital(tmp_path / "h", 1), definitions="sofa")
    assert found.stays.height == 20 and found.run["counts"]["rejected_stays"] == 1
    told = [(one["table"], one["rows"], one["rejected"]) for one in found.run["counts"]["rejections"]]
    assert told == [("events.csv", [22], "row"), ("stays.csv", [22], "stay")]


def test_the_options(tmp_path):
    path = hospital(tmp_path / "h", 11, bad_rows=101)
    with pytest.raises(TimeError, match="11 of 31 stays were rejected"):
        label("csv", path, definitions="sofa")
    with pytest.raises(OpensepsisError, match="101 of 121 rows of platelets were rejected"):
        label("csv", path, definitions="sofa", max_rejected_stays=0.5)
    assert (
        label("csv", path, definitions="sofa", max_rejected_stays=0.5, max_rejected_rows=1).stays.height == 20
    )
    with pytest.raises(OpensepsisError, match="--strict"):
        label("csv", hospital(tmp_path / "g", 0), definitions="sofa", strict=True)
    with pytest.raises(DefinitionError, match="between 0 and 1"):
        label("csv", path, definitions="sofa", max_rejected_rows=7)
