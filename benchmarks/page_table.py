"""The parts of docs/performance-ward.md, or of another page, that scripts print, each between two marks of its name."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance-ward.md"


def parted(name: str, page: Path = PAGE) -> tuple[str, str, str]:
    """The page before, between and after the marks of a part."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(f"<!-- {name} -->\n")
    inside, end, after = rest.partition(f"<!-- /{name} -->")
    if not (begin and end):
        raise SystemExit(f"{page} has no marks of {name}.")
    return before + begin, inside, end + after


def write_part(name: str, text: str, page: Path = PAGE) -> None:
    """Puts a text between the marks of a part."""
    before, _, after = parted(name, page)
    page.write_text(before + text + after, encoding="utf-8")


def write_row(name: str, heads: tuple[str, ...], row: tuple[str, ...], command: str, key: int = 1) -> None:
    """Puts a row into the table between the marks of `name`; it takes the place of one whose first `key` cells are the same."""
    _, inside, _ = parted(name)
    columns = (*heads, "measured")
    measured = f"{datetime.now(UTC):%Y-%m-%d}, `{command}`, {os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [line for line in inside.splitlines() if line.startswith("| ")][2:]
    kept = [line for line in lines if line.strip("| ").split(" | ")[:key] != list(row[:key])]
    kept.append(f"| {' | '.join((*row, measured))} |")
    table = [f"| {' | '.join(columns)} |", f"| {' | '.join('---' for _ in columns)} |", *kept]
    write_part(name, "\n".join(table) + "\n")
