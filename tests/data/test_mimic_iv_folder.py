"""Where the tables come from, what is counted, and what is said when something is missing or damaged."""

import gzip
import shutil

import duckdb
import ibis
import polars as pl
import pytest

from opensepsis.data.schema import EVENTS, STAYS
from opensepsis.data.sources.mimic_iv import open_mimic_iv
from opensepsis.data.sources.relational.tables import NOTHING
from opensepsis.errors import ConceptError, FormatError, MissingError
from tests.support.hospitals.small_mimic import CHART, COLUMNS, LAB, as_parquet, at, read, write

CANARY = "987654321"


def small(path):
    return write(
        path,
        labevents=[LAB],
        chartevents=[CHART],
        outputevents=[{"itemid": 226559, "charttime": at("12:00"), "value": 5}],
    )


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """The small hospital as csv.gz; nobody changes it."""
    return small(tmp_path_factory.mktemp("packed"))


@pytest.fixture(scope="module")
def expected(packed):
    """Everything that is read of it."""
    return read(packed)


@pytest.fixture(scope="module")
def parquet(packed, tmp_path_factory):
    """The same as Parquet; nobody changes it."""
    return as_parquet(packed, tmp_path_factory.mktemp("parquet"))


@pytest.mark.parametrize("split", [False, True])
def test_parquet_reads_as_csv_does(tmp_path, packed, expected, split):
    assert read(as_parquet(packed, tmp_path / "parquet", split)).equals(expected)


def test_plain_csv(tmp_path, expected):
    folder = small(tmp_path)
    for packed in folder.glob("*/*.csv.gz"):
        packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
        packed.unlink()
    assert read(folder).equals(expected)


@pytest.mark.parametrize("schemas", [("main", "main"), ("mimiciv_hosp", "mimiciv_icu")])
def test_any_connection_that_holds_the_tables(parquet, expected, schemas):
    native = duckdb.connect()
    for schema in set(schemas):
        native.execute(f"create schema if not exists {schema}")
    for name in COLUMNS:
        schema = schemas[0] if name.startswith("hosp") else schemas[1]
        native.execute(
            f"create table {schema}.{name.split('/')[1]} as select * from '{parquet / name}.parquet'"
        )
    connection = ibis.duckdb.from_connection(native)
    assert read(connection).equals(expected)
    assert open_mimic_iv(connection).stays().height == 2


def test_another_backend_reads_the_same(parquet, packed):
    connection = ibis.polars.connect(
        {n.split("/")[1]: pl.read_parquet(parquet / f"{n}.parquet") for n in COLUMNS}
    )
    assert open_mimic_iv(connection).stays().height == 2
    concepts = ("heart_rate", "creatinine", "urine_output")
    assert read(connection, *concepts).equals(read(packed, *concepts))


def test_shape_of_what_comes_out(tmp_path):
    source = open_mimic_iv(small(tmp_path))
    assert dict(source.stays().schema) == STAYS
    for batch in source.events(None):
        assert {c: t for c, t in batch.schema.items() if c != "reason"} == EVENTS


def test_only_the_asked_tables_are_opened(tmp_path):
    folder = small(tmp_path)
    shutil.rmtree(folder / "hosp")
    (folder / "hosp").mkdir()
    assert read(folder, "heart_rate").height == 1
    with pytest.raises(MissingError, match=r"hosp/labevents.*labevents\.csv\.gz"):
        read(folder, "creatinine")


def test_counts(tmp_path):
    folder = write(
        tmp_path,
        chartevents=[
            CHART,
            {**CHART, "itemid": 224080},
            {**CHART, "itemid": 224080, "charttime": at("13:00")},
            {**CHART, "itemid": 5},
        ],
        d_items=[{"itemid": 224080, "label": "Head of Bed"}],
        emar=[{"medication": "Aspirin", "charttime": at("12:00"), "event_txt": "Administered"}] * 2,
    )
    source = open_mimic_iv(folder)
    list(source.events(None))
    counts = source.counts()
    assert counts["read"]["chartevents"] == 4
    assert counts["mapped"] == {"heart_rate": 1}
    assert counts["unmapped"]["chartevents"] == [
        {"code": "224080", "label": "Head of Bed", "count": 2}, {"code": "5", "label": None, "count": 1},
    ]  # fmt: skip
    assert counts["unmapped"]["emar"] == [{"code": "Aspirin", "count": 2}]
    assert any("UTC" in note for note in counts["notes"])


def test_counts_begin_anew_with_every_reading(tmp_path):
    source = open_mimic_iv(small(tmp_path))
    for _ in range(2):
        list(source.events(frozenset({"heart_rate"})))
        assert source.counts()["mapped"] == {"heart_rate": 1}


def test_reading_may_be_given_up_and_begun_again(tmp_path):
    source = open_mimic_iv(many_labs(tmp_path))
    next(source.events(frozenset({"creatinine"})))
    assert source.stays().height == 2
    assert sum(batch.height for batch in source.events(frozenset({"creatinine"}))) == 20_000


