"""The size of source files: one idea each."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST = 400  # lines


@pytest.mark.parametrize("folder", ["src", "benchmarks", "scripts"])
def test_no_source_file_is_over_400_lines(folder):
    lines = {
        file.relative_to(ROOT).as_posix(): len(file.read_text(encoding="utf-8").splitlines())
        for file in (ROOT / folder).rglob("*.py")
    }
    assert lines
    assert {file: count for file, count in lines.items() if count > MOST} == {}
