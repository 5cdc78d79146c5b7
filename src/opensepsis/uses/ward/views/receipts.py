"""What became of a change of an alert that was to be sent, in words."""

from opensepsis.uses.ward.model.views import ReceiptView
from opensepsis.uses.ward.store.outbox import Receipt


def receipt_view(receipt: Receipt) -> ReceiptView:
    """One receipt; words of the receiver are its status alone.

    >>> receipt_view(Receipt("webhook", "waiting", 3, None, "answered 500")).words
    'not taken yet, 3 tries, the last: answered 500'
    >>> receipt_view(Receipt("webhook", "sent", 1, 5, "not signed")).words
    'its answer was not used (not signed); taken'
    """
    if receipt.standing == "sent":
        taken = "taken" if receipt.taken else "taken, before times were kept"
        unused = f"its answer was not used ({receipt.words}); " if receipt.words else ""
        return ReceiptView(receipt.outlet, receipt.taken, unused + taken)
    last = f", the last: {receipt.words}" if receipt.words else ""
    tries = f"{receipt.tries} {'try' if receipt.tries == 1 else 'tries'}"
    said = "not taken yet" if receipt.standing == "waiting" else "could not be delivered"
    return ReceiptView(receipt.outlet, None, f"{said}, {tries}{last}" if receipt.tries else said)
