"""Row groups put in the place of others: every reader reads what would have been written anew; damaged files are told."""

import io
import random

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opensepsis.data.io.row_groups import footer_of, with_groups_replaced
from opensepsis.errors import FormatError


def frame(chance: random.Random, rows: int) -> pl.DataFrame:
    words = [chance.choice(["", "ä", "long " * chance.randrange(40), None]) for _ in range(rows)]
    numbers = [chance.choice([None, chance.uniform(-1e9, 1e9)]) for _ in range(rows)]
    told = pl.DataFrame(
        {"text": words, "number": numbers, "small": [chance.randrange(3) for _ in range(rows)]}
    )
    return told.with_columns(
        pl.col("text").cast(pl.String),
        pl.col("number").cast(pl.Float64),
        pl.col("small").cast(pl.Int8),
        many=pl.concat_list(pl.col("small").cast(pl.String)),
    )


def file(rows: pl.DataFrame, group: int, **options) -> bytes:
    out = io.BytesIO()
    pq.write_table(rows.to_arrow(), out, row_group_size=group, **options)
    return out.getvalue()


WRITTEN = [
    {"compression": "zstd", "write_statistics": ["text"]},
    {"compression": "none", "use_dictionary": False, "write_page_index": True},
    {"compression": "snappy", "data_page_version": "2.0", "write_page_checksum": True},
]


@pytest.mark.parametrize("options", WRITTEN)
@pytest.mark.parametrize("seed", range(4))
def test_every_reader_reads_the_groups_that_are_there_now(seed, options, tmp_path):
    chance = random.Random(seed)
    groups = [frame(chance, 7) for _ in range(chance.choice([2, 14, 15, 16, 40]))]
    content = file(pl.concat(groups), 7, **options)
    for _ in range(4):
        fresh = {}
        for number in chance.sample(range(len(groups)), min(3, len(groups))):
            fresh[number] = [frame(chance, chance.randrange(8)) for _ in range(chance.randrange(1, 4))]
        files = {n: file(pl.concat(some), 8, **options) for n, some in fresh.items()}
        content = with_groups_replaced(content, footer_of(content), files)
        groups = [one for n, old in enumerate(groups) for one in _as_written(fresh.get(n, old))]
        if not groups:
            break
        expected = pl.concat(groups)
        told = pq.read_metadata(io.BytesIO(content))
        assert [told.row_group(n).num_rows for n in range(told.num_row_groups)] == [g.height for g in groups]
        assert told.num_rows == expected.height
        (path := tmp_path / "f.parquet").write_bytes(content)
        assert pl.from_arrow(pq.read_table(path)).equals(expected)
        assert pl.read_parquet(io.BytesIO(content)).equals(expected)
        assert duckdb.sql(f"from '{path}'").pl().equals(expected)


@pytest.mark.parametrize("options", WRITTEN)
def test_every_reader_reads_the_columns_that_are_there_now(options, tmp_path):
    chance = random.Random(len(options))
    groups = [frame(chance, 7) for _ in range(16)]
    content = first = file(pl.concat(groups), 7, **options)
    for _ in range(6):
        number, names = chance.randrange(16), chance.sample(groups[0].columns, chance.randrange(1, 4))
        some = frame(chance, 7).select(groups[0].select(names).columns)
        groups[number] = groups[number].with_columns(some)
        content = with_groups_replaced(content, footer_of(content), {number: file(some, 8, **options)})
    assert content[: footer_of(first).place] == first[: footer_of(first).place]  # nothing of it was touched
    (path := tmp_path / "f.parquet").write_bytes(content)
    told, expected = pq.read_metadata(path), pl.concat(groups)
    for group in map(told.row_group, range(16)):
        assert group.num_rows == 7
        assert group.total_byte_size == sum(
            group.column(n).total_uncompressed_size for n in range(group.num_columns)
        )
    assert footer_of(content).size == sum(
        told.row_group(n).column(k).total_compressed_size for n in range(16) for k in range(told.num_columns)
    )
    assert pl.from_arrow(pq.read_table(path)).equals(expected)
    assert pl.read_parquet(path).equals(expected) and pl.scan_parquet(path)[3:90].collect().equals(
        expected[3:90]
    )
    assert duckdb.sql(f"from '{path}'").pl().equals(expected)


def test_columns_of_more_or_fewer_rows_are_refused():
    old = file(pl.DataFrame({"a": [1, 2, 3, 4], "b": [1, 2, 3, 4]}), 2)
    for rows in ([1], [1, 2, 3]):
        with pytest.raises(FormatError, match="other columns"):
            with_groups_replaced(old, footer_of(old), {0: file(pl.DataFrame({"a": rows}), 2)})


def _as_written(rows: pl.DataFrame | list[pl.DataFrame]) -> list[pl.DataFrame]:
    if isinstance(rows, pl.DataFrame):
        return [rows]
    whole = pl.concat(rows)
    return [whole[start : start + 8] for start in range(0, whole.height, 8)]


def test_groups_of_other_columns_are_refused():
    old = file(pl.DataFrame({"a": [1, 2]}), 1)
    for other in (pl.DataFrame({"b": [1]}), pl.DataFrame({"a": ["1"]}), pl.DataFrame({"a": [1], "b": [1]})):
        with pytest.raises(FormatError, match="other columns"):
            with_groups_replaced(old, footer_of(old), {0: file(other, 1)})


def test_a_damaged_file_is_told():
    whole = file(pl.DataFrame({"a": range(20)}), 5)
    for content in (
        b"",
        b"PAR1",
        whole[:-1],
        whole[:100],
        b"x" * 40,
        whole[:-8] + (10**6).to_bytes(4, "little") + b"PAR1",
    ):
        with pytest.raises(FormatError, match="Parquet"):
            footer_of(content)
    length = int.from_bytes(whole[-8:-4], "little")
    with pytest.raises(FormatError, match="damaged"):
        footer_of(whole[: -8 - length] + bytes(length) + whole[-8:])


def test_a_number_of_columns_that_needs_two_bytes():
    wide = pa.table({f"c{n}": [n, n + 1] for n in range(300)})
    pq.write_table(wide, out := io.BytesIO(), row_group_size=1)
    content = out.getvalue()
    pq.write_table(wide.slice(1), one := io.BytesIO())
    new = with_groups_replaced(content, footer_of(content), {0: one.getvalue()})
    assert pq.read_table(io.BytesIO(new)).equals(
        pa.concat_tables([wide.slice(1), wide.slice(1)]).combine_chunks()
    )
