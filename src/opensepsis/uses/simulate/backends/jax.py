"""The body on JAX, for a GPU or for gradients (extra `gpu`): the same equations, read a second time with JAX in the place of numba.

No equation is written twice: the source files of the body are compiled with `np`, `min` and `max` meaning JAX's. Only random numbers and
Poisson extinction, which branch, have a form of their own here. Care is not simulated: treatments are held as given from one hour on.
"""

import ast
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from opensepsis.errors import SimulationError
from opensepsis.uses.simulate import physiology
from opensepsis.uses.simulate.physiology.infection import ORGANISMS_PER_UNIT
from opensepsis.uses.simulate.physiology.state import FIELDS, STEP, empty_states

try:
    import jax
    import jax.numpy as jnp
except ModuleNotFoundError:  # said when it is needed
    jax = jnp = cast(Any, None)

_FILES = (
    "circulation",
    "coagulation",
    "respiration",
    "infection",
    "organs",
    "outcome",
    "step",
)  # in the order of their imports
_SMALL = 40.0  # organisms, from which on chance decides


@dataclass(frozen=True)
class Held:
    """Treatments that run unchanged from hour `since` on: doses as in the body's state, `ratio` is concentration over MIC."""

    since: float = 0.0
    ratio: float = 0.0
    norepinephrine: float = 0.0
    vasopressin: float = 0.0
    steroid: float = 0.0
    sedation: float = 0.0
    fio2: float = 0.21
    device: float = 0.0
    fluid: float = 0.0  # L/h beside what the patient drinks


@cache
def equations() -> SimpleNamespace:
    """Every function of the body, on JAX arrays."""
    known = {
        "np": jnp, "min": jnp.minimum, "max": jnp.maximum, "abs": jnp.abs, "STEP": STEP, "ORGANISMS_PER_UNIT": ORGANISMS_PER_UNIT,
        "normal": normal, "may_die_out": may_die_out,
    }  # fmt: skip
    for name in _FILES:
        scope, tree = (
            dict(known),
            ast.parse(resources.files(physiology).joinpath(f"{name}.py").read_text("utf-8")),
        )
        for part in tree.body:
            if isinstance(part, ast.FunctionDef) and part.name not in known:
                part.decorator_list = []
                _run_part(part, name, scope)
            elif isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Tuple):
                constants = {"np": np}
                _run_part(part, name, constants)
                scope.update({key: value for key, value in constants.items() if key != "np"})
        known.update(
            {key: value for key, value in scope.items() if callable(value) and not key.startswith("_")}
        )
    wanted = ("begin", "biology", "true_sofa", "wear_out", "hazard_of_death")
    return SimpleNamespace(**{name: known[name] for name in wanted})


def _run_part(part: ast.stmt, name: str, scope: dict) -> None:
    exec(compile(ast.Module([part], []), f"{name}.py on JAX", "exec"), scope)


def run_body(
    who,
    p,
    keys,
    hours: int,
    held: Held | None = None,
    every: int = 4,
    columns=("blood", "damage", "pressure"),
):
    """The end of every patient (a dict by field), and `columns` of its state every `every` quarters of an hour.

    `who` is what draw_patients gives, `p` what body_parameters gives, `keys` one patient_key each. The course has the shape
    (patients, times, columns). 64-bit floats, as in the numba body; on whatever device JAX uses.
    """
    if jax is None:
        raise SimulationError("JAX is not installed. Install opensepsis with its extra `gpu`.")
    unknown = set(columns) - {*FIELDS, "sofa", "hazard"}
    if unknown:
        raise SimulationError(f"The simulated body has no state {sorted(unknown)}.")
    with jax.enable_x64(True):
        people = {name: jnp.asarray(who[name]) for name in who.dtype.names if name != "mic"}
        numbers = {name: float(p[name]) for name in p.dtype.names}
        start = {name: jnp.asarray(empty_states(len(who))[name]) for name in FIELDS}
        end, course = _compiled()(
            people,
            numbers,
            jnp.asarray(keys, jnp.uint64),
            start,
            asdict(held or Held()),
            int(hours) * 4,
            int(every),
            tuple(columns),
        )
        return {name: np.asarray(value) for name, value in end.items()}, np.asarray(course)


