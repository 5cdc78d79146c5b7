"""Observation.referenceRange: what the laboratory calls usual for this patient, in words and as ends in the value's unit."""

from opensepsis.data.decode.fhir.context import in_words
from opensepsis.data.decode.fhir.values import amount_and_unit
from opensepsis.data.intake.reference_range import read_range
from opensepsis.data.intake.unit_spelling import fold

USUAL = ("", "normal", "recommended")
Ends = tuple[float | None, float | None]


def range_sent(part: dict, unit: str) -> tuple[str, Ends | None]:
    """The reference range of an Observation or component; ends only where there is one, in the unit of its value.

    >>> low, high = {"value": 3.5, "unit": "mmol/L"}, {"value": 5.1, "unit": "mmol/L"}
    >>> range_sent({"referenceRange": [{"low": low, "high": high}]}, "mmol/L")
    ('3.5 - 5.1', (3.5, 5.1))
    >>> range_sent({"referenceRange": [{"text": "< 0.5"}]}, "mmol/L")
    ('< 0.5', (None, 0.5))
    """
    listed = part.get("referenceRange")
    ranges = [r for r in (listed if isinstance(listed, list) else ()) if isinstance(r, dict) and _is_usual(r)]
    read = [_one(one, unit) for one in ranges]
    words = "; ".join(dict.fromkeys(said for said, _ in read if said))
    several = len(read) != 1 or ranges[0].get("appliesTo") or ranges[0].get("age")
    return words, None if several else read[0][1]


def unit_of_range(part: dict) -> str:
    """The one unit in which the reference range is sent, for a value that came as text without its own; else empty.

    >>> unit_of_range({"referenceRange": [{"low": {"value": 0, "unit": "ng/mL"}, "high": {"value": 500, "unit": "ng/mL"}}]})
    'ng/mL'
    """
    listed = part.get("referenceRange")
    ranges = [r for r in (listed if isinstance(listed, list) else ()) if isinstance(r, dict)]
    units = {amount_and_unit(one.get(end))[1] for one in ranges for end in ("low", "high") if one.get(end)}
    return units.pop() if len(units) == 1 else ""


def _is_usual(said: dict) -> bool:
    kind = said.get("type")
    codes = [str(c.get("code") or "") for c in (kind or {}).get("coding") or () if isinstance(c, dict)]
    return not codes or any(code in USUAL for code in codes)


def _one(said: dict, unit: str) -> tuple[str, Ends | None]:
    (low, below), (high, above) = (amount_and_unit(said.get(name)) for name in ("low", "high"))
    text = str(said.get("text") or "")
    other = [u for u in (below, above) if u and fold(u) != fold(unit)]
    if not low and not high:
        return text, read_range(text)
    shown = f"{low} - {high}" if low and high else f">= {low}" if low else f"<= {high}"
    told = text or " ".join([shown, *other[:1]])
    ends = (float(low) if low else None, float(high) if high else None)
    whose = in_words((said.get("appliesTo") or [None])[0]) if isinstance(said.get("appliesTo"), list) else ""
    return f"{told} ({whose})" if whose else told, None if other else ends
