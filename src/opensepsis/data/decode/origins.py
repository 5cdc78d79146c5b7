"""What a thing is called by which its sender may correct it: `WAY FEED …`. The ward says the first words, no sender can.

| way | what follows the feed |
| --- | --- |
| `hl7 result` | the numbers of the order, what was asked for, the code, the sub-id and the time (`uses/ward/model/result_names.py`) |
| `hl7 order` | the numbers of the order: two feeds may tell of one order |
| `hl7 dose` | the numbers of its order, each of its issuer, else of the feed; then the drug and the time |
| `fhir` | after a `/`, the resource |
| `device` | the code and the time |
| `row` | of csv and timelines: `named` and the origin in the row, or `said` and what the row says |

A feed is written as one word, so that two feeds never share it.
"""

_SIGNS = (("%", "%25"), (" ", "%20"), ("/", "%2F"), ("^", "%5E"), ("?", "%3F"))


def word(text: str) -> str:
    """A text as one word.

    >>> word("a b"), word("a%20b"), word("a_b")
    ('a%20b', 'a%2520b', 'a_b')
    """
    for sign, escaped in _SIGNS:
        text = text.replace(sign, escaped)
    return text


def of_resource(feed: str, name: str) -> str:
    """What a FHIR resource is called.

    >>> of_resource("the lab", "Observation/7")
    'fhir the%20lab/Observation/7'
    """
    return f"fhir {word(feed)}/{name.replace(' ', '_')}"


def of_device(feed: str, code: str, time: int | None) -> str:
    """What a value of a bedside device is called.

    >>> of_device("icu 1", "8867-4", 5)
    'device icu%201 8867-4 5'
    """
    return f"device {word(feed)} {word(code)} {time}"


def of_row(feed: str, named: str | None, *said: object) -> str:
    """What a row is called: by the origin that it names, else by what it says.

    >>> of_row("csv", "fhir ehr/Observation/7"), of_row("csv", None, "lactate", 5, 4.0)
    ('row csv named fhir ehr/Observation/7', 'row csv said lactate 5 4.0')
    """
    told = (
        f"named {named}" if named else " ".join(("said", *(str(part) for part in said if part is not None)))
    )
    return f"row {word(feed)} {told}"
