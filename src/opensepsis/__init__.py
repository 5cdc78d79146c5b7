"""opensepsis: organ scores, sepsis, shock and care due, from any hospital's data. Not a medical device."""

import os

# before Polars is loaded: memory let go is used again, by whichever thread, for giving it back and asking anew takes longer
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000,muzzy_decay_ms:0,narenas:2")

from opensepsis.definitions.scores.news2 import NEWS2 as NEWS2
from opensepsis.definitions.scores.qsofa import QSOFA as QSOFA
from opensepsis.definitions.scores.sirs import SIRS as SIRS
from opensepsis.definitions.scores.sofa import SOFA as SOFA
from opensepsis.engine.explain import why as why
from opensepsis.engine.table import points as points
from opensepsis.uses.label import label as label
