"""How a length of time is written."""


def span(length: int) -> str:
    """A length of time in the two largest units.

    >>> span(95 * 60_000_000)
    '1 h 35 min'
    """
    minutes = abs(length) // 60_000_000
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{hours // 24} d {hours % 24} h"
