"""One HTTP POST that ends within its time, whatever the other side does."""

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from threading import Event, Timer
from urllib.parse import SplitResult, urlsplit

from opensepsis.errors import OutputError

LONGEST_ANSWER = 65_536


class Undelivered(Exception):
    """Why a letter did not arrive, in words without its content; `status` is the answer's, 0 without an answer."""

    def __init__(self, words: str, status: int = 0):
        super().__init__(words)
        self.status = status


@dataclass(frozen=True)
class Answer:
    """What the other side answered: its headers, and the first 64 KiB of its body."""

    headers: Mapping[str, str]
    body: bytes


def checked_address(url: str) -> SplitResult:
    """The parts of an address that may be posted to: https, or http to this machine; OutputError otherwise."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise OutputError("The delivery URL must be https://host/path, without user information.")
    if parts.scheme == "http" and not is_this_machine(parts.hostname):
        raise OutputError("Alerts are sent unencrypted (http) only to this machine. Use an https URL.")
    return parts


def is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def post(
    url: str, body: bytes, headers: dict[str, str], patience: float = 10.0, tls: ssl.SSLContext | None = None
) -> Answer:
    """The answer, which is 2xx; Undelivered for any other answer (redirects too), and after `patience` seconds."""
    parts = checked_address(url)
    host = str(parts.hostname)  # an address without one was refused
    if parts.scheme == "https":
        context = tls or ssl.create_default_context()
        connection = HTTPSConnection(host, parts.port, timeout=patience, context=context)
    else:
        connection = HTTPConnection(host, parts.port, timeout=patience)
    status, answer, too_late = 0, Answer({}, b""), Event()
    try:
        connection.connect()
        end = Timer(patience, _cut, (connection.sock, too_late))
        end.daemon = True
        end.start()
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            status = response.status
            answer = Answer(dict(response.getheaders()), response.read(LONGEST_ANSWER))
        finally:
            end.cancel()
    except (OSError, HTTPException) as problem:
        raise Undelivered(type(problem).__name__) from None
    finally:
        connection.close()
    if too_late.is_set():  # what was read of the answer may be half of it
        raise Undelivered("TimeoutError")
    if not 200 <= status < 300:
        raise Undelivered(f"answered {status}", status)
    return answer


def _cut(connected: socket.socket, too_late: Event) -> None:
    """Ends a connection that another thread waits for; a slow drip of bytes would never reach a time-out of its own."""
    too_late.set()
    with suppress(OSError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)
