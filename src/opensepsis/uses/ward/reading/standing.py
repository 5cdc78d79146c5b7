"""Orders that hold until they are ended: comfort care, and SpO₂ scale 2. By a code or by words; never by a diagnosis."""

COMFORT = ("133918004", "385763009", "comfort care", "comfort measures", "end of life")
SCALE_2 = ("spo2 scale 2", "spo₂ scale 2", "type 2 respiratory failure", "hypercapnic")
CONCEPTS = ("comfort_care", "spo2_scale_2")


def standing_order(said: str) -> str:
    """The concept of an order by its codes and words; empty when it is none of these.

    >>> standing_order("NEWS2 SpO2 scale 2 (88-92 %)"), standing_order("Full blood count")
    ('spo2_scale_2', '')
    """
    said = said.lower()
    if any(word in said for word in COMFORT):
        return "comfort_care"
    return "spo2_scale_2" if any(word in said for word in SCALE_2) else ""
