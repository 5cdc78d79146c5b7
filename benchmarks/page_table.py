"""A table of docs/performance-ward.md of which each row is printed by a script, between two marks."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance-ward.md"


def write_row(name: str, heads: tuple[str, ...], row: tuple[str, ...], command: str, key: int = 1) -> None:
    """Puts a row into the table between the marks of `name`; it takes the place of one whose first `key` cells are the same."""
    page = PAGE.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, _, rest = page.partition(begin)
    inside, _, after = rest.partition(end)
    columns = (*heads, "measured")
    measured = f"{datetime.now(UTC):%Y-%m-%d}, `{command}`, {os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [line for line in inside.splitlines() if line.startswith("| ")][2:]
    kept = [line for line in lines if line.strip("| ").split(" | ")[:key] != list(row[:key])]
    kept.append(f"| {' | '.join((*row, measured))} |")
    table = [f"| {' | '.join(columns)} |", f"| {' | '.join('---' for _ in columns)} |", *kept]
    PAGE.write_text(before + begin + "\n".join(table) + "\n" + end + after, encoding="utf-8")
