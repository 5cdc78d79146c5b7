"""Senders that are slow, at a real server: a head or a body that does not come in time ends, and the others are served."""

import socket
from threading import Thread
from time import monotonic, sleep

import pytest
import uvicorn

from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.web import bounds
from opensepsis.uses.ward.web.settings import Settings
from tests.support.waiting import waited_for


@pytest.fixture
def port(tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "HEAD_SECONDS", 0.6)
    web = Settings(port=0, body_seconds=0.6, connections_of_address=30)
    house = WardServer(WardConfig(database=str(tmp_path / "ward.db"), listeners=(), web=web))
    server = uvicorn.Server(house._serving())
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()
    house.close()


def said(port: int, begin: bytes, drip: bytes = b"", seconds: float = 30.0) -> tuple[bytes, float]:
    """What is answered to a sender who begins and then drips; and how long that took."""
    began, heard = monotonic(), b""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as sender:
        sender.sendall(begin)
        sender.settimeout(0.1)
        while monotonic() - began < seconds:
            try:
                if drip:
                    sender.sendall(drip)
                part = sender.recv(4096)
            except TimeoutError:
                continue
            except ConnectionError:
                break
            if not part:
                break
            heard += part
    return heard, monotonic() - began


LOGIN = b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\nname="


def test_a_slow_body_is_refused(port):
    heard, took = said(port, LOGIN, b"a")
    assert heard.startswith(b"HTTP/1.1 408")
    assert b"took too long" in heard
    assert took < 25


@pytest.mark.parametrize("drip", [b"", b"X"])
def test_a_head_that_does_not_come_ends_the_connection(port, drip):
    heard, took = said(port, b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", drip)
    assert (heard, took < 25) == (b"", True)


def test_whoever_is_in_time_is_served_meanwhile(port):
    slow = [Thread(target=said, args=(port, LOGIN, b"a"), daemon=True) for _ in range(20)]
    for one in slow:
        one.start()
    ask = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    heard, _ = said(port, ask)
    assert heard.startswith(b"HTTP/1.1 ")
    for one in slow:
        one.join()
    assert said(port, ask)[0].startswith(b"HTTP/1.1 ")


def test_two_requests_on_one_connection_outlive_the_limit_of_a_head(port):
    ask = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sender:
        for _ in range(4):
            sender.sendall(ask)
            heard = b""
            while not heard.endswith(b"}"):
                heard += sender.recv(65_536)
            assert heard.startswith(b"HTTP/1.1 ")
            sleep(0.3)


def test_one_address_does_not_take_all_connections(port):
    ask = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    held = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(30)]
    for one in held:
        one.sendall(ask)
        assert one.recv(100).startswith(b"HTTP/1.1 ")
    assert said(port, ask, seconds=0.4)[0] == b""
    for one in held:
        one.close()
    last = ask.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    waited_for(lambda: said(port, last)[0].startswith(b"HTTP/1.1 "))
