"""A real MLLP listener in a thread of its own, and a client that no one here wrote, python-hl7's, that sends to it."""

import asyncio
from threading import Thread

import hl7
from hl7.client import MLLPClient

from opensepsis.uses.ward.ingest.mllp_server import Listener, MLLPServer
from opensepsis.uses.ward.model.clock import Clock
from opensepsis.uses.ward.store import Store
from opensepsis.uses.ward.store.group_commit import Committer


class Wire:
    """One port for each feed; what is sent is on disk when it is answered."""

    def __init__(self, store: Store, clock: Clock):
        self.clock, self.committer = clock, Committer(store)
        self.servers: dict[str, MLLPServer] = {}
        self.loop = asyncio.new_event_loop()
        self.thread = Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def _wait_for(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def send(self, feed: str, raw: bytes) -> None:
        """Sends a message and asks for its AA."""
        if feed not in self.servers:
            server = MLLPServer(Listener(feed=feed, port=0), self.committer, self.clock)
            self.servers[feed] = self._wait_for(server.start())
        with MLLPClient("127.0.0.1", self.servers[feed].port) as client:
            answer = hl7.parse(client.send_message(raw)[1:-2].decode())
        assert answer["MSA.F1.R1"] == "AA", answer

    def close(self) -> None:
        for server in self.servers.values():
            self._wait_for(server.close())
        self.committer.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
