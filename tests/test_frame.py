"""The files around the code agree with it: version, citation, CI, service and container."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from opensepsis.uses.ward.cli import ward

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
UNIT, CONTAINER = ROOT / "deploy" / "opensepsis-ward.service", ROOT / "deploy" / "Containerfile"


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_version_has_a_dated_section_and_is_the_one_to_cite():
    dated = re.search(
        rf"^## {re.escape(PROJECT['version'])} \((\d{{4}}-\d\d-\d\d)\)$", text("CHANGELOG.md"), re.M
    )
    assert dated
    assert f"version: {PROJECT['version']}\ndate-released: {dated[1]}" in text("CITATION.cff")


def test_the_matrix_has_every_python_that_is_promised():
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    matrix = re.search(r"python: \[(.*?)\]", text(".github/workflows/ci.yml"))[1]
    assert re.findall(r'"(.*?)"', matrix) == promised == ["3.11", "3.12", "3.13", "3.14"]


@pytest.mark.parametrize("file", [UNIT, CONTAINER], ids=lambda file: file.name)
def test_service_and_container_use_options_of_the_ward_and_stay_silent(file):
    command = next(
        line for line in file.read_text(encoding="utf-8").splitlines() if "opensepsis/bin/opensepsis" in line
    )
    used = set(re.findall(r"--[a-z-]+", command))
    known = {option for parameter in get_command(ward).params for option in parameter.opts}
    assert {"--host", "--database"} <= used <= known
    assert not used & {"--active-wards", "--speaking"}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_reads_the_unit():
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", UNIT], capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if UNIT.name in line and "not executable" not in line]
    assert not ours


def test_forms_ask_that_nothing_comes_from_a_patient():
    for name in ("wrong-value", "problem"):
        form = text(f".github/ISSUE_TEMPLATE/{name}.yml")
        assert re.search(r"comes from a patient.*\n\s+required: true", form)


def test_pages_link_to_files_that_are_there():
    pages = [ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_pages_name_files_of_the_code_that_are_there():
    there = [
        "/" + path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py") if ".venv" not in path.parts
    ]
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")]
    examples = ("/x.py", "shared/tools/replicate.py")
    for page in pages:
        for name in re.findall(r"`([\w/.-]+\.py)`", page.read_text(encoding="utf-8")):
            assert (
                name.endswith(examples) or "/x/" in name or any(path.endswith(f"/{name}") for path in there)
            ), f"{page.name}: {name}"
