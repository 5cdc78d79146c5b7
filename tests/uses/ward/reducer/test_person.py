"""Who somebody is, told with every message: what is kept of it says the same as all of it."""

from random import Random

import pytest

from opensepsis.data.decode.facts import Described
from opensepsis.uses.ward.state.person import person_of, remember


def said_at_random(random: Random) -> Described:
    return Described(
        "A|1",
        random.randrange(6),
        name=random.choice([None, "BO", "LI"]),
        born=random.choice([None, None, 100, 200]),
        sex=random.choice([None, "F", "M"]),
        died=random.choice([None, None, None, 3, 4]),
        dead=random.choice([None, None, False, True]),
    )


@pytest.mark.parametrize("seed", range(10))
def test_what_is_kept_says_the_same_as_all_that_was_said_in_any_order(seed):
    random = Random(seed)
    for _ in range(100):
        parts = [said_at_random(random) for _ in range(random.randrange(1, 4))]
        said = [random.choice([said_at_random(random), *parts]) for _ in range(random.randrange(1, 9))]
        kept: dict[Described, Described] = {}
        for number, one in enumerate(said):
            remember(kept, one)
            assert person_of(kept.values()) == person_of(said[: number + 1])


def test_what_every_message_says_again_is_kept_once():
    kept: dict[Described, Described] = {}
    for stated in range(1000):
        remember(kept, Described("A|1", stated, name="BO", born=100, sex="F", dead=False))
    assert [one.stated for one in kept.values()] == [999]
