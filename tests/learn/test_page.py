"""The learner's page: every sentence has a source, every language every text; it is small, alone and plain."""

import re
import sys
import urllib.error
import urllib.request
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

from opensepsis.cli import app
from opensepsis.errors import DefinitionError, OutputError
from opensepsis.learn import learners_page, write_page
from opensepsis.learn.page import CASES, sources, statements, texts
from opensepsis.learn.serve import served

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
from reading_grade import HIGHEST, grades

MOST_BYTES = 1_500_000


@pytest.fixture(scope="module")
def page():
    return learners_page()


def test_every_sentence_has_a_text_in_every_language_a_source_and_a_date():
    for one in statements():
        source = sources()[one.source]
        assert source.title and re.fullmatch(r"20\d\d(-\d\d(-\d\d)?)?", source.date), one.id
        assert source.address.startswith("https://") or one.source == "project"
        assert source.checked in ("original", "abstract", "copy", "memory")
        for language, words in texts().items():
            assert words["statement"][one.id].strip(), (language, one.id)
            assert words["page"][one.page] and (one.section == "call" or words["heading"][one.section])


def test_a_number_rests_on_a_source_that_was_read():
    for one in statements():
        said = texts()["en"]["statement"][one.id]
        if one.kind == "number":
            assert re.search(r"\d|half|one in", said) and sources()[one.source].checked != "memory", one.id


def test_languages_have_the_same_texts_and_the_same_words_to_fill():
    english = texts()["en"]
    for words in texts().values():
        assert {part: set(words[part]) for part in words} == {part: set(english[part]) for part in english}
        for part in words:
            for name, text in words[part].items():
                assert set(re.findall(r"{(\w+)}", text)) == set(
                    re.findall(r"{(\w+)}", english[part][name])
                ), name


def test_no_text_is_left_that_nothing_shows():
    assert {one.id for one in statements()} == set(texts()["en"]["statement"])


def test_every_text_that_is_asked_for_is_there(page):
    words = texts()["en"]
    known = {*words["ui"], *words["page"], *words["heading"]}
    asked = re.findall(r'data-(?:say|label)="([\w-]+)"', page) + re.findall(r'say\("([\w-]+)"', page)
    assert set(asked) - known == set()


def test_the_signs_of_adults_spell_sepsis():
    for words in texts().values():
        letters = [words["statement"][one.id][0] for one in statements() if one.kind == "letter"]
        assert "".join(letters) == "SEPSIS"


def test_a_twelve_year_old_can_read_it():
    assert {where: year for where, year in grades().items() if year > HIGHEST} == {}


def test_it_is_small_and_asks_nobody(page):
    assert len(page.encode()) <= MOST_BYTES
    assert "default-src 'none'" in page
    addresses = set(re.findall(r"https?://[^\s\"'<]+", page.split("<script")[0]))
    assert addresses <= {source.address for source in sources().values()}
    for word in (
        "fetch(",
        "XMLHttpRequest",
        "localStorage",
        "sessionStorage",
        "indexedDB",
        "document.cookie",
        "sendBeacon",
        "eval(",
    ):
        assert word not in page


def test_call_now_stands_first_and_the_page_says_that_it_does_not_judge():
    assert statements()[0].kind == "call"
    assert "does not judge" in texts()["en"]["statement"]["no-judge"]


def test_the_local_number_is_a_setting(page):
    other = learners_page("de", "144")
    assert 'value="144"' in other and '<html lang="de">' in other and 'value="112"' in page
    for wrong in ("12a", "", "1" * 9, '1"><script>', "٣"):
        with pytest.raises(DefinitionError, match="1 to 8 digits"):
            learners_page("en", wrong)


def test_a_language_that_is_not_there_is_an_error():
    with pytest.raises(DefinitionError, match="no text in 'fr'"):
        learners_page("fr")


def test_it_is_written_as_a_file_or_into_a_folder(tmp_path):
    assert write_page(tmp_path / "a" / "sepsis.html").name == "sepsis.html"
    assert write_page(tmp_path / "folder") == tmp_path / "folder" / "index.html"
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="Name another"):
        write_page(tmp_path / "file" / "inside")


def test_the_command_writes_it(tmp_path):
    done = CliRunner().invoke(
        app, ["learn", "--out", str(tmp_path), "--language", "de", "--emergency-number", "144"]
    )
    assert done.exit_code == 0 and (tmp_path / "index.html").is_file()


def test_it_is_served_on_this_machine_alone():
    with served("en", "112", 0) as server:
        assert server.server_address[0] == "127.0.0.1"
        Thread(target=server.serve_forever, daemon=True).start()
        where = f"http://127.0.0.1:{server.server_port}/"
        with urllib.request.urlopen(where, timeout=10) as answer:
            assert answer.read().decode() == learners_page()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{where}other", timeout=10)
        with pytest.raises(OutputError, match="--port"), served("en", "112", server.server_port):
            pass
        server.shutdown()


def test_every_case_of_the_page_is_one_of_the_game(page):
    game = re.search(r"const CASES = \{(.*?)\n\};", page, re.DOTALL).group(1)
    assert tuple(re.findall(r"^  (\w+):", game, re.MULTILINE)) == CASES


def test_no_text_of_the_game_is_left_over(page):
    """Some names are put together, such as case-mother; their beginning stands in a script."""
    made = ("case-", "cause-", "culture-", "awake-", "source-")
    page = page[: page.index("const WORDS")] + page[page.index("const PARAMETERS") :]
    used = {*re.findall(r'data-(?:say|label)="([\w-]+)"', page), *re.findall(r'"([\w-]+)"', page)}
    apart = {"language", "title", "footer"}
    left = {name for name in texts()["en"]["ui"] if name not in used | apart and not name.startswith(made)}
    assert left == set()
