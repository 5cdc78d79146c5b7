"""What each choice of how breath, oxygen, urine and pumps are read changes on data: labelled with it, and with it set back.

    python benchmarks/changes.py mimic-iv PATH [STAYS] | csv examples/hospital

For each choice: hours and stays whose row differs, and stays with each phenotype, without the choice → with it.
"""

import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

ONLY = "sofa,sofa2,phoenix,kdigo,ards,sepsis3,sepsis3:sofa2,septic_shock,phoenix_sepsis"
KEY = ["patient", "stay", "time"]


def _signals(kind: type):
    """Every signal of a kind that the scores read, inner ones too."""
    from opensepsis.definitions import SCORES
    from opensepsis.rules import children

    waiting, seen = [s for score in SCORES.values() for s in score.signals.values()], []
    while waiting:
        signal = waiting.pop()
        waiting += children(signal)
        if isinstance(signal, kind) and not any(signal is other for other in seen):
            seen.append(signal)
    return seen


def _set(things, **values) -> None:
    for thing in things:
        for name, value in values.items():
            object.__setattr__(thing, name, value)


def room_air() -> None:
    """Room air is never FiO2 0.21."""
    from opensepsis.rules import Ratio

    _set(_signals(Ratio), room_air=None)


def devices() -> None:
    """Oxygen devices are no support."""
    from opensepsis.rules import CountActive

    supports = [s for s in _signals(CountActive) if s.parts[-1].name.endswith("_device")]
    for support in supports:
        _set([support], parts=support.parts[:1])


def oxygen_in_phoenix() -> None:
    """A FiO2 above 0.21 is no oxygen support."""
    from opensepsis.definitions.scores.phoenix import PHOENIX
    from opensepsis.rules import Compare, Denominator, leaves

    for part in PHOENIX.rows[0].parts:
        for leaf in (leaf for cell in part.cells.values() for leaf in leaves(cell)):
            if isinstance(leaf, Compare) and isinstance(leaf.signal, Denominator):
                _set([leaf], limit=1.0)


def worse_ratio() -> None:
    """Phoenix takes SpO2/FiO2 only without a PaO2/FiO2."""
    from opensepsis.definitions.scores.phoenix import PHOENIX

    _set([PHOENIX.rows[0]], worst_known=False, first_known=True)


def first_urine() -> None:
    """The first record of urine covers 1 hour."""
    from opensepsis.rules import Total

    _set(_signals(Total), since=None)


def one_creatinine() -> None:
    """KDIGO is known from one creatinine."""
    from opensepsis.rules import Lowest, Rise

    _set([*_signals(Lowest), *_signals(Rise)], at_least=1)


def pumps() -> None:
    """Of two pumps of one drug the higher rate counts."""
    from opensepsis.rules import Running

    _set(_signals(Running), highest=True)


def death() -> None:
    """Hours after death are scored."""
    import polars as pl

    from opensepsis.uses.label import retracted_triggers, shard, shard_events

    shard.scored_until = retracted_triggers.scored_until = lambda stays: stays
    shard_events.until_death = lambda events, stays: events
    shard_events.alive_with_ends = lambda events, stays: (events, pl.repeat(True, events.height, eager=True))


CHOICES: dict[str, Callable[[], None]] = {
    f.__name__: f
    for f in (
        room_air,
        devices,
        oxygen_in_phoenix,
        worse_ratio,
        first_urine,
        one_creatinine,
        pumps,
        death,
    )
}


def _labelled(timeline: Path, stays: str, choice: str, out: Path) -> None:
    from opensepsis import label

    if choice:
        CHOICES[choice]()
    label("timeline", timeline, out, stay_kind=stays, definitions=ONLY)


def told(without: Path, with_it: Path) -> list[str]:
    """What differs between two results, one line each."""
    lines = []
    for file in sorted((with_it / "scores").glob("*.parquet")):
        now, then = pl.read_parquet(file), pl.read_parquet(without / "scores" / file.name)
        rows = [c.removesuffix("_basis") for c in now.columns if c.endswith("_basis")]
        both = then.join(now, on=KEY, how="full", coalesce=True, suffix="_now")
        for row in rows:
            changed = both.filter(pl.col(row).ne_missing(pl.col(f"{row}_now")))
            if changed.height:
                lines.append(
                    f"{file.stem} {row}: {changed.height:,} hours of {changed['stay'].n_unique()} stays"
                )
        if then.height != now.height:
            lines.append(f"{file.stem}: {then.height:,} → {now.height:,} hours")
    before, after = (pl.read_parquet(p / "stays.parquet") for p in (without, with_it))
    for name in (c for c, t in after.schema.items() if t == pl.Boolean):
        if before[name].sum() != after[name].sum():
            lines.append(f"{name}: {before[name].sum()} → {after[name].sum()} stays")
    return lines


def main(source: str, path: str, stays: str = "hospital") -> None:
    """Prints the effect of every choice on one hospital's data."""
    from opensepsis import label

    with TemporaryDirectory() as folder:
        root = Path(folder)
        label(source, path, root / "with", stay_kind=stays, definitions=ONLY)
        timeline = root / "with" / "timeline"
        for choice, set_back in CHOICES.items():
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                pool.submit(_labelled, timeline, stays, choice, root / choice).result()
            print(f"{choice} (else: {set_back.__doc__})")
            for line in told(root / choice, root / "with") or ["nothing"]:
                print(f"  {line}")


if __name__ == "__main__":
    main(*sys.argv[1:])
