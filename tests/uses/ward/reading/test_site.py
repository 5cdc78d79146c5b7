"""A site's lists as people write them: what is wrong is said with the file, not with a trace of the program."""

import pytest

from opensepsis.data.decode.site import read_site
from opensepsis.errors import OpensepsisError


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("feeds.csv", "feed,silent_after_minutes\nlab,soon\n", r"feeds.csv, row 2: .*'soon'.*whole minutes"),
        ("feeds.csv", "feed,decimal\nlab,dot\n", r"feeds.csv, row 2: decimal is 'dot'.*point or comma"),
        ("feeds.csv", "feed;timezone\nlab;UTC\n", r"feeds.csv has no column 'feed'.*commas"),
        ("wards.csv", "location,unit\n3B,3B\n", r"wards.csv has no column 'ward', only 'location', 'unit'"),
        ("codes.csv", "system,code\nL,LAC\n", r"codes.csv has no column 'concept'"),
    ],
)
def test_a_list_that_cannot_be_read_is_named(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    with pytest.raises(OpensepsisError, match=said):
        read_site(tmp_path)


def test_the_hospitals_zone_is_that_of_feeds_without_their_own(tmp_path):
    """Else times without an offset are taken for UTC on a ward that says America/New_York: five hours away."""
    zone = "America/New_York"
    assert read_site(None, zone).feed("hl7").zone == zone
    (tmp_path / "feeds.csv").write_text("feed,timezone\nlab,\nmonitor,UTC\n")
    site = read_site(tmp_path, zone)
    assert [site.feed(name).zone for name in ("lab", "monitor", "hl7")] == [zone, "UTC", zone]
