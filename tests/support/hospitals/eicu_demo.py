"""The open demo of eICU, where it is at hand."""

import os
from pathlib import Path

import pytest

DEMO = Path(os.environ.get("OPENSEPSIS_SHARED", Path(__file__).parents[4] / "shared")) / "data" / "eicu-demo"
pytestmark = pytest.mark.skipif(
    not DEMO.is_dir(), reason=f"no {DEMO}; set OPENSEPSIS_SHARED to the folder that holds data/eicu-demo"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The demo with its laboratory of 169 stays under the name of the table."""
    made = tmp_path_factory.mktemp("eicu")
    for file in DEMO.glob("*.csv.gz"):
        name = "lab.csv.gz" if file.name.startswith("lab_subset") else file.name
        (made / name).symlink_to(file)
    return made
