"""Hourly SOFA and Sepsis-3 of a MIMIC-IV folder by plain SQL, to compare the engine with stay by stay.

    python benchmarks/independent_sql.py MIMIC_FOLDER OUT_FOLDER [--memory 4GB] [--threads 2]

MIMIC_FOLDER  hosp/ and icu/ with <table>.csv.gz or <table>.parquet
OUT_FOLDER    gets hourly_sofa.parquet (one row per stay and hour) and sepsis3.parquet (one row per ICU stay)

The rules are in independent_sofa.sql. Needs duckdb only; never imports opensepsis.
"""

import argparse
import resource
import time
from pathlib import Path

import duckdb

RULES = Path(__file__).with_name("independent_sofa.sql")

# The columns in use. Types are given, not guessed: a column may be empty throughout and then has no type to guess.
TABLES = {
    "hosp/labevents": {
        "subject_id": "BIGINT", "hadm_id": "BIGINT", "specimen_id": "BIGINT", "itemid": "INTEGER", "charttime": "TIMESTAMP",
        "value": "VARCHAR", "valuenum": "DOUBLE",
    },
    "hosp/microbiologyevents": {
        "subject_id": "BIGINT", "micro_specimen_id": "BIGINT", "chartdate": "TIMESTAMP", "charttime": "TIMESTAMP",
        "spec_type_desc": "VARCHAR",
    },
    "hosp/prescriptions": {
        "subject_id": "BIGINT", "hadm_id": "BIGINT", "starttime": "TIMESTAMP", "drug_type": "VARCHAR", "drug": "VARCHAR",
        "route": "VARCHAR",
    },
    "icu/chartevents": {
        "subject_id": "BIGINT", "stay_id": "BIGINT", "charttime": "TIMESTAMP", "storetime": "TIMESTAMP", "itemid": "INTEGER",
        "value": "VARCHAR", "valuenum": "DOUBLE",
    },
    "icu/icustays": {
        "subject_id": "BIGINT", "hadm_id": "BIGINT", "stay_id": "BIGINT", "intime": "TIMESTAMP", "outtime": "TIMESTAMP",
    },
    "icu/inputevents": {
        "stay_id": "BIGINT", "starttime": "TIMESTAMP", "endtime": "TIMESTAMP", "itemid": "INTEGER", "rate": "DOUBLE",
        "rateuom": "VARCHAR", "patientweight": "DOUBLE",
    },
    "icu/outputevents": {"stay_id": "BIGINT", "charttime": "TIMESTAMP", "itemid": "INTEGER", "value": "DOUBLE"},
}  # fmt: skip


def source(folder: Path, table: str) -> str:
    """The SQL that reads one table, from Parquet if it is there."""
    parquet, csv = folder / f"{table}.parquet", folder / f"{table}.csv.gz"
    if parquet.exists():
        return f"read_parquet('{parquet}')"
    if csv.exists():
        return f"read_csv('{csv}', header = true, all_varchar = true)"
    raise SystemExit(f"{folder} has neither {table}.parquet nor {table}.csv.gz")


def add_views(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    for table, columns in TABLES.items():
        typed = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in columns.items())
        db.execute(f"CREATE TEMP VIEW {Path(table).name} AS SELECT {typed} FROM {source(folder, table)}")


def run(folder: Path, out: Path, memory: str, threads: int, rules: str) -> tuple[int, int, int]:
    """Write both results; return the number of stays, of stays with suspected infection, of stays with sepsis."""
    out.mkdir(parents=True, exist_ok=True)
    db = duckdb.connect(
        config={"memory_limit": memory, "threads": threads, "temp_directory": str(out / "spill")}
    )
    add_views(db, folder)
    db.execute(rules)
    db.execute(f"COPY (FROM hourly_sofa ORDER BY stay_id, hr) TO '{out / 'hourly_sofa.parquet'}'")
    db.execute(f"COPY (FROM sepsis3 ORDER BY stay_id) TO '{out / 'sepsis3.parquet'}'")
    return db.execute(
        "SELECT count(*), count(suspected_infection_time), count_if(sepsis3) FROM sepsis3"
    ).fetchone()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mimic_folder", type=Path)
    parser.add_argument("out_folder", type=Path)
    parser.add_argument("--memory", default="4GB", help="limit on DuckDB's memory (it spills to disk beyond)")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()

    start = time.perf_counter()
    stays, suspected, septic = run(
        args.mimic_folder, args.out_folder, args.memory, args.threads, RULES.read_text()
    )
    wall, usage = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    print(f"{stays:,} ICU stays, suspected infection in {suspected:,}, sepsis in {septic:,}")
    print(
        f"wall {wall:.1f} s, CPU {usage.ru_utime + usage.ru_stime:.1f} s, peak memory {usage.ru_maxrss / 2**20:.2f} GiB"
    )


if __name__ == "__main__":
    main()
