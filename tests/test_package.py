"""The package as a whole: thin to import, few names, examples that run, no addresses."""

import re
import subprocess
import sys
from pathlib import Path

import opensepsis

ROOT = Path(__file__).parents[1]
HEAVY = ("pandas", "numba", "ibis", "duckdb", "torch", "jax", "fastapi", "scipy")


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout


def test_importing_the_core_loads_nothing_heavy():
    loaded = run("import sys, opensepsis; print(' '.join(sorted(m.partition('.')[0] for m in sys.modules)))")
    assert not set(HEAVY) & set(loaded.split())


def test_few_public_names():
    names = [name for name in vars(opensepsis) if not name.startswith("_")]
    public = [name for name in names if not isinstance(getattr(opensepsis, name), type(sys))]
    assert len(public) <= 20


def test_the_ten_lines_of_the_readme_run():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", text, re.S).group(1)
    assert run(block).startswith("5\n")


def test_no_file_names_a_registry():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split("\n")
    words = ("--index-" + "url", "find-" + "links", "pypi" + ".org", "registry.npmjs" + ".org")
    for name in filter(None, tracked):
        path = ROOT / name
        if path.is_file() and path.stat().st_size < 1_000_000:
            text = path.read_text(encoding="utf-8", errors="ignore")
            assert not any(word in text for word in words), name


def test_requirements_are_names_and_versions_only():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line) for line in lines)
