"""What stands for a patient in addresses."""

import hmac
from hashlib import sha256


def patient_key(secret: bytes, patient: str) -> str:
    """The board's key of a patient, made with the ward's secret: nothing of the patient can be read from it.

    >>> patient_key(b"a secret", "H|7")
    '39e65d5e72a0f98c29ad86e0'
    """
    return hmac.new(secret, patient.encode(), sha256).hexdigest()[:24]
