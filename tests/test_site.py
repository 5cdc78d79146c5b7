"""The documentation site: its pages are there, and nothing is loaded from outside."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def script(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://example.org/a.js"></script>',
        '<link rel="stylesheet" href="//example.org/a.css">',
        "<link href=https://example.org/a.css rel=preconnect>",
        '<img alt="x" src="http://example.org/a.png">',
        "@import url(https://example.org/a.css);",
        "a { background: url('https://example.org/a.png') }",
    ],
)
def test_what_a_browser_would_fetch_is_found(text):
    assert len(script("check_site").loaded_from_outside(text)) >= 1


def test_a_link_to_be_followed_is_nothing_loaded():
    text = '<a href="https://example.org">x</a><link rel="canonical" href="https://example.org"><img src="a.png">'
    assert not script("check_site").loaded_from_outside(text)


def test_every_page_of_the_navigation_is_gathered(tmp_path):
    script("site_pages").gather(tmp_path / "pages")
    nav = re.findall(r": (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.M)
    assert len(nav) > 15
    assert [page for page in nav if not (tmp_path / "pages" / page).is_file()] == []
    assert "::: opensepsis.uses.label" in (tmp_path / "pages" / "reference.md").read_text(encoding="utf-8")


def test_every_page_that_is_written_by_hand_is_in_the_navigation():
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = (path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
    assert [page for page in pages if "/generated/" not in page and f": {page}\n" not in nav] == []


def test_packages_of_the_site_are_names_and_versions_only():
    lines = (ROOT / "requirements-docs.txt").read_text(encoding="utf-8").splitlines()
    assert {"mkdocs", "mkdocs-material", "mkdocstrings"} <= {line.partition("==")[0] for line in lines}
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line) for line in lines)
