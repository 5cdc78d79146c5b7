"""What an export says of resources that others refer to: kept in memory, or on disk where it is too much."""

from opensepsis.data.decode.facts import Resource
from opensepsis.data.sources.fhir.kept import Kept


def test_what_is_kept_is_the_same_in_memory_and_on_disk(tmp_path):
    kept = {most: Kept(tmp_path / str(most), most) for most in (1, 1 << 20)}
    for most, one in kept.items():
        (tmp_path / str(most)).mkdir()
        for number in range(9):
            one.note(f"resource {number % 5}", f"said {number}")
    told = [[one(f"resource {number}") for number in range(6)] for one in kept.values()]
    assert told[0] == told[1] and told[0][:2] == [
        Resource("resource 0", "said 5"),
        Resource("resource 1", "said 6"),
    ]
    assert told[0][5] is None and (tmp_path / "1" / "kept.sqlite").exists()
    for one in kept.values():
        one.close()
