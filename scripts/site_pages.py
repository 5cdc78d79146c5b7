"""Gathers the pages of the documentation site in build/site-pages, so that every link holds as it does in the repository."""

import re
import shutil
import sys
from inspect import isclass, isfunction
from pathlib import Path

import opensepsis

ROOT = Path(__file__).parents[1]
TOP = ("CHANGELOG.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "GLOSSARY.md", "SECURITY.md")


def reference() -> str:
    """The page of the API: each public name, described by its docstring."""
    named = (getattr(opensepsis, name) for name in sorted(opensepsis.__all__, key=str.lower))
    parts = [f"::: {one.__module__}.{one.__qualname__}" for one in named if isfunction(one) or isclass(one)]
    return "\n\n".join(["# Python", *parts, ""])


def gather(out: Path) -> None:
    """Writes every page of the site to `out`."""
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(ROOT / "docs", out / "docs")
    for name in TOP:
        shutil.copy(ROOT / name, out / name)
    shutil.copy(ROOT / "README.md", out / "index.md")
    (out / "reference.md").write_text(reference(), encoding="utf-8")
    for page in out.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        page.write_text(
            re.sub(r"\[([^\]]*)\]\(((?!https?:)[^)#]+)(#[^)]*)?\)", _inside(page), text), encoding="utf-8"
        )


def _inside(page: Path):
    """Keeps a link to a page of the site, and of any other file its words only."""

    def link(found: re.Match) -> str:
        there = (page.parent / found[2]).is_file()
        return found[0] if there else found[1]

    return link


if __name__ == "__main__":
    gather(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "site-pages")
