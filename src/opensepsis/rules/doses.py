"""Which doses of a drug count, by how they were given."""

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """How a dose gets into the body; which spelling of a route is which way, `definitions/concepts/routes.csv` says."""

    PARENTERAL = "parenteral"  # vein, muscle, bone marrow, or an injection not told apart
    ENTERAL = "enteral"  # by mouth or tube
    RECTAL = "rectal"
    OTHER = "other"  # reaches the blood otherwise: under the skin, under the tongue
    LOCAL = "local"  # skin, eye, ear, nose, airways: does not reach the blood


@dataclass(frozen=True)
class DoseRule:
    """Doses (`ingredient|route`) that count. A route that is not recorded, or not known, counts: something was given.

    `only`: the ways that count, empty for all. `left_out`: ways that do not. A drug that `stays_in_gut` does not count by
    a way `into_gut`.
    """

    only: tuple[Way, ...] = ()
    left_out: tuple[Way, ...] = ()
    stays_in_gut: tuple[str, ...] = ()
    into_gut: tuple[Way, ...] = ()


ALL_DOSES = DoseRule()
