"""A sender that says of each result of a long series that it corrects: the time for each does not grow with the series."""

from itertools import permutations
from time import process_time

from opensepsis.engine.live.chart import Event
from opensepsis.uses.ward.model.facts import Charted, Corrected, Rejected, Voided
from opensepsis.uses.ward.state.results import Results

MINUTE = 60_000_000


def told(results: Results, number: int, again: bool = True) -> list:
    origin = f"hl7 result lab F P  8867-4  {number * MINUTE}"
    corrects = [Corrected("A|1", origin, number, "heart rate", stands=True)] if again else []
    charted = Charted("A|1", Event("heart_rate", number * MINUTE, known=number, value=80.0, origin=origin))
    return [also for fact in (*corrects, charted) for also in results.told(number, fact)]


def seconds(count: int) -> float:
    results, began = Results(), process_time()
    for number in range(1, count + 1):
        told(results, number)
    return process_time() - began


def test_the_time_for_each_does_not_grow_with_the_series():
    short, long = (min(seconds(count) for _ in range(2)) for count in (500, 4000))
    assert long < 30 * short  # eight times as many; it was eighty times as long


def test_all_of_a_series_stand_and_all_but_the_first_are_shown_whatever_the_order():
    for order in permutations((1, 2, 3, 4)):
        results = Results()
        also = [one for number in order for one in told(results, number)]
        assert [type(one) for one in also] == [Rejected] * 3
        assert {one.time for one in also} == {number * MINUTE for number in (2, 3, 4)}
        assert not list(results.void("A|1"))


def test_one_that_corrects_nothing_ends_the_series():
    """Of a result and a correction at another time one stands, as before."""
    for order in permutations(((1, False), (2, True))):
        results = Results()
        also = [one for number, again in order for one in told(results, number, again)]
        assert [one.origin for one in also if isinstance(one, Voided)] == [
            f"hl7 result lab F P  8867-4  {MINUTE}"
        ]
