"""HL7 v2 as text: segments, fields, repetitions, components, escapes. HL7 2.x chapter 2; tolerant of line ends."""

import re
from dataclasses import dataclass

from opensepsis.uses.ward.decode.hl7.header import decoded, read_header

_HEX = re.compile(r"X([0-9A-Fa-f]+)$")
_LAYOUT = re.compile(r"\.(?:br|sp|fi|nf|in|ti|sk|ce)[+-]?\d*$|[HN]$")


@dataclass(frozen=True)
class Marks:
    """The separators of a message."""

    bar: str
    hat: str
    tilde: str
    escape: str
    amp: str

    def plain(self, text: str) -> str:
        """Text without escapes; what is no known escape stays as it was sent, so that no number is made of it.

        >>> Marks("|", "^", "~", "\\\\", "&").plain("a\\\\F\\\\b\\\\.br\\\\c")
        'a|b\\nc'
        """
        if not self.escape or self.escape not in text:
            return text
        parts = text.split(self.escape)
        out = [parts[0]]
        for i, part in enumerate(parts[1:], 1):
            paired = i % 2 == 1 and i < len(parts) - 1
            out.append(self._sign(part) if paired else part if i % 2 == 0 else self.escape + part)
        return "".join(out)

    def _sign(self, code: str) -> str:
        signs = {"F": self.bar, "S": self.hat, "R": self.tilde, "E": self.escape, "T": self.amp}
        if code in signs:
            return signs[code]
        if _LAYOUT.match(code):
            return "" if code in "HN" else "\n" if code.startswith((".br", ".sp", ".ce")) else " "
        found = _HEX.match(code)
        if found and len(found[1]) % 2 == 0:
            return _letters(bytes.fromhex(found[1]))
        return f"{self.escape}{code}{self.escape}"


def _letters(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment; fields by their HL7 number, of MSH too."""

    name: str
    fields: tuple[str, ...]
    marks: Marks

    def raw(self, number: int) -> str:
        """A field as it was sent; empty when it was not."""
        return self.fields[number] if number < len(self.fields) else ""

    def repeats(self, number: int) -> list[str]:
        """The repetitions of a field."""
        return self.raw(number).split(self.marks.tilde) if self.marks.tilde else [self.raw(number)]

    def part(self, number: int, component: int = 1, repeat: int = 0) -> str:
        """A component of a repetition, without escapes; `""` (delete) is given as it is."""
        raw = self.fields[number] if number < len(self.fields) else ""
        if not raw:
            return ""
        if raw.isalnum():  # no separator is: the field is its first component
            return raw if component == 1 and not repeat else ""
        if not (repeat or self.marks.tilde in raw):
            return self.component(raw, component)
        repeats = self.repeats(number)
        return self.component(repeats[repeat], component) if repeat < len(repeats) else ""

    def component(self, text: str, number: int = 1) -> str:
        """A component (its first subcomponent) of a text."""
        marks = self.marks
        if marks.hat in text:
            parts = text.split(marks.hat, number)
            if number > len(parts):
                return ""
            text = parts[number - 1]
        elif number > 1:
            return ""
        if marks.amp and marks.amp in text:
            text = text.split(marks.amp, 1)[0]
        return marks.plain(text).strip()

    def parts_of(self, text: str, number: int) -> list[str]:
        """The subcomponents of a component of a text."""
        parts = text.split(self.marks.hat)
        found = parts[number - 1] if number <= len(parts) else ""
        return [
            self.marks.plain(p).strip() for p in (found.split(self.marks.amp) if self.marks.amp else [found])
        ]

    def words(self, number: int, component: int, repeat: int = 0) -> str:
        """A component with its subcomponents, for texts in which the sign between them was not escaped."""
        if not self.raw(number):
            return ""
        repeats = self.repeats(number)
        parts = repeats[repeat].split(self.marks.hat) if repeat < len(repeats) else []
        return self.marks.plain(parts[component - 1]).strip() if component <= len(parts) else ""

    def text(self, number: int) -> str:
        """A whole field as text."""
        return self.marks.plain(self.raw(number)).strip()


def segments(raw: bytes) -> list[Segment]:
    """The segments of a message; empty for what is no HL7."""
    return read_text(raw)[0]


def read_text(raw: bytes) -> tuple[list[Segment], str]:
    """The segments of a message, and a note where its characters are not those that it names."""
    header = read_header(raw)
    if header is None:
        return [], ""
    text, note = decoded(raw, header)
    text = text.lstrip("\ufeff").strip("\x0b\x1c\r\n\t ")
    encoding = header.encoding.decode("latin-1").ljust(4, "\x00")
    hat, tilde, escape, amp = (c if c != "\x00" else "" for c in encoding[:4])
    marks = Marks(header.separator.decode("latin-1"), hat or "^", tilde, escape, amp)
    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        if len(line) >= 3 and line[:3].isalnum():
            fields = line.split(marks.bar)
            if fields[0] == "MSH":
                fields = ["MSH", marks.bar, *fields[1:]]
            found.append(Segment(fields[0].strip(), tuple(fields), marks))
    return found, note
