"""Every clock, by name."""

from opensepsis.definitions.clocks import hour1, nice_ng253, sep1, ssc2026_adults, ssc2026_children
from opensepsis.rules import Clock

CLOCKS: dict[str, Clock] = {
    found.name: found
    for module in (hour1, ssc2026_adults, ssc2026_children, sep1, nice_ng253)
    for found in vars(module).values()
    if isinstance(found, Clock)
}
