"""There is one way to draw without a library: no other module writes the words of a figure by hand."""

from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "opensepsis"


def test_words_of_figures_are_written_in_one_module():
    writers = {
        file.relative_to(SOURCE).as_posix()
        for file in SOURCE.rglob("*.py")
        if "<text" in file.read_text("utf-8")
    }
    assert writers == {"uses/svg.py"}
