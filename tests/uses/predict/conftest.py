"""Two made-up hospitals, read once, and a model of the first."""

import numpy as np
import polars as pl
import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.uses.predict.data import Cohort
from opensepsis.uses.predict.grid import read_grid
from opensepsis.uses.predict.inputs import read_inputs
from opensepsis.uses.predict.labels import from_table, read_table
from opensepsis.uses.predict.train import train
from tests.support.hospitals.hourly_tables import QUICK, write_hospital


@pytest.fixture(scope="session")
def hospitals(tmp_path_factory):
    """The folder with the tables and timelines of the hospitals a and b."""
    folder = tmp_path_factory.mktemp("hospitals")
    for seed, name in enumerate("ab", 1):
        file = write_hospital(folder, name, 200, seed)
        write_timeline(open_source("hourly", str(file)), folder / f"timeline-{name}")
    return folder


def cohort_of(folder, name):
    grid = read_grid(read_timeline(folder / f"timeline-{name}"), read_inputs(), name)
    return Cohort(grid, from_table(grid, read_table(folder / f"{name}.parquet")))


@pytest.fixture(scope="session")
def a(hospitals):
    return cohort_of(hospitals, "a")


@pytest.fixture(scope="session")
def b(hospitals):
    return cohort_of(hospitals, "b")


@pytest.fixture(scope="session")
def trained(a):
    pytest.importorskip("lightgbm")
    return train(a, threads=1, members=QUICK)


@pytest.fixture
def random_values():
    """Hours of random values for some inputs, most of them not measured."""

    def make(hours: int, inputs: int, seed: int = 0) -> np.ndarray:
        drawn = np.random.default_rng(seed)
        values = drawn.normal(80, 20, (hours, inputs)).astype(np.float32)
        return np.where(drawn.random(values.shape) < 0.6, np.float32(np.nan), values)

    return make


@pytest.fixture
def onsets(a):
    """Onsets of the stays of a, an hour after the middle of every fourth."""
    stays = a.grid.stays.with_row_index("i")
    middle = pl.col("admitted") + pl.duration(hours=pl.col("hours") // 2 + 1)
    return stays.select(
        "stay", judged=pl.lit(True), onset=pl.when(pl.col("i") % 4 == 0).then(middle)
    ).with_columns(known=pl.col("onset") + pl.duration(hours=3))
