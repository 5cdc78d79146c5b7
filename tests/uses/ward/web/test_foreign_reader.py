"""Alerts read by a FHIR client that no one here wrote (fhir-kit-client of Node), page by page."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.ward.browser import running as served
from tests.support.ward.browser import said

HERE = Path(__file__).parent / "readers"
INSTALLED = Path(os.environ.get("OPENSEPSIS_NODE_CLIENTS", "/nowhere"))
pytestmark = pytest.mark.services


def test_fhir_kit_client_reads_every_page_of_what_was_told(tmp_path):
    if not shutil.which("node") or not (INSTALLED / "node_modules" / "fhir-kit-client").is_dir():
        pytest.skip(
            "fhir-kit-client is not installed: npm install of readers/package.json, OPENSEPSIS_NODE_CLIENTS names it"
        )
    with served(tmp_path, kept=lambda now: said(7, "Ada", 28, now) + said(8, "Ben", 27, now)) as (
        house,
        base,
    ):
        token = house.accounts.new_reader_token("kit")
        command = ["node", HERE / "read.mjs", f"{base}/fhir", token]
        environment = {**os.environ, "OPENSEPSIS_NODE_CLIENTS": str(INSTALLED)}
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert found["version"] == "4.0.1" and found["flag"] == "active" and found["refused"] == 400
    assert found["read"] == found["total"] == 2
