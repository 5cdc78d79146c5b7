"""What a second person typed from the sources."""

import csv
from pathlib import Path

HERE = Path(__file__).parents[1] / "papers" / "second_reading"


def typed(name: str) -> list[dict]:
    with open(HERE / f"{name}.csv", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
