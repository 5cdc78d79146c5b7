"""Labels a hospital's data: scores hour by hour, episodes stay by stay."""

from typing import TYPE_CHECKING, Any

from opensepsis.uses.label.labels import Labels as Labels
from opensepsis.uses.label.labels import read_labels as read_labels
from opensepsis.uses.label.pipeline import label as label
from opensepsis.uses.label.shard_job import label_shard as label_shard

if TYPE_CHECKING:
    from opensepsis.uses.label.explain import why_stay as why_stay


def __getattr__(name: str) -> Any:
    """`why_stay` is loaded when asked for: it needs the live engine, which labelling does without."""
    if name != "why_stay":
        raise AttributeError(f"module 'opensepsis.uses.label' has no attribute {name!r}")
    from opensepsis.uses.label.explain import why_stay

    return why_stay
