"""HL7 v2 as text: segments, fields, repetitions, components, escapes. HL7 2.x chapter 2; tolerant of line ends."""

import re
from dataclasses import dataclass

from opensepsis.uses.ward.receivers.hl7_header import charset, read_header

_HEX = re.compile(r"X([0-9A-Fa-f]+)$")


@dataclass(frozen=True)
class Marks:
    """The separators of a message."""

    bar: str
    hat: str
    tilde: str
    escape: str
    amp: str

    def plain(self, text: str) -> str:
        """Text without escapes; what is no known escape is dropped.

        >>> Marks("|", "^", "~", "\\\\", "&").plain("a\\\\F\\\\b\\\\.br\\\\c")
        'a|b\\nc'
        """
        if not self.escape or self.escape not in text:
            return text
        parts = text.split(self.escape)
        out = [parts[0]]
        for i, part in enumerate(parts[1:], 1):
            out.append(self._sign(part) if i % 2 and i < len(parts) - 1 else part)
        return "".join(out)

    def _sign(self, code: str) -> str:
        signs = {"F": self.bar, "S": self.hat, "R": self.tilde, "E": self.escape, "T": self.amp, ".br": "\n"}
        if code in signs:
            return signs[code]
        found = _HEX.match(code)
        if found and len(found[1]) % 2 == 0:
            return bytes.fromhex(found[1]).decode("latin-1")
        return ""


@dataclass(frozen=True)
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
        repeats = self.repeats(number)
        return self.component(repeats[repeat], component) if repeat < len(repeats) else ""

    def component(self, text: str, number: int = 1) -> str:
        """A component (its first subcomponent) of a text."""
        parts = text.split(self.marks.hat)
        if number > len(parts):
            return ""
        return self.marks.plain(
            parts[number - 1].split(self.marks.amp)[0] if self.marks.amp else parts[number - 1]
        ).strip()

    def text(self, number: int) -> str:
        """A whole field as text."""
        return self.marks.plain(self.raw(number)).strip()


def segments(raw: bytes) -> list[Segment]:
    """The segments of a message; empty for what is no HL7."""
    header = read_header(raw)
    if header is None:
        return []
    text = raw.decode(charset(header) or "latin-1", "replace").lstrip("\ufeff").strip("\x0b\x1c\r\n\t ")
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
    return found
