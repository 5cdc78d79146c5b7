"""The second opinion learns, sees nothing later, is the same on disk, and has no opinion on whom it was trained on."""

import json

import numpy as np
import pytest

from opensepsis.cli_prediction_network import with_second_opinion
from opensepsis.errors import DefinitionError, FormatError, MissingError
from opensepsis.uses.predict.evaluate import evaluate
from opensepsis.uses.predict.grid import Grid
from opensepsis.uses.predict.judged_rows import prepared
from opensepsis.uses.predict.metrics import hour_matched_auroc
from opensepsis.uses.predict.network import NAME, learn, log_odds, read_network, write_network

pytest.importorskip("torch", reason="torch is not installed (extra `torch`)")


@pytest.fixture(scope="module")
def network(a):
    return learn(a, threads=1, epochs=12)


def test_it_tells_hours_of_another_hospital_apart(network, b):
    told = log_odds(network, b.grid, 1)
    at = b.counted
    assert hour_matched_auroc(told[at], b.labels.positive[at], b.hours[at]).value > 0.65


def test_no_hour_sees_a_later_one(network, b):
    whole = log_odds(network, b.grid, 1)
    for stay in range(0, 40, 5):
        first, last = b.grid.begin[stay], b.grid.begin[stay + 1]
        cut = (last - first) // 2
        some = Grid(
            b.grid.inputs,
            b.grid.stays[:1],
            np.array([0, cut]),
            b.grid.values[first : first + cut],
            b.grid.person[[stay]],
        )
        np.testing.assert_allclose(log_odds(network, some, 1), whole[first : first + cut], atol=1e-5)


def test_on_disk_it_is_the_same_and_a_changed_one_is_refused(network, b, tmp_path):
    folder = write_network(network, tmp_path / "network", [])
    np.testing.assert_array_equal(log_odds(read_network(folder), b.grid, 1), log_odds(network, b.grid, 1))
    file = folder / "network.json"
    told = json.loads(file.read_text())
    told["network"]["middle"][0] += 1
    file.write_text(json.dumps(told))
    with pytest.raises(FormatError, match="was changed"):
        read_network(folder)
    with pytest.raises(MissingError, match="no second opinion"):
        read_network(tmp_path)


def test_it_stands_beside_the_model_but_not_of_its_own_patients(network, trained, a, b, tmp_path):
    folder = write_network(network, tmp_path / "network", [])
    found = evaluate(with_second_opinion(prepared(trained.model, b, threads=1), folder, 1))
    scores = {one["score"]: one for one in found["discrimination"]}
    assert scores[NAME]["auroc"] > 0.6 and scores[f"mean of model and {NAME}"]["auroc"] > 0.6
    with pytest.raises(DefinitionError, match="trained on these patients"):
        with_second_opinion(prepared(trained.model, a, threads=1), folder, 1)
