"""Every block of docs/from-labels-to-a-paper.md runs, one after another, and prints what stands below it."""

import contextlib
import io
import re
from pathlib import Path

import polars as pl

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", re.S)


def test_every_block_prints_what_the_page_shows(monkeypatch):
    monkeypatch.chdir(ROOT)
    text = (ROOT / "docs" / "from-labels-to-a-paper.md").read_text(encoding="utf-8")
    names: dict = {}
    with pl.Config():
        found = BLOCK.findall(text)
        assert len(found) >= 10
        for code, shown in found:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(code, "from-labels-to-a-paper.md", "exec"), names)
            assert printed.getvalue() == shown, code
