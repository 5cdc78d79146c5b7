"""Processes to be killed, one for each line that comes in: each delivers what waits in the store at PATH to a webhook at URL.

python delivered.py PATH URL
"""

import os
import sys
import time

from opensepsis.uses.ward.notify.webhook import Webhook
from opensepsis.uses.ward.notify.worker import Delivery, outlets
from opensepsis.uses.ward.store import Store


def delivers(path: str, url: str) -> None:
    channel = Webhook("pager", url, b"0123456789abcdef")
    store = Store(path, outlets=outlets([channel]))
    Delivery(store, [channel]).start()
    print(os.getpid(), flush=True)
    time.sleep(60)
    os._exit(1)


if __name__ == "__main__":
    for _ in sys.stdin:  # what is loaded once need not be loaded again by each
        if (child := os.fork()) == 0:
            delivers(*sys.argv[1:])
        os.waitpid(child, 0)
        print("gone", flush=True)
