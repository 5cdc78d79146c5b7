"""A second opinion on the same hours: a small recurrent network on the values, on what was measured, and on how old each value is.

It has no features of its own making, so where it agrees with the trees that rests on other ground. It needs the extra `torch`; weights
are kept as text. What it is worth is told by `predict evaluate --second-opinion`, on patients that it was not trained on.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from opensepsis.data.io.atomic import whole_folder
from opensepsis.errors import DefinitionError, FormatError, MissingError
from opensepsis.uses.predict.data import Cohort, check, patients_digest, usable_inputs
from opensepsis.uses.predict.grid import Grid
from opensepsis.uses.predict.inputs import RUNNING, Input, read_inputs
from opensepsis.uses.predict.learners import drawn_stays

NAME = "second opinion"
_HIDDEN, _EPOCHS, _STAYS, _RATE = 64, 6, 64, 3e-3
_FILE, _OLDEST, _FAR = "network.json", 24.0, 4.0
Say = Callable[[str], None]


@dataclass(frozen=True)
class Network:
    """What it reads, how values are scaled (middle, spread), its weights by name, and what it was trained on."""

    inputs: tuple[Input, ...]
    middle: np.ndarray
    spread: np.ndarray
    weights: Mapping[str, np.ndarray]
    about: Mapping[str, Any]


def torch() -> ModuleType:
    """The library, loaded when it is needed."""
    try:
        return import_module("torch")
    except ModuleNotFoundError:
        raise MissingError(
            "A second opinion needs 'torch', which is not installed. Install opensepsis with its extra `torch`."
        ) from None


def learn(
    cohort: Cohort, seed: int = 0, threads: int = 2, epochs: int = _EPOCHS, say: Say = lambda words: None
) -> Network:
    """Train on every hour that counts of all hospitals of a cohort; on a GPU where there is one. DefinitionError: nothing to learn from."""
    lib = torch()
    check(cohort)
    cohort = cohort.with_inputs(usable_inputs(cohort))
    lib.manual_seed(seed)
    lib.set_num_threads(threads)
    grid, counted = cohort.grid, cohort.counted
    per_stay = np.bincount(cohort.stay_of_row[counted], minlength=len(grid.begin) - 1)
    drawn, weight = drawn_stays(per_stay, cohort.septic, seed)
    stays = np.flatnonzero(drawn & (per_stay > 0))
    counts = np.zeros(grid.hours, np.float32)
    counts[counted] = weight[cohort.stay_of_row[counted]]
    positive = cohort.labels.positive.astype(np.float32)
    middle, spread = _scales(grid, stays)
    rows = _rows(grid, middle, spread)
    device = "cuda" if lib.cuda.is_available() else "cpu"
    net = _net(lib, rows.shape[1]).to(device)
    optimiser = lib.optim.Adam(net.parameters(), lr=_RATE)
    order = np.random.default_rng(seed)
    for epoch in range(epochs):
        for places, there in _batches(grid, stays, order):
            told, known, weighed = (
                lib.from_numpy(np.where(there[..., None] if part.ndim == 2 else there, part[places], 0).astype(np.float32)).to(device)
                for part in (rows, positive, counts)
            )  # fmt: skip
            loss = lib.nn.functional.binary_cross_entropy_with_logits(
                _forward(net, told), known, weight=weighed, reduction="sum"
            ) / weighed.sum().clamp(min=1)
            optimiser.zero_grad()
            loss.backward()
            lib.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
        say(f"second opinion, round {epoch + 1} of {epochs}")
    weights = {name: value.detach().cpu().numpy() for name, value in net.state_dict().items()}
    about = {"patients": [patients_digest(cohort, name) for name in cohort.hospitals], "label": cohort.labels.about,
             "stays": len(stays), "rounds": epochs, "seed": seed, "torch": lib.__version__}  # fmt: skip
    return Network(grid.inputs, middle, spread, weights, about)


def log_odds(network: Network, grid: Grid, threads: int = 2) -> np.ndarray:
    """The log odds of every row, from the stay's hours up to it (float64). MissingError: an input is not among the grid's."""
    lib = torch()
    lib.set_num_threads(threads)
    grid = grid.with_inputs(network.inputs)
    rows = _rows(grid, network.middle, network.spread)
    net = _net(lib, rows.shape[1])
    net.load_state_dict({name: lib.from_numpy(value.copy()) for name, value in network.weights.items()})
    found = np.zeros(grid.hours)
    with lib.no_grad():
        for places, there in _batches(grid, np.arange(len(grid.begin) - 1)):
            told = np.where(there[..., None], rows[places], 0).astype(np.float32)
            found[places[there]] = _forward(net, lib.from_numpy(told)).numpy()[there]
    return found


def check_not_learned_from(network: Network, cohort: Cohort) -> None:
    """DefinitionError where the network was trained on patients of the cohort: of them it has no honest opinion."""
    if set(network.about["patients"]) & {patients_digest(cohort, name) for name in cohort.hospitals}:
        raise DefinitionError(
            "The second opinion was trained on these patients. Evaluate it on another hospital's patients."
        )


def _net(lib: Any, width: int) -> Any:
    return lib.nn.ModuleDict(
        {"past": lib.nn.GRU(width, _HIDDEN, batch_first=True), "now": lib.nn.Linear(_HIDDEN, 1)}
    )


def _forward(net: Any, told: Any) -> Any:
    return net["now"](net["past"](told)[0])[..., 0]


def _scales(grid: Grid, stays: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median and spread of each input's values, and of age, in the stays that are learned from."""
    some = grid.of_stays(stays)
    columns = [*some.values.T, some.person[:, 1]]
    kept = [column[~np.isnan(column)] for column in columns]
    ends = np.array([np.quantile(one, [0.05, 0.5, 0.95]) if len(one) else (0, 0, 1) for one in kept])
    ends[: len(grid.inputs)][_running(grid)] = 0, 0, 3.29  # 1 while something runs
    return ends[:, 1].astype(np.float32), np.maximum((ends[:, 2] - ends[:, 0]) / 3.29, 1e-3).astype(
        np.float32
    )


