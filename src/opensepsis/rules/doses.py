"""Which doses of a drug count, by how they were given."""

from dataclasses import dataclass

PARENTERAL = ("iv", "im", "io", "intravenous", "intramuscular", "intraosseous")
ENTERAL = ("po", "oral", "enteral", "ng", "og", "nj", "gt", "peg", "by mouth")


@dataclass(frozen=True)
class DoseRule:
    """Doses (`ingredient|route`) that count. A route that is not recorded counts: something was given.

    `only`: the words of which a route needs one, empty for none. `left_out`: no word of these may be in it. A drug that
    `stays_in_gut` does not count by a route `into_gut`.
    """

    only: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    stays_in_gut: tuple[str, ...] = ()
    into_gut: tuple[str, ...] = ()


ALL_DOSES = DoseRule()
