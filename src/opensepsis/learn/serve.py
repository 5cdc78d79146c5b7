"""The learner's page on a port of this machine, for those who would rather not have a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opensepsis.errors import OutputError
from opensepsis.learn.page import learners_page


@contextmanager
def served(language: str, number: str, port: int) -> Iterator[ThreadingHTTPServer]:
    """A server of the page on 127.0.0.1, not yet running; any other address than / is not found.

    OutputError: the port is taken.
    """
    page = learners_page(language, number).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page) if found else 0))
            self.end_headers()
            if found:
                self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Nothing: who reads the page is nobody's business."""

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as problem:
        raise OutputError(
            f"Port {port} cannot be used: {problem.strerror}. Name another with --port."
        ) from None
    with server:
        yield server