def _running(grid: Grid) -> np.ndarray:
    return np.array([one.form == RUNNING for one in grid.inputs])


def _rows(grid: Grid, middle: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """For each hour: the last values (0: not known), whether each was measured in it, how old it is (1: a day, or never), age and sex."""
    seen = ~np.isnan(grid.values)
    begin = grid.begin[grid.stay_of_row]
    at = np.arange(grid.hours)[:, None]
    last = np.maximum.accumulate(np.where(seen, at, -1), axis=0)
    known = last >= begin[:, None]
    carried = np.take_along_axis(grid.values, np.maximum(last, 0), axis=0)
    known &= seen | ~_running(grid)  # what ran counts in its hours alone
    value = np.where(known, (carried - middle[:-1]) / spread[:-1], 0)
    age = np.where(known, np.minimum((at - last) / _OLDEST, 1), 1)
    person = np.nan_to_num(
        np.column_stack([(grid.person[:, 1] - middle[-1]) / spread[-1], grid.person[:, 2] - 0.5])
    )
    told = (np.clip(value, -_FAR, _FAR), seen, age, person[grid.stay_of_row])
    return np.concatenate(told, axis=1, dtype=np.float32)


def _batches(
    grid: Grid, stays: np.ndarray, order: np.random.Generator | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows of stays of like length, side by side, and which of them are there; in random order when learning."""
    sizes = np.diff(grid.begin)[stays]
    ranked = stays[np.argsort(sizes, kind="stable")]
    groups = [ranked[i : i + _STAYS] for i in range(0, len(ranked), _STAYS)]
    if order is not None:
        order.shuffle(groups)
    for some in groups:
        lengths = np.diff(grid.begin)[some]
        steps = np.arange(lengths.max())
        there = steps < lengths[:, None]
        yield np.where(there, grid.begin[some][:, None] + steps, 0), there


def write_network(network: Network, out: Path, inputs: list[Path]) -> Path:
    """Writes the folder, as text; whole or not at all."""
    told = {
        "inputs": [one.concept for one in network.inputs], "middle": network.middle.tolist(), "spread": network.spread.tolist(),
        "weights": {name: value.tolist() for name, value in network.weights.items()}, "about": dict(network.about),
    }  # fmt: skip
    text = json.dumps(told, sort_keys=True)
    with whole_folder(out, _FILE, inputs) as folder:
        (folder / _FILE).write_text(
            json.dumps({"digest": _digest(text), "network": told}, sort_keys=True), encoding="utf-8"
        )
    return out


def read_network(folder: Path) -> Network:
    """The network of a folder. MissingError, FormatError: none, or a file that was changed."""
    try:
        held = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        told = held["network"]
        if held["digest"] != _digest(json.dumps(told, sort_keys=True)):
            raise ValueError("changed")
        known = {one.concept: one for one in read_inputs()}
        return Network(
            tuple(known[name] for name in told["inputs"]), np.array(told["middle"], np.float32), np.array(told["spread"], np.float32),
            {name: np.array(value, np.float32) for name, value in told["weights"].items()}, told["about"],
        )  # fmt: skip
    except OSError:
        raise MissingError(
            f"There is no second opinion in {folder}. `opensepsis predict second-opinion` makes one."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise FormatError(
            f"{folder / _FILE} was changed, or is not a second opinion. Train it again."
        ) from None


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
