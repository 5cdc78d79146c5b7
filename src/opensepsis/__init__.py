"""opensepsis: organ scores, sepsis, shock and care due, from any hospital's data. Not a medical device."""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# before Polars is loaded: memory let go is used again, by whichever thread, for giving it back and asking anew takes longer
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000,muzzy_decay_ms:0,narenas:2")

if TYPE_CHECKING:
    from opensepsis.definitions.scores.news2 import NEWS2 as NEWS2
    from opensepsis.definitions.scores.qsofa import QSOFA as QSOFA
    from opensepsis.definitions.scores.sirs import SIRS as SIRS
    from opensepsis.definitions.scores.sofa import SOFA as SOFA
    from opensepsis.engine.live.explain import why as why
    from opensepsis.engine.live.score_tables import points as points
    from opensepsis.uses.label import label as label

_LOADED_WHEN_ASKED = {
    "NEWS2": "opensepsis.definitions.scores.news2",
    "QSOFA": "opensepsis.definitions.scores.qsofa",
    "SIRS": "opensepsis.definitions.scores.sirs",
    "SOFA": "opensepsis.definitions.scores.sofa",
    "why": "opensepsis.engine.live.explain",
    "points": "opensepsis.engine.live.score_tables",
    "label": "opensepsis.uses.label",
}


def __getattr__(name: str) -> Any:
    if name not in _LOADED_WHEN_ASKED:
        raise AttributeError(f"module 'opensepsis' has no attribute {name!r}")
    return getattr(import_module(_LOADED_WHEN_ASKED[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LOADED_WHEN_ASKED})
