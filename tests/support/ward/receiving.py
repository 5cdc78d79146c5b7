"""A receiver of webhooks that fails in every way it is told to."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opensepsis.uses.ward.model.transitions import AlertState, Transition

LINGERS = 20  # seconds that a slow answer takes, far more than anybody's patience


class Receiver(ThreadingHTTPServer):
    """Takes what is left of `faults` one by one, then answers 200. `taken` are the requests that it answered with 200."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults: list[str] = []
        self.taken: list[tuple[dict, bytes]] = []
        self.tried = 0
        self.answer = lambda headers, body: ({}, b"")  # headers and body of its answer to what it takes

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    def handle_error(self, request, client_address):
        """The other side hung up: that is what is tested."""


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.tried += 1
        fault = self.server.faults.pop(0) if self.server.faults else "200"
        if fault == "silence":
            time.sleep(LINGERS)
        elif fault == "drip":
            self._drip()
        elif fault == "hang up":
            self.connection.close()
        elif fault == "garbage":
            self.wfile.write(b"\x00\xff not HTTP\r\n\r\n")
        else:
            headers, said = {}, b""
            if fault == "200" and len(body) == int(self.headers["Content-Length"]):
                self.server.taken.append((dict(self.headers), body))
                headers, said = self.server.answer(dict(self.headers), body)
            self.send_response(int(fault))
            for name, value in (
                {"Location": self.server.url, "Content-Length": str(len(said))} | headers
            ).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

    def _drip(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for n in range(20 * LINGERS):
            self.wfile.write(b"X-%d: y\r\n" % n)
            self.wfile.flush()
            time.sleep(0.05)

    def log_message(self, *args):
        """Nothing is printed."""


@contextmanager
def receiving():
    """A receiver on the loopback."""
    receiver = Receiver()
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        thread.join()
        receiver.server_close()


SECRET = b"0123456789abcdef"
SECOND = 1_000_000


def change(name: str, step: int = 1, patient: str = "A|1", state=AlertState.ALERT) -> Transition:
    words = {"user": "CANARY nurse", "words": "CANARY words", "ward": "W1", "policy": "p1"}
    return Transition(name, patient, 1, step, 5 * SECOND, state, "alert", ("lactate 4.1",), (3, 4), **words)
