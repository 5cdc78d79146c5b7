"""How the ward and who is told by webhook sign what they send one another."""

import hmac
from hashlib import sha256


def signature(secret: bytes, timestamp: str, name: str, body: bytes) -> str:
    """The value of the signature header.

    >>> signature(b"0123456789abcdef", "1700000000", "a", b"{}")[:11]
    'v1=d69dff74'
    """
    signed = b".".join((timestamp.encode(), name.encode(), body))
    return "v1=" + hmac.new(secret, signed, sha256).hexdigest()
