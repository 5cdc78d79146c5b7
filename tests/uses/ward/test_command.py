"""The commands of the ward, as a user types them."""

import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from opensepsis.definitions import PHENOTYPES
from opensepsis.uses.ward.cli_tools import tools
from opensepsis.uses.ward.state.looked_for import why_not
from opensepsis.uses.ward.state.monitored import watched
from tests.support.commands import command
from tests.support.ports import free_port
from tests.support.waiting import waited_for

ADMIT = (
    "MSH|^~\\&|A|B|||20260302110000+0000||ADT^A01|{n}|{mode}|2.5.1\rEVN|A01|20260302110000+0000\r"
    "PID|1||{n}^^^H^MR||ROE^ANN||19500101|F\rPV1|1|I|3B\r"
)


@pytest.fixture
def running(tmp_path):
    """A ward started as a command; it ends by itself on SIGTERM."""
    port, mllp, lab = free_port(), free_port(), free_port()
    words = [
        "ward",
        "--database",
        "w.db",
        "--audit-anchor-file",
        "anchors.txt",
        "--port",
        str(port),
        "--mllp",
        str(mllp),
        "--mllp",
        f"lab:{lab}",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "opensepsis.cli", *words], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )

    def answers() -> bool:
        with suppress(OSError):
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).status == 200
        return False

    try:
        waited_for(answers)
        yield process, port, (mllp, lab), tmp_path
    finally:
        process.kill()
        process.wait()


def await_metrics(port: int, *lines: str) -> None:
    """Waits until all these lines are among what the ward counts: a message is answered before the board is drawn again."""

    def counted() -> bool:
        metrics = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
        return all(line in metrics for line in lines)

    waited_for(counted)


def test_a_ward_starts_without_what_only_batches_need():
    heavy = ("duckdb", "ibis", "jax", "numba", "numpy", "pandas", "pyarrow", "scipy")
    script = f"import sys, opensepsis.uses.ward.cli; print([m for m in {heavy} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


def test_a_ward_takes_messages_and_ends_in_order(running, monkeypatch):
    process, port, (mllp, lab), folder = running
    monkeypatch.chdir(folder)
    recording = folder / "said.hl7"
    recording.write_text(ADMIT.format(n=1, mode="P") + "\r\n" + ADMIT.format(n=2, mode="T"), newline="")
    sent = command("ward", "replay", str(recording), "--mllp", str(mllp))
    assert (
        "2 messages sent, 1 refused. Training messages (MSH-11 T) need a ward with --training." in sent.stdout
    )
    command("ward", "replay", str(recording), "--mllp", str(lab))
    answers = [f'opensepsis_mllp_messages{{answer="{answer}",feed="lab"}} 1.0' for answer in ("AA", "AR")]
    await_metrics(port, "opensepsis_beds 1.0", 'opensepsis_feed_messages{feed="lab"} 2.0', *answers)
    with suppress(urllib.error.HTTPError):  # a failed login is a line of the audit
        urllib.request.urlopen(f"http://127.0.0.1:{port}/login", b"name=eve&password=wrong")
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=30)[0]
    assert process.returncode == 0
    assert (folder / "anchors.txt").read_text()  # written when everything else has ended
    hidden = folder / "w.db.admin-password"
    assert f"password in {hidden.name}" in said and hidden.read_text().strip() not in said
    assert hidden.stat().st_mode & 0o077 == 0, "a log gets no password"
    checked = command("audit", "verify", "--database", "w.db", "--audit-anchor-file", "anchors.txt")
    assert checked.stdout.startswith("Audit log verified: 1 entry, intact.")
    missing = command("audit", "verify", "--database", "w.db", "--audit-anchor-file", "missing.txt")
    assert missing.returncode == 3 and "no file missing.txt" in missing.stderr
    written = command("audit", "export", "events.ndjson", "--database", "w.db")
    assert "1 entry written to events.ndjson" in written.stdout


