"""What an export wrote."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Written:
    """The folder or file, and the rows of each table in it."""

    path: Path
    rows: dict[str, int]
