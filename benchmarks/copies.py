"""Copies of the patients of an open demo in OMOP or CLIF, as Parquet, for measurements of speed and memory. Says nothing of accuracy.

python benchmarks/copies.py omop DEMO OUT 100

Every identifier of copy k is moved by k × 100,000,000; in CLIF, where they are texts, `-k` is added.
"""

import argparse
from pathlib import Path

import duckdb

from opensepsis.data.sources.omop.form import OMOP
from opensepsis.data.sources.relational.finding import header
from opensepsis.data.sources.relational.form import DUCKDB_TYPES

STEP = 100_000_000
NOT_OF_PATIENTS = {"specimen_source_id", "care_site_id", "location_id", "provider_id", "device_id"}
ONCE = ("concept", "2b_", "vocabulary", "care_site", "cdm_source", "location", "provider", "metadata")


def is_identifier(column: str) -> bool:
    """Whether a column names something of one patient.

    >>> is_identifier("person_id"), is_identifier("unit_concept_id"), is_identifier("care_site_id")
    (True, False, False)
    """
    name = column.lower()
    return name.endswith("_id") and not name.endswith("concept_id") and name not in NOT_OF_PATIENTS


def copied(column: str, text: bool) -> str:
    """One column of copy k."""
    if not is_identifier(column):
        return f'"{column}"'
    return (
        f'"{column}" || \'-\' || copy as "{column}"' if text else f'"{column}" + copy * {STEP} as "{column}"'
    )


def source_of(file: Path) -> tuple[str, list[str]]:
    """The file as DuckDB reads it, with its columns."""
    if file.suffix == ".parquet":
        names = [name for name, *_ in duckdb.sql(f"describe select * from '{file}'").fetchall()]
        return f"'{file}'", names
    names, table = header(file), file.name.split(".")[0]
    known = OMOP.tables.get(table.removeprefix("2b_"))
    types = {n: DUCKDB_TYPES[known.type_of(n)] if known else "VARCHAR" for n in names}
    if not table.startswith(ONCE):
        types |= {n: "BIGINT" for n in names if is_identifier(n)}
    listed = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    return (
        f"read_csv('{file}', header = true, auto_detect = false, delim = ',', quote = '\"', columns = {{{listed}}})",
        names,
    )


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("form", choices=("omop", "clif"))
    ask.add_argument("demo", type=Path)
    ask.add_argument("out", type=Path)
    ask.add_argument("n", type=int)
    args = ask.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for file in sorted([*args.demo.glob("*.csv.gz"), *args.demo.glob("*.parquet")]):
        source, names = source_of(file)
        table = file.name.split(".")[0]
        copies = 1 if table.startswith(ONCE) else args.n
        picks = ", ".join(copied(name, args.form == "clif") if copies > 1 else f'"{name}"' for name in names)
        target = args.out / f"{table}.parquet"
        duckdb.sql(f"copy (select {picks} from {source}, range({copies}) copies(copy)) to '{target}'")
        print(table, copies)


if __name__ == "__main__":
    main()
