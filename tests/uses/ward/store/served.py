"""A process to be killed: MLLP into the store at ADDRESS, and everything kept is settled. Prints its port.

python served.py ADDRESS
"""

import asyncio
import sys

from opensepsis.uses.ward.ingest.mllp_server import Limits, Listener, MLLPServer
from opensepsis.uses.ward.model.facts import Described, Entry
from opensepsis.uses.ward.model.transitions import AlertState, Settled, Transition
from opensepsis.uses.ward.store import AlertRoute, Store
from opensepsis.uses.ward.store.group_commit import Committer


def settle_some(store: Store) -> None:
    """One entry for each message, one alert for every tenth message."""
    messages = store.unread(200)
    if not messages:
        return
    last = store.last_entry()
    entries = tuple(
        Entry(last + n, m.number, m.received, Described(m.key, m.received)) for n, m in enumerate(messages, 1)
    )
    alerts = tuple(
        Transition(f"alert {m.number // 10}", "A|1", 1, 1, m.received, AlertState.ALERT, "alert", ())
        for m in messages
    )
    store.settle(
        Settled(tuple(m.number for m in messages), entries, (), alerts, max(m.received for m in messages))
    )


async def serve(address: str) -> None:
    """Until it is killed."""
    store = Store(address, outlets=[AlertRoute("pager")])
    server = await MLLPServer(Listener(port=0, limits=Limits(rate=1e9)), Committer(store)).start()
    print(server.port, flush=True)
    while True:
        await asyncio.to_thread(settle_some, store)
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
