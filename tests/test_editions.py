"""How scripts/editions.py pairs values of two editions and finds why others differ, on made-up rows."""

import importlib.util
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

ROOT = Path(__file__).resolve().parents[1]
NOON = datetime(2150, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def values():
    spec = importlib.util.spec_from_file_location("edition_values", ROOT / "scripts" / "edition_values.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(*told: tuple[str, float, int, str]) -> pl.DataFrame:
    """Events of one patient: concept, value, minutes after noon, origin."""
    names = ("concept", "value", "later", "origin")
    frame = (
        pl.DataFrame(told, schema=names, orient="row")
        if told
        else pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    )
    time = pl.lit(NOON) + pl.duration(minutes=pl.col("later").cast(pl.Int64))
    return frame.with_columns(patient=pl.lit("1"), time=time, value=pl.col("value").cast(pl.Float64))


def test_values_are_equal_to_the_digits_that_the_edition_prints(values):
    here = values.numbers(
        rows(("temperature", 36.7, 0, "a"), ("temperature", 36.7, 1, "b"), ("weight", 71.0, 0, "c"))
    )
    there = values.numbers(
        rows(("temperature", 36.6667, 0, "x"), ("temperature", 36.64, 1, "y"), ("weight", 71.2, 0, "z"))
    )
    (pair,) = values.equal_pairs(here, there).rows(named=True)
    assert here.row(pair["row"], named=True)["origin"] == "a"
    assert there.row(pair["row_right"], named=True)["origin"] == "x"


def test_each_value_is_used_once(values):
    twice, once = rows(("lactate", 2.1, 0, "a"), ("lactate", 2.1, 0, "b")), rows(("lactate", 2.1, 0, "x"))
    assert values.equal_pairs(values.numbers(twice), values.numbers(once)).height == 1


def test_every_difference_has_a_cause_from_the_closed_list(values):
    raw = SimpleNamespace(
        rows=pl.DataFrame(
            {
                "patient": ["1", "1"], "hadm": [None, "9"], "item": ["50817", "220045"], "number": [55.0, 80.0],
                "minute": [NOON, NOON], "said": [None, None],
            },
            schema_overrides={"said": pl.String},
        ),
        where=lambda *items: pl.DataFrame(schema={"patient": pl.String, "minute": pl.Datetime("us", "UTC")}),
        listed=pl.DataFrame({"patient": ["1"], "minute": [NOON], "value": [500.0]}),
    )  # fmt: skip
    here = values.numbers(
        rows(
            ("spo2", 55.0, 0, "a"), ("gcs_total", 15.0, 0, "b"), ("lactate", 9.0, 0, "c"), ("crystalloid", 500.0, 0, "d"),
            ("crystalloid", 250.0, 0, "e"),
        )
    )  # fmt: skip
    there = values.numbers(
        rows(("gcs_eye", 4.0, 0, "chartevents/220739/"), ("lactate", 2.0, 30, "labevents/50813/7"))
    )
    held = values.causes_of_held(here, here, there, raw)
    causes = dict(here.join(held, on="row").select("origin", "cause").iter_rows())
    assert causes == {
        "a": "other item",
        "b": "worked out",
        "c": "other",
        "d": "list of drugs",
        "e": "drug amount",
    }
    lacked = values.causes_of_lacked(there, here, there, rows(), raw)
    assert set(lacked["cause"]) == {"table or item lost"}
    assert set(held["cause"]) <= set(values.HELD) and set(lacked["cause"]) <= set(values.LACKED)
