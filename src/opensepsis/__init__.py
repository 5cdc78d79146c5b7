"""Organ scores, sepsis, shock and care due, from any hospital's data. For research and teaching: not a medical device.

label          a hospital's data in; scores, episodes and stays out
label_shard    one shard of a timeline, as a job of your own scheduler
read_labels    the results of an earlier run
check          whether the results of a run are plausible
compare        prevalence, agreement, onset and mortality by definition
points         the points of a score for one set of values
score          the points of a score for every row of a frame
why            the same in words
Bedside        one patient, event after event
simulate       virtual patients, with the truth beside the chart
open_source    a hospital's data as stays and events
scores         every score by name: `scores.sofa2(frame)`
phenotypes     every phenotype by name
clocks         every care bundle by name
concepts       everything that can be recorded, by name
schema         every column that is written
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# before Polars is loaded: memory let go is used again, by whichever thread, for giving it back and asking anew takes longer
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000,muzzy_decay_ms:0,narenas:2")

if TYPE_CHECKING:
    from opensepsis import schema as schema
    from opensepsis.catalogue import clocks as clocks
    from opensepsis.catalogue import concepts as concepts
    from opensepsis.catalogue import phenotypes as phenotypes
    from opensepsis.catalogue import scores as scores
    from opensepsis.data.sources import open_source as open_source
    from opensepsis.definitions.scores.news2 import NEWS2 as NEWS2
    from opensepsis.definitions.scores.qsofa import QSOFA as QSOFA
    from opensepsis.definitions.scores.sirs import SIRS as SIRS
    from opensepsis.definitions.scores.sofa import SOFA as SOFA
    from opensepsis.engine.batch.frame_scores import score as score
    from opensepsis.engine.live.bedside import Bedside as Bedside
    from opensepsis.engine.live.explain import why as why
    from opensepsis.engine.live.score_tables import points as points
    from opensepsis.uses.check import check as check
    from opensepsis.uses.compare import compare as compare
    from opensepsis.uses.label import label as label
    from opensepsis.uses.label import label_shard as label_shard
    from opensepsis.uses.label import read_labels as read_labels
    from opensepsis.uses.simulate import simulate as simulate

    __version__: str

_PUBLIC = {
    "label": "opensepsis.uses.label",
    "label_shard": "opensepsis.uses.label",
    "read_labels": "opensepsis.uses.label",
    "check": "opensepsis.uses.check",
    "compare": "opensepsis.uses.compare",
    "why": "opensepsis.engine.live.explain",
    "points": "opensepsis.engine.live.score_tables",
    "score": "opensepsis.engine.batch.frame_scores",
    "Bedside": "opensepsis.engine.live.bedside",
    "simulate": "opensepsis.uses.simulate",
    "open_source": "opensepsis.data.sources",
    "scores": "opensepsis.catalogue",
    "phenotypes": "opensepsis.catalogue",
    "clocks": "opensepsis.catalogue",
    "concepts": "opensepsis.catalogue",
}
_EARLIER = {
    "NEWS2": "opensepsis.definitions.scores.news2",
    "QSOFA": "opensepsis.definitions.scores.qsofa",
    "SIRS": "opensepsis.definitions.scores.sirs",
    "SOFA": "opensepsis.definitions.scores.sofa",
}
__all__ = [
    "Bedside",
    "__version__",
    "check",
    "clocks",
    "compare",
    "concepts",
    "label",
    "label_shard",
    "open_source",
    "phenotypes",
    "points",
    "read_labels",
    "schema",
    "score",
    "scores",
    "simulate",
    "why",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("opensepsis")
    if name == "schema":
        return import_module("opensepsis.schema")
    module = _PUBLIC.get(name) or _EARLIER.get(name)
    if module is None:
        raise AttributeError(f"module 'opensepsis' has no attribute {name!r}")
    if name != "simulate":
        return getattr(import_module(module), name)
    from opensepsis.errors import MissingError

    try:
        return getattr(import_module(module), name)
    except MissingError as missing:
        return _without_extra(missing)


def _without_extra(missing: Exception) -> Any:
    """In the place of `simulate` where its extra is not installed: the names can be imported all the same."""

    def simulate(*_: object, **__: object) -> None:
        """The simulator, which is not installed: install opensepsis with its extra `simulate`."""
        raise missing

    return simulate


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_EARLIER})
