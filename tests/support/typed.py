"""Events as the tables type them: `concept@hour`, then `..end`, `~known`, `=value`, `/text` (_ for a space)."""

import re

from opensepsis.engine.live.chart import Event

WORD = re.compile(r"(\w+)@(-?[\d.]+?)(?:\.\.(-?[\d.]+))?(?:~(-?[\d.]+))?(?:=([\d.]+))?(?:/(\S*))?$")


def moment(hour: str | None) -> int | None:
    """Hours as microseconds, to the whole second."""
    return None if not hour else round(float(hour) * 3600) * 1_000_000


def events(typed: str) -> list[Event]:
    """The events typed in one cell; rows of one origin correct each other when known later."""
    found = []
    for word in typed.split():
        name, at, end, known, value, text = WORD.match(word).groups()
        value, text = float(value) if value else None, (text or "").replace("_", " ") or None
        time, known = moment(at), moment(known or at)
        found.append(Event(name, time, moment(end), known, value, text, f"{name}@{at}"))
    return found
