"""The wheel: everything that runs is in it, with the licence of every file that others wrote."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    """The wheel of a clean copy of the sources."""
    copy, built = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", copy / "src", ignore=ignored)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", built, copy], check=True, capture_output=True)
    return zipfile.ZipFile(next(built.glob("*.whl")))


@pytest.fixture(scope="module")
def metadata(wheel):
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return Parser().parsestr(wheel.read(name).decode())


def test_every_file_of_the_package_is_in_the_wheel(wheel):
    ours = (path for path in (ROOT / "src" / "opensepsis").rglob("*") if path.is_file())
    expected = {p.relative_to(ROOT / "src").as_posix() for p in ours if "__pycache__" not in p.parts}
    assert "opensepsis/py.typed" in expected
    assert expected == {name for name in wheel.namelist() if name.startswith("opensepsis/")}


def test_nothing_else_is_in_the_wheel(wheel):
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert tops == {"opensepsis", f"opensepsis-{PROJECT['version']}.dist-info"}


def test_minified_files_have_their_licence_beside_them(wheel):
    names = wheel.namelist()
    minified = [name for name in names if ".min." in name]
    assert minified
    for name in minified:
        licence = f"{name.partition('.')[0]}.LICENSE.txt"
        assert "Permission is hereby granted" in wheel.read(licence).decode(), name


def test_licences_and_notices_stand_in_the_metadata(wheel, metadata):
    held = {name.partition(".dist-info/licenses/")[2] for name in wheel.namelist()} - {""}
    beside = {
        f"src/{name}"
        for name in wheel.namelist()
        if name.startswith("opensepsis/") and ("LICENSE" in name or name.endswith("NOTICE.md"))
    }
    assert held == {"LICENSE", *beside}
    assert metadata["License-Expression"] == "Apache-2.0 AND MIT"
    assert sorted(metadata.get_all("License-File")) == sorted(held)


def test_lists_with_codes_of_others_have_a_notice(wheel):
    notice = wheel.read("opensepsis/data/maps/NOTICE.md").decode()
    for system in ("LOINC", "RxNorm", "ATC"):
        assert system in notice


def test_the_core_needs_no_database(metadata):
    core = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    names = {re.match(r"[A-Za-z0-9_.-]+", line).group() for line in core}
    assert not names & {"duckdb", "ibis-framework", "pandas", "numba", "fastapi"}


def every_requirement() -> list[str]:
    return [
        *PROJECT["dependencies"],
        *(r for extra in PROJECT["optional-dependencies"].values() for r in extra),
    ]


@pytest.mark.parametrize("requirement", sorted(set(every_requirement())))
def test_every_dependency_has_a_lowest_version_and_a_capped_major(requirement):
    if requirement.startswith("tzdata"):  # versions are dates
        return
    bounds = re.fullmatch(r"[A-Za-z0-9_.-]+(?:\[\w+\])?>=(\d+)[\d.]*,<(\d+)", requirement)
    assert bounds, requirement
    assert int(bounds[1]) < int(bounds[2])


def test_the_lowest_versions_of_the_core_are_those_that_are_tested():
    lines = (ROOT / "requirements-lowest.txt").read_text(encoding="utf-8").splitlines()
    lowest = (re.match(r"([A-Za-z0-9_.-]+)>=([\d.]+)", line) for line in PROJECT["dependencies"])
    assert lines == [f"{bound[1]}=={bound[2]}" for bound in lowest if bound[1] != "tzdata"]


def test_every_import_is_of_a_declared_dependency():
    modules = {"argon2": "argon2-cffi", "ibis": "ibis-framework", "jinja2": "jinja2", "markupsafe": "jinja2"}
    modules |= {"starlette": "fastapi", "click": "typer", "anyio": "fastapi", "multipart": "python-multipart"}
    modules |= {"vl_convert": "vl-convert-python"}
    declared = {re.match(r"[A-Za-z0-9_.-]+", line).group().lower() for line in every_requirement()}
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(
            r"^\s*(?:import (?=\w+(?:\.\w+)*(?: as \w+)?$)|from (?=[\w.]+ import ))(\w+)", text, re.M
        ):
            if name in sys.stdlib_module_names or name == "opensepsis":
                continue
            wanted = modules.get(name, name.replace("_", "-"))
            assert wanted in declared, f"{path.name} imports {name}"
