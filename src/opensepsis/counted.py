"""How many of a thing there are, as a sentence says it."""


def counted(number: int, one: str, several: str = "") -> str:
    """A number with the name of what is counted; `several` where its plural is no mere *s*.

    >>> counted(1, "patient"), counted(0, "patient"), counted(2_000, "entry", "entries")
    ('1 patient', '0 patients', '2,000 entries')
    """
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"
