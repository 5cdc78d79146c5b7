"""A process to be killed: delivers what waits in the store at PATH to a webhook at URL.

python delivered.py PATH URL
"""

import sys
import time

from opensepsis.uses.ward.notify.webhook import Webhook
from opensepsis.uses.ward.notify.worker import Delivery, outlets
from opensepsis.uses.ward.store import Store

if __name__ == "__main__":
    channel = Webhook("pager", sys.argv[2], b"0123456789abcdef")
    store = Store(sys.argv[1], outlets=outlets([channel]))
    delivery = Delivery(store, [channel]).start()
    print("delivering", flush=True)
    time.sleep(60)