def test_of_one_there_is_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.hl7").write_text(ADMIT.format(n=1, mode="P"), newline="")
    assert command("ward", "check", "a.hl7").stdout.startswith("1 message, 0 unreadable;")
    two = "\r\n".join(ADMIT.format(n=n, mode="P") for n in (1, 2))
    (tmp_path / "a.hl7").write_text(two, newline="")
    assert command("ward", "check", "a.hl7").stdout.startswith("2 messages, 0 unreadable;")


def test_lint_lists_what_no_map_knows_by_volume(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    lines = ADMIT.format(n=1, mode="P").replace("ADT^A01", "ORU^R01") + "OBR|1||o|x|||20260302110000+0000\r"
    (tmp_path / "a.hl7").write_text(lines + "OBX|1|NM|LOC-7^Lact^L||2|mmol/L|||||F\r", newline="")
    found = command("ward", "lint", "a.hl7")
    assert found.returncode == 1
    assert "LOC-7" in found.stdout
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "codes.csv").write_text("feed,system,code,concept,unit\n,l,LOC-7,lactate,mmol/L\n")
    assert command("ward", "lint", "a.hl7", "--site", "site").returncode == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",l,LOC-7,lactat,mmol/L", "Did you mean 'lactate'"),
        (",l,LOC-7,lactate,bananas", "There is no conversion"),
    ],
)
def test_a_wrong_list_is_refused_with_file_row_and_the_nearest_name(tmp_path, line, said):
    (tmp_path / "codes.csv").write_text("feed,system,code,concept,unit\n" + line + "\n")
    refused = command("ward", "--site", str(tmp_path), "--database", str(tmp_path / "w.db"))
    assert refused.returncode == 3
    assert "codes.csv, row 2" in refused.stderr
    assert said in refused.stderr
    assert not Path(tmp_path / "w.db").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--certificate", "c.pem"], "both --certificate and --key"),
        (["--key", "k.pem"], "both --certificate and --key"),
        (["--client-ca", "ca.pem"], "both --certificate and --key"),
        (["--mllp", "lab"], "lab:2576"),
        (["--mqtt", "localhost:soon/x"], "localhost:1883"),
        (["--timezone", "Mars/Base"], "There is no time zone"),
        (["--trusted-proxy", "the proxy"], "an address or a network"),
    ],
)
def test_what_is_half_said_starts_nothing(tmp_path, words, said):
    """Half of TLS would leave HL7 in clear."""
    refused = command("ward", *words, "--database", str(tmp_path / "w.db"))
    assert refused.returncode not in (0, 1)
    assert said in refused.stderr
    assert not Path(tmp_path / "w.db").exists()


@pytest.mark.parametrize("address", ["postgresql://ada:secret@host/w", "postgresql://host/w?password=secret"])
def test_a_password_is_not_taken_from_the_command_line(address):
    refused = command("audit", "verify", "--database", address)
    assert refused.returncode == 5 and "OPENSEPSIS_DATABASE" in refused.stderr
    assert "secret" not in refused.stderr


@pytest.mark.parametrize(
    "words", [("--database", "w.db", "feed", "ehr"), ("feed", "ehr", "--database", "w.db")]
)
def test_a_token_is_made_in_the_database_that_is_named(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = command("ward", *words)
    assert made.returncode == 0 and len(made.stdout.strip()) > 30
    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["w.db"]


def test_what_a_ward_does_not_look_for_is_said_with_its_reason():
    said = " ".join(CliRunner().invoke(tools, ["definitions"]).output.split())
    assert "adult_sepsis_event" in said and "antimicrobials" in said
    assert {p.name for p in PHENOTYPES.values() if not why_not(p, watched())} >= {
        "sepsis3",
        "bacteremia:nhsn_draft",
    }
    assert all(
        "label" in why_not(PHENOTYPES[name], watched())
        for name in ("adult_sepsis_event", "sepsis2", "bacteremia_shock_event")
    )
