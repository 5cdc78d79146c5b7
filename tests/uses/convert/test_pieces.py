"""Rows are put into parts by workers: each once, all of a patient in one part, whatever the files are like."""

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opensepsis.errors import FormatError, MissingError, SourceError
from opensepsis.uses.convert import pieces
from opensepsis.uses.convert.parted import parted
from opensepsis.uses.convert.pieces import EMPTY, PART, WHOLE, patients_of, plan_of, write_piece

CLIF, CSV = parted("clif"), parted("csv")
STAYS = {"Hospitalization_ID": ["h1", "h2 ", "h3", "h4"], "PATIENT_ID": ["a", " b", "c", "a "]}


def written(folder: Path, name: str, *files: object) -> list[Path]:
    (folder / name).mkdir(parents=True)
    places = [folder / name / f"{number}.parquet" for number in range(len(files))]
    for place, rows in zip(places, files, strict=True):
        pq.write_table(rows if isinstance(rows, pa.Table) else pa.table(rows), place, row_group_size=2)
    return places


def parts_of(folder: Path, table: str, column: str) -> dict[str, set[int]]:
    """In which parts each value of a column is."""
    found: dict[str, set[int]] = {}
    for file in (folder / table).glob(f"{PART}=*/*.parquet"):
        for value in pq.read_table(file).column(column).to_pylist():
            found.setdefault(str(value).strip(), set()).add(int(file.parent.name.partition("=")[2]))
    return found


def put(how, files: dict[str, list[Path]], parts: int, staged: Path) -> None:
    plan = plan_of(how, files, parts, staged)
    for number in range(len(plan.pieces)):
        write_piece(number, plan.as_text)


def test_a_table_without_patients_follows_its_stays(tmp_path, monkeypatch):
    """Names with space around them, in any case; a stay of nobody is in the first part; every row is there once."""
    monkeypatch.setattr(pieces, "PIECE_ROWS", 3)
    monkeypatch.setattr(pieces, "HELD_ROWS", 2)
    stays = written(tmp_path, "hospitalization", STAYS)
    vitals = [
        {"hospitalization_id": ["h1", "h2", "h9", None, "h4", "h3"], "n": list(range(6))},
        {"hospitalization_id": ["h2"], "n": [6]},
    ]
    files = {"hospitalization": stays, "vitals": written(tmp_path, "vitals", *vitals)}
    put(CLIF, files, 5, tmp_path / "staged")
    by_patient, by_stay = (
        parts_of(tmp_path / "staged", *what)
        for what in (("hospitalization", "PATIENT_ID"), ("vitals", "hospitalization_id"))
    )
    assert all(len(parts) == 1 for parts in by_patient.values()) and set(by_patient) == {"a", "b", "c"}
    assert by_stay == {
        "h1": by_patient["a"],
        "h4": by_patient["a"],
        "h2": by_patient["b"],
        "h3": by_patient["c"],
        "h9": {0},
        "None": {0},
    }
    rows = [pq.read_table(file) for file in (tmp_path / "staged" / "vitals").glob(f"{PART}=*/*.parquet")]
    assert sorted(n for table in rows for n in table.column("n").to_pylist()) == list(range(7))
    assert pq.read_schema(tmp_path / "staged" / "vitals" / EMPTY / "part.parquet").names == [
        "hospitalization_id",
        "n",
    ]


def test_patients_keep_their_part_whatever_their_type(tmp_path):
    """Numbers, texts, categories and decimals name the same patient; no version may change the numbers of the parts."""
    numbers = [7, 10_000_032, 9_007_199_254_740_993]
    texts = list(map(str, numbers))
    kinds = (
        pa.array(numbers),
        pa.array(texts),
        pa.array(texts).dictionary_encode(),
        pa.array(numbers, pa.decimal128(38, 0)),
    )
    for at, kind in enumerate(kinds):
        table = pa.table({"patient": kind})
        put(CSV, {"stays": written(tmp_path / str(at), "stays", table)}, 100, tmp_path / str(at) / "staged")
        assert parts_of(tmp_path / str(at) / "staged", "stays", "patient") == {
            "7": {46},
            "10000032": {70},
            texts[2]: {63},
        }


