"""What several tests share lies in tests/support: a test that is moved, renamed or left out takes nothing from another."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
# at any depth, in programs written as text too
IMPORT = re.compile(r"\b(?:from|import)\s+(\.+\w[\w.]*|tests(?:\.\w+)*)\s*(?:import\s+(\w+))?")


def taken_from_tests() -> list[tuple[str, str]]:
    """(file, module) of everything that a test gives to others."""
    found = []
    for folder in ("tests", "scripts", "benchmarks", "examples"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for match in IMPORT.finditer(file.read_text(encoding="utf-8")):
                found.append((str(file.relative_to(ROOT)), match[1]))
    return found


def test_nothing_is_imported_from_a_test():
    taken = taken_from_tests()
    assert len(taken) > 100
    assert not [pair for pair in taken if not re.match(r"tests\.support(\.|$)", pair[1])]
