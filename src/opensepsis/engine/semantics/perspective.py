"""From which knowledge a stay is judged."""

from enum import StrEnum


class Perspective(StrEnum):
    """What a label may rest on, and what `known` means in it."""

    NOW = "now"  # from what stands at this moment: what was withdrawn is gone
    IN_RETROSPECT = "in retrospect"  # from what stands in the end; what was withdrawn is told beside it
    HOUR_BY_HOUR = "hour by hour"  # each tick from what was known then; what was withdrawn stood until then
