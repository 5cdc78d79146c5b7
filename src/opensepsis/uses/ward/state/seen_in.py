"""In which visit a patient was seen: what was charted under the number of a visit, and still stands."""

from opensepsis.engine.live.chart import Chart, current_versions
from opensepsis.uses.ward.state.versions import Source

Values = dict[tuple[str, int, str], Source]  # by concept, time and origin


class SeenIn:
    """The last moment of what was charted in each visit, whether or not it was taken back.

    >>> seen = SeenIn()
    >>> seen.note("v", 5)
    >>> seen.after("v", 5, {}, Chart({}))
    False
    """

    def __init__(self):
        self._last: dict[str, int] = {}

    def note(self, visit: str, time: int) -> None:
        """Takes note of what is charted in a visit, if it names one."""
        if visit:
            self._last[visit] = max(time, self._last.get(visit, time))

    def after(self, visit: str, since: int, values: Values, chart: Chart) -> bool:
        """Whether something that was charted in a visit later than a moment stands."""
        return self._last.get(visit, since) > since and any(
            source.visit == visit and key[1] > since and _stands(key, chart)
            for key, source in reversed(values.items())
        )


def _stands(key: tuple[str, int, str], chart: Chart) -> bool:
    concept, time, origin = key
    here = current_versions(chart.seen[concept].get(time, []), chart.concepts[concept].kind)
    return any(e.origin == origin and (e.value is not None or e.text is not None) for e in here)