@cache
def _compiled():
    return jax.jit(_run, static_argnames=("steps", "every", "columns"))


def _run(people, numbers, keys, start, held, steps, every, columns):
    who, p, body = SimpleNamespace(**people), SimpleNamespace(**numbers), SimpleNamespace(**start)
    held = SimpleNamespace(**held)
    equations().begin(body, who, p)
    state = {
        name: jnp.broadcast_to(jnp.asarray(value, jnp.float64), keys.shape)
        for name, value in vars(body).items()
    }

    def step(state, count):
        now = _advanced(state, who, p, keys, count, held)
        return now, jnp.stack([now[name] for name in columns], -1)

    def stretch(state, first):
        state, seen = jax.lax.scan(step, state, first + jnp.arange(every))
        return state, seen[-1]

    end, course = jax.lax.scan(stretch, state, jnp.arange(0, steps, every))
    return end, jnp.swapaxes(course, 0, 1)


def _advanced(state, who, p, keys, count, held):
    body, at = SimpleNamespace(**state), count * STEP
    on = 1.0 * (at >= held.since)
    for name in ("norepinephrine", "vasopressin", "steroid", "sedation", "device"):
        setattr(body, name, on * getattr(held, name) * jnp.ones(keys.shape))
    body.fio2 = (0.21 + on * (held.fio2 - 0.21)) * jnp.ones(keys.shape)
    intake = who.thirst * (1.0 + 6.0 * jnp.maximum(0.0, 1.0 - body.volume / who.volume)) + on * held.fluid
    equations().biology(body, who, p, keys, count, at, intake, on * held.ratio)
    equations().wear_out(body, p, STEP)
    body.hazard = body.hazard + STEP * equations().hazard_of_death(body, who, p)
    body.sofa = equations().true_sofa(body)
    return vars(body)


_GOLDEN, _STREAM = 0x9E3779B97F4A7C15, 0xD1342543DE82EF95


def _mix(x):
    x = (x ^ (x >> jnp.uint64(30))) * jnp.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> jnp.uint64(27))) * jnp.uint64(0x94D049BB133111EB)
    return x ^ (x >> jnp.uint64(31))


def uniform(key, stream, counter):
    """The same numbers as randomness.uniform, on JAX arrays."""
    mixed = _mix(key + jnp.asarray(stream, jnp.uint64) * jnp.uint64(_STREAM))
    x = _mix(mixed + jnp.asarray(counter, jnp.uint64) * jnp.uint64(_GOLDEN))
    return (jnp.asarray(x >> jnp.uint64(11), jnp.float64) + 0.5) * (1.0 / 9007199254740992.0)


def normal(key, stream, counter):
    """The same numbers as randomness.normal (AS 241, PPND7)."""
    u = uniform(key, stream, counter)
    q = u - 0.5
    r = 0.180625 - q * q
    above = ((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179
    inner = q * above / (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1.0)
    far = jnp.sqrt(-jnp.log(jnp.minimum(u, 1.0 - u)))
    r = far - 1.6
    above = ((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777
    outer = above / ((0.12021132975 * r + 0.73700164250) * r + 1.0)
    r = far - 5.0
    above = ((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150
    outermost = above / ((0.012258202635 * r + 0.24197894225) * r + 1.0)
    outer = jnp.where(far <= 5.0, outer, outermost)
    return jnp.where(jnp.abs(q) <= 0.425, inner, jnp.where(q < 0, -outer, outer))


def may_die_out(count, key, stream, counter):
    """The same chance as infection.may_die_out."""
    organisms = count * ORGANISMS_PER_UNIT
    few = (count > 0.0) & (organisms < _SMALL)
    mean, u = jnp.where(few, organisms, 0.0), uniform(key, stream, counter)

    def more(state):
        _, total, left = state
        return jnp.any(few & (u > total) & (left < 1000))

    def add(state):
        chance, total, found = state
        on = u > total
        chance = jnp.where(on, chance * mean / (found + 1), chance)
        return chance, jnp.where(on, total + chance, total), jnp.where(on, found + 1, found)

    first = jnp.exp(-mean)
    _, _, found = jax.lax.while_loop(more, add, (first, first, jnp.zeros_like(mean)))
    return jnp.where(few, found / ORGANISMS_PER_UNIT, count)
