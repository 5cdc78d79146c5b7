"""A series whose sender says of each of its results that it corrects: nothing takes the place of another. Told one by one."""

from dataclasses import dataclass, field

from opensepsis.uses.ward.state.told_again import Place, Statement


@dataclass
class FlaggedSeries:
    """What was said of one code, as long as all of it corrects and no two are of one moment.

    >>> series = FlaggedSeries()
    >>> for time in (8, 9):
    ...     series.add(Statement(f"at {time}", ("", time), time, time, stands=True, again=True), None)
    >>> series.is_whole, [one.origin for one in series.later()]
    (True, ['at 9'])
    """

    is_whole: bool = True
    _places: set[Place] = field(default_factory=set)
    _first: Statement | None = None  # by when it was filed
    _later: list[Statement] = field(default_factory=list)  # those that were not asked for yet

    def add(self, one: Statement, held: Statement | None) -> None:
        """Takes in a statement, in the place of `held` where it says more of the same."""
        new = held is None and one.place not in self._places
        self.is_whole = (
            self.is_whole and one.again and one.stands and (new or (held is not None and held.again))
        )
        if not self.is_whole:
            self._places, self._later = set(), []
            return
        self._places.add(one.place)
        if self._first is not None and _filed(self._first) < _filed(one):
            self._later.append(one)
            return
        if self._first is not None and held is None:
            self._later.append(self._first)
        self._first = one

    def later(self) -> list[Statement]:
        """All but the first that were not asked for yet."""
        later, self._later = self._later, []
        return later


def _filed(one: Statement) -> tuple[int, str]:
    return one.known, one.origin