def test_unknown_concept(tmp_path):
    with pytest.raises(ConceptError, match="lactate"):
        list(open_mimic_iv(small(tmp_path)).events(frozenset({"lactat"})))


def test_missing_folder(tmp_path):
    with pytest.raises(MissingError, match="no folder"):
        open_mimic_iv(tmp_path / "nowhere")


def test_empty_folder(tmp_path):
    with pytest.raises(MissingError, match=r"no hosp/ and no icu/"):
        open_mimic_iv(tmp_path)


def test_folder_one_level_too_high(tmp_path):
    small(tmp_path / "mimic-iv-3.1")
    with pytest.raises(MissingError, match=r"Give .*mimic-iv-3\.1 instead"):
        open_mimic_iv(tmp_path)


def test_missing_column(tmp_path):
    folder = small(tmp_path)
    with gzip.open(folder / "icu/chartevents.csv.gz", "wt") as lines:
        lines.write("subject_id,stay_id,itemid,chart_time,storetime,value,valuenum\n")
    with pytest.raises(MissingError, match=r"no column 'charttime'\. Did you mean 'chart_time'"):
        read(folder, "heart_rate")


def test_column_names_in_capitals(tmp_path):
    folder = small(tmp_path)
    packed = folder / "icu/chartevents.csv.gz"
    header, rest = gzip.decompress(packed.read_bytes()).split(b"\n", 1)
    packed.write_bytes(gzip.compress(header.upper() + b"\n" + rest))
    assert read(folder, "heart_rate")["value"].to_list() == [80]


def test_missing_table_of_a_connection():
    with pytest.raises(MissingError, match="no table admissions"):
        open_mimic_iv(ibis.duckdb.connect()).stays()


def many_labs(folder):
    return write(folder, labevents=[{**LAB, "labevent_id": i, "valuenum": CANARY} for i in range(20_000)])


def test_truncated_file(tmp_path):
    file = many_labs(tmp_path) / "hosp/labevents.csv.gz"
    file.write_bytes(file.read_bytes()[:-2000])
    with pytest.raises(FormatError, match="hosp/labevents") as caught:
        read(tmp_path, "creatinine")
    assert CANARY not in str(caught.value) and caught.value.__suppress_context__


@pytest.mark.parametrize("row", [10, 2_500, 2_999], ids=["among the first", "later", "the last"])
def test_a_line_that_is_none_of_its_table_is_not_left_out_in_silence(tmp_path, row):
    file = write(tmp_path, labevents=[{**LAB, "valuenum": CANARY}] * 3_000) / "hosp/labevents.csv.gz"
    lines = gzip.decompress(file.read_bytes()).splitlines()
    line = lines[row]
    damages = {
        "cut short": line[: line.rindex(b"mg/dL")],
        "a cell too few": line.rpartition(b",")[0],
        "a cell too many": line + b",1",
        "a quote that is not closed": line.replace(b"mg/dL", b'"mg/dL'),
        "a quote within a cell": line.replace(b"mg/dL", b'"mg"/dL'),
        "not UTF-8": line.replace(b"mg/dL", b"mg\xff/dL"),
    }
    for damage, told in damages.items():
        assert told != line, damage
        file.write_bytes(gzip.compress(b"\n".join([*lines[:row], told, *lines[row + 1 :], b""])))
        with pytest.raises(FormatError, match="hosp/labevents") as caught:
            read(tmp_path, "creatinine")
            pytest.fail(damage)
        assert CANARY not in str(caught.value), damage


@pytest.mark.parametrize(
    "content",
    [b"", gzip.compress(b""), b"not packed", gzip.compress(b"\xff\xfe\xfa\n")],
    ids=["empty", "packed but empty", "not packed", "not UTF-8"],
)
def test_damaged_from_the_first_byte(tmp_path, content):
    (small(tmp_path) / "hosp/labevents.csv.gz").write_bytes(content)
    with pytest.raises(FormatError, match="labevents"):
        read(tmp_path, "creatinine")


def test_text_that_is_not_utf_8(tmp_path):
    folder = many_labs(tmp_path)
    file = folder / "hosp/labevents.csv.gz"
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()).replace(b"mg/dL", b"mg\xffdL")))
    with pytest.raises(FormatError, match="labevents"):
        read(folder, "creatinine")


def test_damaged_parquet(tmp_path):
    parquet = as_parquet(small(tmp_path / "csv"), tmp_path / "parquet")
    (parquet / "hosp/labevents.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(FormatError, match="labevents"):
        read(parquet, "creatinine")


@pytest.mark.parametrize("nothing", [word for word in NOTHING if word])
def test_words_of_other_writers_for_an_empty_cell(tmp_path, nothing):
    rows = [
        {
            "itemid": 50912,
            "charttime": at("12:00"),
            "storetime": nothing,
            "valuenum": value,
            "valueuom": "mg/dL",
        }
        for value in (1.5, nothing)
    ]
    write(tmp_path, labevents=rows)
    assert read(tmp_path, "creatinine")["value"].to_list() == [1.5]