def test_files_whose_columns_differ(tmp_path):
    """Each keeps its columns and types; a file without the patient is nobody's."""
    files = written(
        tmp_path,
        "events",
        {"patient": ["a"], "value": [7]},
        {"patient": ["a"], "value": [1.7], "unit": ["mmol/L"]},
        {"value": [3.0]},
    )
    put(
        CSV,
        {"stays": written(tmp_path, "stays", {"patient": ["a"]}), "events": files},
        4,
        tmp_path / "staged",
    )
    part = next(iter(parts_of(tmp_path / "staged", "stays", "patient")["a"]))
    mine = [
        pl.read_parquet(file)
        for file in sorted((tmp_path / "staged" / "events" / f"{PART}={part}").iterdir())
    ]
    assert [frame.rows() for frame in mine] == [[("a", 7)], [("a", 1.7, "mmol/L")]]
    assert [
        pl.read_parquet(file).rows() for file in (tmp_path / "staged" / "events" / f"{PART}=0").iterdir()
    ] == [[(3.0,)]]


def test_columns_keep_their_types_and_the_order_of_their_rows(tmp_path, monkeypatch):
    """Few words and many, long texts, categories, times of a zone, lengths of time; in several row groups and batches."""
    monkeypatch.setattr(pieces, "HELD_ROWS", 700)
    rows = 4000
    columns = {
        "patient": pa.array(["a", "b", None, " a"] * (rows // 4)),
        "few": pa.array(["mmol/L", None] * (rows // 2), pa.large_string()),
        "many": pa.array([f"a note of its own, {number}" for number in range(rows)]),
        "category": pa.array(["x", "y"] * (rows // 2)).dictionary_encode(),
        "at": pa.array(range(rows), pa.timestamp("us", tz="Europe/Berlin")),
        "lasts": pa.array(range(rows), pa.duration("us")),
        "lists": pa.array([["w"], []] * (rows // 2)),
        "n": pa.array(range(rows)),
    }
    table = pa.table(columns)
    (tmp_path / "events").mkdir()
    pq.write_table(table, tmp_path / "events" / "0.parquet", row_group_size=900)
    put(CSV, {"events": [tmp_path / "events" / "0.parquet"]}, 2, tmp_path / "staged")
    found = [pq.read_table(file) for file in (tmp_path / "staged" / "events").glob(f"{PART}=*/*.parquet")]
    assert all(part.schema.equals(table.schema) for part in found)
    assert all(part.column("n").to_pylist() == sorted(part.column("n").to_pylist()) for part in found)
    together = pa.concat_tables(found).sort_by("n")
    assert together.to_pylist() == table.to_pylist()


def test_a_table_of_nobody_is_linked_and_others_are_refused(tmp_path):
    files = {
        "hospitalization": written(tmp_path, "hospitalization", STAYS),
        "units": written(tmp_path, "units", {"name": ["x"]}),
    }
    plan = plan_of(CLIF, files, 2, tmp_path / "staged")
    assert [piece.table for piece in plan.pieces] == ["hospitalization"]
    assert [file.resolve() for file in (tmp_path / "staged" / "units" / WHOLE).iterdir()] == files["units"]
    with pytest.raises(MissingError, match="'patient'"):
        plan_of(CSV, {"stays": files["units"]}, 2, tmp_path / "s2")
    floats = written(tmp_path, "stays", {"patient": ["1"]}, {"patient": [1.0]})
    with pytest.raises(SourceError, match="decimals"):
        plan_of(CSV, {"stays": floats}, 2, tmp_path / "s3")
    assert patients_of([str(files["hospitalization"][0])], "PATIENT_ID") == 4


def test_damaged_files_are_named(tmp_path):
    whole = written(tmp_path, "stays", {"patient": [str(n) for n in range(1000)]})
    content = whole[0].read_bytes()
    plan = plan_of(CSV, {"stays": whole}, 2, tmp_path / "staged").as_text
    whole[0].write_bytes(content[:8] + b"\xff" * 500 + content[508:])
    with pytest.raises(FormatError, match=r"0\.parquet is damaged"):
        write_piece(0, plan)
    whole[0].write_bytes(content[:100])
    with pytest.raises(FormatError, match=r"0\.parquet is damaged"):
        plan_of(CSV, {"stays": whole}, 2, tmp_path / "s2")
    assert not list((tmp_path / "staged").rglob("piece-*"))
