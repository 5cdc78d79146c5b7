"""HL7 clients of Node that no one here wrote, each sending all sample messages to a running ward; python-hl7's are in the file beside."""

import asyncio
import json
import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from opensepsis.data.decode.site import read_site
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.clock import WallClock
from opensepsis.uses.ward.service.processor import Processor
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import watched
from tests.support.ward.listening import SAMPLES, run

HERE = Path(__file__).parent / "clients"
INSTALLED = Path(os.environ.get("OPENSEPSIS_NODE_CLIENTS", HERE))
CLIENTS = sorted(json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"])
NOT_SENT = {
    "node-hl7-client": 1
}  # messages in which a client itself sees a fault: text that begins as MSH does


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_sends_all_samples_and_each_is_answered_and_read(client, tmp_path):
    files = sorted(SAMPLES.glob("*/*.hl7"))
    if not files:
        pytest.skip(f"{SAMPLES} is not there; set OPENSEPSIS_SHARED")
    if not shutil.which("node") or not (INSTALLED / "node_modules" / client).is_dir():
        pytest.skip(
            f"{client} is not installed: npm install in a copy of {HERE.name}/, OPENSEPSIS_NODE_CLIENTS names it"
        )

    def send(port: int) -> list[str]:
        command = ["node", HERE / "send.cjs", client, str(port), *files]
        environment = {**os.environ, "OPENSEPSIS_NODE_CLIENTS": str(INSTALLED)}
        said = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=120, check=True
        )
        return json.loads(said.stdout[said.stdout.index("[") :])

    async def work(ward):
        said = await asyncio.to_thread(send, ward.server.port)
        answers = Counter(answer[:6] for answer in said)
        assert answers["MSA|AA"] == len(files) - NOT_SENT.get(client, 0) and len(said) == len(files)
        site = read_site()
        Processor(ward.store, lambda m: read(m, site), watched(), AlertPolicy(), WallClock()).round()
        assert ward.store.unread() == []
        charted = {entry.message for entry in ward.store.log()}
        kept = [ward.store.message(number) for number in range(1, answers["MSA|AA"] + 1)]
        assert all(message.number in charted or read(message, site)[1] for message in kept)

    run(tmp_path, work, processing=frozenset("PT"))
