"""How often `opensepsis map` proposes the right concept first, by rows of data, with our own list of each source hidden.

    python benchmarks/mapping.py SHARED

SHARED holds data/eicu-demo and data/mimic-iv-demo-omop. The truth of a code is the concept that our own list reads it as; proposals are
made from the code's name, unit and values, and of drugs from their names, without that list. The table goes to docs/mapping.md.
"""

import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from opensepsis.data.mapping.proposals import propose
from opensepsis.data.sources import open_mappable

HERE = Path(__file__).resolve().parents[1]
PAGE = HERE / "docs" / "mapping.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
HEAD = [
    "| data | table | rows of codes that we read | right concept first | with LOINC codes |",
    "| --- | --- | --- | --- | --- |",
]


def with_labs(demo: Path, folder: Path) -> Path:
    """The eICU demo with the laboratory table of its 169 stays under the name of the table."""
    for file in demo.glob("*.csv.gz"):
        (folder / ("lab.csv.gz" if file.name.startswith("lab_subset") else file.name)).symlink_to(file)
    return folder


def measured(source: str, path: Path) -> list[str]:
    """A line for each table, and one for all."""
    rows, right, coded, proposed = Counter(), Counter(), Counter(), [0, 0]
    for code in open_mappable(source, str(path)).local_codes():
        without, with_codes = propose(code, loinc=False), propose(code)
        if not code.mapped:
            proposed[0] += code.rows
            proposed[1] += code.rows if with_codes else 0
            continue
        for table in (code.table, "**all**"):
            rows[table] += code.rows
            right[table] += code.rows if without and without[0].concept == code.mapped else 0
            coded[table] += code.rows if with_codes and with_codes[0].concept == code.mapped else 0
    lines = [
        f"| {source} | {table} | {count:,} | {right[table] / count:.1%} | {coded[table] / count:.1%} |"
        for table, count in rows.items()
        if not table.startswith("**")
    ]
    count = rows["**all**"]
    lines.append(
        f"| {source} | **all** | {count:,} | **{right['**all**'] / count:.1%}** | {coded['**all**'] / count:.1%} |"
    )
    print(f"{source}: of {proposed[0]:,} rows of codes that we do not read, {proposed[1]:,} have a proposal")
    return lines


def main() -> None:
    data = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared") / "data"
    if not (data / "eicu-demo").is_dir():
        raise SystemExit(f"{data} holds no eicu-demo; nothing was measured.")
    with TemporaryDirectory() as folder:
        lines = measured("eicu", with_labs(data / "eicu-demo", Path(folder)))
    lines += measured("omop", data / "mimic-iv-demo-omop")
    print("\n".join([*HEAD, *lines]))
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text("\n".join([before + BEGIN, *HEAD, *lines, END + after]), encoding="utf-8")


if __name__ == "__main__":
    main()
