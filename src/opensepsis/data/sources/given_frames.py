"""The frames that a caller gave, apart from how they are read (`frames.py`): of a folder or timeline nothing of that is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Frames:
    """What a caller gave: `stays` and `events`, or `wide`; `columns` (theirs to ours, perhaps with a unit)."""

    stays: object = None
    events: object = None
    wide: object = None
    columns: Mapping[str, object] = field(default_factory=dict)
    kind: str = "hospital"  # of stays that come without a kind, and of a wide table that comes without stays

    @property
    def given(self) -> bool:
        """Whether any frame was given."""
        return any(frame is not None for frame in (self.stays, self.events, self.wide))
