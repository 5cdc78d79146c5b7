"""Time formats as people write them, `DD.MM.YYYY hh:mm`, or as strptime does."""

import re

from opensepsis.errors import FormatError

_PARTS = {
    "YYYY": "%Y", "YY": "%y", "MMM": "%b", "MM": "%m", "DD": "%d", "HH": "%H", "hh": "%H", "mm": "%M", "ss": "%S",
    "M": "%m", "D": "%d", "H": "%H", "h": "%H",
}  # fmt: skip
_WORDS = re.compile(r"YYYY|YY|MMM|MM|DD|HH|hh|mm|ss|AM|PM|±hh:mm|[A-Za-z]")
_ZONE = "%#z"


def strptime_format(form: str, where: str = "times") -> str:
    """A time format for strptime; FormatError if it names no day, month and year.

    >>> strptime_format("DD.MM.YYYY hh:mm"), strptime_format("MM/DD/YYYY hh:mm AM"), strptime_format("%d.%m.%Y")
    ('%d.%m.%Y %H:%M', '%m/%d/%Y %I:%M %p', '%d.%m.%Y')
    """
    said = form if "%" in form else _WORDS.sub(_part, form)
    if "%p" in said:
        said = said.replace("%H", "%I")
    for needed in ("%d", "%m|%b", "%Y|%y"):
        if not any(one in said for one in needed.split("|")):
            raise FormatError(
                f"{where}: {form!r} is not a time format. Write it as DD.MM.YYYY hh:mm or MM/DD/YYYY hh:mm AM "
                "(MM is the month, mm the minute), or as strptime does (%d.%m.%Y %H:%M)."
            )
    return said


def _part(found: re.Match[str]) -> str:
    word = found[0]
    if word in ("AM", "PM"):
        return "%p"
    return _ZONE if word.startswith("±") else _PARTS.get(word, word)
