"""MLLP over TLS, with certificates of one side and of both."""

import asyncio
import ssl
import subprocess

import pytest

from opensepsis.errors import FormatError, MissingError
from opensepsis.uses.ward.ingest.mllp_client import MLLPSender, Target
from opensepsis.uses.ward.ingest.tls import client_tls, server_tls
from tests.support.ward.listening import frame, message, run


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, a server's and a client's certificate, and a stranger's."""
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*words: str) -> None:
        done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()

    for name in ("authority", "stranger"):
        openssl(
            *f"req -x509 -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.pem -days 2 -subj /CN={name}".split()
        )
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n", encoding="utf-8")
    for name in ("server", "client"):
        openssl(*f"req -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}".split())
        signed = f"x509 -req -in {name}.csr -CA authority.pem -CAkey authority.key -CAcreateserial -out {name}.pem -days 2 -extfile names"
        openssl(*signed.split())
    return folder


def test_tls(tmp_path, certificates):
    at = certificates

    async def work(ward):
        sender = MLLPSender(Target(port=ward.server.port, tls=client_tls(at / "authority.pem")))
        assert await sender.send(message("1")) == "AA"
        await sender.close()
        old = client_tls(at / "authority.pem")
        old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await ward.open(ssl=old)
        assert await ward.answers(frame(message("2"))) == [], "nothing in clear"

    with pytest.warns(DeprecationWarning):
        run(tmp_path, work, tls=server_tls(at / "server.pem", at / "server.key"))


def test_mutual_tls(tmp_path, certificates):
    at = certificates

    async def refused(ward, context) -> bool:
        try:
            reader, writer = await ward.open(ssl=context)
            writer.write(frame(message("9")))
            said = await asyncio.wait_for(reader.read(100), 5)
            writer.close()
        except (ssl.SSLError, ConnectionError):
            return True
        return not said

    async def work(ward):
        known = client_tls(at / "authority.pem", at / "client.pem", at / "client.key")
        sender = MLLPSender(Target(port=ward.server.port, tls=known))
        assert await sender.send(message("1")) == "AA"
        await sender.close()
        assert await refused(ward, client_tls(at / "authority.pem"))
        assert await refused(ward, client_tls(at / "authority.pem", at / "stranger.pem", at / "stranger.key"))
        assert len(ward.store.unread()) == 1

    run(tmp_path, work, tls=server_tls(at / "server.pem", at / "server.key", at / "authority.pem"))


def test_certificates_that_do_not_fit_are_said(tmp_path, certificates):
    at = certificates
    with pytest.raises(MissingError, match="no file"):
        server_tls(at / "none.pem", at / "server.key")
    with pytest.raises(FormatError, match="do not belong"):
        server_tls(at / "server.pem", at / "client.key")
