"""TLS for the ward's own ports: version 1.2 at least, and the clients' certificates where they are asked for."""

import ssl
from pathlib import Path

from opensepsis.errors import FormatError, MissingError


def server_tls(certificate: Path, key: Path, clients: Path | None = None) -> ssl.SSLContext:
    """The server's side of TLS; with `clients` (certificates of authorities) only clients that they vouch for may connect."""
    for path in (certificate, key, *([clients] if clients else [])):
        if not Path(path).is_file():
            raise MissingError(f"There is no file {path}. Give the certificate and its key as PEM files.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
        if clients:
            context.load_verify_locations(clients)
            context.verify_mode = ssl.CERT_REQUIRED
    except ssl.SSLError as problem:
        raise FormatError(
            f"{certificate}, {key} or {clients} is damaged, or certificate and key do not belong together. "
            "All must be PEM."
        ) from problem
    return context


def client_tls(authorities: Path, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    """The client's side: trusts these authorities, and shows its own certificate if it has one."""
    context = ssl.create_default_context(cafile=str(authorities))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate:
        context.load_cert_chain(certificate, key)
    return context
