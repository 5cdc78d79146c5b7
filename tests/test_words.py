"""Help, errors, pages and docs use the terms of the field, none of the working names that the code once had."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "opensepsis"
TERMS = {
    r"ticks?|ticked|ticking": "evaluation time, or to mark as done",
    r"sets? aside|setting aside": "rejected",
    r"not_scored|NotScored": "rejected",
    r"words_not_read": "unmapped_text",
    r"mend(?:s|ed|ing)?": "reprocess, correct",
    r"(?:nothing|never|was|is) heard": "no data, feed alive until",
    r"outlets?": "channel",
    r"aims?:": "target",
    r"by hand": "manually",
    r"(?:is|are|was|were|been|be) told(?! apart)": "notified, sent, or given",
    r"(?:has|have|had) been heard|last heard": "received, feed alive until",
    r"standing (?:state|version)s?|stood then": "current",
    r"truth_every": "truth_interval, or truth interval in hours",
    r"looks? (?:of|at) (?:a|the) clock": "evaluation time",
    r"found from(?! what)": "first computable at",
    r"deciding events?": "trigger events",
    r"sorts? of stays?": "kind of stay",
    r"tell the makers": "please report it",
    r"nobody (?:is|was) called": "not sent",
    r"--(?:zone|only|days|stays|speaking|clock|clients|anchors|listen|also|show|truth-every)(?![\w-])": "the option's name of now",
}
PATTERN = re.compile(r"(?<![\w-])(?:" + "|".join(f"({term})" for term in TERMS) + r")(?![\w])", re.I)
DOCS = [
    *(ROOT / f"{name}.md" for name in ("README", "GLOSSARY", "ARCHITECTURE", "CONTRIBUTING", "SECURITY")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
    *sorted((ROOT / "docs" / "tutorials").glob("*.md")),
    *sorted((ROOT / "docs" / "generated").glob("*.md")),
]
TEMPLATES = sorted(SOURCE.rglob("*.html"))
MODULES = sorted(SOURCE.rglob("*.py"))


def spoken(file: Path) -> list[tuple[int, str]]:
    """The texts of a file that people read, with their lines."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        return list(_of_errors_and_help(ast.parse(text)))
    if file.suffix == ".html":
        text = re.sub(r"\{[{%#].*?[}%#]\}|<[^>]*>", " ", text)
    return list(enumerate(text.splitlines(), 1))


def _of_errors_and_help(tree: ast.AST):
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.exc is not None:
            inside = node.exc
        elif isinstance(node, ast.keyword) and node.arg in ("help", "description"):
            inside = node.value
        else:
            continue
        for part in ast.walk(inside):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.lineno, part.value


def refused(text: str) -> str | None:
    """What is wrong with a text, and the term instead."""
    found = PATTERN.search(text)
    if found is None:
        return None
    return f"{found[0]!r}: say {list(TERMS.values())[(found.lastindex or 1) - 1]}"


@pytest.mark.parametrize("files", [DOCS, TEMPLATES, MODULES], ids=["docs", "pages", "errors and help"])
def test_no_working_name_reaches_a_reader(files):
    wrong = [
        f"{file.relative_to(ROOT)}:{line} {why}"
        for file in files
        for line, text in spoken(file)
        if (why := refused(text))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ("Ticks are every hour", True),
        ("rows were set aside", True),
        ("use --only sofa", True),
        ("--show-completion", False),
        ("statistics, politics, a stick", False),
        ("evaluated every hour", False),
        ("the feed was heard of", True),
        ("the physician is told", True),
        ("two patients that cannot be told apart", False),
    ],
)
def test_the_terms_are_words_not_substrings(text, is_refused):
    assert (refused(text) is not None) == is_refused
